#pragma once
// Runs of a function of single numbers: on numbers, on rows side by side in registers, and recorded and swept back,
// which is a function of numbers in turn.

#include "autodiff/ops/arithmetic.hpp"
#include "autodiff/transforms/numbers.hpp"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace xtape::detail {

/// A run that was recorded: from the cotangents of its results to the gradients of its variables.
template <class V>
class RecordedRun {
 public:
  /// f on variables of the run.
  template <class Function>
  RecordedRun(const Function& f, const NumberLists<V>& x, std::span<const Shape> shapes,
              std::vector<Shape>& of_results) {
    NumberLists<Active<V>> variables;
    for (const PooledList<V>& list : x) {
      PooledList<Active<V>>& own = variables.emplace_back();
      sizes_.push_back(list.size());
      own.reserve(list.size());
      for (const V& number : list) own.emplace_back(number, tape_.run(), tape_.variable());
    }
    for (const auto& list : f(variables, shapes, of_results)) {
      values_.emplace_back();
      for (const Active<V>& y : list) {
        values_.back().push_back(y.v);
        places_.push_back(y.place_on(&tape_));
      }
    }
    tape_.leave();
  }

  const NumberLists<V>& values() const { return values_; }

  /// The gradients of the arguments for cotangents of the results.
  NumberLists<V> sweep(std::span<const PooledList<V>> g) const {
    const V zero(typename V::value_type(0));
    PooledList<V> adjoint(tape_.size() + 1, zero);
    auto place = places_.begin();
    for (const PooledList<V>& list : g) {
      for (const V& number : list) {
        adjoint[*place] = adjoint[*place] + number;
        ++place;
      }
    }
    tape_.for_each_backwards([&](std::uint32_t of, std::uint32_t a, std::uint32_t b, const V& da, const V& db) {
      const V h = adjoint[of];
      if (is_nothing(h)) return;
      adjoint[a] = adjoint[a] + product(h, da);
      adjoint[b] = adjoint[b] + product(h, db);
    });
    NumberLists<V> gradients;
    auto next = adjoint.begin() + 1;  // variables come first
    for (const std::size_t size : sizes_) {
      gradients.emplace_back(next, next + std::ptrdiff_t(size));
      next += std::ptrdiff_t(size);
    }
    return gradients;
  }

 private:
  // Results on which nothing depends pass nothing on, though a slope be infinite.
  static bool is_nothing(const V& g) {
    if constexpr (kIsActive<V>) {
      return g.is_constant() && is_zero(g);
    } else {
      return is_zero(g);
    }
  }
  template <class X>
  static bool is_zero(const X& g) {
    if constexpr (kIsActive<X>) {
      return is_zero(g.v);
    } else if constexpr (kIsBatch<X>) {
      return xsimd::all(g.v == typename X::Simd(typename X::value_type(0)));
    } else {
      return g.v == 0;
    }
  }
  static V product(const V& g, const V& slope) {
    if constexpr (kIsBatch<V>) {
      const typename V::Simd zero(typename V::value_type(0));
      return V(xsimd::select(g.v == zero, zero, g.v * slope.v));
    } else {
      return g * slope;
    }
  }

  NumberTape<V> tape_;
  NumberLists<V> values_;
  PooledList<std::size_t> sizes_;     // of the arguments
  PooledList<std::uint32_t> places_;  // of the results
};

/// (g..., x...) -> the gradients of x..., of a function of as many results as `results`.
template <class Function>
struct PulledBack {
  Function f;
  std::size_t results;

  template <class S>
  NumberLists<S> operator()(const NumberLists<S>& all, std::span<const Shape> shapes,
                            std::vector<Shape>& of_results) const {
    const NumberLists<S> x(all.begin() + std::ptrdiff_t(results), all.end());
    const std::span<const Shape> of_x = shapes.subspan(results);
    std::vector<Shape> unused;
    const RecordedRun<S> run(f, x, of_x, unused);
    if constexpr (kIsBatch<S>) {
      if (lanes_part) return {};
    }
    of_results.assign(of_x.begin(), of_x.end());
    return run.sweep({all.data(), results});
  }
};

/// What vectorize.cpp knows of a function: how it is run on one row, or on as many as a register has lanes.
template <class T>
class AnyFunctionOfNumbers {
 public:
  using Lists = NumberLists<T>;
  /// A run whose sweep is still to come.
  struct Recorded {
    virtual ~Recorded() = default;
    virtual Lists sweep(std::span<const PooledList<T>> g) const = 0;
  };

  virtual ~AnyFunctionOfNumbers() = default;
  /// f of one row: numbers by argument.
  virtual Lists on_row(const Lists& x, std::span<const Shape> shapes, std::vector<Shape>& of_results) const = 0;
  /// f of `Batch<T>::size` rows, each list with the lanes of an element side by side. False where rows part ways.
  virtual bool on_rows(const Lists& x, std::span<const Shape> shapes, std::vector<Shape>& of_results,
                       Lists& y) const = 0;
  /// on_row, kept for a sweep; null for a function that is a sweep itself.
  virtual std::unique_ptr<Recorded> record(const Lists& x, std::span<const Shape> shapes,
                                           std::vector<Shape>& of_results, Lists& y) const = 0;
  /// (g..., x...) -> gradients, where f has so many results. Throws Error where no further derivative is to be had.
  virtual std::shared_ptr<const AnyFunctionOfNumbers> pulled_back(std::size_t results) const = 0;
};

[[noreturn]] void throw_no_further_derivative();

/// Of a run of several lanes: they have not parted. It may lie inside another one, of arrays that a function uses.
class LanesTogether {
 public:
  LanesTogether() : outer_(std::exchange(lanes_part, false)) {}
  ~LanesTogether() { lanes_part = outer_; }
  LanesTogether(const LanesTogether&) = delete;
  LanesTogether& operator=(const LanesTogether&) = delete;

 private:
  bool outer_;
};

/// The first derivative runs on registers, the second on numbers alone; there is no third.
template <class Function, class T, int kDerivatives>
class AnyFunctionOf final : public AnyFunctionOfNumbers<T> {
 public:
  using typename AnyFunctionOfNumbers<T>::Lists;
  using typename AnyFunctionOfNumbers<T>::Recorded;
  static constexpr bool kIsSweep = kDerivatives < 2;

  explicit AnyFunctionOf(Function f) : f_(std::move(f)) {}

  Lists on_row(const Lists& x, std::span<const Shape> shapes, std::vector<Shape>& of_results) const override {
    return numbers_of(f_(constants<Own<Scalar<T>>>(x), shapes, of_results));
  }
  bool on_rows(const Lists& x, std::span<const Shape> shapes, std::vector<Shape>& of_results, Lists& y) const override {
    if constexpr (kDerivatives == 0) {
      return false;
    } else {
      const LanesTogether together;
      NumberLists<Own<Batch<T>>> lanes;
      for (const PooledList<T>& list : x) {
        auto& own = lanes.emplace_back();
        own.reserve(list.size() / Batch<T>::size);
        for (std::size_t i = 0; i < list.size(); i += Batch<T>::size) own.emplace_back(Batch<T>::load(&list[i]));
      }
      const auto results = f_(lanes, shapes, of_results);
      if (lanes_part) {
        of_results.clear();
        return false;
      }
      y.resize(results.size());
      for (std::size_t r = 0; r < results.size(); ++r) {
        y[r].resize(results[r].size() * Batch<T>::size);
        for (std::size_t i = 0; i < results[r].size(); ++i) plain(results[r][i]).store(&y[r][i * Batch<T>::size]);
      }
      return true;
    }
  }
  std::unique_ptr<Recorded> record(const Lists& x, std::span<const Shape> shapes, std::vector<Shape>& of_results,
                                   Lists& y) const override {
    if constexpr (kIsSweep) {
      return nullptr;
    } else {
      auto recorded = std::make_unique<Run>(f_, constants<Scalar<T>>(x), shapes, of_results);
      y = numbers_of(recorded->run.values());
      return recorded;
    }
  }
  std::shared_ptr<const AnyFunctionOfNumbers<T>> pulled_back(std::size_t results) const override {
    if constexpr (kDerivatives > 0) {
      using Pulled = PulledBack<Function>;
      return std::make_shared<AnyFunctionOf<Pulled, T, kDerivatives - 1>>(Pulled{f_, results});
    } else {
      throw_no_further_derivative();
    }
  }

 private:
  // A function of the user's runs on numbers that it may branch on; a sweep on plain ones.
  template <class V>
  using Own = std::conditional_t<kIsSweep, V, Active<V>>;

  struct Run final : Recorded {
    Run(const Function& f, const NumberLists<Scalar<T>>& x, std::span<const Shape> shapes,
        std::vector<Shape>& of_results)
        : run(f, x, shapes, of_results) {}
    Lists sweep(std::span<const PooledList<T>> g) const override {
      return numbers_of(run.sweep(constants<Scalar<T>>(g)));
    }
    RecordedRun<Scalar<T>> run;
  };

  template <class S>
  static NumberLists<S> constants(std::span<const PooledList<T>> x) {
    NumberLists<S> result;
    for (const PooledList<T>& list : x) result.emplace_back(list.begin(), list.end());
    return result;
  }
  template <class S>
  static const auto& plain(const S& x) {
    if constexpr (kIsActive<S>) {
      return x.v;
    } else {
      return x;
    }
  }
  static Lists numbers_of(const auto& lists) {
    Lists result;
    for (const auto& list : lists) {
      result.emplace_back();
      for (const auto& x : list) result.back().push_back(plain(x).v);
    }
    return result;
  }

  Function f_;
};

}  // namespace xtape::detail

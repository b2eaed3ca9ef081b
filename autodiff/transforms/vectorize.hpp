#pragma once
// vectorize: functions of single numbers, with their loops and branches, as one operation on arrays.

#include "autodiff/ops/activation.hpp"
#include "autodiff/ops/arithmetic.hpp"
#include "autodiff/ops/c_names.hpp"
#include "autodiff/transforms/custom.hpp"

#include <array>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape {

namespace detail {

/// One number of dimensions, or one extent, of a signature: a name that stands for any extent, or a number.
struct SignatureDimension {
  std::size_t extent = 0;          // 0: by name
  std::size_t begin = 0, end = 0;  // of the name in the text
};

/// NumPy's notation for the dimensions that a function takes and gives: "(n),()->(m)".
struct Signature {
  static constexpr std::size_t kMost = 16;
  struct Part {
    std::size_t dimensions = 0;
    SignatureDimension dimension[4];
  };
  std::size_t arguments = 0, results = 0;
  bool says_results = false;
  Part argument[kMost], result[kMost];
};

/// Fails to compile (throws) where the text is no signature.
consteval Signature parse_signature(const char* text) {
  Signature signature;
  std::size_t i = 0;
  const auto skip = [&] {
    while (text[i] == ' ') ++i;
  };
  const auto part = [&](Signature::Part& into) {
    if (text[i] != '(') throw "xtape::vectorize: a signature is written as NumPy's: \"(n),()->(m)\"";
    ++i;
    for (skip(); text[i] != ')'; skip()) {
      if (into.dimensions == 4) throw "xtape::vectorize: at most four dimensions a part of the signature";
      SignatureDimension& dimension = into.dimension[into.dimensions++];
      dimension.begin = i;
      const auto digit = [](char c) { return c >= '0' && c <= '9'; };
      const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
      if (digit(text[i])) {
        for (; digit(text[i]); ++i) dimension.extent = 10 * dimension.extent + std::size_t(text[i] - '0');
        if (dimension.extent == 0) throw "xtape::vectorize: an extent of a signature is at least 1";
      } else if (letter(text[i])) {
        while (letter(text[i]) || digit(text[i])) ++i;
      } else {
        throw "xtape::vectorize: a signature is written as NumPy's: \"(n),()->(m)\"";
      }
      dimension.end = i;
      skip();
      if (text[i] == ',') ++i;
    }
    ++i;
  };
  const auto list = [&](Signature::Part* parts, std::size_t& count) {
    for (bool more = true; more;) {
      skip();
      if (count == Signature::kMost) throw "xtape::vectorize: at most 16 arguments and results";
      part(parts[count++]);
      skip();
      more = text[i] == ',';
      if (more) ++i;
    }
  };
  list(signature.argument, signature.arguments);
  if (text[i] == '-' && text[i + 1] == '>') {
    i += 2;
    signature.says_results = true;
    list(signature.result, signature.results);
  }
  if (text[i] != '\0') throw "xtape::vectorize: a signature is written as NumPy's: \"(n),()->(m)\"";
  return signature;
}

/// The signature of a function of `count` single numbers.
consteval Signature numbers_signature(std::size_t count) {
  Signature signature;
  signature.arguments = count;
  return signature;
}

/// A list that a function's every run makes anew: its memory comes from the pool.
template <class S>
using PooledList = std::vector<S, PoolAllocator<S>>;
/// Numbers by argument or by result, each in row-major order.
template <class S>
using NumberLists = PooledList<PooledList<S>>;

// What a function is given for a part with these dimensions: a number, or arrays and vectors of numbers, one in
// another.
template <class S, Signature::Part kPart, std::size_t k>
consteval auto nested_numbers() {
  if constexpr (k == kPart.dimensions) {
    return std::type_identity<S>();
  } else {
    using Inner = typename decltype(nested_numbers<S, kPart, k + 1>())::type;
    if constexpr (kPart.dimension[k].extent > 0) {
      return std::type_identity<std::array<Inner, kPart.dimension[k].extent>>();
    } else {
      return std::type_identity<std::vector<Inner>>();
    }
  }
}

template <class A>
inline constexpr bool kIsContainer = requires(A a) {
  a.begin() != a.end();
  typename A::value_type;
};

template <class S, class A>
void fill_numbers(A& into, const std::size_t* extents, const S*& from) {
  if constexpr (std::same_as<A, S>) {
    into = *from++;
  } else {
    if constexpr (requires { into.resize(*extents); }) into.resize(*extents);
    for (auto& inner : into) fill_numbers<S>(inner, extents + 1, from);
  }
}

[[noreturn]] void throw_ragged(std::size_t expected, std::size_t got);

// The extents of what an empty vector would hold: 0, or that of an array.
template <class A>
void append_empty(std::size_t depth, Shape& shape) {
  if constexpr (kIsContainer<A>) {
    if constexpr (requires { std::tuple_size<A>::value; }) {
      if (shape.size() == depth) shape.push_back(std::tuple_size<A>::value);
    } else {
      if (shape.size() == depth) shape.push_back(0);
    }
    append_empty<typename A::value_type>(depth + 1, shape);
  }
}

// Appends the numbers of a result, and says its shape.
template <class S, class A>
void take_numbers(const A& from, std::size_t depth, Shape& shape, PooledList<S>& into) {
  if constexpr (kIsContainer<A>) {
    if (shape.size() == depth) {
      shape.push_back(from.size());
    } else if (shape[depth] != from.size()) {
      throw_ragged(shape[depth], from.size());
    }
    for (const auto& inner : from) take_numbers<S>(inner, depth + 1, shape, into);
    if (from.size() == 0) append_empty<typename A::value_type>(depth + 1, shape);
  } else {
    into.push_back(S(from));
  }
}

/// The user's function on lists of numbers.
template <class F, Signature kSignature>
struct FunctionOfNumbers {
  F f;

  template <class S>
  NumberLists<S> operator()(const NumberLists<S>& x, std::span<const Shape> shapes,
                            std::vector<Shape>& of_results) const {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      const auto argument = [&]<std::size_t k>(std::integral_constant<std::size_t, k>) {
        typename decltype(nested_numbers<S, kSignature.argument[k], 0>())::type numbers{};
        const S* from = x[k].data();
        fill_numbers<S>(numbers, shapes[k].data(), from);
        return numbers;
      };
      return lists<S>(f(argument(std::integral_constant<std::size_t, K>())...), of_results);
    }
    (std::make_index_sequence<kSignature.arguments>());
  }

 private:
  template <class S, class R>
  static NumberLists<S> lists(const R& results, std::vector<Shape>& shapes) {
    NumberLists<S> result;
    const auto add = [&](const auto& one) {
      shapes.emplace_back();
      take_numbers<S>(one, 0, shapes.back(), result.emplace_back());
    };
    if constexpr (!kIsContainer<R> && requires { std::tuple_size<R>::value; }) {
      std::apply([&](const auto&... each) { (add(each), ...); }, results);
    } else {
      add(results);
    }
    return result;
  }
};

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

  /// The gradients of all variables, in order, for cotangents of all results, in order.
  PooledList<V> sweep(const PooledList<V>& g) const {
    const V zero(typename V::value_type(0));
    PooledList<V> adjoint(tape_.size() + 1, zero);
    for (std::size_t i = 0; i < g.size(); ++i) adjoint[places_[i]] = adjoint[places_[i]] + g[i];
    tape_.for_each_backwards([&](std::uint32_t place, std::uint32_t a, std::uint32_t b, const V& da, const V& db) {
      const V h = adjoint[place];
      if (is_nothing(h)) return;
      adjoint[a] = adjoint[a] + product(h, da);
      adjoint[b] = adjoint[b] + product(h, db);
    });
    return PooledList<V>(adjoint.begin() + 1, adjoint.begin() + 1 + tape_.variables());
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
    const auto middle = all.begin() + std::ptrdiff_t(results);
    const NumberLists<S> x(middle, all.end());
    const std::span<const Shape> of_x = shapes.subspan(results);
    std::vector<Shape> unused;
    const RecordedRun<S> run(f, x, of_x, unused);
    if constexpr (kIsBatch<S>) {
      if (lanes_part) return {};
    }
    PooledList<S> g;
    for (auto list = all.begin(); list != middle; ++list) g.insert(g.end(), list->begin(), list->end());
    const PooledList<S> flat = run.sweep(g);
    NumberLists<S> gradients;
    auto next = flat.begin();
    for (const PooledList<S>& list : x) {
      gradients.emplace_back(next, next + std::ptrdiff_t(list.size()));
      next += std::ptrdiff_t(list.size());
    }
    of_results.assign(of_x.begin(), of_x.end());
    return gradients;
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
    virtual PooledList<T> sweep(const PooledList<T>& g) const = 0;
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
    PooledList<T> sweep(const PooledList<T>& g) const override {
      PooledList<Scalar<T>> cotangents(g.begin(), g.end());
      PooledList<T> result;
      for (const Scalar<T>& d : run.sweep(cotangents)) result.push_back(d.v);
      return result;
    }
    RecordedRun<Scalar<T>> run;
  };

  template <class S>
  static NumberLists<S> constants(const Lists& x) {
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

/// The function over all rows of the arguments, recorded as one operation. `text` is the signature's.
template <class T>
VarList<T> vectorized(std::shared_ptr<const AnyFunctionOfNumbers<T>> f, const Signature& signature, const char* text,
                      VarList<T> x);

extern template VarList<float> vectorized(std::shared_ptr<const AnyFunctionOfNumbers<float>>, const Signature&,
                                          const char*, VarList<float>);
extern template VarList<double> vectorized(std::shared_ptr<const AnyFunctionOfNumbers<double>>, const Signature&,
                                           const char*, VarList<double>);

// Whether A is a number that code may branch on, or holds such.
template <class A>
inline constexpr bool kHoldsBranching = Branching<A>;
template <class A>
  requires(kIsContainer<A> && !Branching<A>)
inline constexpr bool kHoldsBranching<A> = kHoldsBranching<std::remove_cv_t<typename A::value_type>>;

// What the results of f become: a Var, or a tuple of them.
template <class T, class R>
auto results_as(VarList<T> list) {
  if constexpr (!kIsContainer<R> && requires { std::tuple_size<R>::value; }) {
    return [&list]<std::size_t... K>(std::index_sequence<K...>) {
      return std::make_tuple(std::move(list[K])...);
    }
    (std::make_index_sequence<std::tuple_size_v<R>>());
  } else {
    return std::move(list[0]);
  }
}

// What f gives for numbers S, where it takes what the signature says.
struct NotCalled {};
template <class F, class S, Signature kSignature, std::size_t... K>
consteval auto result_of_numbers(std::index_sequence<K...>) {
  constexpr bool kTakes =
      std::invocable<const F&, typename decltype(nested_numbers<S, kSignature.argument[K], 0>())::type...>;
  static_assert(kTakes,
                "xtape::vectorize: the function is called with numbers of a type of its own choosing (template <class "
                "S>, or auto), or with std::array and std::vector of these as the signature says, by value or const&, "
                "and is const itself");
  if constexpr (kTakes) {
    return std::type_identity<
        std::invoke_result_t<const F&, typename decltype(nested_numbers<S, kSignature.argument[K], 0>())::type...>>();
  } else {
    return std::type_identity<NotCalled>();
  }
}

// Whether a result R is made of numbers S.
template <class R, class S>
consteval bool gives_numbers() {
  if constexpr (std::is_void_v<R>) {
    return false;
  } else if constexpr (kIsContainer<R>) {
    return gives_numbers<typename R::value_type, S>();
  } else {
    return std::convertible_to<const R&, S>;
  }
}
template <class R, class S>
inline constexpr bool kGivesNumbers = gives_numbers<R, S>();
template <class R, class S>
  requires(!kIsContainer<R> && requires { std::tuple_size<R>::value; })
inline constexpr bool kGivesNumbers<R, S> = []<std::size_t... K>(std::index_sequence<K...>) {
  return sizeof...(K) > 0 && (gives_numbers<std::remove_cvref_t<std::tuple_element_t<K, R>>, S>() && ...);
}
(std::make_index_sequence<std::tuple_size_v<R>>());

template <Signature kSignature, class F, class... A>
auto call_vectorized(const F& f, const char* text, const A&... x) {
  static_assert(sizeof...(A) == kSignature.arguments,
                "xtape::vectorize: as many arguments expected as the signature has parts before ->");
  using V = common_var<A...>;
  using T = typename V::value_type;
  using S = Active<Scalar<T>>;
  using R = std::remove_cvref_t<typename decltype(result_of_numbers<F, S, kSignature>(
      std::index_sequence_for<A...>()))::type>;
  if constexpr (kGivesNumbers<R, S>) {
    auto function =
        std::make_shared<AnyFunctionOf<FunctionOfNumbers<F, kSignature>, T, 2>>(FunctionOfNumbers<F, kSignature>{f});
    return results_as<T, R>(vectorized<T>(std::move(function), kSignature, text, {V(as_number<V>(x))...}));
  } else {
    static_assert(
        std::same_as<R, NotCalled>,
        "xtape::vectorize: the function gives a number, an array or a vector of numbers, or a tuple of these");
  }
}

}  // namespace detail

/// vectorize(f)(x...): f, a function of single numbers that is generic in their type, for all elements of the
/// arguments, which broadcast, as NumPy's vectorize; recorded as one operation. f is code as one writes it for double:
/// it may loop, branch on values, call functions of its own and keep numbers in std::vector and std::array; its
/// elementary functions are found by argument-dependent lookup (exp(x), or `using std::exp` before it).
///
///   const auto collatz = vectorize([](auto x) { while (x > 1.0) x = x * 0.5; return x; });
///
/// With a signature, in NumPy's notation, f takes and gives arrays: vectorize<"(3),()->(3)">(f)(x, t) calls f with a
/// std::array of three numbers and a number for each row of x and each t; a name in place of an extent,
/// "(n),(n,m)->(m)", gives std::vectors, and is the same extent wherever it stands. Further dimensions in front are
/// broadcast. f gives a number, an array or a vector of numbers, or a tuple of these, of the same shapes for every row.
///
/// Each run of f is recorded on a tape of single numbers, 24 bytes an operation in double, which is swept at once: that
/// of a single row is kept until the sweep; of many rows f is run again in the sweep, as many rows at a time as a
/// register has lanes, on all threads, so it must give the same again. Rows that part ways at a branch are run one by
/// one. Differentiable twice.
///
/// Throws ShapeError where an argument has fewer dimensions than the signature says, an extent differs, or rows give
/// results of different shapes; TapeError where f keeps a number beyond its run; Error for a third derivative.
template <Text kSignature, class F>
auto vectorize(F f) {
  return [f = std::move(f)](const auto&... x) {
    static_assert(sizeof...(x) > 0, "xtape::vectorize: at least one argument expected");
    if constexpr ((detail::kHoldsBranching<std::remove_cvref_t<decltype(x)>> || ...)) {
      return f(x...);  // inside another run
    } else if constexpr (sizeof...(x) > 0) {
      return detail::call_vectorized<detail::parse_signature(kSignature.characters)>(f, kSignature.characters, x...);
    }
  };
}
template <class F>
auto vectorize(F f) {
  return [f = std::move(f)](const auto&... x) {
    static_assert(sizeof...(x) > 0, "xtape::vectorize: at least one argument expected");
    if constexpr ((Branching<decltype(x)> || ...)) {
      return f(x...);  // inside another run
    } else if constexpr (sizeof...(x) > 0) {
      return detail::call_vectorized<detail::numbers_signature(sizeof...(x))>(f, "", x...);
    }
  };
}

}  // namespace xtape

#pragma once
// What an element-wise op says of itself beside name and derivatives, and its node on a tape.

#include "autodiff/core/dispatch.hpp"
#include "autodiff/core/elementwise_pass.hpp"
#include "autodiff/core/gradients.hpp"
#include "autodiff/core/operation.hpp"
#include "autodiff/kernels/elementwise.hpp"
#include "autodiff/kernels/reduce.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <type_traits>

namespace xtape {

namespace detail {

/// `x` where the op's vjp may read it: Operand is operand(k) or kOutput.
template <class Op, unsigned Operand, class S>
decltype(auto) saved(const S& x) {
  if constexpr ((kSaves<Op> & Operand) != 0) {
    return (x);
  } else {
    return Unsaved{};
  }
}

/// Whether the op's result does not depend on its arguments smoothly at all (comparisons, sign): never recorded.
template <class Op>
concept Flat = requires {
  requires Op::flat;
};

/// Whether the op hands on one of its operands: inside `map`, one that is not chosen then contributes nothing, be its
/// derivative infinite or NaN.
template <class Op>
concept Selects = requires {
  requires Op::selects;
};

/// Whether the op computes its partial derivatives along with its value, `eval_with_partials(x...)` = {y, dy/dx...}, to
/// be kept for the sweep: for ops whose value costs much to compute again. Where it does not save its operands, its vjp
/// gets the partial derivatives in their place, as constants.
template <class Op>
concept KeepsPartials = requires {
  requires Op::keeps_partials;
};

/// Whether the op is summed over the last dimension, so that its result has one less than its partial derivatives.
template <class Op>
concept SumsLast = requires {
  requires Op::sums_last;
};

/// `g`, which broadcasts to `shape`, as what broadcasts to `shape` with one dimension more.
template <class T>
SharedValue<T> as_column(const SharedValue<T>& g, const Shape& shape) {
  if (g->size() == 1) return g;
  Shape column = shape;
  column.push_back(1);
  return Value<T>::reshaped(Value<T>::broadcast(g, shape), column);
}

/// Whether a derivative of the op costs so much that those with respect to several operands are computed in a pass
/// each, and those that nobody asked for not at all.
template <class Op>
concept Apart = requires {
  requires Op::apart;
};

/// What an element of the op costs, in plain operations, as far as that is known.
template <class Op>
constexpr std::size_t work_of() {
  if constexpr (requires { Op::work; }) {
    return Op::work;
  } else {
    return KeepsPartials<Op> ? 4 : 1;
  }
}
template <class Op>
inline constexpr std::size_t kWork = work_of<Op>();

/// Whether the gradient of operand `k` is g itself, which then is handed on and not copied.
template <class Op>
constexpr bool passes_gradient(std::size_t k) {
  if constexpr (requires { Op::passes_gradient; }) {
    return Op::passes_gradient[k];
  } else {
    return false;
  }
}

/// Whether vjp(g, y, x...) can be called with what the op saves.
template <class Op, class S, class... X>
constexpr bool vjp_fits() {
  return []<std::size_t... K>(std::index_sequence<K...>) {
    return requires(const Op& op, const S& s, const X&... x) {
      op.vjp(s, saved<Op, kOutput>(s), saved<Op, operand(K)>(x)...);
    };
  }
  (std::index_sequence_for<X...>{});
}

/// What vjp gave, one derivative for each of N operands.
template <std::size_t N, class D>
constexpr const D& one_for_each(const D& derivatives) {
  static_assert(
      requires { requires std::tuple_size<D>::value == N; },
      "xtape: the op's vjp returns a std::array of as many derivatives as the op has operands");
  return derivatives;
}

}  // namespace detail

template <class Op, class T, std::size_t N>
class ElementwiseNode final : public Node<T> {
  static_assert(detail::says_for_all<Op>(N),
                "xtape: an op that says what each derivative reads says so once for each operand");

 public:
  ElementwiseNode(const Op& op, const std::array<const Var<T>*, N>& x, const std::array<NodeIndex, N>& inputs,
                  const Var<T>& y, const std::array<SharedValue<T>, N>& partials = {})
      : Node<T>(y.shape()), op_(op), inputs_(inputs) {
    [[maybe_unused]] const unsigned keeps = detail::kept<Op>(inputs);
    if constexpr (kSavesInput) {
      for (std::size_t k = 0; k < N; ++k) {
        if (detail::kReadsEach<Op> && (keeps & operand(k)) == 0) continue;
        x_[k] = inputs[k] == kConstant ? x[k]->constant() : *x[k];
      }
    }
    if constexpr (kSavesOutput) {
      if ((keeps & kOutput) != 0) y_[0] = y;
    }
    if constexpr (kKeepsPartials) partials_ = partials;
  }

  const char* name() const override { return Op::name; }
  std::span<const NodeIndex> inputs() const override { return inputs_; }

  void backward(const SharedValue<T>& g, Gradients<T>& gradients) const override {
    if constexpr (detail::SumsLast<Op>) {
      const SharedValue<T> column = detail::as_column(g, this->shape());
      for (std::size_t k = 0; k < N; ++k) gradients.add_product(*this, k, column, partials_[k]);
    } else if constexpr (kKeepsPartials) {
      for (std::size_t k = 0; k < N; ++k) gradients.add_product(*this, k, g, partials_[k]);
    } else if constexpr (N == 2) {  // leave out the derivative, and the reading of operands, that nobody asked for
      const bool first = gradients.wants(inputs_[0]) && !hand_on<0>(g, gradients);
      const bool second = gradients.wants(inputs_[1]) && !hand_on<1>(g, gradients);
      if (first && second) return pass<0, 1>(g, gradients);
      if (first) return pass<0>(g, gradients);
      if (second) return pass<1>(g, gradients);
    } else {
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        if constexpr (detail::Apart<Op>) {
          const SharedValue<T> held = g;  // which no pass may overwrite, then
          ((gradients.wants(inputs_[K]) ? pass<K>(g, gradients) : void()), ...);
        } else {
          pass<K...>(g, gradients);
        }
      }
      (std::make_index_sequence<N>{});
    }
  }

  void backward(const Var<T>& g, RecordedGradients<T>& gradients) const override {
    bool all = true;
    for (const NodeIndex input : inputs_) all = all && gradients.wants(input);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      const std::array<Var<T>, N> d = gradients.record().watch().run(all, [&] {
        return std::array<Var<T>, N>(detail::one_for_each<N>(op_.vjp(g, recorded_output(), recorded_input<K>()...)));
      });
      (gradients.add(inputs_[K], d[K]), ...);
    }
    (std::make_index_sequence<N>{});
  }

 private:
  static constexpr bool kSavesInput = detail::kSavesInput<Op>, kSavesOutput = detail::kSavesOutput<Op>;
  static constexpr bool kKeepsPartials = detail::KeepsPartials<Op>;

  // What the recorded derivatives read. One that nobody asked for may read what was not kept: it is computed along with
  // the others, of a zero, and dropped.
  static Var<T> kept(const Var<T>& value) { return value.empty() ? Var<T>(T(0)) : value; }
  template <std::size_t K>
  auto recorded_input() const {
    if constexpr (kSavesInput && (detail::kSaves<Op> & operand(K)) != 0) {
      return kept(x_[K]);
    } else if constexpr (kKeepsPartials && !kSavesInput) {
      return Var<T>(partials_[K]);
    } else {
      return Unsaved{};
    }
  }
  auto recorded_output() const {
    if constexpr (kSavesOutput) {
      return kept(y_[0]);
    } else {
      return Unsaved{};
    }
  }

  void visit_saved(SavedVisitor<T>& visit) const override {
    for (std::size_t k = 0; k < x_.size(); ++k) {
      if (!x_[k].empty()) visit(k, *x_[k].shared());
    }
    for (const Var<T>& y : y_) {
      if (!y.empty()) visit(SavedVisitor<T>::kNoOperand, *y.shared());
    }
    for (const SharedValue<T>& partial : partials_) {
      if (partial) visit(SavedVisitor<T>::kNoOperand, *partial);
    }
  }

  // Hands g itself on where it is the operand's gradient. Not to one that was broadcast: of a `g` that is to be
  // broadcast itself, its gradient is a sum over the result's elements.
  template <std::size_t K>
  bool hand_on(const SharedValue<T>& g, Gradients<T>& gradients) const {
    if (!detail::passes_gradient<Op>(K) || gradients.shape(inputs_[K]) != this->shape()) return false;
    gradients.add(inputs_[K], g);
    return true;
  }

  template <std::size_t>
  using EachBatch = Batch<T>;

  // What the derivatives with respect to Wanted... read beside g, the result last.
  template <std::size_t... Wanted>
  static constexpr unsigned kReadBy = (detail::reads<Op>(Wanted) | ...) & (kOutput | (operand(N) - 1));

  // The partial derivatives of the operands Wanted..., in one pass.
  template <std::size_t... Wanted>
  void pass(const SharedValue<T>& g, Gradients<T>& gradients) const {
    constexpr std::size_t M = sizeof...(Wanted), kReads = 1 + std::popcount(kReadBy<Wanted...>);
    // What was not kept, as nobody may ask for the derivative that reads it, is not read either.
    std::array<const Value<T>*, kReads> values;
    std::size_t next = 0;
    const auto read = [&](const Var<T>& value) { values[next++] = value.empty() ? g.get() : value.shared().get(); };
    read({});
    for (std::size_t k = 0; k < x_.size(); ++k) {
      if ((kReadBy<Wanted...> & operand(k)) != 0) read(x_[k]);
    }
    if constexpr ((kReadBy<Wanted...> & kOutput) != 0) read(y_[0]);
    const auto partials = [this](const auto&... batch) {
      const auto all = std::forward_as_tuple(batch...);
      // What a derivative that is not wanted reads is some number; it is computed for nothing, and left out.
      const auto part = [&all]<unsigned kPart>(std::integral_constant<unsigned, kPart>) -> decltype(auto) {
        constexpr unsigned kBefore = kReadBy<Wanted...> & (kPart - 1);
        if constexpr ((detail::kSaves<Op> & kPart) == 0) {
          return Unsaved{};
        } else if constexpr ((kReadBy<Wanted...> & kPart) == 0) {
          return std::get<0>(all);
        } else {
          return std::get<1 + std::popcount(kBefore)>(all);
        }
      };
      const std::array<Batch<T>, N> d = [&]<std::size_t... K>(std::index_sequence<K...>) {
        static_assert(detail::vjp_fits<Op, Batch<T>, EachBatch<K>...>(),
                      "xtape: the op's vjp(g, y, x...) takes another number of arguments than its eval(x...), or reads "
                      "what the op does not save; add kInput or kOutput to its `saves`");
        return detail::one_for_each<N>(op_.vjp(std::get<0>(all), part(std::integral_constant<unsigned, kOutput>()),
                                               part(std::integral_constant<unsigned, operand(K)>())...));
      }
      (std::make_index_sequence<N>{});
      return std::array<Batch<T>, M>{d[Wanted]...};
    };
    const std::array<NodeIndex, M> inputs{inputs_[Wanted]...};
    if (size_of(this->shape()) == 1) {
      std::array<const T*, kReads> data;
      for (std::size_t r = 0; r < kReads; ++r) data[r] = values[r]->in_rows().first;
      const std::array<T, M> d = kernels::elementwise_number<T, M, kReads>(data, partials);
      for (std::size_t m = 0; m < M; ++m) gradients.add_number(inputs[m], d[m]);
      return;
    }
    detail::sweep_elementwise<T, M, kReads>(this->shape(), g, values, inputs, gradients,
                                            &kernels::backward_row_of<T, M, kReads, decltype(partials)>, &partials,
                                            detail::kWork<Op>);
  }

  void drop_saved() override {
    x_ = {};
    y_ = {};
    partials_ = {};
  }

  [[no_unique_address]] Op op_;
  std::array<NodeIndex, N> inputs_;
  std::array<Var<T>, kSavesInput ? N : 0> x_;
  std::array<Var<T>, kSavesOutput ? 1 : 0> y_;
  // Null for constants. Handed on by the sweep that frees them.
  mutable std::array<SharedValue<T>, kKeepsPartials ? N : 0> partials_;
};

}  // namespace xtape

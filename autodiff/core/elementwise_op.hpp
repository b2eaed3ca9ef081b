#pragma once
// Element-wise operations: an op is one struct that is written on one number.
//
//   struct Square : Operation<"square", kInput> {                        // what vjp reads: see operation.hpp
//     static auto eval(const auto& x) { return x * x; }
//     static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * 2.0 * x}; }   // g, y, x...
//   };
//
// `eval` runs on SIMD batches. `vjp` runs on batches in the first-order sweep (one fused pass, no temporaries), on Vars
// when the sweep is recorded, and on batches of slopes inside `map`: so one text gives the operation, its gradient,
// every higher order and its place in fused functions.

#include "autodiff/core/check_finite.hpp"
#include "autodiff/core/dispatch.hpp"
#include "autodiff/core/gradients.hpp"
#include "autodiff/core/operation.hpp"
#include "autodiff/kernels/elementwise.hpp"
#include "autodiff/kernels/reduce.hpp"

#include <algorithm>
#include <bit>

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

/// What an element of the op costs, in plain operations, as far as that is known.
template <class Op>
inline constexpr std::size_t kWork = KeepsPartials<Op> ? 4 : 1;

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

/// How a partial derivative of the shape of `walk` reaches operand `k`'s slot without un-broadcasting it afterwards.
enum class Reach { kCovers, kTotals, kNeither };

template <std::size_t N>
Reach reach_of(const kernels::Walk<N>& walk, std::size_t k) {
  for (std::size_t d = 0; d < walk.depth; ++d) {
    if (walk.stride[d][k] == 0) return Reach::kNeither;
  }
  if (walk.step[k] != 0 || walk.inner == 1) return Reach::kCovers;
  return Reach::kTotals;
}

}  // namespace detail

template <class Op, class T, std::size_t N>
class ElementwiseNode final : public Node<T> {
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
        pass<K...>(g, gradients);
      }
      (std::make_index_sequence<N>{});
    }
  }

  void backward(const Var<T>& g, RecordedGradients<T>& gradients) const override {
    bool all = true;
    for (const NodeIndex input : inputs_) all = all && gradients.wants(input);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      const std::array<Var<T>, N> d = gradients.record().watch().run(
          all, [&] { return std::array<Var<T>, N>(op_.vjp(g, recorded_output(), recorded_input<K>()...)); });
      (gradients.add(inputs_[K], d[K]), ...);
    }
    (std::make_index_sequence<N>{});
  }

 private:
  static constexpr bool kSavesInput = detail::kSavesInput<Op>, kSavesOutput = detail::kSavesOutput<Op>;
  static constexpr bool kKeepsPartials = detail::KeepsPartials<Op>;
  static constexpr std::size_t kReads = N + 2;  // g, y, x...

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

  // The partial derivatives of the operands Wanted..., in one pass.
  template <std::size_t... Wanted>
  void pass(const SharedValue<T>& g, Gradients<T>& gradients) const {
    constexpr std::size_t M = sizeof...(Wanted);
    constexpr std::array<std::size_t, M> which{Wanted...};
    const Shape& out = this->shape();
    std::array<kernels::Extents, kReads + M> shapes;
    std::array<const T*, kReads> data;
    const auto read = [&](std::size_t r, const Value<T>& value) {
      const auto elements = value.in_rows();
      shapes[r] = {&value.shape(), elements.strides};
      data[r] = elements.first;
    };
    for (std::size_t r = 0; r < kReads; ++r) read(r, *g);  // what was not kept is not read either
    if constexpr (kSavesOutput) {
      if (!detail::kReadsEach<Op> || !y_[0].empty()) read(1, *y_[0].shared());
    }
    if constexpr (kSavesInput) {
      for (std::size_t k = 0; k < N; ++k) {
        if (!detail::kReadsEach<Op> || !x_[k].empty()) read(2 + k, *x_[k].shared());
      }
    }
    for (std::size_t m = 0; m < M; ++m) {
      const NodeIndex input = inputs_[which[m]];
      shapes[kReads + m] = gradients.wants(input) ? &gradients.shape(input) : &out;
    }
    const auto partials = [this]<class... X>(const Batch<T>& gradient, const Batch<T>& y, const X&... x) {
      static_assert(detail::vjp_fits<Op, Batch<T>, X...>(),
                    "xtape: the op's vjp(g, y, x...) takes another number of arguments than its eval(x...), or reads "
                    "what the op does not save; add kInput or kOutput to its `saves`");
      const std::array<Batch<T>, N> d = [&]<std::size_t... K>(std::index_sequence<K...>) {
        return op_.vjp(gradient, detail::saved<Op, kOutput>(y), detail::saved<Op, operand(K)>(x)...);
      }
      (std::make_index_sequence<N>{});
      return std::array<Batch<T>, M>{d[Wanted]...};
    };
    if (size_of(out) == 1) {
      const std::array<T, M> d = kernels::elementwise_number<T, M, kReads>(data, partials);
      for (std::size_t m = 0; m < M; ++m) gradients.add_number(inputs_[which[m]], d[m]);
      return;
    }
    auto walk = kernels::make_walk<kReads + M>(out, shapes);

    std::array<kernels::Slot<T>, M> slots;
    std::array<SharedValue<T>, M> spilled;  // partial derivatives that are un-broadcast after the pass
    bool again = false;
    for (std::size_t m = 0; m < M; ++m) {
      const NodeIndex input = inputs_[which[m]];
      if (!gradients.wants(input)) continue;
      const detail::Reach reach = detail::reach_of(walk, kReads + m);
      if (reach == detail::Reach::kNeither) {
        spilled[m] = new_value<T>(out);
        slots[m] = {spilled[m]->mutable_data(), kernels::Into::kStore};
        shapes[kReads + m] = &out;
        again = true;
        continue;
      }
      bool fresh = false;
      // Only the last one may overwrite g: each element of it is read before.
      T* to = m + 1 == M && g->shape() == out ? gradients.open_over(input, g, fresh) : gradients.open(input, fresh);
      if (reach == detail::Reach::kTotals) {
        if (fresh) std::fill_n(to, size_of(gradients.shape(input)), T(0));
        slots[m] = {to, kernels::Into::kTotal};
      } else {
        slots[m] = {to, fresh ? kernels::Into::kStore : kernels::Into::kAdd};
      }
    }
    if (again) walk = kernels::make_walk<kReads + M>(out, shapes);
    kernels::elementwise_backward<T, M, kReads>(walk, slots, data, partials);
    for (std::size_t m = 0; m < M; ++m) {
      if (spilled[m]) gradients.add(inputs_[which[m]], spilled[m]);
    }
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

namespace detail {

/// The operands of an element-wise pass: where their elements are, and how they lie there.
template <class T, std::size_t N>
struct Read {
  std::array<const T*, N> data;
  std::array<kernels::Extents, N> extents;
  bool same = true;  // shapes

  explicit Read(const std::array<const Var<T>*, N>& x) {
    for (std::size_t k = 0; k < N; ++k) {
      const Value<T>& value = *x[k]->shared();
      const auto elements = value.in_rows();
      data[k] = elements.first;
      extents[k] = {&value.shape(), elements.strides};
      same = same && *extents[k].shape == *extents[0].shape;
    }
  }
  /// The shape they broadcast to. Throws ShapeError, naming `operation`.
  Shape shape(const char* operation) const {
    if (same) return *extents[0].shape;
    std::array<const Shape*, N> shapes;
    for (std::size_t k = 0; k < N; ++k) shapes[k] = extents[k].shape;
    return kernels::broadcast_shapes(operation, shapes.data(), N);
  }
};

// Where the sums over the last dimension go: operand k of the walk, which has extent 1 there.
template <class T, std::size_t R>
kernels::Slot<T> slot_of_sums(const kernels::Walk<R>& walk, std::size_t k, Value<T>& y) {
  if (reach_of(walk, k) == Reach::kCovers) return {y.mutable_data(), kernels::Into::kStore};  // rows of one element
  std::fill_n(y.mutable_data(), y.size(), T(0));
  return {y.mutable_data(), kernels::Into::kTotal};
}

// The value alone of an op that is summed over the last dimension, added up as value_and_partials does: to the same
// bits.
template <class Op, class T, std::size_t N>
void value_summed(const Op& op, const Read<T, N>& x, const Shape& out, Value<T>& y) {
  Shape kept = out;
  kept.back() = 1;
  std::array<kernels::Extents, N + 1> all;
  std::copy_n(x.extents.begin(), N, all.begin());
  all[N] = &kept;
  const auto walk = kernels::make_walk<N + 1>(out, all);
  kernels::elementwise_backward<T, 1, N>(
      walk, {slot_of_sums(walk, N, y)}, x.data,
      [&op](const auto&... number) { return std::array<Batch<T>, 1>{Batch<T>(op.eval(number...))}; }, kWork<Op>);
}

// y and the partial derivatives with respect to the inputs that are not constants, in one pass over `out`. y has that
// shape, or is summed over the last dimension.
template <class Op, class T, std::size_t N>
std::array<SharedValue<T>, N> value_and_partials(const Op& op, const std::array<NodeIndex, N>& inputs,
                                                 const Read<T, N>& x, const Shape& out, Value<T>& y) {
  std::array<SharedValue<T>, N> partials;
  std::array<kernels::Slot<T>, N + 1> slots;
  std::array<kernels::Extents, 2 * N + 1> all;
  all.fill(&out);
  for (std::size_t k = 0; k < N; ++k) {
    all[k] = x.extents[k];
    if (inputs[k] == kConstant) continue;
    partials[k] = new_value<T>(out);
    slots[k + 1] = {partials[k]->mutable_data(), kernels::Into::kStore};
  }
  slots[0] = {y.mutable_data(), kernels::Into::kStore};
  Shape kept = out;
  if constexpr (SumsLast<Op>) {
    kept.back() = 1;
    all[N] = &kept;
  }
  const auto walk = kernels::make_walk<2 * N + 1>(out, all);
  if constexpr (SumsLast<Op>) slots[0] = slot_of_sums(walk, N, y);
  kernels::elementwise_backward<T, N + 1, N>(
      walk, slots, x.data, [&op](const auto&... number) { return op.eval_with_partials(number...); }, kWork<Op>);
  return partials;
}

}  // namespace detail

/// op.eval over broadcast operands, recorded if one of them is on the active tape.
template <class Op, class T, std::size_t N>
Var<T> apply_elementwise(const Op& op, const std::array<const Var<T>*, N>& x) {
  const detail::Read<T, N> read(x);
  std::array<NodeIndex, N> inputs;
  Record<T>* const record = record_of<T>(Op::name, x, inputs);
  SharedValue<T> y = new_value<T>(read.shape(Op::name));
  if constexpr (detail::KeepsPartials<Op>) {
    if (record != nullptr) {
      const auto partials = detail::value_and_partials<Op, T, N>(op, inputs, read, y->shape(), *y);
      check_result<T>(*y, Op::name, x);
      Var<T> result(std::move(y), record->size(), record->generation());
      record->template push<ElementwiseNode<Op, T, N>>(op, x, inputs, result, partials);
      return result;
    }
  }
  const auto eval = [&op](const auto&... batch) { return Batch<T>(op.eval(batch...)); };
  if (y->size() == 1) {
    const auto number = [&eval](const auto&... batch) { return std::array<Batch<T>, 1>{eval(batch...)}; };
    *y->mutable_data() = kernels::elementwise_number<T, 1, N>(read.data, number)[0];
  } else {
    kernels::elementwise<T, N>(kernels::make_walk<N>(y->shape(), read.extents), y->mutable_data(), read.data, eval,
                               detail::kWork<Op>);
  }
  check_result<T>(*y, Op::name, x);
  if constexpr (!detail::Flat<Op> && !detail::KeepsPartials<Op>) {
    if (record != nullptr) {
      Var<T> result(std::move(y), record->size(), record->generation());
      record->template push<ElementwiseNode<Op, T, N>>(op, x, inputs, result);
      return result;
    }
  }
  return Var<T>(std::move(y));
}

// One op on each kind of number.
template <class Op, class T, class... R>
Var<T> apply_to(const Op& op, const Var<T>& first, const R&... rest) {
  return apply_elementwise<Op, T, 1 + sizeof...(R)>(op, {&first, &rest...});
}
template <class Op, class T, class... R>
Batch<T> apply_to(const Op& op, const Batch<T>& first, const R&... rest) {
  return op.eval(first, rest...);
}
// The chain rule on Duals D: d op(u...) = sum over k of (d op / d u_k) du_k, the slopes from the op's own vjp. Operands
// that are not Duals are constants and contribute nothing.
template <class D, class Op, class... A>
D apply_to_duals(const Op& op, const A&... x) {
  using S = typename D::Value;
  const auto value = []<class X>(const X& operand) -> S {
    if constexpr (kIsDual<X>) {
      return operand.v;
    } else {
      return as_number<S>(operand);
    }
  };
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    constexpr std::array<bool, sizeof...(A)> kMoves{kIsDual<A>...};
    constexpr std::size_t kFirst = std::size_t(std::find(kMoves.begin(), kMoves.end(), true) - kMoves.begin());
    const std::array<S, sizeof...(A)> u{value(x)...};
    D y(S(typename S::value_type(0)));
    std::array<S, sizeof...(A)> slope{};
    if constexpr (detail::KeepsPartials<Op>) {
      const std::array<S, 1 + sizeof...(A)> both = op.eval_with_partials(u[K]...);
      y.v = both[0];
      ((slope[K] = both[1 + K]), ...);
    } else {
      y.v = S(op.eval(u[K]...));
      if constexpr (!detail::Flat<Op>) {
        const S one(typename S::value_type(1));
        slope = op.vjp(one, detail::saved<Op, kOutput>(y.v), detail::saved<Op, operand(K)>(u[K])...);
      }
    }
    if constexpr (!detail::Flat<Op>) {
      const auto add = [&]<std::size_t k, class X>(std::integral_constant<std::size_t, k>, const X& operand) {
        if constexpr (kMoves[k]) {
          for (std::size_t m = 0; m < y.d.size(); ++m) {
            const S term = detail::Selects<Op> ? D::chosen(slope[k], operand.d[m]) : D::chain(slope[k], operand.d[m]);
            y.d[m] = k == kFirst ? term : S(y.d[m].v + term.v);
          }
        }
      };
      (add(std::integral_constant<std::size_t, K>(), x), ...);
    }
    return y;
  }
  (std::index_sequence_for<A...>{});
}

}  // namespace xtape

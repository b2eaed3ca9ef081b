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

#include "autodiff/core/elementwise_node.hpp"
#include "autodiff/core/level.hpp"

namespace xtape {

template <class Op, class T, std::size_t N>
Var<T> apply_elementwise(const Op& op, const std::array<const Var<T>*, N>& x);

namespace detail {

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

// Value and partial derivatives of numbers. An op that takes its formula from another one, and differs in what becomes
// of the value, says so by `Formula`: the loop is compiled once for both.
template <class Op>
struct FormulaOf {
  using type = Op;
};
template <class Op>
  requires requires {
    typename Op::Formula;
  }
struct FormulaOf<Op> {
  using type = typename Op::Formula;
};
template <class Op>
struct ValueAndPartials {
  const Op& op;
  auto operator()(const auto&... number) const { return op.eval_with_partials(number...); }
};

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
  using Formula = typename FormulaOf<Op>::type;
  kernels::elementwise_backward<T, N + 1, N>(walk, slots, x.data, ValueAndPartials<Formula>{op}, kWork<Op>);
  return partials;
}

/// Whether the op's vjp records on the innermost tape.
template <class Op>
concept NeedsTape = requires {
  requires Op::needs_tape;
};

// The partial derivatives that an op computes along with its value, as constants.
template <class Op, class T, std::size_t N>
class PartialsOf final : public AnyOp<T> {
 public:
  explicit PartialsOf(const Op& op) : op_(op) {}
  const char* name() const override { return Op::name; }
  bool elementwise() const override { return true; }
  bool flat() const override { return true; }
  std::vector<Var<T>> apply(std::span<const Var<T>* const> x) const override {
    std::vector<Var<T>> result;
    if (at_level<T>(x)) {
      for (const SharedValue<T>& partial : apply_at_level<T>(*this, x)) result.emplace_back(partial);
      return result;
    }
    std::array<const Var<T>*, N> operands;
    std::copy_n(x.begin(), N, operands.begin());
    const Read<T, N> read(operands);
    const SharedValue<T> y = read.new_result(Op::name);
    for (const SharedValue<T>& partial : value_and_partials<Op, T, N>(op_, {}, read, y->shape(), *y)) {
      result.emplace_back(partial);
    }
    return result;
  }

 private:
  const Op& op_;
};

template <class Op, class T, std::size_t N>
class ElementwiseCall : public AnyOp<T> {
 public:
  using typename AnyOp<T>::Operands;
  explicit ElementwiseCall(const Op& op) : op_(op) {}
  const char* name() const final { return Op::name; }
  bool elementwise() const final { return true; }
  bool flat() const final { return Flat<Op>; }
  std::vector<Var<T>> apply(Operands x) const override { return {apply_elementwise<Op, T, N>(op_, operands(x))}; }
  std::vector<Var<T>> slopes(const Var<T>& g, const Var<T>& y, Operands x) const final {
    if constexpr (Flat<Op> || NeedsTape<Op>) {
      return {};
    } else if constexpr (KeepsPartials<Op> && !kSavesInput<Op>) {
      return of(g, y, pointers_to<T>(PartialsOf<Op, T, N>(op_).apply(x)));
    } else {
      return of(g, y, x);
    }
  }

 protected:
  static std::array<const Var<T>*, N> operands(Operands x) {
    std::array<const Var<T>*, N> result;
    std::copy_n(x.begin(), N, result.begin());
    return result;
  }
  const Op& op_;

 private:
  std::vector<Var<T>> of(const Var<T>& g, const Var<T>& y, Operands x) const {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      constexpr bool kByPartials = KeepsPartials<Op> && !kSavesInput<Op>;
      const auto read = [&]<std::size_t k>(std::integral_constant<std::size_t, k>) -> decltype(auto) {
        if constexpr (kByPartials) {
          return (*x[k]);
        } else {
          return saved<Op, operand(k)>(*x[k]);
        }
      };
      const auto d = op_.vjp(g, saved<Op, kOutput>(y), read(std::integral_constant<std::size_t, K>())...);
      return std::vector<Var<T>>(d.begin(), d.end());
    }
    (std::make_index_sequence<N>{});
  }
};

// The op on batches, as compute_elementwise hands it on to what it calls back.
template <class Op, class T>
struct Evaluation {
  const Op& op;
  Batch<T> operator()(const auto&... batch) const { return Batch<T>(op.eval(batch...)); }
};
template <class Op, class T, std::size_t N>
SharedValue<T> elementwise_at_level(const void* evaluation, const std::array<const Var<T>*, N>& x) {
  const Op& op = static_cast<const Evaluation<Op, T>*>(evaluation)->op;
  return apply_at_level<T>(ElementwiseCall<Op, T, N>(op), x)[0];
}

}  // namespace detail

/// op.eval over broadcast operands, recorded if one of them is on the active tape.
template <class Op, class T, std::size_t N>
Var<T> apply_elementwise(const Op& op, const std::array<const Var<T>*, N>& x) {
  std::array<NodeIndex, N> inputs;
  if constexpr (detail::KeepsPartials<Op>) {
    if (Record<T>* const record = record_of<T>(Op::name, x, inputs)) {
      if (const detail::Read<T, N> read(x); !read.at_level) {
        SharedValue<T> y = read.new_result(Op::name);
        const auto partials = detail::value_and_partials<Op, T, N>(op, inputs, read, y->shape(), *y);
        check_result<T>(*y, Op::name, x);
        Var<T> result(std::move(y), record->size(), record->generation());
        record->template push<ElementwiseNode<Op, T, N>>(op, x, inputs, result, partials);
        return result;
      }
    }
  }
  using Eval = detail::Evaluation<Op, T>;
  const Eval eval{op};
  Record<T>* record;
  SharedValue<T> y = detail::compute_elementwise<T, N>(
      Op::name, x, inputs, record, &kernels::row_of<T, N, Eval>, &kernels::one_number_of<T, N, Eval>,
      &detail::elementwise_at_level<Op, T, N>, &eval, detail::kWork<Op>);
  if constexpr (!detail::Flat<Op>) {
    if (record != nullptr) {
      std::array<SharedValue<T>, N> partials;
      if constexpr (detail::KeepsPartials<Op> && !detail::kSavesInput<Op>) {  // at a level: else they are kept above
        const std::vector<Var<T>> found = detail::PartialsOf<Op, T, N>(op).apply(x);
        for (std::size_t k = 0; k < N; ++k) partials[k] = found[k].shared();
      }
      Var<T> result(std::move(y), record->size(), record->generation());
      record->template push<ElementwiseNode<Op, T, N>>(op, x, inputs, result, partials);
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

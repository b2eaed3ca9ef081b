#pragma once
// The door to all operations, xtape's and one's own: apply(op, x...).

#include "autodiff/core/active_op.hpp"
#include "autodiff/core/structural_op.hpp"

#include <concepts>
#include <span>
#include <utility>
#include <vector>

namespace xtape {

namespace detail {

template <std::size_t>
using OneBatch = Batch<float>;
template <class Op, std::size_t... K>
consteval bool works_on_batches(std::index_sequence<K...>) {
  return requires(const Op& op, const OneBatch<K>&... x) {
    op.eval(x...);
  };
}

}  // namespace detail

/// An op that is written on one number (core/elementwise_op.hpp); others work on whole arrays (core/structural_op.hpp).
template <class Op, std::size_t N>
concept ElementwiseOp = detail::works_on_batches<Op>(std::make_index_sequence<N>{});

/// Applies an op to Vars, xtensor expressions and numbers in any mixture. Gives a Var, or a std::vector of Vars for an
/// op of several results.
template <class Op, class... A>
  requires ArrayOperands<A...>
auto apply(const Op& op, const A&... x) {
  using N = common_number<A...>;
  constexpr std::size_t kCount = sizeof...(A);
  if constexpr (!ElementwiseOp<Op, kCount>) {
    static_assert(kIsVar<N>, "xtape::map: the function may only use element-wise operations");
    using T = typename N::value_type;
    return [&op](const auto&... operand) {
      const std::array<const N*, kCount> operands{&operand...};
      if constexpr (detail::kSeveralResults<Op, T, kCount>) {
        return detail::record_structural<Op, T, kCount>(op, operands);
      } else {
        return apply_structural<Op, T, kCount>(op, operands);
      }
    }(as_number<N>(x)...);
  } else if constexpr (kIsDual<N>) {
    return apply_to_duals<N>(op, x...);
  } else if constexpr (kIsActive<N>) {
    return apply_to_actives<N>(op, x...);
  } else {
    return apply_to(op, as_number<N>(x)...);
  }
}
template <class Op, class... A>
  requires ArrayOperands<A...>
auto apply(const A&... x) {
  return xtape::apply(Op{}, x...);
}

/// Applies an op that takes any number of Vars.
template <class Op, std::floating_point T>
auto apply(const Op& op, std::span<const Var<T>> x) {
  std::vector<const Var<T>*> operands(x.size());
  for (std::size_t k = 0; k < x.size(); ++k) operands[k] = &x[k];
  return detail::record_structural<Op, T, kAnyNumber>(op, operands);
}
template <class Op, std::floating_point T>
auto apply(const Op& op, const std::vector<Var<T>>& x) {
  return xtape::apply(op, std::span<const Var<T>>(x));
}

namespace detail {

/// Throws ShapeError, naming a function that is made of several operations, where its operands do not broadcast.
template <class N>
void check_broadcast(const char* function, const N& a, const std::same_as<N> auto&... rest) {
  if constexpr (kIsVar<N>) kernels::broadcast_shapes(function, {&a.shape(), &rest.shape()...});
}

}  // namespace detail

}  // namespace xtape

#pragma once
// map_sum: a fused element-wise function, summed over the last dimension in the same pass.

#include "autodiff/ops/map.hpp"
#include "autodiff/ops/reduce.hpp"

namespace xtape {

namespace op {

/// y = Σ f(x...) over the last dimension; dx = g df/dx.
template <class F, std::size_t N>
struct MapSum : Map<F, N> {
  static constexpr const char* name = xtape::detail::name_of<F>("map_sum");
  static constexpr bool sums_last = true;
  using Formula = Map<F, N>;

  template <class T>
  std::array<Var<T>, N> vjp(const Var<T>& g, const auto&, const std::convertible_to<Var<T>> auto&... x) const {
    return this->recorded(
        g, [](const Var<T>& y) { return sum(y, -1); }, x...);
  }
};

}  // namespace op

namespace detail {

template <class F, class T, std::size_t N>
Var<T> map_sum(const op::MapSum<F, N>& op, const std::array<const Var<T>*, N>& x);

template <class F, class T, std::size_t N>
class MapSumCall final : public ElementwiseCall<op::MapSum<F, N>, T, N> {
 public:
  using ElementwiseCall<op::MapSum<F, N>, T, N>::ElementwiseCall;
  std::vector<Var<T>> apply(std::span<const Var<T>* const> x) const override {
    return {detail::map_sum(this->op_, this->operands(x))};
  }
};

template <class F, class T, std::size_t N>
Var<T> map_sum(const op::MapSum<F, N>& op, const std::array<const Var<T>*, N>& x) {
  using Op = op::MapSum<F, N>;
  std::array<NodeIndex, N> inputs;
  Record<T>* const record = record_of<T>(Op::name, x, inputs);
  if (at_level<T>(x)) [[unlikely]] {
    const auto rank_0 = [](const Var<T>* operand) { return operand->dimension() == 0; };
    if (std::all_of(x.begin(), x.end(), rank_0)) normalize_axis(Op::name, -1, Shape());
    SharedValue<T> y = apply_at_level<T>(MapSumCall<F, T, N>(op), x)[0];
    if (record == nullptr) return Var<T>(std::move(y));
    Var<T> result(std::move(y), record->size(), record->generation());
    record->template push<ElementwiseNode<Op, T, N>>(op, x, inputs, result);
    return result;
  }
  const Read<T, N> read(x);
  const Shape out = read.shape(Op::name);
  normalize_axis(Op::name, -1, out);  // throws for rank 0
  SharedValue<T> y = new_value<T>(Shape(out.begin(), out.end() - 1));
  if (record == nullptr) {
    value_summed<Op, T, N>(op, read, out, *y);
    check_result<T>(*y, Op::name, x);
    return Var<T>(std::move(y));
  }
  const auto partials = value_and_partials<Op, T, N>(op, inputs, read, out, *y);
  check_result<T>(*y, Op::name, x);
  Var<T> result(std::move(y), record->size(), record->generation());
  record->template push<ElementwiseNode<Op, T, N>>(op, x, inputs, result, partials);
  return result;
}

}  // namespace detail

/// sum(map(f, x...), -1) in one pass, which does not store f's values: a log-probability or a divergence of independent
/// numbers. `f` as for map; operands that broadcast to (..., d) give (...). Differentiable to every order. Throws
/// ShapeError where operands do not broadcast, and for numbers alone.
template <class F, class... A>
  requires ArrayOperands<A...>
auto map_sum(F f, const A&... x) {
  using V = common_number<A...>;
  static_assert(kIsVar<V>, "xtape::map_sum: a sum over a dimension is no element-wise function, for use inside of map");
  const auto apply = [&](const auto&... v) {
    return detail::map_sum(op::MapSum<F, sizeof...(A)>{{std::move(f)}}, std::array<const V*, sizeof...(A)>{&v...});
  };
  return apply(static_cast<const V&>(as_number<V>(x))...);
}

}  // namespace xtape

#include "autodiff/ops/reduce.hpp"

#include "autodiff/kernels/norm.hpp"
#include "autodiff/kernels/scan.hpp"
#include "autodiff/kernels/softmax.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <limits>

namespace xtape::op {

namespace {

using kernels::Middle;

// Calls kernel(in, middle, out) for each group of adjacent reduced axes, the last group first, so that each call
// reduces the middle of (outer, length, inner); the result has the shape over.result.
template <class T, class Kernel>
SharedValue<T> reduce_groups(const SharedValue<T>& x, const Reduction& over, const Kernel& kernel) {
  Shape shape = x->shape();
  SharedValue<T> current = x;
  bool reduced = false;
  for (std::size_t end = shape.size(); end > 0;) {
    if (!over.axes[end - 1] || shape[end - 1] == 1) {
      --end;
      continue;
    }
    std::size_t begin = end;
    Middle middle{1, 1, 1};
    while (begin > 0 && (over.axes[begin - 1] || shape[begin - 1] == 1)) middle.length *= shape[--begin];
    for (std::size_t d = 0; d < begin; ++d) middle.outer *= shape[d];
    for (std::size_t d = end; d < shape.size(); ++d) middle.inner *= shape[d];
    for (std::size_t d = begin; d < end; ++d) shape[d] = 1;
    SharedValue<T> next = new_value<T>(shape);
    kernel(current->data(), middle, next->mutable_data());
    current = std::move(next);
    reduced = true;
    end = begin;
  }
  if (!reduced) {  // only axes of extent 1: the kernel still decides what one element becomes
    SharedValue<T> next = new_value<T>(over.result);
    kernel(current->data(), Middle{current->size(), 1, 1}, next->mutable_data());
    return next;
  }
  return current->shape() == over.result ? current : Value<T>::reshaped(current, over.result);
}

template <class T>
SharedValue<T> sums(const SharedValue<T>& x, const Reduction& over) {
  return reduce_groups<T>(x, over, [](const T* in, const Middle& m, T* out) { kernels::sum_middle(in, m, out); });
}

// Each total divided by a number: by the loop itself, whose result is checked under the name of the reduction.
template <class T>
SharedValue<T> divided(SharedValue<T> totals, T by) {
  const SharedValue<T> y = Value<T>::own(std::move(totals));
  const auto walk = kernels::make_walk<1>(y->shape(), {&y->shape()});
  kernels::elementwise<T, 1>(walk, y->mutable_data(), {y->data()},
                             [by](const Batch<T>& total) { return Batch<T>(total.v / typename Batch<T>::Simd(by)); });
  return y;
}

template <class T>
SharedValue<T> means(const SharedValue<T>& x, const Reduction& over) {
  return divided(sums(x, over), T(count_along(x->shape(), over.axes)));
}

// As NumPy, also where there are no results that would have to be found.
void check_not_empty(const char* operation, const Shape& shape, const Reduction& over) {
  if (count_along(shape, over.axes) > 0) return;
  throw ShapeError(text::bracketed(operation) + "no elements along the axes to reduce, the shape is " +
                   to_string(shape));
}

// The gradient of the extreme elements: those equal to y share g.
template <class T>
Var<T> share_among_equals(const Var<T>& g, const Var<T>& y, const Var<T>& x, const Reduction& over) {
  const Var<T> hits = equal(x, detail::reshape_to(y, over.kept));
  const Var<T> counts = xtape::apply(Sum{{}, over}, hits);
  return where(hits, detail::reshape_to(g / counts, over.kept), 0.0);
}

// The dimensions in order: those that are left, those that are reduced.
Shape reduced_last(const Reduction& over) {
  Shape order;
  for (const bool reduced : {false, true}) {
    for (std::size_t d = 0; d < over.axes.size(); ++d) {
      if (over.axes[d] == reduced) order.push_back(d);
    }
  }
  return order;
}

// 1 for each line (.., 1) in which a product of those before, or of those behind, an element leaves the range, while
// that of all does not. Not differentiated.
struct LostProducts : Operation<"prod"> {
  static constexpr bool any_leading = true;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& y, const SharedValue<T>& before, const SharedValue<T>& behind) const {
    SharedValue<T> lost = new_value<T>(y->shape());
    kernels::lost_products(y->data(), y->size(), before->data(), behind->data(), before->shape().back(),
                           lost->mutable_data());
    return lost;
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&, const ShapeOnly&, const ShapeOnly&) const {
    return g;
  }
};

// For each element the product of the others: those before it times those behind it, whose derivatives are as exact.
// In a line in which one of the two leaves the range, or loses digits there, while the product y of all does not: y by
// the element.
template <class T>
Var<T> products_of_others(const Var<T>& y, const Var<T>& x, const Reduction& over) {
  const Shape order = reduced_last(over);
  Shape back(order.size()), turned(order.size());
  for (std::size_t d = 0; d < order.size(); ++d) {
    back[order[d]] = d;
    turned[d] = x.shape()[order[d]];
  }
  const auto beside = [](const Var<T>& lines, bool backward) {
    return xtape::apply(CumProd{{}, 1, backward, true}, lines);
  };
  const Var<T> lines = detail::lines_of(x, over), before = beside(lines, false), behind = beside(lines, true);
  Var<T> others = before * behind;
  const Var<T> product = detail::reshape_to(y, Shape{size_of(over.result), 1});
  const Var<T> by_element =
      xtape::apply(LostProducts{}, detail::stopped(product), detail::stopped(before), detail::stopped(behind));
  const bool of_many = by_element.shared()->meaning() != nullptr;
  if (of_many || std::any_of(by_element.value().begin(), by_element.value().end(), [](T lost) { return lost != 0; })) {
    const Var<T> rest = where(by_element, 1.0, lines);
    others = where(by_element, product / where(by_element, lines, 1.0), beside(rest, false) * beside(rest, true));
  }
  return xtape::apply(Transpose{{}, back}, detail::reshape_to(others, turned));
}

// n - ddof, but not negative: too few elements have no variance, not a negative one.
template <class T>
T degrees_of_freedom(const Shape& shape, const Reduction& over, double ddof) {
  return T(std::max(double(count_along(shape, over.axes)) - ddof, 0.0));
}

}  // namespace

template <class T>
SharedValue<T> Sum::eval(const SharedValue<T>& x) const {
  return sums(x, over);
}

template <class T>
Var<T> Sum::vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
  return detail::reshape_to(g, over.kept);
}

template <class T>
SharedValue<T> Prod::eval(const SharedValue<T>& x) const {
  return reduce_groups<T>(x, over, [](const T* in, const Middle& m, T* out) { kernels::prod_middle(in, m, out); });
}

template <class T>
Var<T> Prod::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const {
  return detail::reshape_to(g, over.kept) * products_of_others(y, x, over);
}

template <class T>
SharedValue<T> Mean::eval(const SharedValue<T>& x) const {
  return means(x, over);
}

template <class T>
Var<T> Mean::vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const {
  return detail::reshape_to(g / T(count_along(x.shape(), over.axes)), over.kept);
}

template <class T>
std::vector<SharedValue<T>> VarMean::eval(const SharedValue<T>& x) const {
  const SharedValue<T> mean = means(x, over);
  const Var<T> deviations = square(Var<T>(x) - Var<T>(Value<T>::reshaped(mean, over.kept)));
  return {divided(sums(deviations.shared(), over), degrees_of_freedom<T>(x->shape(), over, ddof)), mean};
}

template <class T>
Var<T> VarMean::vjp(std::size_t k, std::span<const Var<T>> g, std::span<const ShapeOnly>, const Var<T>& x) const {
  const Var<T> of_mean = g[1].empty() ? g[1] : Mean{{}, over}.vjp(k, g[1], Unsaved(), ShapeOnly(x.shape()));
  if (g[0].empty()) return of_mean;
  const Var<T> of_variance = Variance{{}, over, ddof}.vjp(k, g[0], Unsaved(), x);
  return of_mean.empty() ? of_variance : of_variance + of_mean;
}

template <class T>
SharedValue<T> Variance::eval(const SharedValue<T>& x) const {
  return VarMean{{}, over, ddof}.eval(x)[0];
}

template <class T>
Var<T> Variance::vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& x) const {
  const Var<T> mean_of_x = detail::reshape_to(xtape::apply(Mean{{}, over}, x), over.kept);
  return detail::reshape_to(g, over.kept) * (2 / degrees_of_freedom<T>(x.shape(), over, ddof) * (x - mean_of_x));
}

template <class T>
SharedValue<T> Norm::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = Value<T>::own(sums(square(Var<T>(x)).shared(), over));
  if (x->size() == 0 || kernels::are_plain_sums(y->data(), y->size())) {
    kernels::roots(y->data(), y->size(), y->mutable_data());
    return y;
  }
  // Once more, divided by the power of two below the largest number.
  SharedValue<T> scales = Value<T>::own(Max{{}, over}.eval(abs(Var<T>(x)).shared()));
  kernels::powers_below(scales->mutable_data(), scales->size());
  const Var<T> scale = detail::reshape_to(Var<T>(scales), over.kept);
  const SharedValue<T> scaled = sums(square(Var<T>(x) / scale).shared(), over);
  kernels::roots_of_scaled(y->mutable_data(), scales->data(), scaled->data(), y->size());
  return y;
}

// A choice, not a product with a mask: at 0 nothing moves, to every order.
template <class T>
Var<T> Norm::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const {
  const auto pulled = [](const auto& slope, const auto& norm, const auto& element) {
    const auto none = equal(norm, 0.0);
    return where(none, 0.0, slope * (element / where(none, 1.0, norm)));
  };
  return map(pulled, detail::reshape_to(g, over.kept), detail::reshape_to(y, over.kept), x);
}

template <class T>
SharedValue<T> Max::eval(const SharedValue<T>& x) const {
  check_not_empty(name, x->shape(), over);
  return reduce_groups<T>(x, over, [](const T* in, const Middle& m, T* out) { kernels::max_middle(in, m, out); });
}

template <class T>
Var<T> Max::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const {
  return share_among_equals(g, y, x, over);
}

template <class T>
SharedValue<T> Min::eval(const SharedValue<T>& x) const {
  check_not_empty(name, x->shape(), over);
  return reduce_groups<T>(x, over, [](const T* in, const Middle& m, T* out) { kernels::min_middle(in, m, out); });
}

template <class T>
Var<T> Min::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const {
  return share_among_equals(g, y, x, over);
}

template <class T>
SharedValue<T> LogSumExp::eval(const SharedValue<T>& x) const {
  return reduce_groups<T>(x, over, [](const T* in, const Middle& m, T* out) { kernels::logsumexp_middle(in, m, out); });
}

// Where y is -infinity so is every x: e^(x - 0) = 0 is the limit, while x - y would be NaN.
template <class T>
Var<T> LogSumExp::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const {
  const Var<T> shift = where(equal(y, -std::numeric_limits<T>::infinity()), 0.0, y);
  return detail::reshape_to(g, over.kept) * exp(x - detail::reshape_to(shift, over.kept));
}

template <class T>
SharedValue<T> Softmax::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(x->shape());
  kernels::softmax_middle(x->data(), kernels::middle_of(x->shape(), axis), y->mutable_data());
  return y;
}

template <class T>
Var<T> Softmax::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly&) const {
  return y * (g - sum(g * y, std::ptrdiff_t(axis), true));
}

template <class T>
SharedValue<T> LogSoftmax::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(x->shape());
  kernels::log_softmax_middle(x->data(), kernels::middle_of(x->shape(), axis), y->mutable_data());
  return y;
}

template <class T>
std::vector<Var<T>> Softmax::push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y,
                                          std::span<const Var<T>* const>) const {
  return {vjp(0, t[0], y[0], ShapeOnly())};  // symmetric
}

template <class T>
std::vector<Var<T>> LogSoftmax::push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y,
                                             std::span<const Var<T>* const>) const {
  return {t[0] - sum(exp(y[0]) * t[0], std::ptrdiff_t(axis), true)};
}

template <class T>
Var<T> LogSoftmax::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly&) const {
  return g - exp(y) * sum(g, std::ptrdiff_t(axis), true);
}

}  // namespace xtape::op

namespace xtape {

Reduction Reduction::in_batch(std::size_t n) const {
  Reduction all;
  all.axes.push_back(false);
  all.axes.insert(all.axes.end(), axes.begin(), axes.end());
  all.kept = detail::with_first(n, kept);
  all.result = detail::with_first(n, result);
  return all;
}

template <class Op, class T>
std::vector<Var<T>> detail::reduced_tangent(const Op& op, std::span<const Var<T>> tangents, std::span<const Var<T>> y,
                                            std::span<const Var<T>* const> x) {
  const Var<T> one = Var<T>(ones<T>(op.over.result));
  const auto slopes = [&] {
    if constexpr (requires { op.vjp(0, one, y[0], *x[0]); }) {
      return op.vjp(0, one, y[0], *x[0]);
    } else {
      return op.vjp(0, one, Unsaved(), *x[0]);
    }
  }();
  return {xtape::apply(op::Sum{{}, op.over}, slopes * tangents[0])};
}

template <class Op, class T>
Var<T> detail::reduce(Op op, const Var<T>& x, const Axes& axes, bool keepdims) {
  op.over = Reduction(Op::name, x.shape(), axes, keepdims);
  return xtape::apply(op, x);
}
template <class T>
Var<T> detail::lines_of(const Var<T>& x, const Reduction& over) {
  const Var<T> turned = xtape::apply(op::Transpose{{}, op::reduced_last(over)}, x);
  return reshape_to(turned, Shape{size_of(over.result), count_along(x.shape(), over.axes)});
}
template <class T>
std::pair<Var<T>, Var<T>> detail::var_mean(const op::VarMean& op, const Var<T>& x) {
  std::vector<Var<T>> both = xtape::apply(op, x);
  return {std::move(both[0]), std::move(both[1])};
}
template std::pair<Var<float>, Var<float>> detail::var_mean(const op::VarMean&, const Var<float>&);
template std::pair<Var<double>, Var<double>> detail::var_mean(const op::VarMean&, const Var<double>&);
template Var<float> detail::lines_of(const Var<float>&, const Reduction&);
template Var<double> detail::lines_of(const Var<double>&, const Reduction&);

// clang-format off
XTAPE_REDUCE_OPS(XTAPE_DEFINE_STRUCTURAL)
#define XTAPE_DEFINE_REDUCTION(Op, N) \
  template Var<float> detail::reduce(op::Op, const Var<float>&, const Axes&, bool); \
  template Var<double> detail::reduce(op::Op, const Var<double>&, const Axes&, bool);
XTAPE_REDUCTION_OPS(XTAPE_DEFINE_REDUCTION)
#undef XTAPE_DEFINE_REDUCTION
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

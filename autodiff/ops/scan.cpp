#include "autodiff/ops/scan.hpp"

#include "autodiff/kernels/scan.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace xtape {

namespace {

// x without its first (last) `count` along the axis: a view.
template <class T>
Var<T> without_first(const Var<T>& x, std::size_t axis, std::ptrdiff_t count = 1) {
  return xtape::apply(detail::make_slice_along("slice", x.shape(), std::ptrdiff_t(axis), Range(count, {})), x);
}
template <class T>
Var<T> without_last(const Var<T>& x, std::size_t axis, std::ptrdiff_t count = 1) {
  return xtape::apply(detail::make_slice_along("slice", x.shape(), std::ptrdiff_t(axis), Range({}, -count)), x);
}
// The slice [from, to) along the axis.
template <class T>
Var<T> between(const Var<T>& x, std::size_t axis, std::ptrdiff_t from, std::ptrdiff_t to) {
  return xtape::apply(detail::make_slice_along("slice", x.shape(), std::ptrdiff_t(axis), Range(from, to)), x);
}

// x with a slice of zeros behind it along the axis, or in front.
template <class T>
Var<T> with_zeros(const Var<T>& x, std::size_t axis, bool behind) {
  Shape one = x.shape();
  one[axis] = 1;
  const Var<T> none(zeros<T>(one));
  return detail::concatenate<T>(behind ? std::vector<Var<T>>{x, none} : std::vector<Var<T>>{none, x},
                                std::ptrdiff_t(axis));
}

// Each element's neighbour, the next one or the one before; 0 at the end.
template <class T>
Var<T> neighbours(const Var<T>& x, std::size_t axis, bool next) {
  if (x.shape()[axis] == 0) return x;
  return with_zeros(next ? without_first(x, axis) : without_last(x, axis), axis, next);
}

}  // namespace

namespace op {

template <class T>
SharedValue<T> CumSum::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(x->shape());
  kernels::cumsum_middle(x->data(), kernels::middle_of(x->shape(), axis), backward, y->mutable_data());
  return y;
}

template <class T>
Var<T> CumSum::vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
  return xtape::apply(CumSum{{}, axis, !backward}, g);
}

template <class T>
SharedValue<T> CumProd::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(x->shape());
  kernels::cumprod_middle(x->data(), kernels::middle_of(x->shape(), axis), backward, exclusive, y->mutable_data());
  return y;
}

template <class T>
Var<T> CumProd::vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& x) const {
  const Var<T> before = xtape::apply(CumProd{{}, axis, backward, true}, x);
  const Recurrence behind{{}, axis, !backward};
  if (exclusive) return before * neighbours(xtape::apply(behind, x, g), axis, !backward);
  return before * xtape::apply(behind, neighbours(x, axis, !backward), g);
}

template <class T>
SharedValue<T> Recurrence::eval(const SharedValue<T>& a, const SharedValue<T>& b) const {
  SharedValue<T> y = new_value<T>(b->shape());
  kernels::recurrence_middle(a->data(), b->data(), kernels::middle_of(b->shape(), axis), backward, y->mutable_data());
  return y;
}

template <class T>
Var<T> Recurrence::vjp(Argument<0>, const Var<T>& g, const Var<T>& y, const Var<T>& a, const ShapeOnly& b) const {
  return vjp(Argument<1>(), g, y, a, b) * neighbours(y, axis, backward);
}

template <class T>
Var<T> Recurrence::vjp(Argument<1>, const Var<T>& g, const Var<T>&, const Var<T>& a, const ShapeOnly&) const {
  return xtape::apply(Recurrence{{}, axis, !backward}, neighbours(a, axis, !backward), g);
}

template <class T>
SharedValue<T> LogCumSumExp::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(x->shape());
  kernels::logcumsumexp_middle(x->data(), kernels::middle_of(x->shape(), axis), y->mutable_data());
  return y;
}

// Where y is -infinity so is every x before: e^(x - 0) = 0 is the limit, as in logsumexp.
template <class T>
Var<T> LogCumSumExp::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const {
  if (x.size() == 0) return g;
  const Var<T> shift = where(equal(y, -std::numeric_limits<T>::infinity()), 0.0, y);
  const Var<T> shares = with_zeros(exp(without_last(y, axis) - without_first(shift, axis)), axis, true);
  return exp(x - shift) * xtape::apply(Recurrence{{}, axis, true}, shares, g);
}

}  // namespace op

namespace detail {

namespace {

// The op along an axis, or along all elements in one row.
template <class T, class Op>
Var<T> along_optional(Op op, const Var<T>& x, OptionalAxis axis) {
  if (!axis) return along_optional(op, reshape_to(x, Shape{x.size()}), 0);
  op.axis = normalize_axis(Op::name, *axis, x.shape());
  return xtape::apply(op, x);
}

// A vector's elements along one axis of a shape of this rank.
template <class T>
Var<T> placed_along(const Var<T>& x, std::size_t axis, std::size_t rank) {
  Shape shape(rank, 1);
  shape[axis] = x.size();
  return reshape_to(x, shape);
}

}  // namespace

template <class T>
Var<T> cumsum(const Var<T>& x, OptionalAxis axis, bool backward) {
  return along_optional(op::CumSum{{}, 0, backward}, x, axis);
}

template <class T>
Var<T> cumprod(const Var<T>& x, OptionalAxis axis) {
  return along_optional(op::CumProd{}, x, axis);
}

template <class T>
Var<T> logcumsumexp(const Var<T>& x, OptionalAxis axis) {
  return along_optional(op::LogCumSumExp{}, x, axis);
}

template <class T>
Var<T> linear_recurrence(const Var<T>& a, const Var<T>& b, std::ptrdiff_t axis, bool backward) {
  const char* name = op::Recurrence::name;
  const Shape shape = kernels::broadcast_shapes(name, {&a.shape(), &b.shape()});
  const op::Recurrence op{{}, normalize_axis(name, axis, shape), backward};
  return xtape::apply(op, conform(a, shape), conform(b, shape));
}

template <class T>
Var<T> diff(const Var<T>& x, std::size_t n, std::ptrdiff_t axis) {
  const std::size_t d = normalize_axis("diff", axis, x.shape());
  if (n > std::size_t(-1) / 2) throw ShapeError("[diff] n >= 0 expected, got " + std::to_string(std::ptrdiff_t(n)));
  if (x.size() == 0) return without_first(x, d, std::ptrdiff_t(std::min(n, x.shape()[d])));
  Var<T> y = x;
  for (; n > 0 && y.shape()[d] > 0; --n) y = without_first(y, d) - without_last(y, d);
  return y;
}

template <class T>
Var<T> trapezoid(const Var<T>& y, double dx, std::ptrdiff_t axis) {
  const std::size_t d = normalize_axis("trapezoid", axis, y.shape());
  return sum(without_first(y, d) + without_last(y, d), std::ptrdiff_t(d)) * (dx / 2);
}

template <class T>
Var<T> trapezoid(const Var<T>& y, const Var<T>& x, std::ptrdiff_t axis) {
  const std::size_t d = normalize_axis("trapezoid", axis, y.shape());
  if (x.shape() != y.shape() && x.shape() != Shape{y.shape()[d]}) {
    throw ShapeError("[trapezoid] places of shape " + to_string(y.shape()) + ", or one for each along axis " +
                     std::to_string(d) + ", expected, got " + to_string(x.shape()));
  }
  const Var<T> places = x.shape() == y.shape() ? x : placed_along(x, d, y.dimension());
  const Var<T> widths = without_first(places, d) - without_last(places, d);
  return sum(widths * (without_first(y, d) + without_last(y, d)), std::ptrdiff_t(d)) * 0.5;
}

namespace {

void check_samples(const Shape& shape, std::size_t axis, int edge_order) {
  if (edge_order != 1 && edge_order != 2) {
    throw ShapeError("[gradient] an edge_order of 1 or 2 expected, got " + std::to_string(edge_order));
  }
  if (shape[axis] < std::size_t(edge_order) + 1) {
    throw ShapeError("[gradient] at least " + std::to_string(edge_order + 1) + " samples expected along axis " +
                     std::to_string(axis) + " of shape " + to_string(shape));
  }
}

}  // namespace

template <class T>
Var<T> gradient(const Var<T>& f, double spacing, std::ptrdiff_t axis, int edge_order) {
  const std::size_t d = normalize_axis("gradient", axis, f.shape());
  check_samples(f.shape(), d, edge_order);
  const std::ptrdiff_t n = std::ptrdiff_t(f.shape()[d]);
  const auto at = [&](std::ptrdiff_t i) { return between(f, d, i, i + 1); };
  const bool second = edge_order == 2;
  const Var<T> head = second ? 4.0 * at(1) - 3.0 * at(0) - at(2) : 2.0 * (at(1) - at(0));
  const Var<T> tail = second ? 3.0 * at(n - 1) - 4.0 * at(n - 2) + at(n - 3) : 2.0 * (at(n - 1) - at(n - 2));
  const Var<T> middle = without_first(f, d, 2) - without_last(f, d, 2);
  return concatenate<T>(std::vector<Var<T>>{head, middle, tail}, std::ptrdiff_t(d)) / (2 * spacing);
}

// By the formulas of Fornberg (1988) for three places that are not evenly spaced, as NumPy has them.
template <class T>
Var<T> gradient(const Var<T>& f, const Array<double>& places, std::ptrdiff_t axis, int edge_order) {
  const std::size_t d = normalize_axis("gradient", axis, f.shape());
  check_samples(f.shape(), d, edge_order);
  const std::ptrdiff_t n = std::ptrdiff_t(f.shape()[d]);
  if (shape_of(places) != Shape{std::size_t(n)}) {
    throw ShapeError("[gradient] " + std::to_string(n) + " places expected along axis " + std::to_string(d) +
                     " of shape " + to_string(f.shape()) + ", got " + to_string(shape_of(places)));
  }
  const auto at = [&](std::ptrdiff_t i) { return between(f, d, i, i + 1); };
  const auto width = [&](std::ptrdiff_t i) { return places(std::size_t(i + 1)) - places(std::size_t(i)); };
  const auto edge = [&](std::ptrdiff_t i, std::ptrdiff_t step) {  // one-sided, from place i on
    const auto h = [&](std::ptrdiff_t k) { return step > 0 ? width(i + k) : -width(i - 1 - k); };
    const double a = h(0);
    if (edge_order == 1) return Var<T>((at(i + step) - at(i)) / a);
    const double b = h(1);
    return Var<T>(at(i) * (-(2 * a + b) / (a * (a + b))) + at(i + step) * ((a + b) / (a * b)) -
                  at(i + 2 * step) * (a / (b * (a + b))));
  };
  Array<T> left = empty<T>({std::size_t(n - 2)}), centre = left, right = left;
  for (std::ptrdiff_t i = 0; i + 2 < n; ++i) {
    const double a = width(i), b = width(i + 1);
    left.data()[i] = T(-b / (a * (a + b)));
    centre.data()[i] = T((b - a) / (a * b));
    right.data()[i] = T(a / (b * (a + b)));
  }
  const auto weights = [&](const Array<T>& w) { return placed_along(Var<T>(w), d, f.dimension()); };
  const Var<T> middle = weights(left) * without_last(f, d, 2) + weights(centre) * between(f, d, 1, n - 1) +
                        weights(right) * without_first(f, d, 2);
  return concatenate<T>(std::vector<Var<T>>{edge(0, 1), middle, edge(n - 1, -1)}, std::ptrdiff_t(d));
}

#define XTAPE_INSTANTIATE(T)                                                             \
  template Var<T> cumsum(const Var<T>&, OptionalAxis, bool);                             \
  template Var<T> cumprod(const Var<T>&, OptionalAxis);                                  \
  template Var<T> logcumsumexp(const Var<T>&, OptionalAxis);                             \
  template Var<T> linear_recurrence(const Var<T>&, const Var<T>&, std::ptrdiff_t, bool); \
  template Var<T> diff(const Var<T>&, std::size_t, std::ptrdiff_t);                      \
  template Var<T> trapezoid(const Var<T>&, double, std::ptrdiff_t);                      \
  template Var<T> trapezoid(const Var<T>&, const Var<T>&, std::ptrdiff_t);               \
  template Var<T> gradient(const Var<T>&, double, std::ptrdiff_t, int);                  \
  template Var<T> gradient(const Var<T>&, const Array<double>&, std::ptrdiff_t, int);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_SCAN_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

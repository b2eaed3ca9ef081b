#include "autodiff/ops/statistics.hpp"

#include "autodiff/ops/all.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace xtape::detail {

namespace {

// 1 where an element is a number.
template <class T>
Var<T> is_number(const Var<T>& x) {
  return detail::stopped(equal(x, x));
}

void check_mask(const char* operation, const Shape& shape, const Shape& mask) {
  if (kernels::broadcasts_to(mask, shape)) return;
  throw ShapeError(text::bracketed(operation) + "a mask that broadcasts to " + to_string(shape) + " expected, got " +
                   to_string(mask));
}

// So that a mistake is not told of what the operation is made of.
template <class T>
void check_axes(const char* operation, const Var<T>& x, const Axes& axes) {
  normalize_axes(operation, axes, x.shape());
}

Axes last_two() {
  return {-2, -1};
}

}  // namespace

template <class T>
Var<T> masked(const char* operation, const Var<T>& x, const Array<double>& mask, double otherwise) {
  check_mask(operation, x.shape(), shape_of(mask));
  return where(Var<T>(mask), x, otherwise);
}

template <class T>
Var<T> masked_mean(const Var<T>& x, const Array<double>& mask, const Axes& axes, bool keepdims) {
  check_axes("mean", x, axes);
  const Var<T> total = sum(masked("mean", x, mask, 0), axes, keepdims);
  return total / count_nonzero("mean", broadcast_to(Var<T>(mask), x.shape()), axes, keepdims);
}

template <class T>
Var<T> count_nonzero(const char* operation, const Var<T>& x, const Axes& axes, bool keepdims) {
  check_axes(operation, x, axes);
  return sum(not_equal(detail::stopped(x), 0.0), axes, keepdims);
}

template <class T>
Var<T> all_nonzero(const Var<T>& x, const Axes& axes, bool keepdims) {
  check_axes("all", x, axes);
  return equal(sum(equal(detail::stopped(x), 0.0), axes, keepdims), 0.0);
}

template <class T>
Var<T> nansum(const Var<T>& x, const Axes& axes, bool keepdims) {
  check_axes("nansum", x, axes);
  return sum(where(is_number(x), x, 0.0), axes, keepdims);
}

template <class T>
Var<T> nanmean(const Var<T>& x, const Axes& axes, bool keepdims) {
  check_axes("nanmean", x, axes);
  return nansum(x, axes, keepdims) / sum(is_number(x), axes, keepdims);
}

template <class T>
Var<T> nanvar(const Var<T>& x, const Axes& axes, bool keepdims, double ddof) {
  check_axes("nanvar", x, axes);
  const Var<T> there = is_number(x);
  const Var<T> deviations = where(there, x - nanmean(x, axes, true), 0.0);
  return sum(square(deviations), axes, keepdims) / maximum(sum(there, axes, keepdims) - ddof, 0.0);
}

template <class T>
Var<T> average(const Var<T>& x, const Var<T>& weights, const Axes& axes, bool keepdims) {
  const auto along = normalize_axes("average", axes, x.shape());
  Var<T> w = weights;
  if (w.shape() != x.shape()) {
    const bool one = !axes.all() && axes.size() == 1;
    const std::size_t d = one ? normalize_axis("average", *axes.begin(), x.shape()) : 0;
    if (!one || w.shape() != Shape{x.shape()[d]}) {
      throw ShapeError("[average] weights of shape " + to_string(x.shape()) +
                       ", or a vector along the one axis named, expected, got " + to_string(w.shape()));
    }
    Shape line(x.dimension(), 1);
    line[d] = w.size();
    w = reshape_to(w, line);
  }
  return sum(x * w, axes, keepdims) / sum(w, axes, keepdims);
}

template <class T>
Var<T> ptp(const Var<T>& x, const Axes& axes, bool keepdims) {
  const Reduction over("ptp", x.shape(), axes, keepdims);
  if (size_of(over.result) > 0 && x.size() == 0) {
    throw ShapeError("[ptp] no elements along the axes to reduce, the shape is " + to_string(x.shape()));
  }
  return max(x, axes, keepdims) - min(x, axes, keepdims);
}

// Divided by the largest, a constant, on which the result does not depend: powers of numbers from 0 to 1.
template <class T>
Var<T> vector_norm(const Var<T>& x, double order, const Axes& axes, bool keepdims) {
  const Reduction over("vector_norm", x.shape(), axes, keepdims);
  if (order == 2) return norm(x, axes, keepdims);
  if (order == 1) return sum(abs(x), axes, keepdims);
  if (order == 0) return count_nonzero("vector_norm", x, axes, keepdims);
  const bool none = count_along(x.shape(), over.axes) == 0;
  if (none && order > 0) return sum(abs(x), axes, keepdims);
  if (none) {
    throw ShapeError("[vector_norm] no elements along the axes to reduce, the shape is " + to_string(x.shape()));
  }
  if (std::isinf(order)) return order > 0 ? max(abs(x), axes, keepdims) : min(abs(x), axes, keepdims);
  const Var<T> sizes = abs(x);
  const Var<T> extreme = order > 0 ? max(detail::stopped(sizes), axes, true) : min(detail::stopped(sizes), axes, true);
  const auto usable = extreme > 0.0 && extreme < std::numeric_limits<T>::infinity();
  const Var<T> scale = where(usable, extreme, 1.0);
  const Var<T> total = sum(power(sizes / scale, order), axes, keepdims);
  const Var<T> some = not_equal(total, 0.0);
  return where(some, reshape_to(scale, over.result) * power(where(some, total, 1.0), 1 / order), 0.0);
}

namespace {

[[noreturn]] void refuse_matrix_norm(const std::string& order) {
  throw Error("[matrix_norm] \"fro\", \"nuc\", 1, -1, 2, -2, infinity or -infinity expected, got " + order);
}

}  // namespace

template <class T>
Var<T> matrix_norm(const Var<T>& x, std::string_view order, bool keepdims) {
  normalize_axes("matrix_norm", last_two(), x.shape());
  if (order == "fro") return norm(x, last_two(), keepdims);
  if (order != "nuc") refuse_matrix_norm("\"" + std::string(order) + "\"");
  const Var<T> total = sum(svdvals(x), -1, keepdims);
  return keepdims ? expand_dims(total, -1) : total;
}

template <class T>
Var<T> matrix_norm(const Var<T>& x, double order, bool keepdims) {
  normalize_axes("matrix_norm", last_two(), x.shape());
  const double size = std::abs(order);
  if (size != 1 && size != 2 && !std::isinf(order)) refuse_matrix_norm(text::number(order));
  const Var<T> sizes = size == 2 ? expand_dims(svdvals(x), -1) : sum(abs(x), std::isinf(order) ? -1 : -2, true);
  if (sizes.size() == 0 && size_of(leading(x.shape())) > 0) {
    throw ShapeError("[matrix_norm] no elements to take a norm of this order of, the shape is " + to_string(x.shape()));
  }
  return order > 0 ? max(sizes, last_two(), keepdims) : min(sizes, last_two(), keepdims);
}

#define XTAPE_INSTANTIATE(T)                                                           \
  template Var<T> masked(const char*, const Var<T>&, const Array<double>&, double);    \
  template Var<T> masked_mean(const Var<T>&, const Array<double>&, const Axes&, bool); \
  template Var<T> count_nonzero(const char*, const Var<T>&, const Axes&, bool);        \
  template Var<T> all_nonzero(const Var<T>&, const Axes&, bool);                       \
  template Var<T> nansum(const Var<T>&, const Axes&, bool);                            \
  template Var<T> nanmean(const Var<T>&, const Axes&, bool);                           \
  template Var<T> nanvar(const Var<T>&, const Axes&, bool, double);                    \
  template Var<T> average(const Var<T>&, const Var<T>&, const Axes&, bool);            \
  template Var<T> ptp(const Var<T>&, const Axes&, bool);                               \
  template Var<T> vector_norm(const Var<T>&, double, const Axes&, bool);               \
  template Var<T> matrix_norm(const Var<T>&, std::string_view, bool);                  \
  template Var<T> matrix_norm(const Var<T>&, double, bool);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::detail

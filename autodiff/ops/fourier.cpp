#include "autodiff/ops/fourier.hpp"

#include "autodiff/kernels/fourier.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <string>

namespace xtape {

namespace op {

template <class T>
SharedValue<T> Fourier::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(x->shape());
  kernels::Middle middle = kernels::middle_of(x->shape(), axis);
  middle.inner /= 2;
  kernels::fourier(x->data(), middle, inverse, y->mutable_data());
  return y;
}

template <class T>
Var<T> Fourier::vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
  return xtape::apply(Fourier{{}, axis, !inverse}, g);
}

}  // namespace op

namespace detail {

namespace {

template <class T>
Var<T> part(const Var<T>& x, std::size_t axis, const Range& range) {
  return xtape::apply(make_slice_along("fourier", x.shape(), std::ptrdiff_t(axis), range), x);
}

// The first n elements along an axis, zeros behind those that are there.
template <class T>
Var<T> resized(const char* name, const Var<T>& x, std::size_t axis, std::size_t n) {
  Shape shape = x.shape();
  if (n == shape[axis]) return x;
  if (n < shape[axis]) return part(x, axis, Range(0, std::ptrdiff_t(n)));
  shape[axis] = n;
  size_of(shape, name);
  shape[axis] = n - x.shape()[axis];
  const std::vector<Var<T>> both{x, Var<T>(zeros<T>(shape))};
  return concatenate<T>(both, std::ptrdiff_t(axis));
}

// What the first n / 2 + 1 elements of a real array's transform say of all n.
template <class T>
Var<T> with_conjugates(const Var<T>& x, std::size_t axis, std::size_t n) {
  if (n < 3) return x;
  const Array<T> conjugate = array_of<T>(std::vector<T>{T(1), T(-1)});
  const std::ptrdiff_t last = std::ptrdiff_t((n - 1) / 2);
  const std::vector<Var<T>> both{x, part(x, axis, Range(last, 0, -1)) * conjugate};
  return concatenate<T>(both, std::ptrdiff_t(axis));
}

}  // namespace

template <class T>
Var<T> fourier(const char* name, const Var<T>& x, Spectrum spectrum, bool inverse, const std::optional<std::size_t>& n,
               std::initializer_list<std::ptrdiff_t> axes) {
  const bool of_real = spectrum == Spectrum::kOfReal, to_real = spectrum == Spectrum::kToReal;
  const std::string operation = text::bracketed(name);
  Shape elements = x.shape();
  if (!of_real) {
    if (elements.empty() || elements.back() != 2) {
      throw ShapeError(operation + "a complex array (..., 2) of real and imaginary parts expected, got " +
                       to_string(x.shape()));
    }
    elements.pop_back();
  }
  std::vector<std::size_t> along;
  for (const std::ptrdiff_t axis : axes) along.push_back(normalize_axis(name, axis, elements));
  for (const std::size_t axis : along) {
    if (elements[axis] == 0) {
      throw ShapeError(operation + "at least one element along axis " + std::to_string(axis) + " expected, got " +
                       to_string(x.shape()));
    }
  }
  const std::size_t last = along.back();
  const std::size_t count = n.value_or(to_real ? 2 * (elements[last] - 1) : elements[last]);
  if (count == 0 || count > std::size_t(1) << 60) {
    throw ShapeError(operation + "a transform of at least one element and less than 2^60 expected, got " +
                     std::to_string(count) + " of " + to_string(x.shape()));
  }
  Var<T> y = resized(name, x, last, to_real ? count / 2 + 1 : count);
  if (of_real) y = stack<T>(std::vector<Var<T>>{y, Var<T>(zeros<T>(y.shape()))}, -1);
  const auto transform = [&](std::size_t axis) {
    const double divisor = inverse ? double(y.shape()[axis]) : 1;
    y = xtape::apply(op::Fourier{{}, axis, inverse}, y);
    if (inverse) y = y / T(divisor);
  };
  for (const std::size_t axis : along) {
    if (axis != last) transform(axis);
  }
  if (to_real) y = with_conjugates(y, last, count);
  transform(last);
  if (of_real) y = part(y, last, Range(0, std::ptrdiff_t(count / 2 + 1)));
  if (to_real) y = part(y, y.dimension() - 1, Range(0));
  return y;
}

#define XTAPE_INSTANTIATE(T)                                                                             \
  template Var<T> fourier(const char*, const Var<T>&, Spectrum, bool, const std::optional<std::size_t>&, \
                          std::initializer_list<std::ptrdiff_t>);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_FOURIER_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

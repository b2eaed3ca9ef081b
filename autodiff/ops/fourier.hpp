#pragma once
// Discrete Fourier transforms under NumPy's names (numpy.fft). A complex array is a real one with one dimension more,
// the last, of extent 2: real and imaginary part. Axes count without it: -1 is the one before.

#include "autodiff/core/apply.hpp"

#include <optional>

namespace xtape {

namespace op {

/// y[.., k, ..] = Σ over j of x[.., j, ..] e^(-2πi jk / n) along `axis` of pairs (re, im), or with + in the exponent
/// (`inverse`), nothing divided. dx is the other of the two of g.
struct Fourier : Operation<"fourier"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Fourier in_batch(std::size_t) const { return detail::next_axis(*this); }
  std::size_t axis = 0;
  bool inverse = false;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

}  // namespace op

namespace detail {

/// Of complex to complex along each of the axes in turn; from real to complex and back along the last of them.
enum class Spectrum { kComplex, kOfReal, kToReal };
template <class T>
Var<T> fourier(const char* name, const Var<T>& x, Spectrum spectrum, bool inverse, const std::optional<std::size_t>& n,
               std::initializer_list<std::ptrdiff_t> axes);
extern template Var<float> fourier(const char*, const Var<float>&, Spectrum, bool, const std::optional<std::size_t>&,
                                   std::initializer_list<std::ptrdiff_t>);
extern template Var<double> fourier(const char*, const Var<double>&, Spectrum, bool, const std::optional<std::size_t>&,
                                    std::initializer_list<std::ptrdiff_t>);

}  // namespace detail

/// Σ over j of x[j] e^(-2πi jk / n) along an axis of a complex array (..., 2), which is cut or filled with zeros to n
/// elements where n is given. Throws ShapeError unless the last dimension has extent 2 and the axis an element.
auto fft(const ArrayOperand auto& x, std::optional<std::size_t> n = {}, std::ptrdiff_t axis = -1) {
  return detail::fourier("fft", as_own_number(x), detail::Spectrum::kComplex, false, n, {axis});
}
/// Its inverse, Σ over j of x[j] e^(2πi jk / n) / n. Throws as fft does.
auto ifft(const ArrayOperand auto& x, std::optional<std::size_t> n = {}, std::ptrdiff_t axis = -1) {
  return detail::fourier("ifft", as_own_number(x), detail::Spectrum::kComplex, true, n, {axis});
}
/// The first n / 2 + 1 elements, rounded down, of the fft of a real array, along its last axis or another: (..., n)
/// gives (..., n / 2 + 1, 2); the others are their conjugates. Throws ShapeError for an axis without an element.
auto rfft(const ArrayOperand auto& x, std::optional<std::size_t> n = {}, std::ptrdiff_t axis = -1) {
  return detail::fourier("rfft", as_own_number(x), detail::Spectrum::kOfReal, false, n, {axis});
}
/// Its inverse: (..., m, 2) gives the real array (..., n), where n is 2 (m - 1) unless given. Imaginary parts that a
/// real array has not, of element 0 and n / 2, do not count. Throws as fft does.
auto irfft(const ArrayOperand auto& x, std::optional<std::size_t> n = {}, std::ptrdiff_t axis = -1) {
  return detail::fourier("irfft", as_own_number(x), detail::Spectrum::kToReal, true, n, {axis});
}

/// fft along the last two axes: (..., height, width, 2).
auto fft2(const ArrayOperand auto& x) {
  return detail::fourier("fft2", as_own_number(x), detail::Spectrum::kComplex, false, {}, {-2, -1});
}
/// Its inverse.
auto ifft2(const ArrayOperand auto& x) {
  return detail::fourier("ifft2", as_own_number(x), detail::Spectrum::kComplex, true, {}, {-2, -1});
}
/// rfft along the last axis, then fft along the one before: (..., height, width) gives (..., height, width / 2 + 1, 2).
auto rfft2(const ArrayOperand auto& x) {
  return detail::fourier("rfft2", as_own_number(x), detail::Spectrum::kOfReal, false, {}, {-2, -1});
}
/// Its inverse; the width is n, or 2 (m - 1) of the m that are there.
auto irfft2(const ArrayOperand auto& x, std::optional<std::size_t> n = {}) {
  return detail::fourier("irfft2", as_own_number(x), detail::Spectrum::kToReal, true, n, {-2, -1});
}

}  // namespace xtape

#pragma once
// Products of arrays of any rank, composed of matrix products, element-wise ones and sums.

#include "autodiff/core/apply.hpp"
#include "autodiff/core/axes.hpp"

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace xtape {

namespace detail {

template <class T>
Var<T> einsum(std::string_view subscripts, std::span<const Var<T>> x);
template <class T>
Var<T> tensordot(const Var<T>& a, const Var<T>& b, std::ptrdiff_t axes);
template <class T>
Var<T> tensordot(const Var<T>& a, const Var<T>& b, const Axes& axes_a, const Axes& axes_b);
template <class T>
Var<T> inner(const Var<T>& a, const Var<T>& b);
template <class T>
Var<T> outer(const Var<T>& a, const Var<T>& b);
template <class T>
Var<T> vdot(const Var<T>& a, const Var<T>& b);
template <class T>
Var<T> kron(const Var<T>& a, const Var<T>& b);
template <class T>
Var<T> cross(const Var<T>& a, const Var<T>& b, std::ptrdiff_t axis);
template <class T>
Var<T> multi_dot(std::span<const Var<T>> x);
template <class T>
Var<T> block_diag(std::span<const Var<T>> x);

}  // namespace detail

/// NumPy's einsum: einsum("bij,bjk->bik", a, b). A letter names a dimension, the same letter the same extent (or 1,
/// which broadcasts); letters that the result lacks are summed over; a letter twice in one operand takes the diagonal;
/// `...` stands for leading dimensions that broadcast. Without `->` the result has the dimensions of the ellipsis, then
/// the letters that stand once, in alphabetical order. Operands are multiplied pair by pair, those first whose product
/// takes the fewest operations, by matrix products where something is summed. Throws ShapeError where the text is
/// malformed or does not fit the shapes.
template <class... A>
  requires ArrayOperands<A...>
auto einsum(std::string_view subscripts, const A&... x) {
  using N = common_number<A...>;
  const std::array<N, sizeof...(A)> operands{as_number<N>(x)...};
  return detail::einsum<typename N::value_type>(subscripts, operands);
}

/// The sum over the last `axes` dimensions of a and the first of b, as NumPy's.
template <class A, class B>
  requires ArrayOperands<A, B>
auto tensordot(const A& a, const B& b, std::ptrdiff_t axes = 2) {
  using N = common_number<A, B>;
  return detail::tensordot(as_number<N>(a), as_number<N>(b), axes);
}
/// The sum over pairs of dimensions: tensordot(a, b, {0, 1}, {1, 0}). Throws ShapeError where extents or the numbers of
/// axes differ.
template <class A, class B>
  requires ArrayOperands<A, B>
auto tensordot(const A& a, const B& b, const Axes& axes_a, const Axes& axes_b) {
  using N = common_number<A, B>;
  return detail::tensordot(as_number<N>(a), as_number<N>(b), axes_a, axes_b);
}

/// The sum over the last dimensions of both: (i..., k) and (j..., k) give (i..., j...). With a number it multiplies.
template <class A, class B>
  requires ArrayOperands<A, B>
auto inner(const A& a, const B& b) {
  using N = common_number<A, B>;
  return detail::inner(as_number<N>(a), as_number<N>(b));
}

/// aᵢ bⱼ of all elements: (a.size(), b.size()).
template <class A, class B>
  requires ArrayOperands<A, B>
auto outer(const A& a, const B& b) {
  using N = common_number<A, B>;
  return detail::outer(as_number<N>(a), as_number<N>(b));
}

/// Σ a b over all elements, row by row whatever the shapes. Throws ShapeError where the numbers of elements differ.
template <class A, class B>
  requires ArrayOperands<A, B>
auto vdot(const A& a, const B& b) {
  using N = common_number<A, B>;
  return detail::vdot(as_number<N>(a), as_number<N>(b));
}

/// The Kronecker product: every element of a times all of b, as blocks: extents are products of both. An operand of
/// lower rank gets leading dimensions of 1.
template <class A, class B>
  requires ArrayOperands<A, B>
auto kron(const A& a, const B& b) {
  using N = common_number<A, B>;
  return detail::kron(as_number<N>(a), as_number<N>(b));
}

/// The vector product a × b along an axis of extent 3; the other dimensions broadcast.
template <class A, class B>
  requires ArrayOperands<A, B>
auto cross(const A& a, const B& b, std::ptrdiff_t axis = -1) {
  using N = common_number<A, B>;
  return detail::cross(as_number<N>(a), as_number<N>(b), axis);
}

/// The product of several matrices in the order of least work: multi_dot(a, b, c). The first and the last may be
/// vectors.
template <class... A>
  requires ArrayOperands<A...>
auto multi_dot(const A&... x) {
  using N = common_number<A...>;
  const std::array<N, sizeof...(A)> operands{as_number<N>(x)...};
  return detail::multi_dot<typename N::value_type>(operands);
}

/// Matrices along the diagonal of a larger one of zeros: block_diag(a, b, c). A vector counts as one row, a number as a
/// matrix of one element.
template <class... A>
  requires ArrayOperands<A...>
auto block_diag(const A&... x) {
  using N = common_number<A...>;
  const std::array<N, sizeof...(A)> operands{as_number<N>(x)...};
  return detail::block_diag<typename N::value_type>(operands);
}

}  // namespace xtape

#pragma once
// Products of matrices.

#include "autodiff/core/apply.hpp"
#include "autodiff/core/conform.hpp"

#include <vector>

namespace xtape {

namespace op {

/// y = a b over the last two dimensions, each operand read transposed where its flag says so; leading dimensions
/// broadcast. da = g bᵀ, db = aᵀ g: transposes are flags, never copies.
struct Matmul : Operation<"matmul", operand(1), operand(0)> {
  static constexpr Linearity linear = Linearity::kEach;
  bool transpose_a = false, transpose_b = false;
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                     std::span<const char> batched) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a, const SharedValue<T>& b) const;
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Unsaved&, const ShapeOnly& a, const Var<T>& b) const;
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& a, const ShapeOnly& b) const;
};

/// y = x Wᵀ + b with x: (batch, in), W: (out, in), b: (out); dx = g W, dW = gᵀ x, db = Σ over the batch of g.
struct Linear : Operation<"linear", operand(1), operand(0), kNothing> {
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                     std::span<const char> batched) const;
  template <class T>
  std::vector<Var<T>> push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y,
                                   std::span<const Var<T>* const> x) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x, const SharedValue<T>& weight, const SharedValue<T>& bias) const;
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Unsaved&, const ShapeOnly& x, const Var<T>& weight,
             const ShapeOnly& bias) const;
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& x, const ShapeOnly& weight,
             const ShapeOnly& bias) const;
  template <class T>
  Var<T> vjp(Argument<2>, const Var<T>& g, const Unsaved&, const ShapeOnly& x, const ShapeOnly& weight,
             const ShapeOnly& bias) const;
};

}  // namespace op

namespace detail {

/// The tangent of product(a, b) + bias, where the product is linear in each, from those of a, b and the bias.
template <class T, class Product>
std::vector<Var<T>> biased_tangent(std::span<const Var<T>> t, const Shape& shape, std::span<const Var<T>* const> x,
                                   const Product& product) {
  Var<T> total = t[2].empty() ? t[2] : conform(t[2], shape);
  const auto add = [&](const Var<T>& term) { total = total.empty() ? term : total + term; };
  if (!t[0].empty()) add(product(t[0], *x[1]));
  if (!t[1].empty()) add(product(*x[0], t[1]));
  return {total};
}

/// The dimensions before a matrix's two.
Shape leading(const Shape& shape);
/// Where the matrices of an operand with the leading dimensions `lead`, of `each` elements, begin for every product of
/// a stack.
std::vector<std::size_t> stack_offsets(const Shape& stack, const Shape& lead, std::size_t each);
/// a b over the last two dimensions, each operand read transposed where its flag says so.
template <class T>
Var<T> product(const Var<T>& a, bool transpose_a, const Var<T>& b, bool transpose_b);

template <class T>
Var<T> matmul(const Var<T>& a, const Var<T>& b);
template <class T>
Var<T> dot(const Var<T>& a, const Var<T>& b);
template <class T>
Var<T> linear(const Var<T>& x, const Var<T>& weight, const Var<T>& bias);
extern template Var<float> product(const Var<float>&, bool, const Var<float>&, bool);
extern template Var<double> product(const Var<double>&, bool, const Var<double>&, bool);
extern template Var<float> matmul(const Var<float>&, const Var<float>&);
extern template Var<double> matmul(const Var<double>&, const Var<double>&);
extern template Var<float> dot(const Var<float>&, const Var<float>&);
extern template Var<double> dot(const Var<double>&, const Var<double>&);
extern template Var<float> linear(const Var<float>&, const Var<float>&, const Var<float>&);
extern template Var<double> linear(const Var<double>&, const Var<double>&, const Var<double>&);

}  // namespace detail

/// The matrix product, as NumPy's: (..., n, k) by (..., k, m) gives (..., n, m), leading dimensions broadcast; a vector
/// counts as one row on the left and one column on the right. A transposed operand, transpose(w), is read in place.
/// Throws ShapeError where the inner dimensions differ or the leading ones do not broadcast.
template <class A, class B>
  requires ArrayOperands<A, B>
auto matmul(const A& a, const B& b) {
  using N = common_number<A, B>;
  return detail::matmul(as_number<N>(a), as_number<N>(b));
}

/// NumPy's dot: the inner product of vectors, the matrix product of matrices, else the sum over the last dimension of
/// `a` and the second last of `b`; with a number it multiplies. Throws ShapeError where the inner dimensions differ.
template <class A, class B>
  requires ArrayOperands<A, B>
auto dot(const A& a, const B& b) {
  using N = common_number<A, B>;
  return detail::dot(as_number<N>(a), as_number<N>(b));
}

/// x Wᵀ + b: x: (..., in), weight: (out, in), bias: (out); the result is (..., out). One operation, and the weight's
/// gradient one matrix product. Throws ShapeError where the shapes do not fit each other.
template <class X, class W, class B>
  requires ArrayOperands<X, W, B>
auto linear(const X& x, const W& weight, const B& bias) {
  using N = common_number<X, W, B>;
  return detail::linear(as_number<N>(x), as_number<N>(weight), as_number<N>(bias));
}

}  // namespace xtape

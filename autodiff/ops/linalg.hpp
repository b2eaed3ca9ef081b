#pragma once
// Linear algebra on LAPACK: factorizations, equations, functions of matrices. All take matrices in the last two
// dimensions, and stacks of them in the leading ones. A matrix that has an element that is NaN or infinite gives NaN
// throughout. What cannot be computed (a singular matrix, one that is not positive definite) throws a NumericError that
// says which matrix of the stack, and where the factorization stopped.

#include "autodiff/core/apply.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace xtape {

/// How solve_triangular reads its matrix.
struct TriangularOptions {
  bool lower = false;          ///< the lower triangle, else the upper
  bool transposed = false;     ///< aᵀ x = b instead of a x = b
  bool unit_diagonal = false;  ///< the diagonal counts as 1, and is not read
};

namespace op {

/// a = l lᵀ; da = ½ (s + sᵀ), s = l⁻ᵀ Φ(lᵀ g) l⁻¹, Φ the lower triangle with half of its diagonal. Source: Murray 2016,
/// Differentiation of the Cholesky decomposition, arXiv:1602.07527.
struct Cholesky : MatrixOperation<"cholesky", kOutput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& l, const ShapeOnly& a) const;
};

/// a x = b with a triangle of a; db = a⁻ᵀ g, da = the triangle of -db xᵀ.
struct SolveTriangular : MatrixOperation<"solve_triangular", operand(0) | kOutput, operand(0)> {
  TriangularOptions read;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a, const SharedValue<T>& b) const;
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Var<T>& x, const Var<T>& a, const ShapeOnly& b) const;
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Var<T>& x, const Var<T>& a, const ShapeOnly& b) const;
};

/// a x = b, or aᵀ x = b, with the factors of a (n + 1, n), a constant that is computed once for both sweeps; db = a⁻ᵀ
/// g, da = -db xᵀ.
struct Solve : MatrixOperation<"solve", operand(0) | operand(1) | kOutput, kNothing, operand(0) | operand(1)> {
  bool transposed = false;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a, const SharedValue<T>& factors, const SharedValue<T>& b) const;
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Var<T>& x, const Var<T>& a, const Var<T>& factors,
             const ShapeOnly& b) const;
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Var<T>& x, const ShapeOnly& a, const ShapeOnly& factors,
             const ShapeOnly& b) const;
  template <class T>
  Var<T> vjp(Argument<2>, const Var<T>& g, const Var<T>& x, const Var<T>& a, const Var<T>& factors,
             const ShapeOnly& b) const;
};

/// y = a⁻¹; da = -yᵀ g yᵀ.
struct Inverse : MatrixOperation<"inv", kOutput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly& a) const;
};

/// y = det a of the factors of a; da = g y a⁻ᵀ, the matrix of cofactors, where a is singular from the singular values.
struct Determinant : MatrixOperation<"det", kInput | kOutput, kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a, const SharedValue<T>& factors) const;
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Var<T>& y, const Var<T>& a, const Var<T>& factors) const;
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Var<T>& y, const ShapeOnly& a, const ShapeOnly& factors) const;
};

/// The sign and ln |det a| of the factors of a; da = g a⁻ᵀ for the latter.
struct SignAndLogDeterminant : MatrixOperation<"slogdet", kInput, kNothing> {
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& a, const SharedValue<T>& factors) const;
  template <class T>
  Var<T> vjp(Argument<0>, std::span<const Var<T>> g, std::span<const ShapeOnly> y, const Var<T>& a,
             const Var<T>& factors) const;
  template <class T>
  Var<T> vjp(Argument<1>, std::span<const Var<T>> g, std::span<const ShapeOnly> y, const ShapeOnly& a,
             const ShapeOnly& factors) const;
};

/// a = v diag(w) vᵀ; da = v (diag(gw) + (vᵀ gv) / (wⱼ - wᵢ)) vᵀ, symmetrized. Source: Giles 2008, An extended
/// collection of matrix derivative results for forward and reverse mode algorithmic differentiation.
struct Eigh : MatrixOperation<"eigh", kOutput> {
  bool vectors = true;  // without: w alone, and no derivative
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& a) const;
  template <class T>
  Var<T> vjp(std::size_t, std::span<const Var<T>> g, std::span<const Var<T>> y, const ShapeOnly& a) const;
};

/// a = u diag(s) vᵀ, of min(m, n) singular values; with E = sⱼ² - sᵢ², da = u ((uᵀgu - guᵀu) / E s + s (vᵀgv - gvᵀv) /
/// E + diag(gs)) vᵀ + (1 - uuᵀ) gu s⁻¹ vᵀ + u s⁻¹ gvᵀ (1 - vvᵀ). Source: Townsend 2016, Differentiating the singular
/// value decomposition.
struct Svd : MatrixOperation<"svd", kOutput> {
  bool vectors = true;  // without: s alone, and no derivative
  bool full = false;    // u: (m, m), vh: (n, n), of which what is beyond k has no derivative
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& a) const;
  template <class T>
  Var<T> vjp(std::size_t, std::span<const Var<T>> g, std::span<const Var<T>> y, const ShapeOnly& a) const;
};

/// The w of eigh and the s of svd alone, with the same bits on a tape and off it; their vectors are computed when a
/// derivative asks for them: da = v diag(g) vᵀ, da = u diag(g) vh.
struct EigenvaluesOnly : MatrixOperation<"eigvalsh", kInput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& a) const;
};
struct SingularValuesOnly : MatrixOperation<"svdvals", kInput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& a) const;
};

/// a = q r; da = (gq + q sym(r grᵀ - gqᵀ q)) r⁻ᵀ, sym of the lower triangle; of a wide matrix the columns beyond the
/// square part join by r alone. Source: Walter, Lehmann and Lamour 2012, On evaluating higher-order derivatives of the
/// QR decomposition of tall matrices with full column rank.
struct Qr : MatrixOperation<"qr", kInput | kOutput> {
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& a) const;
  template <class T>
  Var<T> vjp(std::size_t, std::span<const Var<T>> g, std::span<const Var<T>> y, const Var<T>& a) const;
};

/// y = a⁺; da = -yᵀ g yᵀ + (1 - a y) gᵀ y yᵀ + yᵀ y gᵀ (1 - y a), where the rank stays. Source: Golub and Pereyra 1973,
/// The differentiation of pseudo-inverses and nonlinear least squares problems whose variables separate.
struct PseudoInverse : MatrixOperation<"pinv", kInput | kOutput> {
  double rcond;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& a) const;
};

/// y = eᵃ by a Padé approximant of degree 13 and repeated squaring; da = the upper right block of exp((aᵀ, g), (0,
/// aᵀ)). Source: Higham 2005, The scaling and squaring method for the matrix exponential revisited.
struct MatrixExponential : MatrixOperation<"expm", kInput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& a) const;
};

}  // namespace op

namespace detail {

template <class T>
Var<T> cholesky(const Var<T>& a, bool upper);
template <class T>
Var<T> cho_solve(const Var<T>& c, const Var<T>& b, bool lower);
template <class T>
Var<T> cho_logdet(const Var<T>& c);
template <class T>
Var<T> solve_triangular(const Var<T>& a, const Var<T>& b, TriangularOptions read);
template <class T>
Var<T> solve(const Var<T>& a, const Var<T>& b);
template <class T>
Var<T> inv(const Var<T>& a);
template <class T>
Var<T> det(const Var<T>& a);
template <class T>
std::array<Var<T>, 2> slogdet(const Var<T>& a);
template <class T>
std::array<Var<T>, 2> eigh(const Var<T>& a);
template <class T>
Var<T> eigvalsh(const Var<T>& a);
template <class T>
std::array<Var<T>, 3> svd(const Var<T>& a, bool full_matrices = false);
template <class T>
Var<T> svdvals(const Var<T>& a);
template <class T>
std::array<Var<T>, 2> qr(const Var<T>& a);
template <class T>
Var<T> pinv(const Var<T>& a, std::optional<double> rcond);
template <class T>
Var<T> lstsq(const Var<T>& a, const Var<T>& b, std::optional<double> rcond);
template <class T>
Var<T> expm(const Var<T>& a);
template <class T>
Var<T> matrix_power(const Var<T>& a, std::int64_t n);
template <class T>
xt::xarray<std::int64_t> matrix_rank(const Var<T>& a, std::optional<double> tol);
template <class T>
Var<T> cond(const Var<T>& a);

}  // namespace detail

// All of them throw ShapeError for operands that are no matrices, or not square where they have to be.

/// The lower triangular l with a = l lᵀ, or with `upper` the upper triangular u with a = uᵀ u; of that triangle of `a`
/// alone, as NumPy's. The derivative is that for symmetric matrices, and symmetric itself. Throws NumericError where a
/// matrix is not positive definite, which names the order of the first leading minor that is not positive.
auto cholesky(const ArrayOperand auto& a, bool upper = false) {
  return detail::cholesky(as_own_number(a), upper);
}

/// The solution x of a x = b from the Cholesky factor c of a: c cᵀ x = b, or cᵀ c x = b if it is not `lower`. b: (n) or
/// (..., n, k). SciPy's cho_solve((c, lower), b).
template <class C, class B>
  requires ArrayOperands<C, B>
auto cho_solve(const C& c, const B& b, bool lower = true) {
  using N = common_number<C, B>;
  return detail::cho_solve(as_number<N>(c), as_number<N>(b), lower);
}

/// ln det a = 2 Σ ln cᵢᵢ from the Cholesky factor c of a, lower or upper: (..., n, n) -> (...).
auto cho_logdet(const ArrayOperand auto& c) {
  return detail::cho_logdet(as_own_number(c));
}

/// The solution x of a x = b with the upper triangle of a, or as the options say:
/// solve_triangular(l, b, {.lower = true}). b: (n) or (..., n, k); leading dimensions broadcast. Throws NumericError
/// for a 0 on the diagonal.
template <class A, class B>
  requires ArrayOperands<A, B>
auto solve_triangular(const A& a, const B& b, const TriangularOptions& options = {}) {
  using N = common_number<A, B>;
  return detail::solve_triangular(as_number<N>(a), as_number<N>(b), options);
}

/// The solution x of a x = b: a: (..., n, n), b: (n) or (..., n, k), as NumPy 2 has it; leading dimensions broadcast.
/// Throws NumericError where a is singular.
template <class A, class B>
  requires ArrayOperands<A, B>
auto solve(const A& a, const B& b) {
  using N = common_number<A, B>;
  return detail::solve(as_number<N>(a), as_number<N>(b));
}

/// The inverse. Throws NumericError where there is none. To solve equations, `solve` is faster and more exact.
auto inv(const ArrayOperand auto& a) {
  return detail::inv(as_own_number(a));
}

/// The determinant: (..., n, n) -> (...), 1 of no elements. Its derivative exists for singular matrices too: the
/// cofactors.
auto det(const ArrayOperand auto& a) {
  return detail::det(as_own_number(a));
}

/// {sign, ln |det|} of the determinant: auto [sign, logdet] = slogdet(a); {0, -infinity} of a singular matrix, whose
/// derivative throws NumericError. The derivative of the sign is 0.
auto slogdet(const ArrayOperand auto& a) {
  return detail::slogdet(as_own_number(a));
}

/// {w, v}, the eigenvalues, ascending, and eigenvectors, in columns, of symmetric matrices, of whose lower triangle
/// alone: auto [w, v] = eigh(a). The derivative is that for symmetric matrices. That of eigenvectors is NaN where
/// eigenvalues are equal, since it does not exist; that of eigenvalues is right there for functions that do not depend
/// on their order. A function of the vectors that depends on their signs has no derivative either, and nothing warns of
/// it.
auto eigh(const ArrayOperand auto& a) {
  return detail::eigh(as_own_number(a));
}
/// The eigenvalues alone, ascending: faster, until a derivative asks for the vectors.
auto eigvalsh(const ArrayOperand auto& a) {
  return detail::eigvalsh(as_own_number(a));
}

/// {u, s, vh} with a = u diag(s) vh, of k = min(m, n) singular values, descending: auto [u, s, vh] = svd(a); u: (...,
/// m, k), vh: (..., k, n). With full_matrices, which NumPy has where nothing is said, u: (..., m, m), vh: (..., n, n);
/// the columns of u and the rows of vh beyond k may be turned among themselves, and have no gradient; nor has what the
/// turn does not change, as their projector. The derivative of u and vh is NaN where singular values are equal,
/// or 0 for a matrix that is not square; that of s at 0 is one of its subgradients.
auto svd(const ArrayOperand auto& a, bool full_matrices = false) {
  return detail::svd(as_own_number(a), full_matrices);
}
/// The singular values alone, descending: faster, until a derivative asks for the vectors.
auto svdvals(const ArrayOperand auto& a) {
  return detail::svdvals(as_own_number(a));
}

/// {q, r} with a = q r, q: (..., m, k) of orthonormal columns, r: (..., k, n) upper triangular, k = min(m, n), in
/// LAPACK's signs: auto [q, r] = qr(a). The derivative throws NumericError where the first k columns are linearly
/// dependent to the last digit.
auto qr(const ArrayOperand auto& a) {
  return detail::qr(as_own_number(a));
}

/// The Moore-Penrose inverse: singular values up to rcond times the largest count as 0 (max(m, n) epsilon if not
/// given). The derivative is that at constant rank.
auto pinv(const ArrayOperand auto& a, std::optional<double> rcond = {}) {
  return detail::pinv(as_own_number(a), rcond);
}

/// The x of least norm among those with the least |a x - b|, as pinv(a, rcond) b: a: (..., m, n), b: (m) or (..., m,
/// k). NumPy's lstsq(a, b)[0].
template <class A, class B>
  requires ArrayOperands<A, B>
auto lstsq(const A& a, const B& b, std::optional<double> rcond = {}) {
  using N = common_number<A, B>;
  return detail::lstsq(as_number<N>(a), as_number<N>(b), rcond);
}

/// The matrix exponential Σ aⁱ / i!.
auto expm(const ArrayOperand auto& a) {
  return detail::expm(as_own_number(a));
}

/// a multiplied by itself n times, by repeated squaring; the identity for 0, powers of the inverse for negative n.
auto matrix_power(const ArrayOperand auto& a, std::integral auto n) {
  return detail::matrix_power(as_own_number(a), std::int64_t(n));
}

/// The number of singular values above `tol` (max(m, n) epsilon times the largest if not given): (..., m, n) -> (...).
auto matrix_rank(const ArrayOperand auto& a, std::optional<double> tol = {}) {
  return detail::matrix_rank(as_own_number(a), tol);
}

/// The condition number, the largest singular value over the smallest: (..., m, n) -> (...); infinite where the
/// smallest is 0.
auto cond(const ArrayOperand auto& a) {
  return detail::cond(as_own_number(a));
}

}  // namespace xtape

#pragma once
// Sparse Jacobians and Hessians: as many sweeps as it takes to tell the entries apart, not one a row.
//
// A. H. Gebremedhin, F. Manne, A. Pothen, "What color is your Jacobian? Graph coloring for computing derivatives", SIAM
// Review 47(4), 2005.

#include "autodiff/transforms/jacobian.hpp"
#include "autodiff/transforms/sparsity.hpp"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace xtape {

/// A matrix by its entries: values[k] stands in column pattern.columns()[k], and in the row that `starts` says.
template <class T>
struct SparseMatrix {
  SparsityPattern pattern;
  Array<T> values;         ///< (nnz)
  std::size_t sweeps = 0;  ///< that it took; to find the pattern, and to check it, took others

  /// The whole matrix, (rows, cols). Throws ShapeError where that has too many elements.
  Array<T> dense() const;
};

/// Which sweeps sparse_jacobian takes.
enum class SparseSweeps {
  kFewest,   ///< of columns, of rows or of both, some of which are dense, whatever takes fewest
  kColumns,  ///< columns together, by forward products
  kRows,     ///< rows together, by pullbacks
};

/// How sparse derivatives are computed.
struct SparseOptions {
  SparseSweeps sweeps = SparseSweeps::kFewest;  ///< of a Hessian, which is symmetric, there is but one kind
  /// Compares the product with a random vector with J v itself, one product more, and throws Error that names the row
  /// and the column where the pattern has no place for an entry.
  bool check = false;
};

namespace detail {

struct SweepPlan;
/// A pattern with the sweeps that it takes, made once for any number of points; null: the pattern is found at each.
using SharedPlan = std::shared_ptr<const SweepPlan>;
SharedPlan jacobian_plan(const SparsityPattern& pattern, SparseSweeps sweeps);
SharedPlan hessian_plan(const SparsityPattern& pattern);

/// Of d y / d x, where y was computed from the leaf x; `symmetric`, where y is a gradient in x.
template <class T>
SparseMatrix<T> sparse_derivative(const char* operation, Record<T>& record, const Var<T>& y, const Var<T>& x,
                                  bool symmetric, SharedPlan plan, const SparseOptions& options);
template <class T>
SparsityPattern pattern_of(Record<T>& record, const Var<T>& y, const Var<T>& x, bool symmetric);
template <class T>
Var<T> sparse_product(const SparseMatrix<T>& a, const Var<T>& v);

// body(the record, the gradient of f at x, the leaf that x is), a gradient that can be swept.
template <class F, class X, class Body>
auto with_gradient(const char* operation, const F& f, const X& x, const Body& body) {
  using V = common_var_of<X>;
  using T = typename V::value_type;
  Tape<T> tape;
  LiveTapes<T>::refuse_closed_over(*tape.record(), operation);
  const VarList<T> leaves = own_leaves<T>(operation, *tape.record(), x);
  const Recorded<T> recorded = recorded_value_and_gradients<T>(operation, *tape.record(), f, leaves, x);
  return body(*tape.record(), recorded.derivatives[0], leaves[0]);
}
// body(the record, f(x), the leaf that x is).
template <class F, class X, class Body>
auto with_result(const char* operation, const F& f, const X& x, const Body& body) {
  using V = common_var_of<X>;
  using Called = result_of_call<V, F, X>;
  static_assert(Operand<Called> || std::same_as<Called, NotCallable>,
                "xtape: a function whose sparse Jacobian is taken returns one Var, array or number");
  const auto call = call_on_own_tape<V>(operation, f, x);
  return body(call.record(), call.parts()[0], call.leaves[0]);
}

// One array, whose derivatives are arrays.
template <class X>
constexpr void check_sparse_argument() {
  static_assert(Operand<X> && !kGivesVars<X>,
                "xtape: sparse_jacobian, sparse_hessian and their patterns take one array; to differentiate through "
                "derivatives, take jacobian, hessian, jvp or hvp of Vars");
}

template <class F>
auto sparse_jacobian_by(F f, const SparseOptions& options, SharedPlan plan) {
  return [f = std::move(f), options, plan = std::move(plan)](const auto& x) {
    check_sparse_argument<std::remove_cvref_t<decltype(x)>>();
    return with_result("sparse_jacobian", f, x, [&](auto& record, const auto& y, const auto& leaf) {
      return sparse_derivative("sparse_jacobian", record, y, leaf, false, plan, options);
    });
  };
}
template <class F>
auto sparse_hessian_by(F f, const SparseOptions& options, SharedPlan plan) {
  return [f = std::move(f), options, plan = std::move(plan)](const auto& x) {
    check_sparse_argument<std::remove_cvref_t<decltype(x)>>();
    return with_gradient("sparse_hessian", f, x, [&](auto& record, const auto& gradient, const auto& leaf) {
      return sparse_derivative("sparse_hessian", record, gradient, leaf, true, plan, options);
    });
  };
}

}  // namespace detail

/// sparse_jacobian(f, pattern)(x): d f / d x of shape (elements of f(x), elements of x), rows and columns in row-major
/// order. f takes one Var of any shape and gives one; for each x it is called once. Columns that have no row in common
/// share one forward product, and rows that have no column in common one pullback: 3 sweeps for a tridiagonal matrix of
/// any size. Dense rows, or columns, have sweeps of their own where that takes fewer in all. Which share one is found
/// once, for any number of points x. The pattern may have more entries than are not 0; a value whose place it lacks is
/// added to others, which `{.check = true}` looks for. Without a pattern it is that of jacobian_pattern at each x.
/// Throws ShapeError where the pattern has another shape, and Error where the check finds a missing entry.
///
/// Columns by A. R. Curtis, M. J. D. Powell, J. K. Reid, "On the estimation of sparse Jacobian matrices", IMA Journal
/// of Applied Mathematics 13(1), 1974; both by T. F. Coleman, A. Verma, "The efficient computation of sparse Jacobian
/// matrices using automatic differentiation", SIAM Journal on Scientific Computing 19(4), 1998.
template <class F>
auto sparse_jacobian(F f, const SparsityPattern& pattern, const SparseOptions& options = {}) {
  return detail::sparse_jacobian_by(std::move(f), options, detail::jacobian_plan(pattern, options.sweeps));
}
template <class F>
auto sparse_jacobian(F f, const SparseOptions& options = {}) {
  return detail::sparse_jacobian_by(std::move(f), options, nullptr);
}

/// sparse_hessian(f, pattern)(x): the second derivatives of a function that returns one number, of shape (elements of
/// x, elements of x); a pattern of one triangle alone is completed. One product with the Hessian, a sweep, for each
/// colour of a star colouring, by which every entry stands alone in some product: 3 for a tridiagonal matrix, 2 for an
/// arrow, of any size. Throws as sparse_jacobian does, and for a pattern that is not square; without one it is that of
/// hessian_pattern at each x.
///
/// T. F. Coleman, J. J. Moré, "Estimation of sparse Hessian matrices and graph coloring problems", Mathematical
/// Programming 28, 1984; A. H. Gebremedhin, A. Tarafdar, F. Manne, A. Pothen, "New acyclic and star coloring algorithms
/// with application to computing Hessians", SIAM Journal on Scientific Computing 29(3), 2007.
template <class F>
auto sparse_hessian(F f, const SparsityPattern& pattern, const SparseOptions& options = {}) {
  return detail::sparse_hessian_by(std::move(f), options, detail::hessian_plan(pattern));
}
template <class F>
auto sparse_hessian(F f, const SparseOptions& options = {}) {
  return detail::sparse_hessian_by(std::move(f), options, nullptr);
}

/// jacobian_pattern(f)(x): the entries of the Jacobian that are not 0 at x. The outputs, or the inputs where these are
/// fewer, are halved again and again: a product with random weights for half of them shows which elements of the other
/// side these reach, and halves that reach different ones share a product. That is less than 4 log2(n) sweeps for a
/// tridiagonal matrix of n rows, more where halves reach the same elements, and at most about twice those of the dense
/// Jacobian. An entry that happens to be exactly 0 at x is missing: take a point with nothing special about it, where
/// no factor is 0, and no branch (`where`, `relu`) is left out that is taken elsewhere; where there is none, unite the
/// patterns of several. Then it serves for any x.
template <class F>
auto jacobian_pattern(F f) {
  return [f = std::move(f)](const auto& x) {
    detail::check_sparse_argument<std::remove_cvref_t<decltype(x)>>();
    return detail::with_result("jacobian_pattern", f, x, [](auto& record, const auto& y, const auto& leaf) {
      return detail::pattern_of(record, y, leaf, false);
    });
  };
}

/// hessian_pattern(f)(x): the same of the Hessian of a function that returns one number.
template <class F>
auto hessian_pattern(F f) {
  return [f = std::move(f)](const auto& x) {
    detail::check_sparse_argument<std::remove_cvref_t<decltype(x)>>();
    return detail::with_gradient("hessian_pattern", f, x, [](auto& record, const auto& gradient, const auto& leaf) {
      return detail::pattern_of(record, gradient, leaf, true);
    });
  };
}

/// The product of a sparse matrix, a constant, with a vector of shape (cols): a Var of shape (rows), differentiable in
/// the vector; so that linear_solve takes it: linear_solve([&](const auto& v) { return matmul(a, v); })(b). Throws
/// ShapeError for another shape.
template <class T, ArrayOperand V>
Var<T> matmul(const SparseMatrix<T>& a, const V& v) {
  return detail::sparse_product<T>(a, as_number<Var<T>>(v));
}

}  // namespace xtape

#include "autodiff/ops/linalg.hpp"

#include "autodiff/ops/linalg_matrices.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace xtape {

using namespace matrices;

namespace {

/// b as a stack of columns, solved, and back as it came.
template <class T, class Solve>
Var<T> solved(const char* operation, const Var<T>& a, const Var<T>& b, const Solve& solve) {
  const Shape &sa = a.shape(), &sb = b.shape();
  check_square(operation, sa);
  const std::size_t n = sa.back();
  if (sb.empty() || (sb.size() == 1 ? sb[0] : rows_of(sb)) != n) {
    const bool vectors = sb.size() >= 2 && sb.back() == n;
    throw ShapeError(text::bracketed(operation) + "b of " + std::to_string(n) + " rows expected: a is " +
                     to_string(sa) + ", b is " + to_string(sb) +
                     (vectors ? "; a stack of vectors is expand_dims(b, -1)" : ""));
  }
  if (sb.size() == 1) return squeeze(solve(column(b)), -1);
  const Shape lead_a = leading(sa), lead_b = leading(sb);
  kernels::broadcast_shapes(operation, {&lead_a, &lead_b});
  return solve(b);
}

// --- The factors of a for solve, det and slogdet --------------------------------------------------------------------

template <class T>
Var<T> factored(const char* operation, const Var<T>& a) {
  check_square(operation, a.shape());
  if (a.shared()->meaning() != nullptr) {
    return detail::through_levels(a, [operation](const Var<T>& plain) { return factored(operation, plain); });
  }
  const std::size_t n = a.shape(-1);
  const SharedValue<T> factors = new_value<T>(joined(leading(a.shape()), {n + 1, n}));
  each_matrix<T>(*a.shared(), {factors}, n * n * n / 3, [n](const T* matrix, const auto& to) {
    kernels::lu_of(n, matrix, to[0]);
    return kernels::kDone;
  });
  return Var<T>(factors);
}

// visit(i, factors of matrix i).
template <class T, class Visit>
void each_factors(const Value<T>& factors, const Visit& visit) {
  const std::size_t n = columns_of(factors.shape()), count = size_of(leading(factors.shape()));
  for (std::size_t i = 0; i < count; ++i) visit(i, factors.data() + i * (n + 1) * n);
}

template <class T>
std::vector<Stopped> zero_pivots(const Value<T>& factors) {
  const std::size_t n = columns_of(factors.shape());
  std::vector<Stopped> status(size_of(leading(factors.shape())), kernels::kDone);
  each_factors(factors, [&](std::size_t i, const T* f) { status[i] = kernels::zero_pivot(n, f); });
  return status;
}

template <class T>
void check_regular(const char* operation, const Value<T>& factors) {
  const std::size_t n = columns_of(factors.shape());
  check_done(operation, "a matrix that is not singular expected", zero_pivots(factors),
             joined(leading(factors.shape()), {n, n}), [n](Stopped place) {
               return "the LU factorization has pivot " + std::to_string(place) + " of " + std::to_string(n) +
                      " equal to 0";
             });
}

/// a⁻ᵀ, a part of the graph.
template <class T>
Var<T> inverse_turned(const Var<T>& a, const Var<T>& factors) {
  return xtape::apply(op::Solve{{}, true}, a, factors, identity<T>(a.shape(-1)));
}

// The transpose of what det a has for a derivative, of any a: of a = u diag(s) vh the products of all singular values
// but one.
template <class T>
Var<T> cofactors(const Var<T>& a) {
  const std::size_t n = a.shape(-1);
  const auto [u, s, vh] = detail::svd(a);
  Var<T> others(ones<T>({n}));
  for (std::size_t j = 0; j < n; ++j) {
    Array<T> is_j = zeros<T>({n});
    is_j(j) = 1;
    others = others * where(is_j, 1.0, expand_dims(take(s, j, -1), -1));
  }
  const Var<T> sign = detail::det(detail::stopped(u)) * detail::det(detail::stopped(vh));
  return each(where(sign > 0, 1.0, where(sign < 0, -1.0, sign))) * product(u * row(others), false, vh, false);
}

}  // namespace

namespace op {

// --- Cholesky and triangles -----------------------------------------------------------------------------------------

template <class T>
SharedValue<T> Cholesky::eval(const SharedValue<T>& a) const {
  const std::size_t n = columns_of(a->shape());
  const SharedValue<T> l = new_value<T>(a->shape());
  const auto status = each_matrix<T>(*a, {l}, n * n * n / 6, [n](const T* matrix, const auto& to) {
    return kernels::copy_lower(n, matrix, to[0]) ? kernels::cholesky(n, to[0]) : kNotFinite;
  });
  check_done(name, "a positive definite matrix expected", status, a->shape(),
             [](Stopped order) { return "the leading minor of order " + std::to_string(order) + " is not positive"; });
  return l;
}

template <class T>
Var<T> Cholesky::vjp(std::size_t, const Var<T>& g, const Var<T>& l, const ShapeOnly& a) const {
  if (l.size() == 0) return nothing<T>(a.shape());
  const std::size_t n = l.shape(-1);
  const SolveTriangular back{{}, {.lower = true, .transposed = true}};
  const Var<T> half = product(l, true, g, false) * pattern<T>(n, n, 1, T(0.5), 0);
  return symmetrized(xtape::apply(back, l, turned(xtape::apply(back, l, half))));
}

template <class T>
SharedValue<T> SolveTriangular::eval(const SharedValue<T>& a, const SharedValue<T>& b) const {
  const std::size_t n = columns_of(a->shape()), k = columns_of(b->shape());
  const Shape lead_a = leading(a->shape()), lead_b = leading(b->shape());
  const Shape stack = kernels::broadcast_shapes(name, {&lead_a, &lead_b});
  const SharedValue<T> x = new_value<T>(joined(stack, {n, k}));
  if (x->size() == 0) return x;
  const auto a_at = stack_offsets(stack, lead_a, n * n), b_at = stack_offsets(stack, lead_b, n * k);
  const T *const matrices = a->data(), *const columns = b->data();
  const auto status = kernels::for_each_matrix(a_at.size(), n * n * k / 2, [&](std::size_t i) {
    T* const to = x->mutable_data() + i * n * k;
    std::copy_n(columns + b_at[i], n * k, to);
    return kernels::triangular_solve(read.lower, read.transposed, read.unit_diagonal, n, k, matrices + a_at[i], to);
  });
  check_done(name, "a triangle that is not singular expected", status, joined(stack, {n, n}),
             [](Stopped place) { return "element " + std::to_string(place) + " of the diagonal is 0"; });
  return x;
}

template <class T>
Var<T> SolveTriangular::vjp(Argument<0>, const Var<T>& g, const Var<T>& x, const Var<T>& a, const ShapeOnly& b) const {
  if (a.size() == 0) return nothing<T>(a.shape());
  const std::size_t n = a.shape(-1);
  const Var<T> db = vjp(Argument<1>(), g, x, a, b);
  const Var<T> da = read.transposed ? product(x, false, db, true) : product(db, false, x, true);
  return da * pattern<T>(n, n, read.lower ? -1 : 0, read.unit_diagonal ? 0 : -1, read.lower ? 0 : -1);
}
template <class T>
Var<T> SolveTriangular::vjp(Argument<1>, const Var<T>& g, const Var<T>&, const Var<T>& a, const ShapeOnly&) const {
  SolveTriangular back = *this;
  back.read.transposed = !read.transposed;
  return xtape::apply(back, a, g);
}

// --- Equations, inverse, determinants -------------------------------------------------------------------------------

template <class T>
SharedValue<T> Solve::eval(const SharedValue<T>& a, const SharedValue<T>& factors, const SharedValue<T>& b) const {
  check_regular(name, *factors);
  const std::size_t n = columns_of(a->shape()), k = columns_of(b->shape());
  const Shape lead_a = leading(a->shape()), lead_b = leading(b->shape());
  const Shape stack = kernels::broadcast_shapes(name, {&lead_a, &lead_b});
  const SharedValue<T> x = new_value<T>(joined(stack, {n, k}));
  if (x->size() == 0) return x;
  const auto a_at = stack_offsets(stack, lead_a, (n + 1) * n), b_at = stack_offsets(stack, lead_b, n * k);
  const T *const matrices = factors->data(), *const columns = b->data();
  kernels::for_each_matrix(a_at.size(), n * n * k, [&](std::size_t i) {
    T* const to = x->mutable_data() + i * n * k;
    std::copy_n(columns + b_at[i], n * k, to);
    kernels::lu_solve(n, k, matrices + a_at[i], transposed, to);
    return kernels::kDone;
  });
  return x;
}

template <class T>
Var<T> Solve::vjp(Argument<0>, const Var<T>& g, const Var<T>& x, const Var<T>& a, const Var<T>& factors,
                  const ShapeOnly& b) const {
  const Var<T> db = vjp(Argument<2>(), g, x, a, factors, b);
  return -(transposed ? product(x, false, db, true) : product(db, false, x, true));
}
// The factors are a constant.
template <class T>
Var<T> Solve::vjp(Argument<1>, const Var<T>& g, const Var<T>&, const ShapeOnly&, const ShapeOnly&,
                  const ShapeOnly&) const {
  return g;
}
template <class T>
Var<T> Solve::vjp(Argument<2>, const Var<T>& g, const Var<T>&, const Var<T>& a, const Var<T>& factors,
                  const ShapeOnly&) const {
  return xtape::apply(Solve{{}, !transposed}, a, factors, g);
}

template <class T>
SharedValue<T> Inverse::eval(const SharedValue<T>& a) const {
  if (a->size() == 0) return a;
  const Var<T> factors = factored(name, Var<T>(a));
  check_regular(name, *factors.shared());
  return Solve{}.eval(a, factors.shared(), identity<T>(columns_of(a->shape())).shared());
}
template <class T>
Var<T> Inverse::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly&) const {
  return -product(product(y, true, g, false), false, y, true);
}

template <class T>
SharedValue<T> Determinant::eval(const SharedValue<T>& a, const SharedValue<T>& factors) const {
  const std::size_t n = columns_of(a->shape());
  const SharedValue<T> y = new_value<T>(leading(a->shape()));
  each_factors(*factors, [&](std::size_t i, const T* f) { y->mutable_data()[i] = kernels::determinant(n, f); });
  return y;
}
template <class T>
Var<T> Determinant::vjp(Argument<0>, const Var<T>& g, const Var<T>& y, const Var<T>& a, const Var<T>& factors) const {
  if (a.size() == 0) return nothing<T>(a.shape());
  const auto status = zero_pivots(detail::ground_of(factors));
  const bool regular = std::all_of(status.begin(), status.end(), [](Stopped s) { return s == kernels::kDone; });
  return regular ? each(g * y) * inverse_turned(a, factors) : each(g) * cofactors(a);
}
template <class T>
Var<T> Determinant::vjp(Argument<1>, const Var<T>& g, const Var<T>&, const ShapeOnly&, const ShapeOnly&) const {
  return g;
}

template <class T>
std::vector<SharedValue<T>> SignAndLogDeterminant::eval(const SharedValue<T>& a, const SharedValue<T>& factors) const {
  const std::size_t n = columns_of(a->shape());
  const SharedValue<T> sign = new_value<T>(leading(a->shape())), logarithm = new_value<T>(leading(a->shape()));
  each_factors(*factors, [&](std::size_t i, const T* f) {
    kernels::sign_and_logarithm(n, f, sign->mutable_data() + i, logarithm->mutable_data() + i);
  });
  return {sign, logarithm};
}
template <class T>
Var<T> SignAndLogDeterminant::vjp(Argument<0>, std::span<const Var<T>> g, std::span<const ShapeOnly>, const Var<T>& a,
                                  const Var<T>& factors) const {
  if (g[1].empty()) return Var<T>(0.0);
  if (a.size() == 0) return nothing<T>(a.shape());
  check_regular(name, detail::ground_of(factors));
  return each(g[1]) * inverse_turned(a, factors);
}
template <class T>
Var<T> SignAndLogDeterminant::vjp(Argument<1>, std::span<const Var<T>>, std::span<const ShapeOnly>, const ShapeOnly&,
                                  const ShapeOnly&) const {
  return Var<T>(0.0);
}

}  // namespace op

namespace detail {

template <class T>
Var<T> cholesky(const Var<T>& a, bool upper) {
  check_square("cholesky", a.shape());
  return upper ? turned(xtape::apply(op::Cholesky{}, turned(a))) : xtape::apply(op::Cholesky{}, a);
}

template <class T>
Var<T> cho_solve(const Var<T>& c, const Var<T>& b, bool lower) {
  return solved("cho_solve", c, b, [&](const Var<T>& columns) {
    const op::SolveTriangular first{{}, {.lower = lower, .transposed = !lower}};
    const op::SolveTriangular second{{}, {.lower = lower, .transposed = lower}};
    return xtape::apply(second, c, xtape::apply(first, c, columns));
  });
}

template <class T>
Var<T> cho_logdet(const Var<T>& c) {
  check_square("cho_logdet", c.shape());
  return 2.0 * sum(log(diagonal(c, 0, -2, -1)), -1);
}

template <class T>
Var<T> solve_triangular(const Var<T>& a, const Var<T>& b, TriangularOptions read) {
  return solved("solve_triangular", a, b, [&](const Var<T>& columns) {
    return xtape::apply(op::SolveTriangular{{}, read}, a, columns);
  });
}

template <class T>
Var<T> solve(const Var<T>& a, const Var<T>& b) {
  return solved("solve", a, b, [&](const Var<T>& columns) {
    return xtape::apply(op::Solve{}, a, factored("solve", detail::stopped(a)), columns);
  });
}

template <class T>
Var<T> inv(const Var<T>& a) {
  check_square("inv", a.shape());
  return xtape::apply(op::Inverse{}, a);
}

template <class T>
Var<T> det(const Var<T>& a) {
  return xtape::apply(op::Determinant{}, a, factored("det", detail::stopped(a)));
}

template <class T>
std::array<Var<T>, 2> slogdet(const Var<T>& a) {
  const auto y = xtape::apply(op::SignAndLogDeterminant{}, a, factored("slogdet", detail::stopped(a)));
  return {y[0], y[1]};
}

#define XTAPE_INSTANTIATE(T)                                                         \
  template Var<T> cholesky(const Var<T>&, bool);                                     \
  template Var<T> cho_solve(const Var<T>&, const Var<T>&, bool);                     \
  template Var<T> cho_logdet(const Var<T>&);                                         \
  template Var<T> solve_triangular(const Var<T>&, const Var<T>&, TriangularOptions); \
  template Var<T> solve(const Var<T>&, const Var<T>&);                               \
  template Var<T> inv(const Var<T>&);                                                \
  template Var<T> det(const Var<T>&);                                                \
  template std::array<Var<T>, 2> slogdet(const Var<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_EQUATION_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

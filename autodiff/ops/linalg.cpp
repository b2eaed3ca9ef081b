#include "autodiff/ops/linalg.hpp"

#include "autodiff/kernels/lapack.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>

namespace xtape {

namespace {

using detail::leading, detail::product, detail::stack_offsets;
using kernels::Stopped;

// --- Matrices and their stacks --------------------------------------------------------------------------------------

std::size_t rows_of(const Shape& shape) {
  return shape[shape.size() - 2];
}
std::size_t columns_of(const Shape& shape) {
  return shape.back();
}

void check_matrix(const char* operation, const Shape& shape) {
  if (shape.size() >= 2) return;
  throw ShapeError("[" + std::string(operation) + "] a matrix, or a stack of them, expected: a is " + to_string(shape));
}
void check_square(const char* operation, const Shape& shape) {
  if (shape.size() >= 2 && rows_of(shape) == columns_of(shape)) return;
  throw ShapeError("[" + std::string(operation) + "] a square matrix, or a stack of them, expected: a is " +
                   to_string(shape));
}

Shape joined(Shape shape, std::initializer_list<std::size_t> extents) {
  for (const std::size_t extent : extents) shape.push_back(extent);
  return shape;
}

// "the matrix", or "matrix (1, 0) of (2, 3, 4, 4)".
std::string name_of_matrix(const Shape& shape, std::size_t i) {
  Shape index = leading(shape);
  if (index.empty()) return "the matrix of shape " + to_string(shape);
  for (std::size_t d = index.size(); d-- > 0;) {
    const std::size_t extent = index[d];
    index[d] = i % extent;
    i /= extent;
  }
  return "matrix " + to_string(index) + " of " + to_string(shape);
}

// Throws for the first matrix whose factorization stopped; tell(place) says where.
template <class Tell>
void check_done(const char* operation, const char* expected, const std::vector<Stopped>& status, const Shape& shape,
                const Tell& tell) {
  const auto stopped = std::find_if(status.begin(), status.end(), [](Stopped s) { return s != kernels::kDone; });
  if (stopped == status.end()) return;
  throw NumericError("[" + std::string(operation) + "] " + expected + ": of " +
                     name_of_matrix(shape, std::size_t(stopped - status.begin())) + " " + tell(*stopped));
}

// Calls body(matrix, results) for every matrix of x, with where its results go in each of y. Where it says kNotFinite
// these are NaN.
constexpr Stopped kNotFinite = Stopped(-1);
template <class T, class Body>
std::vector<Stopped> each_matrix(const Value<T>& x, const std::vector<SharedValue<T>>& y, std::size_t work,
                                 const Body& body) {
  if (x.size() == 0) return {};
  const std::size_t size = rows_of(x.shape()) * columns_of(x.shape()), count = x.size() / size;
  const T* const from = x.data();
  return kernels::for_each_matrix(count, work, [&](std::size_t i) {
    std::array<T*, 3> results{};
    for (std::size_t r = 0; r < y.size(); ++r) results[r] = y[r]->mutable_data() + i * (y[r]->size() / count);
    const Stopped stopped = body(from + i * size, results);
    if (stopped != kNotFinite) return stopped;
    for (std::size_t r = 0; r < y.size(); ++r)
      std::fill_n(results[r], y[r]->size() / count, std::numeric_limits<T>::quiet_NaN());
    return kernels::kDone;
  });
}

// The lower triangle of a, with zeros above; whether it is finite.
template <class T>
bool copy_lower(std::size_t n, const T* a, T* to) {
  for (std::size_t i = 0; i < n; ++i) {
    std::copy_n(a + i * n, i + 1, to + i * n);
    std::fill(to + i * n + i + 1, to + (i + 1) * n, T(0));
  }
  return kernels::are_finite(to, n * n);
}

template <class T>
std::vector<T, PoolAllocator<T>> copy_of(const T* a, std::size_t count) {
  return {a, a + count};
}

// --- In ops ---------------------------------------------------------------------------------------------------------

/// Matrices turned.
template <class T>
Var<T> turned(const Var<T>& x) {
  return swapaxes(x, -2, -1);
}
/// The gradient where there is nothing to compute it of: of any extents, at no cost.
template <class T>
Var<T> nothing(const Shape& shape) {
  return Var<T>(empty<T>(shape));
}
template <class T>
Var<T> symmetrized(const Var<T>& x) {
  return 0.5 * (x + turned(x));
}

/// A constant matrix: `below`, `on` and `above` the diagonal.
template <class T>
Var<T> pattern(std::size_t rows, std::size_t columns, T below, T on, T above) {
  Array<T> x = empty<T>({rows, columns});
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) x(i, j) = i > j ? below : i == j ? on : above;
  }
  return Var<T>(std::move(x));
}
template <class T>
Var<T> identity(std::size_t n) {
  return Var<T>(eye<T>(n));
}
/// Vectors as diagonal matrices: (..., n) -> (..., n, n).
template <class T>
Var<T> diagonal_matrix(const Var<T>& x) {
  return expand_dims(x, -2) * identity<T>(x.shape(-1));
}
template <class T>
Var<T> column(const Var<T>& x) {
  return expand_dims(x, -1);
}
template <class T>
Var<T> row(const Var<T>& x) {
  return expand_dims(x, -2);
}
/// One number a matrix, to be multiplied with all of it.
template <class T>
Var<T> each(const Var<T>& x) {
  return expand_dims(x, {-2, -1});
}

template <class T>
Var<T> plus(const Var<T>& sum, const Var<T>& x) {
  return sum.empty() ? x : sum + x;
}

/// b as a stack of columns, solved, and back as it came.
template <class T, class Solve>
Var<T> solved(const char* operation, const Var<T>& a, const Var<T>& b, const Solve& solve) {
  const Shape &sa = a.shape(), &sb = b.shape();
  check_square(operation, sa);
  const std::size_t n = sa.back();
  if (sb.empty() || (sb.size() == 1 ? sb[0] : rows_of(sb)) != n) {
    const bool vectors = sb.size() >= 2 && sb.back() == n;
    throw ShapeError("[" + std::string(operation) + "] b of " + std::to_string(n) + " rows expected: a is " +
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
  const std::size_t n = a.shape(-1);
  const SharedValue<T> factors = new_value<T>(joined(leading(a.shape()), {n + 1, n}));
  each_matrix<T>(*a.shared(), {factors}, n * n * n / 3, [n](const T* matrix, const auto& to) {
    std::copy_n(matrix, n * n, to[0]);
    if (kernels::are_finite(matrix, n * n)) {
      kernels::lu(n, to[0]);
    } else {
      std::fill_n(to[0], n * n, std::numeric_limits<T>::quiet_NaN());
      for (std::size_t i = 0; i < n; ++i) to[0][n * n + i] = T(i + 1);
    }
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
  each_factors(factors, [&](std::size_t i, const T* f) {
    for (std::size_t j = n; j-- > 0;) {
      if (f[j * n + j] == T(0)) status[i] = j + 1;
    }
  });
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
  const Var<T> sign = detail::det(u.constant()) * detail::det(vh.constant());
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
    return copy_lower(n, matrix, to[0]) ? kernels::cholesky(n, to[0]) : kNotFinite;
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
  each_factors(*factors, [&](std::size_t i, const T* f) {
    T result = kernels::is_odd(n, f) ? T(-1) : T(1);
    for (std::size_t j = 0; j < n; ++j) result *= f[j * n + j];
    y->mutable_data()[i] = result;
  });
  return y;
}
template <class T>
Var<T> Determinant::vjp(Argument<0>, const Var<T>& g, const Var<T>& y, const Var<T>& a, const Var<T>& factors) const {
  if (a.size() == 0) return nothing<T>(a.shape());
  const auto status = zero_pivots(*factors.shared());
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
    T s = kernels::is_odd(n, f) ? T(-1) : T(1);
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const T pivot = f[j * n + j];
      s = std::isnan(pivot) ? pivot : pivot == T(0) ? T(0) : std::signbit(pivot) ? -s : s;
      sum += std::log(std::abs(double(pivot)));
    }
    sign->mutable_data()[i] = s;
    logarithm->mutable_data()[i] = T(sum);
  });
  return {sign, logarithm};
}
template <class T>
Var<T> SignAndLogDeterminant::vjp(Argument<0>, std::span<const Var<T>> g, std::span<const ShapeOnly>, const Var<T>& a,
                                  const Var<T>& factors) const {
  if (g[1].empty()) return Var<T>(0.0);
  if (a.size() == 0) return nothing<T>(a.shape());
  check_regular(name, *factors.shared());
  return each(g[1]) * inverse_turned(a, factors);
}
template <class T>
Var<T> SignAndLogDeterminant::vjp(Argument<1>, std::span<const Var<T>>, std::span<const ShapeOnly>, const ShapeOnly&,
                                  const ShapeOnly&) const {
  return Var<T>(0.0);
}

// --- Eigenvalues and singular values --------------------------------------------------------------------------------

template <class T>
std::vector<SharedValue<T>> Eigh::eval(const SharedValue<T>& a) const {
  const std::size_t n = columns_of(a->shape());
  std::vector<SharedValue<T>> y{new_value<T>(joined(leading(a->shape()), {n}))};
  if (vectors) y.push_back(new_value<T>(a->shape()));
  const auto status = each_matrix<T>(*a, y, 4 * n * n * n, [&](const T* matrix, const auto& to) {
    std::vector<T, PoolAllocator<T>> own(vectors ? 0 : n * n);
    T* const work = vectors ? to[1] : own.data();
    return copy_lower(n, matrix, work) ? kernels::eigh(n, work, to[0], vectors) : kNotFinite;
  });
  check_done(name, "eigenvalues that converge expected", status, a->shape(),
             [](Stopped place) { return "LAPACK stopped at " + std::to_string(place); });
  return y;
}

template <class T>
Var<T> Eigh::vjp(std::size_t, std::span<const Var<T>> g, std::span<const Var<T>> y, const ShapeOnly& a) const {
  if (y[0].size() == 0) return nothing<T>(a.shape());
  const Var<T>&w = y[0], &v = y[1];
  const std::size_t n = w.shape(-1);
  Var<T> inner;
  if (!g[0].empty()) inner = diagonal_matrix(g[0]);
  if (!g[1].empty()) {
    const Var<T> gaps = where(identity<T>(n), 1.0, row(w) - column(w));
    inner = plus(inner, product(v, true, g[1], false) * pattern<T>(n, n, 1, 0, 1) / gaps);
  }
  return symmetrized(product(product(v, false, inner, false), false, v, true));
}

template <class T>
std::vector<SharedValue<T>> Svd::eval(const SharedValue<T>& a) const {
  const Shape lead = leading(a->shape());
  const std::size_t m = rows_of(a->shape()), n = columns_of(a->shape()), k = std::min(m, n);
  std::vector<SharedValue<T>> y{new_value<T>(joined(lead, {k}))};
  const std::size_t rows = full ? m : k, columns = full ? n : k;
  if (vectors) y = {new_value<T>(joined(lead, {m, rows})), y[0], new_value<T>(joined(lead, {columns, n}))};
  if (k == 0 && full) {  // of nothing the identity
    for (const std::size_t r : {0, 2})
      y[r] = broadcast_to(identity<T>(columns_of(y[r]->shape())), y[r]->shape()).shared();
  }
  const auto status = each_matrix<T>(*a, y, 6 * m * n * k, [&](const T* matrix, const auto& to) {
    if (!kernels::are_finite(matrix, m * n)) return kNotFinite;
    auto work = copy_of(matrix, m * n);
    return vectors ? kernels::svd(m, n, full, work.data(), to[1], to[0], to[2])
                   : kernels::svd<T>(m, n, false, work.data(), to[0], nullptr, nullptr);
  });
  check_done(name, "singular values that converge expected", status, a->shape(),
             [](Stopped place) { return "LAPACK stopped at " + std::to_string(place); });
  return y;
}

template <class T>
Var<T> Svd::vjp(std::size_t, std::span<const Var<T>> g, std::span<const Var<T>> y, const ShapeOnly& a) const {
  if (y[1].size() == 0) return nothing<T>(a.shape());
  const std::size_t m = rows_of(a.shape()), n = columns_of(a.shape()), k = y[1].shape(-1);
  const auto first = [k](const Var<T>& x, std::ptrdiff_t axis) {
    if (x.empty() || x.shape(axis) == k) return x;
    return xtape::apply(detail::make_slice_along("svd", x.shape(), axis, Range(0, std::ptrdiff_t(k))), x);
  };
  const Var<T>&s = y[1], u = first(y[0], -1), vh = first(y[2], -2), gu = first(g[0], -1), gvh = first(g[2], -2);
  Var<T> inner;
  if (!g[1].empty()) inner = diagonal_matrix(g[1]);
  const auto rotation = [&](const Var<T>& x) {
    const Var<T> gaps = (row(s) - column(s)) * (row(s) + column(s));
    return (x - turned(x)) / where(identity<T>(k), 1.0, gaps);
  };
  const Var<T> of_u = gu.empty() ? Var<T>() : product(u, true, gu, false);
  const Var<T> of_v = gvh.empty() ? Var<T>() : product(vh, false, gvh, true);
  if (!of_u.empty()) inner = plus(inner, rotation(of_u) * row(s));
  if (!of_v.empty()) inner = plus(inner, column(s) * rotation(of_v));
  Var<T> da = product(product(u, false, inner, false), false, vh, false);
  if (!of_u.empty() && m > k) da = da + product((gu - product(u, false, of_u, false)) / row(s), false, vh, false);
  if (!of_v.empty() && n > k) da = da + product(u, false, (gvh - product(of_v, true, vh, false)) / column(s), false);
  return da;
}

template <class T>
SharedValue<T> EigenvaluesOnly::eval(const SharedValue<T>& a) const {
  return Eigh{{}, false}.eval(a)[0];
}
template <class T>
Var<T> EigenvaluesOnly::vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& a) const {
  const Var<T> v = detail::eigh(a)[1];
  return product(v * row(g), false, v, true);
}

template <class T>
SharedValue<T> SingularValuesOnly::eval(const SharedValue<T>& a) const {
  return Svd{{}, false}.eval(a)[0];
}
template <class T>
Var<T> SingularValuesOnly::vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& a) const {
  const auto factors = detail::svd(a);
  return product(factors[0] * row(g), false, factors[2], false);
}

template <class T>
std::vector<SharedValue<T>> Qr::eval(const SharedValue<T>& a) const {
  const Shape lead = leading(a->shape());
  const std::size_t m = rows_of(a->shape()), n = columns_of(a->shape()), k = std::min(m, n);
  const std::vector<SharedValue<T>> y{new_value<T>(joined(lead, {m, k})), new_value<T>(joined(lead, {k, n}))};
  each_matrix<T>(*a, y, 2 * m * n * k, [&](const T* matrix, const auto& to) {
    if (!kernels::are_finite(matrix, m * n)) return kNotFinite;
    auto work = copy_of(matrix, m * n);
    kernels::qr(m, n, work.data(), to[0], to[1]);
    return kernels::kDone;
  });
  return y;
}

template <class T>
Var<T> Qr::vjp(std::size_t, std::span<const Var<T>> g, std::span<const Var<T>> y, const Var<T>& a) const {
  if (a.size() == 0) return nothing<T>(a.shape());
  const Var<T>&q = y[0], &r = y[1];
  const std::size_t n = columns_of(a.shape()), k = columns_of(q.shape());
  const auto columns = [](const Var<T>& x, std::size_t from, std::size_t to) {
    return xtape::apply(detail::make_slice_along("qr", x.shape(), -1, Range(std::ptrdiff_t(from), std::ptrdiff_t(to))),
                        x);
  };
  const bool wide = n > k;
  const Var<T> square = wide ? columns(r, 0, k) : r;
  Var<T> gq = g[0], gr = g[1], beyond;
  if (wide && !gr.empty()) {  // the columns beyond are q r there
    beyond = columns(gr, k, n);
    gq = plus(gq, product(columns(a, k, n), false, beyond, true));
    gr = columns(gr, 0, k);
  }
  Var<T> inner;
  if (!gr.empty()) inner = product(square, false, gr, true);
  if (!gq.empty()) inner = plus(inner, -product(gq, true, q, false));
  const Var<T> lower = inner * pattern<T>(k, k, 1, T(0.5), 0);
  Var<T> left = product(q, false, lower + turned(lower), false);
  if (!gq.empty()) left = left + gq;
  // left r⁻ᵀ = (r⁻¹ leftᵀ)ᵀ
  const Var<T> da = turned(xtape::apply(SolveTriangular{}, square, turned(left)));
  if (!wide) return da;
  if (beyond.empty()) beyond = Var<T>(zeros<T>(joined(leading(a.shape()), {k, n - k})));
  const Var<T> parts[] = {da, product(q, false, beyond, false)};
  return detail::concatenate<T>(parts, -1);
}

template <class T>
SharedValue<T> PseudoInverse::eval(const SharedValue<T>& a) const {
  const auto [u, s, vh] = detail::svd(Var<T>(a));
  if (s.size() == 0) return new_value<T>(turned(Var<T>(a)).shape());
  const Var<T> counts = s > rcond * max(s, -1, true);
  const Var<T> inverted = where(counts, 1.0 / where(counts, s, 1.0), where(s == s, 0.0, s));
  return product(vh * column(inverted), true, u, true).shared();
}

template <class T>
Var<T> PseudoInverse::vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& a) const {
  const std::size_t m = rows_of(a.shape()), n = columns_of(a.shape());
  Var<T> da = -product(product(y, true, g, false), false, y, true);
  // a y and y a are 1 where the rank is full.
  const Var<T> of_rows = product(turned(g), false, product(y, false, y, true), false);     // gᵀ y yᵀ
  const Var<T> of_columns = product(product(y, true, y, false), false, turned(g), false);  // yᵀ y gᵀ
  if (m > 0) da = da + of_rows - product(a, false, product(y, false, of_rows, false), false);
  if (n > 0) da = da + of_columns - product(product(of_columns, false, y, false), false, a, false);
  return da;
}

// --- Functions of matrices ------------------------------------------------------------------------------------------

template <class T>
SharedValue<T> MatrixExponential::eval(const SharedValue<T>& value) const {
  static constexpr double b[] = {64764752532480000.,
                                 32382376266240000.,
                                 7771770303897600.,
                                 1187353796428800.,
                                 129060195264000.,
                                 10559470521600.,
                                 670442572800.,
                                 33522128640.,
                                 1323241920.,
                                 40840800.,
                                 960960.,
                                 16380.,
                                 182.,
                                 1.};
  static constexpr double kLargestNorm = 5.371920351148152;
  const std::size_t n = columns_of(value->shape());
  if (value->size() == 0) return value;
  const Var<T> x(value);
  // Each matrix is halved as often as its norm asks for, and squared as often; the others of its stack wait.
  Array<T> times = max(sum(abs(x), -2), -1).value();
  int most = 0;
  for (T& norm : times) {
    const double halvings = norm > kLargestNorm && std::isfinite(norm) ? std::ceil(std::log2(norm / kLargestNorm)) : 0;
    norm = T(halvings);
    most = std::max(most, int(halvings));
  }
  Array<T> scales = times;
  for (T& scale : scales) scale = std::exp2(-scale);
  const Var<T> a = x * each(Var<T>(scales)), one = identity<T>(n);
  const auto times_matrix = [](const Var<T>& p, const Var<T>& q) { return product(p, false, q, false); };
  const Var<T> a2 = times_matrix(a, a), a4 = times_matrix(a2, a2), a6 = times_matrix(a4, a2);
  const Var<T> odd = times_matrix(
      a, times_matrix(a6, b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one);
  const Var<T> even =
      times_matrix(a6, b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one;
  Var<T> y = detail::solve(even - odd, even + odd);
  const Var<T> squarings = each(Var<T>(times));
  for (int i = 0; i < most; ++i) y = where(squarings > T(i), times_matrix(y, y), y);
  return y.shared();
}

template <class T>
Var<T> MatrixExponential::vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& a) const {
  const std::ptrdiff_t n = std::ptrdiff_t(a.shape(-1));
  const Var<T> at = turned(a);
  const Var<T> upper[] = {at, broadcast_to(g, a.shape())}, lower[] = {Var<T>(zeros<T>(a.shape())), at};
  const Var<T> blocks[] = {detail::concatenate<T>(upper, -1), detail::concatenate<T>(lower, -1)};
  const Var<T> y = xtape::apply(MatrixExponential{}, detail::concatenate<T>(blocks, -2));
  const Var<T> rows = xtape::apply(detail::make_slice_along("expm", y.shape(), -2, Range(0, n)), y);
  return xtape::apply(detail::make_slice_along("expm", rows.shape(), -1, Range(n, 2 * n)), rows);
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
    return xtape::apply(op::Solve{}, a, factored("solve", a.constant()), columns);
  });
}

template <class T>
Var<T> inv(const Var<T>& a) {
  check_square("inv", a.shape());
  return xtape::apply(op::Inverse{}, a);
}

template <class T>
Var<T> det(const Var<T>& a) {
  return xtape::apply(op::Determinant{}, a, factored("det", a.constant()));
}

template <class T>
std::array<Var<T>, 2> slogdet(const Var<T>& a) {
  const auto y = xtape::apply(op::SignAndLogDeterminant{}, a, factored("slogdet", a.constant()));
  return {y[0], y[1]};
}

template <class T>
std::array<Var<T>, 2> eigh(const Var<T>& a) {
  check_square("eigh", a.shape());
  const auto y = xtape::apply(op::Eigh{}, a);
  return {y[0], y[1]};
}
template <class T>
Var<T> eigvalsh(const Var<T>& a) {
  check_square("eigvalsh", a.shape());
  return xtape::apply(op::EigenvaluesOnly{}, a);
}

template <class T>
std::array<Var<T>, 3> svd(const Var<T>& a, bool full_matrices) {
  check_matrix("svd", a.shape());
  const auto y = xtape::apply(op::Svd{{}, true, full_matrices}, a);
  return {y[0], y[1], y[2]};
}
template <class T>
Var<T> svdvals(const Var<T>& a) {
  check_matrix("svdvals", a.shape());
  return xtape::apply(op::SingularValuesOnly{}, a);
}

template <class T>
std::array<Var<T>, 2> qr(const Var<T>& a) {
  check_matrix("qr", a.shape());
  const auto y = xtape::apply(op::Qr{}, a);
  return {y[0], y[1]};
}

namespace {
template <class T>
double tolerance_of(const Shape& shape) {
  return double(std::max(rows_of(shape), columns_of(shape))) * double(std::numeric_limits<T>::epsilon());
}
}  // namespace

template <class T>
Var<T> pinv(const Var<T>& a, std::optional<double> rcond) {
  check_matrix("pinv", a.shape());
  return xtape::apply(op::PseudoInverse{{}, rcond ? *rcond : tolerance_of<T>(a.shape())}, a);
}

template <class T>
Var<T> lstsq(const Var<T>& a, const Var<T>& b, std::optional<double> rcond) {
  const Shape &sa = a.shape(), &sb = b.shape();
  check_matrix("lstsq", sa);
  if (sb.empty() || (sb.size() == 1 ? sb[0] : rows_of(sb)) != rows_of(sa)) {
    throw ShapeError("[lstsq] as many rows of b as of a expected: a is " + to_string(sa) + ", b is " + to_string(sb));
  }
  return matmul(pinv(a, rcond), b);
}

template <class T>
Var<T> expm(const Var<T>& a) {
  check_square("expm", a.shape());
  return xtape::apply(op::MatrixExponential{}, a);
}

template <class T>
Var<T> matrix_power(const Var<T>& a, std::int64_t n) {
  check_square("matrix_power", a.shape());
  if (a.size() == 0) return a;
  if (n == 0) return broadcast_to(identity<T>(a.shape(-1)), a.shape());
  Var<T> power = n < 0 ? inv(a) : a, result;
  for (std::uint64_t left = n < 0 ? 0 - std::uint64_t(n) : std::uint64_t(n);;) {
    if ((left & 1) != 0) result = result.empty() ? power : product(result, false, power, false);
    if ((left >>= 1) == 0) return result;
    power = product(power, false, power, false);
  }
}

template <class T>
xt::xarray<std::int64_t> matrix_rank(const Var<T>& a, std::optional<double> tol) {
  check_matrix("matrix_rank", a.shape());
  const Array<T> s = svdvals(a.constant()).value();
  const std::size_t k = s.shape().back();
  xt::xarray<std::int64_t> ranks = xt::zeros<std::int64_t>(leading(a.shape()));
  for (std::size_t i = 0; i < ranks.size() && k > 0; ++i) {
    const T* const values = s.data() + i * k;
    const double least = tol ? *tol : tolerance_of<T>(a.shape()) * double(values[0]);
    ranks.data()[i] = std::count_if(values, values + k, [least](T value) { return double(value) > least; });
  }
  return ranks;
}

template <class T>
Var<T> cond(const Var<T>& a) {
  check_matrix("cond", a.shape());
  if (rows_of(a.shape()) == 0 || columns_of(a.shape()) == 0) {
    throw ShapeError("[cond] a matrix of at least one element expected: a is " + to_string(a.shape()));
  }
  const Var<T> s = svdvals(a), largest = take(s, 0, -1);
  return where(largest == 0.0, std::numeric_limits<T>::infinity(), largest / take(s, -1, -1));
}

#define XTAPE_INSTANTIATE(T)                                                           \
  template Var<T> cholesky(const Var<T>&, bool);                                       \
  template Var<T> cho_solve(const Var<T>&, const Var<T>&, bool);                       \
  template Var<T> cho_logdet(const Var<T>&);                                           \
  template Var<T> solve_triangular(const Var<T>&, const Var<T>&, TriangularOptions);   \
  template Var<T> solve(const Var<T>&, const Var<T>&);                                 \
  template Var<T> inv(const Var<T>&);                                                  \
  template Var<T> det(const Var<T>&);                                                  \
  template std::array<Var<T>, 2> slogdet(const Var<T>&);                               \
  template std::array<Var<T>, 2> eigh(const Var<T>&);                                  \
  template Var<T> eigvalsh(const Var<T>&);                                             \
  template std::array<Var<T>, 3> svd(const Var<T>&, bool);                             \
  template Var<T> svdvals(const Var<T>&);                                              \
  template std::array<Var<T>, 2> qr(const Var<T>&);                                    \
  template Var<T> pinv(const Var<T>&, std::optional<double>);                          \
  template Var<T> lstsq(const Var<T>&, const Var<T>&, std::optional<double>);          \
  template Var<T> expm(const Var<T>&);                                                 \
  template Var<T> matrix_power(const Var<T>&, std::int64_t);                           \
  template xt::xarray<std::int64_t> matrix_rank(const Var<T>&, std::optional<double>); \
  template Var<T> cond(const Var<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_LINALG_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

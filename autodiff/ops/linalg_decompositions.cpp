#include "autodiff/ops/linalg.hpp"

#include "autodiff/ops/linalg_matrices.hpp"
#include "autodiff/ops/lists.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <string>

namespace xtape {

using namespace matrices;

namespace {

void check_converged(const char* operation, const char* expected, const std::vector<Stopped>& status,
                     const Shape& shape) {
  check_done(operation, expected, status, shape,
             [](Stopped place) { return "LAPACK stopped at " + std::to_string(place); });
}

}  // namespace

namespace op {

// --- Eigenvalues and singular values --------------------------------------------------------------------------------

template <class T>
std::vector<SharedValue<T>> Eigh::eval(const SharedValue<T>& a) const {
  const std::size_t n = columns_of(a->shape());
  std::vector<SharedValue<T>> y{new_value<T>(joined(leading(a->shape()), {n}))};
  if (vectors) y.push_back(new_value<T>(a->shape()));
  const auto status = each_matrix<T>(*a, y, 4 * n * n * n, [&](const T* matrix, const auto& to) {
    std::vector<T, PoolAllocator<T>> own(vectors ? 0 : n * n);
    T* const work = vectors ? to[1] : own.data();
    return kernels::copy_lower(n, matrix, work) ? kernels::eigh(n, work, to[0], vectors) : kNotFinite;
  });
  check_converged(name, "eigenvalues that converge expected", status, a->shape());
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
  check_converged(name, "singular values that converge expected", status, a->shape());
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

}  // namespace op

namespace detail {

namespace {
template <class T>
double tolerance_of(const Shape& shape) {
  return double(std::max(rows_of(shape), columns_of(shape))) * double(std::numeric_limits<T>::epsilon());
}
}  // namespace

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
xt::xarray<std::int64_t> matrix_rank(const Var<T>& a, std::optional<double> tol) {
  check_matrix("matrix_rank", a.shape());
  const Array<T> s = svdvals(detail::stopped(a)).value();
  const std::size_t k = s.shape().back();
  xt::xarray<std::int64_t> ranks = xt::zeros<std::int64_t>(leading(a.shape()));
  for (std::size_t i = 0; i < ranks.size() && k > 0; ++i) {
    const T* const values = s.data() + i * k;
    const double least = tol ? *tol : tolerance_of<T>(a.shape()) * double(values[0]);
    ranks.data()[i] = std::int64_t(kernels::rank(k, values, least));
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
  template std::array<Var<T>, 2> eigh(const Var<T>&);                                  \
  template Var<T> eigvalsh(const Var<T>&);                                             \
  template std::array<Var<T>, 3> svd(const Var<T>&, bool);                             \
  template Var<T> svdvals(const Var<T>&);                                              \
  template std::array<Var<T>, 2> qr(const Var<T>&);                                    \
  template Var<T> pinv(const Var<T>&, std::optional<double>);                          \
  template Var<T> lstsq(const Var<T>&, const Var<T>&, std::optional<double>);          \
  template xt::xarray<std::int64_t> matrix_rank(const Var<T>&, std::optional<double>); \
  template Var<T> cond(const Var<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_DECOMPOSITION_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

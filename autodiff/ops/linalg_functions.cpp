#include "autodiff/ops/linalg.hpp"

#include "autodiff/ops/linalg_matrices.hpp"
#include "autodiff/ops/lists.hpp"

#include <algorithm>
#include <cmath>

namespace xtape {

using namespace matrices;

namespace op {

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

#define XTAPE_INSTANTIATE(T)           \
  template Var<T> expm(const Var<T>&); \
  template Var<T> matrix_power(const Var<T>&, std::int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_MATRIX_FUNCTION_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

#include "autodiff/kernels/krylov.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace xtape::kernels {

namespace {

// The largest magnitude; NaN where there is one.
template <class T>
double largest(const Array<T>& a) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double size = std::abs(double(a.data()[i]));
    if (!(size <= most)) most = size;
    if (std::isnan(most)) break;
  }
  return most;
}

// Calls iterate(b / s) for a right side of ordinary size, and multiplies the x that it leaves by s.
template <class T>
KrylovResult scaled(const Array<T>& b, Array<T>& x, const auto& iterate) {
  std::fill_n(x.data(), x.size(), T(0));
  const double scale = largest(b);
  if (scale == 0) return {.converged = true};
  if (!std::isfinite(scale)) return {.residual = scale};
  Array<T> right = b;
  for (std::size_t i = 0; i < right.size(); ++i) right.data()[i] = T(double(b.data()[i]) / scale);
  const KrylovResult result = iterate(right);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = T(double(x.data()[i]) * scale);
  return result;
}

}  // namespace

template <class T>
double dot(const Array<T>& a, const Array<T>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double(a.data()[i]) * double(b.data()[i]);
  return sum;
}

template <class T>
double norm(const Array<T>& a) {
  const double plain = dot(a, a);
  if (std::isnormal(plain)) return std::sqrt(plain);
  const double scale = largest(a);
  if (scale == 0 || !std::isfinite(scale)) return scale;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(double(a.data()[i]) / scale, 2);
  return scale * std::sqrt(sum);
}

template <class T>
void add_scaled(Array<T>& a, double scale, const Array<T>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a.data()[i] += T(scale * double(b.data()[i]));
}

namespace {

// b - A x
template <class T>
Array<T> residual_of(const MatrixProduct<T>& a, const Array<T>& b, const Array<T>& x) {
  Array<T> r = b;
  add_scaled(r, -1, a(x));
  return r;
}

template <class T>
bool is_zero(const Array<T>& a) {
  return std::all_of(a.data(), a.data() + a.size(), [](T x) { return x == T(0); });
}

template <class T>
KrylovResult descend(const MatrixProduct<T>& a, const Array<T>& b, Array<T>& x, double tolerance,
                     std::size_t max_products) {
  KrylovResult result;
  const double size = norm(b);
  Array<T> r = b, p = r;
  double rr = dot(r, r);
  while (true) {
    result.residual = std::sqrt(rr) / size;
    result.converged = result.residual <= tolerance;
    if (result.converged || result.products >= max_products || !std::isfinite(rr)) return result;
    const Array<T> ap = a(p);
    ++result.products;
    const double curvature = dot(p, ap);
    if (!(curvature > 0)) {
      // More than rounding makes of none.
      result.indefinite = curvature < -1e-8 * norm(p) * norm(ap);
      return result;
    }
    add_scaled(x, rr / curvature, p);
    add_scaled(r, -rr / curvature, ap);
    const double next = dot(r, r);
    for (std::size_t i = 0; i < p.size(); ++i) p.data()[i] = T(double(r.data()[i]) + next / rr * double(p.data()[i]));
    rr = next;
  }
}

template <class T>
KrylovResult minimize_residuals(const MatrixProduct<T>& a, const Array<T>& b, Array<T>& x, double tolerance,
                                std::size_t max_products, std::size_t restart) {
  KrylovResult result;
  const double size = norm(b);
  const std::size_t most = std::max<std::size_t>(1, std::min(restart, b.size()));
  while (true) {
    Array<T> r = is_zero(x) ? b : residual_of(a, b, x);
    const double beta = norm(r);
    const double before = result.residual;
    result.residual = beta / size;
    result.converged = result.residual <= tolerance;
    // A cycle that gains nothing is the last one: the matrix is singular, or this is as far as rounding lets it come.
    result.stuck = !result.converged && result.products > 0 && !(result.residual < 0.99 * before);
    if (result.converged || result.stuck || result.products >= max_products || !std::isfinite(beta)) return result;
    std::vector<Array<T>> basis{r};
    for (std::size_t i = 0; i < r.size(); ++i) basis[0].data()[i] = T(double(r.data()[i]) / beta);
    // The Hessenberg matrix, column by column, made triangular by rotations as it grows; and the right side.
    std::vector<std::vector<double>> h;
    std::vector<double> cosine, sine, rhs{beta};
    for (std::size_t j = 0; j < most && result.products < max_products; ++j) {
      Array<T> w = a(basis[j]);
      ++result.products;
      std::vector<double> column(j + 2);
      for (int pass = 0; pass < 2; ++pass) {  // twice is enough
        for (std::size_t i = 0; i <= j; ++i) {
          const double along = dot(w, basis[i]);
          column[i] += along;
          add_scaled(w, -along, basis[i]);
        }
      }
      const double length = norm(w);
      column[j + 1] = length;
      for (std::size_t i = 0; i < j; ++i) {
        const double turned = cosine[i] * column[i] + sine[i] * column[i + 1];
        column[i + 1] = cosine[i] * column[i + 1] - sine[i] * column[i];
        column[i] = turned;
      }
      const double hypotenuse = std::hypot(column[j], column[j + 1]);
      if (!(hypotenuse > 0) || !std::isfinite(hypotenuse)) break;
      cosine.push_back(column[j] / hypotenuse);
      sine.push_back(column[j + 1] / hypotenuse);
      column[j] = hypotenuse;
      rhs.push_back(-sine[j] * rhs[j]);
      rhs[j] *= cosine[j];
      h.push_back(std::move(column));
      if (std::abs(rhs[j + 1]) <= 0.1 * tolerance * size || length == 0) break;
      for (std::size_t i = 0; i < w.size(); ++i) w.data()[i] = T(double(w.data()[i]) / length);
      basis.push_back(std::move(w));
    }
    std::vector<double> y(h.size());
    for (std::size_t j = h.size(); j-- > 0;) {
      double rest = rhs[j];
      for (std::size_t k = j + 1; k < h.size(); ++k) rest -= h[k][j] * y[k];
      y[j] = rest / h[j][j];
    }
    for (std::size_t j = 0; j < h.size(); ++j) add_scaled(x, y[j], basis[j]);
    if (h.empty()) ++result.products;  // nothing to go by: stuck next time
  }
}

}  // namespace

template <class T>
KrylovResult conjugate_gradients(const MatrixProduct<T>& a, const Array<T>& b, Array<T>& x, double tolerance,
                                 std::size_t max_products) {
  return scaled(b, x, [&](const Array<T>& right) { return descend(a, right, x, tolerance, max_products); });
}

template <class T>
KrylovResult gmres(const MatrixProduct<T>& a, const Array<T>& b, Array<T>& x, double tolerance,
                   std::size_t max_products, std::size_t restart) {
  return scaled(
      b, x, [&](const Array<T>& right) { return minimize_residuals(a, right, x, tolerance, max_products, restart); });
}

#define XTAPE_INSTANTIATE(T)                                                                                           \
  template double dot(const Array<T>&, const Array<T>&);                                                               \
  template double norm(const Array<T>&);                                                                               \
  template void add_scaled(Array<T>&, double, const Array<T>&);                                                        \
  template KrylovResult conjugate_gradients(const MatrixProduct<T>&, const Array<T>&, Array<T>&, double, std::size_t); \
  template KrylovResult gmres(const MatrixProduct<T>&, const Array<T>&, Array<T>&, double, std::size_t, std::size_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels

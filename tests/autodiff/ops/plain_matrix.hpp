#pragma once
// Linear algebra in plain loops on long double, the reference of linalg_cases.hpp.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace xtape::tests {

/// A matrix of long doubles.
struct Plain {
  std::size_t m, n;
  std::vector<long double> x;
  Plain(std::size_t rows, std::size_t columns) : m(rows), n(columns), x(rows * columns, 0) {}
  long double& operator()(std::size_t i, std::size_t j) { return x[i * n + j]; }
  const long double& operator()(std::size_t i, std::size_t j) const { return x[i * n + j]; }
};

inline Plain operator*(const Plain& a, const Plain& b) {
  Plain y(a.m, b.n);
  for (std::size_t i = 0; i < a.m; ++i) {
    for (std::size_t j = 0; j < b.n; ++j) {
      for (std::size_t k = 0; k < a.n; ++k) y(i, j) += a(i, k) * b(k, j);
    }
  }
  return y;
}
inline Plain turned(const Plain& a) {
  Plain y(a.n, a.m);
  for (std::size_t i = 0; i < a.m; ++i) {
    for (std::size_t j = 0; j < a.n; ++j) y(j, i) = a(i, j);
  }
  return y;
}
inline Plain squares(Plain a) {
  for (long double& x : a.x) x *= x;
  return a;
}
inline Plain plain_identity(std::size_t m, std::size_t n) {
  Plain y(m, n);
  for (std::size_t i = 0; i < std::min(m, n); ++i) y(i, i) = 1;
  return y;
}

/// The inverse by elimination with row exchanges; its determinant too.
inline Plain inverse_of(Plain a, long double* determinant = nullptr) {
  const std::size_t n = a.n;
  Plain y = plain_identity(n, n);
  long double product = 1;
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t p = k;
    for (std::size_t i = k; i < n; ++i) {
      if (std::abs(a(i, k)) > std::abs(a(p, k))) p = i;
    }
    if (p != k) product = -product;
    product *= a(p, k);
    for (std::size_t j = 0; j < n; ++j) {
      std::swap(a(p, j), a(k, j));
      std::swap(y(p, j), y(k, j));
    }
    const long double pivot = a(k, k);
    for (std::size_t j = 0; j < n; ++j) {
      a(k, j) /= pivot;
      y(k, j) /= pivot;
    }
    for (std::size_t i = 0; i < n; ++i) {
      const long double factor = a(i, k);
      for (std::size_t j = 0; j < n && i != k; ++j) {
        a(i, j) -= factor * a(k, j);
        y(i, j) -= factor * y(k, j);
      }
    }
  }
  if (determinant != nullptr) *determinant = product;
  return y;
}

/// Eigenvalues in the diagonal of the first, ascending, and eigenvectors in the columns of the second, by Jacobi's
/// rotations.
inline std::pair<Plain, Plain> eigen_of(Plain a, bool descending = false) {
  const std::size_t n = a.n;
  Plain v = plain_identity(n, n);
  for (int sweep = 0; sweep < 40; ++sweep) {
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (a(p, q) == 0) continue;
        const long double angle = 0.5L * std::atan2(2 * a(p, q), a(q, q) - a(p, p));
        Plain turn = plain_identity(n, n);
        turn(p, p) = turn(q, q) = std::cos(angle);
        turn(p, q) = std::sin(angle);
        turn(q, p) = -std::sin(angle);
        a = turned(turn) * a * turn;
        v = v * turn;
      }
    }
  }
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return descending ? a(i, i) > a(j, j) : a(i, i) < a(j, j); });
  Plain w(n, n), sorted(n, n);
  for (std::size_t j = 0; j < n; ++j) {
    w(j, j) = a(order[j], order[j]);
    for (std::size_t i = 0; i < n; ++i) sorted(i, j) = v(i, order[j]);
  }
  return {w, sorted};
}

inline Plain cholesky_of(const Plain& a) {
  Plain l(a.n, a.n);
  for (std::size_t i = 0; i < a.n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      long double sum = a(i, j);
      for (std::size_t k = 0; k < j; ++k) sum -= l(i, k) * l(j, k);
      l(i, j) = i == j ? std::sqrt(sum) : sum / l(j, j);
    }
  }
  return l;
}

/// {q, r} with a positive diagonal of r, by Gram and Schmidt.
inline std::pair<Plain, Plain> qr_of(const Plain& a) {
  const std::size_t k = std::min(a.m, a.n);
  Plain q(a.m, k);
  for (std::size_t j = 0; j < k; ++j) {
    for (std::size_t i = 0; i < a.m; ++i) q(i, j) = a(i, j);
    for (std::size_t c = 0; c < j; ++c) {
      long double along = 0;
      for (std::size_t i = 0; i < a.m; ++i) along += q(i, c) * q(i, j);
      for (std::size_t i = 0; i < a.m; ++i) q(i, j) -= along * q(i, c);
    }
    long double length = 0;
    for (std::size_t i = 0; i < a.m; ++i) length += q(i, j) * q(i, j);
    for (std::size_t i = 0; i < a.m; ++i) q(i, j) /= std::sqrt(length);
  }
  return {q, turned(q) * a};
}

inline Plain exponential_of(const Plain& a) {
  Plain y = plain_identity(a.n, a.n), term = y;
  for (int i = 1; i < 80; ++i) {
    term = term * a;
    for (std::size_t j = 0; j < term.x.size(); ++j) y.x[j] += term.x[j] /= i;
  }
  return y;
}

}  // namespace xtape::tests

#include "autodiff/kernels/fourier.hpp"

#include "autodiff/kernels/threads.hpp"
#include "autodiff/pool.hpp"

#include <bit>
#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

namespace xtape::kernels {

namespace {

// Without std::complex's care for infinities, which is a call for each product.
struct Complex {
  double re = 0, im = 0;
  friend Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
  friend Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
  friend Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
};
using Numbers = std::vector<Complex, PoolAllocator<Complex>>;

// e^(∓2πi k / n) for all k < n, from the products of √n coarse and √n fine ones.
Numbers roots(std::size_t n, bool inverse) {
  const auto root = [n, inverse](std::size_t k) {
    const long double angle =
        2 * std::numbers::pi_v<long double> * static_cast<long double>(k) / static_cast<long double>(n);
    return Complex{double(std::cos(angle)), double(inverse ? std::sin(angle) : -std::sin(angle))};
  };
  const std::size_t step = std::size_t(std::sqrt(double(n))) + 1;
  Numbers fine, result(n);
  for (std::size_t k = 0; k < step; ++k) fine.push_back(root(k));
  for (std::size_t k0 = 0; k0 < n; k0 += step) {
    const Complex coarse = root(k0);
    for (std::size_t k = k0; k < std::min(n, k0 + step); ++k) result[k] = coarse * fine[k - k0];
  }
  return result;
}

// Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965, for every prime factor.
class MixedRadix {
 public:
  MixedRadix(std::size_t n, bool inverse) : n_(n), inverse_(inverse), roots_(roots(n, inverse)) {
    for (std::size_t p = 2; n > 1;) {
      if (n % 4 == 0) {
        factors_.push_back(4);
        n /= 4;
      } else if (n % p == 0) {
        factors_.push_back(p);
        n /= p;
      } else {
        p = p * p > n ? n : p + 1;
      }
    }
  }
  std::size_t largest_factor() const {
    std::size_t most = 1;
    for (const std::size_t p : factors_) most = std::max(most, p);
    return most;
  }
  void operator()(const Complex* in, Complex* out) const { transform(in, 1, 0, out); }

 private:
  // Of the elements `step` apart, which are what the factors from `level` on are for.
  void transform(const Complex* in, std::size_t step, std::size_t level, Complex* out) const {
    if (level == factors_.size()) {
      *out = *in;
      return;
    }
    const std::size_t p = factors_[level], m = n_ / step / p;
    for (std::size_t q = 0; q < p; ++q) transform(in + q * step, step * p, level + 1, out + q * m);
    if (p == 2) return twos(step, m, out);
    if (p == 4) return fours(step, m, out);
    Numbers part(p);
    for (std::size_t k = 0; k < m; ++k) {
      for (std::size_t q = 0; q < p; ++q) part[q] = out[k + q * m] * roots_[q * k * step];
      for (std::size_t r = 0; r < p; ++r) {
        Complex sum;
        for (std::size_t q = 0; q < p; ++q) sum = sum + part[q] * roots_[q * r % p * (n_ / p)];
        out[k + r * m] = sum;
      }
    }
  }
  void twos(std::size_t step, std::size_t m, Complex* out) const {
    for (std::size_t k = 0; k < m; ++k) {
      const Complex a = out[k], b = out[k + m] * roots_[k * step];
      out[k] = a + b;
      out[k + m] = a - b;
    }
  }
  void fours(std::size_t step, std::size_t m, Complex* out) const {
    for (std::size_t k = 0; k < m; ++k) {
      const Complex a = out[k], b = out[k + m] * roots_[k * step], c = out[k + 2 * m] * roots_[2 * k * step],
                    d = out[k + 3 * m] * roots_[3 * k * step];
      const Complex even = a + c, odd = a - c, sum = b + d, difference = b - d;
      const Complex turned = inverse_ ? Complex{-difference.im, difference.re} : Complex{difference.im, -difference.re};
      out[k] = even + sum;
      out[k + m] = odd + turned;
      out[k + 2 * m] = even - sum;
      out[k + 3 * m] = odd - turned;
    }
  }

  std::size_t n_;
  bool inverse_;
  std::vector<std::size_t> factors_;
  Numbers roots_;
};

// L. Bluestein, "A linear filtering approach to the computation of discrete Fourier transform", 1970: jk is
// (j² + k² - (k - j)²) / 2, so that a transform of any length is a convolution, which has a length of its own choice.
class Bluestein {
 public:
  Bluestein(std::size_t n, bool inverse)
      : size_(std::bit_ceil(2 * n)), forward_(size_, false), back_(size_, true), chirp_(n), filter_(size_) {
    const Numbers halves = roots(2 * n, inverse);
    Numbers filter(size_);
    for (std::size_t j = 0, square = 0; j < n; square = (square + 2 * j + 1) % (2 * n), ++j) {
      chirp_[j] = halves[square];
      const Complex conjugate{chirp_[j].re / double(size_), -chirp_[j].im / double(size_)};
      filter[j] = conjugate;
      if (j > 0) filter[size_ - j] = conjugate;
    }
    forward_(filter.data(), filter_.data());
  }
  void operator()(const Complex* in, Complex* out) const {
    Numbers a(size_), b(size_);
    for (std::size_t j = 0; j < chirp_.size(); ++j) a[j] = in[j] * chirp_[j];
    forward_(a.data(), b.data());
    for (std::size_t k = 0; k < size_; ++k) b[k] = b[k] * filter_[k];
    back_(b.data(), a.data());
    for (std::size_t k = 0; k < chirp_.size(); ++k) out[k] = a[k] * chirp_[k];
  }

 private:
  std::size_t size_;
  MixedRadix forward_, back_;
  Numbers chirp_, filter_;
};

template <class T, class Transform>
void each_line(const T* in, const Middle& shape, const Transform& transform, T* out) {
  const std::size_t n = shape.length, lines = shape.outer * shape.inner;
  constexpr std::size_t kWorkPerElement = 16;
  parallel_for(lines, 1, kWorkPerElement * lines * n, [&](std::size_t first, std::size_t last) {
    Numbers from(n), to(n);
    for (std::size_t line = first; line < last; ++line) {
      const std::size_t at = line / shape.inner * n * shape.inner + line % shape.inner;
      for (std::size_t j = 0; j < n; ++j) {
        const T* const pair = in + 2 * (at + j * shape.inner);
        from[j] = {double(pair[0]), double(pair[1])};
      }
      transform(from.data(), to.data());
      for (std::size_t k = 0; k < n; ++k) {
        T* const pair = out + 2 * (at + k * shape.inner);
        pair[0] = T(to[k].re);
        pair[1] = T(to[k].im);
      }
    }
  });
}

}  // namespace

template <class T>
void fourier(const T* in, const Middle& shape, bool inverse, T* out) {
  if (shape.outer * shape.length * shape.inner == 0) return;
  constexpr std::size_t kLargestFactor = 61;  // a longer sum takes longer than three transforms of a power of two
  const MixedRadix transform(shape.length, inverse);
  if (transform.largest_factor() <= kLargestFactor) {
    each_line(in, shape, transform, out);
  } else {
    each_line(in, shape, Bluestein(shape.length, inverse), out);
  }
}

template void fourier<float>(const float*, const Middle&, bool, float*);
template void fourier<double>(const double*, const Middle&, bool, double*);

}  // namespace xtape::kernels

#include "autodiff/kernels/fourier.hpp"

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/pool.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <numbers>
#include <vector>

namespace xtape::kernels {

namespace {

// Without std::complex's care for infinities, which is a call for each product. S is a number, or a register of them:
// one for each of several lines that are transformed together, each as it would be alone.
template <class S>
struct ComplexOf {
  S re{}, im{};
  friend ComplexOf operator+(ComplexOf a, ComplexOf b) { return {a.re + b.re, a.im + b.im}; }
  friend ComplexOf operator-(ComplexOf a, ComplexOf b) { return {a.re - b.re, a.im - b.im}; }
  friend ComplexOf operator*(ComplexOf a, ComplexOf<double> b) {
    const S x(b.re), y(b.im);
    return {a.re * x - a.im * y, a.re * y + a.im * x};
  }
};
using Complex = ComplexOf<double>;
using Lanes = xsimd::batch<double>;
template <class S>
using NumbersOf = std::vector<ComplexOf<S>, PoolAllocator<ComplexOf<S>>>;
using Numbers = NumbersOf<double>;

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
  template <class S>
  void operator()(const ComplexOf<S>* in, ComplexOf<S>* out) const {
    transform(in, 1, 0, out);
  }

 private:
  // Of the elements `step` apart, which are what the factors from `level` on are for.
  template <class S>
  void transform(const ComplexOf<S>* in, std::size_t step, std::size_t level, ComplexOf<S>* out) const {
    if (level == factors_.size()) {
      *out = *in;
      return;
    }
    const std::size_t p = factors_[level], m = n_ / step / p;
    for (std::size_t q = 0; q < p; ++q) {
      if (m == 1)
        out[q] = in[q * step];
      else
        transform(in + q * step, step * p, level + 1, out + q * m);
    }
    if (p == 2) return twos(step, m, out);
    if (p == 4) return fours(step, m, out);
    NumbersOf<S> part(p);
    for (std::size_t k = 0; k < m; ++k) {
      for (std::size_t q = 0; q < p; ++q) part[q] = out[k + q * m] * roots_[q * k * step];
      for (std::size_t r = 0; r < p; ++r) {
        ComplexOf<S> sum = part[0];
        for (std::size_t q = 1, turn = r; q < p; ++q) {
          sum = sum + part[q] * roots_[turn * (n_ / p)];
          turn = turn + r < p ? turn + r : turn + r - p;
        }
        out[k + r * m] = sum;
      }
    }
  }
  template <class S>
  void twos(std::size_t step, std::size_t m, ComplexOf<S>* out) const {
    for (std::size_t k = 0; k < m; ++k) {
      const ComplexOf<S> a = out[k], b = out[k + m] * roots_[k * step];
      out[k] = a + b;
      out[k + m] = a - b;
    }
  }
  template <class S>
  void fours(std::size_t step, std::size_t m, ComplexOf<S>* out) const {
    for (std::size_t k = 0; k < m; ++k) {
      const ComplexOf<S> a = out[k], b = out[k + m] * roots_[k * step], c = out[k + 2 * m] * roots_[2 * k * step],
                         d = out[k + 3 * m] * roots_[3 * k * step];
      const ComplexOf<S> even = a + c, odd = a - c, sum = b + d, difference = b - d;
      const ComplexOf<S> turned =
          inverse_ ? ComplexOf<S>{-difference.im, difference.re} : ComplexOf<S>{difference.im, -difference.re};
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
  template <class S>
  void operator()(const ComplexOf<S>* in, ComplexOf<S>* out) const {
    NumbersOf<S> a(size_), b(size_);
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

// Lines [first, last), as many at once as S has numbers.
template <class S, class T, class Transform>
std::size_t some_lines(const T* in, const Middle& shape, const Transform& transform, T* out, std::size_t first,
                       std::size_t last) {
  constexpr std::size_t kLines = sizeof(S) / sizeof(double);
  if (first + kLines > last) return first;
  const std::size_t n = shape.length;
  NumbersOf<S> from(n), to(n);
  for (; first + kLines <= last; first += kLines) {
    std::array<std::size_t, kLines> at;
    for (std::size_t i = 0; i < kLines; ++i) {
      at[i] = 2 * ((first + i) / shape.inner * n * shape.inner + (first + i) % shape.inner);
    }
    alignas(64) double re[kLines], im[kLines];
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = 0; i < kLines; ++i) {
        const T* const pair = in + at[i] + 2 * j * shape.inner;
        re[i] = double(pair[0]);
        im[i] = double(pair[1]);
      }
      std::memcpy(&from[j].re, re, sizeof re);
      std::memcpy(&from[j].im, im, sizeof im);
    }
    transform(from.data(), to.data());
    for (std::size_t k = 0; k < n; ++k) {
      std::memcpy(re, &to[k].re, sizeof re);
      std::memcpy(im, &to[k].im, sizeof im);
      for (std::size_t i = 0; i < kLines; ++i) {
        T* const pair = out + at[i] + 2 * k * shape.inner;
        pair[0] = T(re[i]);
        pair[1] = T(im[i]);
      }
    }
  }
  return first;
}

template <class T, class Transform>
void each_line(const T* in, const Middle& shape, const Transform& transform, T* out) {
  const std::size_t lines = shape.outer * shape.inner;
  constexpr std::size_t kWorkPerElement = 16;
  parallel_for(lines, Lanes::size, kWorkPerElement * lines * shape.length, [&](std::size_t first, std::size_t last) {
    first = some_lines<Lanes>(in, shape, transform, out, first, last);
    some_lines<double>(in, shape, transform, out, first, last);
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

// Draws that take as many random numbers as they need: each element has a stream of its own.

#include "autodiff/errors.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/random.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace xtape {

namespace {

/// The numbers that one element takes: the blocks of one key whose upper half of the counter is the element's place.
class ElementStream {
 public:
  ElementStream(std::uint64_t key, std::uint64_t element) : key_(key), element_(element) {}

  /// In (0, 1).
  double uniform() { return pair().first; }
  double normal() {
    const auto [u, v] = pair();
    return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
  }

  /// Marsaglia and Tsang's method, of a + 1 below 1.
  double gamma(double a) {
    const double d = (a < 1 ? a + 1 : a) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
      const double x = normal(), root = 1 + c * x;
      if (root <= 0) continue;
      const double v = root * root * root;
      if (std::log(uniform()) >= 0.5 * x * x + d - d * v + d * std::log(v)) continue;
      return a < 1 ? d * v * std::exp(std::log(uniform()) / a) : d * v;
    }
  }

  /// From the median of so many uniform numbers, a beta number, on which side of it the probability is: halves the
  /// count until few are left.
  double binomial(double n, double p) {
    double successes = 0;
    while (n > 16) {
      const double i = std::floor(n / 2) + 1, below = gamma(i), above = gamma(n + 1 - i), y = below / (below + above);
      if (y <= p) {
        successes += i;
        n -= i;
        p = std::clamp((p - y) / (1 - y), 0.0, 1.0);
      } else {
        n = i - 1;
        p /= y;
      }
    }
    for (; n > 0; --n) successes += uniform() < p;
    return successes;
  }

  /// From the time of the m-th event, a gamma number: past the rate it leaves a binomial count of those before.
  double poisson(double rate) {
    double events = 0;
    while (rate > 16) {
      const double m = std::floor(rate * 7 / 8), time = gamma(m);
      if (time > rate) return events + binomial(m - 1, rate / time);
      events += m;
      rate -= time;
    }
    for (double product = uniform(), end = std::exp(-rate); product > end; product *= uniform()) ++events;
    return events;
  }

 private:
  std::pair<double, double> pair() {
    const auto words = philox4x32(
        {std::uint32_t(block_), std::uint32_t(block_ >> 32), std::uint32_t(element_), std::uint32_t(element_ >> 32)},
        {std::uint32_t(key_), std::uint32_t(key_ >> 32)});
    ++block_;
    const auto unit = [](std::uint32_t low, std::uint32_t high) {
      const std::uint64_t bits = (std::uint64_t(low) | std::uint64_t(high) << 32) >> 12;  // 52 of them and a half
      return (double(bits) + 0.5) * 0x1p-52;
    };
    return {unit(words[0], words[1]), unit(words[2], words[3])};
  }

  std::uint64_t key_, element_, block_ = 0;
};

template <class T, class Valid>
void check(const char* operation, const char* expected, const Array<T>& x, const Valid& valid) {
  const T* const end = x.data() + x.size();
  const T* const bad = std::find_if_not(x.data(), end, valid);
  if (bad == end) return;
  throw Error(text::bracketed(operation) + "expected " + expected + ", got " + text::number(*bad) + " at element " +
              std::to_string(bad - x.data()) + " of shape " + to_string(shape_of(x)));
}

/// draw(stream, i) of each element i; `work` in elements that threads count in.
template <class T, class Draw>
Array<T> draws(const char* operation, std::uint64_t key, const Shape& shape, const Draw& draw) {
  Array<T> numbers = detail::allocated<T>(operation, shape);
  T* const out = numbers.data();
  kernels::parallel_for(numbers.size(), 16, 100 * numbers.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      ElementStream stream(key, i);
      out[i] = T(draw(stream, i));
    }
  });
  return numbers;
}

}  // namespace

template <class T>
Array<T> Random::gamma_draws(const Array<T>& concentration) {
  check("Random::gamma", "finite concentrations above 0", concentration, [](T a) { return a > 0 && std::isfinite(a); });
  return draws<T>("Random::gamma", bits(), shape_of(concentration), [&](ElementStream& stream, std::size_t i) {
    return std::max(stream.gamma(double(concentration.data()[i])), double(std::numeric_limits<T>::min()));
  });
}

template <class T>
Array<T> Random::poisson_draws(const Array<T>& rate) {
  check("Random::poisson", "finite rates of at least 0", rate, [](T r) { return r >= 0 && std::isfinite(r); });
  return draws<T>("Random::poisson", bits(), shape_of(rate),
                  [&](ElementStream& stream, std::size_t i) { return stream.poisson(double(rate.data()[i])); });
}

template <class T>
Array<T> Random::binomial_draws(const Array<T>& count, const Array<T>& probability) {
  if (shape_of(count) != shape_of(probability)) {
    throw Error("[Random::binomial] expected counts and probabilities of one shape, got " + to_string(shape_of(count)) +
                " and " + to_string(shape_of(probability)));
  }
  check("Random::binomial", "whole counts of at least 0", count,
        [](T n) { return n >= 0 && std::isfinite(n) && n == std::floor(n); });
  check("Random::binomial", "probabilities in [0, 1]", probability, [](T p) { return p >= 0 && p <= 1; });
  return draws<T>("Random::binomial", bits(), shape_of(count), [&](ElementStream& stream, std::size_t i) {
    return stream.binomial(double(count.data()[i]), double(probability.data()[i]));
  });
}

template Array<float> Random::gamma_draws(const Array<float>&);
template Array<double> Random::gamma_draws(const Array<double>&);
template Array<float> Random::poisson_draws(const Array<float>&);
template Array<double> Random::poisson_draws(const Array<double>&);
template Array<float> Random::binomial_draws(const Array<float>&, const Array<float>&);
template Array<double> Random::binomial_draws(const Array<double>&, const Array<double>&);

}  // namespace xtape

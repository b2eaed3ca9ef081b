#pragma once
// Fourier transforms.

#include "tests/autodiff/ops/samples.hpp"
#include "tests/autodiff/ops/structural.hpp"

#include <numbers>

namespace xtape::tests {

/// The transform of pairs along an axis, by its sum.
inline Array<double> naive_fourier(const Array<double>& x, std::size_t axis, bool inverse) {
  const Shape shape = shape_of(x);
  const std::size_t n = shape[axis];
  return array_of(shape, [&](const Shape& index) {
    long double sum = 0;
    for (std::size_t j = 0; j < n; ++j) {
      Shape at = index;
      at[axis] = j;
      at.back() = 0;
      const long double re = element(x, at);
      at.back() = 1;
      const long double im = element(x, at);
      const long double angle = (inverse ? 2 : -2) * std::numbers::pi_v<long double> *
                                static_cast<long double>(j * index[axis] % n) / static_cast<long double>(n);
      sum +=
          index.back() == 0 ? re * std::cos(angle) - im * std::sin(angle) : re * std::sin(angle) + im * std::cos(angle);
    }
    return double(sum);
  });
}

inline StructuralCases cases(const op::Fourier&) {
  StructuralCases result;
  // Factors of all kinds, and primes that are too large for one.
  for (const std::size_t n : {1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 30, 67, 134}) {
    result.push_back({"fft of " + std::to_string(n),
                      {{n, 2}},
                      function_of<1>([](const auto& x) { return fft(x); }),
                      [](const Arrays& x) { return naive_fourier(x[0], 0, false); }});
  }
  for (const Shape& shape : {Shape{2, 5, 3, 2}, Shape{1, 6, 1, 2}, Shape{0, 5, 3, 2}, Shape{2, 5, 0, 2}}) {
    for (const bool inverse : {false, true}) {
      result.push_back({inverse ? "the other transform" : "transform",
                        {shape},
                        function_of<1>([=](const auto& x) {
                          return xtape::apply(op::Fourier{{}, 1, inverse}, x);
                        }),
                        [=](const Arrays& x) { return naive_fourier(x[0], 1, inverse); }});
    }
  }
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

inline OpSamples samples(const op::Fourier&) {
  OpSamples result;
  constexpr std::array<std::size_t, 2> kLinesAndLengths[] = {{64, 16},    {1, 1000},    {1, 1009},
                                                             {65536, 16}, {1000, 1000}, {1000, 1009}};
  for (const auto& [lines, n] : kLinesAndLengths) {
    const double elements = double(lines * n);
    result.push_back({"",
                      std::to_string(lines) + "x" + std::to_string(n),
                      {{lines, n, 2}},
                      [](auto x) { return fft(x[0]); },
                      5 * elements * std::log2(double(n))});
  }
  return result;
}

}  // namespace xtape::benchmarks

// The elementary functions against the C library's in a wider type, over all numbers: a sample of every sign, exponent
// and mantissa here (under a sanitizer an eighth of it), each single float with XTAPE_ALL_FLOATS=1 (half a minute).

#include "autodiff/kernels/trigonometric.hpp"
#include "tests/sanitized.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace xtape::kernels {
namespace {

template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;

// |got - exact| in units in the last place of a T of exact's size; infinite where got is of another kind.
template <class T>
double error(T got, Wide<T> exact) {
  using L = std::numeric_limits<T>;
  constexpr double kWrong = std::numeric_limits<double>::infinity();
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) && std::isnan(got) ? 0 : kWrong;
  if (exact == 0) return got == 0 && std::signbit(got) == std::signbit(exact) ? 0 : kWrong;
  if (std::isinf(T(exact)) || std::isinf(got)) return got == T(exact) ? 0 : kWrong;
  const int place = std::max(std::ilogb(exact) + 1, L::min_exponent) - L::digits;
  return double(std::fabs(Wide<T>(got) - exact) / std::ldexp(Wide<T>(1), place));
}

// The numbers whose bits are multiples of a stride that lets all low bits occur.
template <class T, class F, class Exact>
double worst_error(std::uint64_t stride, F f, Exact exact) {
  using Batch = xsimd::batch<T>;
  using Bits = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
  const std::uint64_t count = std::numeric_limits<Bits>::max() / stride;
  double worst = 0;
  for (std::uint64_t first = 0; first <= count; first += Batch::size) {
    alignas(64) T x[Batch::size], y[Batch::size];
    for (std::size_t lane = 0; lane < Batch::size; ++lane) x[lane] = std::bit_cast<T>(Bits((first + lane) * stride));
    f(Batch::load_aligned(x)).store_aligned(y);
    for (std::size_t lane = 0; lane < Batch::size; ++lane) {
      const double e = error(y[lane], exact(Wide<T>(x[lane])));
      if (e > worst) worst = e;
      EXPECT_LT(e, 2) << "at " << x[lane];
    }
  }
  return worst;
}

template <class F, class Exact>
void expect_within(double units, F f, Exact exact) {
  constexpr std::uint64_t kStride = kSanitized ? 32771 : 4099;  // a million of them, or an eighth
  const double floats = worst_error<float>(std::getenv("XTAPE_ALL_FLOATS") != nullptr ? 1 : kStride, f, exact);
  const double doubles = worst_error<double>(kSanitized ? 0x8000'0000'0c35 : 0x1000'0000'0c35, f, exact);
  EXPECT_LT(floats, units);
  EXPECT_LT(doubles, units);
  EXPECT_GT(floats, 0.4);  // else nothing was tried
  EXPECT_GT(doubles, 0.4);
}

TEST(MathKernel, Exp) {
  expect_within(
      1.3, [](const auto& x) { return exp(x); }, [](auto x) { return std::exp(x); });
}
TEST(MathKernel, Expm1) {
  expect_within(
      1.7, [](const auto& x) { return expm1(x); }, [](auto x) { return std::expm1(x); });
}
TEST(MathKernel, Log) {
  expect_within(
      1.1, [](const auto& x) { return log(x); }, [](auto x) { return std::log(x); });
}
TEST(MathKernel, Log1p) {
  expect_within(
      1.4, [](const auto& x) { return log1p(x); }, [](auto x) { return std::log1p(x); });
}
TEST(MathKernel, Tanh) {
  expect_within(
      1.5, [](const auto& x) { return tanh(x); }, [](auto x) { return std::tanh(x); });
}
TEST(MathKernel, Sin) {
  expect_within(
      1.5, [](const auto& x) { return kernels::sin(x); }, [](auto x) { return std::sin(x); });
}
TEST(MathKernel, Cos) {
  expect_within(
      1.5, [](const auto& x) { return kernels::cos(x); }, [](auto x) { return std::cos(x); });
}

// Where the arguments cross between the paths, and where the results leave the range of numbers.
TEST(MathKernel, ExpAtItsEnds) {
  const auto at = [](double x) { return exp(xsimd::batch<double>(x)); };
  const auto first = [](const xsimd::batch<double>& x) {
    alignas(64) double lanes[xsimd::batch<double>::size];
    x.store_aligned(lanes);
    return lanes[0];
  };
  for (const double x : {709.43, 709.5, 709.782712893384, 709.7827128933841, -708.4, -720.0, -745.1, -745.14}) {
    EXPECT_LE(error(first(at(x)), std::exp(static_cast<long double>(x))), 1.3) << x;
  }
  double last = -HUGE_VAL;
  for (double x = 5e-324; x < 4.5e-308;
       x += x < 1e-320 ? 5e-324 : x / 7) {  // ln rises from denormals to normal numbers
    const double y = first(log(xsimd::batch<double>(x)));
    EXPECT_GE(y, last) << x;
    EXPECT_LE(error(y, std::log(static_cast<long double>(x))), 1.1) << x;
    last = y;
  }
}

// Sine and cosine next to their zeros, where few digits are left of the argument.
template <class T>
void check_zeros() {
  using Batch = xsimd::batch<T>;
  for (std::uint64_t k = 1; k < (std::uint64_t(1) << 40); k += 1 + k / 50) {
    alignas(64) T x[Batch::size], sine[Batch::size], cosine[Batch::size];
    x[0] = T(static_cast<long double>(k) * (std::numbers::pi_v<long double> / 2));
    for (std::size_t lane = 1; lane < Batch::size; ++lane) x[lane] = std::nextafter(x[lane - 1], T(HUGE_VAL));
    kernels::sin(Batch::load_aligned(x)).store_aligned(sine);
    kernels::cos(Batch::load_aligned(x)).store_aligned(cosine);
    for (std::size_t lane = 0; lane < Batch::size; ++lane) {
      EXPECT_LT(error(sine[lane], std::sin(Wide<T>(x[lane]))), 1.5) << x[lane];
      EXPECT_LT(error(cosine[lane], std::cos(Wide<T>(x[lane]))), 1.5) << x[lane];
    }
  }
}

TEST(MathKernel, SinAndCosNextToTheirZeros) {
  check_zeros<float>();
  check_zeros<double>();
}

// What one lane holds does not change the others: the paths for rare values are taken by whole batches.
template <class T>
void check_neighbours() {
  using Batch = xsimd::batch<T>;
  const auto functions = {
      +[](const Batch& v) { return Batch(log(v)); }, +[](const Batch& v) { return Batch(log1p(v)); },
      +[](const Batch& v) { return kernels::sin(v); }, +[](const Batch& v) { return kernels::cos(v); }};
  for (const T x : {T(0.75), T(1e-3), T(3), T(1e-40), T(-0.5), T(50), T(900)}) {
    for (const T neighbour : {T(0), T(-1), T(-2), T(1e-40), T(1e30), std::numeric_limits<T>::infinity()}) {
      alignas(64) T lanes[Batch::size];
      Batch(neighbour).store_aligned(lanes);
      lanes[1] = x;
      for (auto* f : functions) {
        alignas(64) T alone[Batch::size], mixed[Batch::size];
        f(Batch(x)).store_aligned(alone);
        f(Batch::load_aligned(lanes)).store_aligned(mixed);
        EXPECT_EQ(std::memcmp(alone + 1, mixed + 1, sizeof(T)), 0) << x << " beside " << neighbour;
      }
    }
  }
}

TEST(MathKernel, ALaneDoesNotDependOnItsNeighbours) {
  check_neighbours<float>();
  check_neighbours<double>();
}

}  // namespace
}  // namespace xtape::kernels

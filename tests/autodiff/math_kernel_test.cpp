// The elementary functions of float32 against the C library's in float64, over all floats: a sample of every sign,
// exponent and mantissa here, each single one with XTAPE_ALL_FLOATS=1 (half a minute).

#include "autodiff/kernels/math.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace xtape::kernels {
namespace {

using Floats = xsimd::batch<float>;

// |got - exact| in units in the last place of a float of exact's size; infinite where got is of another kind.
double error(float got, double exact) {
  constexpr double kWrong = std::numeric_limits<double>::infinity();
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) && std::isnan(got) ? 0 : kWrong;
  if (exact == 0) return got == 0 && std::signbit(got) == std::signbit(exact) ? 0 : kWrong;
  if (std::isinf(float(exact)) || std::isinf(got)) return got == float(exact) ? 0 : kWrong;
  const double unit = std::ldexp(1.0, std::max(std::ilogb(exact) - 23, -149));
  return std::abs(double(got) - exact) / unit;
}

template <class F, class Exact>
void expect_within(double units, F f, Exact exact) {
  const std::uint64_t stride = std::getenv("XTAPE_ALL_FLOATS") != nullptr ? 1 : 4099;  // a prime: all low bits occur
  double worst = 0;
  float worst_at = 0;
  for (std::uint64_t first = 0; first < (std::uint64_t(1) << 32); first += stride * Floats::size) {
    alignas(64) float x[Floats::size], y[Floats::size];
    for (std::size_t lane = 0; lane < Floats::size; ++lane) {
      x[lane] = std::bit_cast<float>(std::uint32_t(first + lane * stride));
    }
    f(Floats::load_aligned(x)).store_aligned(y);
    for (std::size_t lane = 0; lane < Floats::size; ++lane) {
      const double e = error(y[lane], exact(double(x[lane])));
      if (e > worst) {
        worst = e;
        worst_at = x[lane];
      }
    }
  }
  EXPECT_LT(worst, units) << "at " << worst_at;
  EXPECT_GT(worst, 0.4);  // else nothing was tried
}

TEST(MathKernel, Exp) {
  expect_within(
      1.2, [](const Floats& x) { return exp(x); }, [](double x) { return std::exp(x); });
}
TEST(MathKernel, Expm1) {
  expect_within(
      1.8, [](const Floats& x) { return expm1(x); }, [](double x) { return std::expm1(x); });
}
TEST(MathKernel, Log) {
  expect_within(
      1.1, [](const Floats& x) { return log(x); }, [](double x) { return std::log(x); });
}
TEST(MathKernel, Log1p) {
  expect_within(
      1.1, [](const Floats& x) { return log1p(x); }, [](double x) { return std::log1p(x); });
}
TEST(MathKernel, Tanh) {
  expect_within(
      1.4, [](const Floats& x) { return tanh(x); }, [](double x) { return std::tanh(x); });
}

// What one lane holds does not change the others: the paths for rare values are taken by whole batches.
TEST(MathKernel, ALaneDoesNotDependOnItsNeighbours) {
  for (const float x : {0.75F, 1e-3F, 3.0F, 1e-40F, -0.5F}) {
    const Floats alone(x);
    for (const float neighbour : {0.0F, -1.0F, -2.0F, 1e-40F, std::numeric_limits<float>::infinity()}) {
      alignas(64) float lanes[Floats::size];
      Floats(neighbour).store_aligned(lanes);
      lanes[1] = x;
      const Floats mixed = Floats::load_aligned(lanes);
      for (auto* f : {+[](const Floats& v) { return log(v); }, +[](const Floats& v) { return log1p(v); }}) {
        alignas(64) float a[Floats::size], b[Floats::size];
        f(alone).store_aligned(a);
        f(mixed).store_aligned(b);
        EXPECT_EQ(std::bit_cast<std::uint32_t>(a[1]), std::bit_cast<std::uint32_t>(b[1]))
            << x << " beside " << neighbour;
      }
    }
  }
}

}  // namespace
}  // namespace xtape::kernels

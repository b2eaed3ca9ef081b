// Distributions of large concentrations, rates and counts: densities, entropies, divergences and their slopes have
// their digits in both precisions, though the usual forms are differences of numbers that are a million times as large.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

const Golden& golden() {
  static const Golden values("large_concentrations");
  return values;
}

/// f of the arguments in each row of make_large_concentrations.py, and its slopes.
template <class T, std::size_t N, class F>
void expect_digits(const std::string& name, const F& f, double tolerance, double slope_tolerance) {
  const Array<double>& rows = golden()[name];
  ASSERT_EQ(rows.shape()[1], 2 * N + 1) << name;
  for (std::size_t i = 0; i < rows.shape()[0]; ++i) {
    Tape<T> tape;
    std::vector<Var<T>> x;
    std::string at = name + (sizeof(T) == 4 ? " in float at" : " in double at");
    for (std::size_t k = 0; k < N; ++k) {
      x.push_back(tape.watch(full<T>({}, T(rows(i, k)))));
      at += " " + std::to_string(rows(i, k));
    }
    const Var<T> y = f(x);
    const auto near = [&](double got, double expected, double least, double relative) {
      return std::abs(got - expected) <= relative * (std::abs(expected) + least);
    };
    EXPECT_TRUE(near(double(y.item()), rows(i, N), 1, tolerance))
        << at << ": " << y.item() << " and not " << rows(i, N);
    const auto slopes = tape.gradient(y, x, {.allow_unused = true});
    for (std::size_t k = 0; k < N; ++k) {
      // Against the change of the value by one part: a slope that small does not matter.
      const double expected = rows(i, N + 1 + k), least = 1 / (std::abs(rows(i, k)) + 1e-30);
      EXPECT_TRUE(near(double(slopes[k]()), expected, least, slope_tolerance))
          << at << ", slope " << k << ": " << slopes[k]() << " and not " << expected;
    }
  }
}
template <std::size_t N, class F>
void expect_digits(const std::string& name, const F& f) {
  expect_digits<float, N>(name, f, 1e-5, 1e-3);
  expect_digits<double, N>(name, f, 1e-12, 1e-9);
}

/// A count has no slope that counts.
template <class T>
Var<T> count(const Var<T>& x) {
  return stop_gradient(x);
}

TEST(LargeConcentrations, Densities) {
  expect_digits<3>("Gamma", [](const auto& x) { return Gamma{x[1], x[2]}.log_prob(x[0]); });
  expect_digits<3>("InverseGamma", [](const auto& x) { return InverseGamma{x[1], x[2]}.log_prob(x[0]); });
  expect_digits<3>("Beta", [](const auto& x) { return Beta{x[1], x[2]}.log_prob(x[0]); });
  expect_digits<4>("Dirichlet", [](const auto& x) {
    return Dirichlet{stack({x[1], x[2], x[3]})}.log_prob(stack({x[0], x[0], 1.0 - 2.0 * x[0]}));
  });
  expect_digits<2>("Poisson", [](const auto& x) { return Poisson{x[1]}.log_prob(count(x[0])); });
  expect_digits<3>("Binomial", [](const auto& x) { return Binomial{x[1], x[2]}.log_prob(count(x[0])); });
  expect_digits<3>("NegativeBinomial", [](const auto& x) {
    return NegativeBinomial{x[1], x[2]}.log_prob(count(x[0]));
  });
  expect_digits<4>("StudentT", [](const auto& x) { return StudentT{x[1], x[2], x[3]}.log_prob(x[0]); });
}

TEST(LargeConcentrations, Entropies) {
  expect_digits<2>("Gamma::entropy", [](const auto& x) { return Gamma{x[0], x[1]}.entropy(); });
  expect_digits<2>("InverseGamma::entropy", [](const auto& x) { return InverseGamma{x[0], x[1]}.entropy(); });
  expect_digits<2>("Beta::entropy", [](const auto& x) { return Beta{x[0], x[1]}.entropy(); });
  expect_digits<3>("Dirichlet::entropy", [](const auto& x) { return Dirichlet{stack({x[0], x[1], x[2]})}.entropy(); });
  expect_digits<2>("StudentT::entropy", [](const auto& x) { return StudentT{x[0], 0.0 * x[0], x[1]}.entropy(); });
}

TEST(LargeConcentrations, Divergences) {
  expect_digits<4>("kl_of_Gamma", [](const auto& x) { return kl(Gamma{x[0], x[1]}, Gamma{x[2], x[3]}); });
  expect_digits<4>("kl_of_Beta", [](const auto& x) { return kl(Beta{x[0], x[1]}, Beta{x[2], x[3]}); });
  expect_digits<6>("kl_of_Dirichlet", [](const auto& x) {
    return kl(Dirichlet{stack({x[0], x[1], x[2]})}, Dirichlet{stack({x[3], x[4], x[5]})});
  });
}

TEST(LargeConcentrations, DivergencesOfRatesFarApart) {
  Tape<double> tape;
  const Var<double> r = tape.watch(1e300), q = tape.watch(1e-300);
  EXPECT_NEAR(kl(Gamma{2.0, r}, Gamma{3.0, q}).item(),
              3 * 600 * std::log(10.0) - 2 + std::log(2.0) - 0.42278433509846713, 1e-11);
  EXPECT_DOUBLE_EQ(tape.gradient(kl(Gamma{2.0, r}, Gamma{3.0, q}), q)(), -3e300);
  EXPECT_EQ(kl(Gamma{2.0, q}, Gamma{3.0, r}).item(), std::numeric_limits<double>::infinity());
}

TEST(LargeConcentrations, ADivergenceFromItselfIsZero) {
  for (const float a : {1e-3f, 3.0f, 1e6f}) {
    EXPECT_EQ(kl(Gamma{a, 7.0f}, Gamma{a, 7.0f}).item(), 0);
    EXPECT_EQ(kl(Beta{a, 7.0f}, Beta{a, 7.0f}).item(), 0);
    const std::vector<float> all{a, 1.5f * a, 7.0f};
    EXPECT_EQ(kl(Dirichlet{all}, Dirichlet{all}).item(), 0);
  }
}

}  // namespace
}  // namespace xtape::nn

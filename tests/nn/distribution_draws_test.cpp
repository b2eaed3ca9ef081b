// Properties of distributions: densities integrate to one, draws follow them, gradients through draws are those of
// expectations, and the score has the mean 0.

#include "nn/nn.hpp"
#include "tests/draws.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using Vars = std::vector<Var<double>>;

enum class Support { kReal, kPositive, kUnit, kCounts };

/// How many draws: 1e6 and more by hand.
std::size_t draws() {
  const char* const text = std::getenv("XTAPE_DRAWS");
  return text == nullptr ? 3'000 : std::size_t(std::atoll(text));
}

std::vector<double> values(const Array<double>& array) {
  return {array.data(), array.data() + array.size()};
}

/// Of a sample: the distance of its mean from what it should be, in standard errors.
double errors_off(const Array<double>& sample, double expected) {
  const double n = double(sample.size());
  double sum = 0, squares = 0;
  for (const double x : sample) sum += (x - expected) / n;
  for (const double x : sample) squares += (x - expected - sum) * (x - expected - sum) / n;
  return std::abs(sum) <= 1e-12 * (1 + std::abs(expected)) ? 0 : std::abs(sum) / std::sqrt(squares / n);
}

/// ∫ p(x) dx by the trapezoidal rule after a double exponential change of variable (Takahasi and Mori, 1974).
template <class P>
double integral(const P& p, Support support) {
  constexpr double kStep = 1.0 / 128, half_pi = std::numbers::pi / 2;
  std::vector<double> x, weight;
  for (double t = -5; t <= 5; t += kStep) {
    const double s = half_pi * std::sinh(t), slope = half_pi * std::cosh(t) * kStep;
    if (support != Support::kUnit) {
      x.push_back(std::exp(s));
      weight.push_back(std::exp(s) * slope);
      if (support == Support::kPositive) continue;
      x.push_back(-x.back());
      weight.push_back(weight.back());
    } else if (std::abs(s) < 17) {  // x is not yet rounded to an end
      x.push_back(1 / (1 + std::exp(-2 * s)));
      weight.push_back(slope / (2 * std::cosh(s) * std::cosh(s)));
    }
  }
  return sum(exp(p.log_prob(Var<double>(x))) * Var<double>(weight)).item();
}

/// All properties of one distribution; `score`, `path`: of these parameters.
template <class Make>
void expect_properties(const std::string& name, const std::vector<double>& parameters, Support support,
                       const Make& make, bool has_moments = true, bool has_score = true) {
  SCOPED_TRACE(name);
  const std::size_t n = draws();
  const bool counts = support == Support::kCounts;
  const double bound = 4.5;  // standard errors: p = 7e-6
  const Vars numbers(parameters.begin(), parameters.end());
  const auto p = make(numbers);
  if (counts) {
    const Array<double> k = arange<double>(0, 2000, 1);
    EXPECT_NEAR(sum(exp(p.log_prob(k))).item(), 1, 1e-11);
  } else {
    EXPECT_NEAR(integral(p, support), 1, 1e-8);
  }
  Random rng(7);
  const Array<double> x = p.sample(rng, {n}).value();
  if (counts) {
    const auto mass = [&](double k) { return std::exp(p.log_prob(k).item()); };
    EXPECT_LT(std::abs(chi_square_score(values(x), mass)), bound);
  } else {
    EXPECT_LT(kolmogorov_smirnov(values(p.cdf(x).value()), [](double u) { return u; }), 1.95);
  }
  if (has_moments) {
    EXPECT_LT(errors_off(x, p.mean().item()), bound) << "mean";
    EXPECT_LT(errors_off(square(Var<double>(x) - p.mean()).value(), p.variance().item()), bound) << "variance";
  }
  // Each draw with parameters of its own, so that each has a gradient of its own.
  Tape<double> tape;
  Vars each;
  for (const double parameter : parameters) each.push_back(tape.watch(full<double>({n}, parameter)));
  const auto q = make(each).with_event_dims(0);
  if (has_score) {
    const auto score = tape.gradient(sum(q.log_prob(x)), each, {.retain = true});
    for (std::size_t k = 0; k < each.size(); ++k) {
      if (name == "Binomial" && k == 0) continue;  // a count is no parameter of that kind
      EXPECT_LT(errors_off(score[k], 0), bound) << "score of parameter " << k;
    }
  }
  if (counts || !has_moments) return;
  const Var<double> draw = q.sample(rng), mean = q.mean(), second = q.variance() + square(mean);
  const auto expected = tape.gradient(sum(mean), each, {.retain = true});
  const auto expected_second = tape.gradient(sum(second), each, {.retain = true});
  const auto slope = tape.gradient(sum(draw), each, {.retain = true});
  const auto slope_second = tape.gradient(sum(square(draw)), each);
  for (std::size_t k = 0; k < each.size(); ++k) {
    EXPECT_LT(errors_off(slope[k], expected[k](0)), bound) << "slope of E[x] in parameter " << k;
    EXPECT_LT(errors_off(slope_second[k], expected_second[k](0)), bound) << "slope of E[x^2] in parameter " << k;
  }
}

TEST(Properties, OfRealNumbers) {
  using enum Support;
  expect_properties("Normal", {0.3, -0.5}, kReal, [](const Vars& p) { return Normal{p[0], p[1]}; });
  expect_properties("Laplace", {0, 1.5}, kReal, [](const Vars& p) { return Laplace{p[0], p[1]}; });
  expect_properties(
      "Cauchy", {0.3, 1.5}, kReal,
      [](const Vars& p) {
        return Cauchy{p[0], p[1]};
      },
      false);
  expect_properties("StudentT", {9, 0.3, 1.5}, kReal, [](const Vars& p) { return StudentT{p[0], p[1], p[2]}; });
}

TEST(Properties, OfPositiveNumbers) {
  using enum Support;
  expect_properties("Exponential", {1.5}, kPositive, [](const Vars& p) { return Exponential{p[0]}; });
  expect_properties("LogNormal", {0.3, -1}, kPositive, [](const Vars& p) { return LogNormal{p[0], p[1]}; });
  for (const double a : {0.3, 1.0, 7.0}) {
    expect_properties("Gamma", {a, 1.5}, kPositive, [](const Vars& p) { return Gamma{p[0], p[1]}; });
  }
  expect_properties("InverseGamma", {10, 1.5}, kPositive, [](const Vars& p) { return InverseGamma{p[0], p[1]}; });
}

TEST(Properties, OfNumbersBelowOne) {
  using enum Support;
  expect_properties(
      "Uniform", {0, 1}, kUnit,
      [](const Vars& p) {
        return Uniform{p[0], p[1]};
      },
      true, false);
  expect_properties("Beta", {2, 3.5}, kUnit, [](const Vars& p) { return Beta{p[0], p[1]}; });
  expect_properties("Beta", {0.7, 0.9}, kUnit, [](const Vars& p) { return Beta{p[0], p[1]}; });
  for (const double l : {-3.0, 0.01, 0.0, 5.0}) {
    expect_properties("ContinuousBernoulli", {l}, kUnit, [](const Vars& p) { return ContinuousBernoulli{p[0]}; });
  }
}

TEST(Properties, OfCounts) {
  using enum Support;
  expect_properties("Poisson", {3.5}, kCounts, [](const Vars& p) { return Poisson{p[0]}; });
  expect_properties("Poisson", {80}, kCounts, [](const Vars& p) { return Poisson{p[0]}; });
  expect_properties("Binomial", {20, 0.5}, kCounts, [](const Vars& p) { return Binomial{p[0], p[1]}; });
  expect_properties("NegativeBinomial", {2.5, 0.7}, kCounts, [](const Vars& p) {
    return NegativeBinomial{p[0], p[1]};
  });
}

// ---- Draws of small numbers, and gradients of second order ----

TEST(Draws, OfSmallConcentrationsAreFiniteWithTheirGradients) {
  Random rng(1);
  Tape<float> tape;
  const Var<float> a = tape.watch(full<float>({1000}, 1e-3f));
  for (const auto& draw : {Gamma{a, 1.0}.sample(rng), Beta{a, a}.sample(rng)}) {
    const Array<float> slope = tape.gradient(sum(draw), a, {.retain = true});
    for (std::size_t i = 0; i < 1000; ++i) {
      ASSERT_TRUE(std::isfinite(draw.value()(i)) && std::isfinite(slope(i)));
    }
  }
}

// d²/da² of a draw at a fixed u: the slope of the slopes, beside a difference quotient of the quantile.
TEST(Draws, OfGammaNumbersHaveSecondDerivatives) {
  const double a0 = 1.7, h = 1e-4;
  const auto draw = [](const auto& a) {
    Random rng(3);
    return sum(Gamma{a, 1.0}.sample(rng));
  };
  const double z = draw(Var<double>(a0)).item(), u = gammainc(Var<double>(a0), z).item();
  const auto quantile = [&](double a) {  // by Newton's method from z
    double x = z;
    for (int i = 0; i < 50; ++i) {
      x -= (gammainc(Var<double>(a), x).item() - u) / std::exp(Gamma{a, 1.0}.log_prob(x).item());
    }
    return x;
  };
  const double first = (quantile(a0 + h) - quantile(a0 - h)) / (2 * h);
  const double second = (quantile(a0 + h) - 2 * z + quantile(a0 - h)) / (h * h);
  EXPECT_NEAR(grad(draw)(a0)(), first, 1e-7);
  EXPECT_NEAR(hessian(draw)(a0)(), second, 1e-5);
}

TEST(Draws, OfTheSameSeedAreTheSame) {
  Random a(5), b(5);
  const Gamma p{std::vector{0.5, 3.0}, 2.0};
  EXPECT_EQ(values(p.sample(a, {10}).value()), values(p.sample(b, {10}).value()));
}

}  // namespace
}  // namespace xtape::nn

// Distributions: densities, moments and divergences beside mpmath, SciPy and PyTorch; shapes and events; what they
// refuse.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using Vars = std::vector<Var<double>>;

const Golden& golden() {
  static const Golden values("distributions");
  return values;
}

// How far values and slopes may be off, relative to 1 + |expected|; slopes of incomplete functions and of cancelling
// gamma functions at large arguments are a little further off.
struct Tolerance {
  double value = 1e-12, slope = 1e-11, moment = 1e-12;
};

/// Each case of the golden file by itself, as one element of a batch whose elements are no event.
template <class Make>
void expect_golden(const std::string& name, std::size_t parameters, bool whole, const Make& make,
                   const Tolerance& tolerance = {}) {
  SCOPED_TRACE(name);
  Tape<double> tape;
  Vars leaves{tape.watch(golden()[name + "_x"])}, p;
  for (std::size_t k = 0; k < parameters; ++k) {
    p.push_back(tape.watch(golden()[name + "_p" + std::to_string(k)]));
    leaves.push_back(p.back());
  }
  const auto distribution = make(p).with_event_dims(0);
  const Var<double> log_prob = distribution.log_prob(leaves[0]);
  EXPECT_TRUE(close(log_prob.value(), golden()[name + "_log_prob"], tolerance.value)) << "log_prob";
  const auto slopes = tape.gradient(sum(log_prob), leaves);
  if (!whole) {
    EXPECT_TRUE(close(slopes[0], golden()[name + "_dx"], tolerance.slope)) << "slope in x";
  }
  for (std::size_t k = 0; k < parameters; ++k) {
    EXPECT_TRUE(close(slopes[k + 1], golden()[name + "_dp" + std::to_string(k)], tolerance.slope))
        << "slope in parameter " << k;
  }
  const auto finite = [&](const Array<double>& got, const char* what) {  // infinite moments are equal
    Array<double> a = got, b = golden()[name + "_" + what];
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a(i) == b(i) || (std::isnan(a(i)) && std::isnan(b(i)))) a(i) = b(i) = 0;
    }
    EXPECT_TRUE(close(a, b, tolerance.moment)) << what;
  };
  finite(distribution.mean().value(), "mean");
  finite(distribution.variance().value(), "variance");
  if constexpr (requires { distribution.entropy(); }) finite(distribution.entropy().value(), "entropy");
  if constexpr (requires { distribution.cdf(leaves[0]); }) finite(distribution.cdf(leaves[0]).value(), "cdf");
}

TEST(Golden, Families) {
  expect_golden("normal", 2, false, [](const Vars& p) { return Normal{p[0], p[1]}; });
  expect_golden("bernoulli", 1, true, [](const Vars& p) { return Bernoulli{p[0]}; });
  expect_golden("laplace", 2, false, [](const Vars& p) { return Laplace{p[0], p[1]}; });
  expect_golden("cauchy", 2, false, [](const Vars& p) { return Cauchy{p[0], p[1]}; });
  expect_golden("uniform", 2, false, [](const Vars& p) { return Uniform{p[0], p[1]}; });
  expect_golden("exponential", 1, false, [](const Vars& p) { return Exponential{p[0]}; });
  expect_golden("log_normal", 2, false, [](const Vars& p) { return LogNormal{p[0], p[1]}; });
  expect_golden("gamma", 2, false, [](const Vars& p) { return Gamma{p[0], p[1]}; });
  expect_golden("inverse_gamma", 2, false, [](const Vars& p) { return InverseGamma{p[0], p[1]}; });
  expect_golden("beta", 2, false, [](const Vars& p) { return Beta{p[0], p[1]}; });
  expect_golden("student_t", 3, false, [](const Vars& p) { return StudentT{p[0], p[1], p[2]}; });
  expect_golden("poisson", 1, true, [](const Vars& p) { return Poisson{p[0]}; });
  expect_golden("binomial", 2, true, [](const Vars& p) { return Binomial{p[0], p[1]}; });
  expect_golden("negative_binomial", 2, true, [](const Vars& p) { return NegativeBinomial{p[0], p[1]}; });
  expect_golden("continuous_bernoulli", 1, false, [](const Vars& p) { return ContinuousBernoulli{p[0]}; });
}

template <class Make>
void expect_golden_kl(const std::string& name, std::size_t parameters, std::size_t event_dims, const Make& make) {
  SCOPED_TRACE(name);
  Tape<double> tape;
  Vars p;
  for (std::size_t k = 0; k < 2 * parameters; ++k) {
    p.push_back(tape.watch(golden()["kl_" + name + "_" + std::to_string(k)]));
  }
  const Vars first(p.begin(), p.begin() + std::ptrdiff_t(parameters)),
      second(p.begin() + std::ptrdiff_t(parameters), p.end());
  const Var<double> divergence = kl(make(first).with_event_dims(event_dims), make(second).with_event_dims(event_dims));
  EXPECT_TRUE(close(divergence.value(), golden()["kl_" + name], 1e-11));
  const auto slopes = tape.gradient(sum(divergence), p);
  for (std::size_t k = 0; k < p.size(); ++k) {
    EXPECT_TRUE(close(slopes[k], golden()["kl_" + name + "_d" + std::to_string(k)], 1e-10)) << "slope in " << k;
  }
}

TEST(Golden, Divergences) {
  expect_golden_kl("normal", 2, 0, [](const Vars& p) { return Normal{p[0], p[1]}; });
  expect_golden_kl("bernoulli", 1, 0, [](const Vars& p) { return Bernoulli{p[0]}; });
  expect_golden_kl("laplace", 2, 0, [](const Vars& p) { return Laplace{p[0], p[1]}; });
  expect_golden_kl("exponential", 1, 0, [](const Vars& p) { return Exponential{p[0]}; });
  expect_golden_kl("uniform", 2, 0, [](const Vars& p) { return Uniform{p[0], p[1]}; });
  expect_golden_kl("gamma", 2, 0, [](const Vars& p) { return Gamma{p[0], p[1]}; });
  expect_golden_kl("beta", 2, 0, [](const Vars& p) { return Beta{p[0], p[1]}; });
  expect_golden_kl("poisson", 1, 0, [](const Vars& p) { return Poisson{p[0]}; });
  expect_golden_kl("log_normal", 2, 0, [](const Vars& p) { return LogNormal{p[0], p[1]}; });
}

// ---- Types, shapes and events ----

TEST(Distributions, TakeMixturesOfVarsParametersArraysAndNumbers) {
  const Parameter<float> mu(std::vector<float>{1, 2});
  const xt::xarray<float> log_sigma{0.5f, 0.25f};
  static_assert(std::same_as<decltype(Normal{mu, 0.0}), Normal<float>>);
  static_assert(std::same_as<decltype(Normal{0, log_sigma}), Normal<float>>);
  static_assert(std::same_as<decltype(Normal{0, 0.5}), Normal<double>>);
  static_assert(std::same_as<decltype(Normal{std::vector<double>{1}, Var<double>(0.0)}), Normal<double>>);
  static_assert(std::same_as<decltype(Bernoulli{mu}), Bernoulli<float>>);
  const Normal n{mu, log_sigma};
  static_assert(std::same_as<decltype(Normal{n}), Normal<float>>);  // a copy
  const Normal<double> written{std::vector{1, 2}, 0};
  EXPECT_EQ(written.shape(), Shape{2});
  EXPECT_TRUE(close(n.mean().value(), {1, 2}));
  EXPECT_NEAR(n.variance().value()(1), std::exp(0.5f), 1e-6);
}

TEST(Distributions, SumOverTheLastDimensionUnlessToldOtherwise) {
  Random rng(1);
  const Array<double> mu = rng.normal<double>({3, 4}), x = rng.normal<double>({3, 4});
  const Normal p{mu, 0.0};
  const Var<double> each = p.with_event_dims(0).log_prob(x);
  EXPECT_EQ(each.shape(), (Shape{3, 4}));
  EXPECT_EQ(p.event_dims(), 1u);
  EXPECT_TRUE(close(p.log_prob(x).value(), sum(each, -1).value()));
  EXPECT_TRUE(close(p.with_event_dims(2).log_prob(x).value(), sum(each).value()));
  EXPECT_TRUE(close(p.log_prob(x).value(), normal_log_prob(x, mu, 0.0).value(), 0));
  EXPECT_EQ(p.log_prob(rng.normal<double>({5, 3, 4})).shape(), (Shape{5, 3}));
  EXPECT_EQ(p.with_event_dims(2).log_prob(rng.normal<double>({5, 3, 4})).shape(), Shape{5});
  EXPECT_EQ(p.entropy().shape(), Shape{3});
  EXPECT_EQ(p.with_event_dims(0).entropy().shape(), (Shape{3, 4}));
  EXPECT_EQ(p.cdf(x).shape(), (Shape{3, 4}));
  EXPECT_EQ(kl(p, p).shape(), Shape{3});
  EXPECT_EQ(kl(p.with_event_dims(2), p.with_event_dims(2)).shape(), Shape{});
}

TEST(Distributions, OfNumbersAreThatOfEachElement) {
  const xt::xarray<double> x{{0, 1, 2}, {3, 4, 5}};
  const Normal standard{0, 0};
  EXPECT_EQ(standard.event_dims(), 0u);
  EXPECT_EQ(standard.shape(), Shape{});
  EXPECT_EQ(standard.log_prob(x).shape(), (Shape{2, 3}));
  EXPECT_EQ(standard.log_prob(0.5).shape(), Shape{});
  EXPECT_EQ(standard.mean().shape(), Shape{});
  Random rng(1);
  EXPECT_EQ(standard.sample(rng).shape(), Shape{});
  EXPECT_EQ(standard.sample(rng, {7, 2}).shape(), (Shape{7, 2}));
  EXPECT_EQ((Normal{x, 0}.sample(rng, {7}).shape()), (Shape{7, 2, 3}));
  // As a prior it counts for each number of an event.
  EXPECT_TRUE(close(kl(Normal{x, 0.1}, standard).value(), kl_standard_normal(x, 0.1).value()));
  EXPECT_TRUE(close(kl(standard, Normal{x, 0.1}).value(), normal_kl(zeros<double>({2, 3}), 0, x, 0.1).value()));
}

TEST(Distributions, RefuseWhatDoesNotFit) {
  const auto zero = [](const Shape& shape) { return zeros<double>(shape); };
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    Normal{zero({3}), zero({4})};
                  }),
                  {"[Normal] shapes do not broadcast: (3,) and (4,)"}));
  const Normal p{zero({3, 4}), 0.0};
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    p.log_prob(zero({3, 1}));
                  }),
                  {"[normal_log_prob] x must have the last dimension", "x is (3, 1)", "mu is (3, 4)"}));
  EXPECT_THROW(p.log_prob(zero({5})), ShapeError);
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    p.with_event_dims(2).log_prob(zero({1, 4}));
                  }),
                  {"[normal_log_prob] an event of shape (3, 4) expected", "x is (1, 4)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { Normal(0, 0).with_event_dims(1); }),
                  {"[Normal] an event of at most the 0 dimensions of shape ()", "got 1"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { kl(p, p.with_event_dims(0)); }), {"[normal_kl]", "with_event_dims"}));
  EXPECT_THROW((Bernoulli{zero({2})}.log_prob(std::vector{0.5, 2.0})), DataError);
}

TEST(Distributions, RefuseParametersOutsideOfTheirDomains) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(has(message_of<DataError>([&] {
                    Laplace{0, std::vector{1.0, -0.5}};
                  }),
                  {"[Laplace] scale: numbers above 0 expected, but element 1 of shape (2,) is -0.5"}));
  EXPECT_TRUE(has(message_of<DataError>([&] { Poisson{-1.0}; }), {"[Poisson] rate: numbers of at least 0 expected"}));
  EXPECT_TRUE(has(message_of<DataError>([&] {
                    Binomial{2.5, 0.0};
                  }),
                  {"[Binomial] count: whole numbers of at least 0"}));
  EXPECT_TRUE(has(message_of<DataError>([&] { Uniform{1.0, 1.0}; }), {"[Uniform] high - low: numbers above 0"}));
  for (const double bad : {0.0, -1.0, nan}) {
    EXPECT_THROW((Laplace{0, bad}), DataError);
    EXPECT_THROW((Cauchy{0, bad}), DataError);
    EXPECT_THROW((Exponential{bad}), DataError);
    EXPECT_THROW((Gamma{bad, 1}), DataError);
    EXPECT_THROW((Gamma{1, bad}), DataError);
    EXPECT_THROW((InverseGamma{1, bad}), DataError);
    EXPECT_THROW((Beta{bad, 1}), DataError);
    EXPECT_THROW((StudentT{bad, 0, 1}), DataError);
    EXPECT_THROW((StudentT{1, 0, bad}), DataError);
    EXPECT_THROW((NegativeBinomial{bad, 0}), DataError);
  }
  EXPECT_TRUE(std::isnan(Normal{nan, 0}.log_prob(0.0).item()));  // any number: NaN shows in what is computed
}

// Where x cannot be drawn the density is 0, and slopes are 0 rather than NaN.
TEST(Distributions, HaveNoDensityOutsideOfTheirSupport) {
  const auto expect_none = [](const auto& p, const std::vector<double>& outside) {
    Tape<double> tape;
    const Var<double> x = tape.watch(outside), density = p.log_prob(x);
    const Array<double> slope = tape.gradient(sum(density), x);
    for (std::size_t i = 0; i < outside.size(); ++i) {
      EXPECT_EQ(density.value()(i), -std::numeric_limits<double>::infinity()) << outside[i];
      EXPECT_EQ(slope(i), 0) << outside[i];
    }
  };
  expect_none(Uniform{0, 1}, {-0.1, 1.1});
  expect_none(Exponential{1}, {-0.1});
  expect_none(LogNormal{0, 0}, {-1, 0});
  expect_none(Gamma{2, 1}, {-1});
  expect_none(InverseGamma{2, 1}, {-1, 0});
  expect_none(Beta{2, 2}, {-0.1, 1.1});
  expect_none(Poisson{2}, {-1, 0.5});
  expect_none(Binomial{3, 0}, {-1, 0.5, 4});
  expect_none(NegativeBinomial{3, 0}, {-1, 0.5});
  expect_none(ContinuousBernoulli{1}, {-0.1, 1.1});
}

// Parameters of examples inside vmap are taken, unchecked, and give each example's density.
TEST(Distributions, WorkInsideOfVmap) {
  const xt::xarray<double> scale{1, 2, 3}, x{0.5, 0.25, -1};
  const auto density = [](const auto& s, const auto& v) { return Laplace{0, s}.log_prob(v); };
  EXPECT_TRUE(close(vmap(density)(scale, x).value(), Laplace{0, scale}.with_event_dims(0).log_prob(x).value()));
}

TEST(KlMonteCarlo, TendsToTheClosedForm) {
  Random rng(1);
  const Array<double> mu = rng.normal<double>({3, 2});
  const Normal p{mu, -0.5}, q{0, 0};
  const Array<double> exact = kl(p, q).value(), estimate = kl_monte_carlo(p, q, rng, 20'000).value();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(estimate(i), exact(i), 0.05);
  // Gradients go through the draws.
  const auto of_mu = [&](const auto& divergence) {
    Tape<double> tape;
    const Var<double> m = tape.watch(mu);
    return tape.gradient(sum(divergence(Normal{m, -0.5})), m);
  };
  const Array<double> slope = of_mu([&](const auto& n) { return kl_monte_carlo(n, q, rng, 20'000); });
  EXPECT_TRUE(close(slope, of_mu([&](const auto& n) { return kl(n, q); }), 0.03));
  EXPECT_TRUE(has(message_of<Error>([&] { kl_monte_carlo(p, q, rng, 0); }), {"[kl_monte_carlo]"}));
}

TEST(Likelihoods, MakeDistributionsOfAnOutput) {
  Random rng(1);
  const Var<double> output(rng.normal<double>({3, 4}));
  const GaussianLikelihood<double> gaussian(Sigma::kShared, 4, 0.5);
  EXPECT_TRUE(close(gaussian.distribution(output).variance().value(), full<double>({3, 4}, 0.25)));
  EXPECT_TRUE(close(BernoulliLikelihood<double>().distribution(output).mean().value(), sigmoid(output).value()));
}

}  // namespace
}  // namespace xtape::nn

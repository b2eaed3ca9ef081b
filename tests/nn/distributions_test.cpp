// Distributions: densities, moments and divergences beside mpmath, SciPy and PyTorch; shapes and events; what they
// refuse.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <numbers>
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
  const auto recorded = tape.gradient(sum(log_prob), leaves, {.record = true});  // for a second derivative
  const auto slopes = tape.gradient(sum(log_prob), leaves);
  for (std::size_t k = whole ? 1 : 0; k <= parameters; ++k) {
    const auto& expected = golden()[name + (k == 0 ? "_dx" : "_dp" + std::to_string(k - 1))];
    EXPECT_TRUE(close(slopes[k], expected, tolerance.slope)) << "slope in x, or a parameter: " << k;
    EXPECT_TRUE(close(recorded[k].value(), expected, tolerance.slope)) << "recorded slope in " << k;
  }
  std::vector<Var<float>> narrow;
  for (const Var<double>& each : p) narrow.emplace_back(xt::cast<float>(each.value()));
  const Var<float> in_float =
      make(narrow).with_event_dims(0).log_prob(Array<float>(xt::cast<float>(leaves[0].value())));
  EXPECT_TRUE(close(in_float.value(), golden()[name + "_log_prob"], 2e-4)) << "log_prob in float";
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
  expect_golden("normal", 2, false, [](const auto& p) { return Normal{p[0], p[1]}; });
  expect_golden("bernoulli", 1, true, [](const auto& p) { return Bernoulli{p[0]}; });
  expect_golden("laplace", 2, false, [](const auto& p) { return Laplace{p[0], p[1]}; });
  expect_golden("cauchy", 2, false, [](const auto& p) { return Cauchy{p[0], p[1]}; });
  expect_golden("uniform", 2, false, [](const auto& p) { return Uniform{p[0], p[1]}; });
  expect_golden("exponential", 1, false, [](const auto& p) { return Exponential{p[0]}; });
  expect_golden("log_normal", 2, false, [](const auto& p) { return LogNormal{p[0], p[1]}; });
  expect_golden("gamma", 2, false, [](const auto& p) { return Gamma{p[0], p[1]}; });
  expect_golden("inverse_gamma", 2, false, [](const auto& p) { return InverseGamma{p[0], p[1]}; });
  expect_golden("beta", 2, false, [](const auto& p) { return Beta{p[0], p[1]}; });
  expect_golden("student_t", 3, false, [](const auto& p) { return StudentT{p[0], p[1], p[2]}; });
  expect_golden("poisson", 1, true, [](const auto& p) { return Poisson{p[0]}; });
  expect_golden("binomial", 2, true, [](const auto& p) { return Binomial{p[0], p[1]}; });
  expect_golden("negative_binomial", 2, true, [](const auto& p) { return NegativeBinomial{p[0], p[1]}; });
  expect_golden("von_mises", 2, false, [](const auto& p) { return VonMises{p[0], p[1]}; });
  expect_golden("continuous_bernoulli", 1, false, [](const auto& p) { return ContinuousBernoulli{p[0]}; });
}

template <class Make>
void expect_golden_kl(const std::string& name, std::size_t parameters, const Make& make) {
  SCOPED_TRACE(name);
  Tape<double> tape;
  Vars p;
  for (std::size_t k = 0; k < 2 * parameters; ++k) {
    p.push_back(tape.watch(golden()["kl_" + name + "_" + std::to_string(k)]));
  }
  const Vars first(p.begin(), p.begin() + std::ptrdiff_t(parameters)),
      second(p.begin() + std::ptrdiff_t(parameters), p.end());
  const auto elements = [](const auto& q) {  // of which none is an event with others
    if constexpr (requires { q.with_event_dims(0); }) {
      return q.with_event_dims(0);
    } else {
      return q;
    }
  };
  const Var<double> divergence = kl(elements(make(first)), elements(make(second)));
  EXPECT_TRUE(close(divergence.value(), golden()["kl_" + name], 1e-11));
  const auto slopes = tape.gradient(sum(divergence), p);
  for (std::size_t k = 0; k < p.size(); ++k) {
    EXPECT_TRUE(close(slopes[k], golden()["kl_" + name + "_d" + std::to_string(k)], 1e-10)) << "slope in " << k;
  }
}

TEST(Golden, Divergences) {
  expect_golden_kl("normal", 2, [](const auto& p) { return Normal{p[0], p[1]}; });
  expect_golden_kl("bernoulli", 1, [](const auto& p) { return Bernoulli{p[0]}; });
  expect_golden_kl("laplace", 2, [](const auto& p) { return Laplace{p[0], p[1]}; });
  expect_golden_kl("exponential", 1, [](const auto& p) { return Exponential{p[0]}; });
  expect_golden_kl("uniform", 2, [](const auto& p) { return Uniform{p[0], p[1]}; });
  expect_golden_kl("gamma", 2, [](const auto& p) { return Gamma{p[0], p[1]}; });
  expect_golden_kl("beta", 2, [](const auto& p) { return Beta{p[0], p[1]}; });
  expect_golden_kl("poisson", 1, [](const auto& p) { return Poisson{p[0]}; });
  expect_golden_kl("log_normal", 2, [](const auto& p) { return LogNormal{p[0], p[1]}; });
  expect_golden_kl("multivariate_normal", 2, [](const auto& p) { return MultivariateNormal{p[0], p[1]}; });
  expect_golden_kl("categorical", 1, [](const auto& p) { return Categorical{p[0]}; });
  expect_golden_kl("categorical", 1, [](const auto& p) { return OneHotCategorical{p[0]}; });
  expect_golden_kl("dirichlet", 1, [](const auto& p) { return Dirichlet{p[0]}; });
}

template <class Make>
void expect_golden_vectors(const std::string& name, std::size_t parameters, const Make& make) {
  SCOPED_TRACE(name);
  Tape<double> tape;
  Vars p;
  for (std::size_t k = 0; k < parameters; ++k) p.push_back(tape.watch(golden()[name + "_p" + std::to_string(k)]));
  const auto distribution = make(p);
  const Var<double> log_prob = distribution.log_prob(golden()[name + "_x"]);
  EXPECT_TRUE(close(log_prob.value(), golden()[name + "_log_prob"]));
  const auto slopes = tape.gradient(sum(log_prob), p);
  for (std::size_t k = 0; k < parameters; ++k) {
    EXPECT_TRUE(close(slopes[k], golden()[name + "_dp" + std::to_string(k)], 1e-11)) << "slope in " << k;
  }
  if constexpr (requires { distribution.entropy(); }) {
    EXPECT_TRUE(close(distribution.entropy().value(), golden()[name + "_entropy"])) << "entropy";
  }
  if constexpr (requires { distribution.mean(); }) {
    EXPECT_TRUE(close(distribution.variance().value(), golden()[name + "_variance"])) << "variance";
    EXPECT_TRUE(close(distribution.mean().value(), golden()[name + "_mean"])) << "mean";
  }
}

TEST(Golden, Vectors) {
  expect_golden_vectors("multivariate_normal", 2, [](const auto& p) { return MultivariateNormal{p[0], p[1]}; });
  expect_golden_vectors("multivariate_stack", 2, [](const auto& p) { return MultivariateNormal{p[0], p[1]}; });
  expect_golden_vectors("low_rank_normal", 3, [](const auto& p) { return LowRankNormal{p[0], p[1], p[2]}; });
  expect_golden_vectors("dirichlet", 1, [](const auto& p) { return Dirichlet{p[0]}; });
  expect_golden_vectors("one_hot", 1, [](const auto& p) { return OneHotCategorical{p[0]}; });
  expect_golden_vectors("mixture", 3, [](const auto& p) {
    return Mixture{p[0], Normal{p[1], p[2]}.with_event_dims(0)};
  });
  expect_golden_vectors("mixture_of_vectors", 3, [](const auto& p) { return Mixture{p[0], Normal{p[1], p[2]}}; });
  expect_golden_vectors("relaxed_one_hot", 2, [](const auto& p) { return RelaxedOneHotCategorical{p[0], p[1]}; });
}

// Second derivatives too, at ordinary places.
TEST(Distributions, HaveDensitiesWithSecondDerivatives) {
  const auto expect_right = [](const auto& density, auto... x) {
    const GradientReport report = check_gradient(density, Var<double>(x)...);
    EXPECT_TRUE(report.ok()) << report.message;
  };
  expect_right([](const auto& x, const auto& a, const auto& b) { return Gamma{a, b}.log_prob(x); }, 0.7, 1.3, 2.0);
  expect_right([](const auto& x, const auto& a, const auto& b) { return Beta{a, b}.log_prob(x); }, 0.7, 1.3, 2.0);
  expect_right([](const auto& x, const auto& a, const auto& b) { return Cauchy{a, b}.log_prob(x); }, 0.7, 1.3, 2.0);
  expect_right(
      [](const auto& x, const auto& n, const auto& b) {
        return StudentT{n, 0.5, b}.log_prob(x);
      },
      0.7, 3.3, 2.0);
  expect_right(
      [](const auto& x, const auto& a, const auto& b) {
        return InverseGamma{a, b}.log_prob(x);
      },
      0.7, 3.3, 2.0);
  expect_right([](const auto& x, const auto& a, const auto& b) { return VonMises{a, b}.log_prob(x); }, 0.7, 0.3, 2.0);
  expect_right([](const auto& x, const auto& l) { return ContinuousBernoulli{l}.log_prob(x); }, 0.7, 0.3);
  expect_right([](const auto& x, const auto& l) { return ContinuousBernoulli{l}.log_prob(x); }, 0.7, 0.1);
  expect_right([](const auto& a, const auto& b) { return kl(Gamma{a, b}, Gamma{1.5, 2.0}); }, 0.7, 3.3);
  expect_right([](const auto& a, const auto& b) { return kl(Bernoulli{a}, Bernoulli{b}); }, 0.7, 1.1);
  expect_right([](const auto& a, const auto& b) { return kl(Bernoulli{a}, Bernoulli{b}); }, 0.7, -1.1);
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
  const xt::xarray<double> logits{{0, 1}, {2, 3}}, bits{{0, 1}, {1, 1}};
  const auto of_row = [](const auto& l, const auto& v) { return Bernoulli{l}.log_prob(v); };
  EXPECT_TRUE(close(vmap(of_row)(logits, bits).value(), Bernoulli{logits}.log_prob(bits).value()));
}

// ---- Vectors and classes ----

TEST(Categorical, HasTheProbabilitiesOfItsLogits) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Categorical p{xt::xarray<double>{{0, std::log(3), -infinity}, {1, 1, 1}}};
  EXPECT_EQ(p.shape(), Shape{2});
  EXPECT_EQ(p.classes(), 3u);
  EXPECT_TRUE(close(p.probabilities().value(), Shape{2, 3}, {0.25, 0.75, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3}));
  EXPECT_TRUE(close(p.log_prob({1, 2}).value(), {std::log(0.75), -std::log(3)}));
  EXPECT_EQ(p.log_prob({2, 2}).value()(0), -infinity);
  const std::vector<std::vector<int>> rows{{0, 0}, {1, 1}, {1, 2}};
  EXPECT_EQ(p.log_prob(rows).shape(), (Shape{3, 2}));
  EXPECT_NEAR(p.entropy().value()(0), -0.25 * std::log(0.25) - 0.75 * std::log(0.75), 1e-12);
  EXPECT_EQ(kl(Categorical{std::vector{0.0, 0.0}}, Categorical{std::vector{0.0, -infinity}}).item(), infinity);
  EXPECT_NEAR(kl(Categorical{std::vector{0.0, -infinity}}, Categorical{std::vector{0.0, 0.0}}).item(), std::log(2),
              1e-12);
  Random rng(1);
  constexpr std::size_t n = 30'000;
  const Array<double> rate = mean(Var<double>(one_hot<double>(p.sample(rng, {n}), 3)), 0).value();
  for (std::size_t i = 0; i < 6; ++i) {
    const double q = p.probabilities().value().data()[i];
    EXPECT_NEAR(rate.data()[i], q, 4.5 * std::sqrt(q * (1 - q) / n)) << i;
  }
  EXPECT_EQ(OneHotCategorical{p.log_probabilities()}.sample(rng, {5}).shape(), (Shape{5, 2, 3}));
}

TEST(Categorical, RefusesWhatIsNoClass) {
  const Categorical p{std::vector{0.0, 1.0}};
  EXPECT_THROW(p.log_prob(Indices{2}), ShapeError);
  EXPECT_THROW(p.log_prob(Indices{-1}), ShapeError);
  EXPECT_TRUE(has(message_of<ShapeError>([] { Categorical{0.0}; }), {"[Categorical] logits (..., classes)", "()"}));
  const OneHotCategorical rows{std::vector{0.0, 1.0}};
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(rows.log_prob(std::vector{1.0, 1.0}).item(), -infinity);
  EXPECT_EQ(rows.log_prob(std::vector{0.0, 0.0}).item(), -infinity);
  EXPECT_EQ(rows.log_prob(std::vector{0.5, 0.5}).item(), -infinity);
  EXPECT_THROW(rows.log_prob(std::vector{1.0, 0.0, 0.0}), ShapeError);
}

TEST(Vectors, AreDrawnWithTheirMomentsAndGradients) {
  Random rng(1);
  constexpr std::size_t n = 10'000;
  const auto expect_moments = [&](const auto& p) {
    const Var<double> x = p.sample(rng, {n}), mean_of_draws = mean(x, 0);
    EXPECT_TRUE(close(mean_of_draws.value(), p.mean().value(), 0.05));
    EXPECT_TRUE(close(Var<double>(mean(square(x - p.mean()), 0)).value(), p.variance().value(), 0.05));
    // E[-ln p] is the entropy.
    EXPECT_TRUE(close(Var<double>(-mean(p.log_prob(x), 0)).value(), p.entropy().value(), 0.03));
    return x;
  };
  const MultivariateNormal full_one{golden()["multivariate_normal_p0"], golden()["multivariate_normal_p1"]};
  const Var<double> centred = expect_moments(full_one) - full_one.mu();
  const Var<double> covariance = matmul(transpose(centred), centred) / double(n);
  EXPECT_TRUE(close(covariance.value(), full_one.covariance().value(), 0.05));
  expect_moments(MultivariateNormal{golden()["multivariate_stack_p0"], golden()["multivariate_stack_p1"]});
  expect_moments(LowRankNormal{zeros<double>({3}), golden()["multivariate_normal_p1"], 0.3});
  expect_moments(Dirichlet{std::vector{0.5, 2.0, 3.5}});
  // The slope of E[x_0²] = (a / A) (a + 1) / (A + 1) through the draws.
  Tape<double> tape;
  const Var<double> a = tape.watch({0.5, 2.0, 3.5}), x = Dirichlet{a}.sample(rng, {n});
  const Var<double> total = sum(a), exact = a(0) * (a(0) + 1.0) / (total * (total + 1.0));
  const Array<double> slope = tape.gradient(mean(square(slice(x, {{}, 0}))), a, {.retain = true});
  EXPECT_TRUE(close(slope, tape.gradient(exact, a), 0.005));
}

TEST(Mixtures, AreDrawnWithTheirMoments) {
  Random rng(1);
  constexpr std::size_t n = 10'000;
  const Array<double> mu{{-3, 0}, {2, 4}}, logits{0, 1};
  const auto expect_moments = [&](const auto& p, const Shape& shape) {
    const Var<double> x = p.sample(rng, {n});
    Shape whole{n};
    whole.insert(whole.end(), shape.begin(), shape.end());
    EXPECT_EQ(x.shape(), whole);
    EXPECT_EQ(p.shape(), shape);
    EXPECT_TRUE(close(Var<double>(mean(x, 0)).value(), p.mean().value(), 0.05));
    EXPECT_TRUE(close(Var<double>(mean(square(x - p.mean()), 0)).value(), p.variance().value(), 0.05));
    return x;
  };
  expect_moments(Mixture{logits, Normal{mu, 0.3}.with_event_dims(0)}, {2});
  const Mixture vectors{logits, Normal{mu, 0.3}};
  const Array<double> x = expect_moments(vectors, {2}).value();
  std::size_t together = 0;  // a draw is near one component in both numbers
  for (std::size_t i = 0; i < n; ++i) together += (x(i, 0) < -0.5) == (x(i, 1) < 2);
  EXPECT_GT(double(together), 0.9 * n);
  expect_moments(Mixture{logits, Exponential{std::vector{1.0, 5.0}}.with_event_dims(0)}, {});
}

TEST(Mixtures, RefuseWhatDoesNotFit) {
  const Normal numbers{std::vector{0.0, 1.0}, 0.0};
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    Mixture{std::vector{0.0, 0.0}, numbers};
                  }),
                  {"[Mixture] 2 components before the 1 dimensions of an event expected", "with_event_dims(0)"}));
  EXPECT_THROW((Mixture{std::vector{0.0, 0.0, 0.0}, numbers.with_event_dims(0)}), ShapeError);
}

TEST(Relaxed, DrawsArePathsToTheLogits) {
  Random rng(1);
  Tape<double> tape;
  const Var<double> logits = tape.watch({0, 1, 2});
  const RelaxedOneHotCategorical rows{0.5, logits};
  const Var<double> x = rows.sample(rng, {2000});
  EXPECT_TRUE(close(Var<double>(sum(x, -1)).value(), ones<double>({2000})));
  // The largest number is at a class with its probability; gradients reach the logits.
  const Array<double> rate = mean(Var<double>(one_hot<double>(argmax(x, -1), 3)), 0).value();
  EXPECT_TRUE(close(rate, softmax(logits).value(), 0.03));
  EXPECT_GT(tape.gradient(mean(slice(x, {{}, 2})), logits, {.retain = true})(2), 0.05);
  const RelaxedBernoulli zeros_and_ones{0.1, logits};
  const Var<double> y = zeros_and_ones.sample(rng, {2000});
  EXPECT_TRUE(close(Var<double>(mean(y > 0.5, 0)).value(), sigmoid(logits).value(), 0.03));
  EXPECT_GT(tape.gradient(mean(y), logits)(0), 0);
}

TEST(Relaxed, BernoulliNumbersHaveTheirDensity) {
  const Array<double>&x = golden()["relaxed_bernoulli_x"], &logits = golden()["relaxed_bernoulli_p1"];
  Tape<double> tape;
  const Var<double> temperature = tape.watch(golden()["relaxed_bernoulli_p0"]), l = tape.watch(logits);
  const Var<double> density = RelaxedBernoulli{temperature, l}.log_prob(x);
  EXPECT_TRUE(
      close(density.value(), Var<double>(sum(Var<double>(golden()["relaxed_bernoulli_log_prob"]), -1)).value()));
  EXPECT_TRUE(close(tape.gradient(sum(density), l), golden()["relaxed_bernoulli_dp1"], 1e-11));
}

TEST(Relaxed, RefuseWhatDoesNotFit) {
  EXPECT_THROW((RelaxedBernoulli{0.0, 0.0}), DataError);
  EXPECT_THROW((RelaxedBernoulli{std::vector{1.0, 1.0}, 0.0}), ShapeError);
  EXPECT_THROW((RelaxedOneHotCategorical{1.0, 0.0}), ShapeError);
  EXPECT_THROW((RelaxedOneHotCategorical{-1.0, std::vector{0.0, 0.0}}), DataError);
}

TEST(VonMises, DrawsHaveTheirMoments) {
  Random rng(1);
  constexpr std::size_t n = 10'000;
  for (const double k : {1e-7, 0.5, 10.0, 1e6}) {
    const VonMises p{std::vector{0.5}, k};
    const Var<double> x = p.sample(rng, {n});
    for (const double angle : x.value()) ASSERT_LE(std::abs(angle), 3.1415926535897936);
    EXPECT_NEAR(1 - Var<double>(mean(cos(x - 0.5))).item(), p.variance().value()(0), 0.02) << k;
    EXPECT_NEAR(Var<double>(mean(sin(x - 0.5))).item(), 0, 0.03) << k;
    EXPECT_NEAR(-Var<double>(mean(p.log_prob(x))).item(), p.entropy().item(), 0.03) << k;
  }
  const Array<double> angles = linspace<double>(-3, 3.0, 7);
  EXPECT_TRUE(close(VonMises(0, 2).log_prob(angles).value(),
                    VonMises(0, 2).log_prob(Var<double>(angles) + 2 * std::numbers::pi).value()));
}

TEST(Vectors, RefuseWhatDoesNotFit) {
  const auto zero = [](const Shape& shape) { return zeros<double>(shape); };
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    MultivariateNormal{zero({3}), zero({3, 2})};
                  }),
                  {"[MultivariateNormal] mu (..., d) and scale_tril (..., d, d) expected", "(3, 2)"}));
  EXPECT_TRUE(has(message_of<DataError>([&] {
                    MultivariateNormal{zero({2}), zero({2, 2})};
                  }),
                  {"[MultivariateNormal] the diagonal of scale_tril: numbers above 0 expected"}));
  const MultivariateNormal p{zero({2}), eye<double>(2)};
  EXPECT_THROW(p.log_prob(zero({3})), ShapeError);
  EXPECT_THROW((kl(p, MultivariateNormal{zero({3}), eye<double>(3)})), ShapeError);
  EXPECT_THROW((LowRankNormal{zero({2}), zero({3, 1}), 0.0}), ShapeError);
  EXPECT_THROW((Dirichlet{1.0}), ShapeError);
  EXPECT_THROW((Dirichlet{std::vector{1.0, 0.0}}), DataError);
  EXPECT_EQ(Dirichlet(std::vector{1.0, 2.0}).log_prob(std::vector{1.5, -0.5}).item(),
            -std::numeric_limits<double>::infinity());
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

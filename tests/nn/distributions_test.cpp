// Distributions of numbers: derivatives, types, shapes and events, what they refuse.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

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

}  // namespace
}  // namespace xtape::nn

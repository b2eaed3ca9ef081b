// Distributions of classes and vectors, mixtures and relaxed ones: draws, densities, what they refuse; divergences by
// draws.

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

const Golden& golden() {
  static const Golden values("distributions");
  return values;
}

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

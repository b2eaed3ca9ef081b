// Distributions at the ends of what their parameters and data may be: values and slopes are finite and right there, or
// infinite where they are.

#include "nn/distributions/binomial.hpp"
#include "nn/distributions/cauchy.hpp"
#include "nn/distributions/continuous_bernoulli.hpp"
#include "nn/distributions/inverse_gamma.hpp"
#include "nn/distributions/kl.hpp"
#include "nn/distributions/negative_binomial.hpp"
#include "nn/distributions/relaxed.hpp"
#include "nn/distributions/student_t.hpp"
#include "nn/distributions/transformed.hpp"
#include "nn/distributions/von_mises.hpp"
#include "tests/testing.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// f of numbers, and its slopes in each.
template <class T>
struct Edge {
  double value;
  std::vector<double> slopes;
};
template <class T, class F, std::size_t N>
Edge<T> edge(const F& f, const std::array<T, N>& at) {
  Tape<T> tape;
  std::array<Var<T>, N> x;
  for (std::size_t i = 0; i < N; ++i) x[i] = tape.watch(full<T>({}, at[i]));
  const Var<T> y = std::apply(f, x);
  Edge<T> result{double(y.value()()), {}};
  for (const Array<T>& slope : tape.gradient(y, std::vector<Var<T>>(x.begin(), x.end()))) {
    result.slopes.push_back(double(slope()));
  }
  return result;
}
template <class T, class F, std::size_t N>
void expect_edge(const F& f, const std::array<T, N>& at, double value, const std::vector<double>& slopes,
                 double tolerance = 1e-12) {
  const Edge<T> got = edge<T>(f, at);
  const auto is = [&](double a, double b) { return a == b || std::abs(a - b) <= tolerance * std::abs(b); };
  EXPECT_TRUE(is(got.value, value)) << got.value << " and not " << value;
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    EXPECT_TRUE(is(got.slopes[i], slopes[i])) << "slope " << i << ": " << got.slopes[i] << " and not " << slopes[i];
  }
}

TEST(DistributionEdges, VonMisesOfLargeAndSmallConcentrationsDrawsAndHasMoments) {
  Random rng(1);
  for (const double k : {2e7, 1e16, 1e300}) {
    const Array<double> x = VonMises<double>{full<double>({4000}, 0.0), k}.sample(rng).value();
    double squares = 0;
    for (const double v : x) squares += v * v * k / 4000;
    EXPECT_NEAR(squares, 1, 0.1) << k;
    EXPECT_GT(std::set<double>(x.begin(), x.end()).size(), 3990u) << k;
  }
  const Array<double> x = VonMises<double>{full<double>({4000}, 0.0), 1e-310}.sample(rng).value();
  double cosines = 0;
  for (const double v : x) cosines += std::cos(v) / 4000;
  EXPECT_NEAR(cosines, 0, 0.05);
  const auto entropy = [](const auto& k) { return VonMises{0.0 * k, k}.entropy(); };
  const auto variance = [](const auto& k) { return VonMises{0.0 * k, k}.variance(); };
  expect_edge<double>(entropy, std::array{1e8}, -7.7914018414226, {-5e-9}, 1e-7);
  expect_edge<float>(entropy, std::array{1e8f}, -7.7914018414226, {-5e-9}, 1e-6);
  expect_edge<float>(variance, std::array{1e6f}, 5.00000125e-7, {-5e-13}, 1e-5);
  expect_edge<double>(variance, std::array{51.0}, 0.009852952441052221, {-1.941762189468877e-4}, 1e-10);
}

TEST(DistributionEdges, RelaxedDrawsHaveDensities) {
  Random rng(2);
  for (const float temperature : {0.01f, 0.1f}) {
    const RelaxedBernoulli<float> bernoulli{full<float>({}, temperature), full<float>({2000, 1}, 3.0f)};
    const RelaxedOneHotCategorical<float> one_hot{full<float>({}, temperature), zeros<float>({5})};
    for (const float p : bernoulli.log_prob(bernoulli.sample(rng)).value()) EXPECT_TRUE(std::isfinite(p));
    for (const float p : one_hot.log_prob(one_hot.sample(rng, {2000})).value()) EXPECT_TRUE(std::isfinite(p));
  }
  const auto density = [](const auto& x, const auto& t, const auto& l) { return RelaxedBernoulli{t, l}.log_prob(x); };
  for (const double x : {-1.0, 0.0, 1.0, 2.0})
    expect_edge<double>(density, std::array{x, 0.5, 1.0}, -kInfinity, {0, 0, 0});
  const auto of_two = [](const auto& x, const auto& t, const auto& l) {
    return sum(RelaxedOneHotCategorical{t, l * ones<double>({2})}.log_prob(stack({x, 1.0 - x})));
  };
  for (const double x : {-1.0, 0.0, 1.0, 2.0})
    expect_edge<double>(of_two, std::array{x, 0.5, 1.0}, -kInfinity, {0, 0, 0});
}

TEST(DistributionEdges, DivergencesOfRatesThatDifferMuchOrHardly) {
  const auto exponential = [](const auto& a, const auto& b) { return kl(Exponential{a}, Exponential{b}); };
  expect_edge<double>(exponential, std::array{1e300, 1e-300}, 1380.5510557964274, {1e-300, -1e300});
  expect_edge<double>(exponential, std::array{1.0, 1e-20}, 45.051701859880914, {1, -1e20});
  expect_edge<double>(exponential, std::array{1.0, 1 + 1e-8}, 5e-17, {}, 1e-6);
}

TEST(DistributionEdges, MonteCarloAlignsSamplesWithNothing) {
  Random rng(3);
  const Normal<double> p{zeros<double>({3}), 0.0}, wide{zeros<double>({2, 1}), 0.0};
  const Normal<double> batch{zeros<double>({5, 3}), 0.0}, number{0.0, 0.0};
  const auto refused = [&](const auto& a, const auto& b) {
    EXPECT_TRUE(
        has(message_of<ShapeError>([&] { kl_monte_carlo(a, b, rng, 5); }), {"[kl_monte_carlo]", "broadcast_to"}));
  };
  refused(p, batch);
  refused(number, p);
  refused(wide, batch);              // one number drawn where q has three
  refused(p.with_event_dims(0), p);  // an event of q over a batch of p
  EXPECT_EQ(kl_monte_carlo(batch, p, rng, 5).shape(), (Shape{5}));
  EXPECT_EQ(kl_monte_carlo(batch, number, rng, 5).shape(), (Shape{5}));
}

TEST(DistributionEdges, StudentAndCauchyFarOutAndAtTheCentre) {
  const auto student = [](const auto& x, const auto& n, const auto& scale) {
    return StudentT{n, 0.0, scale}.log_prob(x);
  };
  const auto cauchy = [](const auto& x, const auto& scale) { return Cauchy{0.0, scale}.log_prob(x); };
  expect_edge<double>(student, std::array{1e200, 1.0, 1.0}, -922.1787670834677, {-2e-200});
  expect_edge<float>(student, std::array{1e20f, 1.0f, 1.0f}, -93.24813360561, {-2e-20}, 1e-6);
  expect_edge<double>(student, std::array{1e10, 1.0, 1e-300}, -737.971959643944, {-2e-10}, 1e-8);
  expect_edge<double>(cauchy, std::array{1e10, 1e-300}, -737.971959643944, {-2e-10, 1e300}, 1e-8);
  for (const float x : {3e19f, 1e30f}) {
    for (const double slope : edge<float>(student, std::array{x, 3.0f, 2.0f}).slopes) EXPECT_TRUE(std::isfinite(slope));
  }
  const auto cdf = [](const auto& x, const auto& n) { return StudentT{n, 0.0, 1.0}.cdf(x); };
  expect_edge<double>(cdf, std::array{0.0, 3.0}, 0.5, {0.36755259694786135, 0});
  expect_edge<double>(cdf, std::array{-1e200, 1.0}, 3.183098861837907e-201, {}, 1e-10);
  expect_edge<float>(cdf, std::array{-1e20f, 1.0f}, 3.183098861837907e-21, {}, 1e-4);
  expect_edge<double>(cdf, std::array{-kInfinity, 3.0}, 0, {0});
  expect_edge<double>(cdf, std::array{kInfinity, 3.0}, 1, {0});
  for (const double n : {1.0, 0.5}) {  // both sides of where the power begins
    const double below = edge<double>(cdf, std::array{-0.9e9, n}).value,
                 above = edge<double>(cdf, std::array{-1.1e9, n}).value;
    EXPECT_NEAR(below / above, std::pow(1.1 / 0.9, n), 1e-9);
    const double inside = edge<double>(cdf, std::array{-0.9e8 * std::sqrt(n), n}).value;
    EXPECT_NEAR(inside / above, std::pow(1.1e9 / (0.9e8 * std::sqrt(n)), n), 1e-6);
  }
  expect_edge<float>(cdf, std::array{0.0f, 3.0f}, 0.5, {0.36755259694786135, 0}, 1e-5);
}

TEST(DistributionEdges, ContinuousBernoulliOfLargeLogits) {
  const auto mean = [](const auto& l) { return ContinuousBernoulli{l}.mean(); };
  const auto entropy = [](const auto& l) { return ContinuousBernoulli{l}.entropy(); };
  for (const double l : {100.0, 800.0, 1e4}) {
    expect_edge<double>(mean, std::array{-l}, 1 / l, {1 / (l * l)});
    expect_edge<double>(mean, std::array{l}, 1 - 1 / l, {1 / (l * l)});
    expect_edge<double>(entropy, std::array{l}, 1 - std::log(l), {-1 / l}, 1e-11);
    expect_edge<double>(entropy, std::array{-l}, 1 - std::log(l), {1 / l}, 1e-11);
    expect_edge<float>(mean, std::array{float(-l)}, 1 / l, {1 / (l * l)}, 1e-6);
    expect_edge<float>(entropy, std::array{float(-l)}, 1 - std::log(l), {1 / l}, 1e-5);
  }
}

TEST(DistributionEdges, PlanarFlowOfNoDirectionIsAShiftAndPartsOfAFlowExist) {
  Random rng(4);
  PlanarFlow<double> flow(2, rng);
  for (auto& parameter : flow.parameters()) parameter.set(zeros<double>(shape_of(parameter.value())));
  const auto [x, log_det] = flow.forward(ones<double>({1, 2}));
  EXPECT_EQ(x.value()(0, 0), 1);
  EXPECT_EQ(log_det.value()(0), 0);
  const double values[] = {-25, 1, -2};  // w u far below 0, where 1 + softplus - 1 is rounded to 0; h = 0
  std::size_t k = 0;
  for (auto& parameter : flow.parameters()) {
    parameter.set(full<double>(shape_of(parameter.value()), values[k++]));
  }
  EXPECT_NEAR(flow.forward(ones<double>({1, 2})).second.value()(0), -50, 1e-6);
  std::vector<std::unique_ptr<Bijection<double>>> parts(1);
  EXPECT_TRUE(has(message_of<Error>([&] { Flow<double>(std::move(parts)); }), {"[Flow]", "part 0"}));
  static_assert(!std::is_constructible_v<Transformed<Normal<double>>, Normal<double>, AffineFlow<double>>);
}

TEST(DistributionEdges, DivergenceOfPoissonRatesNearEachOther) {
  const auto poisson = [](const auto& a, const auto& b) { return kl(Poisson{a}, Poisson{b}); };
  expect_edge<float>(poisson, std::array{1e6f, 1.001e6f}, 0.49966691651668334, {}, 1e-4);
  expect_edge<double>(poisson, std::array{1e8, 1e8 + 1e4}, 0.49996666916646667, {}, 1e-10);
  expect_edge<double>(poisson, std::array{0.0, 2.0}, 2, {-kInfinity, 1});
  expect_edge<double>(poisson, std::array{0.0, 0.0}, 0, {});
  expect_edge<double>(poisson, std::array{2.0, 20.0}, 2 * std::log(0.1) + 18, {std::log(0.1), 0.9});
}

TEST(DistributionEdges, DensitiesOfNoNumberAreNone) {
  const Var<double> x = std::numeric_limits<double>::quiet_NaN();
  const auto expect_nan = [&](const auto& p) { EXPECT_TRUE(std::isnan(p.log_prob(x).item())); };
  expect_nan(Gamma<double>{2.0, 1.0});
  expect_nan(Exponential<double>{2.0});
  expect_nan(Uniform<double>{0.0, 1.0});
  expect_nan(Beta<double>{2.0, 1.0});
  expect_nan(LogNormal<double>{0.0, 1.0});
  expect_nan(InverseGamma<double>{2.0, 1.0});
  expect_nan(Poisson<double>{2.0});
  expect_nan(Binomial<double>{2.0, 1.0});
  expect_nan(NegativeBinomial<double>{2.0, 1.0});
  expect_nan(ContinuousBernoulli<double>{2.0});
  expect_nan(RelaxedBernoulli<double>{2.0, 0.0});
}

TEST(DistributionEdges, CumulativeAtTheEnds) {
  const auto log_normal = [](const auto& x, const auto& s) { return LogNormal{0.0 * s, s}.cdf(x); };
  const auto normal = [](const auto& x, const auto& s) { return Normal{0.0 * s, s}.cdf(x); };
  const auto inverse = [](const auto& x, const auto& s) { return InverseGamma{s, s}.cdf(x); };
  const auto gamma = [](const auto& x, const auto& s) { return Gamma{s, s}.cdf(x); };
  const auto exponential = [](const auto& x, const auto& s) { return Exponential{s}.cdf(x); };
  for (const double x : {0.0, -1.0}) {
    expect_edge<double>(log_normal, std::array{x, 0.0}, 0, {0, 0});
    expect_edge<double>(inverse, std::array{x, 2.0}, 0, {0, 0});
    expect_edge<double>(gamma, std::array{x, 2.0}, 0, {0, 0});
  }
  expect_edge<double>(gamma, std::array{0.0, 1.0}, 0, {1, 0});
  expect_edge<double>(exponential, std::array{0.0, 2.0}, 0, {2, 0});
  expect_edge<double>(exponential, std::array{-1.0, 2.0}, 0, {0, 0});
  expect_edge<double>(exponential, std::array{kInfinity, 2.0}, 1, {0, 0});
  EXPECT_EQ(edge<double>(normal, std::array{0.0, -800.0}).value, 0.5);
  EXPECT_EQ(edge<float>(normal, std::array{0.0f, -100.0f}).value, 0.5);
  EXPECT_EQ(edge<double>(log_normal, std::array{1.0, -800.0}).value, 0.5);
}

TEST(DistributionEdges, ParametersAreFiniteAndEventsAreEqual) {
  const auto refused = [](const auto& make) { EXPECT_TRUE(has(message_of<DataError>(make), {"finite", "expected"})); };
  refused([] { VonMises<double>{0.0, kInfinity}; });
  refused([] { Gamma<double>{1.0, kInfinity}; });
  refused([] { Binomial<double>{kInfinity, 0.0}; });
  const auto one = Gamma<double>{ones<double>({1, 3}), 1.0}.with_event_dims(2);
  const auto five = Gamma<double>{ones<double>({5, 3}), 2.0}.with_event_dims(2);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { kl(one, five); }), {"events of equal shape", "(1, 3)", "(5, 3)"}));
}

}  // namespace
}  // namespace xtape::nn

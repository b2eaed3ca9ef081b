// Likelihoods: their densities in closed form, what they draw, which of their numbers are learnt, and what they refuse.

#include "nn/distributions/likelihood.hpp"

#include "files_for_tests.hpp"
#include "nn/files/safetensors.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

constexpr std::size_t kSize = 4;
constexpr double kFloor = 0.05;

template <class T>
constexpr double kTolerance = std::is_same_v<T, float> ? 2e-6 : 1e-13;

Array<double> some(std::uint64_t seed, const Shape& shape) {
  return Random(seed).normal<double>(shape);
}

template <class T>
Array<T> as(const Array<double>& x) {
  return xt::cast<T>(x);
}

/// Of one number.
double log_normal(double x, double mean, double sigma) {
  const double u = (x - mean) / sigma;
  return -0.5 * u * u - std::log(sigma) - 0.5 * std::log(2 * std::numbers::pi);
}

/// What is learnt, s, in place of the start.
template <class T>
void set_free(const Likelihood<T>& likelihood, const Array<double>& s) {
  ASSERT_EQ(likelihood.parameters().size(), 1u);
  likelihood.parameters()[0].set(as<T>(s));
}

template <class T>
std::vector<std::string> names_of(const Module<T>& module) {
  std::vector<std::string> names;
  for (const auto& [name, parameter] : module.named_parameters()) names.push_back(name);
  return names;
}

template <class T>
void expect_bernoulli() {
  const Array<double> logits = some(1, {2, 3, kSize});
  const Array<double> x = Random(2).bernoulli(Array<double>(full<double>({3, kSize}, 0.5)));
  const BernoulliLikelihood<T> likelihood;
  EXPECT_TRUE(likelihood.parameters().empty());
  Array<double> expected = zeros<double>({2, 3}), mean = zeros<double>({2, 3, kSize});
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < kSize; ++j) {
        mean(k, i, j) = 1 / (1 + std::exp(-logits(k, i, j)));
        expected(k, i) += std::log(x(i, j) == 1 ? mean(k, i, j) : 1 - mean(k, i, j));
      }
  EXPECT_TRUE(close(likelihood.log_prob(as<T>(x), as<T>(logits)).value(), expected, kTolerance<T>));
  EXPECT_TRUE(close(likelihood.mean(as<T>(logits)).value(), mean, kTolerance<T>));
}

TEST(BernoulliLikelihood, IsTheClosedForm) {
  expect_bernoulli<double>();
  expect_bernoulli<float>();
}

TEST(BernoulliLikelihood, DrawsOnesWithTheirProbability) {
  constexpr std::size_t kDraws = 20'000;
  const std::vector<double> logits{-30, -1, 0.5, 30};
  Random rng(3);
  const Var<double> output = broadcast_to(Var<double>(Array<double>{-30, -1, 0.5, 30}), Shape{kDraws, 4});
  const Array<double> x = BernoulliLikelihood<double>().draw(output, rng);
  for (std::size_t j = 0; j < 4; ++j) {
    double ones = 0;
    for (std::size_t i = 0; i < kDraws; ++i) {
      ASSERT_TRUE(x(i, j) == 0 || x(i, j) == 1);
      ones += x(i, j);
    }
    const double p = 1 / (1 + std::exp(-logits[j]));
    EXPECT_NEAR(ones / kDraws, p, 4.5 * std::sqrt(p * (1 - p) / kDraws)) << logits[j];
  }
}

template <class T>
void expect_gaussian(Sigma kind, double floor) {
  const Array<double> x = some(1, {3, kSize}), output = some(2, {2, 3, kSize});
  const GaussianLikelihood<T> likelihood(kind, kSize, 1, floor);
  std::vector<double> sigma(kSize, 1);
  if (kind != Sigma::kFixed) {
    const Array<double> s = some(4, {kind == Sigma::kEach ? kSize : 1});
    set_free(likelihood, s);
    for (std::size_t j = 0; j < kSize; ++j) sigma[j] = floor + std::exp(s(kind == Sigma::kEach ? j : 0));
  }
  Array<double> expected = zeros<double>({2, 3});
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < kSize; ++j) expected(k, i) += log_normal(x(i, j), output(k, i, j), sigma[j]);
  EXPECT_TRUE(close(likelihood.log_prob(as<T>(x), as<T>(output)).value(), expected, kTolerance<T>)) << int(kind);
  EXPECT_TRUE(close(likelihood.mean(as<T>(output)).value(), as<T>(output), 0));
}

TEST(GaussianLikelihood, IsTheClosedForm) {
  for (const Sigma kind : {Sigma::kFixed, Sigma::kShared, Sigma::kEach}) {
    for (const double floor : {0.0, kFloor}) {
      expect_gaussian<double>(kind, floor);
      expect_gaussian<float>(kind, floor);
    }
  }
}

TEST(GaussianLikelihood, LearnsASigmaThatIsNotFixed) {
  EXPECT_EQ(GaussianLikelihood<float>(Sigma::kFixed, kSize).parameter_count(), 0u);
  const GaussianLikelihood<float> shared(Sigma::kShared, kSize), each(Sigma::kEach, kSize);
  EXPECT_EQ(names_of(shared), std::vector<std::string>{"log_sigma"});
  EXPECT_EQ(shared.parameter_count(), 1u);
  EXPECT_EQ(names_of(each), std::vector<std::string>{"log_sigma"});
  EXPECT_EQ(each.parameter_count(), kSize);
}

TEST(GaussianLikelihood, AFixedSigmaIsSavedAndNotTrained) {
  const testing::ScratchFolder folder;
  for (const double floor : {0.0, kFloor}) {
    const GaussianLikelihood<double> saved(Sigma::kFixed, kSize, 0.3, floor);
    save(folder / "likelihood", saved);
    GaussianLikelihood<double> loaded(Sigma::kFixed, kSize, 2, floor), learnt(Sigma::kShared, kSize);
    load(folder / "likelihood", loaded);
    EXPECT_EQ(loaded.log_sigma().value(), saved.log_sigma().value());
    EXPECT_EQ(saved.total_parameter_count(), 0u);
    // What is learnt has another name, so that models with the one and the other share their other parts.
    EXPECT_SAYS(testing::data_error_of([&] { load(folder / "likelihood", learnt); }), "missing \"log_sigma\"");
  }
}

TEST(GaussianLikelihood, StartsAsItIsTold) {
  for (const Sigma kind : {Sigma::kFixed, Sigma::kShared, Sigma::kEach}) {
    const Array<double> log_sigma = GaussianLikelihood<double>(kind, kSize, 0.3, kFloor).log_sigma().value();
    EXPECT_TRUE(close(log_sigma, full<double>({kind == Sigma::kEach ? kSize : 1}, std::log(0.3)), 1e-14));
  }
}

template <class T>
void expect_floor() {
  const GaussianLikelihood<T> likelihood(Sigma::kEach, 5, 1, kFloor);
  const Array<double> s{-1e4, -100, -3, 0, 5};
  set_free(likelihood, s);
  const Array<T> log_sigma = likelihood.log_sigma().value();
  for (std::size_t j = 0; j < 5; ++j) {
    EXPECT_GE(log_sigma(j), T(std::log(kFloor))) << s(j);
    EXPECT_NEAR(double(log_sigma(j)), std::log(kFloor + std::exp(s(j))), kTolerance<T> * 3) << s(j);
  }
}

TEST(GaussianLikelihood, SigmaIsTheFloorAndWhatIsLearntAboveIt) {
  expect_floor<double>();
  expect_floor<float>();
}

// d/ds ln N = Σ ((x - mean)² / σ² - 1) e^s / σ over what shares the s.
TEST(GaussianLikelihood, GradientOfTheSigmaIsTheClosedForm) {
  const Array<double> x = some(1, {3, kSize}), output = some(2, {3, kSize}), s = some(3, {kSize});
  for (const double floor : {0.0, kFloor}) {
    for (const Sigma kind : {Sigma::kShared, Sigma::kEach}) {
      const GaussianLikelihood<double> likelihood(kind, kSize, 1, floor);
      const bool each = kind == Sigma::kEach;
      set_free(likelihood, each ? s : Array<double>{s(0)});
      Array<double> expected = zeros<double>({each ? kSize : 1});
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < kSize; ++j) {
          const double learnt = std::exp(s(each ? j : 0)), sigma = floor + learnt, u = (x(i, j) - output(i, j)) / sigma;
          expected(each ? j : 0) += (u * u - 1) * learnt / sigma;
        }
      Tape<double> tape;
      const Var<double> y = sum(likelihood.log_prob(x, output));
      EXPECT_TRUE(close(tape.gradient(y, likelihood.parameters())[0], expected, 1e-12)) << floor << ", " << each;
    }
  }
}

TEST(GaussianLikelihood, PassesTheGradientCheck) {
  const GaussianLikelihood<double> likelihood(Sigma::kEach, kSize, 1, kFloor);
  const auto f = [&](const auto& x, const auto& output) { return likelihood.log_prob(x, output); };
  EXPECT_EQ(check_gradient(f, some(1, {3, kSize}), some(2, {3, kSize})).message, "");
}

TEST(GaussianLikelihood, DrawsWithItsMeanAndVariance) {
  constexpr std::size_t kDraws = 20'000;
  for (const Sigma kind : {Sigma::kFixed, Sigma::kShared, Sigma::kEach}) {
    const GaussianLikelihood<double> likelihood(kind, 2, 0.5, kFloor);
    if (kind == Sigma::kEach) set_free(likelihood, Array<double>{std::log(0.1), std::log(2.0)});
    const std::vector<double> means{-1, 3};
    Random rng(6);
    const Var<double> output = broadcast_to(Var<double>(Array<double>{-1, 3}), Shape{kDraws, 2});
    const Array<double> x = likelihood.draw(output, rng);
    ASSERT_EQ(shape_of(x), (Shape{kDraws, 2}));
    for (std::size_t j = 0; j < 2; ++j) {
      const double sigma = kind == Sigma::kEach ? (j == 0 ? 0.1 : 2.0) + kFloor : 0.5;
      double mean = 0, variance = 0;
      for (std::size_t i = 0; i < kDraws; ++i) mean += x(i, j) / kDraws;
      for (std::size_t i = 0; i < kDraws; ++i) variance += (x(i, j) - means[j]) * (x(i, j) - means[j]) / kDraws;
      EXPECT_NEAR(mean, means[j], 4.5 * sigma / std::sqrt(kDraws));
      EXPECT_NEAR(variance, sigma * sigma, 4.5 * sigma * sigma * std::sqrt(2.0 / kDraws));
    }
  }
}

TEST(GaussianLikelihood, RefusesBadInput) {
  const auto refusal = [](std::size_t size, double start, double floor) {
    return message_of<Error>([&] { GaussianLikelihood<float>(Sigma::kShared, size, start, floor); });
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(has(refusal(0, 1, 0), {"[GaussianLikelihood]", "size 0"}));
  EXPECT_TRUE(has(refusal(2, 1, 1), {"[GaussianLikelihood]", "floor 1", "start 1"}));
  for (const auto& [start, floor] :
       {std::pair{1.0, 2.0}, {1.0, -0.1}, {0.0, 0.0}, {kInfinity, 0.0}, {kNan, 0.0}, {1.0, kNan}})
    EXPECT_TRUE(has(refusal(2, start, floor), {"0 <= floor < start < infinity"}));
  const GaussianLikelihood<double> each(Sigma::kEach, 3);
  EXPECT_THROW(static_cast<void>(each.log_prob(some(1, {2, 4}), some(2, {2, 4}))), ShapeError);
  EXPECT_THROW(static_cast<void>(each.log_prob(some(1, {2, 4}), some(2, {2, 3}))), ShapeError);
  const BernoulliLikelihood<double> bernoulli;
  EXPECT_THROW(static_cast<void>(bernoulli.log_prob(some(1, {2, 4}), some(2, {2, 3}))), ShapeError);
}

}  // namespace
}  // namespace xtape::nn

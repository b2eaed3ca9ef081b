// Draws of gamma, Poisson, binomial and Gumbel numbers, of integers and of choices: their distributions, and that the
// same seed gives the same bits.

#include "autodiff/autodiff.hpp"
#include "tests/draws.hpp"
#include "tests/testing.hpp"
#include "tests/threads.hpp"

#include <cmath>
#include <limits>
#include <set>
#include <vector>

namespace xtape {
namespace {

constexpr std::size_t kDraws = 20'000;

template <class T>
std::vector<T> values(const Array<T>& array) {
  return {array.data(), array.data() + array.size()};
}

template <class T>
void expect_gamma() {
  for (const double a : {0.05, 0.5, 1.0, 2.5, 30.0, 1e4}) {
    const Array<T> sample = Random(1).gamma(full<T>({kDraws}, T(a)));
    if (a > 0.1) {  // P(X <= x) is uniform
      const Var<double> p = gammainc(double(T(a)), Var<double>(xt::cast<double>(sample)));
      EXPECT_LT(kolmogorov_smirnov(values(p.value()), [](double u) { return u; }), 1.95) << a;
    } else {  // some are the smallest number
      std::size_t below = 0;
      for (const T x : sample) below += double(x) < 1e-5;
      EXPECT_NEAR(double(below) / kDraws, gammainc(Var<double>(a), 1e-5).item(), 4 * 0.5 / std::sqrt(double(kDraws)));
    }
  }
}

TEST(RandomVariates, GammaNumbersAreGamma) {
  expect_gamma<float>();
  expect_gamma<double>();
}

TEST(RandomVariates, CountsHaveTheirProbabilities) {
  for (const double rate : {0.0, 0.01, 3.0, 15.9, 50.0, 3000.0}) {
    const auto sample = values(Random(2).poisson(full<double>({kDraws}, rate)));
    if (rate == 0) {
      EXPECT_EQ(*std::max_element(sample.begin(), sample.end()), 0);
      continue;
    }
    const auto mass = [&](double k) { return std::exp(k * std::log(rate) - rate - std::lgamma(k + 1)); };
    EXPECT_LT(std::abs(chi_square_score(sample, mass)), 4) << rate;
  }
  for (const auto& [n, p] :
       std::vector<std::pair<double, double>>{{1, 0.3}, {16, 0.9}, {17, 0.5}, {1000, 0.01}, {5000, 0.7}}) {
    const auto sample = values(Random(3).binomial(full<double>({kDraws}, n), full<double>({kDraws}, p)));
    const auto mass = [&, count = n, q = p](double k) {
      if (k > count) return 0.0;
      return std::exp(std::lgamma(count + 1) - std::lgamma(k + 1) - std::lgamma(count - k + 1) + k * std::log(q) +
                      (count - k) * std::log1p(-q));
    };
    EXPECT_LT(std::abs(chi_square_score(sample, mass)), 4) << n << " " << p;
  }
  EXPECT_EQ(Random(1).binomial(1000, 1.0)(), 1000);
  EXPECT_EQ(Random(1).binomial(1000, 0.0)(), 0);
}

TEST(RandomVariates, GumbelNumbersAreGumbel) {
  const auto cdf = [](double x) { return std::exp(-std::exp(-x)); };
  EXPECT_LT(kolmogorov_smirnov(values(Random(1).gumbel<float>({kDraws})), cdf), 1.95);
  EXPECT_LT(kolmogorov_smirnov(values(Random(1).gumbel({kDraws})), cdf), 1.95);
  for (const float x : values(Random(5).gumbel<float>({1 << 18}))) ASSERT_TRUE(std::isfinite(x));
}

TEST(RandomVariates, IntegersAreUniformAndInRange) {
  Random rng(1);
  std::vector<double> seen(7);
  for (const auto i : rng.integers({3, kDraws}, -3, 4)) ++seen.at(std::size_t(i + 3));
  double chi_square = 0;
  const double expected = 3.0 * kDraws / 7;
  for (const double count : seen) chi_square += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_square, 22.5) << "6 degrees of freedom, p = 0.001";
  constexpr std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                         high = std::numeric_limits<std::int64_t>::max();
  EXPECT_NE(rng.integers({}, low, high)(), rng.integers({}, low, high)());
  EXPECT_EQ(take(Var<double>(std::vector{1.0, 2.0}), rng.integers({5}, 1, 2)).value()(4), 2);  // as indices
}

TEST(RandomVariates, ChoicesAreOfTheirNumbersAndWeights) {
  Random rng(1);
  const auto some = rng.choice(1000, 900, false);
  EXPECT_EQ(std::set<std::size_t>(some.begin(), some.end()).size(), 900u);
  EXPECT_LT(*std::max_element(some.begin(), some.end()), 1000u);
  EXPECT_EQ(rng.choice(2, 100).size(), 100u);
  EXPECT_TRUE(rng.choice(0, 0).empty());
  std::vector<double> seen(4);
  for (const std::size_t i : rng.choice({0, 1, 3, 0}, kDraws)) ++seen.at(i);
  EXPECT_EQ(seen[0] + seen[3], 0);
  EXPECT_NEAR(seen[1], kDraws / 4, 4 * std::sqrt(kDraws * 3.0 / 16));
}

TEST(RandomVariates, AnyNumberOfThreadsGivesTheSameBits) {
  const Shape shape{5003};
  std::vector<std::vector<float>> draws;
  for (const std::size_t count : {1u, 2u, 7u}) {
    const tests::Threads threads(count);
    Random rng(11);
    auto all = values(rng.gamma(full<float>(shape, 0.7f)));
    for (const auto& more : {rng.poisson(full<float>(shape, 30)), rng.gumbel<float>(shape)}) {
      const auto part = values(more);
      all.insert(all.end(), part.begin(), part.end());
    }
    draws.push_back(all);
  }
  EXPECT_EQ(draws[1], draws[0]);
  EXPECT_EQ(draws[2], draws[0]);
}

TEST(RandomVariates, TakeArraysVectorsVarsAndNumbers) {
  static_assert(std::same_as<decltype(Random(1).gamma(1.0f)), Array<float>>);
  static_assert(std::same_as<decltype(Random(1).poisson(std::vector{1, 2})), Array<double>>);
  EXPECT_EQ(Random(1).gamma(std::vector{1.0, 2.0})(1), Random(1).gamma(Var<double>(std::vector{1.0, 2.0}))(1));
  EXPECT_EQ(Random(1).gamma(2.0)(), Random(1).gamma(full<double>({}, 2.0))());
  Random rng(1), same(1);  // one block for the key, whatever is drawn
  rng.gamma(zeros<double>({100}) + 3.0);
  same.bits();
  EXPECT_EQ(rng.state(), same.state());
}

TEST(RandomVariates, MistakesAreToldAndDrawNothing) {
  Random rng(1);
  const Random::State before = rng.state();
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  for (const double wrong : {0.0, -1.0, nan, infinity}) {
    EXPECT_TRUE(has(message_of<Error>([&] {
                      rng.gamma(std::vector{1.0, wrong});
                    }),
                    {"[Random::gamma] expected finite concentrations above 0", "at element 1 of shape (2,)"}));
  }
  for (const double wrong : {-1e-9, nan, infinity}) EXPECT_THROW(rng.poisson(wrong), Error);
  for (const double wrong : {-1.0, 0.5, nan, infinity}) EXPECT_THROW(rng.binomial(wrong, 0.5), Error);
  for (const double wrong : {-0.1, 1.1, nan}) EXPECT_THROW(rng.binomial(3, wrong), Error);
  EXPECT_THROW(rng.binomial(3, std::vector{0.5}), Error);
  EXPECT_TRUE(has(message_of<Error>([&] { rng.integers({2}, 3, 3); }), {"[Random::integers] expected low < high"}));
  EXPECT_TRUE(has(message_of<Error>([&] { rng.choice(3, 4, false); }), {"[Random::choice]", "without replacement"}));
  EXPECT_THROW(rng.choice(0, 1), Error);
  EXPECT_THROW(rng.choice({0, 0}, 1), Error);
  EXPECT_TRUE(has(message_of<Error>([&] { rng.choice({1, -1}, 1); }), {"got -1 at element 1"}));
  EXPECT_EQ(rng.state(), before);
}

TEST(RandomVariates, AFewOfManyTakeTheMemoryOfAFew) {
  Random rng(5);
  const auto few = rng.choice(std::size_t{1'000'000'000'000'000}, 3, false);
  EXPECT_EQ(std::set<std::size_t>(few.begin(), few.end()).size(), 3u);
  std::vector<int> seen(256), at_end(256);  // 3 of 256: sparse, and each as often as the others, at each place
  constexpr int kTimes = 40'000;
  for (int k = 0; k < kTimes; ++k) {
    const auto three = rng.choice(256, 3, false);
    ASSERT_TRUE(three[0] != three[1] && three[1] != three[2] && three[0] != three[2]);
    for (const std::size_t i : three) ++seen.at(i);
    ++at_end.at(three[2]);
  }
  double chi = 0, chi_at_end = 0;
  for (int k = 0; k < 256; ++k) {
    chi += std::pow(seen[std::size_t(k)] - 3 * kTimes / 256.0, 2) / (3 * kTimes / 256.0);
    chi_at_end += std::pow(at_end[std::size_t(k)] - kTimes / 256.0, 2) / (kTimes / 256.0);
  }
  EXPECT_LT(chi, 255 + 5 * std::sqrt(2 * 255.0));
  EXPECT_LT(chi_at_end, 255 + 5 * std::sqrt(2 * 255.0));
}

}  // namespace
}  // namespace xtape

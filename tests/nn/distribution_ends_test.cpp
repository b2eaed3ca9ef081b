// Distributions at the ends of their domains, in both precisions: values and slopes in data and parameters are their
// limits there, or what docs/behaviour.md says; NaN is none of them.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kAny = std::numeric_limits<double>::quiet_NaN();  // no slope that anybody has use for

/// Functions of x and a family's parameters.
template <template <class> class Family>
constexpr auto kCdf = [](const auto& x, const auto&... parameters) { return Family{parameters...}.cdf(x); };
template <template <class> class Family>
constexpr auto kLogProb = [](const auto& x, const auto&... parameters) { return Family{parameters...}.log_prob(x); };

/// What f of numbers has to give, and its slopes in each.
template <std::size_t N>
struct End {
  std::array<double, N> at;
  double value;
  std::array<double, N> slopes;
};

bool is_near(double got, double expected, double tolerance) {
  return got == expected || std::isnan(expected) || std::abs(got - expected) <= tolerance * (std::abs(expected) + 1);
}

template <class T, class F, std::size_t N>
void expect_end(const char* name, const F& f, const End<N>& end) {
  constexpr double kTolerance = sizeof(T) == 4 ? 3e-6 : 1e-12;
  Tape<T> tape;
  std::vector<Var<T>> x;
  std::string at = std::string(name) + " in " + (sizeof(T) == 4 ? "float" : "double") + " at";
  for (const double number : end.at) {
    x.push_back(tape.watch(full<T>({}, T(number))));
    at += " " + std::to_string(number);
  }
  SCOPED_TRACE(at);
  const Var<T> y = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return Var<T>(f(x[I]...));
  }
  (std::make_index_sequence<N>());
  EXPECT_TRUE(is_near(double(y.item()), end.value, kTolerance)) << y.item() << " and not " << end.value;
  const auto slopes = tape.gradient(y, x, {.allow_unused = true});
  for (std::size_t i = 0; i < N; ++i) {
    EXPECT_TRUE(is_near(double(slopes[i]()), end.slopes[i], kTolerance))
        << "slope " << i << ": " << slopes[i]() << " and not " << end.slopes[i];
  }
}
template <std::size_t N, class F>
void expect_ends(const char* name, const F& f, const std::vector<End<N>>& ends) {
  for (const End<N>& end : ends) {
    expect_end<float>(name, f, end);
    expect_end<double>(name, f, end);
  }
}

// Of each family 0 at -infinity and 1 at infinity, whatever its parameters are, with slopes of 0.
TEST(DistributionEnds, CumulativeProbabilitiesOfAllNumbers) {
  const auto flat = [](const char* name, const auto& f, const auto&... parameters) {
    constexpr std::size_t kSize = 1 + sizeof...(parameters);
    for (const double sign : {-1.0, 1.0}) {
      expect_ends<kSize>(name, f, {{{sign * kInf, parameters...}, sign < 0 ? 0.0 : 1.0, {}}});
    }
  };
  flat("Normal", kCdf<Normal>, 0.3, 0.2);
  flat("LogNormal", kCdf<LogNormal>, 0.3, 0.2);
  flat("Laplace", kCdf<Laplace>, 0.3, 1.5);
  flat("Cauchy", kCdf<Cauchy>, 0.3, 1.5);
  for (const double df : {0.5, 3.0, 200.0}) {
    flat("StudentT", kCdf<StudentT>, df, 0.3, 1.5);
  }
  flat("Uniform", kCdf<Uniform>, -1.0, 2.0);
  flat("Exponential", kCdf<Exponential>, 1.5);
  for (const double a : {0.5, 1.0, 30.0}) {
    flat("Gamma", kCdf<Gamma>, a, 1.5);
    flat("InverseGamma", kCdf<InverseGamma>, a, 1.5);
    flat("Beta", kCdf<Beta>, a, 2.0);
    flat("NegativeBinomial", kCdf<NegativeBinomial>, a, 0.3);
  }
  flat("Bernoulli", kCdf<Bernoulli>, 0.3);
  for (const double l : {-2.0, 0.0, 2.0}) {
    flat("ContinuousBernoulli", kCdf<ContinuousBernoulli>, l);
  }
  flat("Poisson", kCdf<Poisson>, 2.5);
  flat("Binomial", kCdf<Binomial>, 5.0, 0.3);
}

TEST(DistributionEnds, CumulativeProbabilitiesAtTheEndsOfDomains) {
  expect_ends<2>("Exponential", kCdf<Exponential>, {{{0, 1.5}, 0, {1.5, 0}}});
  expect_ends<3>("LogNormal", kCdf<LogNormal>, {{{0, 0.3, 0.2}, 0, {}}});
  expect_ends<3>("Gamma", kCdf<Gamma>,
                 {{{0, 0.5, 1.5}, 0, {kInf, 0, 0}}, {{0, 1, 1.5}, 0, {1.5, 0, 0}}, {{0, 2, 1.5}, 0, {}}});
  expect_ends<3>("InverseGamma", kCdf<InverseGamma>, {{{0, 0.5, 1.5}, 0, {}}, {{0, 3, 1.5}, 0, {}}});
  expect_ends<3>("Beta", kCdf<Beta>,
                 {{{0, 0.5, 2}, 0, {kInf, 0, 0}},
                  {{0, 1, 2}, 0, {2, 0, 0}},
                  {{0, 3, 2}, 0, {}},
                  {{1, 2, 0.5}, 1, {kInf, 0, 0}},
                  {{1, 2, 1}, 1, {2, 0, 0}},
                  {{1, 2, 3}, 1, {}}});
  expect_ends<3>("Uniform", kCdf<Uniform>, {{{-1, -1, 3}, 0, {0.25, -0.25, 0}}, {{3, -1, 3}, 1, {0.25, 0, -0.25}}});
  expect_ends<2>("Poisson", kCdf<Poisson>, {{{0, 0}, 1, {0, -1}}, {{3, 0}, 1, {}}});
  // At logits of certainty.
  expect_ends<2>("Bernoulli", kCdf<Bernoulli>, {{{0, kInf}, 0, {}}, {{0, -kInf}, 1, {}}, {{1, kInf}, 1, {}}});
  expect_ends<3>("Binomial", kCdf<Binomial>, {{{2, 5, kInf}, 0, {}}, {{2, 5, -kInf}, 1, {}}, {{5, 5, kInf}, 1, {}}});
  expect_ends<3>("NegativeBinomial", kCdf<NegativeBinomial>, {{{2, 1.5, kInf}, 0, {}}, {{2, 1.5, -kInf}, 1, {}}});
  expect_ends<2>("ContinuousBernoulli", kCdf<ContinuousBernoulli>,
                 {{{0.5, kInf}, 0, {}}, {{0.5, -kInf}, 1, {}}, {{1, 2}, 1, {2 / (1 - std::exp(-2.0)), 0}}});
}

// What is infinite cannot be drawn: the density is 0. Slopes are 0, or, of densities on all numbers, their limits.
TEST(DistributionEnds, DensitiesOfInfiniteData) {
  const auto out = [](const char* name, const auto& f, const auto&... parameters) {
    constexpr std::size_t kSize = 1 + sizeof...(parameters);
    for (const double x : {-kInf, kInf}) expect_ends<kSize>(name, f, {{{x, parameters...}, -kInf, {}}});
  };
  out("LogNormal", kLogProb<LogNormal>, 0.3, 0.2);
  out("Uniform", kLogProb<Uniform>, -1.0, 2.0);
  out("Exponential", kLogProb<Exponential>, 1.5);
  for (const double a : {0.5, 1.0, 30.0}) {
    out("Gamma", kLogProb<Gamma>, a, 1.5);
    out("InverseGamma", kLogProb<InverseGamma>, a, 1.5);
    out("Beta", kLogProb<Beta>, a, 2.0);
    out("NegativeBinomial", kLogProb<NegativeBinomial>, a, 0.3);
  }
  out("ContinuousBernoulli", kLogProb<ContinuousBernoulli>, 0.3);
  out("Poisson", kLogProb<Poisson>, 2.5);
  out("Binomial", kLogProb<Binomial>, 5.0, 0.3);
  out(
      "RelaxedBernoulli",
      [](auto x, auto l) {
        return RelaxedBernoulli{0.5, l}.log_prob(x);
      },
      0.3);
  for (const double sign : {-1.0, 1.0}) {
    const double inf = sign * kInf;
    expect_ends<3>("Normal", kLogProb<Normal>, {{{inf, 0.3, 0.2}, -kInf, {-inf, inf, kInf}}});
    expect_ends<3>("Laplace", kLogProb<Laplace>, {{{inf, 0.3, 2}, -kInf, {-sign / 2, sign / 2, kInf}}});
    expect_ends<3>("Cauchy", kLogProb<Cauchy>, {{{inf, 0.3, 2}, -kInf, {0, 0, 0.5}}});
    expect_ends<4>("StudentT", kLogProb<StudentT>, {{{inf, 3, 0.3, 2}, -kInf, {0, -kInf, 0, 1.5}}});
  }
}

TEST(DistributionEnds, DensitiesAtTheEndsOfDomains) {
  expect_ends<2>("Exponential", kLogProb<Exponential>, {{{0, 1.5}, std::log(1.5), {-1.5, 1 / 1.5}}});
  expect_ends<3>("LogNormal", kLogProb<LogNormal>, {{{0, 0.3, 0.2}, -kInf, {}}});
  expect_ends<3>("Gamma", kLogProb<Gamma>,
                 {{{0, 0.5, 1.5}, kInf, {-kInf, -kInf, 0.5 / 1.5}},
                  {{0, 1, 1.5}, std::log(1.5), {-1.5, -kInf, 1 / 1.5}},
                  {{0, 2, 1.5}, -kInf, {kInf, -kInf, 2 / 1.5}},
                  {{0, 40, 1.5}, -kInf, {kInf, -kInf, 40 / 1.5}}});
  expect_ends<3>("InverseGamma", kLogProb<InverseGamma>, {{{0, 0.5, 1.5}, -kInf, {}}, {{0, 40, 1.5}, -kInf, {}}});
  expect_ends<3>("Beta", kLogProb<Beta>,
                 {{{0, 0.5, 2}, kInf, {-kInf, -kInf, 0.28037230554677604}},
                  {{0, 2, 1}, -kInf, {kInf, -kInf, 1.5}},
                  {{1, 1, 2}, -kInf, {-kInf, 1.5, -kInf}},
                  {{0, 40, 50}, -kInf, {kInf, -kInf, 0.59225415340797971}},
                  {{1, 40, 50}, -kInf, {-kInf, 0.81791645280102854, -kInf}}});
  expect_ends<2>("Poisson", kLogProb<Poisson>,
                 {{{0, 0}, 0, {-kInf, -1}}, {{3, 0}, -kInf, {-kInf, kInf}}, {{40, 0}, -kInf, {-kInf, kInf}}});
}

TEST(DistributionEnds, OfCertainty) {
  expect_ends<2>("Bernoulli", kLogProb<Bernoulli>,
                 {{{1, kInf}, 0, {kInf, 0}},
                  {{0, kInf}, -kInf, {kInf, -1}},
                  {{0, -kInf}, 0, {-kInf, 0}},
                  {{1, -kInf}, -kInf, {-kInf, 1}},
                  {{0.25, kInf}, -kInf, {kInf, -0.75}},
                  {{0.25, -kInf}, -kInf, {-kInf, 0.25}}});
  expect_ends<1>("Bernoulli::entropy", [](auto l) { return Bernoulli{l}.entropy(); },
                 {{{kInf}, 0, {}}, {{-kInf}, 0, {}}});
  expect_ends<1>("Bernoulli::variance", [](auto l) { return Bernoulli{l}.variance(); },
                 {{{kInf}, 0, {}}, {{-kInf}, 0, {}}});
  const double p = 1 / (1 + std::exp(-0.5)), certain = std::log1p(std::exp(-0.5));
  expect_ends<2>("kl of Bernoulli", [](auto l, auto m) { return kl(Bernoulli{l}, Bernoulli{m}); },
                 {{{kInf, 0.5}, certain, {0, p - 1}},
                  {{-kInf, 0.5}, certain + 0.5, {0, p}},
                  {{0.5, kInf}, kInf, {-kInf, 1 - p}},
                  {{0.5, -kInf}, kInf, {kInf, -p}},
                  {{kInf, kInf}, 0, {}},
                  {{-kInf, -kInf}, 0, {}}});
  expect_ends<3>("Binomial",
                 [](auto x, auto n, auto l) {
                   return Binomial{n, l}.log_prob(x) + 0.0 * x;
                 },
                 {{{3, 3, kInf}, 0, {kInf, -kInf, 0}},
                  {{0, 3, -kInf}, 0, {-kInf, 0, 0}},
                  {{2, 3, kInf}, -kInf, {kInf, -kInf, -1}},
                  {{2, 3, -kInf}, -kInf, {-kInf, 1.0 / 3 + 0.5 - 0.5 + 0.5, 2}},
                  {{0, 0, kInf}, 0, {kInf, -kInf, 0}}});
  for (const double k : {0.0, 3.0}) {
    expect_ends<2>("NegativeBinomial",
                   [k](auto r, auto l) {
                     return NegativeBinomial{r, l}.log_prob(k);
                   },
                   {{{1.5, kInf}, -kInf, {-kInf, -1.5}}});
  }
  expect_ends<2>("NegativeBinomial",
                 [](auto r, auto l) {
                   return NegativeBinomial{r, l}.log_prob(0);
                 },
                 {{{1.5, -kInf}, 0, {0, 0}}});
  expect_ends<2>("NegativeBinomial",
                 [](auto r, auto l) {
                   return NegativeBinomial{r, l}.log_prob(1);
                 },
                 {{{1.5, -kInf}, -kInf, {1 / 1.5, 1}}});
  expect_ends<2>("NegativeBinomial::mean",
                 [](auto r, auto l) {
                   return NegativeBinomial{r, l}.mean();
                 },
                 {{{1.5, kInf}, kInf, {kInf, kInf}}, {{1.5, -kInf}, 0, {}}});
  expect_ends<2>("NegativeBinomial::variance",
                 [](auto r, auto l) {
                   return NegativeBinomial{r, l}.variance();
                 },
                 {{{1.5, kInf}, kInf, {kInf, kInf}}, {{1.5, -kInf}, 0, {}}});
  expect_ends<2>("ContinuousBernoulli", kLogProb<ContinuousBernoulli>,
                 {{{0.25, kInf}, -kInf, {kInf, -0.75}},
                  {{0.25, -kInf}, -kInf, {-kInf, 0.25}},
                  {{1, kInf}, kInf, {kInf, 0}},
                  {{0, -kInf}, kInf, {-kInf, 0}}});
  expect_ends<1>("ContinuousBernoulli::mean", [](auto l) { return ContinuousBernoulli{l}.mean(); },
                 {{{kInf}, 1, {}}, {{-kInf}, 0, {}}});
  expect_ends<1>("ContinuousBernoulli::variance", [](auto l) { return ContinuousBernoulli{l}.variance(); },
                 {{{kInf}, 0, {}}, {{-kInf}, 0, {}}});
  expect_ends<1>("ContinuousBernoulli::entropy", [](auto l) { return ContinuousBernoulli{l}.entropy(); },
                 {{{kInf}, -kInf, {}}, {{-kInf}, -kInf, {}}});
  expect_ends<2>("RelaxedBernoulli",
                 [](auto x, auto l) {
                   return RelaxedBernoulli{0.5, l}.log_prob(x);
                 },
                 {{{0.5, kInf}, -kInf, {2, -1}}, {{0.5, -kInf}, -kInf, {-2, 1}}});
}

TEST(DistributionEnds, OfExcludedClasses) {
  const auto two = [](auto l, auto m) { return stack({l, m}); };
  for (const bool is_row : {false, true}) {
    const auto log_prob = [&](double label) {
      return [=](auto l, auto m) {
        return is_row ? OneHotCategorical{two(l, m)}.log_prob(std::vector{1 - label, label})
                      : Categorical{two(l, m)}.log_prob(Indices{std::ptrdiff_t(label)});
      };
    };
    expect_ends<2>("Categorical", [&](auto l, auto m) { return sum(log_prob(0)(l, m)); }, {{{0.5, -kInf}, 0, {}}});
    expect_ends<2>("Categorical", [&](auto l, auto m) { return sum(log_prob(1)(l, m)); },
                   {{{0.5, -kInf}, -kInf, {-1, 1}}});
  }
  expect_ends<2>("Categorical::entropy", [&](auto l, auto m) { return sum(Categorical{two(l, m)}.entropy()); },
                 {{{0.5, -kInf}, 0, {}}, {{-kInf, 0.5}, 0, {}}});
  expect_ends<4>(
      "kl of Categorical",
      [&](auto a, auto b, auto c, auto d) { return sum(kl(Categorical{two(a, b)}, Categorical{two(c, d)})); },
      {{{0.5, -kInf, 0.25, 0.25}, std::log(2), {0, 0, -0.5, 0.5}},
       {{0.5, -kInf, 0.25, -kInf}, 0, {}},
       {{0.5, 0.5, 0.25, -kInf}, kInf, {kAny, kAny, 0.5, -0.5}}});
  expect_ends<2>("OneHotCategorical::variance",
                 [&](auto l, auto m) { return sum(OneHotCategorical{two(l, m)}.variance()); }, {{{0.5, -kInf}, 0, {}}});
  expect_ends<2>("RelaxedOneHotCategorical",
                 [&](auto l, auto m) {
                   return sum(RelaxedOneHotCategorical{0.5, two(l, m)}.log_prob(std::vector{0.5, 0.5}));
                 },
                 {{{0.5, -kInf}, -kInf, {-1, 1}}});
  expect_ends<2>("Mixture",
                 [&](auto l, auto m) {
                   using T = typename decltype(l)::value_type;
                   const Laplace<T> components{Var<T>(Array<T>{0, 9}), Var<T>(0.5)};
                   return sum(Mixture{two(l, m), components.with_event_dims(0)}.log_prob(0));
                 },
                 {{{0.5, -kInf}, 0, {}}});
}

}  // namespace
}  // namespace xtape::nn

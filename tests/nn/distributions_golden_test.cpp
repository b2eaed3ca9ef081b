// Distributions beside mpmath, SciPy and PyTorch: densities, moments, distribution functions, divergences, and slopes.

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
    if constexpr (requires { q.parameters(); }) {
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

}  // namespace
}  // namespace xtape::nn

#include "nn/distributions/normal.hpp"

#include <cmath>
#include <numbers>

namespace xtape::nn::detail {

namespace {

// Named, for errors.
struct LogProb {
  static constexpr const char* name = "normal_log_prob";
  auto operator()(const auto& x, const auto& mu, const auto& log_sigma) const {
    const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
    return -0.5 * square((x - mu) * exp(-log_sigma)) - log_sigma - half_log_two_pi;
  }
};
struct Divergence {
  static constexpr const char* name = "gaussian_kl";
  auto operator()(const auto& m, const auto& s, const auto& m0, const auto& s0) const {
    return s0 - s + 0.5 * (exp(2.0 * (s - s0)) + square((m - m0) * exp(-s0))) - 0.5;
  }
};
struct DivergenceFromStandard {
  static constexpr const char* name = "kl_standard_normal";
  auto operator()(const auto& m, const auto& s) const { return 0.5 * (square(m) + expm1(2.0 * s)) - s; }
};

}  // namespace

template <class T>
Var<T> normal_log_prob(const Var<T>& x, const Var<T>& mu, const Var<T>& log_sigma) {
  return map_sum(LogProb{}, x, mu, log_sigma);
}

template <class T>
Var<T> gaussian_kl(const Var<T>& mu, const Var<T>& log_sigma, const Var<T>& prior_mu, const Var<T>& prior_log_sigma) {
  return map_sum(Divergence{}, mu, log_sigma, prior_mu, prior_log_sigma);
}

template <class T>
Var<T> kl_standard_normal(const Var<T>& mu, const Var<T>& log_sigma) {
  return map_sum(DivergenceFromStandard{}, mu, log_sigma);
}

#define XTAPE_INSTANTIATE(T)                                                               \
  template Var<T> normal_log_prob(const Var<T>&, const Var<T>&, const Var<T>&);            \
  template Var<T> gaussian_kl(const Var<T>&, const Var<T>&, const Var<T>&, const Var<T>&); \
  template Var<T> kl_standard_normal(const Var<T>&, const Var<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn::detail

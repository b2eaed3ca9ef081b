#include "nn/distributions/uniform.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn {

namespace detail {

struct UniformLaw {
  static constexpr const char* name = "Uniform";
  static constexpr ParameterDomain parameters[] = {{"low", Domain::kReal}, {"high", Domain::kReal}};
  static void check(const auto& low, const auto& high) {
    check_domain(name, {"high - low", Domain::kPositive}, high - low);
  }
  struct LogProb : Operation<"Uniform::log_prob"> {
    auto operator()(const auto& x, const auto& low, const auto& high) const {
      return where(x < low || x > high, -kInfinity, where(x == x, -log(high - low), kNaN));
    }
  };
  static auto mean(const auto& low, const auto& high) { return 0.5 * (low + high); }
  static auto variance(const auto& low, const auto& high) { return square(high - low) / 12.0; }
  static auto entropy(const auto& low, const auto& high) { return log(high - low); }
  static auto cdf(const auto& x, const auto& low, const auto& high) { return clip((x - low) / (high - low), 0.0, 1.0); }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& low, const Var<T>& high) {
    return low + (high - low) * rng.uniform<T>(shape);
  }
};

namespace {

/// ln((high0 - low0) / (high - low)), infinite unless the first interval lies in the second.
struct UniformDivergence : Operation<"kl of Uniform"> {
  auto operator()(const auto& low, const auto& high, const auto& other_low, const auto& other_high) const {
    return where(low >= other_low && high <= other_high, log((other_high - other_low) / (high - low)), kInfinity);
  }
};

}  // namespace

}  // namespace detail

template <class T>
Var<T> kl(const Uniform<T>& p, const Uniform<T>& q) {
  return detail::divergence(detail::UniformDivergence{}, p, q);
}

#define XTAPE_INSTANTIATE(T)                                                        \
  template class Factorized<Uniform<T>, detail::UniformLaw, std::array<Var<T>, 2>>; \
  template Var<T> kl(const Uniform<T>&, const Uniform<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

#include "nn/distributions/von_mises.hpp"

#include <cmath>
#include <numbers>
#include <vector>
#include "nn/distributions/families.hpp"

namespace xtape::nn {

namespace detail {

struct VonMisesLaw {
  static constexpr const char* name = "VonMises";
  static constexpr ParameterDomain parameters[] = {{"mu", Domain::kReal}, {"concentration", Domain::kPositive}};
  struct LogProb : Operation<"VonMises::log_prob"> {
    auto operator()(const auto& x, const auto& mu, const auto& k) const {
      return -2.0 * k * square(sin(0.5 * (x - mu))) - log(2 * std::numbers::pi * i0e(k));
    }
  };
  static auto mean(const auto& mu, const auto&) { return mu; }
  static auto variance(const auto&, const auto& k) { return 1.0 - i1e(k) / i0e(k); }
  static auto entropy(const auto&, const auto& k) {
    return log(2 * std::numbers::pi * i0e(k)) + k * (1.0 - i1e(k) / i0e(k));
  }
  /// By rejection from a wrapped Cauchy distribution (Best and Fisher, 1979), all that are left at a time.
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& mu, const Var<T>& concentration) {
    const Var<T> centre = broadcast_to(mu, shape), k_of = broadcast_to(concentration, shape);
    Array<T> draws = empty<T>(shape);
    std::vector<std::size_t> left(draws.size());
    std::iota(left.begin(), left.end(), std::size_t{0});
    while (!left.empty()) {
      const Array<double> u = rng.uniform<double>({left.size(), 3});
      const double* at = u.data();
      std::erase_if(left, [&](std::size_t i) {
        const double k = double(k_of.value().data()[i]), tau = 1 + std::sqrt(1 + 4 * k * k);
        const double rho = (tau - std::sqrt(2 * tau)) / (2 * k);
        const double r = k < 1e-5 ? 1 / k + k : (1 + rho * rho) / (2 * rho);
        const double z = std::cos(std::numbers::pi * at[0]), f = (1 + r * z) / (r + z), c = k * (r - f);
        const double level = at[1], side = at[2] < 0.5 ? -1 : 1;
        at += 3;
        if (c * (2 - c) <= level && std::log(c / level) + 1 < c) return false;
        const double angle = double(centre.value().data()[i]) + side * std::acos(std::clamp(f, -1.0, 1.0));
        draws.data()[i] = T(std::remainder(angle, 2 * std::numbers::pi));
        return true;
      });
    }
    return draws;
  }
};

}  // namespace detail

#define XTAPE_INSTANTIATE(T) template class Factorized<VonMises<T>, detail::VonMisesLaw, std::array<Var<T>, 2>>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

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
  static auto variance(const auto&, const auto& k) { return scaled_variance(k) / k; }
  static auto entropy(const auto&, const auto& k) { return log(2 * std::numbers::pi * i0e(k)) + scaled_variance(k); }
  /// k (1 - I1(k) / I0(k)), of large k by its asymptotic series: both functions are equal to all digits there.
  static auto scaled_variance(const auto& k) {
    const auto large = k > 50.0;
    const auto r = 1.0 / where(large, k, 50.0), n = where(large, 1.0, k);
    const auto later = 1073.0 / 1024 + r * (103.0 / 32 + r * (375733.0 / 32768 + r * (23797.0 / 512)));
    const auto series = 0.5 + r * (1.0 / 8 + r * (1.0 / 8 + r * (25.0 / 128 + r * (13.0 / 32 + r * later))));
    return where(large, series, n * (1.0 - i1e(n) / i0e(n)));
  }
  /// By rejection from a wrapped Cauchy distribution (Best and Fisher, 1979), all that are left at a time. That one's
  /// angles have few digits where they are narrow: those of large concentrations are normal to a part of 1 / k.
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& mu, const Var<T>& concentration) {
    const Var<T> centre = broadcast_to(mu, shape), k_of = broadcast_to(concentration, shape);
    Array<T> draws = empty<T>(shape);
    const auto put = [&](std::size_t i, double from_centre) {
      draws.data()[i] = T(std::remainder(double(centre.value().data()[i]) + from_centre, 2 * std::numbers::pi));
    };
    std::vector<std::size_t> left, narrow;
    for (std::size_t i = 0; i < draws.size(); ++i) (k_of.value().data()[i] > T(1e7) ? narrow : left).push_back(i);
    const Array<double> normal = rng.normal<double>({narrow.size()});
    for (std::size_t j = 0; j < narrow.size(); ++j) {
      put(narrow[j], normal.data()[j] / std::sqrt(double(k_of.value().data()[narrow[j]])));
    }
    while (!left.empty()) {
      const Array<double> u = rng.uniform<double>({left.size(), 3});
      const double* at = u.data();
      std::erase_if(left, [&](std::size_t i) {
        const double k = double(k_of.value().data()[i]), tau = 1 + std::sqrt(1 + 4 * k * k);
        const double rho = (tau - std::sqrt(2 * tau)) / (2 * k), r = (1 + rho * rho) / (2 * rho);
        const double z = std::cos(std::numbers::pi * at[0]), f = (1 + r * z) / (r + z), c = k * (r - f);
        const double level = at[1], side = at[2] < 0.5 ? -1 : 1, uniform = std::numbers::pi * at[0];
        at += 3;
        if (k < 1e-5) {  // the density is the uniform one to a part of k
          put(i, side * uniform);
          return true;
        }
        if (c * (2 - c) <= level && std::log(c / level) + 1 < c) return false;
        put(i, side * std::acos(std::clamp(f, -1.0, 1.0)));
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

#pragma once
// Densities on a line, their integrals, and functions brought to their least value.

#include "nn/nn.hpp"

#include <cmath>
#include <functional>
#include <numbers>
#include <utility>
#include <vector>

namespace tutorial {

inline const double kLog2Pi = std::log(2 * std::numbers::pi);

// Places on a line: what integrates functions given there.
inline constexpr double kFrom = -8, kStep = 0.005;
inline constexpr std::size_t kPlaces = 14001;  // up to 62

inline xtape::Var<double> log_normal(const xtape::Var<double>& mu, const xtape::Var<double>& log_sigma) {
  // At every place of the grid; for mu (k, 1) of k distributions, (places, k).
  const std::ptrdiff_t places = std::ptrdiff_t(kPlaces);
  const xtape::Array<double> grid = kFrom + kStep * xt::arange<double>(double(kPlaces));
  const xtape::Var<double> at = xtape::reshape(xtape::Var<double>(grid), {places, 1});
  return xtape::nn::normal_log_prob(mu.dimension() == 2 ? xtape::expand_dims(at, 1) : at, mu, log_sigma);
}
inline double integral(const xtape::Var<double>& f) {
  return kStep * xtape::sum(f).item();
}

// Minimizes a function of parameters, and gives its least value.
inline double least(const std::vector<xtape::nn::Parameter<double>>& parameters,
                    const std::function<xtape::Var<double>()>& f) {
  return xtape::nn::minimize<double>(parameters,
                                     [&] {
                                       xtape::Tape<double> tape;
                                       const xtape::Var<double> value = f();
                                       return std::pair(value.item(), tape.gradient(value, parameters));
                                     })
      .value;
}

}  // namespace tutorial

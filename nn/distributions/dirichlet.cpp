#include "nn/distributions/dirichlet.hpp"

#include <limits>
#include "nn/distributions/families.hpp"
#include "nn/distributions/gamma_draws.hpp"
#include "nn/distributions/kl.hpp"
#include "nn/distributions/stirling.hpp"

namespace xtape::nn {

namespace {

/// (a - 1) ln x - ln Γ(a) + a ln A - A x, of large a by the deviance of A x, where A is the sum of all a.
struct LogPower : Operation<"Dirichlet::log_prob"> {
  auto operator()(const auto& x, const auto& a, const auto& total) const {
    const auto inside = x >= 0.0 && x < detail::kInfinity;
    const auto y = where(inside, x, 1.0), scaled = total * y;
    const auto large = a >= detail::kLarge && scaled > 0.0;
    const auto b = where(large, 1.0, a);
    const auto plain = xlogy(b - 1.0, y) - gammaln(b) + b * log(total) - scaled;
    const auto c = where(large, a, detail::kLarge), n = where(large, total, detail::kLarge), v = where(large, y, 1.0);
    const auto of_large = detail::log_gamma_kernel(c, n * v, detail::product_difference(n, v, c)) - log(v);
    return where(inside, where(large, of_large, plain), -detail::kInfinity);
  }
};

/// The divergence's part of each number: by the deviance of b from what the sum of all b is in the proportion of a.
struct DivergenceOfPart : Operation<"kl of Dirichlet"> {
  auto operator()(const auto& a, const auto& b, const auto& total_a, const auto& total_b) const {
    const auto d = (total_b * a - b * total_a) / total_a;
    return detail::deviance(b, total_b * (a / total_a), d) + detail::divergence_rest(b, a);
  }
};

}  // namespace

template <class T>
Dirichlet<T>::Dirichlet(const Var<T>& concentration)
    : EventDims<Dirichlet<T>>("Dirichlet", 1, 1), concentration_(concentration) {
  if (concentration.dimension() == 0) throw ShapeError("[Dirichlet] a concentration (..., K) expected, got shape ()");
  detail::check_domain("Dirichlet", {"concentration", detail::Domain::kPositive}, concentration);
}

template <class T>
Var<T> Dirichlet<T>::log_prob(const Var<T>& x) const {
  const detail::DensityOperand operands[] = {{"x", x.shape(), detail::Role::kData},
                                             {"concentration", shape(), detail::Role::kData}};
  detail::check_density_shapes(LogPower::name, operands);
  this->check_further(LogPower::name, x.shape());
  const Var<T> total = sum(concentration_, -1, true), of_total = sum(concentration_, -1);
  // A (Σ x - 1), of which what the rounding of x leaves counts nothing: it would be multiplied by a large sum.
  const Var<T> in_all = x.dimension() == 0 ? double(concentration_.shape(-1)) * x : Var<T>(sum(x, -1));
  const Var<T> excess = where(abs(in_all) < detail::kInfinity, in_all - 1.0, 0.0),
               rounding = abs(excess) < 8 * double(std::numeric_limits<T>::epsilon());
  const Var<T> of_sum = of_total * (excess - stop_gradient(where(rounding, excess, 0.0)));
  const Var<T> parts = map_sum(LogPower{}, x, concentration_, total);
  return this->summed(
      Var<T>(parts + of_sum + detail::stirling_rest(of_total) + detail::kHalfLogTwoPi - 0.5 * log(of_total)));
}

template <class T>
Var<T> Dirichlet<T>::sample(Random& rng, const Shape& leading) const {
  const Shape whole = detail::joined(leading, shape());
  return softmax(detail::log_gamma_draw(rng, whole, concentration_));
}

template <class T>
Var<T> Dirichlet<T>::mean() const {
  return concentration_ / sum(concentration_, -1, true);
}

template <class T>
Var<T> Dirichlet<T>::variance() const {
  return mean() * (1.0 - mean()) / (sum(concentration_, -1, true) + 1.0);
}

template <class T>
Var<T> Dirichlet<T>::entropy() const {
  const Var<T>& a = concentration_;
  return this->summed(
      Var<T>(sum(detail::entropy_part(a, 1.0), -1) - detail::entropy_part(Var<T>(sum(a, -1)), double(a.shape(-1)))));
}

template <class T>
Var<T> kl(const Dirichlet<T>& p, const Dirichlet<T>& q) {
  const Var<T>&a = p.concentration(), &b = q.concentration();
  const detail::DensityOperand operands[] = {{"concentration", a.shape(), detail::Role::kData},
                                             {"the other's concentration", b.shape(), detail::Role::kData}};
  detail::check_density_shapes("kl of Dirichlet", operands);
  const std::size_t event_dims =
      detail::same_event_dims("kl of Dirichlet", p.shape(), p.event_dims(), q.shape(), q.event_dims());
  const Var<T> total_a = sum(a, -1, true), total_b = sum(b, -1, true);
  const Var<T> of_rows = map_sum(DivergenceOfPart{}, a, b, total_a, total_b) -
                         detail::divergence_rest(Var<T>(sum(b, -1)), Var<T>(sum(a, -1)));
  return detail::sum_last(of_rows, event_dims - 1);
}

#define XTAPE_INSTANTIATE(T)   \
  template class Dirichlet<T>; \
  template Var<T> kl(const Dirichlet<T>&, const Dirichlet<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

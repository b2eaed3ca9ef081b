#include "nn/distributions/dirichlet.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/gamma_draws.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn {

namespace {

struct LogPower : Operation<"Dirichlet::log_prob"> {
  auto operator()(const auto& x, const auto& a) const {
    const auto inside = x >= 0.0;
    return where(inside, xlogy(a - 1.0, where(inside, x, 1.0)), -detail::kInfinity);
  }
};

/// ln B(a) over the last dimension.
template <class T>
Var<T> log_beta(const Var<T>& a) {
  return sum(gammaln(a), -1) - gammaln(sum(a, -1));
}

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
  return this->summed(Var<T>(map_sum(LogPower{}, x, concentration_) - log_beta(concentration_)));
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
  const Var<T> total = sum(a, -1);
  return this->summed(
      Var<T>(log_beta(a) + (total - double(a.shape(-1))) * digamma(total) - sum((a - 1.0) * digamma(a), -1)));
}

template <class T>
Var<T> kl(const Dirichlet<T>& p, const Dirichlet<T>& q) {
  const Var<T>&a = p.concentration(), &b = q.concentration();
  const detail::DensityOperand operands[] = {{"concentration", a.shape(), detail::Role::kData},
                                             {"the other's concentration", b.shape(), detail::Role::kData}};
  detail::check_density_shapes("kl of Dirichlet", operands);
  const std::size_t event_dims =
      detail::same_event_dims("kl of Dirichlet", p.shape(), p.event_dims(), q.shape(), q.event_dims());
  const Var<T> of_rows = log_beta(b) - log_beta(a) + sum((a - b) * (digamma(a) - digamma(sum(a, -1, true))), -1);
  return detail::sum_last(of_rows, event_dims - 1);
}

#define XTAPE_INSTANTIATE(T)   \
  template class Dirichlet<T>; \
  template Var<T> kl(const Dirichlet<T>&, const Dirichlet<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

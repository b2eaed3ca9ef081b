#pragma once
// Numbers whose logarithms are normal.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct LogNormalLaw;
}

/// x with ln x from N(mu, σ²), σ = e^log_sigma, from `LogNormal{mu, log_sigma}`: mean e^(mu + σ²/2).
template <class T>
class LogNormal : public Factorized<LogNormal<T>, detail::LogNormalLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<LogNormal<T>, detail::LogNormalLaw, std::array<Var<T>, 2>>;

 public:
  LogNormal(Var<T> mu, Var<T> log_sigma) : Base({std::move(mu), std::move(log_sigma)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& mu() const { return this->parameters()[0]; }
  const Var<T>& log_sigma() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
LogNormal(const A&, const B&) -> LogNormal<detail::number_of<A, B>>;

extern template class Factorized<LogNormal<float>, detail::LogNormalLaw, std::array<Var<float>, 2>>;
extern template class Factorized<LogNormal<double>, detail::LogNormalLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn

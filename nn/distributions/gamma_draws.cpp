#include "nn/distributions/gamma_draws.hpp"

#include "nn/distributions/families.hpp"

#include <array>

namespace xtape::nn::detail {

namespace {

/// y = ln z, as drawn; da = -g (∂P/∂a) / (z p(z)), which for small z, where P = z^a / Γ(a + 1), is -(y - ψ(a + 1)) / a.
struct LogGammaDraw : Operation<"log_gamma_draw", kOutput | operand(0), kNothing> {
  static auto eval(const auto&, const auto& log_z) { return log_z.v; }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto&) {
    const auto far = y > -40.0;
    const auto z = exp(where(far, y, 0.0));
    const auto slope =
        xtape::apply(op::Gammainc{{}, 1, false}, a, z) / (xtape::apply(op::Gammainc{{}, 0, true}, a, z) * z);
    return std::array{-g * where(far, slope, (y - digamma(a + 1.0)) / a), 0.0 * g};
  }
};

}  // namespace

template <class T>
Var<T> log_gamma_draw(Random& rng, const Shape& shape, const Var<T>& concentration) {
  // Below 1 a number of a + 1 times u^(1 / a), whose logarithm does not underflow.
  const Var<T> a = broadcast_to(stop_gradient(concentration), shape);
  const Var<T> below = a < 1.0;
  const Var<T> whole = log(Var<T>(rng.gamma(Var<T>(a + below).value())));
  const Var<T> u = open_uniform<T>(rng, shape);
  return xtape::apply(LogGammaDraw{}, concentration, Var<T>(whole + where(below, log(u) / a, 0.0)));
}

template Var<float> log_gamma_draw(Random&, const Shape&, const Var<float>&);
template Var<double> log_gamma_draw(Random&, const Shape&, const Var<double>&);

}  // namespace xtape::nn::detail

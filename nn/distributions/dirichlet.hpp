#pragma once
// Dirichlet distributions: of numbers above 0 whose sum is 1.

#include "autodiff/autodiff.hpp"
#include "nn/distributions/factorized.hpp"

#include <cstddef>

namespace xtape::nn {

/// Π x_k^(a_k - 1) / B(a) for x_k >= 0 with Σ x_k = 1, from `Dirichlet{concentration}`, a of shape (..., K). A row of K
/// numbers is one event, or part of one.
template <class T>
class Dirichlet : public EventDims<Dirichlet<T>> {
 public:
  using value_type = T;

  /// Throws ShapeError for a rank of 0, DataError unless all are above 0.
  explicit Dirichlet(const Var<T>& concentration);

  /// ln p(x) for x (..., K), -infinity where one is below 0. That the sum is 1 is the caller's word.
  Var<T> log_prob(const Var<T>& x) const;
  /// A draw of shape `leading` + shape(), with implicit gradients.
  Var<T> sample(Random& rng, const Shape& leading = {}) const;
  /// a / A with A = Σ a, and a (A - a) / (A² (A + 1)).
  Var<T> mean() const;
  Var<T> variance() const;
  /// ln B(a) + (A - K) ψ(A) - Σ (a - 1) ψ(a).
  Var<T> entropy() const;

  /// The shape of a draw.
  const Shape& shape() const { return concentration_.shape(); }
  const Var<T>& concentration() const { return concentration_; }

 private:
  Var<T> concentration_;
};
template <Operand C>
Dirichlet(const C&) -> Dirichlet<detail::number_of<C>>;

extern template class Dirichlet<float>;
extern template class Dirichlet<double>;

}  // namespace xtape::nn

#pragma once
// What the output of a decoder says of the numbers that it stands for: p(x|z) of a latent-variable model.

#include "nn/distributions/bernoulli.hpp"
#include "nn/distributions/normal.hpp"
#include "nn/module.hpp"

#include <cstddef>

namespace xtape::nn {

/// p(x|output), independent between the d numbers of x. What it has to learn are its parameters.
template <class T>
class Likelihood : public Module<T> {
 public:
  /// ln p(x|output) for x (..., d) and an output of the same last dimension, over which is summed; leading dimensions
  /// broadcast. Throws ShapeError for others.
  virtual Var<T> log_prob(const Var<T>& x, const Var<T>& output) const = 0;
  /// E[x|output], in the shape of the output.
  virtual Var<T> mean(const Var<T>& output) const = 0;
  /// An x drawn from p(x|output), in the same shape.
  virtual Array<T> draw(const Var<T>& output, Random& rng) const = 0;
};

/// x is 1 with probability sigmoid(output), else 0: see bernoulli_log_prob.
template <class T>
class BernoulliLikelihood : public Likelihood<T> {
 public:
  /// p(x|output).
  Bernoulli<T> distribution(const Var<T>& output) const { return Bernoulli<T>(output); }
  Var<T> log_prob(const Var<T>& x, const Var<T>& output) const override;
  Var<T> mean(const Var<T>& output) const override;
  Array<T> draw(const Var<T>& output, Random& rng) const override;
};

/// Which standard deviations a GaussianLikelihood has.
enum class Sigma {
  kFixed,   ///< one number, not learnt, but saved
  kShared,  ///< one number, learnt
  kEach     ///< one for each of the d numbers, learnt
};

/// x ~ N(output, diag(σ²)) with σ = floor + exp(s): s is what is learnt, where σ is. A number that never varies draws
/// its σ towards the floor, and without one the density has no bound.
template <class T>
class GaussianLikelihood : public Likelihood<T> {
 public:
  /// Of samples of `size` numbers. σ starts as `start`. Throws Error unless 0 <= floor < start < ∞, and for size 0.
  GaussianLikelihood(Sigma kind, std::size_t size, double start = 1, double floor = 0);

  /// p(x|output).
  Normal<T> distribution(const Var<T>& output) const { return Normal<T>(output, log_sigma()); }
  Var<T> log_prob(const Var<T>& x, const Var<T>& output) const override;
  Var<T> mean(const Var<T>& output) const override { return output; }
  Array<T> draw(const Var<T>& output, Random& rng) const override;

  /// ln σ: (1), or (d) for Sigma::kEach.
  Var<T> log_sigma() const;

 private:
  Sigma kind_;
  double floor_;
  // s, a "log_sigma" that is learnt or a "fixed_log_sigma" that is not; the other one is not used.
  Parameter<T> free_;
  Buffer<T> fixed_;
};

#define XTAPE_EXTERN(T)                         \
  extern template class BernoulliLikelihood<T>; \
  extern template class GaussianLikelihood<T>;
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn

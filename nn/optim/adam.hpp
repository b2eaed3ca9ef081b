#pragma once
// Adam: a step scaled by running means of the gradient and of its square.

#include "nn/optim/optimizer.hpp"

#include <vector>

namespace xtape::nn {

/// How Adam steps.
struct AdamOptions {
  double learning_rate = 1e-3;  ///< α
  double beta1 = 0.9;           ///< β₁, the decay of the mean of the gradient
  double beta2 = 0.999;         ///< β₂, the decay of the mean of its square
  double epsilon = 1e-8;        ///< ε, added to the root of the latter
  double weight_decay = 0;      ///< λ, of a penalty λ w²/2 on the weights, whose gradient is added to theirs
  bool amsgrad = false;         ///< divides by the root of the largest v so far (Reddi et al. 2018)
};

/// m = β₁ m + (1 - β₁) g,  v = β₂ v + (1 - β₂) g²,  w = w - α (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε): Kingma and Ba
/// 2015, Algorithm 1; g includes λ w.
template <class T>
class Adam : public GroupedOptimizer<T, AdamOptions> {
 public:
  /// Throws Error for an empty list, for options out of range (learning_rate, epsilon and weight_decay >= 0, betas in
  /// [0, 1)) and for a parameter that is listed twice.
  explicit Adam(std::vector<Parameter<T>> parameters, const AdamOptions& options = {});

 protected:
  std::vector<OptimizerSlot> slots_for(const AdamOptions& options) const override;
  void update(const std::vector<Array<T>>& gradients) override;
};

extern template class Adam<float>;
extern template class Adam<double>;

}  // namespace xtape::nn

#pragma once
// AdamW: Adam with weights that decay apart from their gradients.

#include "nn/optim/optimizer.hpp"

#include <vector>

namespace xtape::nn {

/// How AdamW steps.
struct AdamWOptions {
  double learning_rate = 1e-3;  ///< α
  double beta1 = 0.9;           ///< β₁, the decay of the mean of the gradient
  double beta2 = 0.999;         ///< β₂, the decay of the mean of its square
  double epsilon = 1e-8;        ///< ε, added to the root of the latter
  double weight_decay = 1e-2;   ///< λ: a step takes α λ w from the weights, besides Adam's
  bool amsgrad = false;         ///< divides by the root of the largest v so far
};

/// Adam's step from (1 - α λ) w on: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019,
/// algorithm 2, with PyTorch's α in place of the schedule's factor.
template <class T>
class AdamW : public GroupedOptimizer<T, AdamWOptions> {
 public:
  /// Throws what Adam throws.
  explicit AdamW(std::vector<Parameter<T>> parameters, const AdamWOptions& options = {});

 protected:
  std::vector<OptimizerSlot> slots_for(const AdamWOptions& options) const override;
  void update(const std::vector<Array<T>>& gradients) override;
};

extern template class AdamW<float>;
extern template class AdamW<double>;

}  // namespace xtape::nn

#pragma once
// Lion: a step of one size, by the sign of a running mean of the gradient.

#include "nn/optim/optimizer.hpp"

#include <vector>

namespace xtape::nn {

/// How Lion steps.
struct LionOptions {
  double learning_rate = 1e-4;  ///< α; a third to a tenth of what AdamW takes
  double beta1 = 0.9;           ///< β₁, how much of the mean is in the direction
  double beta2 = 0.99;          ///< β₂, the decay of the mean
  double weight_decay = 0;      ///< λ: a step takes α λ w from the weights; three to ten times that of AdamW
};

/// w = w - α (sign(β₁ m + (1 - β₁) g) + λ w),  m = β₂ m + (1 - β₂) g: X. Chen et al., "Symbolic discovery of
/// optimization algorithms", 2023 (arXiv:2302.06675), program 1.
template <class T>
class Lion : public GroupedOptimizer<T, LionOptions> {
 public:
  /// Throws Error for an empty list, a parameter that is listed twice, and options out of range.
  explicit Lion(std::vector<Parameter<T>> parameters, const LionOptions& options = {});

 protected:
  std::vector<OptimizerSlot> slots_for(const LionOptions& options) const override;
  void update(const std::vector<Array<T>>& gradients) override;
};

extern template class Lion<float>;
extern template class Lion<double>;

}  // namespace xtape::nn

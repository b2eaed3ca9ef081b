#pragma once
// RMSprop: a step divided by the root of a running mean of the square of the gradient.

#include "nn/optim/optimizer.hpp"

#include <vector>

namespace xtape::nn {

/// How RmsProp steps.
struct RmsPropOptions {
  double learning_rate = 1e-2;  ///< α
  double smoothing = 0.99;      ///< ρ, the decay of the mean of the square; PyTorch's alpha
  double epsilon = 1e-8;        ///< ε, added to its root
  double weight_decay = 0;      ///< λ, of a penalty λ w²/2 on the weights, whose gradient is added to theirs
  double momentum = 0;          ///< μ, how much of the direction so far is kept
  bool centered = false;        ///< divides by the root of the variance, v - m² with m the mean of the gradient
};

/// v = ρ v + (1 - ρ) g²,  b = μ b + g / (√v + ε),  w = w - α b; g includes λ w. T. Tieleman and G. Hinton, "Neural
/// networks for machine learning", lecture 6.5, 2012; centered: A. Graves, arXiv:1308.0850, equation 40. As PyTorch
/// has it, with ε outside of the root.
template <class T>
class RmsProp : public GroupedOptimizer<T, RmsPropOptions> {
 public:
  /// Throws Error for an empty list, a parameter that is listed twice, and options out of range.
  explicit RmsProp(std::vector<Parameter<T>> parameters, const RmsPropOptions& options = {});

 protected:
  std::vector<OptimizerSlot> slots_for(const RmsPropOptions& options) const override;
  void update(const std::vector<Array<T>>& gradients) override;
};

extern template class RmsProp<float>;
extern template class RmsProp<double>;

}  // namespace xtape::nn

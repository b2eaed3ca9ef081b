#pragma once
// Adagrad: a step divided by the root of the sum of the squares of all gradients so far.

#include "nn/optim/optimizer.hpp"

#include <vector>

namespace xtape::nn {

/// How Adagrad steps.
struct AdagradOptions {
  double learning_rate = 1e-2;  ///< α
  double rate_decay = 0;        ///< γ: step t has the rate α / (1 + (t - 1) γ); PyTorch's lr_decay
  double weight_decay = 0;      ///< λ, of a penalty λ w²/2 on the weights, whose gradient is added to theirs
  double initial_sum = 0;       ///< of the squares, before the first step; PyTorch's initial_accumulator_value
  double epsilon = 1e-10;       ///< ε, added to the root of the sum
};

/// v = v + g²,  w = w - α g / (√v + ε); g includes λ w. J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods
/// for online learning and stochastic optimization", 2011.
template <class T>
class Adagrad : public GroupedOptimizer<T, AdagradOptions> {
 public:
  /// Throws Error for an empty list, a parameter that is listed twice, and options out of range.
  explicit Adagrad(std::vector<Parameter<T>> parameters, const AdagradOptions& options = {});

 protected:
  std::vector<OptimizerSlot> slots_for(const AdagradOptions& options) const override;
  void update(const std::vector<Array<T>>& gradients) override;
};

extern template class Adagrad<float>;
extern template class Adagrad<double>;

}  // namespace xtape::nn

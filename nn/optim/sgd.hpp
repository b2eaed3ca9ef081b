#pragma once
// SGD: a step along the gradient, or along a running sum of gradients.

#include "nn/optim/optimizer.hpp"

#include <vector>

namespace xtape::nn {

/// How Sgd steps.
struct SgdOptions {
  double learning_rate = 1e-3;  ///< α
  double momentum = 0;          ///< μ, how much of the direction so far is kept; 0: the gradient alone
  double dampening = 0;         ///< δ, how much of the gradient is left out of the direction, but for the first one
  double weight_decay = 0;      ///< λ, of a penalty λ w²/2 on the weights, whose gradient is added to theirs
  bool nesterov = false;        ///< steps along g + μ b, as from where the momentum leads; asks for one, undampened
};

/// b = μ b + (1 - δ) g (b = g in the first step),  w = w - α b, with Nesterov's momentum w - α (g + μ b); g includes
/// λ w. As PyTorch has it: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning",
/// but for α, which they have within b.
template <class T>
class Sgd : public GroupedOptimizer<T, SgdOptions> {
 public:
  /// Throws Error for an empty list, a parameter that is listed twice, and options out of range.
  explicit Sgd(std::vector<Parameter<T>> parameters, const SgdOptions& options = {});

 protected:
  std::vector<OptimizerSlot> slots_for(const SgdOptions& options) const override;
  void update(const std::vector<Array<T>>& gradients) override;
};

extern template class Sgd<float>;
extern template class Sgd<double>;

}  // namespace xtape::nn

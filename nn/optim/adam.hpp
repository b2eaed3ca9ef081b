#pragma once
// Adam: a step scaled by running means of the gradient and of its square.

#include "nn/module.hpp"

#include <cstdint>
#include <vector>

namespace xtape::nn {

/// How Adam steps.
struct AdamOptions {
  double learning_rate = 1e-3;  ///< α
  double beta1 = 0.9;           ///< β₁, the decay of the mean of the gradient
  double beta2 = 0.999;         ///< β₂, the decay of the mean of its square
  double epsilon = 1e-8;        ///< ε, added to the root of the latter
};

/// The most steps that a state may have: up to here a double tells t from t + 1, and nobody gets here.
inline constexpr std::uint64_t kMostAdamSteps = std::uint64_t{1} << 53;

/// What Adam remembers, in the order of its parameters; saved with a checkpoint.
template <class T>
struct AdamState {
  std::uint64_t step = 0;               ///< t, the steps done
  std::vector<Array<T>> first, second;  ///< the running means of the gradients and of their squares
};

/// m = β₁ m + (1 - β₁) g,  v = β₂ v + (1 - β₂) g²,  w = w - α (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε): Kingma and Ba
/// 2015, Algorithm 1.
template <class T>
class Adam {
 public:
  /// Throws Error for an empty list, for options out of range (learning_rate >= 0, betas in [0, 1), epsilon >= 0) and
  /// for a parameter that is listed twice.
  explicit Adam(std::vector<Parameter<T>> parameters, const AdamOptions& options = {});

  /// One step for all parameters, in one pass over each; `gradients` in their order, as tape.gradient(loss, parameters)
  /// gives them. Throws, before anything is changed, ShapeError where number or shapes differ and TapeError for an
  /// array that was moved from.
  void step(const std::vector<Array<T>>& gradients);

  const AdamOptions& options() const { return options_; }  ///< as given
  const AdamState<T>& state() const { return state_; }     ///< after the steps so far
  /// Goes on from a saved state. Throws ShapeError where it does not fit the parameters, TapeError for an array that
  /// was moved from, Error for more steps than kMostAdamSteps.
  void set_state(AdamState<T> state);

 private:
  std::vector<Parameter<T>> parameters_;
  AdamOptions options_;
  AdamState<T> state_;
};

extern template class Adam<float>;
extern template class Adam<double>;

}  // namespace xtape::nn

#pragma once
// Early stopping: training ends where a measure stops to become better, and the best weights stay.

#include "nn/module.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace xtape::nn {

/// When training ends.
struct EarlyStoppingOptions {
  std::uint64_t patience = 5;     ///< updates without an improvement after which it ends, at least 1
  double min_improvement = 0;     ///< what counts as one: a value better by more than this, at least 0
  bool larger_is_better = false;  ///< of an accuracy, say; else smaller, as of a loss
};

/// What is remembered beside the weights.
struct EarlyStoppingState {
  std::optional<double> best = {};                             ///< the best value; none as long as all were NaN
  std::uint64_t updates = 0;                                   ///< so far
  std::uint64_t best_update = 0;                               ///< the one that had it, counted from 1
  bool operator==(const EarlyStoppingState&) const = default;  ///< whether all agree
};

/// Watches a measure of the model, its loss on data that it was not trained on, and keeps a copy of all that the model
/// has (parameters, buffers, counters) where it was best:
///
///   nn::EarlyStopping<float> stopping(model, {.patience = 3});
///   while (!stopping.update(validation_loss())) train_epoch();
///   stopping.restore();
///
/// L. Prechelt 1998, "Early stopping - but when?", has the criterion as UP.
template <class T>
class EarlyStopping {
 public:
  /// `model` has to outlive it. Throws Error for a patience of 0, and for a min_improvement that is negative or not
  /// finite.
  explicit EarlyStopping(const Module<T>& model, const EarlyStoppingOptions& options = {});

  /// A value for the model as it is now; NaN is no improvement. Returns `ended()`.
  bool update(double value);
  /// Whether the last `patience` updates brought no improvement.
  bool ended() const { return state_.updates - state_.best_update >= options_.patience; }
  /// Whether the last update was the best so far.
  bool improved() const { return state_.best.has_value() && state_.best_update == state_.updates; }

  /// Gives the model what it had where it was best. Throws Error where no update had a number.
  void restore() const;

  const EarlyStoppingState& state() const { return state_; }  ///< to be saved with `kept()`
  /// What the model had, under its names, as handles: a file may be written from it, or read into it.
  const std::vector<NamedState<T>>& kept() const { return kept_; }
  /// Goes on from another run's. Throws Error where the best update comes after the last.
  void set_state(const EarlyStoppingState& state);

 private:
  EarlyStoppingOptions options_;
  EarlyStoppingState state_;
  std::vector<NamedState<T>> of_model_, kept_;
};

extern template class EarlyStopping<float>;
extern template class EarlyStopping<double>;

}  // namespace xtape::nn

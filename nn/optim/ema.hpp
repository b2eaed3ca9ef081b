#pragma once
// Averages of weights over the steps of a training run, which often do better than the last weights.

#include "nn/module.hpp"

#include <cstdint>
#include <vector>

namespace xtape::nn {

/// How weights are averaged.
struct EmaOptions {
  double decay = 0.999;  ///< β; the average is over about the last 1 / (1 - β) updates
};

/// The exponential moving average a = β a + (1 - β) w of parameters w, from a = w in the first update on:
///
///   nn::Ema<float> average(model.parameters());
///   optimizer.step(gradients); average.update();      // in every step
///   average.swap();                                   // the model has the averages
///   ...                                               // evaluate, save
///   average.swap();                                   // and trains on where it was
///
/// Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging", average all steps alike; PyTorch:
/// swa_utils.AveragedModel with get_ema_multi_avg_fn.
template <class T>
class Ema {
 public:
  /// Throws Error for an empty list, a parameter that is listed twice, and a decay outside of [0, 1).
  explicit Ema(std::vector<Parameter<T>> parameters, const EmaOptions& options = {});

  /// One update with the parameters as they are, in one parallel pass. Throws Error while averages and weights are
  /// swapped.
  void update();

  /// Gives the averages to the parameters, and keeps their values; once more: back again.
  void swap();
  bool swapped() const { return swapped_; }  ///< whether the parameters have the averages

  /// Gives the averages to other parameters: of a copy of the model. Throws ShapeError, before anything is changed,
  /// where their number or shapes differ.
  void copy_to(const std::vector<Parameter<T>>& parameters) const;

  /// The averages, in the order of the parameters; before the first update the parameters' values at the beginning.
  /// Throws Error while they are swapped.
  const std::vector<Array<T>>& averages() const;
  std::uint64_t updates() const { return updates_; }  ///< so far

  /// Goes on from averages of another run, after so many updates. Throws ShapeError where they do not fit, Error while
  /// averages and weights are swapped.
  void set_averages(std::vector<Array<T>> averages, std::uint64_t updates);

 private:
  void check_not_swapped() const;

  std::vector<Parameter<T>> parameters_;
  EmaOptions options_;
  std::vector<Array<T>> averages_;
  std::uint64_t updates_ = 0;
  bool swapped_ = false;
};

extern template class Ema<float>;
extern template class Ema<double>;

}  // namespace xtape::nn

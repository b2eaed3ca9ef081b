#pragma once
// Normalization of each channel over the batch.

#include "nn/layers/layer.hpp"

#include <cstddef>
#include <optional>

namespace xtape::nn {

/// What a BatchNorm has.
struct BatchNormOptions {
  double epsilon = 1e-5;  ///< what is added to the variance
  /// The weight of the newest batch in the running statistics; without one they are the mean of all batches.
  std::optional<double> momentum = 0.1;
  bool affine = true;               ///< whether there are a weight and a bias
  bool track_running_stats = true;  ///< else the batch's own statistics serve in evaluation too
};

/// y = w (x - μ) / √(σ² + ε) + b, for each channel, the second dimension of x. In training μ and σ² are those of the
/// batch, over all other dimensions, and the running statistics come nearer to them (of the variance with n - 1); in
/// evaluation they are the running ones. w, b, running_mean, running_var: (channels); w and running_var start as 1, the
/// others as 0. num_batches_tracked counts. Source: S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015.
///
/// A call in training changes the running statistics, also where a transform or a checkpoint calls once more. Inside of
/// vmap it throws TapeError: an example has no batch.
template <class T>
class BatchNorm : public Layer<T> {
 public:
  /// x: (batch, channels, ...) gives the same shape. Throws ShapeError for another number of channels or of dimensions,
  /// and in training for one number a channel, which has no variance.
  Var<T> operator()(const Var<T>& x) const;

  const Buffer<T>& running_mean() const { return running_mean_; }              ///< (channels)
  const Buffer<T>& running_var() const { return running_var_; }                ///< (channels)
  const Counter& num_batches_tracked() const { return num_batches_tracked_; }  ///< calls in training

 protected:
  BatchNorm(const char* name, std::size_t channels, Shape ranks, const BatchNormOptions& options);

 private:
  void track(const Var<T>& mean, const Var<T>& variance, double count) const;

  const char* name_;
  std::size_t channels_;
  Shape ranks_;  // that x may have
  BatchNormOptions options_;
  std::optional<Parameter<T>> weight_, bias_;
  Buffer<T> running_mean_, running_var_;
  Counter num_batches_tracked_;
};

/// BatchNorm of (batch, channels) or (batch, channels, length).
template <class T>
class BatchNorm1d : public BatchNorm<T> {
 public:
  /// Throws Error for an epsilon that is negative or not finite and a momentum outside of [0, 1].
  explicit BatchNorm1d(std::size_t channels, const BatchNormOptions& options = {})
      : BatchNorm<T>("batch_norm1d", channels, {2, 3}, options) {}
};

/// BatchNorm of (batch, channels, height, width).
template <class T>
class BatchNorm2d : public BatchNorm<T> {
 public:
  /// Throws Error for an epsilon that is negative or not finite and a momentum outside of [0, 1].
  explicit BatchNorm2d(std::size_t channels, const BatchNormOptions& options = {})
      : BatchNorm<T>("batch_norm2d", channels, {4}, options) {}
};

extern template class BatchNorm<float>;
extern template class BatchNorm<double>;

}  // namespace xtape::nn

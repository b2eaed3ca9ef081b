#pragma once
// Gradients between the tape and an optimizer: bounds on their size, and sums of several.

#include "autodiff/array.hpp"

#include <cstddef>
#include <vector>

namespace xtape::nn {

/// √(Σ g²) over the elements of all arrays, added in double, with the same bits on any number of threads. NaN or
/// infinite where an element is.
template <class T>
double global_norm(const std::vector<Array<T>>& gradients);

/// Multiplies all gradients by max_norm / (norm + 1e-6) where their global norm is above `max_norm`, as PyTorch's
/// clip_grad_norm_. Returns the norm as it was; where that is not finite, the gradients stay as they are, so that a
/// loop can leave the step out. Throws Error for a bound that is negative or NaN.
template <class T>
double clip_by_global_norm(std::vector<Array<T>>& gradients, double max_norm);

/// Puts every element into [-limit, limit]. Returns the largest |element| before; 0 where there is none, NaN where an
/// element is, which stays NaN. Throws Error for a limit that is negative or NaN.
template <class T>
double clip_by_value(std::vector<Array<T>>& gradients, double limit);

/// The mean of the gradients of several micro-batches: what one batch of all of them would give, without its memory.
///
///   nn::GradientAccumulator<float> accumulated;
///   for (const auto& batch : micro_batches) {
///     Tape<float> tape;
///     accumulated.add(tape.gradient(loss(batch), parameters), batch.size());
///   }
///   optimizer.step(accumulated.take());
template <class T>
class GradientAccumulator {
 public:
  /// Adds gradients that count `weight` times: the size of their batch, where losses are means over batches of several
  /// sizes. Throws, before anything is changed, ShapeError where number or shapes are not those of the first ones, and
  /// Error for a weight that is not above 0.
  void add(std::vector<Array<T>> gradients, double weight = 1);

  /// The weighted mean of all that was added since the last time. Throws Error where nothing was.
  std::vector<Array<T>> take();

  std::size_t count() const { return count_; }  ///< how many were added since the last time

 private:
  std::vector<Array<T>> sums_;
  double weight_ = 0;  // of all of them
  std::size_t count_ = 0;
};

extern template double global_norm(const std::vector<Array<float>>&);
extern template double global_norm(const std::vector<Array<double>>&);
extern template double clip_by_global_norm(std::vector<Array<float>>&, double);
extern template double clip_by_global_norm(std::vector<Array<double>>&, double);
extern template double clip_by_value(std::vector<Array<float>>&, double);
extern template double clip_by_value(std::vector<Array<double>>&, double);
extern template class GradientAccumulator<float>;
extern template class GradientAccumulator<double>;

}  // namespace xtape::nn

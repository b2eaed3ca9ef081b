#pragma once
// The yardstick: a training step of a variational autoencoder written by hand, without automatic differentiation.
//
//   h = relu(x We' + be)                       (batch, hidden)
//   (mu, log_sigma) = h Wh' + bh               (batch, 2 latent): both heads are one product
//   z = mu + exp(log_sigma) * epsilon          (batch, latent)
//   g = relu(z Wd' + bd)                       (batch, hidden)
//   logits = g Wo' + bo                        (batch, pixels)
//   loss = mean over the batch of sum(softplus(logits) - x logits) + KL(N(mu, sigma^2) || N(0, 1))
//
// All memory is allocated once. Every product writes into its place, and what follows it (bias, activation, loss,
// their derivatives, bias gradients) is one vectorised pass over each thread's share of the result. Adam is one pass
// over all parameters, which lie in one piece of memory.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "benchmarks/support/sliced_product.hpp"

namespace xtape::benchmarks {

/// The widths of the network; the defaults are those of the PyTorch examples' VAE.
struct VaeSizes {
  std::size_t pixels = 784, hidden = 400, latent = 20;
};

/// The layers, in the order of the forward pass. The heads' rows are those of mu, then those of log_sigma.
enum class Layer : std::size_t { kEncoder, kHeads, kHidden, kDecoder };

/// T is float or double.
template <class T>
class HandWrittenVae {
 public:
  /// Draws weights and biases from U(-1/sqrt(fan_in), 1/sqrt(fan_in)). Works on as many threads as
  /// `omp_get_max_threads()` says now.
  HandWrittenVae(const VaeSizes& sizes, std::size_t batch, ProductThreads product_threads, std::uint64_t seed);
  ~HandWrittenVae();
  HandWrittenVae(const HandWrittenVae&) = delete;
  HandWrittenVae& operator=(const HandWrittenVae&) = delete;

  /// The loss of images (batch, pixels) with noise epsilon (batch, latent); its gradients stand in `weight_gradient`
  /// and `bias_gradient` afterwards.
  T loss_and_gradient(const T* images, const T* epsilon);

  /// One step of Adam (learning rate 1e-3, betas 0.9 and 0.999, epsilon 1e-8) along the gradients that stand there.
  void update();

  /// Both of the above: one training step. Returns the loss.
  T step(const T* images, const T* epsilon);

  std::span<T> weight(Layer layer);                 ///< (out, in), row by row
  std::span<T> bias(Layer layer);                   ///< (out)
  std::span<const T> weight_gradient(Layer layer);  ///< (out, in), row by row
  std::span<const T> bias_gradient(Layer layer);    ///< (out)

 private:
  struct State;
  std::unique_ptr<State> state_;
};

extern template class HandWrittenVae<float>;
extern template class HandWrittenVae<double>;

}  // namespace xtape::benchmarks

#pragma once
// ln p(x) of a latent-variable model, estimated by importance sampling.

#include "autodiff/array.hpp"
#include "autodiff/errors.hpp"

#include <cstddef>
#include <vector>

namespace xtape::nn {

/// What importance sampling says of one sample x.
struct LogEvidence {
  double log_prob = 0;  ///< ln of the mean weight, in nats: in expectation below ln p(x)
  double standard_error =
      0;  ///< of log_prob: the relative error of the mean weight (delta method); infinite for one weight
  double effective_sample_size = 0;  ///< (Σ w)² / Σ w², between 1 and the number of weights
};

/// Estimates ln p(x) = ln E_q[w] with w = p(x|z) p(z) / q(z|x) and z drawn from q(z|x), of many x at once:
///
///   nn::ImportanceSampler sampler;
///   for (int i = 0; i < 50; ++i) sampler.add(model.log_weights(x, 100, rng));   // (100, batch): ln w
///   const std::vector<nn::LogEvidence> evidence = sampler.result();             // of 5,000 weights each
///
/// The sums are rescaled to the largest weight so far, so that none overflows. The estimate is biased downwards by
/// about half the squared standard error; Y. Burda, R. Grosse, R. Salakhutdinov, "Importance weighted autoencoders",
/// 2015.
class ImportanceSampler {
 public:
  /// log_weights: (k, batch), k new ones for each x of the same batch. Throws ShapeError for another rank or another
  /// batch than before, NumericError for NaN or +∞.
  template <class T>
  void add(const Array<T>& log_weights);

  std::size_t count() const { return count_; }  ///< weights of each x so far
  /// One for each x. Throws Error before the first weight.
  std::vector<LogEvidence> result() const;

 private:
  struct Sums {
    double largest;       // ln of the largest weight so far
    double sum, squares;  // of the weights and of their squares, divided by it and by its square
  };
  std::size_t count_ = 0;
  std::vector<Sums> sums_;
};

/// What importance sampling says of every sample of `batches`, a loader or any other range, by `count` weights each, or
/// a few more: log_weights(batch) gives (k, batch) new ones as a Var, as often as it takes.
///
///   const auto weights = [&](const auto& batch) { return model.log_weights(batch.images, 100, rng); };
///   for (const nn::LogEvidence& one : nn::log_evidence(loader, weights, 5000)) ...
///
/// Throws Error where log_weights gives none, else as ImportanceSampler::add.
template <class Batches, class LogWeights>
std::vector<LogEvidence> log_evidence(Batches& batches, const LogWeights& log_weights, std::size_t count) {
  std::vector<LogEvidence> all;
  for (const auto& batch : batches) {
    ImportanceSampler sampler;
    while (sampler.count() < count) {
      const std::size_t before = sampler.count();
      sampler.add(log_weights(batch).value());
      if (sampler.count() == before) throw Error("[log_evidence] weights (k, batch) with k > 0 expected, got k = 0");
    }
    const std::vector<LogEvidence> evidence = sampler.result();
    all.insert(all.end(), evidence.begin(), evidence.end());
  }
  return all;
}

extern template void ImportanceSampler::add(const Array<float>&);
extern template void ImportanceSampler::add(const Array<double>&);

}  // namespace xtape::nn

#include "examples/programs/run/bound_loss.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/programs/data/labels.hpp"

namespace programs {

using xtape::Array;
using xtape::Random;
using xtape::Var;

Trainer::Loss bound_loss(const Vae& model, std::size_t latent, std::size_t samples, std::function<double()> kl_weight) {
  return [=, &model, kl_weight = std::move(kl_weight)](const Trainer::Batch& batch, Random& rng) {
    const Array<float> epsilon = rng.normal<float>({samples, batch.size(), latent});
    const auto [reconstruction, kl] = model.negative_bound(batch.images, epsilon);
    return BatchLoss(mean(reconstruction), mean(kl), kl_weight ? kl_weight() : 1);
  };
}

Trainer::Loss bound_loss(const Cvae& model, std::size_t latent, std::size_t classes) {
  return [=, &model](const Trainer::Batch& batch, Random& rng) {
    const Array<float> y = xtape::one_hot<float>(batch.labels, classes);
    const Array<float> epsilon = rng.normal<float>({1, batch.size(), latent});
    const auto [reconstruction, kl] = model.negative_bound(batch.images, y, epsilon);
    return BatchLoss(mean(reconstruction), mean(kl));
  };
}

Trainer::Loss marginalized_loss(const Cvae& model, std::size_t latent, std::size_t classes) {
  return [=, &model](const Trainer::Batch& batch, Random& rng) {
    std::vector<Var<float>> weights;  // of each label, in logarithms: (1, batch)
    for (std::size_t y = 0; y < classes; ++y)
      weights.push_back(model.log_weights(batch.images, same_label(y, batch.size(), classes),
                                          rng.normal<float>({1, batch.size(), latent})));
    return BatchLoss(-mean(logsumexp(concatenate(weights, 0), 0) - std::log(static_cast<float>(classes))));
  };
}

}  // namespace programs

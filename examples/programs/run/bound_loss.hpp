#pragma once
// Negative bounds as losses that a Trainer makes small.

#include <cstddef>
#include <functional>

#include "examples/programs/models/cvae.hpp"
#include "examples/programs/models/vae.hpp"
#include "examples/programs/run/training.hpp"

namespace programs {

/// -ELBO from so many codes an image. `kl_weight` gives the weight of the KL term in what is made small, batch by
/// batch. The model has to outlive the loss.
Trainer::Loss bound_loss(const Vae& model, std::size_t latent, std::size_t samples = 1,
                         std::function<double()> kl_weight = {});

/// The same of ln p(x|y), from one code an image.
Trainer::Loss bound_loss(const Cvae& model, std::size_t latent, std::size_t classes);

/// A bound of ln p(x), the label summed out: -E ln (1/K) Σ_y w_y, with one code for each of the K labels.
Trainer::Loss marginalized_loss(const Cvae& model, std::size_t latent, std::size_t classes);

}  // namespace programs

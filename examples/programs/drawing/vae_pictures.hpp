#pragma once
// The pictures that show what a variational autoencoder has learnt.

#include <cstdint>
#include <string>
#include <vector>

#include "examples/programs/data/datasets.hpp"
#include "examples/programs/models/vae.hpp"
#include "examples/programs/report/results.hpp"
#include "nn/inference/latent_use.hpp"

namespace programs {

inline constexpr const char *kSweepFile = "sweep.png", *kGeneratedFile = "generated.png";

/// The names of all pictures that any run of `vae` draws.
std::vector<std::string> vae_picture_files();

/// Reconstructions, samples, means beside draws, samples beside the nearest training images, interpolations, and
/// traversals ranked by KL; for codes of two numbers also the codes of test images and the manifold. What is random
/// depends on the seed alone. All arguments have to outlive the drawings.
std::vector<Drawing> draw_vae(const Vae& model, const xtape::nn::LatentUse& use, const Dataset& data,
                              std::uint64_t seed);

}  // namespace programs

#pragma once
// Models with codes, side by side: what they come to, and what they make of the same images and codes.

#include <functional>
#include <string>
#include <vector>

#include "examples/programs/drawing/pictures.hpp"
#include "examples/programs/report/results.hpp"
#include "examples/programs/run/training.hpp"

namespace programs {

/// One of them.
struct ComparedModel {
  std::string name, key;  ///< for readers, and for summary.json
  TestLoss test;
  /// A code of each image, drawn where the model has a distribution of codes: (n, pixels) -> (n, latent).
  std::function<xtape::Array<float>(const xtape::Array<float>&, xtape::Random&)> encode;
  Map decode;  ///< (n, latent) -> (n, pixels)
};

/// Reconstruction, KL and bound of each, which also become figures of the story.
Table compare_losses(const std::vector<ComparedModel>& models, Story& story);

/// The first test image, encoded twice by each of them: some have one code for it, some have many.
Table encode_twice(const std::vector<ComparedModel>& models, const xtape::nn::ImageSet& test, std::uint64_t seed);

/// Where each of them puts 500 test images.
Picture draw_codes(const std::vector<ComparedModel>& models, const Dataset& data, std::uint64_t seed);

/// Codes from N(0, I), decoded by each of them (samples.png).
Picture draw_prior_samples(const std::vector<ComparedModel>& models, std::size_t latent,
                           const xtape::nn::ImageSet& test, std::uint64_t seed);

/// Adds to the story how far the codes of 500 test images, taken together as one normal distribution with their mean m
/// and covariance S, are from N(0, I): ½ [tr S + mᵀm - d - ln det S], in nats. Nothing where that is infinite, since
/// there are not more codes than they have numbers, or a number does not vary.
void add_codes_kl(const ComparedModel& model, const xtape::nn::ImageSet& test, std::uint64_t seed, Story& story);

}  // namespace programs

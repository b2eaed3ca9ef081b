#pragma once
// Linear models with Gaussian latent variables, fitted, and what a report shows of them.

#include <string>
#include <vector>

#include "examples/programs/report/results.hpp"
#include "nn/classical/linear_gaussian.hpp"
#include "nn/classical/linear_vae.hpp"
#include "nn/data/image_set.hpp"

namespace programs {

inline constexpr const char* kFactorsFile = "factors.png";

/// A model, what it says of the training images, and how far its encoder is from the E-step.
struct LinearFit {
  std::string name, key;
  xtape::nn::LinearGaussian model;
  double bound;                   ///< the trained ELBO; ln p(x) itself where there is no encoder
  std::string iterations = {};    ///< for readers: "83", or "500, not at its end"
  double encoder_difference = 0;  ///< |V - V*| / |V*|, V* being the E-step's
};

/// What a model and its encoder have come to.
LinearFit fit_of(const std::string& name, const std::string& key, const xtape::nn::LinearVae<double>& vae,
                 const xtape::nn::Moments& train, const std::string& iterations);

/// So many iterations of at most so many, for readers.
std::string iterations_text(std::size_t iterations, std::size_t most);

/// The first ten columns of each W as images: grey is 0.
Picture draw_factors(const std::vector<LinearFit>& fits, const xtape::nn::ImageSet& like);

/// Bound and ln p(x) of each, and after how many iterations.
Table to_table(const std::vector<LinearFit>& fits, const xtape::nn::Moments& train, const xtape::nn::Moments& test);

}  // namespace programs

#pragma once
// The decoders of all models, as a reader explores them.

#include <string>
#include <vector>

#include "examples/programs/data/datasets.hpp"
#include "examples/programs/models/autoencoder.hpp"
#include "examples/programs/models/cvae.hpp"
#include "examples/programs/models/vae.hpp"
#include "nn/classical/linear_vae.hpp"
#include "nn/layers/mlp.hpp"

namespace programs {

/// A fully connected decoder: affine layers with ReLU between them, and how its codes are explored.
struct ExploredDecoder {
  struct Layer {
    xtape::Array<float> weight, bias;  ///< W: (out, in), b: (out)
  };
  /// A number of the code that the reader moves.
  struct Unit {
    std::size_t unit;   ///< which
    double low, high;   ///< between these
    std::string label;  ///< "unit 3: 1.52 nats"
  };
  struct Point {
    std::vector<float> code;
    int label;
  };

  std::vector<Layer> layers;
  bool sigmoid;                           ///< whether pixels are the sigmoid of what the last layer gives, or that
  std::vector<std::string> classes = {};  ///< where a one-hot label is joined to the code
  std::vector<float> code = {};           ///< where the reader starts
  std::vector<Unit> units = {};           ///< the first twelve by rank
  std::string rank = {};                  ///< what they are ranked by
  std::vector<Point> points = {};         ///< of test images, for codes of two numbers
};

/// That of a network whose codes have the prior N(0, I): units start at 0 and go from -3 to 3, those of the largest KL
/// first. mu, log_sigma: of q(z|x) of all `test` images, (n, latent) each.
ExploredDecoder explored(const xtape::nn::Mlp<float>& decoder, bool sigmoid, std::vector<std::string> classes,
                         const xtape::Array<float>& mu, const xtape::Array<float>& log_sigma,
                         const xtape::nn::ImageSet& test);

ExploredDecoder explored(const Vae& model, const xtape::nn::ImageSet& test);
/// Of images labelled by their class.
ExploredDecoder explored(const Cvae& model, const Dataset& data, std::size_t classes);
ExploredDecoder explored(const xtape::nn::LinearVae<float>& model, const xtape::nn::ImageSet& test);
/// Without a prior units go from the least to the largest of the test images, from the mean; those of the largest
/// variance first.
ExploredDecoder explored(const Autoencoder& model, const xtape::nn::ImageSet& test);

}  // namespace programs

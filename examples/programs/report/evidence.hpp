#pragma once
// ln p(x) of images, estimated for a report: which images are probable under a model.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "autodiff/array.hpp"
#include "autodiff/random.hpp"
#include "examples/programs/data/datasets.hpp"
#include "examples/programs/report/results.hpp"
#include "nn/data/transforms.hpp"

namespace programs {

/// ln [p(x|z) p(z) / q(z|x)] of so many new codes each: x: (batch, pixels) -> (samples, batch).
using LogWeights =
    std::function<xtape::Array<float>(const xtape::Array<float>& x, std::size_t samples, xtape::Random& rng)>;

/// What importance sampling says of some images.
struct Evidence {
  std::string images;            ///< which ones
  double log_prob = 0;           ///< the mean of the estimates of ln p(x), in nats
  double standard_error = 0;     ///< of that mean as one of all such images: between images and of the sampling; NaN
                                 ///< for a single image
  double sampling_error = 0;     ///< the mean standard error of an image's estimate, of the sampling alone; infinite
                                 ///< where a single code is all that counts
  double effective_samples = 0;  ///< the mean effective sample size of an image
};

/// From `samples` codes of each image x: (batch, pixels).
Evidence estimate_evidence(const std::string& images, const xtape::Array<float>& x, std::size_t samples,
                           const LogWeights& log_weights, xtape::Random& rng);

/// How evidence is compared.
struct EvidencePlan {
  std::size_t images, samples;           ///< of each kind at most, and codes for each
  xtape::nn::Transform<float> outcomes;  ///< makes of grey levels what the model was trained on, if they are not
  std::string how;                       ///< in words: "binarized at random"; may be empty
  std::uint64_t seed;
};

/// That of the first test images, of the same with their pixels shuffled, of noise (all grey levels alike), and of test
/// images of another data set of that size, if one is installed: in this order. All is NaN of images for which a weight
/// is not finite.
std::vector<Evidence> compare_evidence(const Dataset& data, const EvidencePlan& plan, const LogWeights& log_weights);

/// Adds it all to the story: a figure for the test images, a table for the rest.
void add_evidence(const Dataset& data, EvidencePlan plan, const LogWeights& log_weights, Story& story);

/// One row for each.
Table to_table(const std::vector<Evidence>& evidence, const EvidencePlan& plan);

}  // namespace programs

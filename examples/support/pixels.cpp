#include "examples/support/pixels.hpp"

#include <utility>
#include <vector>

#include "examples/support/program.hpp"
#include "examples/support/text.hpp"

namespace examples {

namespace nn = xtape::nn;

void PixelOptions::declare(OptionParser& parser) {
  parser.choice("likelihood", likelihood, "How a pixel is distributed, given the code", {"bernoulli", "gaussian"});
  parser.choice("sigma", sigma, "Standard deviation of Gaussian pixels: 1, one that is learnt, or one for each pixel",
                {"fixed", "shared", "pixel"});
  parser.positive("sigma-floor", sigma_floor, "What a standard deviation that is learnt stays above, below 1");
  parser.choice("binarize", binarize,
                "Pixels that are 0 or 1: at 0.5, drawn from the grey levels once, or (without a word) for each batch",
                {"none", "threshold", "static", "dynamic"}, "dynamic");
}

void PixelOptions::check(const OptionParser& parser) const {
  if (likelihood == "gaussian" && binarize != "none")
    throw UserError("--binarize makes pixels 0 or 1, which --likelihood gaussian does not describe; leave one out");
  if (likelihood == "bernoulli" && parser.changed("sigma"))
    throw UserError("--sigma is for --likelihood gaussian; add that, or leave --sigma out");
  if (parser.changed("sigma-floor") && (likelihood == "bernoulli" || sigma == "fixed"))
    throw UserError(
        "--sigma-floor is for --likelihood gaussian with --sigma shared or pixel; add these, or leave it out");
  if (sigma_floor >= 1) throw UserError("--sigma-floor takes a number below 1, got " + shortest(sigma_floor));
}

std::unique_ptr<nn::Likelihood<float>> PixelOptions::make_likelihood(std::size_t pixels) const {
  if (likelihood == "bernoulli") return std::make_unique<nn::BernoulliLikelihood<float>>();
  const nn::Sigma kind = sigma == "fixed"    ? nn::Sigma::kFixed
                         : sigma == "shared" ? nn::Sigma::kShared
                                             : nn::Sigma::kEach;
  return std::make_unique<nn::GaussianLikelihood<float>>(kind, pixels, 1, kind == nn::Sigma::kFixed ? 0 : sigma_floor);
}

namespace {

/// Pixels of 0 and 255 as nn::threshold_binarization decides.
nn::ImageSet above_half(const nn::ImageSet& images) {
  constexpr std::uint8_t kHalf = 128, kWhite = 255;
  std::vector<std::uint8_t> pixels, labels;
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (const std::uint8_t level : images.image(i)) pixels.push_back(level >= kHalf ? kWhite : 0);
    if (images.has_labels()) labels.push_back(images.label(i));
  }
  return {images.height(), images.width(), std::move(pixels), std::move(labels)};
}

}  // namespace

void PixelOptions::prepare(Dataset& data, std::uint64_t seed) const {
  if (binarize == "threshold") {
    data.train = above_half(data.train);
    data.test = above_half(data.test);
  }
  if (binarize == "static") {
    data.train = nn::binarized(data.train, seed);
    data.test = nn::binarized(data.test, seed + 1);  // else its images would be drawn as the first ones of training
  }
}

nn::ImageSet PixelOptions::as_seen(const nn::ImageSet& test, std::uint64_t seed) const {
  return binarize == "dynamic" ? nn::binarized(test, seed) : test;
}

nn::Transform<float> PixelOptions::transform() const {
  if (binarize == "dynamic") return nn::random_binarization<float>();
  return {};
}

nn::Transform<float> PixelOptions::outcomes() const {
  if (likelihood == "gaussian") return {};
  return binarize == "threshold" ? nn::threshold_binarization<float>() : nn::random_binarization<float>();
}

}  // namespace examples

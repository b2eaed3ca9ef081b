#include "examples/programs/data/pixels.hpp"

#include "examples/programs/command_line/program.hpp"

namespace programs {

namespace nn = xtape::nn;

void PixelOptions::declare(OptionParser& parser) {
  parser.choice("likelihood", likelihood, "How a pixel is distributed, given the code", {"bernoulli", "gaussian"});
  parser.choice("sigma", sigma, "Standard deviation of Gaussian pixels: 1, one that is learnt, or one for each pixel",
                {"fixed", "shared", "pixel"});
  parser.positive("sigma-floor", sigma_floor, "What a standard deviation that is learnt stays above", 1);
  parser.choice("binarize", binarize,
                "Pixels that are 0 or 1: at 0.5, drawn from the grey levels once, or (without a word) for each batch",
                {"none", "threshold", "static", "dynamic"}, "dynamic");
}

void PixelOptions::check(const OptionParser& parser) const {
  if (likelihood == "gaussian" && binarize != "none")
    throw UserError("--binarize makes pixels 0 or 1, which --likelihood gaussian does not describe; leave one out");
  if (likelihood == "bernoulli" && parser.given("sigma"))
    throw UserError("--sigma is for --likelihood gaussian; add that, or leave --sigma out");
  if (parser.given("sigma-floor") && (likelihood == "bernoulli" || sigma == "fixed"))
    throw UserError(
        "--sigma-floor is for --likelihood gaussian with --sigma shared or pixel; add these, or leave it out");
}

std::unique_ptr<nn::Likelihood<float>> PixelOptions::make_likelihood(std::size_t pixels) const {
  if (likelihood == "bernoulli") return std::make_unique<nn::BernoulliLikelihood<float>>();
  const nn::Sigma kind = sigma == "fixed"    ? nn::Sigma::kFixed
                         : sigma == "shared" ? nn::Sigma::kShared
                                             : nn::Sigma::kEach;
  return std::make_unique<nn::GaussianLikelihood<float>>(kind, pixels, 1, kind == nn::Sigma::kFixed ? 0 : sigma_floor);
}

void PixelOptions::prepare(Dataset& data, std::uint64_t seed) const {
  if (binarize != "threshold" && binarize != "static") return;
  data.train = nn::transformed(data.train, outcomes(), seed);
  data.test = nn::transformed(data.test, outcomes(), seed + 1);  // else drawn as the first ones of training
}

nn::ImageSet PixelOptions::as_seen(const nn::ImageSet& test, std::uint64_t seed) const {
  return binarize == "dynamic" ? nn::transformed(test, outcomes(), seed) : test;
}

nn::Transform<float> PixelOptions::transform() const {
  return binarize == "dynamic" ? outcomes() : nn::Transform<float>();
}

nn::Transform<float> PixelOptions::outcomes() const {
  if (likelihood == "gaussian") return {};
  return binarize == "threshold" ? nn::threshold_binarization<float>() : nn::random_binarization<float>();
}

std::string PixelOptions::how_outcomes() const {
  if (likelihood == "gaussian") return "";
  return binarize == "threshold" ? "binarized at 0.5" : "binarized at random";
}

}  // namespace programs

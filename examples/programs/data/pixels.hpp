#pragma once
// How pixels are distributed, as a program's options say it.

#include <cstddef>
#include <memory>
#include <string>

#include "examples/programs/command_line/options.hpp"
#include "examples/programs/data/datasets.hpp"
#include "nn/data/transforms.hpp"
#include "nn/distributions/likelihood.hpp"

namespace programs {

/// The options --likelihood, --sigma, --sigma-floor and --binarize.
struct PixelOptions {
  std::string likelihood = "bernoulli";
  std::string sigma = "fixed";
  double sigma_floor = 0.01;
  std::string binarize = "none";

  void declare(OptionParser& parser);
  /// Throws a UserError for options that contradict one another.
  void check(const OptionParser& parser) const;

  /// Of images of so many pixels.
  std::unique_ptr<xtape::nn::Likelihood<float>> make_likelihood(std::size_t pixels) const;
  /// Binarizes the images where that is done once and for all: at 0.5, or by a draw from the seed.
  void prepare(Dataset& data, std::uint64_t seed) const;
  /// Prepared test images as the model is shown them, to draw.
  xtape::nn::ImageSet as_seen(const xtape::nn::ImageSet& test, std::uint64_t seed) const;
  /// What is done to every batch of prepared images; empty where nothing is.
  xtape::nn::Transform<float> transform() const;

  /// What makes of grey levels something that p(x|z) has a density for: pixels that are 0 or 1 for a Bernoulli
  /// distribution, by the same rule as in training; empty for a Gaussian one.
  xtape::nn::Transform<float> outcomes() const;
  /// The same in words, "binarized at random"; empty for a Gaussian one.
  std::string how_outcomes() const;

  /// Grey levels are no outcomes of a Bernoulli distribution: against them its term is a cross-entropy and not a
  /// log-likelihood.
  bool grey_targets() const { return likelihood == "bernoulli" && binarize == "none"; }
  /// What the reconstruction term is: "cross-entropy" or "-ln p(x|z)".
  std::string reconstruction() const { return grey_targets() ? "cross-entropy" : "-ln p(x|z)"; }
};

}  // namespace programs

#pragma once
// The options of the program vae.

#include <cstddef>
#include <string>
#include <vector>

#include "examples/programs/command_line/options.hpp"
#include "examples/programs/data/pixels.hpp"
#include "examples/programs/models/vae.hpp"
#include "examples/programs/report/evidence.hpp"

namespace programs {

struct VaeOptions : TrainingOptions {
  PixelOptions pixels;
  std::size_t samples = 1;
  double beta = 1;
  std::size_t warm_up = 0;  ///< in epochs
  std::string sweep = "none";
  std::size_t evidence_images = 100, evidence_samples = 5000;
  std::size_t generate = 0;  ///< images, from a model that is there; 0 to train one

  explicit VaeOptions(OptionParser& parser);

  /// Throws a UserError for options that contradict one another; call it once they are parsed.
  void settle(const OptionParser& parser);

  /// The sizes of the codes of all models to train, and what the checkpoints of those after the first are called.
  std::vector<std::size_t> latent_sizes() const;
  std::string phase_of(std::size_t latent_size) const;
  std::size_t latent_size_of(const std::string& phase) const;
  std::vector<std::string> more_phases() const;
  static std::vector<std::string> phases_of_sweeps();  ///< the last ones where codes are of several sizes

  EvidencePlan evidence_plan() const;
  VaeShape shape(const Dataset& set, std::size_t latent_size) const { return {set.test.pixels(), hidden, latent_size}; }

  /// The weight of the KL term after so many epochs.
  double kl_weight(double epochs_done) const;
  /// What the loss is made of, and how it is weighted in training.
  std::string loss() const;
};

}  // namespace programs

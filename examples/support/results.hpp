#pragma once
// What a run leaves behind in its output folder.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/support/canvas.hpp"
#include "examples/support/training.hpp"

namespace examples {

/// A picture that a program has drawn.
struct Picture {
  std::string file;  ///< one of those that prepare_run was told of
  std::string caption;
  std::string alternative;  ///< for readers who do not see it
  Png png;
};

/// What the report says about a run besides its figures.
struct Story {
  std::string title;
  std::string introduction;
  std::string loss;  ///< what it is made of: "cross-entropy + KL"
  std::string unit = "nats per image";
  std::vector<std::pair<std::string, std::string>> figures;  ///< name and value, besides those of every run
  std::optional<double> floor;  ///< the entropy of the test images' grey levels, where the loss cannot go below it
};

/// Prints what is about to be trained.
void announce(const Run& run, const Story& story, std::size_t parameters);

/// Writes model.safetensors, the pictures, the curve of the losses (loss.png), summary.json and, last, report.html, and
/// says where they are. Throws xtape::DataError where a file cannot be written.
void write_results(const Run& run, const Trainer& trainer, const Story& story, std::vector<Picture> pictures);

}  // namespace examples

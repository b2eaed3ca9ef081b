#pragma once
// One run of a program: what it trains on, where it writes, and what it goes on from.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "examples/support/datasets.hpp"
#include "examples/support/options.hpp"
#include "examples/support/output_folder.hpp"
#include "examples/support/summary.hpp"
#include "nn/files/tensor_file.hpp"

namespace examples {

/// What has been trained so far.
struct History {
  /// Of the epoch in progress.
  struct Part {
    double loss_sum = 0;  ///< over images
    std::size_t images = 0;
    double seconds = 0;
  };

  std::vector<EpochRecord> epochs;  ///< those that are complete
  Part part;
};

/// The file of a run's checkpoint in its output folder.
inline constexpr const char* kCheckpointFile = "checkpoint.safetensors";

struct Run {
  std::string model;  ///< the program's name
  TrainingOptions options;
  OptionValues option_values;  ///< the program's own options as well
  Dataset data;
  std::uint64_t data_fingerprint;
  OutputFolder out;
  History history;  ///< of the checkpoint, where --resume was given

  /// What a checkpoint says about the run, besides weights and optimizer.
  xtape::nn::Metadata notes(const History& present) const;
};

/// Does all that can fail for a mistake of the user's, before anything is trained: reads the checkpoint if the run is
/// to be resumed, loads the data, makes the output folder. `options` must be those that `parser` filled; a resumed run
/// takes them from its checkpoint. Without --data, drawn digits replace Fashion-MNIST where that is not installed, and
/// a line on standard output says so. Throws a UserError.
Run prepare_run(const std::string& model, OptionParser& parser, TrainingOptions& options);

}  // namespace examples

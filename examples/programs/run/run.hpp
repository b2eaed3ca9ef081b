#pragma once
// One run of a program: what it trains on, where it writes, and what it goes on from.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "examples/programs/command_line/options.hpp"
#include "examples/programs/data/datasets.hpp"
#include "examples/programs/models/expected_tensors.hpp"
#include "examples/programs/run/output_folder.hpp"
#include "examples/programs/run/summary.hpp"
#include "nn/files/tensor_file.hpp"

namespace programs {

/// What has been trained so far.
struct History {
  /// Of the epoch in progress.
  struct Part {
    double loss_sum = 0;  ///< over images
    double kl_sum = 0;    ///< over images, where the loss has such a term
    std::size_t images = 0;
    double seconds = 0;
  };

  std::vector<EpochRecord> epochs;  ///< those that are complete
  Part part;
};

/// The files of every run in its output folder. A program adds the pictures that it draws.
inline constexpr const char *kModelFile = "model.safetensors", *kSummaryFile = "summary.json",
                            *kReportFile = "report.html", *kLossFile = "loss.png",
                            *kReconstructionLossFile = "loss-reconstruction.png", *kKlLossFile = "loss-kl.png";

/// The checkpoint of a phase: "checkpoint.safetensors" for the first, "", and "checkpoint-NAME.safetensors" for others.
std::string checkpoint_file(const std::string& phase);

/// What a program is going to do.
struct RunPlan {
  /// The names of all pictures that the program draws in this or in another kind of run; so one run's do not stay
  /// beside those of the next.
  std::vector<std::string> pictures;
  std::vector<std::string> more_phases = {};   ///< models that it trains after the first, a checkpoint each
  std::vector<std::string> other_phases = {};  ///< of other kinds of runs
  /// Throws a UserError for data that the program has no use for.
  std::function<void(const Dataset&)> check_data = {};
  /// The tensors, by name, of the model that a phase trains on these data: what a checkpoint that is resumed has to
  /// hold. Asked before a model of that size is made.
  std::function<ExpectedTensors(const Dataset&, const std::string& phase)> tensors = {};
  bool reads_labels = false;  ///< a run is not resumed with other labels
};

/// What does not change while the run trains.
struct Run {
  std::string model;      ///< the program's name
  std::string called_as;  ///< what the user typed to start it, as a word for the shell
  TrainingOptions options;
  OptionValues option_values;  ///< the program's own options as well
  Dataset data;
  std::uint64_t data_fingerprint;
  std::optional<std::uint64_t> labels_fingerprint;  ///< where the model reads them
  OutputFolder out;
  OptionValues changes;                      ///< what is not as it was declared, but for data, seed, threads and folder
  std::map<std::string, History> histories;  ///< of the phases that have a checkpoint, where --resume was given
  std::vector<std::string> more_phases;      ///< those of its plan

  /// What others have measured on MNIST with these options, but for data, seed, threads and folder: of a figure of
  /// summary.json, "test_loss" being the test loss. Nothing where that is not known, and on other data.
  std::string published(const std::string& figure) const;

  /// What a checkpoint says about the run, besides weights and optimizer.
  xtape::nn::Metadata notes(const History& present) const;

  /// What to type, in the folder where the program was started, to go on from the checkpoint.
  std::string command_to_resume() const;
  /// What to type there to do the whole run once more.
  std::string command_to_repeat() const;
};

/// Does all that can fail for a mistake of the user's, before anything is trained: reads the checkpoint if the run is
/// to be resumed, loads the data, makes the output folder and locks it. `options` must be those that `parser` filled; a
/// resumed run takes them from its checkpoint; `plan` is asked after that. Without --data, drawn digits replace
/// Fashion-MNIST where that is not installed, and a line on standard output says so. With --quick there are few images.
/// Throws a UserError.
Run prepare_run(const std::string& model, OptionParser& parser, TrainingOptions& options,
                const std::function<RunPlan()>& plan);

}  // namespace programs

#pragma once
// How far a Trainer has come, as the notes of its checkpoint.

#include "nn/data/data_loader.hpp"
#include "nn/files/tensor_file.hpp"
#include "nn/optim/schedules.hpp"
#include "nn/training/early_stopping.hpp"
#include "nn/training/training_log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xtape::nn::detail {

struct TrainerState {
  std::vector<TrainingRecord> epochs = {};  ///< those that are complete
  /// Of the epoch in progress: sums over its samples, seconds, and whether its last step is done.
  double loss_sum = 0, samples = 0, seconds = 0;
  bool trained = false;
  EarlyStoppingState stopping = {};
  std::optional<PlateauState> plateau = {};
  std::uint64_t ema_updates = 0;
  std::optional<LoaderPosition> position = {};  ///< where the loader goes on; not among the notes

  /// Numbers with all their digits.
  Metadata notes() const;
  /// Throws a DataError that names the file for notes that others have made.
  static TrainerState from_notes(const Metadata& notes, const std::string& path);
};

}  // namespace xtape::nn::detail

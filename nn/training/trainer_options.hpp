#pragma once
// What a Trainer asks of its options before it begins.

#include "nn/training/trainer.hpp"

#include <filesystem>

namespace xtape::nn::detail {

/// Throws Error for options that make no sense.
void check(const TrainerOptions& options);

/// Throws DataError where the checkpoint could not be written: before the work that it is to keep.
void check_folder(const std::filesystem::path& checkpoint);

}  // namespace xtape::nn::detail

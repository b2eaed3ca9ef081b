#include "nn/training/trainer_options.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <string>
#include <system_error>

#include <unistd.h>

namespace xtape::nn {

namespace {

bool is_same_path(const std::filesystem::path& a, const std::filesystem::path& b) {
  if (b.empty()) return false;
  return std::filesystem::absolute(a).lexically_normal() == std::filesystem::absolute(b).lexically_normal();
}

}  // namespace

void detail::check_folder(const std::filesystem::path& checkpoint) {
  const std::filesystem::path folder = checkpoint.has_parent_path() ? checkpoint.parent_path() : ".";
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored) && ::access(folder.c_str(), W_OK | X_OK) == 0) return;
  throw DataError("[Trainer] checkpoint: a folder that files can be written to expected, got " + text::path(folder));
}

void detail::check(const TrainerOptions& options) {
  const auto refuse = [](const std::string& expected) { throw Error("[Trainer] " + expected); };
  if (options.accumulate == 0) refuse("accumulate of at least 1 expected, got 0");
  if (options.clip_norm && !(*options.clip_norm >= 0)) {
    refuse("clip_norm >= 0 expected, got " + text::number(*options.clip_norm));
  }
  if (options.checkpoint.empty() && (options.resume || options.checkpoint_every > 0)) {
    refuse("the path of a checkpoint expected with resume or checkpoint_every, got none");
  }
  if (!options.log.empty() && is_same_path(options.log, options.checkpoint)) {
    refuse("a log and a checkpoint of different paths expected, got " + text::path(options.log) + " for both");
  }
  if (options.log.empty() && options.log_every > 0) refuse("the path of a log expected with log_every, got none");
  if (!options.monitor.empty() && !options.early_stopping && !options.plateau) {
    refuse("early_stopping or plateau expected with monitor, which they look at");
  }
  if (options.learning_rate && options.plateau) {
    refuse("learning_rate or plateau expected, which both give the rate, got both");
  }
}

const char* TrainingResult::message() const {
  switch (ending) {
    case Ending::kDone:
      return "all epochs are done";
    case Ending::kStoppedEarly:
      return "stopped early";
    case Ending::kStopped:
      return "stopped by a callback";
    case Ending::kInterrupted:
      return "interrupted by a signal";
  }
  return "";
}

}  // namespace xtape::nn

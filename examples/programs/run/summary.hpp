#pragma once
// The figures of a run, for programs to read: summary.json.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/programs/command_line/options.hpp"

namespace programs {

/// One pass over the training images. Losses are in nats per image.
struct EpochRecord {
  std::size_t epoch;  ///< counted from 1
  double train_loss;  ///< mean over the epoch, while the weights were changing
  double test_loss;   ///< after the epoch
  double seconds;     ///< of training, without the test
  /// The KL term of both losses, where they have one; the rest is the reconstruction term.
  std::optional<double> train_kl = {}, test_kl = {};
};

/// What summary.json holds.
struct Summary {
  std::string model;
  std::string data;
  OptionValues options;
  std::string version;
  std::size_t parameters = 0;  ///< numbers that were trained
  std::vector<EpochRecord> epochs;
  std::vector<std::pair<std::string, std::vector<EpochRecord>>> more_models;  ///< what else was trained, by name
  double test_loss = 0;
  double images_per_second = 0;
  std::size_t peak_rss_bytes = 0;
  std::vector<std::pair<std::string, double>> figures;  ///< what else was measured, by name
};

/// The summary as indented JSON text, with the fields in the order above.
std::string to_json(const Summary& summary);

/// Options and epochs as JSON text for a checkpoint, and back. Reading throws a UserError for anything but what was
/// written.
std::string to_json(const OptionValues& options);
std::string to_json(const std::vector<EpochRecord>& epochs);
OptionValues options_from_json(const std::string& text);
std::vector<EpochRecord> epochs_from_json(const std::string& text);

}  // namespace programs

#pragma once
// The log of a training run: a file of JSON lines, one a step or an epoch.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace xtape::nn {

/// What is known after a step or an epoch.
struct TrainingRecord {
  bool is_epoch = false;                       ///< of a whole epoch; else of a step
  std::uint64_t epoch = 0;                     ///< counted from 1
  std::uint64_t step = 0;                      ///< steps of the optimizer so far
  double loss = 0;                             ///< of the step, or the mean over the epoch's samples
  double learning_rate = 0;                    ///< of the last step
  double seconds = 0;                          ///< of training in this epoch so far, without what is measured after it
  std::map<std::string, double> metrics = {};  ///< what else was measured, by name: "validation_loss"
};

/// A record as one line of JSON, without the newline:
///
///   {"event":"epoch","epoch":1,"step":469,"loss":164.2,"learning_rate":0.001,"seconds":1.5,"validation_loss":131.6}
///
/// Numbers have all their digits. JSON has no others than finite ones: the rest are the strings "NaN", "Infinity" and
/// "-Infinity", as Protocol Buffers write them, which Python's float() reads. Throws DataError for a metric that has
/// the name of another field, or is no UTF-8.
std::string to_json_line(const TrainingRecord& record);
/// The record of such a line; fields that are neither numbers nor such strings are passed over. Throws DataError for
/// anything else.
TrainingRecord record_from_json_line(std::string_view line);

/// The records of a log. A last line that has no end, as a killed run may leave it, is passed over. Throws DataError
/// for a file that cannot be read, and for a line that is no record, with its number.
std::vector<TrainingRecord> read_training_log(const std::filesystem::path& path);

/// Writes a log. Each line reaches the file in one piece, so that a reader who follows it (tail -f) sees whole ones,
/// and what was written stays if the program dies.
class TrainingLog {
 public:
  /// Which lines of another run stay.
  using Keep = std::function<bool(const TrainingRecord&)>;

  /// Begins a log, in place of a file that may be there. Throws DataError where it cannot be written.
  explicit TrainingLog(const std::filesystem::path& path);
  /// Goes on with a log, of which those lines stay that `keep` wants: of a resumed run, those from before the
  /// checkpoint, since the rest will come again. Begins one where there is none. Throws DataError as above, and for a
  /// file that is no log, which then stays as it is.
  TrainingLog(const std::filesystem::path& path, const Keep& keep);
  ~TrainingLog();
  TrainingLog(const TrainingLog&) = delete;
  TrainingLog& operator=(const TrainingLog&) = delete;

  /// One more line. Throws DataError where it could not be written, whole; the file then ends with the line before.
  void write(const TrainingRecord& record);

 private:
  void open(int flags);

  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace xtape::nn

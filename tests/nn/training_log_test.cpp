// The log of a training run: valid JSON whatever the numbers are, whole lines, no line twice after a resume.

#include "nn/nn.hpp"
#include "tests/nn/files_for_tests.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using testing::read_bytes;
using testing::ScratchFolder;
using testing::write_bytes;

TrainingRecord record(bool is_epoch, std::uint64_t epoch, std::uint64_t step) {
  return {is_epoch, epoch, step, 0.1 * double(step), 1e-3, 1.5, {}};
}

TEST(TrainingLog, ALineHasAllDigitsAndReadsBackToTheSame) {
  TrainingRecord epoch = record(true, 1, 469);
  epoch.loss = 0.1;
  epoch.metrics = {{"validation_loss", 1.0 / 3}};
  EXPECT_EQ(to_json_line(epoch),
            R"({"event":"epoch","epoch":1,"step":469,"loss":0.1,"learning_rate":0.001,"seconds":1.5,)"
            R"("validation_loss":0.3333333333333333})");
  const double inf = std::numeric_limits<double>::infinity(), tiny = std::numeric_limits<double>::denorm_min();
  for (const double value : {0.0, -0.0, 1.0 / 3, tiny, std::numeric_limits<double>::max(), inf, -inf, std::nan("")}) {
    TrainingRecord step = record(false, 2, std::numeric_limits<std::uint64_t>::max());
    step.loss = step.metrics["x"] = value;
    const std::string line = to_json_line(step);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const TrainingRecord again = record_from_json_line(line);
    EXPECT_EQ(to_json_line(again), line);
    EXPECT_EQ(std::isnan(again.loss), std::isnan(value));
    if (!std::isnan(value)) {
      EXPECT_EQ(again.loss, value) << line;
    }
    EXPECT_FALSE(again.is_epoch);
    EXPECT_EQ(again.step, step.step);
  }
  TrainingRecord broken = record(false, 1, 1);
  broken.loss = std::nan("");
  broken.seconds = -inf;
  EXPECT_TRUE(has(to_json_line(broken), {R"("loss":"NaN")", R"("seconds":"-Infinity")"}));
}

TEST(TrainingLog, FieldsOfOthersArePassedOver) {
  const TrainingRecord read = record_from_json_line(
      R"({"host":"a","event":"step","epoch":1,"step":2,"loss":3,"learning_rate":4,"seconds":5,"tags":[1],"more":6})");
  EXPECT_EQ(read.loss, 3);
  EXPECT_EQ(read.metrics, (std::map<std::string, double>{{"more", 6}}));
}

TEST(TrainingLog, RefusesWhatIsNoRecord) {
  const char* lines[] = {
      "",
      "{",
      "[]",
      "3",
      "{}",
      R"({"event":"other"})",
      R"({"event":"step","epoch":-1,"step":2,"loss":3,"learning_rate":4,"seconds":5})",
      R"({"event":"step","epoch":1,"step":2.5,"loss":3,"learning_rate":4,"seconds":5})",
      R"({"event":"step","epoch":1,"step":2,"loss":null,"learning_rate":4,"seconds":5})",
      R"({"event":"step","epoch":1,"step":2,"loss":3,"learning_rate":4})",
  };
  for (const char* line : lines) {
    EXPECT_TRUE(has(message_of<DataError>([&] { record_from_json_line(line); }), {"[TrainingLog] ", " expected"}))
        << line;
  }
  TrainingRecord taken = record(false, 1, 1), binary = taken;
  taken.metrics["epoch"] = 1;
  binary.metrics["\xff"] = 1;
  EXPECT_TRUE(has(message_of<DataError>([&] { to_json_line(taken); }), {"a metric of a name of its own", "epoch"}));
  EXPECT_TRUE(has(message_of<DataError>([&] { to_json_line(binary); }), {"UTF-8"}));
}

TEST(TrainingLog, EachLineIsThereAtOnce) {
  const ScratchFolder folder;
  write_bytes(folder / "log", "old\n");
  TrainingLog log(folder / "log");
  EXPECT_EQ(read_bytes(folder / "log"), "");
  for (std::uint64_t step = 1; step <= 3; ++step) {
    log.write(record(false, 1, step));
    EXPECT_EQ(read_training_log(folder / "log").size(), step);
  }
}

// A run that was killed after step 5 of epoch 2, while it wrote, and whose checkpoint is that of epoch 1, step 3.
TEST(TrainingLog, GoesOnWithoutDoubles) {
  const ScratchFolder folder;
  std::string kept;
  {
    TrainingLog log(folder / "log");
    for (std::uint64_t step = 1; step <= 3; ++step) log.write(record(false, 1, step));
    log.write(record(true, 1, 3));
    kept = read_bytes(folder / "log");
    for (std::uint64_t step = 4; step <= 5; ++step) log.write(record(false, 2, step));
  }
  for (const std::string rest : {"", "{", R"({"event":"step","epoch":2,"st)"}) {
    write_bytes(folder / "killed", read_bytes(folder / "log") + rest);
    TrainingLog resumed(folder / "killed", [](const TrainingRecord& r) { return r.step <= 3; });
    EXPECT_EQ(read_bytes(folder / "killed"), kept);
    resumed.write(record(false, 2, 4));
    EXPECT_EQ(read_bytes(folder / "killed"), kept + to_json_line(record(false, 2, 4)) + "\n");
  }
  const TrainingLog anew(folder / "new", [](const TrainingRecord&) { return true; });
  EXPECT_EQ(read_bytes(folder / "new"), "");
}

TEST(TrainingLog, AFileThatIsNoLogStays) {
  const ScratchFolder folder;
  for (const std::string other : {"weights", "{\"a\": 1}", "{\"a\": 1}\n", "\n"}) {
    write_bytes(folder / "other", other);
    const std::string message =
        message_of<DataError>([&] { TrainingLog(folder / "other", [](const TrainingRecord&) { return false; }); });
    EXPECT_TRUE(has(message, {"[TrainingLog] ", "other"})) << other;
    EXPECT_EQ(read_bytes(folder / "other"), other);
  }
  write_bytes(folder / "second", to_json_line(record(false, 1, 1)) + "\nno\n");
  EXPECT_TRUE(has(message_of<DataError>([&] { read_training_log(folder / "second"); }), {"line 2", "\"no\""}));
}

TEST(TrainingLog, SaysWhatCannotBeOpenedOrWritten) {
  const ScratchFolder folder;
  EXPECT_TRUE(has(message_of<DataError>([&] { TrainingLog(folder / "none/log"); }), {"cannot open", "none/log"}));
  EXPECT_TRUE(has(message_of<DataError>([&] { read_training_log(folder / "none"); }), {"cannot open"}));
  TrainingLog full("/dev/full");
  EXPECT_TRUE(has(message_of<DataError>([&] { full.write(record(false, 1, 1)); }), {"cannot write", "No space left"}));
}

}  // namespace
}  // namespace xtape::nn

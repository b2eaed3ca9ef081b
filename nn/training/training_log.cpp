#include "nn/training/training_log.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

namespace xtape::nn {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char *kNaN = "NaN", *kInfinity = "Infinity", *kMinusInfinity = "-Infinity";

Json json_of(double x) {
  if (std::isnan(x)) return kNaN;
  if (std::isinf(x)) return x > 0 ? kInfinity : kMinusInfinity;
  return x;
}

std::optional<double> number_of(const Json& json) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (json.is_number()) return json.get<double>();
  if (json == kNaN) return std::numeric_limits<double>::quiet_NaN();
  if (json == kInfinity) return kInf;
  if (json == kMinusInfinity) return -kInf;
  return std::nullopt;
}

[[noreturn]] void refuse(const std::string& what, const std::string& got) {
  throw DataError("[TrainingLog] " + what + " expected, got " + got);
}

/// The lines of a log with their records; the last one only where it has an end.
std::vector<std::pair<std::string, TrainingRecord>> read_lines(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DataError("[TrainingLog] cannot open " + text::path(path));
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) throw DataError("[TrainingLog] cannot read " + text::path(path));
  std::vector<std::pair<std::string, TrainingRecord>> lines;
  std::size_t begin = 0;
  for (std::size_t end; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::string line = all.substr(begin, end - begin);
    try {
      TrainingRecord record = record_from_json_line(line);
      lines.emplace_back(std::move(line), std::move(record));
    } catch (const DataError& error) {
      throw DataError("[TrainingLog] " + text::path(path) + ", line " + std::to_string(lines.size() + 1) + ": " +
                      error.what());
    }
  }
  // What a run that was killed was writing begins as a line does; a file of another kind is to stay.
  constexpr std::string_view kBegin = R"({"event":")";
  const std::string_view rest = std::string_view(all).substr(begin);
  const std::size_t common = std::min(kBegin.size(), rest.size());
  if (rest.substr(0, common) != kBegin.substr(0, common)) refuse("a log in " + text::path(path), text::quoted(rest));
  return lines;
}

}  // namespace

std::string to_json_line(const TrainingRecord& record) {
  Json json{{"event", record.is_epoch ? "epoch" : "step"},
            {"epoch", record.epoch},
            {"step", record.step},
            {"loss", json_of(record.loss)},
            {"learning_rate", json_of(record.learning_rate)},
            {"seconds", json_of(record.seconds)}};
  for (const auto& [name, value] : record.metrics) {
    if (json.contains(name)) refuse("a metric of a name of its own", text::quoted(name));
    json[name] = json_of(value);
  }
  try {
    return json.dump();
  } catch (const Json::exception&) {
    throw DataError("[TrainingLog] names of metrics in UTF-8 expected");
  }
}

TrainingRecord record_from_json_line(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  const auto event = json.is_object() ? json.find("event") : json.end();
  if (!json.is_object() || event == json.end() || (*event != "epoch" && *event != "step")) {
    refuse("an object of JSON with the \"event\" \"epoch\" or \"step\"", text::quoted(line));
  }
  TrainingRecord record;
  record.is_epoch = *event == "epoch";
  const auto count = [&](const char* name, std::uint64_t& into) {
    const auto field = json.find(name);
    if (field == json.end() || !field->is_number_unsigned()) {
      refuse("a count " + text::quoted(name), text::quoted(line));
    }
    into = field->get<std::uint64_t>();
  };
  count("epoch", record.epoch);
  count("step", record.step);
  const std::initializer_list<std::pair<const char*, double*>> numbers{
      {"loss", &record.loss}, {"learning_rate", &record.learning_rate}, {"seconds", &record.seconds}};
  for (const auto& [name, into] : numbers) {
    const auto field = json.find(name);
    const auto value = field == json.end() ? std::nullopt : number_of(*field);
    if (!value) refuse("a number " + text::quoted(name), text::quoted(line));
    *into = *value;
  }
  for (const auto& [name, value] : json.items()) {
    if (name == "epoch" || name == "step" || name == "loss" || name == "learning_rate" || name == "seconds") continue;
    if (const auto number = number_of(value)) record.metrics.emplace(name, *number);
  }
  return record;
}

std::vector<TrainingRecord> read_training_log(const std::filesystem::path& path) {
  std::vector<TrainingRecord> records;
  for (auto& [line, record] : read_lines(path)) records.push_back(std::move(record));
  return records;
}

TrainingLog::TrainingLog(const std::filesystem::path& path) : path_(path) {
  open(O_TRUNC);
}

TrainingLog::TrainingLog(const std::filesystem::path& path, const Keep& keep) : path_(path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    std::string kept;
    for (const auto& [line, record] : read_lines(path)) {
      if (keep(record)) kept += line + "\n";
    }
    write_file_atomically(path, kept);
  }
  open(0);
}

TrainingLog::~TrainingLog() {
  ::close(descriptor_);
}

void TrainingLog::open(int flags) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0666);
  if (descriptor_ >= 0) return;
  throw DataError("[TrainingLog] cannot open " + text::path(path_) + ": " + std::generic_category().message(errno));
}

void TrainingLog::write(const TrainingRecord& record) {
  const std::string line = to_json_line(record) + "\n";
  const ::off_t end = ::lseek(descriptor_, 0, SEEK_END);
  ::ssize_t written = 0;
  do {
    written = ::write(descriptor_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written == ::ssize_t(line.size())) return;
  const int reason = written < 0 ? errno : ENOSPC;  // a disk takes all or, where it is full, a part
  if (end >= 0) {
    [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, end);
  }
  throw DataError("[TrainingLog] cannot write " + text::path(path_) + ": " + std::generic_category().message(reason));
}

}  // namespace xtape::nn

#include "examples/programs/run/run.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <utility>

#include "autodiff/errors.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/command_line/text.hpp"
#include "examples/programs/run/check_tensors.hpp"
#include "examples/programs/run/published.hpp"
#include "nn/files/checkpoint.hpp"

namespace programs {
namespace {

namespace fs = std::filesystem;
using xtape::nn::Metadata;

constexpr const char *kOptions = "options", *kEpochs = "epochs", *kData = "data.fingerprint",
                     *kLabels = "labels.fingerprint";
constexpr const char *kPartLoss = "part.loss_sum", *kPartKl = "part.kl_sum", *kPartImages = "part.images",
                     *kPartSeconds = "part.seconds";

const std::string kElse = "; choose another --out, or start anew without --resume";

/// An option as one types it after others; nothing for a flag that is not set.
std::string typed(const std::string& name, const OptionValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? " --" + name : "";
  const std::string text = to_text(value);
  return " --" + name + (text.starts_with('-') ? "=" : " ") + shell_word(text);  // "--out -h" would ask for help
}

/// The notes of a checkpoint, as this program left them.
class Notes {
 public:
  Notes(const Metadata& notes, const fs::path& path) : notes_(notes), path_(xtape::text::path(path)) {}

  const std::string& text(const std::string& key) const {
    const auto note = notes_.find(key);
    if (note == notes_.end()) refuse(key);
    return note->second;
  }

  template <class Number>
  Number number(const std::string& key) const {
    const std::string& digits = text(key);
    Number value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(static_cast<double>(value)))
      refuse(key);
    return value;
  }

 private:
  [[noreturn]] void refuse(const std::string& key) const {
    throw UserError(path_ + " was not saved by this program: its note '" + key + "' is missing or damaged" + kElse);
  }

  const Metadata& notes_;
  std::string path_;
};

struct Checkpoint {
  fs::path path;
  OptionValues options;
  History history;
  std::uint64_t data_fingerprint = 0;
  std::optional<std::uint64_t> labels_fingerprint;
};

xtape::nn::TrainingState read_state(const fs::path& path, const std::string& model) {
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw UserError("there is no checkpoint " + xtape::text::path(path) +
                    " to go on from; leave out --resume to start anew");
  try {
    xtape::nn::TrainingState state = xtape::nn::read_training_state(path);
    if (state.model != model)
      throw UserError(xtape::text::path(path) + " is a checkpoint of " + xtape::text::escaped(state.model) +
                      ", not of " + model + kElse);
    return state;
  } catch (const xtape::DataError& error) {
    throw UserError(error.what() + kElse);
  }
}

/// Reads what a phase goes on from.
Checkpoint read_checkpoint(const fs::path& path, const std::string& model) {
  const xtape::nn::TrainingState state = read_state(path, model);
  const Notes notes(state.notes, path);
  Checkpoint checkpoint{path, options_from_json(notes.text(kOptions)), {}, notes.number<std::uint64_t>(kData), {}};
  checkpoint.history.epochs = epochs_from_json(notes.text(kEpochs));
  checkpoint.history.part = {notes.number<double>(kPartLoss), notes.number<double>(kPartKl),
                             notes.number<std::size_t>(kPartImages), notes.number<double>(kPartSeconds)};
  if (state.notes.contains(kLabels)) checkpoint.labels_fingerprint = notes.number<std::uint64_t>(kLabels);
  return checkpoint;
}

/// Whether a phase with this checkpoint may go up to as many epochs.
void check_epochs(const Checkpoint& checkpoint, std::size_t epochs) {
  const std::size_t begun = checkpoint.history.epochs.size() + (checkpoint.history.part.images > 0 ? 1 : 0);
  if (epochs < begun)
    throw UserError("--epochs " + std::to_string(epochs) + " is too few: the checkpoint is in epoch " +
                    std::to_string(begun) + " already; ask for as many or more");
}

/// Adds the later phases that were begun to the first.
void resume_more(const std::vector<std::string>& phases, const std::string& model, const OptionParser& parser,
                 const TrainingOptions& options, std::map<std::string, Checkpoint>& checkpoints) {
  const std::size_t done = checkpoints.at("").history.epochs.size();
  std::error_code ignored;
  for (const std::string& phase : phases) {
    const fs::path path = fs::path(options.out) / checkpoint_file(phase);
    if (!fs::exists(path, ignored)) continue;
    if (options.epochs != done)  // for it began where the first had ended
      throw UserError("--epochs " + std::to_string(options.epochs) +
                      " contradicts the checkpoint, which went on after " + std::to_string(done) +
                      "; leave the option out, or start anew without --resume");
    const Checkpoint& later = checkpoints.emplace(phase, read_checkpoint(path, model)).first->second;
    parser.check_same(checkpoints.at("").options, later.options, xtape::text::path(path));
  }
}

/// Throws a UserError where a checkpoint is not of these data, or not of the model that its options describe.
void check_fits(const Checkpoint& checkpoint, const std::string& phase, const RunPlan& plan, const Run& run) {
  const std::string give = "; give the same with --data, or start anew without --resume";
  const std::string source = xtape::text::path(run.options.data);
  if (checkpoint.data_fingerprint != run.data_fingerprint)
    throw UserError("the checkpoint was trained on other images than those in " + source + give);
  if (plan.reads_labels && checkpoint.labels_fingerprint != run.labels_fingerprint)
    throw UserError("the checkpoint was trained with other labels than those in " + source + give);
  if (checkpoint.history.part.images > run.data.train.size())
    throw UserError(xtape::text::path(checkpoint.path) + " is damaged; start anew without --resume");
  if (plan.tensors)
    check_tensors(xtape::nn::read_safetensors(checkpoint.path), "model.", plan.tensors(run.data, phase), kElse);
}

/// The data that the options ask for; drawn digits in place of a default that is not installed.
Dataset load_data(const OptionParser& parser, TrainingOptions& options) {
  if (!parser.given("data") && !options.resume && !is_installed(options.data)) {
    std::cout << options.data << " is not installed (Debian's package dataset-fashion-mnist); training on drawn digits"
              << std::endl;
    options.data = "digits";
  }
  Dataset data = load_dataset(options.data);
  options.data = data.source;
  if (!options.quick) return data;
  constexpr std::size_t kTrain = 10'000, kTest = 2'000;
  data.train = data.train.slice(0, std::min(kTrain, data.train.size()));
  data.test = data.test.slice(0, std::min(kTest, data.test.size()));
  return data;
}

/// The names of all files that this or another kind of run may leave.
std::vector<std::string> files_of(const RunPlan& plan) {
  std::vector<std::string> files{checkpoint_file(""),     kModelFile, kSummaryFile, kReportFile, kLossFile,
                                 kReconstructionLossFile, kKlLossFile};
  for (const auto* phases : {&plan.more_phases, &plan.other_phases})
    for (const std::string& phase : *phases) files.push_back(checkpoint_file(phase));
  files.insert(files.end(), plan.pictures.begin(), plan.pictures.end());
  return files;
}

}  // namespace

Metadata Run::notes(const History& present) const {
  Metadata notes{{kOptions, to_json(option_values)},
                 {kEpochs, to_json(present.epochs)},
                 {kData, std::to_string(data_fingerprint)},
                 {kPartLoss, shortest(present.part.loss_sum)},
                 {kPartKl, shortest(present.part.kl_sum)},
                 {kPartImages, std::to_string(present.part.images)},
                 {kPartSeconds, shortest(present.part.seconds)}};
  if (labels_fingerprint) notes.emplace(kLabels, std::to_string(*labels_fingerprint));
  return notes;
}

std::string Run::published(const std::string& figure) const {
  return data_fingerprint == kMnistFingerprint ? published_figure(model, changes, figure) : "";
}

std::string Run::command_to_resume() const {
  std::string command = called_as + typed("out", options.out) + " --resume";
  // The checkpoint keeps the options, but as JSON it cannot keep the name of a folder that is not UTF-8.
  const OptionValues kept = options_from_json(to_json(option_values));
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i] != option_values[i]) command += typed(option_values[i].first, option_values[i].second);
  return command;
}

std::string Run::command_to_repeat() const {
  std::string command = called_as + typed("data", options.data);
  for (const auto& [name, value] : changes) command += typed(name, value);
  return command + typed("seed", std::uint64_t{options.seed}) + typed("threads", std::uint64_t{options.threads}) +
         typed("out", options.out);
}

std::string checkpoint_file(const std::string& phase) {
  return phase.empty() ? "checkpoint.safetensors" : "checkpoint-" + phase + ".safetensors";
}

Run prepare_run(const std::string& model, OptionParser& parser, TrainingOptions& options,
                const std::function<RunPlan()>& plan_of) {
  FolderLock lock;
  std::map<std::string, Checkpoint> checkpoints;
  if (options.resume) {
    lock = FolderLock(options.out);  // before its files are read
    const fs::path path = fs::path(options.out) / checkpoint_file("");
    const Checkpoint& first = checkpoints.emplace("", read_checkpoint(path, model)).first->second;
    parser.adopt(first.options);
    check_epochs(first, options.epochs);  // which are those of the checkpoint from here on
  }
  constexpr std::size_t kQuickEpochs = 2;
  if (options.quick && !options.resume && !parser.given("epochs")) options.epochs = kQuickEpochs;
  const RunPlan plan = plan_of();
  if (options.resume) resume_more(plan.more_phases, model, parser, options, checkpoints);
  Dataset data = load_data(parser, options);
  if (plan.check_data) plan.check_data(data);
  const std::uint64_t images = fingerprint(data);
  std::optional<std::uint64_t> labels;
  if (plan.reads_labels) labels = labels_fingerprint(data);
  Run run{model,          parser.called_as(), options, parser.values(), std::move(data), images, labels,
          OutputFolder(), parser.changes(),   {},      plan.more_phases};
  for (auto& [phase, checkpoint] : checkpoints) {
    check_fits(checkpoint, phase, plan, run);
    run.histories.emplace(phase, std::move(checkpoint.history));
  }
  run.out = OutputFolder(options.out, files_of(plan), std::move(lock));
  xtape::kernels::set_available_threads(options.threads);
  return run;
}

}  // namespace programs

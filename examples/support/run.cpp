#include "examples/support/run.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <utility>

#include "autodiff/errors.hpp"
#include "autodiff/kernels/threads.hpp"
#include "examples/support/program.hpp"
#include "examples/support/text.hpp"
#include "nn/files/checkpoint.hpp"

namespace examples {
namespace {

namespace fs = std::filesystem;
using xtape::nn::Metadata;

constexpr const char *kOptions = "options", *kEpochs = "epochs", *kData = "data.fingerprint";
constexpr const char *kPartLoss = "part.loss_sum", *kPartKl = "part.kl_sum", *kPartImages = "part.images",
                     *kPartSeconds = "part.seconds";

/// An option as one types it after others; nothing for a flag that is not set.
std::string typed(const std::string& name, const OptionValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? " --" + name : "";
  const std::string text = to_text(value);
  return " --" + name + (text.starts_with('-') ? "=" : " ") + shell_word(text);  // "--out -h" would ask for help
}

/// The notes of a checkpoint, as this program left them.
class Notes {
 public:
  Notes(const Metadata& notes, std::string path) : notes_(notes), path_(std::move(path)) {}

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
    if (error != std::errc() || end != digits.data() + digits.size()) refuse(key);
    return value;
  }

 private:
  [[noreturn]] void refuse(const std::string& key) const {
    throw UserError(path_ + " was not saved by this program: its note '" + key + "' is missing or damaged; " +
                    "choose another --out, or start anew without --resume");
  }

  const Metadata& notes_;
  std::string path_;
};

struct Checkpoint {
  History history;
  std::uint64_t data_fingerprint = 0;
};

xtape::nn::TrainingState read_state(const fs::path& path, const std::string& model) {
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw UserError("there is no checkpoint " + path.string() + " to go on from; leave out --resume to start anew");
  try {
    xtape::nn::TrainingState state = xtape::nn::read_training_state(path);
    if (state.model != model)
      throw UserError(path.string() + " is a checkpoint of " + state.model + ", not of " + model +
                      "; choose another --out, or start anew without --resume");
    return state;
  } catch (const xtape::DataError& error) {
    throw UserError(std::string(error.what()) + "; choose another --out, or start anew without --resume");
  }
}

/// Reads what a phase goes on from, and takes over the run's options.
Checkpoint read_checkpoint(const fs::path& path, const std::string& model, OptionParser& parser) {
  const xtape::nn::TrainingState state = read_state(path, model);
  const Notes notes(state.notes, path.string());
  parser.adopt(options_from_json(notes.text(kOptions)));
  Checkpoint checkpoint;
  checkpoint.history.epochs = epochs_from_json(notes.text(kEpochs));
  checkpoint.history.part = {notes.number<double>(kPartLoss), notes.number<double>(kPartKl),
                             notes.number<std::size_t>(kPartImages), notes.number<double>(kPartSeconds)};
  checkpoint.data_fingerprint = notes.number<std::uint64_t>(kData);
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
void resume_more(const std::vector<std::string>& phases, const std::string& model, OptionParser& parser,
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
    checkpoints.emplace(phase, read_checkpoint(path, model, parser));
  }
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

}  // namespace

Metadata Run::notes(const History& present) const {
  return {{kOptions, to_json(option_values)},
          {kEpochs, to_json(present.epochs)},
          {kData, std::to_string(data_fingerprint)},
          {kPartLoss, shortest(present.part.loss_sum)},
          {kPartKl, shortest(present.part.kl_sum)},
          {kPartImages, std::to_string(present.part.images)},
          {kPartSeconds, shortest(present.part.seconds)}};
}

std::string Run::published(const std::string& figure, const OptionValues& apart_from) const {
  return data_fingerprint == kMnistFingerprint && changes == apart_from ? figure : "";
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
  std::map<std::string, Checkpoint> checkpoints;
  if (options.resume) {
    const fs::path path = fs::path(options.out) / checkpoint_file("");
    const Checkpoint& first = checkpoints.emplace("", read_checkpoint(path, model, parser)).first->second;
    check_epochs(first, options.epochs);  // which are those of the checkpoint from here on
  }
  constexpr std::size_t kQuickEpochs = 2;
  if (options.quick && !options.resume && !parser.given("epochs")) options.epochs = kQuickEpochs;
  const RunPlan plan = plan_of();
  if (options.resume) resume_more(plan.more_phases, model, parser, options, checkpoints);
  Dataset data = load_data(parser, options);
  if (plan.check_data) plan.check_data(data);
  const std::uint64_t print = fingerprint(data);
  std::map<std::string, History> histories;
  for (auto& [phase, checkpoint] : checkpoints) {
    if (print != checkpoint.data_fingerprint)
      throw UserError("the checkpoint was trained on other images than those in " + options.data +
                      "; give the same with --data, or start anew without --resume");
    if (checkpoint.history.part.images > data.train.size())
      throw UserError("the checkpoint in " + options.out + " is damaged; start anew without --resume");
    histories.emplace(phase, std::move(checkpoint.history));
  }
  std::vector<std::string> files{checkpoint_file(""),     kModelFile, kSummaryFile, kReportFile, kLossFile,
                                 kReconstructionLossFile, kKlLossFile};
  for (const auto* phases : {&plan.more_phases, &plan.other_phases})
    for (const std::string& phase : *phases) files.push_back(checkpoint_file(phase));
  files.insert(files.end(), plan.pictures.begin(), plan.pictures.end());
  OutputFolder out(options.out, std::move(files));
  xtape::kernels::set_available_threads(options.threads);
  return {model, parser.called_as(), options,          parser.values(),      std::move(data),
          print, std::move(out),     parser.changes(), std::move(histories), plan.more_phases};
}

}  // namespace examples

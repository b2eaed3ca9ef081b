#include "nn/training/trainer_state.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

namespace xtape::nn::detail {
namespace {

constexpr const char *kEpochs = "trainer.epochs", *kLossSum = "trainer.loss_sum", *kSamples = "trainer.samples",
                     *kSeconds = "trainer.seconds", *kTrained = "trainer.trained", *kBest = "trainer.best",
                     *kUpdates = "trainer.updates", *kBestUpdate = "trainer.best_update",
                     *kEmaUpdates = "trainer.ema_updates", *kPlateauRate = "trainer.plateau.rate",
                     *kPlateauBest = "trainer.plateau.best", *kPlateauBad = "trainer.plateau.bad",
                     *kPlateauCooling = "trainer.plateau.cooling";

/// The notes of a checkpoint, one by one.
class Notes {
 public:
  Notes(const Metadata& notes, const std::string& path) : notes_(notes), path_(path) {}

  bool has(const char* key) const { return notes_.contains(key); }
  const std::string& text(const char* key) const {
    const auto note = notes_.find(key);
    if (note == notes_.end()) refuse(key);
    return note->second;
  }
  template <class Number>
  Number number(const char* key) const {
    const std::string& digits = text(key);
    Number value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || std::isnan(double(value))) refuse(key);
    return value;
  }
  /// From 0 on.
  double size(const char* key) const {
    const double value = number<double>(key);
    if (!(value >= 0) || !std::isfinite(value)) refuse(key);
    return value;
  }
  [[noreturn]] void refuse(const char* key) const {
    throw DataError("[Trainer] " + path_ + ": expected a Trainer's checkpoint, got one whose note " +
                    xtape::text::quoted(key) + " is missing or damaged");
  }

 private:
  const Metadata& notes_;
  const std::string& path_;
};

}  // namespace

Metadata TrainerState::notes() const {
  std::string lines;
  for (const TrainingRecord& record : epochs) lines += to_json_line(record) + "\n";
  Metadata notes{{kEpochs, lines},
                 {kLossSum, text::number(loss_sum)},
                 {kSamples, text::number(samples)},
                 {kSeconds, text::number(seconds)},
                 {kTrained, trained ? "1" : "0"},
                 {kUpdates, std::to_string(stopping.updates)},
                 {kBestUpdate, std::to_string(stopping.best_update)},
                 {kEmaUpdates, std::to_string(ema_updates)}};
  if (stopping.best) notes.emplace(kBest, text::number(*stopping.best));
  if (plateau) {
    notes.emplace(kPlateauRate, text::number(plateau->rate));
    notes.emplace(kPlateauBest, text::number(plateau->best));
    notes.emplace(kPlateauBad, std::to_string(plateau->bad));
    notes.emplace(kPlateauCooling, std::to_string(plateau->cooling));
  }
  return notes;
}

TrainerState TrainerState::from_notes(const Metadata& metadata, const std::string& path) {
  const Notes notes(metadata, path);
  TrainerState state;
  std::string_view lines = notes.text(kEpochs);
  for (std::size_t end; (end = lines.find('\n')) != lines.npos; lines.remove_prefix(end + 1)) {
    state.epochs.push_back(record_from_json_line(lines.substr(0, end)));
    if (state.epochs.back().epoch != state.epochs.size()) notes.refuse(kEpochs);
  }
  state.loss_sum = notes.number<double>(kLossSum);
  state.samples = notes.size(kSamples);
  state.seconds = notes.size(kSeconds);
  state.trained = notes.text(kTrained) == "1";
  if (state.trained && !(state.samples > 0)) notes.refuse(kTrained);
  state.stopping.updates = notes.number<std::uint64_t>(kUpdates);
  state.stopping.best_update = notes.number<std::uint64_t>(kBestUpdate);
  if (notes.has(kBest)) state.stopping.best = notes.number<double>(kBest);
  if (state.stopping.best_update > state.stopping.updates ||
      state.stopping.best.has_value() != (state.stopping.best_update > 0))
    notes.refuse(kBestUpdate);
  state.ema_updates = notes.number<std::uint64_t>(kEmaUpdates);
  if (notes.has(kPlateauRate)) {
    state.plateau =
        PlateauState{notes.size(kPlateauRate), notes.number<double>(kPlateauBest),
                     notes.number<std::uint64_t>(kPlateauBad), notes.number<std::uint64_t>(kPlateauCooling)};
  }
  return state;
}

}  // namespace xtape::nn::detail

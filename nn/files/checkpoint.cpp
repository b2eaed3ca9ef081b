#include "nn/files/checkpoint.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/module_state.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

// The layout of version 1. Tensors: "model.NAME" for all that the model keeps, and "OPTIMIZER.SLOT.NAME" for what the
// optimizer remembers of a parameter: "adam.first.NAME"; "more.NAME" for what else the run has. Metadata: the keys
// below, numbers in decimal, "xtape.random.K..." for the generators that parts of the model draw from;
// "xtape.OPTIMIZER.step", and "xtape.OPTIMIZER.learning_rate.GROUP" where rates were set;
// "note.KEY" for each of the program's notes.
constexpr std::string_view kVersion = "1";
constexpr const char* kVersionKey = "xtape.checkpoint";
constexpr const char* kModelKey = "xtape.model";
constexpr const char* kEpochKey = "xtape.loader.epoch";
constexpr const char* kBatchKey = "xtape.loader.batch";
constexpr std::string_view kNotePrefix = "note.";
constexpr const char *kModelPrefix = "model.", *kMorePrefix = "more.";

/// The keys of a generator's state: the run's, or number `part` of those that the model's parts draw from.
struct RandomKeys {
  RandomKeys() : key("xtape.random.key"), counters{"xtape.random.counter.0", "xtape.random.counter.1"} {}
  explicit RandomKeys(std::size_t part) {
    const std::string prefix = "xtape.random." + std::to_string(part);
    key = prefix + ".key";
    counters = {prefix + ".counter.0", prefix + ".counter.1"};
  }
  void write(const Random::State& state, Metadata& metadata) const {
    metadata.emplace(key, std::to_string(state.key));
    for (std::size_t k = 0; k < counters.size(); ++k) metadata.emplace(counters[k], std::to_string(state.counter[k]));
  }

  std::string key;
  std::array<std::string, 2> counters;
};

/// The keys of an optimizer's numbers.
struct OptimizerKeys {
  explicit OptimizerKeys(std::string_view name) {
    for (const char c : name) prefix += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  }
  std::string step() const { return "xtape." + prefix + ".step"; }
  std::string rate(std::size_t group) const { return "xtape." + prefix + ".learning_rate." + std::to_string(group); }
  std::string tensor(const std::string& slot, const std::string& parameter) const {
    return prefix + "." + slot + "." + parameter;
  }

  std::string prefix = {};  // "adam"
};

/// The metadata of a checkpoint, field by field.
class Fields {
 public:
  explicit Fields(const detail::SafetensorsReader& file)
      : metadata_(file.header().metadata), where_("[load_checkpoint] " + text::path(file.path()) + ": ") {
    const auto version = metadata_.find(kVersionKey);
    if (version == metadata_.end()) {
      fail("expected a checkpoint, got a safetensors file without one's metadata; are these the weights alone?");
    }
    if (version->second != kVersion) {
      fail("expected a checkpoint of version " + std::string(kVersion) + ", got version " +
           text::quoted(version->second));
    }
  }

  const std::string& text(const std::string& key) const {
    const auto field = metadata_.find(key);
    if (field == metadata_.end()) fail("the field " + text::quoted(key) + " is missing from the metadata");
    return field->second;
  }

  std::uint64_t number(const std::string& key) const {
    const std::string& digits = text(key);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      fail("the field " + text::quoted(key) + ": expected a whole number from 0 to 2^64 - 1, got " +
           text::quoted(digits));
    }
    return value;
  }

  /// Those that the optimizer has done.
  std::uint64_t steps(const OptimizerKeys& keys) const {
    check_optimizer(keys);
    const std::uint64_t steps = number(keys.step());
    if (steps > kMostSteps) {
      fail("the field " + text::quoted(keys.step()) + ": expected at most 2^53 steps, got " + std::to_string(steps));
    }
    return steps;
  }

  /// Those of its groups; none where the first has none.
  std::vector<double> learning_rates(const OptimizerKeys& keys, std::size_t groups) const {
    std::vector<double> rates;
    if (!metadata_.contains(keys.rate(0))) return rates;
    if (metadata_.contains(keys.rate(groups))) {
      fail("expected " + std::to_string(groups) + " learning rates, got more: is the optimizer one of other groups?");
    }
    for (std::size_t group = 0; group < groups; ++group) {
      const std::string& digits = text(keys.rate(group));
      double rate = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rate);
      if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(rate) || rate < 0) {
        fail("the field " + text::quoted(keys.rate(group)) + ": expected a number from 0 on, got " +
             text::quoted(digits));
      }
      rates.push_back(rate);
    }
    return rates;
  }

  TrainingState training_state() const {
    TrainingState state;
    state.model = text(kModelKey);
    state.random = random({});
    state.position = {number(kEpochKey), number(kBatchKey)};
    for (const auto& [key, note] : metadata_) {
      if (key.starts_with(kNotePrefix)) state.notes.emplace(key.substr(kNotePrefix.size()), note);
    }
    return state;
  }

  /// Those of the generators that the model's parts draw from.
  std::vector<Random::State> of_parts(std::size_t count) const {
    std::vector<Random::State> states;
    while (metadata_.contains(RandomKeys(states.size()).key)) states.push_back(random(RandomKeys(states.size())));
    if (states.size() != count) {
      fail("expected the states of " + std::to_string(count) + " generators that parts of the model draw from, got " +
           std::to_string(states.size()) + ": do Dropout and its like share generators as they did in the run?");
    }
    return states;
  }

  const std::string& where() const { return where_; }  ///< how messages begin
  [[noreturn]] void fail(const std::string& what) const { throw DataError(where_ + what); }

 private:
  Random::State random(const RandomKeys& keys) const {
    return {number(keys.key), {number(keys.counters[0]), number(keys.counters[1])}};
  }

  /// Names the optimizer of the file where it is another one.
  void check_optimizer(const OptimizerKeys& keys) const {
    if (metadata_.contains(keys.step())) return;
    constexpr std::string_view kBegin = "xtape.", kEnd = ".step";
    for (const auto& [key, value] : metadata_) {
      if (!key.starts_with(kBegin) || !key.ends_with(kEnd)) continue;
      const std::string other = key.substr(kBegin.size(), key.size() - kBegin.size() - kEnd.size());
      fail("expected the state of the optimizer " + text::quoted(keys.prefix) + ", got that of " + text::quoted(other));
    }
  }

  const Metadata& metadata_;
  std::string where_;
};

/// The model's names of the optimizer's parameters.
template <class T>
std::vector<std::string> names_of(const char* where, const std::vector<NamedState<T>>& kept,
                                  const std::vector<Parameter<T>>& parameters) {
  std::map<std::uint64_t, const std::string*> by_key;
  for (const NamedState<T>& named : kept) by_key.emplace(named.key(), &named.name);
  std::vector<std::string> names;
  for (const Parameter<T>& parameter : parameters) {
    const auto found = by_key.find(parameter.key());
    if (found == by_key.end()) {
      throw ShapeError(
          text::bracketed(where) + "expected an optimizer of the model's parameters, got one whose number " +
          std::to_string(names.size()) + ", of shape " + to_string(parameter.shape()) + ", is none of them");
    }
    names.push_back(*found->second);
  }
  return names;
}

}  // namespace

template <class T>
void save_checkpoint(const std::filesystem::path& path, const Module<T>& model, const Optimizer<T>& optimizer,
                     const TrainingState& state, const std::vector<NamedState<T>>& more) {
  const auto kept = model.state();
  const std::vector<std::string> names = names_of("save_checkpoint", kept, optimizer.parameters());
  const OptimizerKeys keys(optimizer.name());
  const OptimizerState<T>& remembered = optimizer.state();
  std::vector<TensorView> tensors;
  detail::append_views(kModelPrefix, kept, tensors);
  detail::append_views(kMorePrefix, more, tensors);
  for (std::size_t k = 0; k < names.size(); ++k) {
    for (const auto& [slot, arrays] : remembered.slots) {
      tensors.push_back(view_of(keys.tensor(slot, names[k]), arrays[k]));
    }
  }
  Metadata metadata{{kVersionKey, std::string(kVersion)},
                    {kModelKey, state.model},
                    {keys.step(), std::to_string(remembered.step)},
                    {kEpochKey, std::to_string(state.position.epoch)},
                    {kBatchKey, std::to_string(state.position.batch)}};
  RandomKeys().write(state.random, metadata);
  const std::vector<Random*> generators = model.generators();
  for (std::size_t k = 0; k < generators.size(); ++k) RandomKeys(k).write(generators[k]->state(), metadata);
  for (std::size_t group = 0; group < remembered.learning_rates.size(); ++group) {
    metadata.emplace(keys.rate(group), text::number(remembered.learning_rates[group]));
  }
  for (const auto& [key, note] : state.notes) metadata.emplace(std::string(kNotePrefix) + key, note);
  write_safetensors(path, tensors, metadata);
}

template <class T>
TrainingState load_checkpoint(const std::filesystem::path& path, std::string_view model_name, Module<T>& model,
                              Optimizer<T>& optimizer, const LoadOptions& options,
                              const std::vector<NamedState<T>>& more) {
  const auto kept = model.state();
  const std::vector<std::string> names = names_of("load_checkpoint", kept, optimizer.parameters());
  const detail::SafetensorsReader file(path, options.limits);
  const Fields fields(file);
  TrainingState state = fields.training_state();
  if (state.model != model_name) {
    fields.fail("expected a checkpoint of the model " + text::quoted(model_name) + ", got one of " +
                text::quoted(state.model));
  }
  const OptimizerKeys keys(optimizer.name());
  OptimizerState<T> remembered;
  remembered.step = fields.steps(keys);
  remembered.learning_rates = fields.learning_rates(keys, optimizer.groups());
  const std::vector<Random*> generators = model.generators();
  const std::vector<Random::State> of_parts = fields.of_parts(generators.size());
  std::vector<ExpectedTensor> expected;
  detail::append_expected(kModelPrefix, kept, expected);
  for (const OptimizerSlot& slot : optimizer.slots()) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      expected.push_back({keys.tensor(slot.name, names[k]), optimizer.parameters()[k].shape(), dtype_of<T>()});
    }
  }
  detail::append_expected(kMorePrefix, more, expected);
  if (more.empty()) {
    for (const detail::HeaderEntry& entry : file.header().entries) {
      if (entry.name.starts_with(kMorePrefix)) expected.push_back({entry.name, entry.shape, entry.dtype});
    }
  }
  file.check(expected, "load_checkpoint", "the model");
  const auto get = [&file]<class E>(const std::string& name, const Shape&) { return file.read_tensor<E>(name); };
  auto values = detail::read_state(kModelPrefix, kept, options, fields.where(), get);
  auto more_values = detail::read_state(kMorePrefix, more, options, fields.where(), get);
  for (const OptimizerSlot& slot : optimizer.slots()) {
    for (const std::string& name : names) {
      const std::string full = keys.tensor(slot.name, name);
      Array<T> array = file.read_tensor<T>(full);
      if (!options.allow_non_finite) detail::check_numbers(array, full, slot.is_square, fields.where());
      remembered.slots[slot.name].push_back(std::move(array));
    }
  }
  optimizer.set_state(std::move(remembered));
  detail::set_state(kept, std::move(values));
  detail::set_state(more, std::move(more_values));
  for (std::size_t k = 0; k < generators.size(); ++k) *generators[k] = Random::from_state(of_parts[k]);
  return state;
}

TrainingState read_training_state(const std::filesystem::path& path, const SafetensorsLimits& limits) {
  const detail::SafetensorsReader file(path, limits);
  return Fields(file).training_state();
}

#define XTAPE_INSTANTIATE(T)                                                                                        \
  template void save_checkpoint(const std::filesystem::path&, const Module<T>&, const Optimizer<T>&,                \
                                const TrainingState&, const std::vector<NamedState<T>>&);                           \
  template TrainingState load_checkpoint(const std::filesystem::path&, std::string_view, Module<T>&, Optimizer<T>&, \
                                         const LoadOptions&, const std::vector<NamedState<T>>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

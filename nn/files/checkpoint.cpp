#include "nn/files/checkpoint.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/module_state.hpp"

#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

// The layout of version 1. Tensors: "model.NAME" for all that the model keeps, "adam.first.NAME" and "adam.second.NAME"
// for each parameter that is trained.
// Metadata: the keys below, numbers in decimal, and "note.KEY" for each of the program's notes.
constexpr std::string_view kVersion = "1";
constexpr const char* kVersionKey = "xtape.checkpoint";
constexpr const char* kModelKey = "xtape.model";
constexpr const char* kAdamStepKey = "xtape.adam.step";
constexpr const char* kRandomKeyKey = "xtape.random.key";
constexpr const char* kRandomCounterKeys[] = {"xtape.random.counter.0", "xtape.random.counter.1"};
constexpr const char* kEpochKey = "xtape.loader.epoch";
constexpr const char* kBatchKey = "xtape.loader.batch";
constexpr std::string_view kNotePrefix = "note.";
constexpr const char* kTensorPrefixes[] = {"model.", "adam.first.", "adam.second."};

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

  const std::string& text(const char* key) const {
    const auto field = metadata_.find(key);
    if (field == metadata_.end()) fail("the field " + text::quoted(key) + " is missing from the metadata");
    return field->second;
  }

  std::uint64_t number(const char* key) const {
    const std::string& digits = text(key);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      fail("the field " + text::quoted(key) + ": expected a whole number from 0 to 2^64 - 1, got " +
           text::quoted(digits));
    }
    return value;
  }

  /// Those that Adam has done.
  std::uint64_t steps() const {
    const std::uint64_t steps = number(kAdamStepKey);
    if (steps > kMostAdamSteps) {
      fail("the field " + text::quoted(kAdamStepKey) + ": expected at most 2^53 steps, got " + std::to_string(steps));
    }
    return steps;
  }

  TrainingState training_state() const {
    TrainingState state;
    state.model = text(kModelKey);
    state.random = {number(kRandomKeyKey), {number(kRandomCounterKeys[0]), number(kRandomCounterKeys[1])}};
    state.position = {number(kEpochKey), number(kBatchKey)};
    for (const auto& [key, note] : metadata_) {
      if (key.starts_with(kNotePrefix)) state.notes.emplace(key.substr(kNotePrefix.size()), note);
    }
    return state;
  }

  const std::string& where() const { return where_; }  ///< how messages begin
  [[noreturn]] void fail(const std::string& what) const { throw DataError(where_ + what); }

 private:
  const Metadata& metadata_;
  std::string where_;
};

template <class T>
void check_optimizer(const char* where, const std::vector<NamedParameter<T>>& parameters, const AdamState<T>& state) {
  bool fits = state.first.size() == parameters.size() && state.second.size() == parameters.size();
  for (std::size_t i = 0; fits && i < parameters.size(); ++i) {
    const Shape shape = parameters[i].parameter.shape();
    fits = shape_of(state.first[i]) == shape && shape_of(state.second[i]) == shape;
  }
  if (!fits) {
    throw ShapeError(text::bracketed(where) + "expected an optimizer of the model's " +
                     std::to_string(parameters.size()) + " parameters in their order, got one of " +
                     std::to_string(state.first.size()) + " or of other shapes");
  }
}

}  // namespace

template <class T>
void save_checkpoint(const std::filesystem::path& path, const Module<T>& model, const Adam<T>& optimizer,
                     const TrainingState& state) {
  const auto parameters = model.named_parameters();
  const AdamState<T>& adam = optimizer.state();
  check_optimizer("save_checkpoint", parameters, adam);
  std::vector<TensorView> tensors;
  detail::append_views(kTensorPrefixes[0], model.state(), tensors);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name;
    tensors.push_back(view_of(kTensorPrefixes[1] + name, adam.first[i]));
    tensors.push_back(view_of(kTensorPrefixes[2] + name, adam.second[i]));
  }
  Metadata metadata{{kVersionKey, std::string(kVersion)},
                    {kModelKey, state.model},
                    {kAdamStepKey, std::to_string(adam.step)},
                    {kRandomKeyKey, std::to_string(state.random.key)},
                    {kRandomCounterKeys[0], std::to_string(state.random.counter[0])},
                    {kRandomCounterKeys[1], std::to_string(state.random.counter[1])},
                    {kEpochKey, std::to_string(state.position.epoch)},
                    {kBatchKey, std::to_string(state.position.batch)}};
  for (const auto& [key, note] : state.notes) metadata.emplace(std::string(kNotePrefix) + key, note);
  write_safetensors(path, tensors, metadata);
}

template <class T>
TrainingState load_checkpoint(const std::filesystem::path& path, std::string_view model_name, Module<T>& model,
                              Adam<T>& optimizer, const LoadOptions& options) {
  const auto parameters = model.named_parameters();
  check_optimizer("load_checkpoint", parameters, optimizer.state());
  const detail::SafetensorsReader file(path, options.limits);
  const Fields fields(file);
  TrainingState state = fields.training_state();
  if (state.model != model_name) {
    fields.fail("expected a checkpoint of the model " + text::quoted(model_name) + ", got one of " +
                text::quoted(state.model));
  }
  AdamState<T> adam;
  adam.step = fields.steps();
  const auto kept = model.state();
  std::vector<ExpectedTensor> expected;
  detail::append_expected(kTensorPrefixes[0], kept, expected);
  for (const char* prefix : {kTensorPrefixes[1], kTensorPrefixes[2]}) {
    for (const auto& [name, parameter] : parameters) {
      expected.push_back({prefix + name, parameter.shape(), dtype_of<T>()});
    }
  }
  file.check(expected, "load_checkpoint", "the model");
  const auto get = [&file]<class E>(const std::string& name, const Shape&) { return file.read_tensor<E>(name); };
  auto values = detail::read_state(kTensorPrefixes[0], kept, options, fields.where(), get);
  for (const bool is_square : {false, true}) {
    for (const auto& [name, parameter] : parameters) {
      const std::string full = kTensorPrefixes[is_square ? 2 : 1] + name;
      Array<T> array = file.read_tensor<T>(full);
      if (!options.allow_non_finite) detail::check_numbers(array, full, is_square, fields.where());
      (is_square ? adam.second : adam.first).push_back(std::move(array));
    }
  }
  optimizer.set_state(std::move(adam));
  detail::set_state(kept, std::move(values));
  return state;
}

TrainingState read_training_state(const std::filesystem::path& path, const SafetensorsLimits& limits) {
  const detail::SafetensorsReader file(path, limits);
  return Fields(file).training_state();
}

template void save_checkpoint(const std::filesystem::path&, const Module<float>&, const Adam<float>&,
                              const TrainingState&);
template void save_checkpoint(const std::filesystem::path&, const Module<double>&, const Adam<double>&,
                              const TrainingState&);
template TrainingState load_checkpoint(const std::filesystem::path&, std::string_view, Module<float>&, Adam<float>&,
                                       const LoadOptions&);
template TrainingState load_checkpoint(const std::filesystem::path&, std::string_view, Module<double>&, Adam<double>&,
                                       const LoadOptions&);

}  // namespace xtape::nn

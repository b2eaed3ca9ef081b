#pragma once
// What a module keeps, as tensors of a file: the inside of what saves and loads modules and checkpoints.

#include "nn/files/safetensors_reader.hpp"
#include "nn/module.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace xtape::nn::detail {

/// Parameters and buffers are tensors of T, counters whole numbers of 64 bits.
template <class T>
using StateValue = std::variant<Array<T>, Array<std::int64_t>>;

/// The tensors to be written, under `prefix` and their names. What is kept has to outlive them.
template <class T>
void append_views(const std::string& prefix, const std::vector<NamedState<T>>& state,
                  std::vector<TensorView>& tensors) {
  for (const NamedState<T>& named : state) {
    if (const auto* counter = std::get_if<Counter>(&named.kept)) {
      tensors.push_back(view_of(prefix + named.name, counter->array()));
    } else {
      const auto* buffer = std::get_if<Buffer<T>>(&named.kept);
      const Array<T>& value = buffer == nullptr ? named.parameter()->value() : buffer->value();
      tensors.push_back(view_of(prefix + named.name, value));
    }
  }
}

/// The tensors that a file has to have.
template <class T>
void append_expected(const std::string& prefix, const std::vector<NamedState<T>>& state,
                     std::vector<ExpectedTensor>& expected) {
  for (const NamedState<T>& named : state) {
    const bool counts = std::holds_alternative<Counter>(named.kept);
    expected.push_back({prefix + named.name, named.shape(), counts ? dtype_of<std::int64_t>() : dtype_of<T>()});
  }
}

/// The values from a file, which are not set yet: `get.template operator()<E>(name, shape)` gives each. Unless
/// `options` allow them, throws a DataError that begins with `where` for numbers that are not finite.
template <class T, class Get>
std::vector<StateValue<T>> read_state(const std::string& prefix, const std::vector<NamedState<T>>& state,
                                      const LoadOptions& options, const std::string& where, const Get& get) {
  std::vector<StateValue<T>> values;
  for (const NamedState<T>& named : state) {
    const std::string full = prefix + named.name;
    if (std::holds_alternative<Counter>(named.kept)) {
      values.emplace_back(get.template operator()<std::int64_t>(full, named.shape()));
      continue;
    }
    Array<T> array = get.template operator()<T>(full, named.shape());
    if (!options.allow_non_finite) check_numbers(array, full, false, where);
    values.emplace_back(std::move(array));
  }
  return values;
}

/// Gives what a module keeps the values that were read for it.
template <class T>
void set_state(const std::vector<NamedState<T>>& state, std::vector<StateValue<T>> values) {
  for (std::size_t i = 0; i < state.size(); ++i) {
    if (const auto* counter = std::get_if<Counter>(&state[i].kept)) {
      counter->set(std::get<1>(values[i])());
    } else if (const auto* buffer = std::get_if<Buffer<T>>(&state[i].kept)) {
      buffer->set(std::get<0>(std::move(values[i])));
    } else {
      state[i].parameter()->set(std::get<0>(std::move(values[i])));
    }
  }
}

}  // namespace xtape::nn::detail

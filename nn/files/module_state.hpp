#pragma once
// What a module keeps, as tensors of a file: the inside of what saves and loads modules and checkpoints.

#include "autodiff/text.hpp"
#include "nn/files/safetensors_reader.hpp"
#include "nn/files/tensor_index.hpp"
#include "nn/module.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
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

/// The same with each of the names of what is added in several places, as a state_dict has it.
template <class T>
std::vector<NamedState<T>> under_all_names(const std::vector<NamedState<T>>& state) {
  std::vector<NamedState<T>> all;
  for (const NamedState<T>& named : state) {
    all.push_back({named.name, named.kept});
    for (const std::string& name : named.other_names) all.push_back({name, named.kept});
  }
  return all;
}

/// The names of `state` that a file has, where it has any: what is added in several places may be there under one of
/// its names, or under several. `shared` are names without a tensor of their own: "head.weight", which is the tensor
/// "embedding.weight"; `index` gets those that are needed.
template <class T, class Entry>
std::vector<NamedState<T>> named_as_in(TensorIndex<Entry>& index, const TensorIndex<Entry>& shared,
                                       const std::string& prefix, const std::vector<NamedState<T>>& state) {
  std::vector<NamedState<T>> result;
  for (const NamedState<T>& named : state) {
    std::vector<std::string> names{named.name};
    names.insert(names.end(), named.other_names.begin(), named.other_names.end());
    std::vector<std::string> there;
    for (const std::string& name : names) {
      if (index.contains(prefix + name)) there.push_back(name);
    }
    for (const std::string& name : names) {
      const auto found = shared.find(prefix + name);
      if (!there.empty() || found == shared.end()) continue;
      index.insert(*found);
      there.push_back(name);
    }
    if (there.empty()) there.push_back(named.name);
    result.push_back({there.front(), named.kept, {there.begin() + 1, there.end()}});
  }
  return result;
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

/// Throws a DataError that begins with `where` if a file has two values for what the module keeps once.
template <class T, class Get>
void check_ties(const std::string& prefix, const std::vector<NamedState<T>>& state,
                const std::vector<StateValue<T>>& values, const std::string& where, const Get& get) {
  for (std::size_t i = 0; i < state.size(); ++i) {
    for (const std::string& name : state[i].other_names) {
      std::visit(
          [&]<class E>(const Array<E>& value) {
            const Array<E> other = get.template operator()<E>(prefix + name, state[i].shape());
            if (value.size() == 0 || std::memcmp(value.data(), other.data(), value.size() * sizeof(E)) == 0) return;
            throw DataError(where + "tensors " + text::quoted(prefix + state[i].name) + " and " +
                            text::quoted(prefix + name) +
                            ": equal numbers expected, for the module has one for both (tied weights); was it saved by "
                            "a model that has two?");
          },
          values[i]);
    }
  }
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

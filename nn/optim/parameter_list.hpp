#pragma once
// What every optimizer asks of the list of its parameters, and of arrays that belong to them.

#include "autodiff/text.hpp"
#include "nn/module.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <unordered_map>
#include <vector>

namespace xtape::nn::detail {

/// Throws Error, naming the optimizer, for an empty list and for a parameter that is listed twice.
template <class T>
void check_list(const char* optimizer, const std::vector<Parameter<T>>& parameters) {
  const std::string name = text::bracketed(optimizer);
  if (parameters.empty()) {
    throw Error(name +
                "at least one parameter expected, got an empty list: a module lists what was added to it with "
                "add(\"name\", member)");
  }
  std::unordered_map<std::uint64_t, std::size_t> numbers;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const auto [before, is_new] = numbers.emplace(parameters[k].key(), k);
    if (is_new) continue;
    throw Error(name + "each parameter once expected, numbers " + std::to_string(before->second) + " and " +
                std::to_string(k) + " are the same one");
  }
}

/// Throws, naming the optimizer and what the arrays are, ShapeError unless they have the parameters' number and shapes,
/// and TapeError for an array that was moved from.
template <class T>
void check_fit(const char* optimizer, const char* what, const std::vector<Parameter<T>>& parameters,
               const std::vector<Array<T>>& arrays) {
  const std::string name = text::bracketed(optimizer);
  if (arrays.size() != parameters.size()) {
    throw ShapeError(name + std::to_string(parameters.size()) + " " + what + " expected, got " +
                     std::to_string(arrays.size()));
  }
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    check_alive(arrays[k]);
    if (shape_of(arrays[k]) == parameters[k].shape()) continue;
    throw ShapeError(name + what + " of shape " + to_string(parameters[k].shape()) + " expected for parameter " +
                     std::to_string(k) + ", got " + to_string(shape_of(arrays[k])));
  }
}

/// Whether an option is a number >= 0 that can be reckoned with.
inline bool is_amount(double x) {
  return x >= 0 && std::isfinite(x);
}

/// Throws Error, naming the optimizer, what its options have to be, and what they are.
[[noreturn]] inline void refuse_options(const char* optimizer, const std::string& expected,
                                        std::initializer_list<double> got) {
  std::string numbers;
  for (const double x : got) numbers += (numbers.empty() ? "" : ", ") + text::number(x);
  throw Error(text::bracketed(optimizer) + expected + " expected, got " + numbers);
}

}  // namespace xtape::nn::detail

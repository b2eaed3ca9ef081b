#pragma once
// What every optimizer asks of the list of its parameters.

#include "nn/module.hpp"

#include <string>
#include <vector>

namespace xtape::nn::detail {

/// Throws Error, naming the optimizer, for an empty list and for a parameter that is listed twice.
template <class T>
void check_list(const char* optimizer, const std::vector<Parameter<T>>& parameters) {
  const std::string name = "[" + std::string(optimizer) + "] ";
  if (parameters.empty()) {
    throw Error(name +
                "at least one parameter expected, got an empty list: a module lists what was added to it with "
                "add(\"name\", member)");
  }
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    for (std::size_t j = 0; j < k; ++j) {
      if (parameters[j].key() != parameters[k].key()) continue;
      throw Error(name + "each parameter once expected, numbers " + std::to_string(j) + " and " + std::to_string(k) +
                  " are the same one");
    }
  }
}

}  // namespace xtape::nn::detail

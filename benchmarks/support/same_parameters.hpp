#pragma once
// What the parameters of a model begin with, so that all contestants have the same: same_parameters of
// benchmarks/peers/same_numbers.py.

#include <nn/nn.hpp>

#include "benchmarks/support/same_numbers.hpp"

namespace xtape::benchmarks {

inline void set_same_weights(const nn::Module<float>& model) {
  std::size_t index = 0, fan_in = 0;
  for (const nn::Parameter<float>& parameter : model.parameters()) {
    // A bias has the fan of the weight before it.
    if (parameter.shape().size() > 1) fan_in = parameter.size() / parameter.shape()[0];
    parameter.set(same_weights(++index, parameter.shape(), fan_in));
  }
}

}  // namespace xtape::benchmarks

#pragma once
// What a forward pass changes of a model, to put it back.

#include "nn/module.hpp"

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace xtape::nn::detail {

/// What a forward pass may change of a model: buffers, counters, and the generators that parts draw from, as they were
/// when this was made. A buffer's old array is shared, not copied.
template <class T>
class ForwardState {
 public:
  explicit ForwardState(const Module<T>& model) {
    for (NamedState<T>& named : model.state()) {
      if (auto* buffer = std::get_if<Buffer<T>>(&named.kept)) buffers_.emplace_back(*buffer, buffer->var());
      if (auto* counter = std::get_if<Counter>(&named.kept)) counters_.emplace_back(*counter, counter->value());
    }
    for (Random* const generator : model.generators()) generators_.emplace_back(generator, *generator);
  }
  void restore() const {
    for (const auto& [buffer, value] : buffers_) buffer.set(value.value());
    for (const auto& [counter, value] : counters_) counter.set(value);
    for (const auto& [generator, value] : generators_) *generator = value;
  }

 private:
  std::vector<std::pair<Buffer<T>, Var<T>>> buffers_;
  std::vector<std::pair<Counter, std::int64_t>> counters_;
  std::vector<std::pair<Random*, Random>> generators_;
};

}  // namespace xtape::nn::detail

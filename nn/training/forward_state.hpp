#pragma once
// What a forward pass changes of a model, to put it back.

#include "nn/module.hpp"

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace xtape::nn::detail {

/// What a forward pass may change of a model: buffers and counters, as they were when this was made. A buffer's old
/// array is shared, not copied.
template <class T>
class ForwardState {
 public:
  explicit ForwardState(const Module<T>& model) {
    for (NamedState<T>& named : model.state()) {
      if (auto* buffer = std::get_if<Buffer<T>>(&named.kept)) buffers_.emplace_back(*buffer, buffer->var());
      if (auto* counter = std::get_if<Counter>(&named.kept)) counters_.emplace_back(*counter, counter->value());
    }
  }
  void restore() const {
    for (const auto& [buffer, value] : buffers_) buffer.set(value.value());
    for (const auto& [counter, value] : counters_) counter.set(value);
  }

 private:
  std::vector<std::pair<Buffer<T>, Var<T>>> buffers_;
  std::vector<std::pair<Counter, std::int64_t>> counters_;
};

}  // namespace xtape::nn::detail

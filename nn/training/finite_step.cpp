#include "nn/training/finite_step.hpp"

#include "autodiff/text.hpp"
#include "nn/optim/blocks.hpp"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>
#include <variant>

namespace xtape::nn {
namespace {

/// Whether an element is NaN or infinite: those have all bits of the exponent set. In integers, so that it vectorises.
bool has_not_finite(const float* x, std::size_t size) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < size; ++i) {
    found |= (std::bit_cast<std::uint32_t>(x[i]) & kExponent) == kExponent ? 1u : 0u;
  }
  return found != 0;
}
bool has_not_finite(const double* x, std::size_t size) {
  constexpr std::uint64_t kExponent = 0x7ff0000000000000;
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < size; ++i) {
    found |= (std::bit_cast<std::uint64_t>(x[i]) & kExponent) == kExponent ? 1u : 0u;
  }
  return found != 0;
}

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

}  // namespace

template <class T>
bool all_finite(const std::vector<Array<T>>& arrays) {
  std::atomic<bool> finite{true};
  detail::Blocks(arrays).for_each([&](std::size_t, const detail::Block& block) {
    if (has_not_finite(arrays[block.k].data() + block.begin, block.end - block.begin)) finite = false;
  });
  return finite;
}

template <class T>
std::string first_not_finite(const std::type_identity_t<LossFunction<T>>& loss,
                             const std::vector<Parameter<T>>& parameters, const Random& before) {
  try {
    Random again = before;
    Tape<T> tape({.check_finite = true});
    const Var<T> value = loss(again);
    if (!parameters.empty()) (void)tape.gradient(value, parameters);
  } catch (const NumericError& error) {
    return error.what();
  }
  return "no operation produced it a second time";
}

template <class T>
LossAndGradients<T> finite_gradients(const Module<T>& model, const std::vector<Parameter<T>>& parameters,
                                     const std::type_identity_t<LossFunction<T>>& loss, Random& rng) {
  const ForwardState<T> state(model);
  const Random before = rng;
  LossAndGradients<T> result{};
  {
    Tape<T> tape;
    const Var<T> value = loss(rng);
    result.gradients = tape.gradient(value, parameters);
    result.loss = value.item();
  }
  const bool finite_loss = std::isfinite(result.loss);
  if (finite_loss && all_finite(result.gradients)) return result;
  state.restore();
  const std::string cause = first_not_finite<T>(loss, parameters, before);
  state.restore();
  rng = before;
  const std::string found =
      finite_loss ? "a gradient that is not finite" : "a loss of " + text::number(double(result.loss));
  throw NotFiniteError("[finite_gradients] finite numbers expected, got " + found + ": " + cause, cause);
}

template <class T>
T finite_step(const Module<T>& model, Optimizer<T>& optimizer, const std::type_identity_t<LossFunction<T>>& loss,
              Random& rng) {
  const LossAndGradients<T> result = finite_gradients<T>(model, optimizer.parameters(), loss, rng);
  optimizer.step(result.gradients);
  return result.loss;
}

#define XTAPE_INSTANTIATE(T)                                                                                      \
  template bool all_finite(const std::vector<Array<T>>&);                                                         \
  template std::string first_not_finite(const LossFunction<T>&, const std::vector<Parameter<T>>&, const Random&); \
  template LossAndGradients<T> finite_gradients(const Module<T>&, const std::vector<Parameter<T>>&,               \
                                                const LossFunction<T>&, Random&);                                 \
  template T finite_step(const Module<T>&, Optimizer<T>&, const LossFunction<T>&, Random&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

#include "nn/training/finite_step.hpp"

#include "autodiff/text.hpp"
#include "nn/optim/blocks.hpp"
#include "nn/training/forward_state.hpp"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

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
std::string detail::first_not_finite_again(const LossFunction<T>& loss, const std::vector<Parameter<T>>& parameters,
                                           Random& rng) {
  try {
    Tape<T> tape({.check_finite = true});
    const Var<T> value = loss(rng);
    if (!parameters.empty()) (void)tape.gradient(value, parameters);
  } catch (const NumericError& error) {
    return error.what();
  }
  return "no operation produced it a second time";
}

template <class T>
std::string first_not_finite(const std::type_identity_t<LossFunction<T>>& loss,
                             const std::vector<Parameter<T>>& parameters, const Random& before) {
  Random again = before;
  return detail::first_not_finite_again<T>(loss, parameters, again);
}

template <class T>
LossAndGradients<T> finite_gradients(const Module<T>& model, const std::vector<Parameter<T>>& parameters,
                                     const std::type_identity_t<LossFunction<T>>& loss, Random& rng) {
  const detail::ForwardState<T> state(model);
  const Random before = rng;
  const auto restore = [&] {
    state.restore();
    rng = before;
  };
  try {
    LossAndGradients<T> result{};
    {
      Tape<T> tape;
      const Var<T> value = loss(rng);
      result.gradients = tape.gradient(value, parameters);
      result.loss = value.item();
    }
    const bool finite_loss = std::isfinite(result.loss);
    if (finite_loss && all_finite(result.gradients)) return result;
    restore();  // so that layers which draw from `rng` by themselves draw the same again
    const std::string cause = detail::first_not_finite_again<T>(loss, parameters, rng);
    const std::string found =
        finite_loss ? "a gradient that is not finite" : "a loss of " + text::number(double(result.loss));
    throw NotFiniteError("[finite_gradients] finite numbers expected, got " + found + ": " + cause, cause);
  } catch (...) {
    restore();
    throw;
  }
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
  template std::string detail::first_not_finite_again(const LossFunction<T>&, const std::vector<Parameter<T>>&,   \
                                                      Random&);                                                   \
  template std::string first_not_finite(const LossFunction<T>&, const std::vector<Parameter<T>>&, const Random&); \
  template LossAndGradients<T> finite_gradients(const Module<T>&, const std::vector<Parameter<T>>&,               \
                                                const LossFunction<T>&, Random&);                                 \
  template T finite_step(const Module<T>&, Optimizer<T>&, const LossFunction<T>&, Random&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

#pragma once
// The step that Adam and AdamW share.

#include "nn/optim/elementwise_step.hpp"
#include "nn/optim/parameter_list.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace xtape::nn::detail {

enum class Decay { kNone, kPenalty, kApart };

// The factors of one step, computed in double: 1 - β₂ in float would be off in the fifth digit.
template <class T, Decay kDecay, bool kAmsgrad>
struct AdamRule {
  T beta1, rest1, beta2, rest2;      // rest = 1 - β
  T rate, root_correction, epsilon;  // α / (1 - β₁ᵗ), 1 / √(1 - β₂ᵗ), ε
  T decay;                           // λ; apart: 1 - α λ
  T keeps_largest;                   // 1; 0 for a group without amsgrad

  template <class B, std::size_t N>
  B operator()(B w, B g, std::array<B, N>& s) const {
    if constexpr (kDecay == Decay::kPenalty) g = g + B(decay) * w;
    if constexpr (kDecay == Decay::kApart) w = w * B(decay);
    s[0] = flushed(B(beta1) * s[0] + B(rest1) * g);
    s[1] = flushed(B(beta2) * s[1] + B(rest2) * g * g);
    if constexpr (kAmsgrad) s[2] = kernels::maximum(B(keeps_largest) * s[2], s[1]);
    return w - B(rate) * s[0] / (xsimd::sqrt(s[kAmsgrad ? 2 : 1]) * B(root_correction) + B(epsilon));
  }
};

// Step t of Adam, along with what it remembers: first, second and, for amsgrad, the largest second.
template <Decay kDecay, class T, class Options, std::size_t N>
void adam_step(const GroupedOptimizer<T, Options>& adam, std::uint64_t step, const std::vector<Array<T>>& gradients,
               const std::array<std::vector<Array<T>>*, N>& slots) {
  const double t = double(step);
  step_elements(adam, gradients, slots, [t](const Options& o, double rate) {
    return AdamRule<T, kDecay, N == 3>{T(o.beta1),
                                       T(1 - o.beta1),
                                       T(o.beta2),
                                       T(1 - o.beta2),
                                       T(rate / (1 - std::pow(o.beta1, t))),
                                       T(1 / std::sqrt(1 - std::pow(o.beta2, t))),
                                       T(o.epsilon),
                                       T(kDecay == Decay::kApart ? 1 - rate * o.weight_decay : o.weight_decay),
                                       T(o.amsgrad)};
  });
}

template <class Options>
std::vector<OptimizerSlot> checked_adam_slots(const char* name, const Options& o) {
  const auto is_decay = [](double beta) { return beta >= 0 && beta < 1; };
  if (!(o.learning_rate >= 0) || !is_decay(o.beta1) || !is_decay(o.beta2) || !is_amount(o.epsilon) ||
      !is_amount(o.weight_decay)) {
    refuse_options(name, "learning_rate >= 0, beta1 and beta2 in [0, 1), epsilon >= 0 and weight_decay >= 0",
                   {o.learning_rate, o.beta1, o.beta2, o.epsilon, o.weight_decay});
  }
  std::vector<OptimizerSlot> slots{{"first"}, {"second", 0, true}};
  if (o.amsgrad) slots.push_back({"largest", 0, true});
  return slots;
}

}  // namespace xtape::nn::detail

#include "nn/optim/adamw.hpp"

#include "nn/optim/adam_step.hpp"

#include <utility>

namespace xtape::nn {

template <class T>
AdamW<T>::AdamW(std::vector<Parameter<T>> parameters, const AdamWOptions& options)
    : GroupedOptimizer<T, AdamWOptions>("AdamW") {
  this->add_group(std::move(parameters), options);
}

template <class T>
std::vector<OptimizerSlot> AdamW<T>::slots_for(const AdamWOptions& options) const {
  return detail::checked_adam_slots("AdamW", options);
}

template <class T>
void AdamW<T>::update(const std::vector<Array<T>>& gradients) {
  const auto step = [&](const auto& slots) {
    detail::adam_step<detail::Decay::kApart>(*this, this->steps(), gradients, slots);
  };
  std::vector<Array<T>>*const first = &this->slot("first"), *const second = &this->slot("second");
  this->has_slot("largest") ? step(std::array{first, second, &this->slot("largest")}) : step(std::array{first, second});
}

template class AdamW<float>;
template class AdamW<double>;

}  // namespace xtape::nn

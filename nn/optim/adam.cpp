#include "nn/optim/adam.hpp"

#include "nn/optim/adam_step.hpp"

#include <utility>

namespace xtape::nn {

template <class T>
Adam<T>::Adam(std::vector<Parameter<T>> parameters, const AdamOptions& options)
    : GroupedOptimizer<T, AdamOptions>("Adam") {
  this->add_group(std::move(parameters), options);
}

template <class T>
std::vector<OptimizerSlot> Adam<T>::slots_for(const AdamOptions& options) const {
  return detail::checked_adam_slots("Adam", options);
}

template <class T>
void Adam<T>::update(const std::vector<Array<T>>& gradients) {
  bool decays = false;
  for (std::size_t group = 0; group < this->groups(); ++group) decays |= this->options(group).weight_decay != 0;
  const auto step = [&](const auto& slots) {
    decays ? detail::adam_step<detail::Decay::kPenalty>(*this, this->steps(), gradients, slots)
           : detail::adam_step<detail::Decay::kNone>(*this, this->steps(), gradients, slots);
  };
  std::vector<Array<T>>*const first = &this->slot("first"), *const second = &this->slot("second");
  this->has_slot("largest") ? step(std::array{first, second, &this->slot("largest")}) : step(std::array{first, second});
}

template class Adam<float>;
template class Adam<double>;

}  // namespace xtape::nn

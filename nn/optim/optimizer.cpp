#include "nn/optim/optimizer.hpp"

#include "autodiff/text.hpp"
#include "nn/optim/parameter_list.hpp"

#include <algorithm>
#include <cmath>

namespace xtape::nn {

template <class T>
void Optimizer<T>::step(const std::vector<Array<T>>& gradients) {
  detail::check_fit(name_, "gradients", parameters_, gradients);
  // Before the step is counted, since a copy may have to be made, for which there may be no memory.
  for (const Parameter<T>& parameter : parameters_) {
    if (!parameter.frozen()) parameter.mutable_data();
  }
  ++state_.step;
  update(gradients);
}

template <class T>
double Optimizer<T>::learning_rate(std::size_t group) const {
  check_group(group);
  return state_.learning_rates.empty() ? rates_[group] : state_.learning_rates[group];
}

template <class T>
void Optimizer<T>::set_learning_rate(double rate) {
  check_rate(rate);
  state_.learning_rates.assign(rates_.size(), rate);
}

template <class T>
void Optimizer<T>::set_learning_rate(double rate, std::size_t group) {
  check_rate(rate);
  check_group(group);
  if (state_.learning_rates.empty()) state_.learning_rates = rates_;
  state_.learning_rates[group] = rate;
}

template <class T>
void Optimizer<T>::set_state(OptimizerState<T> state) {
  const std::string where = text::bracketed(name_);
  if (state.step > kMostSteps) throw Error(where + "at most 2^53 steps expected, got " + std::to_string(state.step));
  if (!state.learning_rates.empty() && state.learning_rates.size() != groups()) {
    throw Error(where + std::to_string(groups()) + " learning rates expected, or none, got " +
                std::to_string(state.learning_rates.size()));
  }
  for (const double rate : state.learning_rates) check_rate(rate);
  for (const auto& [name, arrays] : state.slots) {
    if (!has_slot(name))
      throw Error(where + "a state without " + text::quoted(name) + " expected: is it of another optimizer?");
  }
  for (const OptimizerSlot& slot : slots_) {
    const auto found = state.slots.find(slot.name);
    if (found == state.slots.end()) throw Error(where + "a state with " + text::quoted(slot.name) + " expected");
    detail::check_fit(name_, slot.name.c_str(), parameters_, found->second);
  }
  state_ = std::move(state);
}

template <class T>
void Optimizer<T>::add_parameters(std::vector<Parameter<T>> parameters, double learning_rate,
                                  const std::vector<OptimizerSlot>& slots) {
  if (steps() > 0) throw Error(text::bracketed(name_) + "groups are added before the first step");
  if (parameters.empty()) detail::check_list(name_, parameters);  // throws
  check_rate(learning_rate);
  parameters.insert(parameters.begin(), parameters_.begin(), parameters_.end());
  detail::check_list(name_, parameters);
  const std::size_t known = slots_.size();
  for (const OptimizerSlot& slot : slots) {
    const auto is_it = [&](const OptimizerSlot& other) { return other.name == slot.name; };
    if (std::none_of(slots_.begin(), slots_.end(), is_it)) slots_.push_back(slot);
  }
  const auto fill = [&](const OptimizerSlot& slot) {
    std::vector<Array<T>>& arrays = state_.slots[slot.name];
    for (std::size_t k = arrays.size(); k < parameters.size(); ++k) {
      arrays.push_back(full<T>(parameters[k].shape(), T(slot.start)));
    }
  };
  for (const OptimizerSlot& slot : slots) fill(slot);
  for (std::size_t s = 0; s < known; ++s) fill(slots_[s]);  // those that this group does not need
  parameters_ = std::move(parameters);
  group_of_.resize(parameters_.size(), rates_.size());
  rates_.push_back(learning_rate);
  if (!state_.learning_rates.empty()) state_.learning_rates.push_back(learning_rate);
}

template <class T>
void Optimizer<T>::check_rate(double rate) const {
  if (rate >= 0 && std::isfinite(rate)) return;
  throw Error(text::bracketed(name_) + "learning_rate >= 0 expected, got " + text::number(rate));
}

template <class T>
void Optimizer<T>::check_group(std::size_t group) const {
  if (group < groups()) return;
  throw Error(text::bracketed(name_) + "a group below " + std::to_string(groups()) + " expected, got " +
              std::to_string(group));
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace xtape::nn

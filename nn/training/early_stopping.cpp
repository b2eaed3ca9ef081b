#include "nn/training/early_stopping.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <cmath>
#include <string>
#include <variant>

namespace xtape::nn {
namespace {

/// The same under the same name, of its own; a parameter as a buffer, since nobody trains it.
template <class T>
NamedState<T> copy_of(const NamedState<T>& named) {
  if (const auto* counter = std::get_if<Counter>(&named.kept)) return {named.name, Counter(counter->value())};
  if (const auto* buffer = std::get_if<Buffer<T>>(&named.kept)) return {named.name, Buffer<T>(buffer->value())};
  return {named.name, Buffer<T>(named.parameter()->value())};
}

}  // namespace

template <class T>
EarlyStopping<T>::EarlyStopping(const Module<T>& model, const EarlyStoppingOptions& options)
    : options_(options), of_model_(model.state()) {
  if (options.patience == 0) throw Error("[EarlyStopping] a patience of at least 1 expected, got 0");
  if (!(options.min_improvement >= 0) || !std::isfinite(options.min_improvement)) {
    throw Error("[EarlyStopping] min_improvement >= 0 expected, got " + text::number(options.min_improvement));
  }
  for (const NamedState<T>& named : of_model_) kept_.push_back(copy_of(named));
}

template <class T>
bool EarlyStopping<T>::update(double value) {
  ++state_.updates;
  const double by = !state_.best ? 0 : options_.larger_is_better ? value - *state_.best : *state_.best - value;
  if (!std::isnan(value) && (!state_.best || by > options_.min_improvement)) {
    state_.best = value;
    state_.best_update = state_.updates;
    for (std::size_t i = 0; i < kept_.size(); ++i) detail::copy_value(of_model_[i], kept_[i]);
  }
  return ended();
}

template <class T>
void EarlyStopping<T>::restore() const {
  if (!state_.best) throw Error("[EarlyStopping] nothing to restore: no update with a number has come");
  for (std::size_t i = 0; i < kept_.size(); ++i) detail::copy_value(kept_[i], of_model_[i]);
}

template <class T>
void EarlyStopping<T>::set_state(const EarlyStoppingState& state) {
  if (state.best_update > state.updates || state.best.has_value() != (state.best_update > 0)) {
    throw Error("[EarlyStopping] a best update among the " + std::to_string(state.updates) + " so far expected, got " +
                std::to_string(state.best_update));
  }
  state_ = state;
}

template class EarlyStopping<float>;
template class EarlyStopping<double>;

}  // namespace xtape::nn

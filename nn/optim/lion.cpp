#include "nn/optim/lion.hpp"

#include "nn/optim/elementwise_step.hpp"
#include "nn/optim/parameter_list.hpp"

#include <utility>

namespace xtape::nn {

namespace {

template <class T>
struct LionRule {
  T rate, beta1, rest1, beta2, rest2, kept;  // rest = 1 - β, kept = 1 - α λ

  template <class B>
  B operator()(const B& w, const B& g, std::array<B, 1>& s) const {
    const B along = B(beta1) * s[0] + B(rest1) * g, zero(T(0)), size(rate);
    s[0] = detail::flushed(B(beta2) * s[0] + B(rest2) * g);
    // Neither for 0; NaN where the gradient is.
    const B step = xsimd::select(along > zero, size, xsimd::select(along < zero, -size, along));
    return B(kept) * w - step;
  }
};

}  // namespace

template <class T>
Lion<T>::Lion(std::vector<Parameter<T>> parameters, const LionOptions& options)
    : GroupedOptimizer<T, LionOptions>("Lion") {
  this->add_group(std::move(parameters), options);
}

template <class T>
std::vector<OptimizerSlot> Lion<T>::slots_for(const LionOptions& o) const {
  const auto is_decay = [](double beta) { return beta >= 0 && beta < 1; };
  if (!(o.learning_rate >= 0) || !is_decay(o.beta1) || !is_decay(o.beta2) || !detail::is_amount(o.weight_decay)) {
    detail::refuse_options("Lion", "learning_rate >= 0, beta1 and beta2 in [0, 1) and weight_decay >= 0",
                           {o.learning_rate, o.beta1, o.beta2, o.weight_decay});
  }
  return {{"momentum"}};
}

template <class T>
void Lion<T>::update(const std::vector<Array<T>>& gradients) {
  detail::step_elements(*this, gradients, std::array{&this->slot("momentum")}, [](const LionOptions& o, double rate) {
    return LionRule<T>{T(rate), T(o.beta1), T(1 - o.beta1), T(o.beta2), T(1 - o.beta2), T(1 - rate * o.weight_decay)};
  });
}

template class Lion<float>;
template class Lion<double>;

}  // namespace xtape::nn

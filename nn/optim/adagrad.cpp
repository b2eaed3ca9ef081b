#include "nn/optim/adagrad.hpp"

#include "nn/optim/elementwise_step.hpp"
#include "nn/optim/parameter_list.hpp"

#include <utility>

namespace xtape::nn {

namespace {

template <class T>
struct AdagradRule {
  T rate, decay, epsilon;

  template <class B>
  B operator()(const B& w, B g, std::array<B, 1>& s) const {
    g = g + B(decay) * w;
    s[0] = s[0] + g * g;
    return w - B(rate) * g / (xsimd::sqrt(s[0]) + B(epsilon));
  }
};

}  // namespace

template <class T>
Adagrad<T>::Adagrad(std::vector<Parameter<T>> parameters, const AdagradOptions& options)
    : GroupedOptimizer<T, AdagradOptions>("Adagrad") {
  this->add_group(std::move(parameters), options);
}

template <class T>
std::vector<OptimizerSlot> Adagrad<T>::slots_for(const AdagradOptions& o) const {
  if (!(o.learning_rate >= 0) || !detail::is_amount(o.rate_decay) || !detail::is_amount(o.weight_decay) ||
      !detail::is_amount(o.initial_sum) || !detail::is_amount(o.epsilon)) {
    detail::refuse_options("Adagrad", "learning_rate, rate_decay, weight_decay, initial_sum and epsilon >= 0",
                           {o.learning_rate, o.rate_decay, o.weight_decay, o.initial_sum, o.epsilon});
  }
  return {{"sum", o.initial_sum, true}};
}

template <class T>
void Adagrad<T>::update(const std::vector<Array<T>>& gradients) {
  const double before = double(this->steps() - 1);
  detail::step_elements(*this, gradients, std::array{&this->slot("sum")}, [&](const AdagradOptions& o, double rate) {
    return AdagradRule<T>{T(rate / (1 + before * o.rate_decay)), T(o.weight_decay), T(o.epsilon)};
  });
}

template class Adagrad<float>;
template class Adagrad<double>;

}  // namespace xtape::nn

#include "nn/optim/sgd.hpp"

#include "nn/optim/elementwise_step.hpp"
#include "nn/optim/parameter_list.hpp"

#include <cmath>
#include <utility>

namespace xtape::nn {

namespace {

template <class T>
struct SgdRule {
  T rate, momentum, rest, decay;
  bool nesterov;  // and the momentum

  template <class B>
  B operator()(const B& w, B g, std::array<B, 0>&) const {
    g = g + B(decay) * w;
    return w - B(rate) * g;
  }
  template <class B>
  B operator()(const B& w, B g, std::array<B, 1>& s) const {
    g = g + B(decay) * w;
    s[0] = detail::flushed(B(momentum) * s[0] + B(rest) * g);
    return w - B(rate) * (nesterov ? g + B(momentum) * s[0] : s[0]);
  }
};

}  // namespace

template <class T>
Sgd<T>::Sgd(std::vector<Parameter<T>> parameters, const SgdOptions& options) : GroupedOptimizer<T, SgdOptions>("Sgd") {
  this->add_group(std::move(parameters), options);
}

template <class T>
std::vector<OptimizerSlot> Sgd<T>::slots_for(const SgdOptions& o) const {
  if (!(o.learning_rate >= 0) || !detail::is_amount(o.momentum) || !(o.dampening <= 1) || !std::isfinite(o.dampening) ||
      !detail::is_amount(o.weight_decay)) {
    detail::refuse_options("Sgd", "learning_rate >= 0, momentum >= 0, dampening <= 1 and weight_decay >= 0",
                           {o.learning_rate, o.momentum, o.dampening, o.weight_decay});
  }
  if (o.nesterov && (o.momentum == 0 || o.dampening != 0)) {
    detail::refuse_options("Sgd", "with nesterov a momentum above 0 and a dampening of 0", {o.momentum, o.dampening});
  }
  if (o.momentum == 0) return {};
  return {{"momentum"}};
}

template <class T>
void Sgd<T>::update(const std::vector<Array<T>>& gradients) {
  const bool first = this->steps() == 1;
  const auto rule = [first](const SgdOptions& o, double rate) {
    return SgdRule<T>{T(rate), T(o.momentum), T(first || o.momentum == 0 ? 1 : 1 - o.dampening), T(o.weight_decay),
                      o.nesterov};
  };
  if (this->has_slot("momentum")) {
    detail::step_elements(*this, gradients, std::array{&this->slot("momentum")}, rule);
  } else {
    detail::step_elements(*this, gradients, std::array<std::vector<Array<T>>*, 0>{}, rule);
  }
}

template class Sgd<float>;
template class Sgd<double>;

}  // namespace xtape::nn

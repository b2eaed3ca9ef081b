#include "nn/optim/rmsprop.hpp"

#include "nn/optim/elementwise_step.hpp"
#include "nn/optim/parameter_list.hpp"

#include <utility>

namespace xtape::nn {

namespace {

// The slots are the mean of the square, and then the mean of the gradient and the momentum where they are asked for.
template <class T, bool kMean, bool kMomentum>
struct RmsPropRule {
  T rate, smoothing, rest, epsilon, decay, momentum;
  T centered;  // 1; 0 for a group that is not

  template <class B, std::size_t N>
  B operator()(const B& w, B g, std::array<B, N>& s) const {
    g = g + B(decay) * w;
    s[0] = detail::flushed(B(smoothing) * s[0] + B(rest) * g * g);
    B square = s[0];
    if constexpr (kMean) {
      s[1] = detail::flushed(B(smoothing) * s[1] + B(rest) * g);
      square = xsimd::max(square - B(centered) * s[1] * s[1], B(T(0)));  // below 0 by rounding alone
    }
    B along = g / (xsimd::sqrt(square) + B(epsilon));
    if constexpr (kMomentum) {
      along = detail::flushed(B(momentum) * s[N - 1] + along);
      s[N - 1] = along;
    }
    return w - B(rate) * along;
  }
};

}  // namespace

template <class T>
RmsProp<T>::RmsProp(std::vector<Parameter<T>> parameters, const RmsPropOptions& options)
    : GroupedOptimizer<T, RmsPropOptions>("RmsProp") {
  this->add_group(std::move(parameters), options);
}

template <class T>
std::vector<OptimizerSlot> RmsProp<T>::slots_for(const RmsPropOptions& o) const {
  if (!(o.learning_rate >= 0) || !(o.smoothing >= 0 && o.smoothing < 1) || !detail::is_amount(o.epsilon) ||
      !detail::is_amount(o.weight_decay) || !detail::is_amount(o.momentum)) {
    detail::refuse_options("RmsProp",
                           "learning_rate >= 0, smoothing in [0, 1), epsilon >= 0, weight_decay >= 0 and momentum >= 0",
                           {o.learning_rate, o.smoothing, o.epsilon, o.weight_decay, o.momentum});
  }
  std::vector<OptimizerSlot> slots{{"square", 0, true}};
  if (o.centered) slots.push_back({"mean"});
  if (o.momentum > 0) slots.push_back({"momentum"});
  return slots;
}

template <class T>
void RmsProp<T>::update(const std::vector<Array<T>>& gradients) {
  const auto step = [&]<bool kMean, bool kMomentum>(const auto&... slots) {
    const auto rule = [](const RmsPropOptions& o, double rate) {
      return RmsPropRule<T, kMean, kMomentum>{T(rate),           T(o.smoothing), T(1 - o.smoothing), T(o.epsilon),
                                              T(o.weight_decay), T(o.momentum),  T(o.centered)};
    };
    detail::step_elements(*this, gradients, std::array{&this->slot("square"), &this->slot(slots)...}, rule);
  };
  const bool mean = this->has_slot("mean"), momentum = this->has_slot("momentum");
  if (mean && momentum) return step.template operator()<true, true>("mean", "momentum");
  if (mean) return step.template operator()<true, false>("mean");
  if (momentum) return step.template operator()<false, true>("momentum");
  step.template operator()<false, false>();
}

template class RmsProp<float>;
template class RmsProp<double>;

}  // namespace xtape::nn

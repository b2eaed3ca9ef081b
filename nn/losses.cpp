#include "nn/losses.hpp"

#include "autodiff/text.hpp"
#include "nn/distributions/operands.hpp"

#include <string>

namespace xtape::nn::detail {

namespace {

// Named, for errors.
struct SquaredError {
  static constexpr const char* name = "mse";
  auto operator()(const auto& p, const auto& y) const { return square(p - y); }
};
struct CrossEntropy {
  static constexpr const char* name = "bce_with_logits";
  auto operator()(const auto& l, const auto& y) const { return -bernoulli_density(y, l); }
};

// A target of another shape would broadcast: (n) beside (n, 1) to a mean over n² pairs.
void check_target(const char* operation, const char* name, const Shape& prediction, const Shape& target) {
  if (target == prediction || target.empty()) return;
  throw ShapeError(text::bracketed(operation) + "the target must have the shape of the " + name +
                   ", or be a number: " + name + " is " + to_string(prediction) + ", target is " + to_string(target) +
                   "; reshape one of them, or say with broadcast_to that it is meant");
}

}  // namespace

template <class T>
Var<T> mse(const Var<T>& prediction, const Var<T>& target) {
  check_target(SquaredError::name, "prediction", prediction.shape(), target.shape());
  return mean(map(SquaredError{}, prediction, target));
}

template <class T>
Var<T> bce_with_logits(const Var<T>& logits, const Var<T>& target) {
  check_target(CrossEntropy::name, "logits", logits.shape(), target.shape());
  check_probabilities(CrossEntropy::name, "target", target);
  return mean(map(CrossEntropy{}, logits, target));
}

template <class T>
Var<T> nll_loss(const Var<T>& log_probs, const Array<T>& hot) {
  if (shape_of(hot) != log_probs.shape()) {
    Shape labels = shape_of(hot);
    labels.pop_back();
    throw ShapeError("[nll_loss] labels must have the shape of log_probs without the classes: log_probs is " +
                     to_string(log_probs.shape()) + ", labels is " + to_string(labels));
  }
  // where, not a product: 0 times a log-probability of -infinity would be NaN
  return -mean(sum(where(hot, log_probs, 0.0), -1));
}

#define XTAPE_INSTANTIATE(T)                                     \
  template Var<T> mse(const Var<T>&, const Var<T>&);             \
  template Var<T> bce_with_logits(const Var<T>&, const Var<T>&); \
  template Var<T> nll_loss(const Var<T>&, const Array<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn::detail

#include "nn/losses.hpp"

#include "autodiff/text.hpp"
#include "nn/distributions/bernoulli_density.hpp"
#include "nn/distributions/operands.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn::detail {

namespace {

// Named, for errors.
struct SquaredError {
  static constexpr const char* name = "mse";
  auto operator()(const auto& p, const auto& y) const { return square(p - y); }
};
struct AbsoluteError {
  static constexpr const char* name = "l1";
  auto operator()(const auto& p, const auto& y) const { return abs(p - y); }
};
struct Huber {
  static constexpr const char* name = "huber";
  double delta;
  auto operator()(const auto& p, const auto& y) const {
    const auto e = abs(p - y);
    const auto near = minimum(e, delta);  // no square of a large one
    return near * (e - near / 2.0);
  }
};
struct LogitCrossEntropy {
  static constexpr const char* name = "bce_with_logits";
  auto operator()(const auto& l, const auto& y) const { return -bernoulli_density(y, l); }
};
struct CrossEntropy {
  static constexpr const char* name = "bce";
  auto operator()(const auto& p, const auto& y) const {
    constexpr double kLeast = 3.7200759760208361e-44;  // e^-100
    const auto some = p >= kLeast, rest = 1.0 - p >= kLeast;
    const auto log_p = where(some, log(where(some, p, 1.0)), -100.0);
    const auto log_rest = where(rest, log1p(-where(rest, p, 0.0)), -100.0);
    return -(y * log_p + (1.0 - y) * log_rest);
  }
};
struct Divergence {
  static constexpr const char* name = "kl_div";
  auto operator()(const auto& p, const auto& t) const {
    const auto some = t > -std::numeric_limits<double>::infinity();
    const auto log_t = where(some, t, 0.0);
    return where(some, exp(log_t) * (log_t - p), 0.0);
  }
};
// Of one class; a class without a target adds nothing, be its probability 0.
struct OfClass {
  static constexpr const char* name = "cross_entropy";
  auto operator()(const auto& t, const auto& log_p) const { return where(t > 0.0, -t * log_p, 0.0); }
};

// A target of another shape would broadcast: (n) beside (n, 1) to a mean over n² pairs.
template <class T>
void check_target(const char* operation, const char* name, const Var<T>& prediction, const Var<T>& target,
                  bool broadcast) {
  if (broadcast || target.shape() == prediction.shape() || target.shape().empty()) return;
  throw ShapeError(text::bracketed(operation) + "the target must have the shape of the " + name + ", or be a number: " +
                   name + " is " + to_string(prediction.shape()) + ", target is " + to_string(target.shape()) +
                   "; reshape one of them, or say with {.broadcast = true} that it is meant");
}

template <class T>
Var<T> reduced(const Var<T>& losses, LossReduction reduction) {
  if (reduction == LossReduction::kNone) return losses;
  return reduction == LossReduction::kSum ? sum(losses) : mean(losses);
}

template <class F, class T, class Options>
Var<T> element_loss(const F& f, const char* name, const Var<T>& prediction, const Var<T>& target,
                    const Options& options) {
  check_target(F::name, name, prediction, target, options.broadcast);
  return reduced(map(f, prediction, target), options.reduction);
}

// Of the classes, which are the last dimension; rank 0 has none.
template <class T>
std::size_t classes_of(const char* operation, const char* name, const Var<T>& x, const ClassLossOptions& options) {
  const std::string where = text::bracketed(operation);
  if (x.dimension() == 0) throw ShapeError(where + name + " (..., classes) expected, got a number");
  const std::size_t classes = x.shape().back();
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1)) {
    throw Error(where + "label_smoothing in [0, 1] expected, got " + text::number(options.label_smoothing));
  }
  const std::vector<double>& weights = options.class_weights;
  if (!weights.empty() && weights.size() != classes) {
    throw Error(where + std::to_string(classes) + " class_weights expected, or none, got " +
                std::to_string(weights.size()));
  }
  for (const double weight : weights) {
    if (weight >= 0 && std::isfinite(weight)) continue;
    throw Error(where + "class_weights of 0 or more expected, got " + text::number(weight));
  }
  return classes;
}

template <class T>
Var<T> weights_of(const ClassLossOptions& options) {
  Array<T> weights = empty<T>({options.class_weights.size()});
  std::transform(options.class_weights.begin(), options.class_weights.end(), weights.begin(),
                 [](double weight) { return T(weight); });
  return Var<T>(weights);
}

// 1 where a label counts, and 0 where it is ignored, which a label that there is takes the place of.
template <class T>
Var<T> counted(Indices& labels, std::ptrdiff_t ignored) {
  Array<T> counts = empty<T>(labels.shape());
  std::vector<std::ptrdiff_t> others;
  for (const std::ptrdiff_t label : labels.values()) {
    counts.data()[others.size()] = label == ignored ? T(0) : T(1);
    others.push_back(label == ignored ? 0 : label);
  }
  labels = Indices(labels.shape(), std::move(others));
  return counts;
}

template <class T>
Var<T> class_loss(const char* operation, const char* name, const Var<T>& log_probs, Indices labels,
                  const ClassLossOptions& options) {
  const std::size_t classes = classes_of(operation, name, log_probs, options);
  const std::string where = text::bracketed(operation);
  Shape samples = log_probs.shape();
  samples.pop_back();
  if (labels.shape() != samples) {
    throw ShapeError(where + "labels must have the shape of " + name + " without the classes: " + name + " is " +
                     to_string(log_probs.shape()) + ", labels is " + to_string(labels.shape()));
  }
  const bool weighted = !options.class_weights.empty();
  std::optional<Var<T>> counts;
  if (options.ignored) counts = counted<T>(labels, *options.ignored);
  if (const std::ptrdiff_t* const label = labels.outside(0, std::ptrdiff_t(classes))) {
    throw ShapeError(where + "label " + std::to_string(*label) + " is not one of " + std::to_string(classes) +
                     " classes");
  }
  Shape column = samples;
  column.push_back(1);
  Var<T> losses = -reshape(take_along_axis(log_probs, labels.reshaped(column), -1), samples);
  const Var<T> weights = weighted ? weights_of<T>(options) : Var<T>(T(1));
  Var<T> of_samples = weighted ? Var<T>(take(weights, labels)) : Var<T>(T(1));
  if (weighted) losses = losses * of_samples;
  if (const double smoothing = options.label_smoothing; smoothing > 0) {
    const Var<T> all = -sum(weighted ? Var<T>(weights * log_probs) : log_probs, -1);
    losses = T(1 - smoothing) * losses + T(smoothing / double(classes)) * all;
  }
  if (counts) {
    losses = xtape::where(*counts, losses, T(0));  // a product would make NaN of what is infinite
    of_samples = of_samples * *counts;
  }
  if (!(weighted || counts) || options.reduction != LossReduction::kMean) return reduced(losses, options.reduction);
  return sum(losses) / sum(of_samples);
}

}  // namespace

template <class T>
Var<T> mse(const Var<T>& prediction, const Var<T>& target, const LossOptions& options) {
  return element_loss(SquaredError{}, "prediction", prediction, target, options);
}

template <class T>
Var<T> l1(const Var<T>& prediction, const Var<T>& target, const LossOptions& options) {
  return element_loss(AbsoluteError{}, "prediction", prediction, target, options);
}

template <class T>
Var<T> huber(const Var<T>& prediction, const Var<T>& target, const HuberOptions& options) {
  if (!(options.delta > 0)) throw Error("[huber] delta > 0 expected, got " + text::number(options.delta));
  return element_loss(Huber{options.delta}, "prediction", prediction, target, options);
}

template <class T>
Var<T> bce_with_logits(const Var<T>& logits, const Var<T>& target, const LossOptions& options) {
  check_target(LogitCrossEntropy::name, "logits", logits, target, options.broadcast);
  check_probabilities(LogitCrossEntropy::name, "target", target);
  return element_loss(LogitCrossEntropy{}, "logits", logits, target, options);
}

template <class T>
Var<T> bce(const Var<T>& probabilities, const Var<T>& target, const LossOptions& options) {
  check_target(CrossEntropy::name, "probabilities", probabilities, target, options.broadcast);
  check_probabilities(CrossEntropy::name, "probabilities", probabilities);
  check_probabilities(CrossEntropy::name, "target", target);
  return element_loss(CrossEntropy{}, "probabilities", probabilities, target, options);
}

template <class T>
Var<T> kl_div(const Var<T>& log_probs, const Var<T>& log_target, const LossOptions& options) {
  if (log_probs.dimension() == 0) throw ShapeError("[kl_div] log_probs (..., classes) expected, got a number");
  check_target(Divergence::name, "log_probs", log_probs, log_target, options.broadcast);
  return reduced(Var<T>(map_sum(Divergence{}, log_probs, log_target)), options.reduction);
}

template <class T>
Var<T> nll_loss(const Var<T>& log_probs, const Indices& labels, const ClassLossOptions& options) {
  return class_loss("nll_loss", "log_probs", log_probs, labels, options);
}

template <class T>
Var<T> cross_entropy(const Var<T>& logits, const Indices& labels, const ClassLossOptions& options) {
  if (logits.dimension() == 0) return class_loss("cross_entropy", "logits", logits, labels, options);  // throws
  return class_loss("cross_entropy", "logits", Var<T>(log_softmax(logits, -1)), labels, options);
}

template <class T>
Var<T> cross_entropy(const Var<T>& logits, const Var<T>& probabilities, const ClassLossOptions& options) {
  const std::size_t classes = classes_of("cross_entropy", "logits", logits, options);
  if (probabilities.shape() != logits.shape()) {
    throw ShapeError(
        "[cross_entropy] labels of shape (...) or probabilities of the shape of logits (..., classes) "
        "expected: logits is " +
        to_string(logits.shape()) + ", probabilities is " + to_string(probabilities.shape()));
  }
  check_probabilities("cross_entropy", "probabilities", probabilities);
  const double smoothing = options.label_smoothing;
  Var<T> target = probabilities;
  if (smoothing > 0) target = T(1 - smoothing) * target + T(smoothing / double(classes));
  if (!options.class_weights.empty()) target = target * weights_of<T>(options);
  return reduced(Var<T>(map_sum(OfClass{}, target, log_softmax(logits, -1))), options.reduction);
}

#define XTAPE_INSTANTIATE(T)                                                             \
  template Var<T> mse(const Var<T>&, const Var<T>&, const LossOptions&);                 \
  template Var<T> l1(const Var<T>&, const Var<T>&, const LossOptions&);                  \
  template Var<T> huber(const Var<T>&, const Var<T>&, const HuberOptions&);              \
  template Var<T> bce(const Var<T>&, const Var<T>&, const LossOptions&);                 \
  template Var<T> bce_with_logits(const Var<T>&, const Var<T>&, const LossOptions&);     \
  template Var<T> kl_div(const Var<T>&, const Var<T>&, const LossOptions&);              \
  template Var<T> nll_loss(const Var<T>&, const Indices&, const ClassLossOptions&);      \
  template Var<T> cross_entropy(const Var<T>&, const Indices&, const ClassLossOptions&); \
  template Var<T> cross_entropy(const Var<T>&, const Var<T>&, const ClassLossOptions&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn::detail

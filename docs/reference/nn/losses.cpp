#include "docs/reference/example.hpp"

EXAMPLE("mse, LossOptions, LossReduction") {
  Tape<double> tape;
  const Var<double> prediction = tape.watch({1, 2});
  const Var<double> loss = nn::mse(prediction, std::vector{0, 4});
  std::cout << loss;                             // 2.5
  std::cout << tape.gradient(loss, prediction);  // [ 1. -2.]
  // Their sum, all of them, and a target that is meant to broadcast.
  const std::vector target{0, 4};
  std::cout << nn::mse(prediction, target,
                       {.reduction = nn::LossReduction::kSum});  // 5.0
  std::cout << nn::mse(prediction, target,
                       {.reduction = nn::LossReduction::kNone});  // [1. 4.]
  const nn::LossOptions options{.reduction = nn::LossReduction::kMean,
                                .broadcast = true};
  std::cout << nn::mse(zeros<double>({3, 2}), prediction, options);  // 2.5
}

EXAMPLE("l1, huber, HuberOptions") {
  const xt::xarray<double> prediction{0, 4}, target{0.5, 0};
  std::cout << nn::l1(prediction, target);     // 2.25
  std::cout << nn::huber(prediction, target);  // 1.8125
  const nn::HuberOptions options{
      .delta = 2, .reduction = nn::LossReduction::kNone, .broadcast = false};
  std::cout << nn::huber(prediction, target, options);  // [0.125 6.   ]
}

EXAMPLE("bce_with_logits, bce") {
  const xt::xarray<double> logits{0, 1000}, target{1, 1};
  std::cout << nn::bce_with_logits(logits, target).item();  // 0.346574
  const xt::xarray<double> probabilities{0.5, 1};
  std::cout << nn::bce(probabilities, target).item();  // 0.346574
}

EXAMPLE("cross_entropy, ClassLossOptions") {
  const xt::xarray<double> logits{{0, 0}, {0, 1000}};
  std::cout << nn::cross_entropy(logits, {0, 1}).item();  // 0.346574
  const nn::ClassLossOptions options{.reduction = nn::LossReduction::kSum,
                                     .label_smoothing = 0.1,
                                     .class_weights = {1, 0.5}};
  std::cout << nn::cross_entropy(logits, {0, 1}, options).item();  // 50.6758
  // A label that does not count.
  std::cout
      << nn::cross_entropy(logits, {0, -1}, {.ignored = -1}).item();  // 0.693147
  // Targets that are probabilities.
  const xt::xarray<double> targets{{0.5, 0.5}, {0, 1}};
  std::cout << nn::cross_entropy(logits, targets).item();  // 0.346574
}

EXAMPLE("nll_loss") {
  const xt::xarray<double> logits{{0, 0}, {0, 1000}};
  std::cout << nn::nll_loss(log_softmax(logits), {0, 1}).item();  // 0.346574
}

EXAMPLE("kl_div") {
  const xt::xarray<double> p{{0.5, 0.5}}, target{{0.25, 0.75}};
  std::cout << nn::kl_div(log(Var<double>(p)), log(Var<double>(target)))
                   .item();  // 0.130812
}

#include "docs/reference/example.hpp"

EXAMPLE("mse") {
  Tape<double> tape;
  const Var<double> prediction = tape.watch({1, 2});
  const Var<double> loss = nn::mse(prediction, std::vector{0, 4});
  std::cout << loss;                             // 2.5
  std::cout << tape.gradient(loss, prediction);  // [ 1. -2.]
}

EXAMPLE("bce_with_logits") {
  const xt::xarray<double> logits{0, 1000}, target{1, 1};
  std::cout << nn::bce_with_logits(logits, target).item();  // 0.346574
}

EXAMPLE("nll_loss") {
  const xt::xarray<double> logits{{0, 0}, {0, 1000}};
  std::cout << nn::nll_loss(log_softmax(logits), {0, 1}).item();  // 0.346574
}

#include "docs/reference/example.hpp"

EXAMPLE("global_norm, clip_by_global_norm, clip_by_value") {
  std::vector<Array<double>> gradients{{3, 0}, {-4}};
  std::cout << nn::global_norm(gradients);                 // 5
  std::cout << nn::clip_by_global_norm(gradients, 2.5);    // 5
  std::cout << std::round(1e3 * gradients[1](0)) / 1e3;    // -2
  std::cout << nn::clip_by_value(gradients, 1.75) << " ";  // 2
  std::cout << gradients[0](1) << " " << gradients[1](0);  // 0 -1.75
}

EXAMPLE("GradientAccumulator") {
  nn::GradientAccumulator<double> accumulated;
  // Of a batch of three, and of one sample.
  accumulated.add({Array<double>{1, 2}}, 3);
  accumulated.add({Array<double>{5, 6}}, 1);
  std::cout << accumulated.count();                 // 2
  std::cout << Var<double>(accumulated.take()[0]);  // [2. 3.]
}

EXAMPLE("Ema, EmaOptions") {
  const nn::Parameter<double> w(std::vector{0.0});
  const nn::EmaOptions options{.decay = 0.75};
  nn::Ema<double> average({w}, options);
  for (const double value : {1, 5}) {
    w.set({value});
    average.update();
  }
  std::cout << average.updates() << " "
            << Var<double>(average.averages()[0]);  // 2 [2.]
  average.swap();
  std::cout << w << average.swapped();  // [2.]1
  average.swap();
  std::cout << w;  // [5.]
  const nn::Parameter<double> other(std::vector{0.0});
  average.copy_to({other});
  std::cout << other;  // [2.]
  // Another one goes on from there.
  nn::Ema<double> resumed({w}, options);
  resumed.set_averages(average.averages(), average.updates());
  std::cout << resumed.updates();  // 2
}

#include "docs/reference/example.hpp"

EXAMPLE("Linear") {
  Random rng(1);
  const nn::Linear<double> layer(2, 3, rng);
  layer.weight().set(xt::xarray<double>{{1, 0}, {0, 1}, {1, 1}});
  layer.bias().set(xt::xarray<double>{10, 20, 30});
  std::cout << layer(xt::xarray<double>{{1, 2}, {3, 4}});  // [[11. 22. 33.]
                                                           //  [13. 24. 37.]]
}

EXAMPLE("Mlp") {
  Random rng(1);
  const nn::Mlp<float> network({784, 400, 20}, rng);
  std::cout << to_string(network(zeros<float>({128, 784})).shape());  // (128, 20)
  std::cout << network.depth();                                       // 2
  std::cout << to_string(network.layer(1).weight().shape());          // (20, 400)
  // With another nonlinearity than ReLU.
  const auto activation = [](const Var<float>& h) { return tanh(h); };
  const nn::Mlp<float> smooth({784, 400, 20}, activation, rng);
  std::cout << smooth.parameter_count();  // 322020
}

#include "docs/reference/example.hpp"

EXAMPLE("xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal") {
  Random rng(1);
  const nn::Linear<float> layer(300, 100, rng);
  const Shape shape = layer.weight().shape();
  layer.weight().set(nn::xavier_uniform<float>(shape, rng));
  std::cout << (max(abs(layer.weight())) < std::sqrt(6.0 / 400));  // 1.0
  layer.weight().set(nn::xavier_normal<float>(shape, rng, 2));
  // Others for other nonlinearities.
  layer.weight().set(nn::kaiming_uniform<float>(shape, rng));
  layer.weight().set(nn::kaiming_normal<float>(
      shape, rng, {.nonlinearity = nn::Nonlinearity::kRelu}));
  layer.bias().set(zeros<float>({100}));
  std::cout << sum(layer.bias());  // 0.0
}

EXAMPLE("KaimingOptions, Fan, Nonlinearity") {
  const nn::KaimingOptions options{.nonlinearity = nn::Nonlinearity::kLeakyRelu,
                                   .negative_slope = 0.1,
                                   .fan = nn::Fan::kOut};
  Random rng(1);
  const Array<double> weight = nn::kaiming_uniform<double>({4, 3}, rng, options);
  std::cout << to_string(shape_of(weight));  // (4, 3)
}

EXAMPLE("fan_in_uniform") {
  Random rng(1);
  // What layers start from: numbers in ±1/√100.
  const Array<double> weight = nn::fan_in_uniform<double>({5, 100}, 100, rng);
  std::cout << (max(abs(Var<double>(weight))) <= 0.1);  // 1.0
}

EXAMPLE("orthogonal") {
  Random rng(1);
  const Var<double> q = nn::orthogonal<double>({3, 3}, rng);
  std::cout << (max(abs(matmul(q, transpose(q)) - eye<double>(3))) < 1e-12);  // 1.0
}

EXAMPLE("Fans, fans_of") {
  const nn::Fans fans = nn::fans_of({16, 3, 5, 5});
  std::cout << fans.in << " " << fans.out;  // 75 400
}

EXAMPLE("calculate_gain") {
  std::cout << nn::calculate_gain(nn::Nonlinearity::kLinear);          // 1
  std::cout << nn::calculate_gain(nn::Nonlinearity::kSelu);            // 0.75
  std::cout << nn::calculate_gain(nn::Nonlinearity::kLeakyRelu, 1.0);  // 1
}

#include "docs/reference/example.hpp"

EXAMPLE("matmul") {
  const xt::xarray<double> a{{1, 2}, {3, 4}}, b{{0, 1}, {1, 0}}, v{1, -1};
  std::cout << matmul(a, b);  // [[2. 1.]
                              //  [4. 3.]]
  std::cout << matmul(a, v);  // [-1. -1.]
  // Leading dimensions broadcast.
  const auto batch = zeros<double>({8, 2, 3}), weight = zeros<double>({3, 5});
  std::cout << to_string(matmul(batch, weight).shape());  // (8, 2, 5)
  try {
    matmul(a, zeros<double>({3, 2}));
  } catch (const ShapeError& error) {
    std::cout << error.what();  // [matmul] inner dimensions differ: a is (2, 2), b is
                                // (3, 2); did you mean matmul(a, transpose(b))?
  }
}

EXAMPLE("dot") {
  std::cout << dot(std::vector{1.0, 2.0}, std::vector{3.0, 4.0});  // 11.0
}

EXAMPLE("linear") {
  const xt::xarray<double> x{{1, 2}}, weight{{1, 0}, {0, 1}, {1, 1}},
      bias{10, 20, 30};
  std::cout << linear(x, weight, bias);  // [[11. 22. 33.]]
}

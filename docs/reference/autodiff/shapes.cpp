#include "docs/reference/example.hpp"

EXAMPLE("reshape, ravel") {
  const Var<double> x(xt::xarray<double>{{1, 2, 3}, {4, 5, 6}});
  std::cout << reshape(x, {3, -1});  // [[1. 2.]
                                     //  [3. 4.]
                                     //  [5. 6.]]
  std::cout << ravel(x);             // [1. 2. 3. 4. 5. 6.]
}

EXAMPLE("transpose") {
  const Var<double> x(xt::xarray<double>{{1, 2, 3}, {4, 5, 6}});
  std::cout << transpose(x);  // [[1. 4.]
                              //  [2. 5.]
                              //  [3. 6.]]
  const Var<double> batch(zeros<double>({2, 3, 4}));
  std::cout << to_string(transpose(batch, {0, 2, 1}).shape());  // (2, 4, 3)
}

EXAMPLE("broadcast_to") {
  std::cout << broadcast_to(std::vector{1.0, 2.0}, {2, 2});  // [[1. 2.]
                                                             //  [1. 2.]]
}

EXAMPLE("expand_dims, squeeze") {
  const Var<double> x(std::vector{1, 2, 3});
  std::cout << to_string(expand_dims(x, {0, -1}).shape());               // (1, 3, 1)
  std::cout << to_string(squeeze(expand_dims(x, {0, -1}), -1).shape());  // (1, 3)
}

EXAMPLE("stop_gradient") {
  Tape<double> tape;
  const Var<double> x = tape.watch(3);
  std::cout << tape.gradient(x * stop_gradient(x), x);  // 3.0
}

#include "docs/reference/example.hpp"

EXAMPLE("exp, log") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0, 1});
  std::cout << exp(x);                         // [1.         2.71828183]
  std::cout << log(exp(x));                    // [0. 1.]
  std::cout << log(x);                         // [-inf   0.]
  std::cout << tape.gradient(sum(log(x)), x);  // [inf  1.]
}

EXAMPLE("expm1, log1p") {
  // Where exp and log have lost all digits.
  const Var<double> x(1e-20);
  std::cout << expm1(x) << " " << exp(x) - 1;  // 1e-20 0.0
  std::cout << log1p(x) << " " << log(1 + x);  // 1e-20 0.0
}

EXAMPLE("sin, cos") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0, 1});
  std::cout << sin(x);                         // [0.         0.84147098]
  std::cout << cos(x);                         // [1.         0.54030231]
  std::cout << tape.gradient(sum(sin(x)), x);  // [1.         0.54030231]
}

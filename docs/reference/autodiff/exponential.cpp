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

EXAMPLE("exp2, log2, log10") {
  Tape<double> tape;
  const Var<double> x = tape.watch({1.0, 1000.0, 0.01});
  std::cout << log10(x);               // [ 0.  3. -2.]
  std::cout << exp2(log2(x) * 0 + 3);  // [8. 8. 8.]
  std::cout << tape.gradient(sum(log10(x) * std::log(10)),
                             x);  // [1.e+00 1.e-03 1.e+02]
}

EXAMPLE("logaddexp, logaddexp2") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0, 1000});
  std::cout << logaddexp(x, x);   // [6.93147181e-01 1.00069315e+03]
  std::cout << logaddexp2(x, x);  // [1.000e+00 1.001e+03]
  std::cout << tape.gradient(sum(logaddexp(x, 0)), x);  // [0.5 1. ]
}

EXAMPLE("xlogy, xlog1py") {
  const Var<double> p(std::vector{0.0, 0.5, 0.5});
  std::cout << -sum(xlogy(p, p)) / std::log(2);  // 1.0
  std::cout << xlog1py(0, Var<double>(-1));      // 0.0
}

EXAMPLE("logit") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0.0, 0.5, 0.75});
  std::cout << logit(x);                         // [      -inf 0.         1.09861229]
  std::cout << tape.gradient(sum(logit(x)), x);  // [       inf 4.         5.33333333]
}

EXAMPLE("tan, arcsin, arccos, arctan") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0, 1});
  std::cout << tan(x);                            // [0.         1.55740772]
  std::cout << arcsin(x);                         // [0.         1.57079633]
  std::cout << arccos(x);                         // [1.57079633 0.        ]
  std::cout << arctan(x);                         // [0.         0.78539816]
  std::cout << tape.gradient(sum(arctan(x)), x);  // [1.  0.5]
}

EXAMPLE("arctan2") {
  const Var<double> y(std::vector{0, 1, -1}), x(std::vector{-1, 0, -1});
  std::cout << arctan2(y, x);  // [ 3.14159265  1.57079633 -2.35619449]
}

EXAMPLE("sinc") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0.25, 0.5, 1.5});
  std::cout << sinc(x);  // [ 0.90031632  0.63661977 -0.21220659]
  std::cout << tape.gradient(sum(sinc(x)),
                             x);  // [-0.77283814 -1.27323954  0.14147106]
}

EXAMPLE("deg2rad, rad2deg") {
  const Var<double> x(std::vector{0, 180});
  std::cout << deg2rad(x);           // [0.         3.14159265]
  std::cout << rad2deg(deg2rad(x));  // [  0. 180.]
}

EXAMPLE("sinh, cosh") {
  const Var<double> x(std::vector{0, 1});
  std::cout << sinh(x);  // [0.         1.17520119]
  std::cout << cosh(x);  // [1.         1.54308063]
}

EXAMPLE("arcsinh, arccosh, arctanh") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0, 1});
  std::cout << arcsinh(x);                         // [0.         0.88137359]
  std::cout << arccosh(x + 1);                     // [0.        1.3169579]
  std::cout << arctanh(x / 2);                     // [0.         0.54930614]
  std::cout << tape.gradient(sum(arcsinh(x)), x);  // [1.         0.70710678]
}

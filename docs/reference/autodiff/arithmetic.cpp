#include "docs/reference/example.hpp"

#include <limits>

EXAMPLE("operator+, operator-, operator*, operator/") {
  Tape<double> tape;
  const Var<double> x = tape.watch({1, 2}), y = tape.watch({{10}, {20}});
  std::cout << x + y;                         // [[11. 12.]
                                              //  [21. 22.]]
  std::cout << 3 - x;                         // [2. 1.]
  std::cout << -x * 2 / +x;                   // [-2. -2.]
  std::cout << tape.gradient(sum(x * y), x);  // [30. 30.]
}

EXAMPLE("operator+=, operator-=, operator*=, operator/=") {
  // `y` becomes another variable; what was computed from the old one still knows it.
  Var<double> y(std::vector{1.0, 2.0});
  y += 3;
  y -= 1;
  y *= 4;
  y /= std::vector{1, 2};
  std::cout << y;  // [12.  8.]
}

EXAMPLE("add, subtract, multiply, divide") {
  const xt::xarray<double> a{6, 8}, b{3, 2};
  std::cout << add(a, b);       // [ 9. 10.]
  std::cout << subtract(a, b);  // [3. 6.]
  std::cout << multiply(a, b);  // [18. 16.]
  std::cout << divide(a, b);    // [2. 4.]
}

EXAMPLE("negative, square, sqrt") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0, 4});
  std::cout << negative(x);                     // [-0. -4.]
  std::cout << square(x);                       // [ 0. 16.]
  std::cout << sqrt(x);                         // [0. 2.]
  std::cout << tape.gradient(sum(sqrt(x)), x);  // [ inf 0.25]
}

EXAMPLE("abs") {
  Tape<double> tape;
  const Var<double> x = tape.watch({-2, 0, 3});
  std::cout << abs(x);                         // [2. 0. 3.]
  std::cout << tape.gradient(sum(abs(x)), x);  // [-1.  0.  1.]
}

EXAMPLE("power, pow") {
  Tape<double> tape;
  const Var<double> x = tape.watch({1, 2, 3});
  std::cout << power(x, 2);                       // [1. 4. 9.]
  std::cout << pow(2, x);                         // [2. 4. 8.]
  std::cout << tape.gradient(sum(pow(x, 3)), x);  // [ 3. 12. 27.]
}

EXAMPLE("cbrt, rsqrt, reciprocal") {
  const Var<double> x(std::vector{8.0, 0.25});
  std::cout << cbrt(-27 * x / x);  // [-3. -3.]
  std::cout << rsqrt(x / x * 4);   // [0.5 0.5]
  std::cout << reciprocal(x);      // [0.125 4.   ]
}

EXAMPLE("hypot") {
  Tape<double> tape;
  const Var<double> a = tape.watch({3, 0}), b(std::vector{4, 0});
  std::cout << hypot(a, b);                         // [5. 0.]
  std::cout << tape.gradient(sum(hypot(a, b)), a);  // [0.6 0. ]
}

EXAMPLE("mod, fmod") {
  Tape<double> tape;
  const Var<double> a(std::vector{7, -7}), b = tape.watch({3, 3});
  std::cout << mod(a, b);                         // [1. 2.]
  std::cout << fmod(a, b);                        // [ 1. -1.]
  std::cout << tape.gradient(sum(mod(a, b)), b);  // [-2.  3.]
}

EXAMPLE("floor, ceil, trunc, round") {
  const Var<double> x(std::vector{-1.5, 0.5, 2.5});
  std::cout << floor(x);                        // [-2.  0.  2.]
  std::cout << ceil(x);                         // [-1.  1.  3.]
  std::cout << trunc(x);                        // [-1.  0.  2.]
  std::cout << round(x);                        // [-2.  0.  2.]
  std::cout << round(Var<double>(3.14159), 2);  // 3.14
}

EXAMPLE("isnan, isinf, isfinite, nan_to_num") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Var<double> x(std::vector{1.0, kInfinity, std::nan("")});
  std::cout << isnan(x);             // [0. 0. 1.]
  std::cout << isinf(x);             // [0. 1. 0.]
  std::cout << isfinite(x);          // [1. 0. 0.]
  std::cout << nan_to_num(x, 0, 9);  // [1. 9. 0.]
}

EXAMPLE("heaviside, copysign") {
  const Var<double> x(std::vector{-2, 0, 3});
  std::cout << heaviside(x, 0.5);  // [0.  0.5 1. ]
  std::cout << copysign(x, -1);    // [-2. -0. -3.]
}

EXAMPLE("fmax, fmin") {
  const Var<double> a(std::vector{1.0, std::nan("")}), b(std::vector{2, 3});
  std::cout << fmax(a, b);  // [2. 3.]
  std::cout << fmin(a, b);  // [1. 3.]
}

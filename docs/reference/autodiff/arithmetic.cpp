#include "docs/reference/example.hpp"

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

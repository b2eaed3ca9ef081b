#include "docs/reference/example.hpp"

EXAMPLE("greater, greater_equal, less, less_equal, equal, not_equal") {
  const Var<double> a(std::vector{1, 2, 3});
  std::cout << greater(a, 2);        // [0. 0. 1.]
  std::cout << greater_equal(a, 2);  // [0. 1. 1.]
  std::cout << less(a, 2);           // [1. 0. 0.]
  std::cout << less_equal(a, 2);     // [1. 1. 0.]
  std::cout << equal(a, 2);          // [0. 1. 0.]
  std::cout << not_equal(a, 2);      // [1. 0. 1.]
}

EXAMPLE("operator>, operator>=, operator<, operator<=, operator==, operator!=") {
  const Var<double> a(std::vector{1, 2, 3}), b(std::vector{3, 2, 1});
  std::cout << (a > b);   // [0. 0. 1.]
  std::cout << (a >= b);  // [0. 1. 1.]
  std::cout << (a < b);   // [1. 0. 0.]
  std::cout << (a <= b);  // [1. 1. 0.]
  std::cout << (a == b);  // [0. 1. 0.]
  std::cout << (a != b);  // [1. 0. 1.]
}

EXAMPLE("sign") {
  std::cout << sign(Var<double>(std::vector{-2.5, 0.0, 7.0}));  // [-1.  0.  1.]
}

EXAMPLE("where") {
  Tape<double> tape;
  const Var<double> x = tape.watch({-1, 0, 2});
  const Var<double> y = where(x > 0, log(where(x > 0, x, 1)), 0);
  std::cout << y;                         // [0.         0.         0.69314718]
  std::cout << tape.gradient(sum(y), x);  // [0.  0.  0.5]
}

EXAMPLE("maximum, minimum") {
  Tape<double> tape;
  const Var<double> a = tape.watch({1, 2, 3});
  std::cout << maximum(a, 2);                         // [2. 2. 3.]
  std::cout << minimum(a, 2);                         // [1. 2. 2.]
  std::cout << tape.gradient(sum(maximum(a, 2)), a);  // [0.  0.5 1. ]
}

EXAMPLE("clip") {
  Tape<double> tape;
  const Var<double> x = tape.watch({-3, 0, 1, 3});
  std::cout << clip(x, 0, 1);                         // [0. 0. 1. 1.]
  std::cout << tape.gradient(sum(clip(x, 0, 1)), x);  // [0. 1. 1. 0.]
  std::cout << clip(x, std::vector{-2, 1, 0, 0},
                    std::vector{0, 2, 2, 2});  // [-2.  1.  1.  2.]
}

EXAMPLE("logical_and, logical_or, logical_not, operator&&, operator||, operator!") {
  const Var<double> x(std::vector{-1, 0, 1}), y(std::vector{0, 0, 1});
  std::cout << logical_and(x, y);  // [0. 0. 1.]
  std::cout << logical_or(x, y);   // [1. 0. 1.]
  std::cout << logical_not(x);     // [0. 1. 0.]
  std::cout << (x > -1 && x < 1);  // [0. 1. 0.]
  std::cout << (x < 0 || x > 0);   // [1. 0. 1.]
  std::cout << !(x > 0);           // [1. 1. 0.]
}

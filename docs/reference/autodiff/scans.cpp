#include "docs/reference/example.hpp"

EXAMPLE("cumsum, OptionalAxis") {
  Tape<double> tape;
  const Var<double> x = tape.watch({{1, 2}, {3, 4}});
  std::cout << cumsum(x, 0);   // [[1. 2.]
                               //  [4. 6.]]
  std::cout << cumsum(x, -1);  // [[1. 3.]
                               //  [3. 7.]]
  const OptionalAxis none;
  std::cout << cumsum(x, none);                   // [ 1.  3.  6. 10.]
  std::cout << tape.gradient(sum(cumsum(x)), x);  // [[4. 3.]
                                                  //  [2. 1.]]
}

EXAMPLE("cumprod") {
  Tape<double> tape;
  const Var<double> x = tape.watch({2, 0, 4});
  std::cout << cumprod(x);                         // [2. 0. 0.]
  std::cout << tape.gradient(sum(cumprod(x)), x);  // [ 1. 10.  0.]
}

EXAMPLE("logcumsumexp") {
  const std::vector x{1000, 1000, 1000};
  std::cout << logcumsumexp(x);  // [1000.         1000.69314718 1001.09861229]
}

EXAMPLE("linear_recurrence") {
  // What each step's reward and the discounted rest are worth.
  const std::vector rewards{1, 0, 2};
  std::cout << linear_recurrence(0.5, rewards, -1, true);  // [1.5 1.  2. ]
  // A moving average that forgets a tenth a step.
  const Var<double> x(std::vector{1, 1, 1});
  std::cout << linear_recurrence(0.9, 0.1 * x);  // [0.1   0.19  0.271]
}

EXAMPLE("diff") {
  const Var<double> x(std::vector{1, 4, 9, 16});
  std::cout << diff(x);     // [3. 5. 7.]
  std::cout << diff(x, 2);  // [2. 2.]
}

EXAMPLE("trapezoid") {
  const std::vector y{0, 1, 4};
  std::cout << trapezoid(y) << " " << trapezoid(y, 0.5);  // 3.0 1.5
  std::cout << trapezoid(y, std::vector{0.0, 1.0, 4.0});  // 8.0
}

EXAMPLE("gradient") {
  const xt::xarray<double> f{0, 1, 4, 9};
  std::cout << gradient(f, 1, 0);     // [1. 2. 4. 5.]
  std::cout << gradient(f, 1, 0, 2);  // [0. 2. 4. 6.]
  // At places of different distances.
  const std::vector places{0, 1, 3, 4};
  std::cout << gradient(f, places, 0);  // [1.         1.16666667 3.83333333 5. ]
  const xt::xarray<double> table{{1, 2}, {4, 6}};
  const std::vector<Var<double>> slopes = gradient(table, 0.5);
  std::cout << slopes[0];  // [[6. 8.]
                           //  [6. 8.]]
  std::cout << slopes[1];  // [[2. 2.]
                           //  [4. 4.]]
}

#include "docs/reference/example.hpp"

#include <limits>

EXAMPLE("Where, sum, mean, max, min") {
  Tape<double> tape;
  const Var<double> x = tape.watch({{1, -2, 3}, {-4, -5, -6}});
  std::cout << sum(x, Where(x > 0));      // 4.0
  std::cout << mean(x, Where(x < 0), 1);  // [-2. -5.]
  std::cout << max(x, Where(x < 0), 1);   // [-2. -4.]
  std::cout << min(x, Where(x > 0), 1);   // [ 1. inf]
  // A mask of the columns, which broadcasts.
  const xt::xarray<bool> mask{true, true, false};
  std::cout << sum(x, Where(mask), 1, true);            // [[-1.]
                                                        //  [-9.]]
  std::cout << tape.gradient(mean(x, Where(mask)), x);  // [[0.25 0.25 0.  ]
                                                        //  [0.25 0.25 0.  ]]
}

EXAMPLE("count_nonzero, any, all") {
  const Var<double> x(xt::xarray<double>{{1, 0, 3}, {4, 5, 6}});
  std::cout << count_nonzero(x, 1);  // [2. 3.]
  std::cout << any(x > 5, 1);        // [0. 1.]
  std::cout << all(x > 0, 1);        // [0. 1.]
}

EXAMPLE("nansum, nanmean, nanvar") {
  Tape<double> tape;
  const Var<double> x = tape.watch({1.0, std::nan(""), 3.0});
  std::cout << sum(x) << " " << nansum(x);      // nan 4.0
  std::cout << nanmean(x) << " " << nanvar(x);  // 2.0 1.0
  std::cout << tape.gradient(nanmean(x), x);    // [0.5 0.  0.5]
}

EXAMPLE("average") {
  const Var<double> x(xt::xarray<double>{{1, 2}, {3, 4}});
  std::cout << average(x, std::vector{3, 1}, 0);  // [1.5 2.5]
  // An array of xtensor's as a Var: it has a function of this name.
  const xt::xarray<double> weights{{0, 0}, {1, 1}};
  std::cout << average(x, Var<double>(weights));  // 3.5
}

EXAMPLE("ptp") {
  std::cout << ptp(xt::xarray<double>{{1, 5}, {7, -2}}, 1);  // [4. 9.]
}

EXAMPLE("vector_norm") {
  Tape<double> tape;
  const Var<double> x = tape.watch({3, -4, 0});
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::cout << vector_norm(x).item() << " " << vector_norm(x, 1).item();  // 5 7
  std::cout << vector_norm(x, kInfinity).item() << " "
            << vector_norm(x, 0).item();          // 4 2
  std::cout << tape.gradient(vector_norm(x), x);  // [ 0.6 -0.8  0. ]
}

EXAMPLE("matrix_norm") {
  const xt::xarray<double> a{{1, -2}, {3, 4}};
  std::cout << matrix_norm(a).item() << " " << matrix_norm(a, 1).item();  // 5.47723 6
  std::cout << matrix_norm(a, std::numeric_limits<double>::infinity()).item();  // 7
  std::cout << matrix_norm(a, 2).item() << " "
            << matrix_norm(a, "nuc").item();  // 5.11667 7.07107
}

#include "docs/reference/example.hpp"

EXAMPLE("sum, mean, Axes") {
  const Var<double> x(xt::xarray<double>{{1, 2, 3}, {4, 5, 6}});
  std::cout << sum(x);                 // 21.0
  std::cout << sum(x, 0);              // [5. 7. 9.]
  std::cout << mean(x, -1);            // [2. 5.]
  std::cout << sum(x, {0, -1}, true);  // [[21.]]
  // An empty vector is no dimension at all; `{}` means all.
  std::cout << sum(x, std::vector<std::ptrdiff_t>{});  // [[1. 2. 3.]
                                                       //  [4. 5. 6.]]
  const Axes axes{0, -1};
  std::cout << axes.all() << " " << axes.size();           // 0 2
  std::cout << *axes.begin() << " " << *(axes.end() - 1);  // 0 -1
}

EXAMPLE("prod") {
  Tape<double> tape;
  const Var<double> x = tape.watch({{2, 3}, {0, 5}});
  std::cout << prod(x, 1);                 // [6. 0.]
  std::cout << tape.gradient(prod(x), x);  // [[ 0.  0.]
                                           //  [30.  0.]]
}

EXAMPLE("var, stddev, std") {
  const Var<double> x(xt::xarray<double>{{1, 3}, {2, 6}});
  std::cout << var(x, 1);         // [1. 4.]
  std::cout << stddev(x, 1);      // [1. 2.]
  std::cout << xtape::std(x, 1);  // [1. 2.]
  // PyTorch's, whose ddof is 1.
  std::cout << var(x, 1, false, 1);  // [2. 8.]
}

EXAMPLE("var_mean") {
  Tape<double> tape;
  const Var<double> x = tape.watch({{1, 3}, {2, 6}});
  const auto [variance, mean_of_x] = var_mean(x, 1);
  std::cout << variance;                         // [1. 4.]
  std::cout << mean_of_x;                        // [2. 4.]
  std::cout << tape.gradient(sum(variance), x);  // [[-1.  1.]
                                                 //  [-2.  2.]]
}

EXAMPLE("norm") {
  Tape<double> tape;
  const Var<double> x = tape.watch({{3, 4}, {0, 0}});
  std::cout << norm(x, 1);                         // [5. 0.]
  std::cout << tape.gradient(sum(norm(x, 1)), x);  // [[0.6 0.8]
                                                   //  [0.  0. ]]
}

EXAMPLE("max, min") {
  Tape<double> tape;
  const Var<double> x = tape.watch({1, 5, 5});
  std::cout << max(x) << " " << min(x);   // 5.0 1.0
  std::cout << tape.gradient(max(x), x);  // [0.  0.5 0.5]
}

EXAMPLE("logsumexp") {
  std::cout << logsumexp(std::vector{1000.0, 1000.0}).item();  // 1000.69
}

EXAMPLE("softmax, log_softmax") {
  const xt::xarray<double> logits{{0, 0}, {0, 1000}};
  std::cout << softmax(logits);      // [[0.5 0.5]
                                     //  [0.  1. ]]
  std::cout << log_softmax(logits);  // [[-6.93147181e-01 -6.93147181e-01]
                                     //  [-1.00000000e+03  0.00000000e+00]]
}

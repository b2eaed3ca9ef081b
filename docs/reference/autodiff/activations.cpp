#include "docs/reference/example.hpp"

EXAMPLE("tanh, sigmoid") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0, 2, 1000});
  std::cout << tanh(x);     // [0.         0.96402758 1.        ]
  std::cout << sigmoid(x);  // [0.5        0.88079708 1.        ]
  std::cout << tape.gradient(sum(sigmoid(x)), x);  // [0.25       0.10499359 0. ]
}

EXAMPLE("relu") {
  Tape<double> tape;
  const Var<double> x = tape.watch({-1, 0, 2});
  std::cout << relu(x);                         // [0. 0. 2.]
  std::cout << tape.gradient(sum(relu(x)), x);  // [0. 0. 1.]
}

EXAMPLE("softplus, log_sigmoid") {
  Tape<double> tape;
  const Var<double> x = tape.watch({-1000, 0, 1000});
  std::cout << softplus(x);     // [0.00000000e+00 6.93147181e-01 1.00000000e+03]
  std::cout << log_sigmoid(x);  // [-1.00000000e+03 -6.93147181e-01 -0.00000000e+00]
  std::cout << tape.gradient(sum(softplus(x)), x);  // [0.  0.5 1. ]
}

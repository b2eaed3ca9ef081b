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

EXAMPLE("leaky_relu, elu, celu, selu") {
  Tape<double> tape;
  const Var<double> x = tape.watch({-1, 2});
  std::cout << leaky_relu(x);                  // [-0.01  2.  ]
  std::cout << elu(x);                         // [-0.63212056  2.        ]
  std::cout << celu(x, 2);                     // [-0.78693868  2.        ]
  std::cout << selu(x);                        // [-1.11133074  2.10140197]
  std::cout << tape.gradient(sum(elu(x)), x);  // [0.36787944 1.        ]
}

EXAMPLE("silu, mish, gelu, gelu_tanh, softsign") {
  const Var<double> x(std::vector{-1, 2});
  std::cout << silu(x);          // [-0.26894142  1.76159416]
  std::cout << mish(x);          // [-0.30340146  1.94395896]
  std::cout << gelu(x);          // [-0.15865525  1.95449974]
  std::cout << gelu_tanh(x);     // [-0.15880801  1.95459769]
  std::cout << softsign(x - 1);  // [-0.66666667  0.5       ]
}

EXAMPLE("hardtanh, softshrink") {
  Tape<double> tape;
  const Var<double> x = tape.watch({-2.0, 0.25, 1.25});
  std::cout << hardtanh(x);                           // [-1.    0.25  1.  ]
  std::cout << softshrink(x);                         // [-1.5   0.    0.75]
  std::cout << tape.gradient(sum(softshrink(x)), x);  // [1. 0. 1.]
}

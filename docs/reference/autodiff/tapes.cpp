#include "docs/reference/example.hpp"

EXAMPLE("TapeOptions") {
  const TapeOptions options{.check_finite = true, .profile = true};
  Tape<double> tape(options);
  const Var<double> x = tape.watch({1, 0});
  try {
    log(x);
  } catch (const NumericError& error) {
    std::cout << error.what();  // [log] the result is not finite: element 1 of shape
                                // (2,) is -inf
  }
  std::cout << tape.summary().timed;  // 1
}

EXAMPLE("GradientOptions") {
  Tape<double> tape;
  const Var<double> x = tape.watch(3), y = square(x);
  // The sweep may come again; without `retain` it frees what it passes.
  const GradientOptions again{.retain = true};
  std::cout << tape.gradient(y, x, again);  // 6.0
  std::cout << tape.gradient(y, x);         // 6.0
  // A target that depends on nothing is an error, unless zeros are asked for.
  std::cout << tape.gradient(Var<double>(2), x, {.allow_unused = true});  // 0.0
}

EXAMPLE("RecordedGradientOptions") {
  Tape<double> tape;
  const Var<double> x = tape.watch(2), y = x * x * x;
  const RecordedGradientOptions recorded{.record = true};
  const Var<double> slope = tape.gradient(y, x, recorded);
  std::cout << slope << " " << tape.gradient(slope, x);  // 12.0 12.0
}

EXAMPLE("Tape") {
  Tape<double> tape;
  const Var<double> x = tape.watch({1, 2}), y = tape.watch(3);
  const Var<double> product = x * y, loss = sum(square(product));
  std::cout << tape.size();  // 5
  const auto gradients = tape.gradient(loss, {x, y}, {.retain = true});
  std::cout << gradients[0] << " " << gradients[1];  // [18. 36.] 30.0
  // With a seed: the vector-Jacobian product.
  std::cout << tape.gradient(product, y, xt::xarray<double>{1, 0},
                             {.retain = true});  // 1.0
  std::cout << tape.summary().total.calls;       // 5
}

EXAMPLE("to_dot") {
  Tape<double> tape;
  const Var<double> y = exp(tape.watch(1));
  const std::string graph = to_dot(tape);
  std::cout << graph.substr(0, graph.find('{'));  // digraph tape
}

EXAMPLE("TapeSummary") {
  Tape<double> tape;
  const Var<double> x = tape.watch({1, 2}), y = sum(exp(x) * x);
  const TapeSummary summary = tape.summary();
  std::cout << summary;  // operation      calls        saved
                         // exp                1         16 B
                         // multiply           1         16 B
                         // sum                1          0 B
                         // variable           1          0 B
                         // total              4         32 B
  // The same as numbers; times are 0 without `{.profile = true}`.
  const TapeSummary::Row& row = summary.rows[0];
  std::cout << row.operation << " " << row.calls << " "
            << row.saved_bytes;  // exp 1 16
  std::cout << row.forward_seconds + row.backward_seconds << " "
            << summary.timed;  // 0 0
  std::cout << summary.total.saved_bytes << " "
            << summary.to_string().size();  // 32 204
}

#include "docs/reference/example.hpp"

EXAMPLE("checkpoint") {
  Random rng(1);
  // The noise is drawn alike in both runs, as the generator is named.
  const auto noisy = [&](const auto& x) {
    return exp(x) * rng.normal<double>(x.shape());
  };
  Tape<double> tape;
  const Var<double> x = tape.watch({0, 1}), y = checkpoint(noisy, rng)(x);
  std::cout << (tape.gradient(sum(y), x) == y.value());  // 1
}

EXAMPLE("CheckpointOptions, kProducts") {
  const auto f = [](const auto& x) { return square(matmul(x, x)); };
  // The product is kept, its square is computed again.
  const CheckpointOptions keep{.save = kProducts};
  Tape<double> tape;
  const Var<double> x = tape.watch({{1, 0}, {0, 1}}), y = checkpoint(f, keep)(x);
  std::cout << tape.gradient(sum(y), x);  // [[4. 0.] [0. 4.]]
}

EXAMPLE("checkpoint_sequential") {
  const std::vector<std::function<Var<double>(const Var<double>&)>> layers(
      4, [](const Var<double>& x) { return 2 * square(x); });
  Tape<double> tape;
  const Var<double> x = tape.watch(0.5), y = checkpoint_sequential(layers, x, 2);
  std::cout << y << " " << tape.gradient(y, x);  // 0.5 16.0
}

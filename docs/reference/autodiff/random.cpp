#include "docs/reference/example.hpp"

EXAMPLE("Random") {
  Random rng(1);
  std::cout << rng.uniform<float>({2});  // [0.89025915 0.8946847 ]
  std::cout << rng.uniform({2}, -1, 1);  // [0.74822387 0.31220634]
  std::cout << rng.normal<double>({3});  // [ 0.9539093  -0.51208635  2.42673736]
  std::cout << rng.bernoulli(std::vector{0.0, 0.5, 1.0});  // [0. 0. 1.]
  std::cout << rng.bits() << " " << rng.below(6);          // 2236207636909721073 5
  for (std::size_t place : rng.permutation(5))
    std::cout << place << " ";  // 0 3 2 1 4
  // The same numbers again, and numbers of a stream of its own.
  const Random::State state = rng.state();
  std::cout << state.counter[0];  // 39
  std::cout << Random::from_state(state).below(100) << " "
            << rng.below(100);         // 78 78
  std::cout << rng.fork().below(100);  // 28
  // Gamma numbers and counts, one for each parameter.
  std::cout << rng.gamma(std::vector{0.5, 20.0});      // [ 0.4161689 26.15632995]
  std::cout << rng.poisson(std::vector{0.5, 1000.0});  // [ 0. 954.]
  std::cout << rng.binomial(10, 0.5)
            << rng.gumbel({2});           // 4.0[-0.79611745 -1.35148999]
  std::cout << rng.integers({3}, -5, 5);  // [ 0 -3 2]
  std::cout << rng.choice(10, 3, false)[0] << rng.choice({0.5, 0, 1.5}, 2)[1];  // 22
}

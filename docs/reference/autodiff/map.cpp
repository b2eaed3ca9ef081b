#include "docs/reference/example.hpp"

EXAMPLE("map") {
  Tape<double> tape;
  const Var<double> mu = tape.watch({1, 2}), s = tape.watch(0);
  const Var<double> z = map([](auto m, auto s, auto e) { return m + exp(s) * e; }, mu,
                            s, std::vector{3, -1});
  std::cout << z;                         // [4. 1.]
  std::cout << tape.gradient(sum(z), s);  // 2.0
}

EXAMPLE("map_sum") {
  const xt::xarray<double> x{{1, 2, 3}, {4, 5, 6}};
  std::cout << map_sum([](auto x, auto c) { return square(x - c); }, x,
                       2);  // [ 2. 29.]
}

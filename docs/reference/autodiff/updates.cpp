#include "docs/reference/example.hpp"

EXAMPLE("at, At") {
  const xt::xarray<double> x{{1, 2, 3}, {4, 5, 6}};
  // What x[:, 1:] = 0 leaves in NumPy, and x[0, -1] += 10.
  std::cout << at(x, {{}, {1, {}}}).set(0);  // [[1. 0. 0.]
                                             //  [4. 0. 0.]]
  std::cout << at(x, {0, -1}).add(10);       // [[ 1.  2. 13.]
                                             //  [ 4.  5.  6.]]
  // Rows, one of them twice: what is added adds up.
  std::cout << at(x, Indices{1, 1}).add(std::vector{1, 2, 3});  // [[ 1.  2.  3.]
                                                                //  [ 6.  9. 12.]]
  // x[0, 2] and x[1, 0]
  const At<double> corners = at(x, std::vector<Indices>{{0, 1}, {2, 0}});
  std::cout << corners.get();     // [3. 4.]
  std::cout << corners.max(3.5);  // [[1.  2.  3.5]
                                  //  [4.  5.  6. ]]
  std::cout << corners.min(3.5);  // [[1.  2.  3. ]
                                  //  [3.5 5.  6. ]]
}

EXAMPLE("at") {
  // The values get their gradients, and x those of the elements that stay.
  Tape<double> tape;
  const Var<double> x = tape.watch({1, 2, 3}), v = tape.watch(5);
  const Var<double> y = square(at(x, {{0, 2}}).set(v));
  std::cout << y;  // [25. 25.  9.]
  const auto gradients = tape.gradient(sum(y), {x, v});
  std::cout << gradients[0] << " " << gradients[1];  // [0. 0. 6.] 20.0
}

EXAMPLE("index_add") {
  const auto x = zeros<double>({3, 2});
  const xt::xarray<double> rows{{1, 2}, {10, 20}, {100, 200}};
  std::cout << index_add(x, {0, 2, 0}, rows);  // [[101. 202.]
                                               //  [  0.   0.]
                                               //  [ 10.  20.]]
}

EXAMPLE("scatter_add, put_along_axis") {
  const xt::xarray<double> x{{1, 2, 3}, {4, 5, 6}};
  // In the first row 10 and 20 at 0, in the second at 1 and 2.
  const xt::xarray<int> places{{0, 0}, {1, 2}};
  const xt::xarray<double> values{{10, 20}, {10, 20}};
  std::cout << scatter_add(x, places, values, 1);     // [[31.  2.  3.]
                                                      //  [ 4. 15. 26.]]
  std::cout << put_along_axis(x, places, values, 1);  // [[20.  2.  3.]
                                                      //  [ 4. 10. 20.]]
}

EXAMPLE("segment_sum, segment_mean, segment_max, segment_min") {
  const xt::xarray<double> x{1, 2, 3, 4};
  const Indices segments{0, 2, 0, 2};
  std::cout << segment_sum(x, segments, 3);   // [4. 0. 6.]
  std::cout << segment_mean(x, segments, 3);  // [ 2. nan  3.]
  std::cout << segment_max(x, segments, 3);   // [  3. -inf   4.]
  std::cout << segment_min(x, segments, 3);   // [ 1. inf  2.]
}

EXAMPLE("segment_softmax") {
  const xt::xarray<double> scores{0, 5, 0};
  std::cout << segment_softmax(scores, {0, 1, 0}, 2);  // [0.5 1.  0.5]
}

EXAMPLE("fancy_index") {
  const xt::xarray<double> x{{1, 2, 3}, {4, 5, 6}};
  // x[0, 2] and x[1, -1]
  std::cout << fancy_index(x, {{0, 1}, {2, -1}});  // [3. 6.]
  // Rows and columns that broadcast: x[[1, 0]][:, [0, 2]].
  const std::vector<std::vector<int>> rows{{1}, {0}};
  std::cout << fancy_index(x, {rows, {0, 2}});  // [[4. 6.]
                                                //  [1. 3.]]
}

EXAMPLE("boolean_mask, flatnonzero") {
  const Var<double> x(xt::xarray<double>{{1, -2}, {-3, 4}});
  std::cout << boolean_mask(x, x > 0);  // [1. 4.]
  std::cout << flatnonzero(x > 0);      // [0 3]
  // A mask of the rows.
  std::cout << boolean_mask(x, std::vector{0, 1});  // [[-3.  4.]]
}

EXAMPLE("select") {
  const Var<double> x(std::vector{-2.0, 0.5, 3.0});
  // The first whose condition holds.
  std::cout << select({x < 0, x < 1}, {-x, square(x)}, 1);  // [2.   0.25 1.  ]
}

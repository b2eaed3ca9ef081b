#include "docs/reference/example.hpp"

EXAMPLE("sort, argsort") {
  Tape<double> tape;
  const Var<double> x = tape.watch({3, 1, 2});
  std::cout << sort(x);            // [1. 2. 3.]
  std::cout << argsort(x);         // [1 2 0]
  std::cout << sort(x, -1, true);  // [3. 2. 1.]
  // Each element's gradient goes to where it was taken from.
  const Var<double> y = dot(sort(x), std::vector{10, 20, 30});
  std::cout << tape.gradient(y, x);  // [30. 10. 20.]
  // Without an axis all elements in one row.
  const Var<double> table(xt::xarray<double>{{4, 1}, {2, 3}});
  std::cout << sort(table, {});    // [1. 2. 3. 4.]
  std::cout << argsort(table, 0);  // [[1 0]
                                   //  [0 1]]
}

EXAMPLE("take_along_axis") {
  const Var<double> x(xt::xarray<double>{{10, 30, 20}, {6, 5, 4}});
  std::cout << take_along_axis(x, argsort(x), 1);  // [[10. 20. 30.]
                                                   //  [ 4.  5.  6.]]
  // An element of each row, by its label.
  const std::vector<std::vector<int>> labels{{2}, {-1}};
  std::cout << take_along_axis(x, labels, 1);  // [[20.]
                                               //  [ 4.]]
}

EXAMPLE("topk, TopK") {
  const xt::xarray<double> x{{1, 4, 3}, {9, 7, 8}};
  const TopK<double> top = topk(x, 2);
  std::cout << top.values;   // [[4. 3.]
                             //  [9. 8.]]
  std::cout << top.indices;  // [[1 2]
                             //  [0 2]]
  // The smallest of each column.
  const auto [values, indices] = topk(x, 1, 0, false);
  std::cout << values;   // [[1. 4. 3.]]
  std::cout << indices;  // [[0 0 0]]
}

EXAMPLE("partition, argpartition") {
  const Var<double> x(std::vector{7, 1, 8, 2, 9});
  // The second smallest, and what is not larger in front of it.
  std::cout << slice(partition(x, 1), {{{}, 2}});  // [1. 2.]
  std::cout << take(x, argpartition(x, 1))(1);     // 2.0
  // The largest.
  std::cout << partition(x, -1)(-1);  // 9.0
}

EXAMPLE("median") {
  Tape<double> tape;
  const Var<double> x = tape.watch({{1, 7, 3}, {4, 2, 6}});
  std::cout << median(x) << " " << median(x, 1);  // 3.5 [3. 4.]
  std::cout << tape.gradient(median(x), x);       // [[0.  0.  0.5]
                                                  //  [0.5 0.  0. ]]
}

EXAMPLE("quantile, QuantileMethod") {
  const Var<double> x(std::vector{10, 20, 30, 40});
  std::cout << quantile(x, 0.9);           // 37.0
  std::cout << quantile(x, {0, 0.25, 1});  // [10.  17.5 40. ]
  // Between two elements.
  std::cout << quantile(x, 0.9, {}, false, QuantileMethod::kLower);     // 30.0
  std::cout << quantile(x, 0.9, {}, false, QuantileMethod::kHigher);    // 40.0
  std::cout << quantile(x, 0.9, {}, false, QuantileMethod::kMidpoint);  // 35.0
  std::cout << quantile(x, 0.9, {}, false, QuantileMethod::kNearest);   // 40.0
}

EXAMPLE("argmax, argmin") {
  const Var<double> x(xt::xarray<double>{{1, 9, 3}, {8, 2, 9}});
  // Among all, row by row: the first of equal ones.
  std::cout << argmax(x).item() << " " << argmin(x).item();  // 1 0
  std::cout << argmax(x, 1);                                 // [1 2]
  std::cout << argmin(x, 0, true);                           // [[0 1 0]]
}

EXAMPLE("cummax, cummin") {
  const xt::xarray<double> x{3, 1, 4, 1, 5};
  std::cout << cummax(x);  // [3. 3. 4. 4. 5.]
  std::cout << cummin(x);  // [3. 1. 1. 1. 1.]
}

EXAMPLE("searchsorted") {
  const Var<double> sorted(std::vector{1, 2, 2, 3});
  std::cout << searchsorted(sorted, std::vector{2.0, 2.5, 9.0});  // [1 3 4]
  std::cout << searchsorted(sorted, 2, true).item();              // 3
}

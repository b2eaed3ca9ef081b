#include "docs/reference/example.hpp"

EXAMPLE("slice, Range") {
  const xt::xarray<double> x{{1, 2, 3, 4}, {5, 6, 7, 8}};
  // Python's x[-1]
  std::cout << slice(x, {-1});  // [5. 6. 7. 8.]
  // x[:, 1:3]
  std::cout << slice(x, {{}, {1, 3}});  // [[2. 3.]
                                        //  [6. 7.]]
  // x[:, ::-2]
  std::cout << slice(x, {{}, {{}, {}, -2}});  // [[4. 2.]
                                              //  [8. 6.]]
  // Ranges by themselves.
  const Range range(1, {}, 2), index = 3;
  std::cout << *range.start << " " << range.step;                // 1 2
  std::cout << range.stop.has_value() << " " << index.is_index;  // 0 1
}

EXAMPLE("take") {
  const xt::xarray<double> x{{1, 2}, {3, 4}, {5, 6}};
  std::cout << take(x, {2, 0, -1});  // [[5. 6.]
                                     //  [1. 2.]
                                     //  [5. 6.]]
  std::cout << take(x, 1);           // [3. 4.]
  std::cout << take(x, {1}, 1);      // [[2.]
                                     //  [4.]
                                     //  [6.]]
}

EXAMPLE("concatenate, stack") {
  const Var<double> x(std::vector{1, 2}), y(std::vector{3, 4});
  std::cout << concatenate({x, y});  // [1. 2. 3. 4.]
  std::cout << stack({x, y});        // [[1. 2.]
                                     //  [3. 4.]]
  std::cout << stack({x, y}, 1);     // [[1. 3.]
                                     //  [2. 4.]]
}

EXAMPLE("split, unstack") {
  const Var<double> x(xt::xarray<double>{{1, 2, 3, 4}, {5, 6, 7, 8}});
  const std::vector<Var<double>> halves = split(x, 2, 1), rows = unstack(x);
  std::cout << halves[1];  // [[3. 4.]
                           //  [7. 8.]]
  std::cout << rows[1];    // [5. 6. 7. 8.]
}

EXAMPLE("one_hot") {
  std::cout << one_hot<float>({2, 0}, 3);  // [[0. 0. 1.]
                                           //  [1. 0. 0.]]
}

EXAMPLE("Indices") {
  const Indices indices{2, 0, -1};
  std::cout << indices;                     // [ 2  0 -1]
  std::cout << to_string(indices.shape());  // (3,)
  std::cout << indices.size();              // 3
  std::cout << indices.values().back();     // -1
  // The first that is not in [0, 3).
  std::cout << *indices.outside(0, 3);  // -1
  // The only one, as argmax gives it.
  std::cout << Indices{4}.item();  // 4
}

EXAMPLE("operator==, operator!=, operator<, operator<=, operator>, operator>=") {
  const Indices labels{2, 0, 1}, classes{2, 1, 1};
  std::cout << (labels == classes);               // [ True False  True]
  std::cout << mean(labels == classes)();         // 0.666667
  std::cout << (labels != std::vector{2, 0, 0});  // [False False  True]
  std::cout << (labels < 1);                      // [False  True False]
  std::cout << (labels <= 1);                     // [False  True  True]
  std::cout << (labels > classes);                // [False False False]
  std::cout << (labels >= classes);               // [ True False  True]
}

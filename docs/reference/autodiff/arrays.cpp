#include "docs/reference/example.hpp"

EXAMPLE("Array, Shape") {
  const Array<double> a{{1, 2, 3}, {4, 5, 6}};
  const Shape shape{2, 3};
  std::cout << a(1, 2) << " " << (shape_of(a) == shape);  // 6 1
  // xtensor's own containers and expressions convert both ways.
  const xt::xarray<double> b = a + 1;
  std::cout << Array<float>(b * 2);  // [[ 4.  6.  8.]
                                     //  [10. 12. 14.]]
}

EXAMPLE("size_of, shape_of, to_string") {
  const xt::xarray<double> x{{1, 2, 3}, {4, 5, 6}};
  std::cout << to_string(shape_of(x)) << " " << size_of(shape_of(x));  // (2, 3) 6
}

EXAMPLE("empty, full, zeros, ones") {
  std::cout << zeros<double>({2});                          // [0. 0.]
  std::cout << ones<double>({2});                           // [1. 1.]
  std::cout << full<float>({2}, 0.5f);                      // [0.5 0.5]
  std::cout << to_string(shape_of(empty<double>({2, 3})));  // (2, 3)
}

EXAMPLE("array_of, Sequence") {
  const std::vector<std::vector<int>> rows{{1, 2}, {3, 4}};
  static_assert(Sequence<decltype(rows)> && !Sequence<xt::xarray<int>>);
  std::cout << array_of<double>(rows);  // [[1. 2.]
                                        //  [3. 4.]]
}

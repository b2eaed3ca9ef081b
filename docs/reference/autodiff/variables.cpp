#include "docs/reference/example.hpp"

EXAMPLE("Var") {
  const Var<double> x(xt::xarray<double>{{1, 2, 3}, {4, 5, 6}});
  std::cout << x[1];                                       // [4. 5. 6.]
  std::cout << x(1, -1);                                   // 6.0
  std::cout << x(1, -1).item() / 2;                        // 3
  std::cout << to_string(x.shape()) << " " << x.shape(0);  // (2, 3) 2
  std::cout << x.size() << " " << x.dimension();           // 6 2
  // The elements, and a copy of them as a container of xtensor's.
  std::cout << x.value()(0, 1);  // 2
  const xt::xarray<double> column = reshape(x, {6, 1});
  std::cout << column.shape(0);  // 6
  // A comparison of numbers is a condition.
  if (x(0, 0) < x(0, 1)) std::cout << "less";  // less
  // Only one that was made of nothing has no value.
  std::cout << x.empty() << " " << Var<double>().empty();  // 0 1
}

EXAMPLE("operator<<") {
  std::cout << xt::xarray<double>{{1, 2.5}, {-0.125, 100}};  // [[  1.      2.5  ]
                                                             //  [ -0.125 100.   ]]
  std::cout << Var<float>(1.0f / 3);                         // 0.33333334
}

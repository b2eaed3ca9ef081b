#include "docs/reference/example.hpp"

EXAMPLE("matmul") {
  const xt::xarray<double> a{{1, 2}, {3, 4}}, b{{0, 1}, {1, 0}}, v{1, -1};
  std::cout << matmul(a, b);  // [[2. 1.]
                              //  [4. 3.]]
  std::cout << matmul(a, v);  // [-1. -1.]
  // Leading dimensions broadcast.
  const auto batch = zeros<double>({8, 2, 3}), weight = zeros<double>({3, 5});
  std::cout << to_string(matmul(batch, weight).shape());  // (8, 2, 5)
  try {
    matmul(a, zeros<double>({3, 2}));
  } catch (const ShapeError& error) {
    std::cout << error.what();  // [matmul] inner dimensions differ: a is (2, 2), b is
                                // (3, 2); did you mean matmul(a, transpose(b))?
  }
}

EXAMPLE("dot") {
  std::cout << dot(std::vector{1.0, 2.0}, std::vector{3.0, 4.0});  // 11.0
}

EXAMPLE("linear") {
  const xt::xarray<double> x{{1, 2}}, weight{{1, 0}, {0, 1}, {1, 1}},
      bias{10, 20, 30};
  std::cout << linear(x, weight, bias);  // [[11. 22. 33.]]
}

EXAMPLE("einsum") {
  const xt::xarray<double> a{{1, 2}, {3, 4}}, b{{0, 1}, {1, 0}}, v{1, -1};
  std::cout << einsum("ij,jk->ik", a, b);  // [[2. 1.]
                                           //  [4. 3.]]
  // The diagonal, and its sum.
  std::cout << einsum("ii->i", a) << " " << einsum("ii", a);  // [1. 4.] 5.0
  // vᵀ a v
  std::cout << einsum("i,ij,j->", v, a, v);  // 0.0
  const auto x = zeros<double>({8, 2, 3}), weight = zeros<double>({5, 3});
  std::cout << to_string(einsum("...i,oi->...o", x, weight).shape());  // (8, 2, 5)
}

EXAMPLE("tensordot") {
  const auto a = ones<double>({2, 3, 4}), b = ones<double>({3, 4, 5});
  std::cout << to_string(tensordot(a, b).shape());                  // (2, 5)
  std::cout << to_string(tensordot(a, b, {1, 2}, {0, 1}).shape());  // (2, 5)
  const std::vector v{1, 2}, w{3, 4};
  std::cout << tensordot(v, w, 0);  // [[3. 4.]
                                    //  [6. 8.]]
}

EXAMPLE("inner, outer, vdot") {
  const xt::xarray<double> v{1, 2}, w{3, 4}, a{{1, 0}, {0, 1}}, b{{1, 2}, {3, 4}};
  std::cout << inner(v, w);  // 11.0
  std::cout << inner(a, b);  // [[1. 3.]
                             //  [2. 4.]]
  std::cout << outer(v, w);  // [[3. 4.]
                             //  [6. 8.]]
  std::cout << vdot(a, b);   // 5.0
}

EXAMPLE("kron") {
  const xt::xarray<double> a{{1, 2}}, b{{1, 1}, {0, 1}};
  std::cout << kron(a, b);  // [[1. 1. 2. 2.]
                            //  [0. 1. 0. 2.]]
}

EXAMPLE("cross") {
  const xt::xarray<double> x{1, 0, 0}, y{0, 1, 0};
  std::cout << cross(x, y);  // [0. 0. 1.]
}

EXAMPLE("multi_dot") {
  const auto a = ones<double>({10, 100}), b = ones<double>({100, 5}),
             c = ones<double>({5, 50});
  std::cout << to_string(multi_dot(a, b, c).shape());  // (10, 50)
}

EXAMPLE("block_diag") {
  const xt::xarray<double> a{{1, 2}, {3, 4}};
  std::cout << block_diag(a, 5, std::vector{6, 7});  // [[1. 2. 0. 0. 0.]
                                                     //  [3. 4. 0. 0. 0.]
                                                     //  [0. 0. 5. 0. 0.]
                                                     //  [0. 0. 0. 6. 7.]]
}

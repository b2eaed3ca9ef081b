#include "docs/reference/example.hpp"

EXAMPLE("SparsityPattern") {
  // Entries in any order, or a band, or the arrays of CSR.
  const SparsityPattern p(2, 3, {{1, 2}, {0, 0}, {1, 0}});
  std::cout << p.rows() << " " << p.cols() << " " << p.nnz();  // 2 3 3
  std::cout << Indices(p.starts()) << " " << Indices(p.columns()) << " "
            << Indices(p.entry_rows());  // [0 1 3] [0 0 2] [0 1 1]
  std::cout << p.contains(1, 2) << p.transposed().contains(1, 2);        // 10
  std::cout << (p == SparsityPattern::csr(2, 3, {0, 1, 3}, {0, 0, 2}));  // 1
  const auto lower = SparsityPattern::band(3, 3, 1, 0);
  std::cout << (lower.united(lower.transposed()) ==
                SparsityPattern::band(3, 3, 1, 1));  // 1
}

EXAMPLE("sparse_jacobian, SparseOptions, SparseSweeps, SparseMatrix") {
  const auto f = [](const auto& x) { return square(x) - roll(x, 1); };
  const SparsityPattern pattern(3, 3,
                                {{0, 0}, {0, 2}, {1, 1}, {1, 0}, {2, 2}, {2, 1}});
  const SparseOptions options{.sweeps = SparseSweeps::kColumns, .check = true};
  const SparseMatrix<double> j =
      sparse_jacobian(f, pattern, options)(xt::xarray<double>{1, 2, 3});
  std::cout << j.values;   // [ 2. -1. -1.  4. -1.  6.]
  std::cout << j.dense();  // [[ 2.  0. -1.]
                           //  [-1.  4.  0.]
                           //  [ 0. -1.  6.]]
}

EXAMPLE("jacobian_pattern, sparse_jacobian") {
  // The slopes of 10,000 numbers from 2 pullbacks.
  const auto f = [](const auto& x) { return diff(square(x)); };
  const xt::xarray<double> x = xt::linspace<double>(1, 2, 10'000);
  const SparsityPattern pattern = jacobian_pattern(f)(x);
  std::cout << (pattern == SparsityPattern::band(9'999, 10'000, 0, 1));  // 1
  const SparseMatrix<double> j = sparse_jacobian(f, pattern)(x);
  std::cout << j.sweeps << " " << j.values(0);  // 2 -2
}

EXAMPLE("sparse_hessian, hessian_pattern") {
  const auto f = [](const auto& x) {
    return sum(slice(x, {{0, -1}}) * square(slice(x, {{1, {}}})));
  };
  const xt::xarray<double> x{1, 2, 3};
  std::cout << hessian_pattern(f)(x).nnz();   // 6
  std::cout << sparse_hessian(f)(x).dense();  // [[0. 4. 0.]
                                              //  [4. 2. 6.]
                                              //  [0. 6. 4.]]
}

EXAMPLE("matmul, SparseMatrix") {
  const auto f = [](const auto& x) { return 4.0 * x - roll(x, 1); };
  const SparseMatrix<double> a = sparse_jacobian(f)(xt::xarray<double>{1, 1, 1});
  std::cout << matmul(a, xt::xarray<double>{1, 2, 3});  // [ 1.  7. 10.]
  const auto product = [&](const auto& v) { return matmul(a, v); };
  std::cout << linear_solve(product)(
      Var<double>(xt::xarray<double>{3, 3, 3}));  // [1. 1. 1.]
}

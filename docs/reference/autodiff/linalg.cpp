#include "docs/reference/example.hpp"

EXAMPLE("cholesky, cho_solve, cho_logdet") {
  Tape<double> tape;
  const Var<double> a = tape.watch({{4, 2}, {2, 5}}), c = cholesky(a);
  std::cout << c;                                 // [[2. 0.]
                                                  //  [1. 2.]]
  std::cout << cho_solve(c, std::vector{8, 12});  // [1. 2.]
  std::cout << cho_logdet(c).item();              // 2.77259
  std::cout << tape.gradient(cho_logdet(c), a);   // [[ 0.3125 -0.125 ]
                                                  //  [-0.125   0.25  ]]
  std::cout << cholesky(a, true);                 // [[2. 1.]
                                                  //  [0. 2.]]
  try {
    cholesky(xt::xarray<double>{{1, 2}, {2, 1}});
  } catch (const NumericError& error) {
    std::cout << error.what();  // [cholesky] a positive definite matrix expected: of
                                // the matrix of shape (2, 2) the leading minor of
                                // order 2 is not positive
  }
}

EXAMPLE("solve_triangular, TriangularOptions") {
  const xt::xarray<double> a{{2, 1}, {1, 4}}, b{4, 8};
  std::cout << solve_triangular(a, b);                   // [1. 2.]
  std::cout << solve_triangular(a, b, {.lower = true});  // [2.  1.5]
  const TriangularOptions transposed{.lower = true, .transposed = true},
      unit{.unit_diagonal = true};
  std::cout << solve_triangular(a, b, transposed);  // [1. 2.]
  std::cout << solve_triangular(a, b, unit);        // [-4.  8.]
}

EXAMPLE("solve") {
  Tape<double> tape;
  const Var<double> a = tape.watch({{2, 1}, {1, 3}}), b = tape.watch({4, 7});
  std::cout << solve(a, b);                         // [1. 2.]
  std::cout << tape.gradient(sum(solve(a, b)), b);  // [0.4 0.2]
  try {
    solve(xt::xarray<double>{{1, 2}, {2, 4}}, b);
  } catch (const NumericError& error) {
    std::cout << error.what();  // [solve] a matrix that is not singular expected: of
                                // the matrix of shape (2, 2) the LU factorization has
                                // pivot 2 of 2 equal to 0
  }
}

EXAMPLE("inv") {
  std::cout << inv(xt::xarray<double>{{2, 1}, {1, 1}});  // [[ 1. -1.]
                                                         //  [-1.  2.]]
}

EXAMPLE("det, slogdet") {
  Tape<double> tape;
  const Var<double> a = tape.watch({{1, 2}, {3, 4}});
  std::cout << det(a).item();             // -2
  std::cout << tape.gradient(det(a), a);  // [[ 4. -3.]
                                          //  [-2.  1.]]
  const auto [sign_of_det, logdet] = slogdet(a);
  std::cout << sign_of_det << " " << logdet.item();  // -1.0 0.693147
  // Of a determinant of e^1000, which no double holds.
  std::cout << slogdet(std::exp(100) * eye<double>(10))[1].item();  // 1000
}

EXAMPLE("eigh, eigvalsh") {
  Tape<double> tape;
  const Var<double> a = tape.watch({{2, 1}, {1, 2}});
  const auto [w, v] = eigh(a);
  std::cout << w;                            // [1. 3.]
  std::cout << matmul(v * w, transpose(v));  // [[2. 1.]
                                             //  [1. 2.]]
  // The slopes of the largest eigenvalue: its vector times itself.
  std::cout << tape.gradient(slice(w, {-1}), a);  // [[0.5 0.5]
                                                  //  [0.5 0.5]]
  std::cout << eigvalsh(a);                       // [1. 3.]
}

EXAMPLE("svd, svdvals") {
  const xt::xarray<double> a{{1, 2}, {3, 4}, {5, 6}};
  const auto [u, s, vh] = svd(a);
  std::cout << s;                  // [9.52551809 0.51430058]
  std::cout << matmul(u * s, vh);  // [[1. 2.]
                                   //  [3. 4.]
                                   //  [5. 6.]]
  // With the columns of u that are left of a basis.
  std::cout << to_string(svd(a, true)[0].shape());  // (3, 3)
  // The nearest matrix of rank 1.
  const Var<double> column = slice(u * s, {{}, {0, 1}}), row = slice(vh, {{0, 1}});
  std::cout << matmul(column, row);  // [[1.35662819 1.71846235]
                                     //  [3.09719707 3.92326845]
                                     //  [4.83776596 6.12807454]]
  std::cout << svdvals(a);           // [9.52551809 0.51430058]
}

EXAMPLE("qr") {
  const xt::xarray<double> a{{3, 1}, {4, 2}};
  const auto [q, r] = qr(a);
  std::cout << q;  // [[-0.6 -0.8]
                   //  [-0.8  0.6]]
  std::cout << r;  // [[-5.  -2.2]
                   //  [ 0.   0.4]]
}

EXAMPLE("lstsq, pinv") {
  // The line through three points.
  const xt::xarray<double> a{{1, 0}, {1, 1}, {1, 2}}, b{1, 3, 2};
  std::cout << lstsq(a, b);         // [1.5 0.5]
  std::cout << matmul(pinv(a), b);  // [1.5 0.5]
  // More unknowns than equations: the shortest solution.
  std::cout << lstsq(xt::xarray<double>{{1, 2}}, std::vector{5});  // [1. 2.]
}

EXAMPLE("expm") {
  // A rotation by 1.
  const xt::xarray<double> a{{0, -1}, {1, 0}};
  std::cout << expm(a);  // [[ 0.54030231 -0.84147098]
                         //  [ 0.84147098  0.54030231]]
}

EXAMPLE("matrix_power") {
  const xt::xarray<double> a{{2, 1}, {1, 1}};
  std::cout << matrix_power(a, 5);   // [[89. 55.]
                                     //  [55. 34.]]
  std::cout << matrix_power(a, -1);  // [[ 1. -1.]
                                     //  [-1.  2.]]
}

EXAMPLE("matrix_rank, cond") {
  std::cout << matrix_rank(xt::xarray<double>{{1, 2}, {2, 4}});  // 1
  std::cout << cond(xt::xarray<double>{{2, 0}, {0, 8}}).item();  // 4
}

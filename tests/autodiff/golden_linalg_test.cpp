// Products of arrays and linear algebra against PyTorch's (tests/golden/make_linalg.py).

#include "tests/autodiff/ops/golden_case.hpp"

namespace xtape::tests {
namespace {

const Golden& golden() {
  static const Golden arrays("linalg");
  return arrays;
}

using V = Var<double>;
using X = std::span<const V>;

V turned(const V& x) {
  std::vector<std::ptrdiff_t> order;
  for (std::size_t d = 0; d + 2 < x.dimension(); ++d) order.push_back(std::ptrdiff_t(d));
  order.insert(order.end(), {-1, -2});
  return transpose(x, Axes(order));
}
Array<double> identity(std::size_t n) {
  Array<double> y = zeros<double>({n, n});
  for (std::size_t i = 0; i < n; ++i) y(i, i) = 1;
  return y;
}
V shifted(const V& x, double shift) {
  return x + shift * identity(x.shape(-1));
}
V definite(const V& x) {
  return matmul(x, turned(x)) + identity(x.shape(-1));
}
V symmetric(const V& x) {
  return (x + turned(x)) / 2.0;
}

std::vector<GoldenCase> einsum_cases() {
  std::vector<GoldenCase> cases;
  const auto of = [&cases](const std::string& name, const std::string& text, std::size_t arity) {
    cases.push_back({"einsum_" + name, arity, [text](X x) { return detail::einsum<double>(text, x); }});
  };
  of("matrices", "ij,jk->ik", 2);
  of("stacks", "bij,bjk->bik", 2);
  of("turned", "bji,bkj->bik", 2);
  of("chain", "ij,jk,kl->il", 3);
  of("chain_of_four", "ab,bc,cd,de->ae", 4);
  of("implicit", "ba,ac", 2);
  of("transposed", "ba", 1);
  of("trace", "ii", 1);
  of("diagonal", "ii->i", 1);
  of("diagonals", "b i i -> b i", 1);
  of("diagonal_of_two", "ijij->ji", 1);
  of("sum", "ijk->j", 1);
  of("outer", "i,j->ij", 2);
  of("elementwise", "ij,ij->ij", 2);
  of("dots", "ij,ij->i", 2);
  of("ellipsis", "...ij,...jk->...ik", 2);
  of("ellipsis_last", "ij...,jk->ik...", 2);
  of("attention", "bqhd,bkhd->bhqk", 2);
  of("bilinear", "bi,oij,bj->bo", 3);
  of("one_broadcasts", "ij,jk->ik", 2);
  of("summed_alone", "ij,k->i", 2);
  of("numbers", ",ij->ij", 2);
  return cases;
}

std::vector<GoldenCase> product_cases() {
  return {
      {"tensordot_two", 2, [](X x) { return tensordot(x[0], x[1]); }},
      {"tensordot_none", 2, [](X x) { return tensordot(x[0], x[1], 0); }},
      {"tensordot_axes", 2,
       [](X x) {
         return tensordot(x[0], x[1], {0, 2}, {1, 0});
       }},
      {"inner", 2, [](X x) { return inner(x[0], x[1]); }},
      {"outer", 2, [](X x) { return outer(x[0], x[1]); }},
      {"vdot", 2, [](X x) { return vdot(x[0], x[1]); }},
      {"kron", 2, [](X x) { return kron(x[0], x[1]); }},
      {"kron_of_ranks", 2, [](X x) { return kron(x[0], x[1]); }},
      {"cross", 2, [](X x) { return cross(x[0], x[1]); }},
      {"cross_first", 2, [](X x) { return cross(x[0], x[1], 0); }},
      {"multi_dot", 4, [](X x) { return multi_dot(x[0], x[1], x[2], x[3]); }},
      {"block_diag", 3, [](X x) { return block_diag(x[0], x[1], x[2]); }},
  };
}

std::vector<GoldenCase> equation_cases() {
  return {
      {"cholesky", 1, [](X x) { return cholesky(definite(x[0])); }},
      {"cholesky_upper", 1, [](X x) { return cholesky(definite(x[0]), true); }},
      {"cho_solve", 2, [](X x) { return cho_solve(cholesky(definite(x[0])), x[1]); }},
      {"gaussian", 2,
       [](X x) {
         const V l = cholesky(definite(x[0]));
         return sum(square(solve_triangular(l, x[1], {.lower = true}))) + cho_logdet(l);
       }},
      {"solve", 2, [](X x) { return solve(x[0], x[1]); }, 1e-10},
      {"solve_vector", 2, [](X x) { return solve(x[0], x[1]); }, 1e-10},
      {"solve_broadcast", 2, [](X x) { return solve(x[0], x[1]); }, 1e-10},
      {"solve_lower", 2, [](X x) { return solve_triangular(shifted(x[0], 3), x[1], {.lower = true}); }},
      {"solve_upper", 2, [](X x) { return solve_triangular(shifted(x[0], 3), x[1]); }},
      {"solve_unit", 2, [](X x) { return solve_triangular(x[0], x[1], {.unit_diagonal = true}); }},
      {"inv", 1, [](X x) { return inv(x[0]); }, 1e-10},
      {"inv_badly_scaled", 1, [](X x) { return inv(x[0]); }, 1e-9},
      {"det", 1, [](X x) { return det(x[0]); }},
      {"det_of_one", 1, [](X x) { return det(x[0]); }},
      {"slogdet", 1, [](X x) { return slogdet(x[0])[1]; }, 1e-10},
      {"lstsq_tall", 2, [](X x) { return lstsq(x[0], x[1]); }, 1e-11},
      {"lstsq_wide", 2, [](X x) { return lstsq(x[0], x[1]); }, 1e-11},
      {"pinv_tall", 1, [](X x) { return pinv(x[0]); }, 1e-11},
      {"pinv_of_low_rank", 2, [](X x) { return pinv(matmul(x[0], x[1])); }, 1e-10},
  };
}

std::vector<GoldenCase> decomposition_cases() {
  std::vector<GoldenCase> cases{
      {"eigvalsh", 1, [](X x) { return eigvalsh(symmetric(x[0])); }, 1e-10},
      {"eigh_squares", 1, [](X x) { return square(eigh(symmetric(x[0]))[1]); }, 1e-9},
      {"eigh_both", 1,
       [](X x) {
         const auto [w, v] = eigh(symmetric(x[0]));
         return matmul(v * sin(w), turned(v));
       },
       1e-10},
      {"cond", 1, [](X x) { return cond(x[0]); }, 1e-10},
      {"expm", 1, [](X x) { return expm(x[0]); }},
      {"expm_large", 1, [](X x) { return expm(x[0] - turned(x[0])); }, 1e-11},
      {"expm_nilpotent", 1, [](X x) { return expm(x[0]); }},
      {"matrix_power", 1, [](X x) { return matrix_power(x[0], 5); }, 1e-11},
      {"matrix_power_negative", 1, [](X x) { return matrix_power(x[0], -3); }, 1e-9},
  };
  for (const std::string shape : {"square", "tall", "wide"}) {
    cases.push_back({"svdvals_" + shape, 1, [](X x) { return svdvals(x[0]); }, 1e-10});
    cases.push_back({"svd_left_" + shape, 1, [](X x) { return square(svd(x[0])[0]); }, 1e-9});
    cases.push_back({"svd_right_" + shape, 1, [](X x) { return square(svd(x[0])[2]); }, 1e-9});
    cases.push_back({"svd_product_" + shape, 1,
                     [](X x) {
                       const auto [u, s, vh] = svd(x[0]);
                       return matmul(u, vh);
                     },
                     1e-10});
    if (shape == "wide") continue;
    cases.push_back({"qr_q_" + shape, 1, [](X x) { return qr(x[0])[0]; }, 1e-9});
    cases.push_back({"qr_r_" + shape, 1, [](X x) { return qr(x[0])[1]; }, 1e-9});
  }
  return cases;
}

class GoldenLinalg : public testing::TestWithParam<GoldenCase> {};
INSTANTIATE_TEST_SUITE_P(Einsum, GoldenLinalg, testing::ValuesIn(einsum_cases()), name_of_golden);
INSTANTIATE_TEST_SUITE_P(Products, GoldenLinalg, testing::ValuesIn(product_cases()), name_of_golden);
INSTANTIATE_TEST_SUITE_P(Equations, GoldenLinalg, testing::ValuesIn(equation_cases()), name_of_golden);
INSTANTIATE_TEST_SUITE_P(Decompositions, GoldenLinalg, testing::ValuesIn(decomposition_cases()), name_of_golden);

TEST_P(GoldenLinalg, ValuesAndDerivativesToSecondOrderAgree) {
  expect_golden(golden(), GetParam());
}

}  // namespace
}  // namespace xtape::tests

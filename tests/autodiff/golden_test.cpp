// Values, gradients and Hessian-vector products against those of an independent implementation (tests/golden).

#include "tests/autodiff/ops/golden_case.hpp"

namespace xtape::tests {
namespace {

const Golden& golden() {
  static const Golden arrays("ops");
  return arrays;
}

using X = std::span<const Var<double>>;

std::vector<GoldenCase> golden_cases() {
  return {
      {"softmax_last", 1, [](X x) { return softmax(x[0]); }},
      {"softmax_first", 1, [](X x) { return softmax(x[0], 0); }},
      {"softmax_middle", 1, [](X x) { return softmax(x[0], -2); }},
      {"log_softmax_last", 1, [](X x) { return log_softmax(x[0], -1); }},
      {"log_softmax_middle", 1, [](X x) { return log_softmax(x[0], 1); }},
      {"logsumexp_all", 1, [](X x) { return logsumexp(x[0]); }},
      {"logsumexp_keepdims", 1,
       [](X x) {
         return logsumexp(x[0], {0, -1}, true);
       }},
      {"var_last", 1, [](X x) { return var(x[0], -1); }},
      {"var_ddof", 1,
       [](X x) {
         return var(x[0], {2, 0}, true, 1);
       }},
      {"std_all", 1, [](X x) { return std(x[0]); }},
      {"std_ddof", 1, [](X x) { return std(x[0], 0, false, 1); }},
      {"mean_keepdims", 1,
       [](X x) {
         return mean(x[0], {0, 2}, true);
       }},
      {"max_last", 1, [](X x) { return max(x[0], -1); }},
      {"min_two_axes", 1,
       [](X x) {
         return min(x[0], {0, -1});
       }},
      {"matmul_stacked", 2, [](X x) { return matmul(x[0], x[1]); }},
      {"matmul_broadcast", 2, [](X x) { return matmul(x[0], x[1]); }},
      {"matmul_shared_matrix", 2, [](X x) { return matmul(x[0], x[1]); }},
      {"matmul_vector_right", 2, [](X x) { return matmul(x[0], x[1]); }},
      {"matmul_vector_left", 2, [](X x) { return matmul(x[0], x[1]); }},
      {"matmul_transposed", 2, [](X x) { return matmul(x[0], transpose(x[1])); }},
      {"linear", 3, [](X x) { return linear(x[0], x[1], x[2]); }},
      {"linear_stacked", 3, [](X x) { return linear(x[0], x[1], x[2]); }},
      {"take_rows", 1,
       [](X x) {
         return take(x[0], std::vector<int>{2, 0, 2, 3});
       }},
      {"take_table", 1,
       [](X x) {
         return take(x[0], xt::xtensor<int, 2>{{0, 2}, {2, 1}}, 1);
       }},
      {"slice_steps", 1,
       [](X x) {
         return slice(x[0], {{1, 5, 2}, {-3, {}}});
       }},
      {"slice_middle", 1,
       [](X x) {
         return slice(x[0], {{}, {1, -1}});
       }},
      {"concatenate", 2,
       [](X x) {
         return concatenate<double>({x[0], x[1]}, 1);
       }},
      {"stack_last", 2,
       [](X x) {
         return stack<double>({x[0], x[1]}, -1);
       }},
      {"split_middle", 1, [](X x) { return split(x[0], 3, 1)[1]; }},
      {"transpose", 1,
       [](X x) {
         return transpose(x[0], {2, 0, 1});
       }},
      {"layer_norm", 1, [](X x) { return (x[0] - mean(x[0], -1, true)) / sqrt(var(x[0], -1, true) + 1e-5); }},
      {"attention", 3,
       [](X x) {
         return matmul(softmax(matmul(x[0], transpose(x[1], {0, 2, 1})) / 2.0), x[2]);
       }},
      {"cross_entropy", 1,
       [](X x) {
         return -sum(log_softmax(x[0]) * one_hot<double>(std::vector<int>{2, 0, 1, 2}, 3), -1);
       }},
      {"power", 2, [](X x) { return power(abs(x[0]), x[1]); }},
      {"variational", 3,
       [](X x) {
         const Var<double>&mu = x[0], &log_sigma = x[1], &epsilon = x[2];
         const Var<double> divergence = 0.5 * sum(square(mu) + exp(2.0 * log_sigma) - 2.0 * log_sigma - 1.0, -1);
         return divergence + mean(tanh(map([](const auto& m, const auto& s, const auto& e) { return m + exp(s) * e; },
                                           mu, log_sigma, epsilon)),
                                  -1);
       }},
  };
}

class GoldenOps : public testing::TestWithParam<GoldenCase> {};
INSTANTIATE_TEST_SUITE_P(Torch, GoldenOps, testing::ValuesIn(golden_cases()), name_of_golden);

TEST_P(GoldenOps, ValuesAndDerivativesToSecondOrderAgree) {
  expect_golden(golden(), GetParam());
}

TEST(GoldenOneHot, Agrees) {
  const xt::xtensor<int, 2> labels = xt::cast<int>(golden()["one_hot.labels"]);
  EXPECT_TRUE(close(one_hot<float>(labels, 4), golden()["one_hot.y"], 0));
}

}  // namespace
}  // namespace xtape::tests

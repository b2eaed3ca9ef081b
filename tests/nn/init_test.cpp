// Initialisers: the moments and bounds of what is drawn, and that orthogonal matrices are.

#include "nn/init.hpp"
#include "tests/testing.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

struct Moments {
  double mean = 0, variance = 0, fourth = 0, largest = 0;
};
template <class T>
Moments moments_of(const Array<T>& x) {
  Moments m;
  const double n = double(x.size());
  for (const T v : x) m.mean += double(v) / n;
  for (const T v : x) {
    const double d = double(v) - m.mean;
    m.variance += d * d / n;
    m.fourth += d * d * d * d / n;
    m.largest = std::max(m.largest, std::abs(double(v)));
  }
  return m;
}

// Six standard errors of each: of the mean σ/√n, of the variance σ² √((κ - 1)/n).
void expect_moments(const std::string& name, const Moments& m, double n, double variance, bool uniform) {
  SCOPED_TRACE(name);
  const double kurtosis = uniform ? 1.8 : 3;
  EXPECT_LT(std::abs(m.mean), 6 * std::sqrt(variance / n));
  EXPECT_NEAR(m.variance, variance, 6 * variance * std::sqrt((kurtosis - 1) / n));
  EXPECT_NEAR(m.fourth / (m.variance * m.variance), kurtosis, 0.1);
  if (uniform) {
    EXPECT_LE(m.largest, std::sqrt(3 * variance) * (1 + 1e-6));
    EXPECT_GT(m.largest, std::sqrt(3 * variance) * (1 - 1e-3));
  }
}

template <class T>
void expect_distributions() {
  const Shape dense{200, 300}, window{100, 30, 4, 5};  // fans 300 and 200; 600 and 2000
  struct Case {
    std::string name;
    std::function<Array<T>(Random&)> draw;
    double variance;
    bool uniform;
  };
  const std::vector<Case> cases{
      {"fan_in_uniform", [&](Random& r) { return fan_in_uniform<T>(dense, 300, r); }, 1.0 / 900, true},
      {"xavier_uniform", [&](Random& r) { return xavier_uniform<T>(dense, r); }, 2.0 / 500, true},
      {"xavier_uniform, gain", [&](Random& r) { return xavier_uniform<T>(dense, r, 3); }, 18.0 / 500, true},
      {"xavier_normal", [&](Random& r) { return xavier_normal<T>(window, r); }, 2.0 / 2600, false},
      {"kaiming_uniform", [&](Random& r) { return kaiming_uniform<T>(window, r); }, 2.0 / 600, true},
      {"kaiming_uniform, slope",  // what PyTorch's Linear draws is ±1/√in by another name
       [&](Random& r) { return kaiming_uniform<T>(dense, r, {.negative_slope = std::sqrt(5.0)}); }, 1.0 / 900, true},
      {"kaiming_normal, out",
       [&](Random& r) { return kaiming_normal<T>(window, r, {.nonlinearity = Nonlinearity::kTanh, .fan = Fan::kOut}); },
       25.0 / 9 / 2000, false}};
  Random rng(1);
  for (const Case& c : cases) {
    const Array<T> drawn = c.draw(rng);
    expect_moments(c.name, moments_of(drawn), double(drawn.size()), c.variance, c.uniform);
    Random one(7), same(7);
    EXPECT_TRUE(close(c.draw(one), c.draw(same), 0)) << c.name;
  }
}

TEST(Initialisers, HaveTheirDistributions) {
  expect_distributions<float>();
  expect_distributions<double>();
}

template <class T>
void expect_orthogonal(const Shape& shape, double gain, double tolerance) {
  Random rng(3);
  const Array<T> weight = orthogonal<T>(shape, rng, gain);
  ASSERT_EQ(shape_of(weight), shape);
  const Var<double> all(weight);
  const Var<double> matrix = reshape(all, {std::ptrdiff_t(shape[0]), -1});
  const std::size_t rows = matrix.shape(0), columns = matrix.shape(1);
  const Var<double> product = rows < columns ? matmul(matrix, transpose(matrix)) : matmul(transpose(matrix), matrix);
  const Array<double> expected = gain * gain * eye<double>(std::min(rows, columns));
  EXPECT_TRUE(close(product.value(), expected, tolerance)) << to_string(shape);
}

TEST(Initialisers, OrthogonalMatricesAre) {
  for (const Shape& shape : {Shape{7, 7}, Shape{12, 5}, Shape{5, 12}, Shape{4, 3, 2, 2}, Shape{1, 3}, Shape{3, 1}}) {
    expect_orthogonal<double>(shape, 1, 1e-14);
    expect_orthogonal<float>(shape, 1.5, 1e-6);
  }
  Random rng(1);
  EXPECT_EQ(orthogonal<float>({0, 3}, rng).size(), 0u);
}

// Of random signs, so that neither rotations nor reflections are left out: the mean of an element, and of the trace.
TEST(Initialisers, OrthogonalMatricesAreUniform) {
  Random rng(5);
  constexpr int kDraws = 4000;
  double trace = 0, square = 0, first = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Array<double> q = orthogonal<double>({3, 3}, rng);
    const double t = q(0, 0) + q(1, 1) + q(2, 2);
    trace += t / kDraws;
    square += t * t / kDraws;
    first += q(0, 0) / kDraws;
  }
  EXPECT_NEAR(trace, 0, 6 / std::sqrt(double(kDraws)));  // E tr = 0, E tr² = 1 under Haar's measure
  EXPECT_NEAR(square, 1, 0.15);
  EXPECT_NEAR(first, 0, 6 / std::sqrt(3.0 * kDraws));
}

TEST(Initialisers, KnowFansAndGains) {
  EXPECT_EQ(fans_of({5, 3, 2, 4}).in, 24u);
  EXPECT_EQ(fans_of({5, 3, 2, 4}).out, 40u);
  EXPECT_TRUE(has(message_of<ShapeError>([] { fans_of({3}); }), {"[fans_of]", "(3,)", "two dimensions"}));
  Random rng(1);
  EXPECT_THROW(xavier_normal<float>({3}, rng), ShapeError);
  EXPECT_THROW(orthogonal<float>({3}, rng), ShapeError);
  const std::vector<std::pair<Nonlinearity, double>> gains{
      {Nonlinearity::kLinear, 1},     {Nonlinearity::kSigmoid, 1},
      {Nonlinearity::kTanh, 5.0 / 3}, {Nonlinearity::kRelu, std::sqrt(2.0)},
      {Nonlinearity::kSelu, 0.75},    {Nonlinearity::kLeakyRelu, std::sqrt(2 / 1.0001)}};
  for (const auto& [nonlinearity, gain] : gains) EXPECT_DOUBLE_EQ(calculate_gain(nonlinearity), gain);
  EXPECT_DOUBLE_EQ(calculate_gain(Nonlinearity::kLeakyRelu, 0.5), std::sqrt(1.6));
}

}  // namespace
}  // namespace xtape::nn

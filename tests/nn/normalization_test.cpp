// LayerNorm and GroupNorm with weights are one operation, whose derivatives agree with those of the parts that it is
// made of, and have the same bits for any number of threads.

#include "nn/layers/group_norm.hpp"
#include "nn/layers/layer_norm.hpp"

#include "tests/testing.hpp"
#include "tests/threads.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

/// Weights and a bias that are not those of the beginning.
template <class T>
void set_numbers(const Module<T>& layer, Random& rng) {
  for (const Parameter<T>& parameter : layer.parameters()) parameter.set(rng.normal<T>(parameter.shape()));
}

template <class T, class L>
std::vector<Array<T>> gradients_of(const L& layer, const Array<T>& x, const Array<T>& c) {
  Tape<T> tape;
  const Var<T> v = tape.watch(x);
  std::vector<Var<T>> sources{v};
  for (const Parameter<T>& parameter : layer.parameters()) sources.push_back(parameter.var());
  return tape.gradient(sum(layer(v) * c), sources);
}

/// The recorded sweep takes the parts, the other one the fused loops.
template <class T, class L>
void expect_derivatives_of_the_parts(const L& layer, const Shape& shape) {
  Random rng(1);
  set_numbers(layer, rng);
  const Array<T> x = 3 + 2 * rng.normal<T>(shape), c = rng.normal<T>(shape);
  const double tolerance = sizeof(T) == 4 ? 2e-4 : 1e-11;
  Tape<T> tape;
  const Var<T> v = tape.watch(x);
  std::vector<Var<T>> sources{v};
  for (const Parameter<T>& parameter : layer.parameters()) sources.push_back(parameter.var());
  const Var<T> y = layer(v);
  std::ostringstream table;
  table << tape.summary();
  EXPECT_TRUE(has(table.str(), {"affine_standardize"}));
  EXPECT_EQ(table.str().find("multiply"), std::string::npos) << table.str();
  const auto recorded = tape.gradient(sum(y * c), sources, {.record = true});
  const auto fused = gradients_of<T>(layer, x, c);
  for (std::size_t k = 0; k < sources.size(); ++k) {
    EXPECT_TRUE(close(fused[k], recorded[k].value(), tolerance)) << k << " of shape " << to_string(shape);
  }
}

template <class T>
void expect_derivatives() {
  for (const std::size_t size : {1u, 5u, 16u, 70u, 5000u}) {
    expect_derivatives_of_the_parts<T>(LayerNorm<T>({size}), {3, 2, size});
  }
  expect_derivatives_of_the_parts<T>(LayerNorm<T>({4, 9}), {130, 4, 9});
  for (const std::size_t width : {1u, 3u, 20u}) {
    expect_derivatives_of_the_parts<T>(GroupNorm<T>(3, 6), {50, 6, width, 2});
    expect_derivatives_of_the_parts<T>(GroupNorm<T>(1, 4), {2, 4, width});
  }
  expect_derivatives_of_the_parts<T>(GroupNorm<T>(2, 8), {5, 8});
}

TEST(Normalization, HasTheDerivativesOfItsParts) {
  expect_derivatives<float>();
  expect_derivatives<double>();
}

TEST(Normalization, HasTheSameBitsForAnyNumberOfThreads) {
  Random rng(2);
  const LayerNorm<float> layer_norm({64});
  const GroupNorm<float> group_norm(4, 8);
  const Array<float> x = rng.normal<float>({700, 8, 8}), c = rng.normal<float>({700, 8, 8});
  const Array<float> rows = rng.normal<float>({5000, 64}), d = rng.normal<float>({5000, 64});
  std::vector<std::vector<Array<float>>> all;
  for (const int count : {1, 2, 5}) {
    const tests::Threads threads(count);
    all.push_back(gradients_of<float>(layer_norm, rows, d));
    const auto of_groups = gradients_of<float>(group_norm, x, c);
    all.back().insert(all.back().end(), of_groups.begin(), of_groups.end());
  }
  EXPECT_EQ(all[1], all[0]);
  EXPECT_EQ(all[2], all[0]);
}

TEST(Normalization, OfNothing) {
  for (const Shape& shape : {Shape{0, 6, 4}, Shape{3, 6, 0}}) {
    const auto gradients = gradients_of<double>(GroupNorm<double>(3, 6), zeros<double>(shape), zeros<double>(shape));
    EXPECT_TRUE(close(gradients[1], zeros<double>({6})));
  }
}

}  // namespace
}  // namespace xtape::nn

#pragma once
// What every op is measured with: of a structural one what stands beside its cases in the tests, of an element-wise one
// vectors from the domain that the tests know of it.

#include "tests/autodiff/ops/convolution_cases.hpp"
#include "tests/autodiff/ops/elementwise.hpp"
#include "tests/autodiff/ops/fourier_cases.hpp"
#include "tests/autodiff/ops/index_cases.hpp"
#include "tests/autodiff/ops/linalg_cases.hpp"
#include "tests/autodiff/ops/order_cases.hpp"
#include "tests/autodiff/ops/pooling_cases.hpp"
#include "tests/autodiff/ops/product_cases.hpp"
#include "tests/autodiff/ops/rearrange_cases.hpp"
#include "tests/autodiff/ops/reduce_cases.hpp"
#include "tests/autodiff/ops/scan_cases.hpp"
#include "tests/autodiff/ops/shape_cases.hpp"
#include "tests/autodiff/ops/update_cases.hpp"

namespace xtape::benchmarks {

/// Of an element-wise op: on vectors of every size, from its domain.
template <class Op, std::size_t N>
OpSamples elementwise_samples(Listed<Op, N>) {
  OpSamples result;
  const auto apply_op = [](std::span<const Var<float>> x) {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return apply(tests::example(Op{}), x[K]...);
    }
    (std::make_index_sequence<N>{});
  };
  for (const std::size_t size : kOpSizes) {
    const std::vector<Shape> shapes(N, Shape{size});
    result.push_back({"", std::to_string(size), shapes, apply_op, double(size), {}, {}, tests::trait(Op{}).domain});
  }
  return result;
}

}  // namespace xtape::benchmarks

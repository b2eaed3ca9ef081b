#pragma once
// What every op is measured with. An element-wise op needs nothing here: its operands come from the domain that the
// tests know of it. A structural op has an overload of `samples`; without one the benchmark does not compile.

#include "autodiff/ops/all.hpp"
#include "tests/autodiff/ops/elementwise.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xtape::benchmarks {

/// One use of an op.
struct OpSample {
  std::string how;            ///< tells several uses of one op apart, as in "axis:0"
  std::string size;           ///< elements of the largest array, or the extents of a product
  std::vector<Shape> shapes;  ///< of the operands
  std::function<Var<float>(std::span<const Var<float>>)> apply;
  double flop;  ///< of one application: one for each element computed, 2mnk for a product, none where elements move
  std::optional<double> touched = {};        ///< elements read and written at least, if not the operands and the result
  std::optional<double> sweep_flop = {};     ///< if not `flop` for each operand
  std::vector<tests::Interval> domain = {};  ///< of each operand, if not [-2, 2]
};
using OpSamples = std::vector<OpSample>;

/// The fallback: an op that nobody declared.
template <class Op>
OpSamples samples(const Op&) {
  static_assert(kNever<Op>,
                "xtape: a structural op without samples in benchmarks/support/op_samples.hpp: "
                "declare the operands that it is measured with");
  return {};
}

// What a call costs; what a core computes out of its cache; what memory gives.
inline constexpr std::size_t kOpSizes[] = {8, 10'000, 4'000'000};

/// A matrix of one of these sizes: (2, 4), (100, 100), (2000, 2000).
inline Shape matrix_of(std::size_t size) {
  const std::size_t rows = std::size_t(std::sqrt(double(size)));
  return {rows, size / rows};
}

/// f of one matrix of every size: f(x, shape). It computes `flop` numbers, and touches `touched` elements, for each
/// element of the matrix.
template <class F>
OpSamples matrix_samples(const F& f, double flop = 1, std::optional<double> touched = {}, const std::string& how = "") {
  OpSamples result;
  for (const std::size_t size : kOpSizes) {
    const Shape shape = matrix_of(size);
    const double elements = double(size);
    OpSample sample{how, std::to_string(size), {shape}, [f, shape](auto x) { return f(x[0], shape); }, flop * elements};
    if (touched) sample.touched = *touched * elements;
    result.push_back(sample);
  }
  return result;
}

/// f(x, axis) of matrices, along each axis.
template <class F>
OpSamples axis_samples(const F& f) {
  OpSamples result;
  for (const std::ptrdiff_t axis : {0, 1}) {
    const auto along = [f, axis](const auto& x, const Shape&) { return f(x, axis); };
    const OpSamples some = matrix_samples(along, 1, {}, "axis:" + std::to_string(axis));
    result.insert(result.end(), some.begin(), some.end());
  }
  return result;
}

// --- Rearranging ----------------------------------------------------------------------------------------------------

/// Moves no element, so that one size says all.
inline OpSamples samples(const op::Reshape&) {
  return {{"", "8", {{2, 4}}, [](auto x) { return reshape(x[0], {4, 2}); }, 0, 0}};
}
inline OpSamples samples(const op::Transpose&) {
  return matrix_samples([](const auto& x, const Shape&) { return transpose(x); }, 0);
}
/// A row into a matrix.
inline OpSamples samples(const op::BroadcastTo&) {
  OpSamples result = matrix_samples([](const auto& x, const Shape& to) { return broadcast_to(x, to); }, 0);
  for (OpSample& sample : result) sample.shapes = {Shape{sample.shapes[0][1]}};
  return result;
}
/// A matrix into a row.
inline OpSamples samples(const op::SumTo&) {
  return matrix_samples([](const auto& x, const Shape& from) {
    return apply_structural<op::SumTo, float, 1>(op::SumTo{Shape{from[1]}}, {&x});
  });
}

/// Half of each row, from its second quarter on.
inline op::Slice half_of_rows(const Shape& shape) {
  const std::ptrdiff_t quarter = std::ptrdiff_t(shape[1] / 4);
  return detail::make_slice_along("slice", shape, 1, {quarter, quarter + std::ptrdiff_t(shape[1] / 2)});
}
inline OpSamples samples(const op::Slice&) {
  const auto half = [](const auto& x, const Shape& shape) {
    return apply_structural<op::Slice, float, 1>(half_of_rows(shape), {&x});
  };
  return matrix_samples(half, 0, 1.0);
}

/// All rows, the last one first.
inline op::Take rows_backwards(const Shape& shape) {
  std::vector<std::size_t> indices;
  for (std::size_t row = shape[0]; row-- > 0;) indices.push_back(row);
  return {indices, Shape{shape[0]}, 0};
}
inline OpSamples samples(const op::Take&) {
  return matrix_samples(
      [](const auto& x, const Shape& shape) {
        return apply_structural<op::Take, float, 1>(rows_backwards(shape), {&x});
      },
      0);
}
/// Two halves, of which one goes on.
inline OpSamples samples(const op::Split&) {
  return matrix_samples([](const auto& x, const Shape&) { return split(x, 2, 1)[1]; }, 0);
}
/// Two matrices, below one another and side by side.
inline OpSamples samples(const op::Concatenate&) {
  OpSamples result = axis_samples([](const auto& x, std::ptrdiff_t) { return x; });
  for (OpSample& sample : result) {
    const std::size_t axis = sample.how == "axis:0" ? 0 : 1;
    sample.shapes[0][axis] /= 2;
    sample.shapes.push_back(sample.shapes[0]);
    sample.apply = [axis](auto x) { return concatenate({x[0], x[1]}, std::ptrdiff_t(axis)); };
    sample.flop = 0;
  }
  return result;
}

// --- Reductions -----------------------------------------------------------------------------------------------------

inline OpSamples samples(const op::Sum&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return sum(x, axis); });
}
inline OpSamples samples(const op::Mean&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return mean(x, axis); });
}
inline OpSamples samples(const op::Variance&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return var(x, axis); });
}
inline OpSamples samples(const op::Norm&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return norm(x, axis); });
}
inline OpSamples samples(const op::Max&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return max(x, axis); });
}
inline OpSamples samples(const op::Min&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return min(x, axis); });
}
inline OpSamples samples(const op::LogSumExp&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return logsumexp(x, axis); });
}
inline OpSamples samples(const op::Softmax&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return softmax(x, axis); });
}
inline OpSamples samples(const op::LogSoftmax&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return log_softmax(x, axis); });
}

// --- Products -------------------------------------------------------------------------------------------------------

/// (m, k) by (k, n). The larger ones are a layer's: they wait for the core, not for memory.
struct ProductSize {
  std::size_t m, n, k;
};
inline constexpr ProductSize kProductSizes[] = {{4, 4, 4}, {64, 64, 64}, {128, 400, 784}};

inline OpSamples product_samples(const std::function<OpSample(const ProductSize&)>& sample) {
  OpSamples result;
  for (const ProductSize& size : kProductSizes) {
    result.push_back(sample(size));
    result.back().size = std::to_string(size.m) + "x" + std::to_string(size.n) + "x" + std::to_string(size.k);
    result.back().flop = 2 * double(size.m) * double(size.n) * double(size.k);
  }
  return result;
}
inline OpSamples samples(const op::Matmul&) {
  return product_samples([](const ProductSize& size) {
    return OpSample{"", "", {{size.m, size.k}, {size.k, size.n}}, [](auto x) { return matmul(x[0], x[1]); }, 0};
  });
}
inline OpSamples samples(const op::Linear&) {
  return product_samples([](const ProductSize& size) {
    const auto apply = [](auto x) { return linear(x[0], x[1], x[2]); };
    OpSample sample{"", "", {{size.m, size.k}, {size.n, size.k}, {size.n}}, apply, 0};
    sample.sweep_flop = 4 * double(size.m) * double(size.n) * double(size.k);
    return sample;
  });
}

// --- All of them ----------------------------------------------------------------------------------------------------

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

#pragma once
// What every op is measured with. An element-wise op needs nothing here: its operands come from the domain that the
// tests know of it. A structural op has an overload of `samples` beside its cases; without one the benchmark does not
// compile.

#include "autodiff/ops/all.hpp"
#include "tests/autodiff/ops/functions.hpp"

#include <functional>
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
  bool definite = false;  ///< whether the first operand is made symmetric and positive definite: op_rows.cpp

  tests::Interval interval(std::size_t operand) const {
    return domain.empty() ? tests::Interval{-2, 2} : domain[operand];
  }
};
using OpSamples = std::vector<OpSample>;

/// The fallback: an op that nobody declared.
template <class Op>
OpSamples samples(const Op&) {
  static_assert(kNever<Op>,
                "xtape: a structural op without samples in tests/autodiff/ops: "
                "declare the operands that it is measured with");
  return {};
}

// What a call costs; what a core computes out of its own cache; what comes from farther away.
inline constexpr std::size_t kOpSizes[] = {8, 1'000, 1'000'000};

/// A matrix of one of these sizes: (2, 4), (25, 40), (1000, 1000).
inline Shape matrix_of(std::size_t size) {
  std::size_t rows = std::size_t(std::sqrt(double(size)));
  while (size % rows != 0) --rows;
  return {rows, size / rows};
}

/// "2x3x4"
inline std::string extents(const Shape& shape) {
  std::string text;
  for (const std::size_t extent : shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
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

/// Factors of which a thousand have a product that is a normal number.
inline constexpr tests::Interval kFactors{0.5, 1.55};

/// f(x, axis) of matrices, along each axis.
template <class F>
OpSamples axis_samples(const F& f, const std::vector<tests::Interval>& domain = {}) {
  OpSamples result;
  for (const std::ptrdiff_t axis : {0, 1}) {
    const auto along = [f, axis](const auto& x, const Shape&) { return f(x, axis); };
    for (OpSample& sample : matrix_samples(along, 1, {}, "axis:" + std::to_string(axis))) {
      sample.domain = domain;
      result.push_back(std::move(sample));
    }
  }
  return result;
}

}  // namespace xtape::benchmarks

#pragma once
// Every op that the library lists (autodiff/ops/all.hpp) with what it is measured with: the benchmark `ops` and the
// worker of scripts/bench share these rows.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tests/autodiff/ops/samples.hpp"

namespace xtape::benchmarks {

/// An op and one of its samples.
struct OpRow {
  std::string family, name;
  unsigned saves;
  bool differentiable;
  OpSample sample;

  /// NAME[/HOW]
  std::string use() const { return sample.how.empty() ? name : name + "/" + sample.how; }
};

/// All of them, in the order of the lists.
const std::vector<OpRow>& op_rows();

/// What a row is measured on: the same numbers in every language (same_numbers.hpp), operand k those of the seed k + 1.
struct OpOperands {
  std::vector<Var<float>> x;
  std::vector<Array<float>> seeds;  ///< one, of the result's shape

  explicit OpOperands(const OpRow& row);
};

/// Applies the op, and has a lazy result (a transpose) computed.
Var<float> apply_op(const OpRow& row, std::span<const Var<float>> x);

/// The gradients of the operands: recorded on a fresh tape, then swept. `around_sweep` is called before the sweep and
/// after it.
std::vector<Array<float>> gradient_of_op(const OpRow& row, const OpOperands& operands,
                                         const std::function<void()>& around_sweep = {});

}  // namespace xtape::benchmarks

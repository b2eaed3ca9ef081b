#pragma once
// Random expressions of all operations. Each operation has a name here, by which the expressions of
// tests/golden/graphs.txt call it too: tests/golden/make_graphs.py says the same in PyTorch's functions.

#include "autodiff/autodiff.hpp"
#include "tests/autodiff/ops/elementwise_case.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace xtape::tests::graphs {

using V = Var<double>;
using X = const V&;
constexpr std::size_t kSide = 4;  // all variables of an expression are (4, 4)

/// An operation on matrices, of any result.
struct GraphOp {
  std::string name;
  std::function<V(X, X)> of;
};

/// x within the interval, smoothly.
inline V moved_to(X x, const Interval& to) {
  return 0.5 * (to.low + to.high) + 0.5 * (to.high - to.low) * sin(x);
}

/// The element-wise operations that have a derivative, each within its domain.
inline std::vector<GraphOp> on_numbers() {
  std::vector<GraphOp> smooth;
  for (const ElementwiseCase& op : elementwise_cases()) {
    if (op.flat) continue;
    smooth.push_back({op.name, [&op](X x, X y) {
                        std::vector<V> operands;
                        for (std::size_t k = 0; k < op.arity; ++k) {
                          operands.push_back(moved_to(k == 1 ? y : x, op.domain[k]));
                        }
                        return op.function.f64(operands);
                      }});
  }
  return smooth;
}

inline V spread(const std::vector<double>& steps) {  // added to a small matrix: singular values, eigenvalues far apart
  return diag(V(steps));
}
inline V positive(X x) {
  return matmul(x, transpose(x)) + spread({2, 2, 2, 2});
}
inline V image(X x) {
  return reshape(x, {1, 1, 4, 4});
}
inline V kernel(X y) {
  return reshape(slice(y, {{0, 2}, {0, 2}}), {1, 1, 2, 2});
}
inline const Indices kPlaces{2, 0, 2, 3};

/// The other operations, each a line.
inline std::vector<GraphOp> on_matrices() {
  // clang-format off
  return {
      {"map", [](X x, X y) -> V { return map([](auto a, auto b) { return a * tanh(b) + b; }, x, y); }},
      {"map_sum", [](X x, X y) -> V { return map_sum([](auto a, auto b) { return a * sin(b); }, x, y); }},
      {"flat_beside", [](X x, X y) -> V { return x * floor(y) + sign(y); }},
      {"where_greater", [](X x, X y) -> V { return where(x > 0.1, y, sin(x)); }},
      {"checkpoint", [](X x, X y) -> V { return checkpoint([](X a, X b) { return a * exp(b) - b; })(x, y); }},
      {"transpose", [](X x, X) -> V { return transpose(x); }},
      {"reshape", [](X x, X) -> V { return reshape(x, {2, 8}); }},
      {"matmul", [](X x, X y) -> V { return matmul(x, y); }},
      {"matmul_vector", [](X x, X y) -> V { return matmul(transpose(x), y[0]); }},
      {"linear", [](X x, X y) -> V { return linear(x, y, x[1]); }},
      {"sum_axis", [](X x, X) -> V { return sum(x, 0, true); }},
      {"sum", [](X x, X y) -> V { return sum(x) * y; }},
      {"mean", [](X x, X) -> V { return mean(x, 1, true); }},
      {"prod", [](X x, X) -> V { return prod(x, 0, true); }},
      {"var", [](X x, X) -> V { return var(x, 1, true, 1); }},
      {"var_mean", [](X x, X) -> V { const auto [variance, middle] = var_mean(x, 0); return variance * exp(middle); }},
      {"norm", [](X x, X) -> V { return norm(x + spread({2, 2, 2, 2}), 0); }},
      {"max_min", [](X x, X y) -> V { return max(x, 0) - min(y, 1, true); }},
      {"logsumexp", [](X x, X) -> V { return logsumexp(x, 1, true); }},
      {"softmax", [](X x, X) -> V { return softmax(x, 0); }},
      {"log_softmax", [](X x, X) -> V { return log_softmax(x); }},
      {"cumsum", [](X x, X) -> V { return cumsum(x, 0); }},
      {"cumprod", [](X x, X) -> V { return cumprod(x, 1); }},
      {"cummax", [](X x, X) -> V { return cummax(x, 0); }},
      {"logcumsumexp", [](X x, X) -> V { return logcumsumexp(x, 1); }},
      {"linear_recurrence", [](X x, X y) -> V { return linear_recurrence(x, y, 0); }},
      {"diff", [](X x, X y) -> V { return concatenate({diff(x, 1, 0), slice(y, {{0, 1}})}, 0); }},
      {"slice", [](X x, X y) -> V { return slice(x, {{{}, {}, -1}, 1}) * y; }},
      {"stack", [](X x, X y) -> V { return stack({x[0], y[3], x[1], x[0]}); }},
      {"split", [](X x, X) -> V { const std::vector<V> parts = split(x, 2, 1); return concatenate({parts[1], parts[1] * parts[0]}, 1); }},
      {"unstack", [](X x, X y) -> V { const std::vector<V> rows = unstack(x); return rows[2] * y + rows[0]; }},
      {"take_rows", [](X x, X) -> V { return take(x, kPlaces, 0); }},
      {"take_columns", [](X x, X) -> V { return take(x, kPlaces, 1); }},
      {"take_along_axis", [](X x, X y) -> V { return take_along_axis(x, argsort(y, 1), 1); }},
      {"fancy_index", [](X x, X) -> V { return fancy_index(x, {kPlaces, Indices{0, 1, 1, 3}}); }},
      {"element", [](X x, X) -> V { return x(1, 2); }},
      {"flip", [](X x, X) -> V { return flip(x, 0); }},
      {"roll", [](X x, X) -> V { return roll(x, 1, 1); }},
      {"repeat", [](X x, X) -> V { return repeat(slice(x, {{0, 2}}), 2, 0); }},
      {"tile", [](X x, X) -> V { return tile(slice(x, {{}, {1, 3}}), {1, 2}); }},
      {"pad", [](X x, X) -> V { return pad(x, {{1, 0}, {0, 1}}, PadMode::kReflect); }},
      {"triangles", [](X x, X y) -> V { return tril(x) + triu(y, 1); }},
      {"diagonal", [](X x, X y) -> V { return diagonal(x) * y + trace(x); }},
      {"sort", [](X x, X) -> V { return sort(x, 1); }},
      {"topk", [](X x, X) -> V { return topk(x, 2, 0).values; }},
      {"median", [](X x, X) -> V { return median(x, 1, true); }},
      {"index_add", [](X x, X y) -> V { return index_add(x, kPlaces, y, 0); }},
      {"set", [](X x, X y) -> V { return at(x, {{1, 3}, 0}).set(slice(y, {{0, 2}, 3})); }},
      {"add_at", [](X x, X y) -> V { return at(x, {0, {1, 3}}).add(slice(y, {2, {0, 2}})); }},
      {"segment_softmax", [](X x, X) -> V { return segment_softmax(x, Indices{0, 1, 1, 0}, 2); }},
      {"segment_sum", [](X x, X) -> V { return segment_sum(x, Indices{0, 1, 1, 0}, 2); }},
      {"outer", [](X x, X y) -> V { return outer(x[0], y[1]); }},
      {"einsum", [](X x, X y) -> V { return einsum("ij,kj,ii->ik", x, y, x); }},
      {"kron", [](X x, X y) -> V { return kron(slice(x, {{0, 2}, {0, 2}}), slice(y, {{1, 3}, {1, 3}})); }},
      {"cholesky", [](X x, X y) -> V { return cholesky(positive(x)) * y; }},
      {"solve", [](X x, X y) -> V { return solve(0.2 * x + spread({1, 2, -2, 1.5}), y); }},
      {"solve_triangular", [](X x, X y) -> V { return solve_triangular(x + spread({3, 2, -3, 2.5}), y, {.lower = true}); }},
      {"inv", [](X x, X) -> V { return inv(0.2 * x + spread({1, 2, -2, 1.5})); }},
      {"det", [](X x, X y) -> V { return det(0.5 * x + spread({1, 1, 1, 1})) * y; }},
      {"slogdet", [](X x, X y) -> V { return slogdet(0.2 * x + spread({1, -2, 1, 1}))[1] * y; }},
      {"eigh", [](X x, X) -> V { const auto [w, v] = eigh(0.2 * (x + transpose(x)) + spread({0, 2, 4, 6})); return exp(-w) * square(v); }},
      {"eigvalsh", [](X x, X y) -> V { return eigvalsh(0.2 * (x + transpose(x)) + spread({0, 2, 4, 6})) * y; }},
      {"svd", [](X x, X) -> V { const auto [u, s, vh] = svd(0.2 * x + spread({1, 3, 5, 7})); return square(u) * s + square(vh); }},
      {"svdvals", [](X x, X y) -> V { return svdvals(0.2 * x + spread({1, 3, 5, 7})) * y; }},
      {"qr", [](X x, X) -> V { const auto [q, r] = qr(0.3 * x + spread({1, 2, 3, 4})); return square(q) + square(r); }},
      {"pinv", [](X x, X) -> V { return pinv(slice(0.2 * x + spread({1, 2, 3, 4}), {{0, 3}})); }},
      {"expm", [](X x, X) -> V { return expm(0.3 * x); }},
      {"matrix_power", [](X x, X) -> V { return matrix_power(x, 3); }},
      {"conv2d_bias", [](X x, X y) -> V { return conv2d(image(x), kernel(y), slice(x, {0, {1, 2}}), {.padding = 1}); }},
      {"conv2d", [](X x, X y) -> V { return conv2d(image(x), kernel(y)); }},
      {"conv_transpose2d", [](X x, X y) -> V { return conv_transpose2d(image(x), kernel(y), {.stride = 2}); }},
      {"max_pool2d", [](X x, X) -> V { return max_pool2d(image(x), 2); }},
      {"avg_pool2d", [](X x, X) -> V { return avg_pool2d(image(x), 2); }},
      {"unfold", [](X x, X) -> V { return unfold(image(x), 2); }},
      {"interpolate", [](X x, X) -> V { return interpolate(image(x), {.scale_factor = 2, .mode = Interpolation::kLinear}); }},
      {"rfft", [](X x, X) -> V { return irfft(square(rfft(x)), 4); }},
      {"fft", [](X x, X) -> V { return fft(reshape(x, {2, 4, 2})); }},
      {"broadcast_to", [](X x, X y) -> V { return broadcast_to(x[1], {2, 4}) * y(0, 0); }},
      {"trapezoid", [](X x, X) -> V { return trapezoid(x, 0.5, 0); }},
      {"stddev", [](X x, X) -> V { return stddev(x + spread({2, 2, 2, 2}), 1, true); }},
  };
  // clang-format on
}

/// All of them.
inline const std::vector<GraphOp>& graph_ops() {
  static const std::vector<GraphOp> all = [] {
    std::vector<GraphOp> both = on_numbers(), others = on_matrices();
    both.insert(both.end(), others.begin(), others.end());
    return both;
  }();
  return all;
}
inline const GraphOp& graph_op(const std::string& name) {
  const auto found =
      std::find_if(graph_ops().begin(), graph_ops().end(), [&](const auto& op) { return op.name == name; });
  if (found == graph_ops().end()) throw std::runtime_error("no operation " + name);
  return *found;
}

/// Any result as a (4, 4): broadcast where that fits, else summed with weights of its own for each element.
inline V fitted(X r) {
  const Shape square{kSide, kSide};
  if (r.shape() == square) return r;
  if (kernels::broadcasts_to(r.shape(), square)) return broadcast_to(r, square);
  return broadcast_to(sum(r * V(reshape(cos(V(arange<double>(0, double(r.size())))), r.shape()))), square);
}

/// One expression of a and b: which steps it takes, each of which of the variables before. The result is
/// sum(weights * a * b) and sum(weights * r) over the results of all steps.
struct Expression {
  struct Step {
    const GraphOp* op;
    std::size_t first, second;
  };
  Array<double> weights;
  std::vector<Step> steps;

  V operator()(X a, X b) const {
    std::vector<V> there{a, b};
    V total = sum(V(weights) * a * b);
    for (const Step& step : steps) {
      const V r = fitted(step.op->of(there[step.first], there[step.second]));
      there.push_back(r * rsqrt(1.0 + square(r)));  // so that nothing grows without bound
      total = total + sum(V(weights) * there.back());
    }
    return total;
  }
};

inline Expression random_expression(Random& rng) {
  Expression result{rng.normal<double>({kSide, kSide}), {}};
  const std::size_t depth = 1 + rng.below(12);
  for (std::size_t k = 0; k < depth; ++k) {
    const GraphOp* op = &graph_ops()[rng.below(graph_ops().size())];
    const std::size_t first = rng.below(2 + k), second = rng.below(2 + k);
    result.steps.push_back({op, first, second});
  }
  return result;
}

/// "tanh 0 1, matmul 2 0".
inline std::string to_string(const Expression& f) {
  std::string text;
  for (const Expression::Step& step : f.steps) {
    text += (text.empty() ? "" : ", ") + step.op->name + ' ' + std::to_string(step.first) + ' ' +
            std::to_string(step.second);
  }
  return text;
}

using Point = std::vector<Array<double>>;

inline double inner(const Point& a, const Point& b) {
  double total = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    for (std::size_t i = 0; i < a[k].size(); ++i) total += a[k].data()[i] * b[k].data()[i];
  }
  return total;
}

inline Point gradient_at(const Expression& f, const Point& x) {
  Tape<double> tape;
  const V a = tape.watch(x[0]), b = tape.watch(x[1]);
  return tape.gradient(f(a, b), {a, b});
}

/// The gradient and the Hessian's product with v, by the recorded sweep and a sweep through it; and which operations
/// were on the tape.
struct Derivatives {
  Point recorded, product;
  std::set<std::string> names;
};
inline Derivatives derivatives_at(const Expression& f, const Point& x, const Point& v) {
  Tape<double> tape;
  const std::vector<V> leaves{tape.watch(x[0]), tape.watch(x[1])};
  const V y = f(leaves[0], leaves[1]);
  const std::vector<V> g = recorded_gradients<double>(*tape.record(), y, V(1.0), leaves);
  const V along = sum(g[0] * V(v[0])) + sum(g[1] * V(v[1]));
  Derivatives result;
  for (NodeIndex i = 0; i < tape.record()->size(); ++i) result.names.insert(tape.record()->node(i).name());
  result.recorded = {g[0].value(), g[1].value()};
  result.product = tape.gradient(along, leaves);
  return result;
}

}  // namespace xtape::tests::graphs

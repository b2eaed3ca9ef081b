// Random expressions of all operations, up to twelve deep: first and second derivatives along random directions against
// difference quotients. What each operation is right in by itself its neighbours on a tape must leave right: shared
// values, gradients that are handed on, written over or added into, views, parts.

#include "autodiff/autodiff.hpp"
#include "tests/autodiff/ops/elementwise_case.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace xtape::tests {
namespace {

using V = Var<double>;
using X = const V&;
constexpr std::size_t kSide = 4;  // all variables of a graph are (4, 4)

/// An operation on matrices, of any result.
using OnMatrices = V (*)(X, X);

/// The element-wise operations that have a derivative.
const std::vector<const ElementwiseCase*>& on_numbers() {
  static const std::vector<const ElementwiseCase*> smooth = [] {
    std::vector<const ElementwiseCase*> found;
    for (const ElementwiseCase& op : elementwise_cases()) {
      if (!op.flat) found.push_back(&op);
    }
    return found;
  }();
  return smooth;
}

V spread(const std::vector<double>& steps) {  // added to a small matrix: singular values, eigenvalues far apart
  return diag(V(steps));
}
V positive(X x) {
  return matmul(x, transpose(x)) + spread({2, 2, 2, 2});
}
V image(X x) {
  return reshape(x, {1, 1, 4, 4});
}
V kernel(X y) {
  return reshape(slice(y, {{0, 2}, {0, 2}}), {1, 1, 2, 2});
}
const Indices kPlaces{2, 0, 2, 3};

const std::vector<OnMatrices>& on_matrices() {
  static const std::vector<OnMatrices> all{
      [](X x, X y) -> V { return map([](auto a, auto b) { return a * tanh(b) + b; }, x, y); },
      [](X x, X y) -> V { return map_sum([](auto a, auto b) { return a * sin(b); }, x, y); },
      [](X x, X y) -> V { return checkpoint([](X a, X b) { return a * exp(b) - b; })(x, y); },
      [](X x, X) -> V { return transpose(x); },
      [](X x, X) -> V {
        return reshape(x, {2, 8});
      },
      [](X x, X y) -> V { return matmul(x, y); },
      [](X x, X y) -> V { return matmul(transpose(x), y[0]); },
      [](X x, X y) -> V { return linear(x, y, x[1]); },
      [](X x, X) -> V { return sum(x, 0, true); },
      [](X x, X y) -> V { return sum(x) * y; },
      [](X x, X) -> V { return mean(x, 1, true); },
      [](X x, X) -> V { return prod(x, 0, true); },
      [](X x, X) -> V { return var(x, 1, true, 1); },
      [](X x, X) -> V {
        const auto [variance, middle] = var_mean(x, 0);
        return variance * exp(middle);
      },
      [](X x, X) -> V {
        return norm(x + spread({2, 2, 2, 2}), 0);
      },
      [](X x, X y) -> V { return max(x, 0) - min(y, 1, true); },
      [](X x, X) -> V { return logsumexp(x, 1, true); },
      [](X x, X) -> V { return softmax(x, 0); },
      [](X x, X) -> V { return log_softmax(x); },
      [](X x, X) -> V { return cumsum(x, 0); },
      [](X x, X) -> V { return cumprod(x, 1); },
      [](X x, X) -> V { return cummax(x, 0); },
      [](X x, X) -> V { return logcumsumexp(x, 1); },
      [](X x, X y) -> V { return linear_recurrence(x, y, 0); },
      [](X x, X y) -> V {
        return concatenate({diff(x, 1, 0), slice(y, {{0, 1}})}, 0);
      },
      [](X x, X y) -> V {
        return slice(x, {{{}, {}, -1}, 1}) * y;
      },
      [](X x, X y) -> V {
        return stack({x[0], y[3], x[1], x[0]});
      },
      [](X x, X) -> V {
        const std::vector<V> parts = split(x, 2, 1);
        return concatenate({parts[1], parts[1] * parts[0]}, 1);
      },
      [](X x, X y) -> V {
        const std::vector<V> rows = unstack(x);
        return rows[2] * y + rows[0];
      },
      [](X x, X) -> V { return take(x, kPlaces, 0); },
      [](X x, X) -> V { return take(x, kPlaces, 1); },
      [](X x, X y) -> V { return take_along_axis(x, argsort(y, 1), 1); },
      [](X x, X) -> V {
        return fancy_index(x, {kPlaces, Indices{0, 1, 1, 3}});
      },
      [](X x, X) -> V { return x(1, 2); },
      [](X x, X) -> V { return flip(x, 0); },
      [](X x, X) -> V { return roll(x, 1, 1); },
      [](X x, X) -> V {
        return repeat(slice(x, {{0, 2}}), 2, 0);
      },
      [](X x, X) -> V {
        return tile(slice(x, {{}, {1, 3}}), {1, 2});
      },
      [](X x, X) -> V {
        return pad(x, {{1, 0}, {0, 1}}, PadMode::kReflect);
      },
      [](X x, X y) -> V { return tril(x) + triu(y, 1); },
      [](X x, X y) -> V { return diagonal(x) * y + trace(x); },
      [](X x, X) -> V { return sort(x, 1); },
      [](X x, X) -> V { return topk(x, 2, 0).values; },
      [](X x, X) -> V { return median(x, 1, true); },
      [](X x, X y) -> V { return index_add(x, kPlaces, y, 0); },
      [](X x, X y) -> V {
        return at(x, {{1, 3}, 0}).set(slice(y, {{0, 2}, 3}));
      },
      [](X x, X y) -> V {
        return at(x, {0, {1, 3}}).add(slice(y, {2, {0, 2}}));
      },
      [](X x, X) -> V {
        return segment_softmax(x, Indices{0, 1, 1, 0}, 2);
      },
      [](X x, X) -> V {
        return segment_sum(x, Indices{0, 1, 1, 0}, 2);
      },
      [](X x, X y) -> V { return outer(x[0], y[1]); },
      [](X x, X y) -> V { return einsum("ij,kj,ii->ik", x, y, x); },
      [](X x, X y) -> V {
        return kron(slice(x, {{0, 2}, {0, 2}}), slice(y, {{1, 3}, {1, 3}}));
      },
      [](X x, X y) -> V { return cholesky(positive(x)) * y; },
      [](X x, X y) -> V {
        return solve(0.2 * x + spread({1, 2, -2, 1.5}), y);
      },
      [](X x, X y) -> V {
        return solve_triangular(x + spread({3, 2, -3, 2.5}), y, {.lower = true});
      },
      [](X x, X) -> V {
        return inv(0.2 * x + spread({1, 2, -2, 1.5}));
      },
      [](X x, X y) -> V {
        return det(0.5 * x + spread({1, 1, 1, 1})) * y;
      },
      [](X x, X y) -> V {
        return slogdet(0.2 * x + spread({1, -2, 1, 1}))[1] * y;
      },
      [](X x, X) -> V {
        const auto [w, v] = eigh(0.2 * (x + transpose(x)) + spread({0, 2, 4, 6}));
        return exp(-w) * square(v);
      },
      [](X x, X y) -> V {
        return eigvalsh(0.2 * (x + transpose(x)) + spread({0, 2, 4, 6})) * y;
      },
      [](X x, X) -> V {
        const auto [u, s, vh] = svd(0.2 * x + spread({1, 3, 5, 7}));
        return square(u) * s + square(vh);
      },
      [](X x, X y) -> V {
        return svdvals(0.2 * x + spread({1, 3, 5, 7})) * y;
      },
      [](X x, X) -> V {
        const auto [q, r] = qr(0.3 * x + spread({1, 2, 3, 4}));
        return square(q) + square(r);
      },
      [](X x, X) -> V {
        return pinv(slice(0.2 * x + spread({1, 2, 3, 4}), {{0, 3}}));
      },
      [](X x, X) -> V { return expm(0.3 * x); },
      [](X x, X) -> V { return matrix_power(x, 3); },
      [](X x, X y) -> V {
        return conv2d(image(x), kernel(y), slice(x, {0, {1, 2}}), {.padding = 1});
      },
      [](X x, X y) -> V { return conv2d(image(x), kernel(y)); },
      [](X x, X y) -> V { return conv_transpose2d(image(x), kernel(y), {.stride = 2}); },
      [](X x, X) -> V { return max_pool2d(image(x), 2); },
      [](X x, X) -> V { return avg_pool2d(image(x), 2); },
      [](X x, X) -> V { return unfold(image(x), 2); },
      [](X x, X) -> V { return interpolate(image(x), {.scale_factor = 2, .mode = Interpolation::kLinear}); },
      [](X x, X) -> V { return irfft(square(rfft(x)), 4); },
      [](X x, X) -> V {
        return fft(reshape(x, {2, 4, 2}));
      },
      [](X x, X y) -> V {
        return broadcast_to(x[1], {2, 4}) * y(0, 0);
      },
      [](X x, X) -> V { return trapezoid(x, 0.5, 0); },
      [](X x, X) -> V {
        return stddev(x + spread({2, 2, 2, 2}), 1, true);
      },
  };
  return all;
}

/// x within the interval, smoothly.
V moved_to(X x, const Interval& to) {
  return 0.5 * (to.low + to.high) + 0.5 * (to.high - to.low) * sin(x);
}

/// Any result as a (4, 4): broadcast where that fits, else summed with weights of its own for each element.
V fitted(X r) {
  const Shape square{kSide, kSide};
  if (r.shape() == square) return r;
  if (kernels::broadcasts_to(r.shape(), square)) return broadcast_to(r, square);
  return broadcast_to(sum(r * V(Random(r.size()).normal<double>(r.shape()))), square);
}

/// One random expression: which steps it takes, and of which of the variables before.
class Expression {
 public:
  explicit Expression(Random& rng) : weights_(rng.normal<double>({kSide, kSide})) {
    const std::size_t depth = 1 + rng.below(12), kinds = on_numbers().size() + on_matrices().size();
    for (std::size_t k = 0; k < depth; ++k) {
      steps_.push_back({std::size_t(rng.below(kinds)), std::size_t(rng.below(2 + k)), std::size_t(rng.below(2 + k))});
    }
  }

  V operator()(X a, X b) const {
    std::vector<V> there{a, b};
    V total = sum(V(weights_) * a * b);
    for (const Step& step : steps_) {
      const V r = fitted(made(step, there[step.first], there[step.second]));
      there.push_back(r * rsqrt(1.0 + square(r)));  // so that nothing grows without bound
      total = total + sum(V(weights_) * there.back());
    }
    return total;
  }

 private:
  struct Step {
    std::size_t kind, first, second;
  };

  static V made(const Step& step, X x, X y) {
    if (step.kind >= on_numbers().size()) return on_matrices()[step.kind - on_numbers().size()](x, y);
    const ElementwiseCase& op = *on_numbers()[step.kind];
    std::vector<V> operands;
    for (std::size_t k = 0; k < op.arity; ++k) operands.push_back(moved_to(k == 1 ? y : x, op.domain[k]));
    return op.function.f64(operands);
  }

  Array<double> weights_;
  std::vector<Step> steps_;
};

using Point = std::vector<Array<double>>;

Point moved(const Point& x, const Point& v, double step) {
  Point result = x;
  for (std::size_t k = 0; k < x.size(); ++k) {
    for (std::size_t i = 0; i < x[k].size(); ++i) result[k].data()[i] += step * v[k].data()[i];
  }
  return result;
}
double inner(const Point& a, const Point& b) {
  double total = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    for (std::size_t i = 0; i < a[k].size(); ++i) total += a[k].data()[i] * b[k].data()[i];
  }
  return total;
}

double value_at(const Expression& f, const Point& x) {
  return f(V(x[0]), V(x[1])).item();
}
Point gradient_at(const Expression& f, const Point& x) {
  Tape<double> tape;
  const V a = tape.watch(x[0]), b = tape.watch(x[1]);
  return tape.gradient(f(a, b), {a, b});
}

/// The gradient and the Hessian's product with v, by the recorded sweep and a sweep through it.
struct Derivatives {
  Point recorded, product;
};
Derivatives derivatives_at(const Expression& f, const Point& x, const Point& v, std::set<std::string>& names) {
  Tape<double> tape;
  const std::vector<V> leaves{tape.watch(x[0]), tape.watch(x[1])};
  const V y = f(leaves[0], leaves[1]);
  const std::vector<V> g = recorded_gradients<double>(*tape.record(), y, V(1.0), leaves);
  const V along = sum(g[0] * V(v[0])) + sum(g[1] * V(v[1]));
  for (NodeIndex i = 0; i < tape.record()->size(); ++i) names.insert(tape.record()->node(i).name());
  return {{g[0].value(), g[1].value()}, tape.gradient(along, leaves)};
}

/// A central quotient by Richardson's extrapolation, and how far the two that it is made of are apart: an error of
/// fourth order where the function is smooth, more where a kink lies between.
struct Quotient {
  double value, apart;
};
template <class F>
Quotient quotient(const F& f) {
  constexpr double kStep = 1e-3;
  const double wide = (f(kStep) - f(-kStep)) / (2 * kStep), narrow = (f(kStep / 2) - f(-kStep / 2)) / kStep;
  return {narrow + (narrow - wide) / 3, std::abs(narrow - wide)};
}

template <class... Listed>
void add_names(TypeList<Listed...>, std::set<std::string>& names) {
  (names.insert(Listed::op::name), ...);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kGraphs = 1500;
#else
constexpr int kGraphs = 20000;
#endif

TEST(RandomGraphs, HaveTheDerivativesOfDifferenceQuotients) {
  Random rng(2026);
  std::set<std::string> names;
  int rough = 0;
  for (int graph = 0; graph < kGraphs; ++graph) {
    const Expression f(rng);
    const Shape square{kSide, kSide};
    const Point x{rng.normal<double>(square), rng.normal<double>(square)},
        v{rng.normal<double>(square), rng.normal<double>(square)};
    const Point g = gradient_at(f, x);
    const Derivatives by_record = derivatives_at(f, x, v, names);
    const double scale = 1 + std::sqrt(inner(g, g) * inner(v, v));
    ASSERT_NEAR(inner(by_record.recorded, v), inner(g, v), 1e-10 * scale) << "graph " << graph << ": the two sweeps";

    const Quotient slope = quotient([&](double step) { return value_at(f, moved(x, v, step)); });
    const Quotient curvature = quotient([&](double step) { return inner(gradient_at(f, moved(x, v, step)), v); });
    const double curved = 1 + std::sqrt(inner(by_record.product, by_record.product) * inner(v, v));
    if (!(slope.apart < 1e-4 * scale) || !(curvature.apart < 1e-4 * curved)) {
      ++rough;  // a kink lies between, or the function turns too fast for quotients
      continue;
    }
    ASSERT_NEAR(inner(g, v), slope.value, 1e-7 * scale + 5 * slope.apart) << "graph " << graph;
    ASSERT_NEAR(inner(by_record.product, v), curvature.value, 1e-7 * curved + 5 * curvature.apart) << "graph " << graph;
  }
  EXPECT_LT(rough, kGraphs / 20);
  std::set<std::string> all;
  for (const ElementwiseCase* op : on_numbers()) all.insert(op->name);
  add_names(StructuralOps{}, all);
  for (const std::string& name : all) EXPECT_TRUE(names.contains(name)) << name << " is in no graph";
}

}  // namespace
}  // namespace xtape::tests

#pragma once
// Reductions over every set of axes of arrays of rank 0 to 4.

#include "tests/autodiff/ops/samples.hpp"
#include "tests/autodiff/ops/structural.hpp"

#include <algorithm>

namespace xtape::tests {

using Line = std::vector<long double>;
using Fold = std::function<long double(const Line&)>;
using AxisList = std::vector<std::ptrdiff_t>;

inline std::vector<bool> marked(const AxisList& axes, std::size_t rank) {
  std::vector<bool> marks(rank, axes.empty());
  for (const std::ptrdiff_t axis : axes) marks[std::size_t(axis < 0 ? axis + std::ptrdiff_t(rank) : axis)] = true;
  return marks;
}

/// fold of the elements along the axes (all for an empty list), for each index of what is left.
inline Array<double> folded(const Array<double>& x, const AxisList& axes, bool keepdims, const Fold& fold) {
  const Shape from = shape_of(x);
  const std::vector<bool> reduced = marked(axes, from.size());
  Shape kept, result;
  for (std::size_t d = 0; d < from.size(); ++d) {
    kept.push_back(reduced[d] ? 1 : from[d]);
    if (keepdims || !reduced[d]) result.push_back(kept[d]);
  }
  std::vector<Line> lines(size_of(kept));
  for_each_index(from, [&](Shape index) {
    const double value = element(x, index);
    for (std::size_t d = 0; d < from.size(); ++d) index[d] = reduced[d] ? 0 : index[d];
    lines[offset_of(kept, index)].push_back(value);
  });
  Array<double> y = empty<double>(result);
  for (std::size_t i = 0; i < lines.size(); ++i) y.data()[i] = double(fold(lines[i]));
  return y;
}

inline std::size_t count_along(const Shape& shape, const AxisList& axes) {
  const std::vector<bool> reduced = marked(axes, shape.size());
  std::size_t count = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) count *= reduced[d] ? shape[d] : 1;
  return count;
}

/// All axes; each one, from the front and from the back; pairs in both orders; three of four.
inline std::vector<AxisList> axis_lists(std::size_t rank) {
  std::vector<AxisList> lists{{}};
  const std::ptrdiff_t n = std::ptrdiff_t(rank);
  for (std::ptrdiff_t a = 0; a < n; ++a) {
    lists.push_back({a});
    lists.push_back({a - n});
    for (std::ptrdiff_t b = a + 1; b < n; ++b) lists.push_back((a + b) % 2 == 0 ? AxisList{a, b} : AxisList{b - n, a});
  }
  if (rank == 4) lists.push_back({3, 0, -3});
  return lists;
}

inline const std::vector<Shape>& shapes_to_reduce() {
  static const std::vector<Shape> shapes{{},         {1},       {5},       {2, 3},       {1, 4},
                                         {3, 1},     {2, 3, 4}, {2, 1, 3}, {2, 3, 2, 2}, {1, 2, 1, 3},
                                         {3, 1, 40}, {0},       {0, 3},    {3, 0},       {2, 0, 3}};
  return shapes;
}

/// f(x, axes, keepdims) in both precisions.
struct Reduction {
  template <class T>
  using Of = std::function<Var<T>(const Var<T>&, const Axes&, bool)>;
  Of<double> f64;
  Of<float> f32;

  template <class F>
  Reduction(const F& f) : f64(f), f32(f) {}

  Function along(const Axes& axes, bool keepdims) const {
    return {[f = f64, axes, keepdims](std::span<const Var<double>> x) { return f(x[0], axes, keepdims); },
            [f = f32, axes, keepdims](std::span<const Var<float>> x) { return f(x[0], axes, keepdims); }};
  }
};

/// Every shape, set of axes and keepdims for which f takes at least `least` elements into one.
inline void add_reductions(StructuralCases& cases, const std::string& title, std::size_t least, bool distinct,
                           const Reduction& f, const Fold& fold) {
  for (const Shape& shape : shapes_to_reduce()) {
    for (const AxisList& axes : axis_lists(shape.size())) {
      if (count_along(shape, axes) < least) continue;
      for (const bool keepdims : {false, true}) {
        cases.push_back({title + " along " + list(axes) + (keepdims ? ", keepdims" : ""),
                         {shape},
                         f.along(axes.empty() ? Axes() : Axes(axes), keepdims),
                         [=](const Arrays& x) { return folded(x[0], axes, keepdims, fold); },
                         false,
                         distinct});
      }
    }
  }
}

inline long double total(const Line& line) {
  long double sum = 0;
  for (const long double value : line) sum += value;
  return sum;
}
inline long double product(const Line& line) {
  long double y = 1;
  for (const long double value : line) y *= value;
  return y;
}
inline long double average(const Line& line) {
  return total(line) / static_cast<long double>(line.size());
}
inline long double variance(const Line& line, long double ddof) {
  const long double mean = average(line);
  long double sum = 0;
  for (const long double value : line) sum += (value - mean) * (value - mean);
  return sum / (static_cast<long double>(line.size()) - ddof);
}
inline long double log_sum_exp(const Line& line) {
  long double sum = 0;
  for (const long double value : line) sum += std::exp(value);
  return std::log(sum);
}

inline StructuralCases cases(const op::Sum&) {
  StructuralCases result;
  add_reductions(
      result, "sum", 0, false, [](const auto& x, const Axes& a, bool k) { return sum(x, a, k); }, total);
  return result;
}

inline StructuralCases cases(const op::Prod&) {
  StructuralCases result;
  add_reductions(
      result, "prod", 0, false, [](const auto& x, const Axes& a, bool k) { return prod(x, a, k); }, product);
  return result;
}

inline StructuralCases cases(const op::Mean&) {
  StructuralCases result;
  add_reductions(
      result, "mean", 0, false, [](const auto& x, const Axes& a, bool k) { return mean(x, a, k); }, average);
  return result;
}

inline StructuralCases cases(const op::Variance&) {
  StructuralCases result;
  add_reductions(
      result, "var", 0, false, [](const auto& x, const Axes& a, bool k) { return var(x, a, k); },
      [](const Line& line) { return variance(line, 0); });
  add_reductions(
      result, "var of ddof 1", 2, false, [](const auto& x, const Axes& a, bool k) { return var(x, a, k, 1); },
      [](const Line& line) { return variance(line, 1); });
  return result;
}

inline StructuralCases cases(const op::VarMean&) {
  StructuralCases result;
  add_reductions(
      result, "variance of var_mean", 2, false,
      [](const auto& x, const Axes& a, bool k) { return var_mean(x, a, k, 1).first; },
      [](const Line& line) { return variance(line, 1); });
  add_reductions(
      result, "mean of var_mean", 2, false,
      [](const auto& x, const Axes& a, bool k) { return var_mean(x, a, k).second; }, average);
  add_reductions(
      result, "both of var_mean", 2, false,
      [](const auto& x, const Axes& a, bool k) {
        const auto [variance_of_x, mean_of_x] = var_mean(x, a, k);
        return variance_of_x * mean_of_x;
      },
      [](const Line& line) { return variance(line, 0) * average(line); });
  return result;
}

inline StructuralCases cases(const op::Norm&) {
  StructuralCases result;
  add_reductions(
      result, "std", 3, false, [](const auto& x, const Axes& a, bool k) { return stddev(x, a, k); },
      [](const Line& line) { return std::sqrt(variance(line, 0)); });
  add_reductions(
      result, "norm", 0, false, [](const auto& x, const Axes& a, bool k) { return norm(x, a, k); },
      [](const Line& line) {
        long double sum = 0;
        for (const long double value : line) sum += value * value;
        return std::sqrt(sum);
      });
  return result;
}

inline StructuralCases cases(const op::Max&) {
  StructuralCases result;
  add_reductions(
      result, "max", 1, true, [](const auto& x, const Axes& a, bool k) { return max(x, a, k); },
      [](const Line& line) { return *std::max_element(line.begin(), line.end()); });
  return result;
}

inline StructuralCases cases(const op::Min&) {
  StructuralCases result;
  add_reductions(
      result, "min", 1, true, [](const auto& x, const Axes& a, bool k) { return min(x, a, k); },
      [](const Line& line) { return *std::min_element(line.begin(), line.end()); });
  return result;
}

inline StructuralCases cases(const op::LogSumExp&) {
  StructuralCases result;
  add_reductions(
      result, "logsumexp", 0, false, [](const auto& x, const Axes& a, bool k) { return logsumexp(x, a, k); },
      log_sum_exp);
  return result;
}

/// f(x, axis) for each axis; `value` gives an element from itself and the logsumexp of its line.
template <class F, class Value>
StructuralCases line_cases(const std::string& title, const F& f, const Value& value) {
  StructuralCases result;
  for (const Shape& shape : shapes_to_reduce()) {
    const std::ptrdiff_t rank = std::ptrdiff_t(shape.size());
    for (std::ptrdiff_t axis = -rank; axis < rank; ++axis) {
      result.push_back({title + " along " + std::to_string(axis),
                        {shape},
                        function_of<1>([f, axis](const auto& x) { return f(x, axis); }),
                        [axis, value](const Arrays& x) {
                          const Array<double> lse = folded(x[0], {axis}, true, log_sum_exp);
                          return array_of(shape_of(x[0]), [&](const Shape& i) {
                            return value(element(x[0], i), element(lse, broadcast_index(shape_of(lse), i)));
                          });
                        }});
    }
  }
  return result;
}

inline StructuralCases cases(const op::Softmax&) {
  return line_cases(
      "softmax", [](const auto& x, std::ptrdiff_t axis) { return softmax(x, axis); },
      [](double x, double lse) { return std::exp(x - lse); });
}

inline StructuralCases cases(const op::LogSoftmax&) {
  return line_cases(
      "log_softmax", [](const auto& x, std::ptrdiff_t axis) { return log_softmax(x, axis); },
      [](double x, double lse) { return x - lse; });
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

inline OpSamples samples(const op::Sum&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return sum(x, axis); });
}
inline OpSamples samples(const op::Prod&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return prod(x, axis); }, {kFactors});
}
inline OpSamples samples(const op::Mean&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return mean(x, axis); });
}
inline OpSamples samples(const op::Variance&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return var(x, axis); });
}
inline OpSamples samples(const op::VarMean&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return var_mean(x, axis).first; });
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

}  // namespace xtape::benchmarks

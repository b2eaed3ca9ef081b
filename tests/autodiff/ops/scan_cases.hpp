#pragma once
// Running sums, products and recurrences along every axis.

#include "tests/autodiff/ops/reduce_cases.hpp"

namespace xtape::tests {

/// What fold gives of each element's line up to it.
inline Array<double> scanned(const Array<double>& x, std::size_t axis, const Fold& fold) {
  const Shape shape = shape_of(x);
  return array_of(shape, [&](const Shape& index) {
    Line line;
    Shape at = index;
    for (at[axis] = 0; at[axis] <= index[axis]; ++at[axis]) line.push_back(element(x, at));
    return double(fold(line));
  });
}

/// f(x, axis) for every axis of several shapes.
template <class F>
StructuralCases scans(const std::string& title, const F& f, const Fold& fold) {
  StructuralCases result;
  for (const Shape& shape : {Shape{1}, Shape{5}, Shape{2, 3}, Shape{3, 1}, Shape{2, 3, 4}, Shape{3, 70}, Shape{0},
                             Shape{0, 3}, Shape{2, 0, 3}}) {
    const std::ptrdiff_t rank = std::ptrdiff_t(shape.size());
    for (std::ptrdiff_t axis = -rank; axis < rank; ++axis) {
      const std::size_t place = std::size_t(axis < 0 ? axis + rank : axis);
      result.push_back({title + " along " + std::to_string(axis),
                        {shape},
                        function_of<1>([f, axis](const auto& x) { return f(x, axis); }),
                        [place, fold](const Arrays& x) { return scanned(x[0], place, fold); }});
    }
  }
  return result;
}

inline StructuralCases cases(const op::CumSum&) {
  StructuralCases result = scans(
      "cumsum", [](const auto& x, std::ptrdiff_t axis) { return cumsum(x, axis); }, total);
  result.push_back(
      {"cumsum of all", {{2, 3}}, function_of<1>([](const auto& x) { return cumsum(x); }), [](const Arrays& x) {
         Array<double> row = x[0];
         row.reshape({6});
         return scanned(row, 0, total);
       }});
  return result;
}

inline StructuralCases cases(const op::CumProd&) {
  return scans(
      "cumprod", [](const auto& x, std::ptrdiff_t axis) { return cumprod(x, axis); }, product);
}

inline StructuralCases cases(const op::LogCumSumExp&) {
  return scans(
      "logcumsumexp", [](const auto& x, std::ptrdiff_t axis) { return logcumsumexp(x, axis); },
      [](const Line& line) {
        long double sum = 0;
        for (const long double value : line) sum += std::exp(value);
        return std::log(sum);
      });
}

inline StructuralCases cases(const op::Recurrence&) {
  StructuralCases result;
  const auto add = [&](const Shape& a, const Shape& b, const Shape& whole, std::size_t axis, bool backward) {
    result.push_back({backward ? "linear_recurrence backward" : "linear_recurrence",
                      {a, b},
                      function_of<2>([=](const auto& x, const auto& y) {
                        return linear_recurrence(x, y, std::ptrdiff_t(axis), backward);
                      }),
                      [=](const Arrays& x) {
                        return array_of(whole, [&](const Shape& index) {
                          const std::size_t last = whole[axis] - 1;
                          const std::size_t steps = backward ? last - index[axis] : index[axis];
                          long double y = 0;
                          for (std::size_t l = 0; l <= steps; ++l) {
                            Shape at = index;
                            at[axis] = backward ? last - l : l;
                            const long double by = l == 0 ? 0 : element(x[0], broadcast_index(a, at));
                            y = element(x[1], broadcast_index(b, at)) + by * y;
                          }
                          return double(y);
                        });
                      }});
  };
  for (const bool backward : {false, true}) {
    add({5}, {5}, {5}, 0, backward);
    add({2, 3}, {2, 3}, {2, 3}, 0, backward);
    add({2, 3}, {2, 3}, {2, 3}, 1, backward);
    add({}, {4}, {4}, 0, backward);
    add({4, 1}, {3}, {4, 3}, 0, backward);
    add({2, 4, 3}, {4, 1}, {2, 4, 3}, 1, backward);
    add({2, 0, 3}, {2, 0, 3}, {2, 0, 3}, 1, backward);
  }
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

inline OpSamples samples(const op::CumSum&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return cumsum(x, axis); });
}
inline OpSamples samples(const op::CumProd&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return cumprod(x, axis); }, {kFactors});
}
inline OpSamples samples(const op::LogCumSumExp&) {
  return axis_samples([](const auto& x, std::ptrdiff_t axis) { return logcumsumexp(x, axis); });
}
inline OpSamples samples(const op::Recurrence&) {
  OpSamples result = axis_samples([](const auto& x, std::ptrdiff_t) { return x; });
  for (OpSample& sample : result) {
    sample.shapes.push_back(sample.shapes[0]);
    const std::ptrdiff_t axis = sample.how == "axis:0" ? 0 : 1;
    sample.apply = [axis](auto x) { return linear_recurrence(x[0], x[1], axis); };
  }
  return result;
}

}  // namespace xtape::benchmarks

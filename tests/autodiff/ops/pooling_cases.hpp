#pragma once
// Windows of pooling, interpolation and columns.

#include "tests/autodiff/ops/samples.hpp"
#include "tests/autodiff/ops/structural.hpp"

namespace xtape::tests {

/// y[.., o, ..] = Σ over i of matrix(o, i) x[.., i, ..] along the last two dimensions, the sum of both.
template <class Rows, class Columns>
Array<double> along_both(const Array<double>& x, std::size_t rows, std::size_t columns, const Rows& row_weight,
                         const Columns& column_weight) {
  const Shape from = shape_of(x);
  Shape to = from;
  const std::size_t h = from.size() - 2, w = from.size() - 1;
  to[h] = rows;
  to[w] = columns;
  return array_of(to, [&](Shape o) {
    double sum = 0;
    Shape at = o;
    for (at[h] = 0; at[h] < from[h]; ++at[h]) {
      for (at[w] = 0; at[w] < from[w]; ++at[w]) {
        sum += row_weight(o[h], at[h]) * column_weight(o[w], at[w]) * element(x, at);
      }
    }
    return sum;
  });
}

/// Whether place i is in window o, divided by how many places the window has.
inline auto mean_of_window(std::size_t kernel, std::size_t stride, std::size_t padding) {
  return [=](std::size_t o, std::size_t i) {
    const std::size_t at = i + padding, start = o * stride;
    return at >= start && at < start + kernel ? 1.0 / double(kernel) : 0.0;
  };
}

inline StructuralCases cases(const op::Resample&) {
  StructuralCases result;
  for (const Shape& shape : {Shape{2, 2, 4, 6}, Shape{2, 4, 6}, Shape{0, 2, 4, 6}, Shape{2, 0, 4, 6}}) {
    result.push_back(
        {"avg_pool2d",
         {shape},
         function_of<1>([](const auto& x) {
           return avg_pool2d(x, {2, 3}, {.stride = {1, 2}, .padding = {0, 1}});
         }),
         [](const Arrays& x) { return along_both(x[0], 3, 3, mean_of_window(2, 1, 0), mean_of_window(3, 2, 1)); }});
    result.push_back(
        {"adaptive_avg_pool2d",
         {shape},
         function_of<1>([](const auto& x) {
           return adaptive_avg_pool2d(x, {2, 3});
         }),
         [](const Arrays& x) { return along_both(x[0], 2, 3, mean_of_window(2, 2, 0), mean_of_window(2, 2, 0)); }});
    if (shape.size() != 4) continue;
    const auto nearest = [](std::size_t o, std::size_t i) { return o / 2 == i ? 1.0 : 0.0; };
    result.push_back({"interpolate nearest",
                      {shape},
                      function_of<1>([](const auto& x) { return interpolate(x, {.scale_factor = 2}); }),
                      [nearest](const Arrays& x) { return along_both(x[0], 8, 12, nearest, nearest); },
                      true});
    const auto linear = [](std::size_t from) {
      return [from](std::size_t o, std::size_t i) {
        const double at = std::min(std::max(0.0, (double(o) + 0.5) / 2 - 0.5), double(from - 1));
        return std::max(0.0, 1 - std::abs(at - double(i)));
      };
    };
    result.push_back({"interpolate linear",
                      {shape},
                      function_of<1>([](const auto& x) {
                        return interpolate(x, {.size = {8, 12}, .mode = Interpolation::kLinear});
                      }),
                      [linear](const Arrays& x) { return along_both(x[0], 8, 12, linear(4), linear(6)); }});
  }
  return result;
}

/// The elements of x that element (c, j) of window o meets, by a loop over all; null outside.
inline StructuralCases cases(const op::Unfold&) {
  StructuralCases result;
  const UnfoldOptions options{.dilation = {1, 2}, .padding = 1, .stride = {2, 1}};
  const auto at = [](const Shape& column, std::size_t lead) {  // (c, j), o -> c, row, column in the padded data
    const std::size_t j = column[lead] % 6, o = column[lead + 1];
    return std::array<std::size_t, 3>{column[lead] / 6, o / 3 * 2 + j / 3, o % 3 + j % 3 * 2};
  };
  for (const Shape& shape : {Shape{2, 2, 4, 5}, Shape{3, 4, 5}, Shape{0, 2, 4, 5}}) {
    Shape columns(shape.begin(), shape.end() - 2);
    const std::size_t lead = columns.size() - 1;
    columns.back() *= 6;
    columns.push_back(9);
    const auto place = [at, lead](const Shape& column, Shape& to) {
      const auto [c, row, place_in_row] = at(column, lead);
      to = Shape(column.begin(), column.begin() + std::ptrdiff_t(lead));
      to.insert(to.end(), {c, row - 1, place_in_row - 1});
      return row >= 1 && row <= 4 && place_in_row >= 1 && place_in_row <= 5;
    };
    result.push_back({"unfold",
                      {shape},
                      function_of<1>([options](const auto& x) {
                        return unfold(x, {2, 3}, options);
                      }),
                      [columns, place](const Arrays& x) {
                        return array_of(columns, [&](const Shape& column) {
                          Shape from;
                          return place(column, from) ? element(x[0], from) : 0.0;
                        });
                      },
                      true});
    result.push_back({"fold",
                      {columns},
                      function_of<1>([options](const auto& x) {
                        return fold(x, {4, 5}, {2, 3}, options);
                      }),
                      [shape, columns, place](const Arrays& x) {
                        Array<double> y = zeros<double>(shape);
                        for_each_index(columns, [&](const Shape& column) {
                          Shape to;
                          if (place(column, to)) y.data()[offset_of(shape, to)] += element(x[0], column);
                        });
                        return y;
                      }});
  }
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

inline OpSamples samples(const op::Resample&) {
  OpSamples result;
  const Shape shape{128, 32, 28, 28};
  const double elements = double(size_of(shape));
  result.push_back(
      {"avg_pool2d", "32x28x28", {shape}, [](auto x) { return avg_pool2d(x[0], 2); }, 1.5 * elements, 1.75 * elements});
  result.push_back({"bilinear",
                    "32x14x14",
                    {{128, 32, 14, 14}},
                    [](auto x) { return interpolate(x[0], {.scale_factor = 2, .mode = Interpolation::kLinear}); },
                    3 * elements,
                    1.25 * elements});
  return result;
}
inline OpSamples samples(const op::Unfold&) {
  return {{"",
           "32x14x14",
           {{128, 32, 14, 14}},
           [](auto x) { return unfold(x[0], 4, {.padding = 1, .stride = 2}); },
           0,
           double(128 * 32 * 14 * 14 * 5)}};
}

}  // namespace xtape::benchmarks

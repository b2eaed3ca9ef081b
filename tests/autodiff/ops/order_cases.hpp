#pragma once
// Elements by their order, and at places that differ from line to line.

#include "tests/autodiff/ops/scan_cases.hpp"
#include "tests/autodiff/ops/shape_cases.hpp"

#include <algorithm>

namespace xtape::tests {

/// What `arrange` makes of each line along the axis, of elements that differ.
template <class F>
StructuralCase by_lines(const std::string& title, const Shape& shape, std::size_t axis, const F& f,
                        std::function<void(Line&)> arrange) {
  return {title + " along " + std::to_string(axis) + " of " + to_string(shape),
          {shape},
          function_of<1>(f),
          [=](const Arrays& x) {
            Line first(shape[axis]);
            arrange(first);  // how many there are
            Shape to = shape;
            to[axis] = first.size();
            return array_of(to, [&](const Shape& index) {
              Line line;
              Shape at = index;
              for (at[axis] = 0; at[axis] < shape[axis]; ++at[axis]) line.push_back(element(x[0], at));
              arrange(line);
              return double(line[index[axis]]);
            });
          },
          true,
          true};
}

inline StructuralCases cases(const op::TakeAlong&) {
  StructuralCases result;
  for (const Shape& shape : {Shape{5}, Shape{2, 3}, Shape{3, 1}, Shape{4, 3, 2}, Shape{2, 1100}, Shape{0, 3}}) {
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const auto place = std::ptrdiff_t(axis), kept = std::ptrdiff_t(std::min<std::size_t>(2, shape[axis]));
      result.push_back(by_lines(
          "sort", shape, axis, [place](const auto& x) { return sort(x, place); },
          [](Line& line) { std::sort(line.begin(), line.end()); }));
      result.push_back(by_lines(
          "sort descending", shape, axis, [place](const auto& x) { return sort(x, place, true); },
          [](Line& line) { std::sort(line.rbegin(), line.rend()); }));
      result.push_back(by_lines(
          "topk", shape, axis, [place, kept](const auto& x) { return topk(x, std::size_t(kept), place).values; },
          [kept](Line& line) {
            std::sort(line.rbegin(), line.rend());
            line.resize(std::size_t(kept));
          }));
      const auto running = [](bool largest) {
        return [largest](Line& line) {
          for (std::size_t l = 1; l < line.size(); ++l) {
            line[l] = largest ? std::max(line[l - 1], line[l]) : std::min(line[l - 1], line[l]);
          }
        };
      };
      result.push_back(by_lines(
          "cummax", shape, axis, [place](const auto& x) { return cummax(x, place); }, running(true)));
      result.push_back(by_lines(
          "cummin", shape, axis, [place](const auto& x) { return cummin(x, place); }, running(false)));
    }
  }
  const auto along = [&result](const Shape& from, const Indices& indices, std::ptrdiff_t axis, const Shape& to) {
    const Shape at = indices.shape();
    result.push_back(moving(
        "take_along_axis of " + to_string(from), from, to,
        [=](const auto& x) { return take_along_axis(x, indices, axis); },
        [=](const Shape& index) {
          const std::ptrdiff_t place = indices.values()[offset_of(at, broadcast_index(at, index))];
          Shape source = index;
          source[std::size_t(axis)] = std::size_t(place < 0 ? place + std::ptrdiff_t(from[std::size_t(axis)]) : place);
          return broadcast_index(from, source);
        }));
  };
  along({4}, std::vector<int>{3, -4, 1, 1, 0}, 0, {5});
  along({2, 3}, xt::xtensor<int, 2>{{2, 0}, {1, -1}}, 1, {2, 2});
  along({2, 3}, xt::xtensor<int, 2>{{2}}, 1, {2, 1});
  along({2, 3}, xt::xtensor<int, 2>{{1, 0, -1}}, 0, {1, 3});
  along({1, 3}, xt::xtensor<int, 2>{{2, 0}, {1, 1}}, 1, {2, 2});
  along({3, 2, 2}, xt::xtensor<int, 3>{{{0, 1}}, {{1, 1}}, {{0, 0}}}, 1, {3, 1, 2});
  // Made of elements in order.
  add_reductions(
      result, "median", 1, true, [](const auto& x, const Axes& a, bool k) { return median(x, a, k); },
      [](Line line) {
        std::sort(line.begin(), line.end());
        return (line[(line.size() - 1) / 2] + line[line.size() / 2]) / 2;
      });
  add_reductions(
      result, "quantile", 1, true, [](const auto& x, const Axes& a, bool k) { return quantile(x, 0.3, a, k); },
      [](Line line) {
        std::sort(line.begin(), line.end());
        const double place = 0.3 * double(line.size() - 1);
        const std::size_t below = std::size_t(place), above = std::min(below + 1, line.size() - 1);
        const long double share = place - double(below);
        return line[below] * (1 - share) + line[above] * share;
      });
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

/// The columns of each row, the last one first.
inline OpSamples samples(const op::TakeAlong&) {
  OpSamples result = matrix_samples([](const auto& x, const Shape&) { return x; }, 0);
  for (OpSample& sample : result) {
    const Shape& shape = sample.shapes[0];
    std::vector<std::ptrdiff_t> places;
    for (std::size_t i = 0; i < size_of(shape); ++i) places.push_back(-1 - std::ptrdiff_t(i % shape[1]));
    sample.apply = [places = Indices(shape, std::move(places))](auto x) { return take_along_axis(x[0], places, 1); };
  }
  return result;
}

}  // namespace xtape::benchmarks

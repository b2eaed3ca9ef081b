#pragma once
// Arrays turned, repeated and surrounded. What is composed of other ops stands with the op that it is made of.

#include "tests/autodiff/ops/index_cases.hpp"

namespace xtape::tests {

inline StructuralCases cases(const op::Diagonal&) {
  StructuralCases result;
  const auto add = [&result](const Shape& from, std::ptrdiff_t offset, std::ptrdiff_t a, std::ptrdiff_t b,
                             const Shape& to) {
    const std::size_t first = std::size_t(a < 0 ? a + std::ptrdiff_t(from.size()) : a);
    const std::size_t second = std::size_t(b < 0 ? b + std::ptrdiff_t(from.size()) : b);
    result.push_back(moving(
        "diagonal " + std::to_string(offset) + " of " + to_string(from), from, to,
        [=](const auto& x) { return diagonal(x, offset, a, b); },
        [=](const Shape& index) {
          Shape source(from.size());
          std::size_t next = 0;
          for (std::size_t d = 0; d < from.size(); ++d) {
            if (d != first && d != second) source[d] = index[next++];
          }
          source[first] = index.back() + std::size_t(offset < 0 ? -offset : 0);
          source[second] = index.back() + std::size_t(offset > 0 ? offset : 0);
          return source;
        }));
  };
  add({3, 3}, 0, 0, 1, {3});
  add({3, 4}, 2, 0, 1, {2});
  add({3, 4}, -1, 0, 1, {2});
  add({3, 4}, -1, 1, 0, {3});
  add({3, 4}, 9, 0, 1, {0});
  add({3, 4}, PTRDIFF_MIN, 0, 1, {0});
  add({2, 3, 4}, 1, 0, -1, {3, 2});
  add({2, 3, 4}, 0, -1, 1, {2, 3});
  add({30, 40}, 5, 0, 1, {30});
  add({0, 3}, 0, 0, 1, {0});
  result.push_back({"trace", {{3, 4}}, function_of<1>([](const auto& x) { return trace(x, 1); }), [](const Arrays& x) {
                      return Array<double>(x[0](0, 1) + x[0](1, 2) + x[0](2, 3));
                    }});
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

inline OpSamples samples(const op::Diagonal&) {
  return matrix_samples([](const auto& x, const Shape&) { return diagonal(x); }, 0, 0.0);
}

}  // namespace xtape::benchmarks

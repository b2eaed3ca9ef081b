#pragma once
// Arrays with other elements in some places.

#include "tests/autodiff/ops/index_cases.hpp"
#include "tests/autodiff/ops/order_cases.hpp"

namespace xtape::tests {

/// change(element, value) at each place, in the order of the values, which have the shape of the part.
template <class F>
StructuralCase changing(const std::string& title, const Shape& whole, const Shape& values, const Shape& part,
                        const std::vector<std::size_t>& places, const F& f,
                        std::function<double(double, double)> change) {
  return {title, {whole, values}, function_of<2>(f), [=](const Arrays& x) {
            Array<double> y = x[0];
            std::size_t k = 0;
            for_each_index(part, [&](const Shape& index) {
              double& to = y.data()[places[k++]];
              to = change(to, element(x[1], broadcast_index(values, index)));
            });
            return y;
          }};
}

inline double added(double x, double v) {
  return x + v;
}
inline double replaced(double, double v) {
  return v;
}

inline StructuralCases cases(const op::IndexAdd&) {
  const Indices rows = std::vector<int>{2, 0, -1};
  const std::vector<std::size_t> of_rows{4, 5, 0, 1, 4, 5};
  const Indices table = xt::xtensor<int, 2>{{0, 0, -1}, {1, 2, 1}};
  return {
      changing(
          "index_add", {3, 2}, {3, 2}, {3, 2}, of_rows,
          [=](const auto& x, const auto& v) { return index_add(x, rows, v); }, added),
      changing(
          "index_add of a row", {3, 2}, {2}, {3, 2}, of_rows,
          [=](const auto& x, const auto& v) { return index_add(x, rows, v); }, added),
      changing(
          "index_add along the last axis", {2, 3}, {2, 2}, {2, 2}, {0, 2, 3, 5},
          [](const auto& x, const auto& v) {
            return index_add(x, {0, 2}, v, -1);
          },
          added),
      changing(
          "scatter_add", {2, 3}, {2, 3}, {2, 3}, {0, 0, 2, 4, 5, 4},
          [=](const auto& x, const auto& v) { return scatter_add(x, table, v, 1); }, added),
      changing(
          "add to a slice", {4, 3}, {2, 3}, {2, 3}, {3, 4, 5, 9, 10, 11},
          [](const auto& x, const auto& v) {
            return at(x, {{1, {}, 2}}).add(v);
          },
          added),
      changing(
          "add a number to elements", {2, 3}, {}, {3}, {1, 5, 1},
          [](const auto& x, const auto& v) {
            return at(x, std::vector<Indices>{std::vector<int>{0, 1, 0}, std::vector<int>{1, -1, -2}}).add(v);
          },
          added),
      changing(
          "index_add of nothing", {0, 3}, {0, 3}, {0, 3}, {},
          [](const auto& x, const auto& v) { return index_add(x, Indices(), v); }, added),
  };
}

inline StructuralCases cases(const op::IndexPut&) {
  const Indices rows = std::vector<int>{2, 0, -1};
  const Indices table = xt::xtensor<int, 2>{{0, 0, -1}, {1, 2, 1}};
  return {
      changing(
          "set rows, one of them twice", {3, 2}, {3, 2}, {3, 2}, {4, 5, 0, 1, 4, 5},
          [=](const auto& x, const auto& v) { return at(x, rows).set(v); }, replaced),
      changing(
          "set a slice backwards", {5}, {3}, {3}, {4, 2, 0},
          [](const auto& x, const auto& v) {
            return at(x, {{{}, {}, -2}}).set(v);
          },
          replaced),
      changing(
          "set an element", {2, 3}, {}, {}, {5},
          [](const auto& x, const auto& v) {
            return at(x, {1, -1}).set(v);
          },
          replaced),
      changing(
          "put_along_axis", {2, 3}, {2, 3}, {2, 3}, {0, 0, 2, 4, 5, 4},
          [=](const auto& x, const auto& v) { return put_along_axis(x, table, v, 1); }, replaced),
      changing(
          "set elements of a cube", {2, 3, 2}, {2, 2}, {2, 2}, {2, 3, 10, 11},
          [](const auto& x, const auto& v) {
            return at(x, std::vector<Indices>{std::vector<int>{0, 1}, std::vector<int>{1, -1}}).set(v);
          },
          replaced),
  };
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

/// All rows, the last one first, into a matrix of their size.
template <class F>
OpSamples rows_into_matrix(const F& f) {
  OpSamples result = matrix_samples([](const auto& x, const Shape&) { return x; }, 0);
  for (OpSample& sample : result) {
    const Indices rows = rows_backwards(sample.shapes[0]).indices;
    sample.shapes.push_back(sample.shapes[0]);
    sample.apply = [f, rows](auto x) { return f(x[0], rows, x[1]); };
  }
  return result;
}
inline OpSamples samples(const op::IndexAdd&) {
  return rows_into_matrix([](const auto& x, const Indices& rows, const auto& v) { return index_add(x, rows, v); });
}
inline OpSamples samples(const op::IndexPut&) {
  return rows_into_matrix([](const auto& x, const Indices& rows, const auto& v) { return at(x, rows).set(v); });
}

}  // namespace xtape::benchmarks

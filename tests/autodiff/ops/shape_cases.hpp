#pragma once
// Operations that rearrange.

#include "tests/autodiff/ops/samples.hpp"
#include "tests/autodiff/ops/structural.hpp"

namespace xtape::tests {

/// A case of an op that moves elements: the result's element at `index` is the argument's at source(index).
template <class F>
StructuralCase moving(const std::string& title, const Shape& from, const Shape& to, const F& f,
                      std::function<Shape(const Shape&)> source) {
  return {title,
          {from},
          function_of<1>(f),
          [to, source](const Arrays& x) {
            return array_of(to, [&](const Shape& index) { return element(x[0], source(index)); });
          },
          true};
}

/// The same where the elements keep their order.
template <class F>
StructuralCase in_order(const std::string& title, const Shape& from, const Shape& to, const F& f) {
  return moving(title, from, to, f, [from, to](const Shape& index) {
    Shape result(from.size());
    std::size_t rest = offset_of(to, index);
    for (std::size_t d = from.size(); d-- > 0; rest /= from[d]) result[d] = rest % from[d];
    return result;
  });
}

inline StructuralCases cases(const op::Reshape&) {
  return {
      in_order("reshape", {2, 6}, {3, 2, 2},
               [](const auto& x) {
                 return reshape(x, {3, 2, 2});
               }),
      in_order("reshape with -1", {2, 3, 4}, {4, 6},
               [](const auto& x) {
                 return reshape(x, {4, -1});
               }),
      in_order("reshape to a number", {1, 1}, {}, [](const auto& x) { return reshape(x, Shape{}); }),
      in_order("reshape of a number", {}, {1, 1, 1, 1},
               [](const auto& x) {
                 return reshape(x, {1, -1, 1, 1});
               }),
      in_order("reshape of nothing", {0, 3}, {2, 0, 5},
               [](const auto& x) {
                 return reshape(x, {2, 0, 5});
               }),
      in_order("ravel", {2, 1, 3, 2}, {12}, [](const auto& x) { return ravel(x); }),
      in_order("ravel of nothing", {3, 0}, {0}, [](const auto& x) { return ravel(x); }),
      in_order("expand_dims", {2, 3}, {2, 1, 3}, [](const auto& x) { return expand_dims(x, 1); }),
      in_order("expand_dims at the end", {2, 3}, {2, 3, 1}, [](const auto& x) { return expand_dims(x, -1); }),
      in_order("expand_dims, two", {3}, {1, 3, 1},
               [](const auto& x) {
                 return expand_dims(x, {0, -1});
               }),
      in_order("squeeze", {1, 3, 1, 2}, {3, 2}, [](const auto& x) { return squeeze(x); }),
      in_order("squeeze one axis", {1, 3, 1}, {1, 3}, [](const auto& x) { return squeeze(x, -1); }),
      in_order("squeeze two axes", {1, 3, 1, 1}, {1, 3},
               [](const auto& x) {
                 return squeeze(x, {-1, 2});
               }),
      in_order("squeeze of a number", {}, {}, [](const auto& x) { return squeeze(x); }),
      // Through a view that is not yet an array.
      moving(
          "reshape of a transpose", {2, 3}, {6}, [](const auto& x) { return ravel(transpose(x)); },
          [](const Shape& i) {
            return Shape{i[0] % 2, i[0] / 2};
          }),
  };
}

inline StructuralCases cases(const op::Transpose&) {
  StructuralCases result;
  const auto add = [&result](const Shape& from, const std::vector<std::ptrdiff_t>& order) {
    std::vector<std::size_t> places;  // of the result's dimensions in the argument
    for (std::size_t d = 0; d < from.size(); ++d) {
      const std::ptrdiff_t place = order.empty() ? std::ptrdiff_t(from.size() - 1 - d) : order[d];
      places.push_back(std::size_t(place < 0 ? place + std::ptrdiff_t(from.size()) : place));
    }
    Shape to;
    for (const std::size_t place : places) to.push_back(from[place]);
    const Axes axes = order.empty() ? Axes() : Axes(order);
    result.push_back(moving(
        "transpose " + list(order), from, to, [axes](const auto& x) { return transpose(x, axes); },
        [places](const Shape& index) {
          Shape source(index.size());
          for (std::size_t d = 0; d < index.size(); ++d) source[places[d]] = index[d];
          return source;
        }));
  };
  for (const Shape& shape :
       {Shape{}, Shape{4}, Shape{2, 3}, Shape{1, 3}, Shape{2, 3, 4}, Shape{2, 1, 3, 2}, Shape{0, 3}, Shape{2, 0, 3}}) {
    add(shape, {});
  }
  add({17, 33}, {1, 0});
  for (const auto& order :
       {std::vector<std::ptrdiff_t>{0, 2, 1}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}, {-1, 0, -2}, {0, 1, 2}}) {
    add({2, 3, 4}, order);
    add({3, 1, 2}, order);
  }
  add({2, 3, 2, 3}, {2, 0, 3, 1});
  add({2, 3, 2, 3}, {0, 1, 3, 2});
  add({2, 0, 2}, {0, 2, 1});
  result.push_back(moving(
      "transpose of a transpose", {2, 3, 4}, {4, 2, 3},
      [](const auto& x) {
        return transpose(transpose(x, {0, 2, 1}), {1, 0, 2});
      },
      [](const Shape& i) {
        return Shape{i[1], i[2], i[0]};
      }));
  return result;
}

inline StructuralCases cases(const op::BroadcastTo&) {
  StructuralCases result;
  const std::vector<std::pair<Shape, Shape>> pairs{
      {{}, {}},         {{}, {3}},           {{}, {2, 0}},           {{1}, {4}},
      {{3}, {2, 3}},    {{2, 1}, {2, 3}},    {{1, 3}, {2, 3}},       {{1, 1}, {2, 3}},
      {{2, 3}, {2, 3}}, {{3, 1}, {2, 3, 4}}, {{2, 1, 4}, {2, 3, 4}}, {{1, 2, 1}, {2, 3, 2, 2}},
      {{0, 1}, {0, 3}}, {{1, 3}, {0, 3}},    {{1, 0}, {3, 0}},       {{3, 1, 2, 1}, {3, 2, 2, 19}}};
  for (const auto& [from, to] : pairs) {
    result.push_back(moving(
        "broadcast_to " + to_string(to), from, to, [to = to](const auto& x) { return broadcast_to(x, to); },
        [from = from](const Shape& index) { return broadcast_index(from, index); }));
  }
  return result;
}

inline StructuralCases cases(const op::SumTo&) {
  StructuralCases result;
  const std::vector<std::pair<Shape, Shape>> pairs{{{}, {}},
                                                   {{3}, {}},
                                                   {{4}, {1}},
                                                   {{2, 3}, {3}},
                                                   {{2, 3}, {2, 1}},
                                                   {{2, 3}, {1, 3}},
                                                   {{2, 3}, {1, 1}},
                                                   {{2, 3}, {2, 3}},
                                                   {{2, 3, 4}, {3, 1}},
                                                   {{2, 3, 4}, {2, 1, 4}},
                                                   {{0, 3}, {3}},
                                                   {{0, 3}, {0, 1}},
                                                   {{3, 0}, {}},
                                                   {{2, 3, 2, 2}, {3, 1, 2}},
                                                   {{3, 1, 2, 3}, {1, 1, 2, 1}},
                                                   {{2, 3, 2, 2}, {2, 1, 2, 1}}};
  for (const auto& [from, to] : pairs) {
    result.push_back({"sum_to " + to_string(to),
                      {from},
                      function_of<1>([to = to](const auto& x) {
                        return xtape::apply(op::SumTo{{}, to}, x);
                      }),
                      [to = to](const Arrays& x) {
                        Array<double> y = zeros<double>(to);
                        for_each_index(shape_of(x[0]), [&](const Shape& index) {
                          y.data()[offset_of(to, broadcast_index(to, index))] += element(x[0], index);
                        });
                        return y;
                      }});
  }
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

/// Moves no element, so that one size says all.
inline OpSamples samples(const op::Reshape&) {
  return matrix_samples([](const auto& x, const Shape&) { return reshape(x, {-1}); }, 0, 0.0);
}
inline OpSamples samples(const op::Transpose&) {
  return matrix_samples([](const auto& x, const Shape&) { return transpose(x); }, 0);
}
/// A row into a matrix.
inline OpSamples samples(const op::BroadcastTo&) {
  OpSamples result = matrix_samples([](const auto& x, const Shape& to) { return broadcast_to(x, to); }, 0);
  for (OpSample& sample : result) sample.shapes = {Shape{sample.shapes[0][1]}};
  return result;
}
/// A matrix into a row.
inline OpSamples samples(const op::SumTo&) {
  return matrix_samples([](const auto& x, const Shape& from) { return apply(op::SumTo{{}, Shape{from[1]}}, x); });
}

}  // namespace xtape::benchmarks

#pragma once
// Operations that pick elements, and that put arrays together.

#include "tests/autodiff/ops/shape_cases.hpp"

#include <cstdint>

namespace xtape::tests {

using Places = std::vector<std::size_t>;  // along one axis, in the order of the result

/// slice(x, ranges) against the places that Python's slices give.
inline StructuralCase slicing(const Shape& from, const std::vector<Range>& ranges, const std::vector<Places>& places) {
  Shape to;
  for (const Places& along : places) to.push_back(along.size());
  const op::Slice slice = detail::make_slice(from, ranges);
  return moving(
      "slice of " + to_string(from), from, to, [slice](const auto& x) { return xtape::apply(slice, x); },
      [places](const Shape& index) {
        Shape source(index.size());
        for (std::size_t d = 0; d < index.size(); ++d) source[d] = places[d][index[d]];
        return source;
      });
}

inline StructuralCases cases(const op::Slice&) {
  const auto none = std::nullopt;
  StructuralCases result{
      slicing({}, {}, {}),
      slicing({5}, {{1, 3}}, {{1, 2}}),
      slicing({5}, {{none, none, 2}}, {{0, 2, 4}}),
      slicing({5}, {{none, none, -1}}, {{4, 3, 2, 1, 0}}),
      slicing({5}, {{-2, none}}, {{3, 4}}),
      slicing({5}, {{none, -3}}, {{0, 1}}),
      slicing({5}, {{3, 1}}, {{}}),
      slicing({5}, {{-100, 100, 3}}, {{0, 3}}),
      slicing({5}, {{100, -100, -2}}, {{4, 2, 0}}),
      slicing({5}, {{3, none, -2}}, {{3, 1}}),
      slicing({4, 5}, {{}, {none, none, PTRDIFF_MAX}}, {{0, 1, 2, 3}, {0}}),
      slicing({5, 2}, {{none, none, PTRDIFF_MIN}}, {{4}, {0, 1}}),
      slicing({5}, {{PTRDIFF_MIN, PTRDIFF_MAX}}, {{0, 1, 2, 3, 4}}),
      slicing({0}, {{0, 2}}, {{}}),
      slicing({1}, {{0, 1}}, {{0}}),
      slicing({4, 5}, {{1, 3}, {none, none, 2}}, {{1, 2}, {0, 2, 4}}),
      slicing({4, 5}, {{none, none, -2}}, {{3, 1}, {0, 1, 2, 3, 4}}),
      slicing({3, 0}, {{1, 3}}, {{1, 2}, {}}),
      slicing({2, 3, 4}, {{}, {2, none, -1}, {1, -1}}, {{0, 1}, {2, 1, 0}, {1, 2}}),
      slicing({2, 3, 2, 3}, {{1, 2}, {}, {-1, none}, {0, 2}}, {{1}, {0, 1, 2}, {1}, {0, 1}}),
  };
  result.push_back(moving(
      "slice as written by users", {4, 5}, {2, 3},
      [](const auto& x) {
        return slice(x, {{1, 3}, {{}, {}, 2}});
      },
      [](const Shape& i) {
        return Shape{i[0] + 1, 2 * i[1]};
      }));
  result.push_back(moving(
      "slice of a transpose", {2, 3}, {2, 2},
      [](const auto& x) {
        return slice(transpose(x), {{1, 3}});
      },
      [](const Shape& i) {
        return Shape{i[1], i[0] + 1};
      }));
  return result;
}

inline StructuralCases cases(const op::Split&) {
  StructuralCases result;
  for (const std::ptrdiff_t axis : {1, -2}) {
    result.push_back(moving(
        "the last part of split along " + std::to_string(axis), {2, 6, 2}, {2, 2, 2},
        [axis](const auto& x) { return split(x, 3, axis)[2]; },
        [](const Shape& i) {
          return Shape{i[0], i[1] + 4, i[2]};
        }));
    result.push_back(moving(
        "a slice of unstack along " + std::to_string(axis), {2, 3, 2}, {2, 2},
        [axis](const auto& x) { return unstack(x, axis)[1]; },
        [](const Shape& i) {
          return Shape{i[0], 1, i[1]};
        }));
  }
  result.push_back(moving(
      "unstack and stack again", {3, 2}, {3, 2}, [](const auto& x) { return stack(unstack(x)); },
      [](const Shape& i) { return i; }));
  result.push_back(moving(
      "split in one", {2, 3}, {2, 3}, [](const auto& x) { return split(x, 1)[0]; }, [](const Shape& i) { return i; }));
  result.push_back(moving(
      "split of nothing", {2, 0}, {1, 0}, [](const auto& x) { return split(x, 2)[1]; },
      [](const Shape& i) { return i; }));
  return result;
}

inline StructuralCases cases(const op::Take&) {
  const auto second = [](std::vector<std::size_t> places) {
    return [places](const Shape& i) { return Shape{i[0], places[i[1]], i[2]}; };
  };
  const xt::xtensor<int, 2> table{{0, 2}, {-1, 0}};
  return {
      moving(
          "take", {4}, {3},
          [](const auto& x) {
            return take(x, std::vector<int>{2, 0, 2});
          },
          [](const Shape& i) {
            return Shape{Places{2, 0, 2}[i[0]]};
          }),
      moving(
          "take from the end", {4, 2}, {2, 2},
          [](const auto& x) {
            return take(x, std::vector<long>{-1, -4});
          },
          [](const Shape& i) {
            return Shape{Places{3, 0}[i[0]], i[1]};
          }),
      moving(
          "take along 1", {2, 3, 2}, {2, 4, 2},
          [](const auto& x) {
            return take(x, std::vector<int>{1, 1, 0, 2}, 1);
          },
          second({1, 1, 0, 2})),
      moving(
          "take along -2", {2, 3, 2}, {2, 1, 2},
          [](const auto& x) { return take(x, std::vector<unsigned char>{2}, -2); }, second({2})),
      moving(
          "take nothing", {2, 3, 2}, {2, 0, 2}, [](const auto& x) { return take(x, std::vector<int>{}, 1); },
          second({})),
      moving(
          "take from nothing", {2, 3, 0}, {2, 2, 0},
          [](const auto& x) {
            return take(x, std::vector<int>{2, 2}, 1);
          },
          second({2, 2})),
      moving(
          "take by a table", {3, 2}, {2, 2, 2}, [table](const auto& x) { return take(x, table); },
          [](const Shape& i) {
            return Shape{Places{0, 2, 2, 0}[2 * i[0] + i[1]], i[2]};
          }),
      moving(
          "take one", {3, 2}, {3}, [](const auto& x) { return take(x, xt::xarray<int>(1), 1); },
          [](const Shape& i) {
            return Shape{i[0], 1};
          }),
      moving(
          "take of rank 4", {2, 1, 3, 2}, {2, 1, 3, 3},
          [](const auto& x) {
            return take(x, std::vector<int>{0, 1, 0}, -1);
          },
          [](const Shape& i) {
            return Shape{i[0], i[1], i[2], i[3] % 2};
          }),
  };
}

/// A case of an op of any number of arrays: result[index] = x[which(index)] [where(index)].
template <class F>
StructuralCase joining(const std::string& title, const std::vector<Shape>& from, const Shape& to, const F& f,
                       std::function<std::pair<std::size_t, Shape>(Shape)> source) {
  const auto listed = []<class V>(std::span<const V> x) { return std::vector<V>(x.begin(), x.end()); };
  return {title,
          from,
          {[f, listed](std::span<const Var<double>> x) { return f(listed(x)); },
           [f, listed](std::span<const Var<float>> x) { return f(listed(x)); }},
          [to, source](const Arrays& x) {
            return array_of(to, [&](const Shape& index) {
              const auto [which, where] = source(index);
              return element(x[which], where);
            });
          },
          true};
}

inline StructuralCases cases(const op::Concatenate&) {
  StructuralCases result;
  const auto add = [&result](const std::vector<Shape>& from, const Shape& to, std::ptrdiff_t axis, std::size_t along) {
    result.push_back(joining(
        "concatenate along " + std::to_string(axis), from, to, [axis](const auto& x) { return concatenate(x, axis); },
        [from, along](Shape index) {
          std::size_t which = 0;
          for (; index[along] >= from[which][along]; ++which) index[along] -= from[which][along];
          return std::pair(which, index);
        }));
  };
  add({{3}}, {3}, 0, 0);
  add({{2}, {3}}, {5}, -1, 0);
  add({{2, 3}, {1, 3}, {2, 3}}, {5, 3}, 0, 0);
  add({{2, 3}, {2, 1}}, {2, 4}, 1, 1);
  add({{2, 0}, {2, 2}, {2, 0}}, {2, 2}, -1, 1);
  add({{0, 3}, {0, 3}}, {0, 3}, 0, 0);
  add({{2, 1, 2}, {2, 3, 2}}, {2, 4, 2}, -2, 1);
  add({{1, 2, 1, 3}, {1, 2, 2, 3}}, {1, 2, 3, 3}, 2, 2);
  for (const std::ptrdiff_t axis : {0, -3}) {
    result.push_back(joining(
        "stack in front", {{2, 3}, {2, 3}}, {2, 2, 3}, [axis](const auto& x) { return stack(x, axis); },
        [](const Shape& i) {
          return std::pair(i[0], Shape{i[1], i[2]});
        }));
  }
  result.push_back(joining(
      "stack at the end", {{2, 3}, {2, 3}, {2, 3}}, {2, 3, 3}, [](const auto& x) { return stack(x, -1); },
      [](const Shape& i) {
        return std::pair(i[2], Shape{i[0], i[1]});
      }));
  result.push_back(joining(
      "stack of numbers", {{}, {}}, {2}, [](const auto& x) { return stack(x); },
      [](const Shape& i) { return std::pair(i[0], Shape{}); }));
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

/// Half of each row, from its second quarter on.
inline op::Slice half_of_rows(const Shape& shape) {
  const std::ptrdiff_t quarter = std::ptrdiff_t(shape[1] / 4);
  return detail::make_slice_along("slice", shape, 1, {quarter, quarter + std::ptrdiff_t(shape[1] / 2)});
}
inline OpSamples samples(const op::Slice&) {
  const auto half = [](const auto& x, const Shape& shape) { return xtape::apply(half_of_rows(shape), x); };
  return matrix_samples(half, 0, 1.0);
}

/// All rows, the last one first.
inline op::Take rows_backwards(const Shape& shape) {
  std::vector<std::size_t> indices;
  for (std::size_t row = shape[0]; row-- > 0;) indices.push_back(row);
  return {{}, indices, 0};
}
inline OpSamples samples(const op::Take&) {
  return matrix_samples([](const auto& x, const Shape& shape) { return xtape::apply(rows_backwards(shape), x); }, 0);
}
/// Two halves, of which one goes on.
inline OpSamples samples(const op::Split&) {
  return matrix_samples([](const auto& x, const Shape&) { return split(x, 2, 1)[1]; }, 0);
}
/// Two matrices, below one another and side by side.
inline OpSamples samples(const op::Concatenate&) {
  OpSamples result = axis_samples([](const auto& x, std::ptrdiff_t) { return x; });
  for (OpSample& sample : result) {
    const std::size_t axis = sample.how == "axis:0" ? 0 : 1;
    sample.shapes[0][axis] /= 2;
    sample.shapes.push_back(sample.shapes[0]);
    sample.apply = [axis](auto x) { return concatenate({x[0], x[1]}, std::ptrdiff_t(axis)); };
    sample.flop = 0;
  }
  return result;
}

}  // namespace xtape::benchmarks

#pragma once
// Structures as rows: for who takes arrays alone, as a solver does.

#include "autodiff/ops/index.hpp"
#include "autodiff/ops/shape.hpp"
#include "autodiff/transforms/structure.hpp"

#include <utility>
#include <vector>

namespace xtape {

namespace detail {

// Throws ShapeError where a row has not as many elements as the parts together.
void check_row(const Shape& row, const PartShapes& parts);

/// A structure beside one array, which ravel takes: one array.
template <class S>
concept OfParts = Structured<S> && !Operand<S>;

// Parts of the shapes of those of `like`, from a row of all their elements.
template <class V, class S>
std::vector<V> parts_of_row(const V& row, const S& like) {
  const PartShapes shapes = result_parts(like);
  check_row(row.shape(), shapes);
  std::vector<V> parts;
  std::ptrdiff_t begin = 0;
  for (const auto& [place, shape] : shapes) {
    const std::ptrdiff_t end = begin + std::ptrdiff_t(size_of(shape));
    parts.push_back(reshape(slice(row, {Range(begin, end)}), shape));
    begin = end;
  }
  return parts;
}

}  // namespace detail

/// All elements of a structure's parts as one row, part by part in their order: of a map or a module by name. A Var
/// where one of the parts is one, else an array; of a module the values of its parameters.
template <detail::OfParts S>
auto ravel_structure(const S& s) {
  using V = detail::common_var_of<S>;
  std::vector<V> rows;
  const auto add = [&rows](const auto& part, const detail::Place&) {
    if constexpr (Handle<decltype(part)>) {
      rows.push_back(reshape(V(part.value()), {-1}));
    } else {
      rows.push_back(reshape(as_number<V>(part), {-1}));
    }
  };
  detail::structure_of<S>::visit(s, add, detail::Place{nullptr, detail::Place::kResult});
  if constexpr (detail::any_is_variable(detail::joined_parts<S>{})) {
    return V(concatenate(rows));
  } else {
    return V(concatenate(rows)).value();
  }
}

/// The reverse: a row as a structure like another one, in parts of its parts' shapes; of Vars where the row is one,
/// else of arrays. Like a module: a map by its parameters' names. Throws ShapeError where the row has not as many
/// elements.
///
///   const auto product = [&](const auto& v) { return ravel_structure(hvp(loss)(model, unravel_structure(v, model)));
///   };
template <Operand A, detail::OfParts S>
auto unravel_structure(const A& row, const S& like) {
  using V = common_var<A>;
  std::vector<V> parts = detail::parts_of_row<V>(as_number<V>(row), like);
  if constexpr (AnyVar<A>) {
    return detail::put_together<V>(like, std::move(parts));
  } else {
    std::vector<Array<typename V::value_type>> arrays;
    for (V& part : parts) arrays.push_back(std::move(part).value());
    return detail::put_together<Array<typename V::value_type>>(like, std::move(arrays));
  }
}

}  // namespace xtape

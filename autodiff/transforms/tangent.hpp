#pragma once
// Derivatives forwards: variables that stand for a value and its derivative in a direction, which each operation works
// out along with its value. Nothing is recorded, and nothing is kept.

#include "autodiff/core/level.hpp"
#include "autodiff/transforms/structure.hpp"

namespace xtape::detail {

/// A call of a transform that works forwards.
template <class T>
class Direction {
 public:
  /// At `points`, in the direction `tangents`; `who` is the transform.
  Direction(const char* who, const VarList<T>& points, const VarList<T>& tangents);
  Direction(const Direction&) = delete;
  Direction& operator=(const Direction&) = delete;

  const VarList<T>& variables() const { return variables_; }
  Var<T> value_of(const Var<T>& y) const;
  /// Zeros where y does not depend on the points.
  Var<T> tangent_of(const Var<T>& y) const;

 private:
  LevelScope<T> level_;
  VarList<T> variables_;
};
extern template class Direction<float>;
extern template class Direction<double>;

}  // namespace xtape::detail

#pragma once
// What the densities and divergences ask of their operands: shapes that do not broadcast to more than was meant, and
// data that a distribution can have drawn.

#include "autodiff/autodiff.hpp"

#include <initializer_list>
#include <span>

namespace xtape::nn {

namespace detail {

/// How an operand may broadcast along the last dimension, over which is summed. All may lack leading dimensions.
enum class Role {
  kData,      ///< it has all d numbers, or is a number of rank 0
  kLocation,  ///< the same, or it has the shape (1)
  kScale      ///< the same, or its last dimension has extent 1, where the result is not larger for it
};

struct DensityOperand {
  const char* name;
  const Shape& shape;
  Role role;
};

/// Throws ShapeError where an operand's one number would be taken d times, or for shapes that do not broadcast: of
/// x (n) beside mu (n, 1) that would make n² numbers.
void check_density_shapes(const char* operation, std::span<const DensityOperand> operands);
inline void check_density_shapes(const char* operation, std::initializer_list<DensityOperand> operands) {
  check_density_shapes(operation, std::span(operands.begin(), operands.size()));
}

/// Throws DataError unless all of x lies in [0, 1], but for a few roundings; NaN does not.
template <class T>
void check_probabilities(const char* operation, const char* name, const Var<T>& x);
extern template void check_probabilities(const char*, const char*, const Var<float>&);
extern template void check_probabilities(const char*, const char*, const Var<double>&);

}  // namespace detail

}  // namespace xtape::nn

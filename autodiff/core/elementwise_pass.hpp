#pragma once
// What an element-wise op does whatever the op is: where its operands and its result lie, and where the partial
// derivatives go.

#include "autodiff/core/check_finite.hpp"
#include "autodiff/core/gradients.hpp"
#include "autodiff/kernels/elementwise.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace xtape::detail {

/// The operands of an element-wise pass: where their elements are, and how they lie there.
template <class T, std::size_t N>
struct Read {
  std::array<const T*, N> data;
  std::array<kernels::Extents, N> extents;
  bool same = true;       // shapes
  bool at_level = false;  // one of them stands for others: nothing is read

  explicit Read(const std::array<const Var<T>*, N>& x) {
    for (std::size_t k = 0; k < N; ++k) {
      const Value<T>& value = *x[k]->shared();
      const auto elements = value.in_rows(at_level);
      data[k] = elements.first;
      extents[k] = {&value.shape(), elements.strides};
      same = same && (k == 0 || same_shape(*extents[k].shape, *extents[0].shape));
    }
  }
  /// The shape they broadcast to. Throws ShapeError, naming `operation`.
  Shape shape(const char* operation) const {
    if (same) return *extents[0].shape;
    std::array<const Shape*, N> shapes;
    for (std::size_t k = 0; k < N; ++k) shapes[k] = extents[k].shape;
    return kernels::broadcast_shapes(operation, shapes.data(), N);
  }
  /// A value of that shape.
  SharedValue<T> new_result(const char* operation) const {
    return same ? new_value<T>(*extents[0].shape) : new_value<T>(shape(operation));
  }
};

/// The result of an element-wise op, checked if the tape asks for that: row(f, ...) and number(f, ...) compute it
/// (kernels::elementwise), where there are many elements and one. `inputs` gets the operands' nodes, `record` what they
/// are recorded on, or null. Compiled once for all ops of as many operands. Of operands that stand for others, of some
/// level, the result is at_level(f, x).
template <class T, std::size_t N>
using AtLevel = SharedValue<T> (*)(const void* f, const std::array<const Var<T>*, N>& x);
template <class T, std::size_t N>
SharedValue<T> compute_elementwise(const char* operation, const std::array<const Var<T>*, N>& x,
                                   std::array<NodeIndex, N>& inputs, Record<T>*& record, kernels::Row<T, N> row,
                                   kernels::OneNumber<T, N> number, AtLevel<T, N> at_level, const void* f,
                                   std::size_t work) {
  const Read<T, N> read(x);
  record = record_of<T>(operation, x, inputs);
  if (read.at_level) [[unlikely]]
    return at_level(f, x);
  SharedValue<T> y = read.new_result(operation);
  if (y->size() == 1) {
    *y->mutable_data() = number(f, read.data);
  } else {
    const auto walk = kernels::make_walk<N>(y->shape(), read.extents);
    kernels::elementwise_pass<T, N>(walk, y->mutable_data(), read.data, row, f, work);
  }
  check_result<T>(*y, operation, x);
  return y;
}

/// How a partial derivative of the shape of `walk` reaches operand `k`'s slot without un-broadcasting it afterwards.
enum class Reach { kCovers, kTotals, kNeither };

template <std::size_t N>
Reach reach_of(const kernels::Walk<N>& walk, std::size_t k) {
  for (std::size_t d = 0; d < walk.depth; ++d) {
    if (walk.stride[d][k] == 0) return Reach::kNeither;
  }
  if (walk.step[k] != 0 || walk.inner == 1) return Reach::kCovers;
  return Reach::kTotals;
}

/// Adds M partial derivatives, of the shape `out`, to the gradients of `inputs`: row(f, ...) computes them from R
/// values that broadcast to `out`, of which the first is the cotangent `g` (kernels::elementwise_backward). Compiled
/// once for all ops of as many operands.
template <class T, std::size_t M, std::size_t R>
void sweep_elementwise(const Shape& out, const SharedValue<T>& g, const std::array<const Value<T>*, R>& values,
                       const std::array<NodeIndex, M>& inputs, Gradients<T>& gradients,
                       kernels::BackwardRow<T, M, R> row, const void* f, std::size_t work) {
  std::array<kernels::Extents, R + M> shapes;
  std::array<const T*, R> data;
  for (std::size_t r = 0; r < R; ++r) {
    const auto elements = values[r]->in_rows();
    shapes[r] = {&values[r]->shape(), elements.strides};
    data[r] = elements.first;
  }
  for (std::size_t m = 0; m < M; ++m) {
    shapes[R + m] = gradients.wants(inputs[m]) ? &gradients.shape(inputs[m]) : &out;
  }
  auto walk = kernels::make_walk<R + M>(out, shapes);

  std::array<kernels::Slot<T>, M> slots;
  std::array<SharedValue<T>, M> spilled;  // partial derivatives that are un-broadcast after the pass
  bool again = false;
  for (std::size_t m = 0; m < M; ++m) {
    const NodeIndex input = inputs[m];
    if (!gradients.wants(input)) continue;
    const Reach reach = reach_of(walk, R + m);
    if (reach == Reach::kNeither) {
      spilled[m] = new_value<T>(out);
      slots[m] = {spilled[m]->mutable_data(), kernels::Into::kStore};
      shapes[R + m] = &out;
      again = true;
      continue;
    }
    bool fresh = false;
    // Only the last one may overwrite g: each element of it is read before.
    T* const to = m + 1 == M && g->shape() == out ? gradients.open_over(input, g, fresh) : gradients.open(input, fresh);
    if (reach == Reach::kTotals) {
      if (fresh) std::fill_n(to, size_of(gradients.shape(input)), T(0));
      slots[m] = {to, kernels::Into::kTotal};
    } else {
      slots[m] = {to, fresh ? kernels::Into::kStore : kernels::Into::kAdd};
    }
  }
  if (again) walk = kernels::make_walk<R + M>(out, shapes);
  kernels::backward_pass<T, M, R>(walk, slots, data, row, f, work);
  for (std::size_t m = 0; m < M; ++m) {
    if (spilled[m]) gradients.add(inputs[m], spilled[m]);
  }
}

// Of the numbers of operands that xtape's own operations have, and divergences; a `map` of more is compiled where it
// is.
// clang-format off
#define XTAPE_COMPUTE(T, N) template SharedValue<T> compute_elementwise<T, N>( \
    const char*, const std::array<const Var<T>*, N>&, std::array<NodeIndex, N>&, Record<T>*&, kernels::Row<T, N>, \
    kernels::OneNumber<T, N>, AtLevel<T, N>, const void*, std::size_t);
#define XTAPE_SWEEP(T, M, R) template void sweep_elementwise<T, M, R>( \
    const Shape&, const SharedValue<T>&, const std::array<const Value<T>*, R>&, const std::array<NodeIndex, M>&, \
    Gradients<T>&, kernels::BackwardRow<T, M, R>, const void*, std::size_t);
#define XTAPE_COMPUTES(X, T) X(T, 1) X(T, 2) X(T, 3) X(T, 4)
#define XTAPE_SWEEPS(X, T) \
  X(T, 1, 1) X(T, 1, 2) X(T, 1, 3) X(T, 1, 4) X(T, 2, 1) X(T, 2, 2) X(T, 2, 3) X(T, 2, 4) X(T, 3, 1) X(T, 3, 2) X(T, 3, 3) X(T, 3, 4)
#if !defined(XTAPE_DEFINE_ELEMENTWISE_PASSES)
#define XTAPE_EXTERN_COMPUTE(...) extern XTAPE_COMPUTE(__VA_ARGS__)
#define XTAPE_EXTERN_SWEEP(...) extern XTAPE_SWEEP(__VA_ARGS__)
XTAPE_COMPUTES(XTAPE_EXTERN_COMPUTE, float)
XTAPE_COMPUTES(XTAPE_EXTERN_COMPUTE, double)
XTAPE_SWEEPS(XTAPE_EXTERN_SWEEP, float)
XTAPE_SWEEPS(XTAPE_EXTERN_SWEEP, double)
#undef XTAPE_EXTERN_COMPUTE
#undef XTAPE_EXTERN_SWEEP
#undef XTAPE_COMPUTES
#undef XTAPE_SWEEPS
#undef XTAPE_COMPUTE
#undef XTAPE_SWEEP
#endif
// clang-format on

}  // namespace xtape::detail

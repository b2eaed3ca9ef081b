#pragma once
// The part of an element-wise node's sweep that does not depend on the op: where the partial derivatives go.

#include "autodiff/core/gradients.hpp"
#include "autodiff/kernels/elementwise.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace xtape::detail {

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

// Of the numbers of operands that xtape's own operations have; a `map` of more is compiled where it is.
// clang-format off
#define XTAPE_SWEEP(T, M, R) template void sweep_elementwise<T, M, R>( \
    const Shape&, const SharedValue<T>&, const std::array<const Value<T>*, R>&, const std::array<NodeIndex, M>&, \
    Gradients<T>&, kernels::BackwardRow<T, M, R>, const void*, std::size_t);
#define XTAPE_SWEEPS(X, T) \
  X(T, 1, 1) X(T, 1, 2) X(T, 1, 3) X(T, 1, 4) X(T, 2, 1) X(T, 2, 2) X(T, 2, 3) X(T, 2, 4) X(T, 3, 1) X(T, 3, 2) X(T, 3, 3) X(T, 3, 4)
#if !defined(XTAPE_DEFINE_SWEEPS)
#define XTAPE_EXTERN_SWEEP(...) extern XTAPE_SWEEP(__VA_ARGS__)
XTAPE_SWEEPS(XTAPE_EXTERN_SWEEP, float)
XTAPE_SWEEPS(XTAPE_EXTERN_SWEEP, double)
#undef XTAPE_EXTERN_SWEEP
#undef XTAPE_SWEEPS
#undef XTAPE_SWEEP
#endif
// clang-format on

}  // namespace xtape::detail

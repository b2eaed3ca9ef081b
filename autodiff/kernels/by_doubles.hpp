#pragma once
// Functions on batches of floats that are computed in doubles.

#include "autodiff/kernels/math.hpp"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace xtape::kernels::detail {

// f of floats by way of doubles, which have digits and exponents to spare.
template <class F, class... B>
Floats by_doubles(const F& f, const B&... x) {
  constexpr std::size_t kLanes = Floats::size;
  alignas(64) float lanes[sizeof...(B)][kLanes];
  alignas(64) double wide[sizeof...(B)][kLanes];
  std::size_t operand = 0;
  (x.store_aligned(lanes[operand++]), ...);
  for (std::size_t k = 0; k < sizeof...(B); ++k) std::copy_n(lanes[k], kLanes, wide[k]);
  for (std::size_t i = 0; i < kLanes; i += Doubles::size) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      f(Doubles::load_aligned(wide[K] + i)...).store_aligned(wide[0] + i);
    }
    (std::index_sequence_for<B...>{});
  }
  for (std::size_t i = 0; i < kLanes; ++i) lanes[0][i] = float(wide[0][i]);
  return Floats::load_aligned(lanes[0]);
}

// Gives f of doubles both precisions.
template <class T, class F, class... B>
xsimd::batch<T> in_doubles(const F& f, const B&... x) {
  if constexpr (std::is_same_v<T, float>) {
    return by_doubles(f, x...);
  } else {
    return f(x...);
  }
}

}  // namespace xtape::kernels::detail

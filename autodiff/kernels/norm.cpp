#include "autodiff/kernels/norm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xtape::kernels {

namespace {

// From here on up, squares that are denormal or 0 do not matter in a sum of as many as fit into memory.
template <class T>
bool is_plain_sum(T sum) {
  const T least = std::ldexp(std::numeric_limits<T>::min(), std::numeric_limits<T>::digits + 8);
  return sum >= least && sum <= std::numeric_limits<T>::max();
}

}  // namespace

template <class T>
bool are_plain_sums(const T* sums, std::size_t size) {
  return std::all_of(sums, sums + size, is_plain_sum<T>);
}

template <class T>
void roots(const T* sums, std::size_t size, T* out) {
  std::transform(sums, sums + size, out, [](T sum) { return std::sqrt(sum); });
}

template <class T>
void powers_below(T* numbers, std::size_t size) {
  std::transform(numbers, numbers + size, numbers, [](T number) {
    return number > 0 && std::isfinite(number) ? std::ldexp(T(1), std::ilogb(number)) : T(1);
  });
}

template <class T>
void roots_of_scaled(T* sums, const T* scale, const T* scaled, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    sums[i] = is_plain_sum(sums[i]) ? std::sqrt(sums[i]) : scale[i] * std::sqrt(scaled[i]);
  }
}

#define XTAPE_INSTANTIATE(T)                              \
  template bool are_plain_sums<T>(const T*, std::size_t); \
  template void roots<T>(const T*, std::size_t, T*);      \
  template void powers_below<T>(T*, std::size_t);         \
  template void roots_of_scaled<T>(T*, const T*, const T*, std::size_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels

#include "autodiff/kernels/update.hpp"

#include "autodiff/kernels/walk.hpp"

#include <algorithm>
#include <numeric>

namespace xtape::kernels {

template <class T>
void put_at(const T* values, std::span<const std::ptrdiff_t> places, T* out) {
  for (const std::ptrdiff_t place : places) out[place] = *values++;
}

// Which of equal places is the last says a round through an array of the places' numbers.
template <class T>
bool last_at(std::span<const std::ptrdiff_t> places, std::size_t size, T* last) {
  std::vector<std::size_t> number_at(size);
  for (std::size_t k = 0; k < places.size(); ++k) number_at[std::size_t(places[k])] = k;
  bool each = true;
  for (std::size_t k = 0; k < places.size(); ++k) {
    const bool stays = number_at[std::size_t(places[k])] == k;
    last[k] = T(stays);
    each = each && stays;
  }
  return each;
}

template <class T>
void count_at(std::span<const std::ptrdiff_t> places, T* out) {
  for (const std::ptrdiff_t place : places) out[place] += 1;
}

template <class T>
void extreme_sources(const T* x, std::size_t size, const T* values, std::span<const std::ptrdiff_t> places,
                     bool largest, std::ptrdiff_t* sources) {
  std::iota(sources, sources + size, std::ptrdiff_t(0));
  std::vector<T> best(x, x + size);
  for (std::size_t k = 0; k < places.size(); ++k) {
    const std::size_t place = std::size_t(places[k]);
    const T value = values[k], before = best[place];
    if (before != before || !(value != value || (largest ? value > before : value < before))) continue;
    best[place] = value;
    sources[place] = std::ptrdiff_t(size + k);
  }
}

template <class T>
void segment_extreme_sources(std::size_t size, const T* values, std::span<const std::ptrdiff_t> places, bool largest,
                             std::ptrdiff_t* sources) {
  std::fill_n(sources, size, std::ptrdiff_t(-1));
  for (std::size_t k = 0; k < places.size(); ++k) {
    std::ptrdiff_t& best = sources[places[k]];
    const T value = values[k], before = best < 0 ? value : values[best];
    if (best < 0 || (before == before && (value != value || (largest ? value > before : value < before)))) {
      best = std::ptrdiff_t(k);
    }
  }
  std::replace(sources, sources + size, std::ptrdiff_t(-1), std::ptrdiff_t(places.size()));
}

void join_places(const Shape& from, const std::ptrdiff_t* indices, std::size_t extent, const Shape& to,
                 std::ptrdiff_t* places) {
  const Walk<1> walk = make_walk<1>(to, {&from});
  const std::ptrdiff_t length = std::ptrdiff_t(extent);
  walk_rows(walk, 0, walk.rows, [&](std::size_t, const auto& at) {
    for (std::size_t i = 0; i < walk.inner; ++i, ++places) {
      const std::ptrdiff_t index = indices[at[0] + std::ptrdiff_t(i) * walk.step[0]];
      *places = *places * length + (index < 0 ? index + length : index);
    }
  });
}

std::vector<std::ptrdiff_t> nonzero_places(std::span<const double> mask) {
  std::vector<std::ptrdiff_t> places;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] != 0) places.push_back(std::ptrdiff_t(i));
  }
  return places;
}

#define XTAPE_INSTANTIATE(T)                                                                               \
  template void put_at<T>(const T*, std::span<const std::ptrdiff_t>, T*);                                  \
  template bool last_at<T>(std::span<const std::ptrdiff_t>, std::size_t, T*);                              \
  template void count_at<T>(std::span<const std::ptrdiff_t>, T*);                                          \
  template void extreme_sources<T>(const T*, std::size_t, const T*, std::span<const std::ptrdiff_t>, bool, \
                                   std::ptrdiff_t*);                                                       \
  template void segment_extreme_sources<T>(std::size_t, const T*, std::span<const std::ptrdiff_t>, bool,   \
                                           std::ptrdiff_t*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels

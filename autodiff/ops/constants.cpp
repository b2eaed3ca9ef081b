// Arrays that are made of numbers alone: eye, tri, arange, linspace.

#include "autodiff/ops/rearrange.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace xtape {

template <class T>
Array<T> eye(std::size_t rows, std::size_t columns, std::ptrdiff_t k) {
  Array<T> result = detail::filled<T>("eye", {rows, columns}, T(0));
  if (result.size() == 0) return result;
  for (std::size_t i = 0; i < rows; ++i) {
    if (const std::ptrdiff_t j = std::ptrdiff_t(i) + std::clamp(k, -std::ptrdiff_t(rows), std::ptrdiff_t(columns));
        j >= 0 && j < std::ptrdiff_t(columns)) {
      result(i, std::size_t(j)) = T(1);
    }
  }
  return result;
}

template <class T>
Array<T> tri(std::size_t rows, std::size_t columns, std::ptrdiff_t k) {
  Array<T> result = detail::filled<T>("tri", {rows, columns}, T(0));
  if (result.size() == 0) return result;
  const std::ptrdiff_t shift = std::clamp(k, -std::ptrdiff_t(rows), std::ptrdiff_t(columns));
  for (std::size_t i = 0; i < rows; ++i) {
    const std::ptrdiff_t count = std::clamp<std::ptrdiff_t>(std::ptrdiff_t(i) + shift + 1, 0, std::ptrdiff_t(columns));
    std::fill_n(result.data() + i * columns, count, T(1));
  }
  return result;
}

template <class T>
Array<T> arange(double start, double stop, double step) {
  const double count = std::ceil((stop - start) / step);
  if (!(count < double(kTooMany))) {
    throw ShapeError("[arange] a finite number of elements expected from " + text::number(start) + " to " +
                     text::number(stop) + " by " + text::number(step));
  }
  Array<T> result = detail::allocated<T>("arange", {count > 0 ? std::size_t(count) : 0});
  for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = T(start + double(i) * step);
  return result;
}

template <class T>
Array<T> linspace(double start, double stop, std::size_t count) {
  Array<T> result = detail::allocated<T>("linspace", {count});
  const double step = count > 1 ? (stop - start) / double(count - 1) : 0;
  for (std::size_t i = 0; i < count; ++i) result.data()[i] = T(start + double(i) * step);
  if (count > 1) result.data()[count - 1] = T(stop);
  return result;
}

#define XTAPE_INSTANTIATE(T)                                       \
  template Array<T> eye(std::size_t, std::size_t, std::ptrdiff_t); \
  template Array<T> tri(std::size_t, std::size_t, std::ptrdiff_t); \
  template Array<T> arange(double, double, double);                \
  template Array<T> linspace(double, double, std::size_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape

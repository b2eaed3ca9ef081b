#include "autodiff/kernels/unfold.hpp"

#include "autodiff/kernels/threads.hpp"

#include <algorithm>

namespace xtape::kernels {

namespace {

// visit(element of the columns, whether it is inside of the data, element of the data) for all columns of a plane, row
// by row of places. A copy of the extents stays in registers.
template <class Visit>
void each_place(Convolution of, std::size_t plane, const Visit& visit) {
  std::size_t column = plane * of.kernel[1] * of.kernel[2] * of.out[1] * of.out[2];
  for (std::size_t j = 0; j < of.kernel[1] * of.kernel[2]; ++j) {
    for (std::size_t h = 0; h < of.out[1]; ++h) {
      const std::size_t row = h * of.stride[1] + j / of.kernel[2] * of.dilation[1];
      for (std::size_t w = 0; w < of.out[2]; ++w, ++column) {
        const std::size_t place = w * of.stride[2] + j % of.kernel[2] * of.dilation[2];
        const bool inside = row >= of.padding[1] && row - of.padding[1] < of.data[1] && place >= of.padding[2] &&
                            place - of.padding[2] < of.data[2];
        visit(column, inside,
              inside ? (plane * of.data[1] + row - of.padding[1]) * of.data[2] + place - of.padding[2] : 0);
      }
    }
  }
}

// each_place of all planes, which are the threads' to share.
template <class Visit>
void each_place(const Convolution& of, const Visit& visit) {
  const std::size_t planes = of.batch * of.data_channels;
  const std::size_t work = planes * of.kernel[1] * of.kernel[2] * of.out[1] * of.out[2];
  parallel_for(planes, 1, work, [&](std::size_t first, std::size_t last) {
    for (std::size_t plane = first; plane < last; ++plane) each_place(of, plane, visit);
  });
}

}  // namespace

template <class T>
void unfold(const Convolution& of, const T* data, T* columns) {
  each_place(of, [=](std::size_t column, bool inside, std::size_t at) { columns[column] = inside ? data[at] : T(0); });
}

template <class T>
void fold(const Convolution& of, const T* columns, T* data) {
  const std::size_t size = of.batch * of.data_channels * of.data[1] * of.data[2];
  std::fill_n(data, size, T(0));
  if (size == 0) return;
  each_place(of, [=](std::size_t column, bool inside, std::size_t at) {
    if (inside) data[at] += columns[column];
  });
}

#define XTAPE_INSTANTIATE(T)                                 \
  template void unfold<T>(const Convolution&, const T*, T*); \
  template void fold<T>(const Convolution&, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels

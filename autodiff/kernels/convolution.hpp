#pragma once
// The three products that a convolution and its derivatives are: with data x: (batch, groups · data_channels, ...),
// weights w: (groups · out_channels, data_channels, ...) and result y: (batch, groups · out_channels, ...),
//
//   Σ over x, w, y that meet of x w y
//
// is linear in each, and its derivative with respect to each is the product of the other two.

#include <array>
#include <cstddef>

namespace xtape::kernels {

/// The extents of a convolution over three dimensions, those that are not there of extent 1.
struct Convolution {
  using Extents = std::array<std::size_t, 3>;
  std::size_t batch = 0, groups = 1;
  std::size_t data_channels = 0, out_channels = 0;  // of a group
  Extents data{1, 1, 1}, kernel{1, 1, 1}, out{1, 1, 1};
  Extents stride{1, 1, 1}, padding{0, 0, 0}, dilation{1, 1, 1};
};

/// y[n, k, o] = Σ over c and places j of the kernel of w[k, c, j] x[n, c, o stride - padding + j dilation], and
/// bias[k] unless `bias` is null.
template <class T>
void convolve(const Convolution& of, const T* x, const T* w, const T* bias, T* y);
/// x[n, c, i] = Σ of w y over the same places, and bias[c] unless `bias` is null: the transposed convolution.
template <class T>
void convolve_transposed(const Convolution& of, const T* w, const T* y, const T* bias, T* x);
/// w[k, c, j] = Σ of x y over the same places.
template <class T>
void convolution_weights(const Convolution& of, const T* x, const T* y, T* w);

}  // namespace xtape::kernels

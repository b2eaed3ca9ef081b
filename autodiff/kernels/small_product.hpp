#pragma once
// Matrix products of which one extent is small, as with small batches: OpenBLAS copies the large operand and sets the
// result to zero first, which then takes as long as the product.

#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/matmul.hpp"
#include "autodiff/kernels/threads.hpp"

#include <algorithm>
#include <vector>

namespace xtape::kernels {

namespace detail {

/// `Rows` rows by `Columns` batches of the result, in registers. Of the last batch `last` columns are there.
template <std::size_t Rows, std::size_t Columns, class T>
void product_tile(std::size_t inner, const T* a, std::size_t row_step, std::size_t inner_step, const T* b,
                  std::size_t b_step, T* out, std::size_t out_step, std::size_t last) {
  constexpr std::size_t L = Batch<T>::size;
  xsimd::batch<T> sum[Rows][Columns];
#pragma GCC unroll 16
  for (auto& row : sum) {
#pragma GCC unroll 4
    for (auto& batch : row) batch = xsimd::batch<T>(T(0));
  }
  for (std::size_t k = 0; k < inner; ++k) {
    const T* from = b + k * b_step;
    xsimd::batch<T> right[Columns];
    for (std::size_t c = 0; c + 1 < Columns; ++c) right[c] = Batch<T>::load(from + c * L).v;
    constexpr std::size_t kLast = (Columns - 1) * L;
    right[Columns - 1] = Batch<T>::load_up_to(from + kLast, last).v;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < Rows; ++r) {
      const xsimd::batch<T> left(a[r * row_step + k * inner_step]);
#pragma GCC unroll 4
      for (std::size_t c = 0; c < Columns; ++c) sum[r][c] = fma(left, right[c], sum[r][c]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < Rows; ++r) {
    T* to = out + r * out_step;
    for (std::size_t c = 0; c + 1 < Columns; ++c) Batch<T>(sum[r][c]).store(to + c * L);
    Batch<T>(sum[r][Columns - 1]).store_up_to(to + (Columns - 1) * L, last);
  }
}

/// Some columns, at most `Columns` batches, of all rows.
template <std::size_t Rows, std::size_t Columns, class T>
void product_strip(std::size_t rows, std::size_t inner, const T* a, std::size_t row_step, std::size_t inner_step,
                   const T* b, std::size_t b_step, T* out, std::size_t out_step, std::size_t last) {
  std::size_t r = 0;
  for (; r + Rows <= rows; r += Rows) {
    product_tile<Rows, Columns>(inner, a + r * row_step, row_step, inner_step, b, b_step, out + r * out_step, out_step,
                                last);
  }
  for (; r < rows; ++r) {
    product_tile<1, Columns>(inner, a + r * row_step, row_step, inner_step, b, b_step, out + r * out_step, out_step,
                             last);
  }
}

/// out = a b, where element (i, k) of `a` is a[i row_step + k inner_step], and rows of `b` and `out` lie b_step and
/// out_step apart.
template <class T>
void strided_product(std::size_t rows, std::size_t columns, std::size_t inner, const T* a, std::size_t row_step,
                     std::size_t inner_step, const T* b, std::size_t b_step, T* out, std::size_t out_step) {
  constexpr std::size_t L = Batch<T>::size;
#if defined(__AVX512F__)
  constexpr std::size_t kRows[] = {16, 12, 8};  // for one, two and three batches: as many sums as there are registers
#else
  constexpr std::size_t kRows[] = {8, 6, 4};
#endif
  for (std::size_t c = 0; c < columns; c += 3 * L) {
    const std::size_t width = std::min(3 * L, columns - c), batches = (width + L - 1) / L;
    const std::size_t last = width - (batches - 1) * L;
    const auto strip = [&](auto product) {
      product(rows, inner, a, row_step, inner_step, b + c, b_step, out + c, out_step, last);
    };
    if (batches == 3) {
      strip(product_strip<kRows[2], 3, T>);
    } else if (batches == 2) {
      strip(product_strip<kRows[1], 2, T>);
    } else {
      strip(product_strip<kRows[0], 1, T>);
    }
  }
}

/// The columns of a (rows, columns) matrix, which may lie transposed in memory, as rows of `width` numbers, zeros
/// behind.
template <class T>
void turn(const T* from, std::size_t rows, std::size_t columns, bool transposed, T* to, std::size_t width) {
  constexpr std::size_t kTile = 16;
  if (width > rows) std::fill_n(to, columns * width, T(0));
  for (std::size_t c0 = 0; c0 < columns; c0 += kTile) {
    const std::size_t c1 = std::min(columns, c0 + kTile);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = c0; c < c1; ++c) to[c * width + r] = from[transposed ? c * rows + r : r * columns + c];
    }
  }
}

}  // namespace detail

inline constexpr std::size_t kSlice = 16;  // slices are cut at multiples of this, as BLAS kernels and registers like

/// The rows [r0, r1) and the columns [c0, c1) of a b, with `bias` (unless null) added to every row. `b` lies in memory
/// as it is read.
template <class T>
void small_product(const Matrix<T>& a, const Matrix<T>& b, T* out, const T* bias, std::size_t r0, std::size_t r1,
                   std::size_t c0, std::size_t c1) {
  const std::size_t row_step = a.transposed ? 1 : a.columns, inner_step = a.transposed ? a.rows : 1;
  detail::strided_product(r1 - r0, c1 - c0, a.columns, a.data + r0 * row_step, row_step, inner_step, b.data + c0,
                          b.columns, out + r0 * b.columns + c0, b.columns);
  if (bias == nullptr) return;
  for (std::size_t r = r0; r < r1; ++r) {
    for (std::size_t c = c0; c < c1; ++c) out[r * b.columns + c] += bias[c];
  }
}

/// out = the transpose of a (columns, rows) product, with `bias` (unless null) added to every row. slice(c0, c1, to)
/// computes rows [c0, c1) of the product, of `width` >= rows numbers each. `work` is that of the loop.
template <class T, class Slice>
void product_by_transpose(std::size_t rows, std::size_t columns, std::size_t width, T* out, const T* bias,
                          std::size_t work, const Slice& slice) {
  parallel_for(columns, kSlice, work, [&](std::size_t c0, std::size_t c1) {
    std::vector<T, PoolAllocator<T>> product((c1 - c0) * width);
    slice(c0, c1, product.data());
    for (std::size_t r = 0; r < rows; ++r) {
      T* const row = out + r * columns;
      for (std::size_t c = c0; c < c1; ++c) {
        const T sum = product[(c - c0) * width + r];
        row[c] = bias == nullptr ? sum : sum + bias[c];
      }
    }
  });
}

/// a b, with `bias`, where `a` has few rows and `b` is the transpose of what lies in memory: as (b' a')', which reads b
/// along its rows.
template <class T>
void small_product_by_transpose(const Matrix<T>& a, const Matrix<T>& b, T* out, const T* bias, std::size_t work) {
  constexpr std::size_t L = Batch<T>::size;
  const std::size_t width = (a.rows + L - 1) / L * L;  // whole batches
  std::vector<T, PoolAllocator<T>> right(a.columns * width);
  detail::turn(a.data, a.rows, a.columns, a.transposed, right.data(), width);
  product_by_transpose(a.rows, b.columns, width, out, bias, work, [&](std::size_t c0, std::size_t c1, T* to) {
    detail::strided_product(c1 - c0, width, a.columns, b.data + c0 * a.columns, a.columns, std::size_t(1), right.data(),
                            width, to, width);
  });
}

}  // namespace xtape::kernels

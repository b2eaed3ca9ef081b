#pragma once
// Matrix products by OpenBLAS or oneDNN, shared out over the OpenMP threads, each block finished while it is in the
// cache.

#include <cblas.h>
#include <omp.h>
#if defined(XTAPE_ONEDNN)
#include <oneapi/dnnl/dnnl.h>
#endif

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace xtape::benchmarks {

/// Who spreads a matrix product over the threads: one single-threaded product on a slice of the longer side of the
/// result for each OpenMP thread, or OpenBLAS.
enum class ProductThreads { kSliced, kOpenBlas };

constexpr std::size_t kParallelProduct = 262144;  // multiply-adds below which threads cost more than they save

inline std::size_t round_up(std::size_t count, std::size_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

// The part-th of `parts` nearly equal pieces of [0, count), cut at multiples of 16, as BLAS kernels and registers like.
struct Range {
  std::size_t begin, end;
};
inline Range share(std::size_t count, std::size_t part, std::size_t parts) {
  const std::size_t piece = round_up((count + parts - 1) / parts, 16);
  return {std::min(part * piece, count), std::min((part + 1) * piece, count)};
}

inline void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const float* a, int lda, const float* b,
                 int ldb, float* c, int ldc) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);
}
inline void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const double* a, int lda, const double* b,
                 int ldb, double* c, int ldc) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);
}

// The same by oneDNN where xtape computes it so (autodiff/kernels/matmul.cpp).
template <class T>
void slice_gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const T* a, int lda, const T* b, int ldb,
                T* c, int ldc) {
#if defined(XTAPE_ONEDNN)
  if constexpr (std::is_same_v<T, float>) {
    if (std::min({m, n, k}) >= 4 && std::size_t(m) * std::size_t(n) * std::size_t(k) >= std::size_t(1) << 19) {
      dnnl_sgemm(ta == CblasTrans ? 'T' : 'N', tb == CblasTrans ? 'T' : 'N', m, n, k, 1, a, lda, b, ldb, 0, c, ldc);
      return;
    }
  }
#endif
  gemm(ta, tb, m, n, k, a, lda, b, ldb, c, ldc);
}

enum class Form { kNormal, kTransposed };

template <class T>
struct Factor {
  const T* data;
  Form form;
  std::size_t stride;  // of the rows as they lie in memory
  const T* at(std::size_t row, std::size_t column) const {
    return form == Form::kNormal ? data + row * stride + column : data + column * stride + row;
  }
  CBLAS_TRANSPOSE flag() const { return form == Form::kNormal ? CblasNoTrans : CblasTrans; }
};

// result (rows, columns) = left (rows, depth) right (depth, columns)
template <class T>
struct Product {
  Factor<T> left, right;
  std::size_t rows, columns, depth;
  T* result;

  void compute() const {
    gemm(left.flag(), right.flag(), int(rows), int(columns), int(depth), left.data, int(left.stride), right.data,
         int(right.stride), result, int(columns));
  }
  void compute_slice(const Range& r, const Range& c) const {
    if (r.begin == r.end || c.begin == c.end) return;
    slice_gemm(left.flag(), right.flag(), int(r.end - r.begin), int(c.end - c.begin), int(depth), left.at(r.begin, 0),
               int(left.stride), right.at(0, c.begin), int(right.stride), result + r.begin * columns + c.begin,
               int(columns));
  }
};

// Computes the product and calls finish(rows, columns, part) on each thread for its block of the result, while that
// is still in its cache. `whole_rows` cuts between rows also where columns are more.
template <class T, class Finish>
void multiply(ProductThreads threads, const Product<T>& product, bool whole_rows, Finish finish) {
  if (threads == ProductThreads::kOpenBlas) product.compute();
  const bool cut_rows = whole_rows || product.rows >= product.columns;
#pragma omp parallel if (product.rows * product.columns * product.depth > kParallelProduct)
  {
    const std::size_t part = std::size_t(omp_get_thread_num()), parts = std::size_t(omp_get_num_threads());
    const Range rows = cut_rows ? share(product.rows, part, parts) : Range{0, product.rows};
    const Range columns = cut_rows ? Range{0, product.columns} : share(product.columns, part, parts);
    if (threads == ProductThreads::kSliced) product.compute_slice(rows, columns);
    finish(rows, columns, part);
  }
}

}  // namespace xtape::benchmarks

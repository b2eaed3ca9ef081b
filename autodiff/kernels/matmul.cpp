#include "autodiff/kernels/matmul.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/kernels/blas.hpp"
#include "autodiff/kernels/small_product.hpp"
#include "autodiff/kernels/threads.hpp"

#include <cblas.h>
#if defined(XTAPE_ONEDNN)
#include <oneapi/dnnl/dnnl.h>
#endif

#include <algorithm>
#include <limits>
#include <type_traits>
#include <vector>

namespace xtape::kernels {

namespace {

// Multiply-adds that take about as long as one operation of an element-wise loop.
constexpr std::size_t kWorkPerElement = 8;

blasint blas_int(std::size_t extent) {
  if (extent > std::size_t(std::numeric_limits<blasint>::max())) {
    throw ShapeError("[matmul] an extent of " + std::to_string(extent) + " is more than BLAS can count");
  }
  return blasint(extent);
}

// oneDNN's float products take 0.75 to 0.95 of OpenBLAS's time, at small batches down to 0.3, but they start later, and
// matrices of few rows are vectors to OpenBLAS (benchmarks/products.cpp).
#if defined(XTAPE_ONEDNN)
constexpr bool kOneDnn = true;
#else
constexpr bool kOneDnn = false;
#endif
constexpr std::size_t kOneDnnWork = std::size_t(1) << 19, kOneDnnExtent = 4;
// 16, 32, 48 or 64 rows times the transpose of a matrix: the transpose of matrix times rows takes 0.7 to 0.9 of the
// time.
constexpr std::size_t kTurnedRows = 64;

template <class T>
bool is_for_onednn(std::size_t m, std::size_t n, std::size_t k) {
  return kOneDnn && std::is_same_v<T, float> && std::min({m, n, k}) >= kOneDnnExtent && m * n * k >= kOneDnnWork;
}

#if defined(XTAPE_ONEDNN)
// Before 3.12, kernels of oneDNN for AVX and AVX-512 count in the stack pointer, through memory on the heap: a signal's
// handler would be called there. What the loader found decides, not the header.
bool counts_in_stack_pointer() {
  static const bool counts = dnnl_version()->major < 3 || (dnnl_version()->major == 3 && dnnl_version()->minor < 12);
  return counts;
}
#endif

void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, blasint m, blasint n, blasint k, const float* a, blasint lda,
          const float* b, blasint ldb, float beta, float* c, blasint ldc) {
#if defined(XTAPE_ONEDNN)
  if (is_for_onednn<float>(std::size_t(m), std::size_t(n), std::size_t(k))) {
    const SignalsHeldBack while_it_computes(counts_in_stack_pointer());
    if (dnnl_sgemm(ta == CblasTrans ? 'T' : 'N', tb == CblasTrans ? 'T' : 'N', m, n, k, 1.0f, a, lda, b, ldb, beta, c,
                   ldc) == dnnl_success) {
      return;
    }
  }
#endif
  const OpenBlasMemory memory;
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1.0f, a, lda, b, ldb, beta, c, ldc);
}
void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, blasint m, blasint n, blasint k, const double* a, blasint lda,
          const double* b, blasint ldb, double beta, double* c, blasint ldc) {
  const OpenBlasMemory memory;
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1.0, a, lda, b, ldb, beta, c, ldc);
}

template <class T>
void multiply_without_blas(const Matrix<T>& a, const Matrix<T>& b, T* out, const T* bias, std::size_t r0,
                           std::size_t r1, std::size_t c0, std::size_t c1) {
  if (!b.transposed) return small_product(a, b, out, bias, r0, r1, c0, c1);
  std::vector<T, PoolAllocator<T>> right(b.rows * b.columns);
  detail::turn(b.data, b.columns, b.rows, false, right.data(), b.columns);
  small_product(a, {right.data(), b.rows, b.columns}, out, bias, r0, r1, c0, c1);
}

// The rows [r0, r1) and the columns [c0, c1) of the result alone. The bias comes first, and the product adds to it.
template <class T>
void multiply(const Matrix<T>& a, const Matrix<T>& b, T* out, const T* bias, std::size_t r0, std::size_t r1,
              std::size_t c0, std::size_t c1) {
  const BlasCall call;
  if (!call) return multiply_without_blas(a, b, out, bias, r0, r1, c0, c1);
  if (bias != nullptr) {
    for (std::size_t r = r0; r < r1; ++r) std::copy_n(bias + c0, c1 - c0, out + r * b.columns + c0);
  }
  if (a.columns == 0) return;
  const SingleThreadedBlas single;
  const std::size_t lda = a.transposed ? a.rows : a.columns, ldb = b.transposed ? b.rows : b.columns;
  gemm(a.transposed ? CblasTrans : CblasNoTrans, b.transposed ? CblasTrans : CblasNoTrans, blas_int(r1 - r0),
       blas_int(c1 - c0), blas_int(a.columns), a.data + (a.transposed ? r0 : r0 * lda), blas_int(lda),
       b.data + (b.transposed ? c0 * ldb : c0), blas_int(ldb), bias != nullptr ? T(1) : T(0), out + r0 * b.columns + c0,
       blas_int(b.columns));
}

// Whether each thread may call OpenBLAS for a slice of its own: its OpenMP build can be told to stay on that thread,
// while its own thread pool would start as many threads again.
bool threads_are_ours() {
#if defined(XTAPE_OPENMP)
  static const bool openmp = openblas_get_parallel() == OPENBLAS_OPENMP;
  return openmp;
#else
  return false;
#endif
}

// What is left to OpenBLAS, small_product does in half to nine tenths of its time (benchmarks/products.cpp): with few
// rows, or with a short sum. Very few are vectors to OpenBLAS, and what is small altogether it does well.
constexpr std::size_t kFewest = 8, kFewRows = 32, kShortSum = 32, kLarge = std::size_t(1) << 20;

template <class T>
bool has_few_rows(const Matrix<T>& a, const Matrix<T>& b) {
  // Where it need not transpose, OpenBLAS is as fast in double, and with AVX2 faster.
#if defined(__AVX512F__)
  const bool faster = std::is_same_v<T, float> || b.transposed;
#else
  const bool faster = b.transposed;
#endif
  return faster && a.rows >= kFewest && a.rows <= kFewRows && a.rows * a.columns * b.columns >= kLarge;
}
template <class T>
bool has_short_sums(const Matrix<T>& a, const Matrix<T>& b) {
  return a.columns >= kFewest && a.columns <= kShortSum && a.rows * a.columns * b.columns >= kLarge;
}

}  // namespace

// OpenBLAS's own threads share a product of a layer's size badly; a slice of the longer side of the result for each of
// our threads, computed single-threaded, is faster (docs/design.md).
template <class T>
void matmul(const Matrix<T>& a, const Matrix<T>& b, T* out, const T* bias) {
  if (a.rows == 0 || b.columns == 0) return;
  if (a.columns == 0 && bias == nullptr) {
    std::fill_n(out, a.rows * b.columns, T(0));
    return;
  }
  const std::size_t all = a.rows * a.columns * b.columns / kWorkPerElement, shared = threads_are_ours() ? all : 0;
  const bool ours = !is_for_onednn<T>(a.rows, b.columns, a.columns);
  if (!ours && b.transposed && a.rows <= kTurnedRows && a.rows % kSlice == 0) {
    return product_by_transpose(
        a.rows, b.columns, a.rows, out, bias, shared, [&](std::size_t c0, std::size_t c1, T* to) {
          const Matrix<T> left{b.data + c0 * b.rows, c1 - c0, b.rows}, right{a.data, a.columns, a.rows, !a.transposed};
          multiply(left, right, to, static_cast<const T*>(nullptr), 0, left.rows, 0, right.columns);
        });
  }
  if (ours && b.transposed && has_few_rows(a, b)) return small_product_by_transpose(a, b, out, bias, all);
  const bool small = ours && !b.transposed && (has_few_rows(a, b) || has_short_sums(a, b));
  const auto slice = small ? small_product<T> : multiply<T>;
  const std::size_t work = small ? all : shared;
  if (a.rows >= b.columns) {
    parallel_for(a.rows, kSlice, work,
                 [&](std::size_t r0, std::size_t r1) { slice(a, b, out, bias, r0, r1, 0, b.columns); });
  } else {
    parallel_for(b.columns, kSlice, work,
                 [&](std::size_t c0, std::size_t c1) { slice(a, b, out, bias, 0, a.rows, c0, c1); });
  }
}

template <class T>
void matmul_stack(const Matrix<T>& a, const Matrix<T>& b, const Stack<T>& stack, T* out) {
  const auto product = [&](std::size_t i) {
    Matrix<T> left = a, right = b;
    left.data += stack.a_offset[i];
    right.data += stack.b_offset[i];
    matmul(left, right, out + i * a.rows * b.columns);
  };
  const std::size_t each = a.rows * a.columns * b.columns;
  if (each >= kWorkPerElement * kParallelWork || !threads_are_ours()) {
    for (std::size_t i = 0; i < stack.count; ++i) product(i);  // each is enough for all threads
    return;
  }
  parallel_for(stack.count, 1, stack.count * each / kWorkPerElement, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) product(i);
  });
}

#define XTAPE_INSTANTIATE(T)                                                 \
  template void matmul<T>(const Matrix<T>&, const Matrix<T>&, T*, const T*); \
  template void matmul_stack<T>(const Matrix<T>&, const Matrix<T>&, const Stack<T>&, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels

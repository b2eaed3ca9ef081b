#include "autodiff/kernels/lapack.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/kernels/blas.hpp"
#include "autodiff/pool.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

// OpenBLAS's packages have LAPACK's functions, and not all of them a header of it. A Fortran compiler passes the
// lengths of texts behind all other arguments.
extern "C" {
#define XTAPE_LAPACK(p, T)                                                                                            \
  void p##potrf_(const char*, const blasint*, T*, const blasint*, blasint*, std::size_t);                             \
  void p##laswp_(const blasint*, T*, const blasint*, const blasint*, const blasint*, const blasint*, const blasint*); \
  void p##getrf_(const blasint*, const blasint*, T*, const blasint*, blasint*, blasint*);                             \
  void p##gelqf_(const blasint*, const blasint*, T*, const blasint*, T*, T*, const blasint*, blasint*);               \
  void p##orglq_(const blasint*, const blasint*, const blasint*, T*, const blasint*, const T*, T*, const blasint*,    \
                 blasint*);                                                                                           \
  void p##syevd_(const char*, const char*, const blasint*, T*, const blasint*, T*, T*, const blasint*, blasint*,      \
                 const blasint*, blasint*, std::size_t, std::size_t);                                                 \
  void p##gesdd_(const char*, const blasint*, const blasint*, T*, const blasint*, T*, T*, const blasint*, T*,         \
                 const blasint*, T*, const blasint*, blasint*, blasint*, std::size_t);
XTAPE_LAPACK(s, float)
XTAPE_LAPACK(d, double)
#undef XTAPE_LAPACK
}

namespace xtape::kernels {

namespace {

// What a call of BLAS or LAPACK needs around it. It stays on the calling thread: OpenBLAS's own threads wait for each
// other, and where other programs keep one from running, a factorization takes many times as long.
class LapackCall {
 public:
  LapackCall() {
    if (!call_) throw Error("[linalg] the process ends: LAPACK cannot be called any more");
  }

 private:
  BlasCall call_;
  OpenBlasMemory memory_;
  SingleThreadedBlas single_;
};

template <class T>
using Buffer = std::vector<T, PoolAllocator<T>>;

blasint blas_int(std::size_t extent) {
  if (extent > std::size_t(std::numeric_limits<blasint>::max())) {
    throw ShapeError("[linalg] an extent of " + std::to_string(extent) + " is more than LAPACK can count");
  }
  return blasint(extent);
}

// The functions of both precisions under one name. Not constexpr: g++ 16 then wants the lambdas that call them to be.
template <class T>
struct Lapack;
#define XTAPE_LAPACK(p, T)                           \
  template <>                                        \
  struct Lapack<T> {                                 \
    static inline const auto potrf = p##potrf_;      \
    static inline const auto getrf = p##getrf_;      \
    static inline const auto gelqf = p##gelqf_;      \
    static inline const auto orglq = p##orglq_;      \
    static inline const auto syevd = p##syevd_;      \
    static inline const auto gesdd = p##gesdd_;      \
    static inline const auto trsm = cblas_##p##trsm; \
    static inline const auto gemm = cblas_##p##gemm; \
    static inline const auto laswp = p##laswp_;      \
  };
XTAPE_LAPACK(s, float)
XTAPE_LAPACK(d, double)
#undef XTAPE_LAPACK

// From so many rows on, LU and Cholesky factorizations share their products over the threads, band by band.
constexpr std::size_t kShared = 384, kBand = 96, kSlice = 16;
bool is_shared(std::size_t n) {
  return n >= kShared && available_threads() > 1;
}
std::size_t work_of(std::size_t multiply_adds) {
  return multiply_adds / 8;
}

// Calls f(work, size) with memory to work in: `enough` of it if that is little, else as much as f says to be best, in
// work[0], when it is asked with a size of -1.
constexpr std::size_t kLittle = 4096, kAsk = kLittle + 1, kBlock = 32;
template <class T, class F>
void with_workspace(std::size_t enough, const F& f) {
  if (enough > kLittle) {
    T best = 0;
    f(&best, blasint(-1));
    // In float the size is rounded, and may be too small by that.
    enough = std::size_t(double(best) * (1 + 4 * double(std::numeric_limits<T>::epsilon()))) + 1;
  }
  Buffer<T> work(enough);
  f(work.data(), blas_int(enough));
}

// --- Matrices so small that a call takes longer than the work
// ---------------------------------------------------------

constexpr std::size_t kSmall = 8, kSmallColumns = 32;

template <class T>
Stopped small_cholesky(std::size_t n, T* a) {
  for (std::size_t j = 0; j < n; ++j) {
    T* const row = a + j * n;
    T pivot = row[j];
    for (std::size_t k = 0; k < j; ++k) pivot -= row[k] * row[k];
    if (!(pivot > T(0))) return j + 1;
    row[j] = std::sqrt(pivot);
    std::fill(row + j + 1, row + n, T(0));
    for (std::size_t i = j + 1; i < n; ++i) {
      T sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * row[k];
      a[i * n + j] = sum / row[j];
    }
  }
  return kDone;
}

// By rows, which are LAPACK's columns.
template <class T>
void small_lu(std::size_t n, T* factors) {
  for (std::size_t j = 0; j < n; ++j) {
    T* const row = factors + j * n;
    std::size_t p = j;
    for (std::size_t i = j + 1; i < n; ++i) {
      if (std::abs(row[i]) > std::abs(row[p])) p = i;
    }
    factors[n * n + j] = T(p + 1);
    for (std::size_t c = 0; c < n && p != j; ++c) std::swap(factors[c * n + j], factors[c * n + p]);
    if (row[j] == T(0)) continue;
    for (std::size_t i = j + 1; i < n; ++i) row[i] /= row[j];
    for (std::size_t c = j + 1; c < n; ++c) {
      const T factor = factors[c * n + j];
      for (std::size_t i = j + 1; i < n; ++i) factors[c * n + i] -= factor * row[i];
    }
  }
}

template <class T>
void solve_small_triangle(bool lower, bool transposed, bool unit, std::size_t n, std::size_t k, const T* t, T* b) {
  const std::size_t row_step = transposed ? 1 : n, column_step = transposed ? n : 1;
  const bool forward = lower != transposed;
  for (std::size_t s = 0; s < n; ++s) {
    const std::size_t i = forward ? s : n - 1 - s, first = forward ? 0 : i + 1, last = forward ? i : n;
    for (std::size_t j = first; j < last; ++j) {
      const T factor = t[i * row_step + j * column_step];
      for (std::size_t c = 0; c < k; ++c) b[i * k + c] -= factor * b[j * k + c];
    }
    for (std::size_t c = 0; c < k && !unit; ++c) b[i * k + c] /= t[i * n + i];
  }
}

// b (n rows of k) = the solution of t x = b, columns shared over the threads.
template <class T>
void solve_triangle(bool lower, bool transposed, bool unit, std::size_t n, std::size_t k, const T* t, T* b) {
  if (n <= kSmall && k <= kSmallColumns) return solve_small_triangle(lower, transposed, unit, n, k, t, b);
  parallel_for(k, kSlice, work_of(n * n * k / 2), [&](std::size_t c0, std::size_t c1) {
    const LapackCall call;
    Lapack<T>::trsm(CblasRowMajor, CblasLeft, lower ? CblasLower : CblasUpper, transposed ? CblasTrans : CblasNoTrans,
                    unit ? CblasUnit : CblasNonUnit, blas_int(n), blas_int(c1 - c0), T(1), t, blas_int(n), b + c0,
                    blas_int(k));
  });
}

template <class T>
T sign_of_exchanges(std::size_t n, const T* factors) {
  bool odd = false;
  for (std::size_t i = 0; i < n; ++i) odd = odd != (factors[n * n + i] != T(i + 1));
  return odd ? T(-1) : T(1);
}

}  // namespace

template <class T>
bool are_finite(const T* x, std::size_t count) {
  T sum = 0;  // 0 times what is not finite is NaN
  for (std::size_t i = 0; i < count; ++i) sum += x[i] * T(0);
  return sum == T(0);
}

template <class T>
bool copy_lower(std::size_t n, const T* a, T* to) {
  for (std::size_t i = 0; i < n; ++i) {
    std::copy_n(a + i * n, i + 1, to + i * n);
    std::fill(to + i * n + i + 1, to + (i + 1) * n, T(0));
  }
  return are_finite(to, n * n);
}

template <class T>
Stopped cholesky(std::size_t n, T* a) {
  if (n <= kSmall) return small_cholesky(n, a);
  const blasint order = blas_int(n);
  Stopped stopped = kDone;
  // Bands of rows of l: the square on the diagonal, what is below it, and what that takes from the rest.
  const std::size_t width = is_shared(n) ? kBand : n;
  for (std::size_t j = 0; j < n && stopped == kDone; j += width) {
    const std::size_t size = std::min(width, n - j), below = j + size, left = n - below;
    T* const square = a + j * n + j;
    {
      const LapackCall call;
      const blasint own = blas_int(size);
      blasint info = 0;
      Lapack<T>::potrf("U", &own, square, &order, &info, 1);
      if (info != 0) stopped = j + Stopped(info);
    }
    if (left == 0 || stopped != kDone) continue;
    parallel_for(left, kSlice, work_of(left * size * size), [&](std::size_t r0, std::size_t r1) {
      const LapackCall call;
      Lapack<T>::trsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, blas_int(r1 - r0),
                      blas_int(size), T(1), square, order, a + (below + r0) * n + j, order);
    });
    parallel_for(
        left, kSlice, work_of(left * left * size),
        [&](std::size_t r0, std::size_t r1) {  // of the lower triangle, and what is above it in these rows
          const LapackCall call;
          Lapack<T>::gemm(CblasRowMajor, CblasNoTrans, CblasTrans, blas_int(r1 - r0), blas_int(r1), blas_int(size),
                          T(-1), a + (below + r0) * n + j, order, a + below * n + j, order, T(1),
                          a + (below + r0) * n + below, order);
        },
        4);
  }
  for (std::size_t i = 0; i < n; ++i) std::fill(a + i * n + i + 1, a + (i + 1) * n, T(0));
  return stopped;
}

// LAPACK factors aᵀ = P L U; so a = Uᵀ Lᵀ Pᵀ, and in our rows lie Uᵀ, the lower triangle, and Lᵀ, of a diagonal of
// ones.
template <class T>
void lu(std::size_t n, T* factors) {
  if (n <= kSmall) return small_lu(n, factors);
  const blasint order = blas_int(n), one = 1;
  std::vector<blasint> exchanges(n);
  const std::size_t width = is_shared(n) ? kBand : n;
  // Bands of LAPACK's columns, and what each takes from the columns after it.
  for (std::size_t j = 0; j < n; j += width) {
    const std::size_t size = std::min(width, n - j), after = j + size;
    const blasint rows = blas_int(n - j), columns = blas_int(size);
    T* const band = factors + j * n + j;
    const auto exchange = [&](std::size_t first, std::size_t last) {
      const blasint count = blas_int(last - first);
      if (count > 0) {
        Lapack<T>::laswp(&count, factors + first * n + j, &order, &one, &columns, exchanges.data() + j, &one);
      }
    };
    {
      const LapackCall call;
      blasint info = 0;
      Lapack<T>::getrf(&rows, &columns, band, &order, exchanges.data() + j, &info);
      exchange(0, j);
    }
    parallel_for(n - after, kSlice, work_of((n - after) * (n - j) * size), [&](std::size_t c0, std::size_t c1) {
      const LapackCall call;
      exchange(after + c0, after + c1);
      T* const top = factors + (after + c0) * n + j;
      const blasint count = blas_int(c1 - c0);
      Lapack<T>::trsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasUnit, columns, count, T(1), band, order,
                      top, order);
      if (after < n) {
        Lapack<T>::gemm(CblasColMajor, CblasNoTrans, CblasNoTrans, blas_int(n - after), count, columns, T(-1),
                        band + size, order, top, order, T(1), top + size, order);
      }
    });
    for (std::size_t i = j; i < after; ++i) factors[n * n + i] = T(std::size_t(exchanges[i]) + j);
  }
}

template <class T>
void lu_solve(std::size_t n, std::size_t k, const T* factors, bool transposed, T* b) {
  const auto exchange = [&](std::size_t i) {
    const std::size_t j = std::size_t(factors[n * n + i]) - 1;
    if (i != j) std::swap_ranges(b + i * k, b + (i + 1) * k, b + j * k);
  };
  if (transposed) {
    for (std::size_t i = 0; i < n; ++i) exchange(i);
    solve_triangle(false, true, true, n, k, factors, b);
    solve_triangle(true, true, false, n, k, factors, b);
  } else {
    solve_triangle(true, false, false, n, k, factors, b);
    solve_triangle(false, false, true, n, k, factors, b);
    for (std::size_t i = n; i-- > 0;) exchange(i);
  }
}

template <class T>
void lu_of(std::size_t n, const T* a, T* factors) {
  std::copy_n(a, n * n, factors);
  if (are_finite(a, n * n)) return lu(n, factors);
  std::fill_n(factors, n * n, std::numeric_limits<T>::quiet_NaN());
  for (std::size_t i = 0; i < n; ++i) factors[n * n + i] = T(i + 1);
}

template <class T>
Stopped zero_pivot(std::size_t n, const T* factors) {
  for (std::size_t j = 0; j < n; ++j) {
    if (factors[j * n + j] == T(0)) return j + 1;
  }
  return kDone;
}

template <class T>
T determinant(std::size_t n, const T* factors) {
  T result = sign_of_exchanges(n, factors);
  for (std::size_t j = 0; j < n; ++j) result *= factors[j * n + j];
  return result;
}

template <class T>
void sign_and_logarithm(std::size_t n, const T* factors, T* sign, T* logarithm) {
  T s = sign_of_exchanges(n, factors);
  double sum = 0;
  for (std::size_t j = 0; j < n; ++j) {
    const T pivot = factors[j * n + j];
    s = std::isnan(pivot) ? pivot : pivot == T(0) ? T(0) : std::signbit(pivot) ? -s : s;
    sum += std::log(std::abs(double(pivot)));
  }
  *sign = s;
  *logarithm = T(sum);
}

template <class T>
Stopped triangular_solve(bool lower, bool transposed, bool unit, std::size_t n, std::size_t k, const T* a, T* b) {
  for (std::size_t i = 0; i < n && !unit; ++i) {
    if (a[i * n + i] == T(0)) return i + 1;
  }
  solve_triangle(lower, transposed, unit, n, k, a, b);
  return kDone;
}

template <class T>
Stopped eigh(std::size_t n, T* a, T* w, bool vectors) {
  const LapackCall call;
  const blasint order = blas_int(n);
  blasint info = 0;
  const char* const what = vectors ? "V" : "N";
  std::vector<blasint> integers(vectors ? 5 * n + 3 : 1);
  const blasint count = blas_int(integers.size());
  with_workspace<T>(vectors ? 2 * n * n + 6 * n + 1 : 2 * n + 1, [&](T* work, blasint size) {
    Lapack<T>::syevd(what, "U", &order, a, &order, w, work, &size, integers.data(), &count, &info, 1, 1);
  });
  for (std::size_t i = 0; i < n && vectors; ++i) {
    for (std::size_t j = 0; j < i; ++j) std::swap(a[i * n + j], a[j * n + i]);
  }
  return Stopped(info);
}

// Of aᵀ = u' s vh' LAPACK gives u' and vh' by columns: in rows these are vh = u'ᵀ and u = vh'ᵀ.
template <class T>
Stopped svd(std::size_t m, std::size_t n, bool full, T* a, T* s, T* u, T* vh) {
  const LapackCall call;
  const std::size_t least = std::min(m, n);
  const blasint rows = blas_int(n), columns = blas_int(m), few = blas_int(full ? m : least);
  blasint info = 0;
  std::vector<blasint> integers(8 * least);
  T none = 0;
  const bool vectors = u != nullptr;
  with_workspace<T>(kAsk, [&](T* work, blasint size) {
    Lapack<T>::gesdd(!vectors ? "N"
                     : full   ? "A"
                              : "S",
                     &rows, &columns, a, &rows, s, vectors ? vh : &none, &rows, vectors ? u : &none, &few, work, &size,
                     integers.data(), &info, 1);
  });
  return Stopped(std::abs(info));
}

template <class T>
std::size_t rank(std::size_t count, const T* s, double least) {
  return std::size_t(std::count_if(s, s + count, [least](T value) { return double(value) > least; }));
}

// aᵀ = l q' with the same reflections as a = q r: in rows r = lᵀ and q = q'ᵀ.
template <class T>
void qr(std::size_t m, std::size_t n, T* a, T* q, T* r) {
  const LapackCall call;
  const std::size_t least = std::min(m, n);
  const blasint rows = blas_int(n), columns = blas_int(m), few = blas_int(least);
  blasint info = 0;
  std::vector<T> scales(least);
  with_workspace<T>(kBlock * n, [&](T* work, blasint size) {
    Lapack<T>::gelqf(&rows, &columns, a, &rows, scales.data(), work, &size, &info);
  });
  for (std::size_t i = 0; i < least; ++i) {
    std::fill_n(r + i * n, i, T(0));
    std::copy(a + i * n + i, a + (i + 1) * n, r + i * n + i);
  }
  for (std::size_t i = 0; i < m; ++i) std::copy_n(a + i * n, least, q + i * least);
  with_workspace<T>(kBlock * n, [&](T* work, blasint size) {
    Lapack<T>::orglq(&few, &columns, &few, q, &few, scales.data(), work, &size, &info);
  });
}

#define XTAPE_INSTANTIATE(T)                                                                   \
  template bool are_finite(const T*, std::size_t);                                             \
  template bool copy_lower(std::size_t, const T*, T*);                                         \
  template Stopped cholesky(std::size_t, T*);                                                  \
  template void lu(std::size_t, T*);                                                           \
  template void lu_solve(std::size_t, std::size_t, const T*, bool, T*);                        \
  template void lu_of(std::size_t, const T*, T*);                                              \
  template Stopped zero_pivot(std::size_t, const T*);                                          \
  template T determinant(std::size_t, const T*);                                               \
  template void sign_and_logarithm(std::size_t, const T*, T*, T*);                             \
  template Stopped triangular_solve(bool, bool, bool, std::size_t, std::size_t, const T*, T*); \
  template Stopped eigh(std::size_t, T*, T*, bool);                                            \
  template Stopped svd(std::size_t, std::size_t, bool, T*, T*, T*, T*);                        \
  template std::size_t rank(std::size_t, const T*, double);                                    \
  template void qr(std::size_t, std::size_t, T*, T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels

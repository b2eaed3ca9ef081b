// Products of which one extent is small, by xtape's own kernel against OpenBLAS, one thread: which of them
// kernels::matmul takes over (kFewRows, kShortSum in autodiff/kernels/matmul.cpp) follows from this table.
//
//   small_products             (x W', dy W and dy' x of layers, batches from 1 to 64)

#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "autodiff/kernels/small_product.hpp"
#include "autodiff/random.hpp"

namespace {

using namespace xtape;

template <class F>
double median_microseconds(const F& f) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (int i = 0; i < 101; ++i) {
    const auto start = Clock::now();
    f();
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + 50, times.end());
  return times[50];
}

void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const float* a, int lda, const float* b, int ldb,
          float* c) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, n);
}
void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const double* a, int lda, const double* b,
          int ldb, double* c) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, n);
}

// (m, k) by (k, n); `flip_a` and `flip_b`: transposes of what lies in memory.
template <class T>
double ratio(std::size_t m, std::size_t n, std::size_t k, bool flip_a, bool flip_b) {
  Random rng(1);
  const Array<T> a = rng.normal<T>({m, k}), b = rng.normal<T>({k, n});
  Array<T> out = zeros<T>({m, n});
  const double blas = median_microseconds([&] {
    gemm(flip_a ? CblasTrans : CblasNoTrans, flip_b ? CblasTrans : CblasNoTrans, int(m), int(n), int(k), a.data(),
         int(flip_a ? m : k), b.data(), int(flip_b ? k : n), out.data());
  });
  const kernels::Matrix<T> left{a.data(), m, k, flip_a}, right{b.data(), k, n, flip_b};
  const double ours = median_microseconds([&] {
    if (flip_b) {
      kernels::small_product_by_transpose<T>(left, right, out.data(), nullptr, 0);
    } else {
      kernels::small_product<T>(left, right, out.data(), nullptr, 0, m, 0, n);
    }
  });
  return ours / blas;
}

template <class T>
void table(const char* type) {
  constexpr std::size_t kLayers[][2] = {{784, 400}, {400, 784}, {512, 512}, {2048, 256}};
  std::printf("%s, our time over OpenBLAS's\n%6s", type, "batch");
  for (const auto& [in, out] : kLayers) std::printf("   %4zu to %4zu: x W'   dy W  dy' x", in, out);
  std::printf("\n");
  for (const std::size_t batch : {1, 2, 4, 6, 8, 12, 16, 20, 24, 32, 48, 64}) {
    std::printf("%6zu", batch);
    for (const auto& [in, out] : kLayers) {
      std::printf("%22.2f %6.2f %6.2f", ratio<T>(batch, out, in, false, true), ratio<T>(batch, in, out, false, false),
                  ratio<T>(out, in, batch, true, false));
    }
    std::printf("\n");
  }
}

}  // namespace

int main() {
  table<float>("float");
  table<double>("double");
}

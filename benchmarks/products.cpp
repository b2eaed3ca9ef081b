// Products of layers by oneDNN and by xtape's own kernel against OpenBLAS, one thread: which of them kernels::matmul
// gives to whom (autodiff/kernels/matmul.cpp) follows from these tables.
//
//   products             (x W', dy W and dy' x of layers)

#include <cblas.h>
#if defined(XTAPE_ONEDNN)
#include <oneapi/dnnl/dnnl.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "autodiff/kernels/small_product.hpp"
#include "autodiff/random.hpp"
#include "benchmarks/support/sliced_product.hpp"

namespace {

using namespace xtape;

// (m, k) by (k, n); `flip_a` and `flip_b`: transposes of what lies in memory.
template <class T>
struct Operands {
  std::size_t m, n, k;
  bool flip_a, flip_b;
  Array<T> a, b, out;

  Operands(std::size_t rows, std::size_t columns, std::size_t inner, bool transpose_a, bool transpose_b)
      : m(rows), n(columns), k(inner), flip_a(transpose_a), flip_b(transpose_b) {
    Random rng(1);
    a = rng.normal<T>({m, k});
    b = rng.normal<T>({k, n});
    out = zeros<T>({m, n});
  }
  std::size_t a_step() const { return flip_a ? m : k; }
  std::size_t b_step() const { return flip_b ? k : n; }
};

template <class T>
void by_openblas(Operands<T>& o) {
  benchmarks::gemm(o.flip_a ? CblasTrans : CblasNoTrans, o.flip_b ? CblasTrans : CblasNoTrans, int(o.m), int(o.n),
                   int(o.k), o.a.data(), int(o.a_step()), o.b.data(), int(o.b_step()), o.out.data(), int(o.n));
}

template <class T>
void by_small_product(Operands<T>& o) {
  const kernels::Matrix<T> left{o.a.data(), o.m, o.k, o.flip_a}, right{o.b.data(), o.k, o.n, o.flip_b};
  if (o.flip_b) {
    kernels::small_product_by_transpose<T>(left, right, o.out.data(), nullptr, 0);
  } else {
    kernels::small_product<T>(left, right, o.out.data(), nullptr, 0, o.m, 0, o.n);
  }
}

#if defined(XTAPE_ONEDNN)
void by_onednn(Operands<float>& o) {
  dnnl_sgemm(o.flip_a ? 'T' : 'N', o.flip_b ? 'T' : 'N', dnnl_dim_t(o.m), dnnl_dim_t(o.n), dnnl_dim_t(o.k), 1,
             o.a.data(), dnnl_dim_t(o.a_step()), o.b.data(), dnnl_dim_t(o.b_step()), 0, o.out.data(), dnnl_dim_t(o.n));
}
// The transpose of the product, for x W'.
void by_onednn_turned(Operands<float>& o) {
  dnnl_sgemm(o.flip_b ? 'N' : 'T', o.flip_a ? 'N' : 'T', dnnl_dim_t(o.n), dnnl_dim_t(o.m), dnnl_dim_t(o.k), 1,
             o.b.data(), dnnl_dim_t(o.b_step()), o.a.data(), dnnl_dim_t(o.a_step()), 0, o.out.data(), dnnl_dim_t(o.m));
}
#endif

template <class F>
double microseconds(const F& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

// The median of the ratios of times taken in turns.
template <class T, class F>
double ratio(Operands<T> operands, const F& candidate) {
  constexpr std::size_t kPairs = 41;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < kPairs; ++i) {
    const double reference = microseconds([&] { by_openblas(operands); });
    ratios.push_back(microseconds([&] { candidate(operands); }) / reference);
  }
  std::nth_element(ratios.begin(), ratios.begin() + kPairs / 2, ratios.end());
  return ratios[kPairs / 2];
}

template <class T, class F>
void table(const char* title, const std::vector<std::size_t>& batches, const F& candidate) {
  constexpr std::size_t kLayers[][2] = {{784, 400}, {400, 784}, {512, 512}, {2048, 256}, {400, 20}, {20, 400}};
  std::printf("%s, time over OpenBLAS's\n%6s", title, "batch");
  for (const auto& [in, out] : kLayers) std::printf("   %4zu to %4zu: x W'   dy W  dy' x", in, out);
  std::printf("\n");
  for (const std::size_t batch : batches) {
    std::printf("%6zu", batch);
    for (const auto& [in, out] : kLayers) {
      std::printf("%22.2f %6.2f %6.2f", ratio<T>({batch, out, in, false, true}, candidate),
                  ratio<T>({batch, in, out, false, false}, candidate),
                  ratio<T>({out, in, batch, true, false}, candidate));
    }
    std::printf("\n");
  }
}

}  // namespace

int main() {
  const kernels::SingleThreadedBlas single;
  const std::vector<std::size_t> few{1, 2, 4, 6, 8, 12, 16, 20, 24, 32, 48, 64};
#if defined(XTAPE_ONEDNN)
  const std::vector<std::size_t> all{1, 2, 4, 8, 16, 24, 32, 48, 64, 128, 256, 512, 1024};
  table<float>("float, oneDNN", all, by_onednn);
  table<float>("float, oneDNN's transpose of the product", few, by_onednn_turned);
#endif
  table<float>("float, small_product", few, by_small_product<float>);
  table<double>("double, small_product", few, by_small_product<double>);
}

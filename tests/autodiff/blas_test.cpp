// Where OpenBLAS and oneDNN are not to be had: without memory for them, and at the end of the process.

#include "autodiff/kernels/blas.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <latch>
#include <limits>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "autodiff/kernels/matmul.hpp"
#include "autodiff/kernels/threads.hpp"
#include "tests/sanitized.hpp"

namespace xtape {
namespace {

// Products of a layer's size, with every transposition, with and without a bias; large enough for oneDNN.
template <class T>
std::vector<Array<T>> products() {
  constexpr std::size_t m = 100, n = 90, k = 80;
  Random rng(1);
  const Array<T> a = rng.normal<T>({m, k}), b = rng.normal<T>({k, n}), bias = rng.normal<T>({n});
  std::vector<Array<T>> results;
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      for (const T* with : {static_cast<const T*>(nullptr), bias.data()}) {
        kernels::matmul<T>({a.data(), m, k, ta}, {b.data(), k, n, tb}, results.emplace_back(zeros<T>({m, n})).data(),
                           with);
      }
    }
  }
  return results;
}

template <class T>
bool nearly_equal(const std::vector<Array<T>>& x, const std::vector<Array<T>>& y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x[i].size(); ++j) {
      if (!(std::abs(x[i].flat(j) - y[i].flat(j)) <= T(1e3) * std::numeric_limits<T>::epsilon())) return false;
    }
  }
  return !x.empty() && x.size() == y.size();
}

struct AtTheEnd {
  std::vector<Array<float>> floats;
  std::vector<Array<double>> doubles;
  ~AtTheEnd() {
    const bool same = nearly_equal(floats, products<float>()) && nearly_equal(doubles, products<double>());
    std::fputs(same ? "the same" : "others", stderr);
  }
};

struct Blas : testing::Test {
  Blas() { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }  // a process of its own, from the start
};
using BlasDeathTest = Blas;

TEST_F(BlasDeathTest, ProductsInAStaticDestructor) {
  EXPECT_EXIT(
      {
        static AtTheEnd late;
        late.floats = products<float>();
        late.doubles = products<double>();
        std::exit(0);
      },
      testing::ExitedWithCode(0), "the same");
}

TEST_F(BlasDeathTest, ProductsInAThreadThatOutlivesMain) {
  for (int time = 0; time < 5; ++time) {
    EXPECT_EXIT(
        {
          static std::latch begun(2);
          for (int thread = 0; thread < 2; ++thread) {
            std::thread([] {
              products<float>(), products<double>();
              begun.count_down();
              for (;;) products<float>(), products<double>();
            }).detach();
          }
          begun.wait();  // a process that ends within its first product of a kind may crash: docs/behaviour.md
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          std::exit(0);
        },
        testing::ExitedWithCode(0), "");
  }
}

// The address space of this process, in bytes.
std::size_t address_space() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * 4096;
}

void multiply_without_memory() {
  kernels::set_available_threads(1);
  const Array<double> a = zeros<double>({300, 300});
  Array<double> out = zeros<double>({300, 300});
  const rlimit small{address_space() + (std::size_t(40) << 20), RLIM_INFINITY}, large{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &small);
  try {
    kernels::matmul<double>({a.data(), 300, 300}, {a.data(), 300, 300}, out.data());
  } catch (const std::bad_alloc& error) {
    std::fputs(error.what(), stderr);
  }
  setrlimit(RLIMIT_AS, &large);
  kernels::matmul<double>({a.data(), 300, 300}, {a.data(), 300, 300}, out.data());  // it can be had later
  std::exit(0);
}

TEST_F(BlasDeathTest, NoMemoryForAProduct) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer needs more than any limit";
  EXPECT_EXIT(multiply_without_memory(), testing::ExitedWithCode(0), "out of memory: OpenBLAS takes 128 MiB");
}

}  // namespace
}  // namespace xtape

// Exceptions and lack of memory in the middle of everything: nothing leaks, nothing crashes, and what comes after is
// right.

#include "autodiff/autodiff.hpp"
#include "autodiff/kernels/threads.hpp"
#include "tests/testing.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <thread>

namespace {

constexpr std::size_t kLargest = std::size_t(1) << 40;  // more would end the program under a sanitizer
thread_local long allocations_until_failure = -1;       // on this thread; negative: never

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (allocations_until_failure == 0 || bytes > kLargest) throw std::bad_alloc();
  if (allocations_until_failure > 0) --allocations_until_failure;
  const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// All of this program's memory. GCC takes what it can inline for a mismatch of malloc and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t bytes) {
  return allocate(bytes, alignof(std::max_align_t));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, std::size_t(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {  // of std::stable_sort
  try {
    return allocate(bytes, alignof(std::max_align_t));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
using Vars = std::vector<Var<double>>;

struct Interruption : std::runtime_error {
  Interruption() : std::runtime_error("interrupted") {}
};

enum class When { kNever, kForward, kBackward };

// y = 2 x, element by element, unless it is interrupted.
struct Fragile {
  static constexpr const char* name = "fragile";
  static constexpr unsigned saves = kInput;
  When when;
  template <class S>
  S eval(const S& x) const {
    if (when == When::kForward) throw Interruption();
    return S(x.v + x.v);
  }
  template <class S>
  std::array<S, 1> vjp(const S& g, const auto&, const S&) const {
    if (when == When::kBackward) throw Interruption();
    return {2.0 * g};
  }
};

// The same on whole arrays.
struct FragileArray {
  static constexpr const char* name = "fragile_array";
  static constexpr unsigned saves = kNothing;
  When when;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    if (when == When::kForward) throw Interruption();
    return (Var<T>(x) * 2.0).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    if (when == When::kBackward) throw Interruption();
    return 2.0 * g;
  }
};

Var<double> fragile(const Var<double>& x, When when) {
  return apply(Fragile{when}, x);
}
Var<double> fragile_array(const Var<double>& x, When when) {
  return xtape::apply(FragileArray{when}, x);
}

template <class Op>
void expect_tape_survives(const Op& op, const Array<double>& x) {
  const Array<double> expected = full<double>(shape_of(x), 2);
  Tape<double> tape;
  const Var<double> a = tape.watch(x);
  const std::size_t size = tape.size();
  EXPECT_THROW(op(a, When::kForward), Interruption);
  EXPECT_EQ(tape.size(), size);  // as before the operation

  const Var<double> kept = sum(op(a, When::kNever)), broken = sum(exp(op(exp(a), When::kBackward)));
  EXPECT_THROW(tape.gradient(broken, a), Interruption);
  EXPECT_THROW(tape.gradient(broken, a), TapeError);  // what had been passed is freed
  EXPECT_TRUE(close(tape.gradient(kept, a), expected));

  const Var<double> retained = sum(op(a, When::kBackward));
  EXPECT_THROW(tape.gradient(retained, a, {.retain = true}), Interruption);
  EXPECT_THROW(tape.gradient(retained, a, {.retain = true}), Interruption);  // nothing was freed

  const auto f = [&](const auto& v) { return sum(op(v, When::kBackward)); };
  EXPECT_THROW(grad(f)(a), Interruption);  // the recorded sweep
  EXPECT_THROW(hessian(f)(x), Interruption);
  EXPECT_TRUE(close(tape.gradient(sum(op(a, When::kNever)), a), expected));
}

TEST(Exceptions, FromAnOperationLeaveTheTapeUsable) {
  expect_tape_survives(fragile, ones<double>({3}));
  expect_tape_survives(fragile_array, ones<double>({3}));
}

TEST(Exceptions, FromParallelLoopsToo) {
  expect_tape_survives(fragile, ones<double>({4 * kernels::kParallelWork}));
  expect_tape_survives(fragile, ones<double>({64, kernels::kParallelWork / 16}));
}

TEST(Exceptions, FromAFunctionGivenToMap) {
  static std::atomic<int> calls{0};
  const auto sometimes = [](const auto& x) {
    if (++calls == 5) throw Interruption();
    return x * x;
  };
  Tape<double> tape;
  const Var<double> a = tape.watch(ones<double>({4 * kernels::kParallelWork}));
  EXPECT_THROW(map(sometimes, a), Interruption);
  EXPECT_EQ(tape.size(), 1u);
  const Var<double> y = sum(map(sometimes, a));
  calls = 0;
  EXPECT_TRUE(close(tape.gradient(y, a, {.retain = true}), full<double>(a.shape(), 2)));
  EXPECT_EQ(calls, 0);  // its derivatives were computed along with its value
  calls = 4;
  const auto twice = grad([&](const auto& x) { return sum(map(sometimes, x)); });
  EXPECT_THROW(twice(a), Interruption);  // in the recorded sweep
  EXPECT_TRUE(close(twice(a).value(), full<double>(a.shape(), 2)));
}

TEST(ParallelFor, DoesEachPartOnceAndRethrows) {
  constexpr std::size_t kCount = 3 * kernels::kParallelWork + 17;
  std::vector<std::atomic<int>> done(kCount);
  const auto count = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) ++done[i];
  };
  kernels::parallel_for(kCount, 64, kCount, count);
  EXPECT_TRUE(std::all_of(done.begin(), done.end(), [](const auto& times) { return times == 1; }));
  const auto fail = [](std::size_t, std::size_t) { throw Interruption(); };
  EXPECT_THROW(kernels::parallel_for(kCount, 64, kCount, fail), Interruption);  // on every thread
  EXPECT_THROW(kernels::parallel_for(kCount, 64, 1, fail), Interruption);       // on this one alone
  const auto fail_late = [&](std::size_t begin, std::size_t end) {
    count(begin, end);
    if (end == kCount) throw Interruption();
  };
  EXPECT_THROW(kernels::parallel_for(kCount, 64, kCount, fail_late), Interruption);
  EXPECT_TRUE(std::all_of(done.begin(), done.end(), [](const auto& times) { return times == 2; }));
  kernels::parallel_for(0, 64, 0, fail);  // nothing to do
}

// Runs f with the n-th allocation failing, for n = 1, 2, ... until it has enough.
template <class F>
void expect_survives_lack_of_memory(const F& f) {
  set_pool_limit(0);  // every buffer comes from the system
  bool done = false;
  long n = 0;
  for (; !done && n < 100'000; ++n) {
    allocations_until_failure = n;
    try {
      f();
      done = true;
    } catch (const std::bad_alloc&) {
    }
    allocations_until_failure = -1;
    ASSERT_EQ(LiveTapes<double>::innermost(), nullptr);
    ASSERT_EQ(LiveTapes<float>::innermost(), nullptr);
  }
  set_pool_limit(std::size_t(1) << 30);
  EXPECT_TRUE(done);
  EXPECT_GT(n, 20);
}

const Doubles kX{{1, 2, 3}, {4, 5, 6}}, kRow{0.1, 0.2, 0.3};

TEST(LackOfMemory, InARecordAndASweep) {
  expect_survives_lack_of_memory([] {
    Tape<double> tape;
    const Var<double> a = tape.watch(kX), b = tape.watch(kRow);
    const Var<double> product = matmul(tanh(a + b), transpose(a * b)), y = sum(square(product), -1, true);
    const Var<double> loss = mean(concatenate<double>({reshape(y, {-1}), logsumexp(slice(a, {{0, 1}}), -1)}));
    const auto d = tape.gradient(loss, Vars{a, b});
    allocations_until_failure = -1;
    const auto same = [](const auto& v, const auto& row) {
      const auto p = matmul(tanh(v + row), transpose(v * row));
      return mean(concatenate<double>({ravel(sum(square(p), -1, true)), logsumexp(slice(v, {{0, 1}}), -1)}));
    };
    const auto expected = grad(same)(kX, kRow);
    EXPECT_TRUE(close(d[0], std::get<0>(expected)));
    EXPECT_TRUE(close(d[1], std::get<1>(expected)));
  });
}

// The same tape goes on after each failure.
TEST(LackOfMemory, LeavesTheTapeUsable) {
  set_pool_limit(0);
  {
    Tape<double> tape;
    const Var<double> a = tape.watch(kX), b = tape.watch(kRow);
    bool done = false;
    for (long n = 0; !done && n < 10'000; ++n) {
      allocations_until_failure = n;
      try {
        const Array<double> d = tape.gradient(sum(exp(a * b) + b), b);
        allocations_until_failure = -1;
        for (std::size_t j = 0; j < 3; ++j) {
          EXPECT_NEAR(d(j), kX(0, j) * std::exp(kX(0, j) * kRow(j)) + kX(1, j) * std::exp(kX(1, j) * kRow(j)) + 2,
                      1e-12);
        }
        done = true;
      } catch (const std::bad_alloc&) {
        allocations_until_failure = -1;
      }
    }
    EXPECT_TRUE(done);
  }
  set_pool_limit(std::size_t(1) << 30);
}

TEST(LackOfMemory, InTheTransforms) {
  expect_survives_lack_of_memory([] {
    const auto f = [](const auto& v) { return sum(map([](auto x, auto r) { return exp(x) * r; }, v, kRow)); };
    const auto second = grad([&](const auto& v) { return sum(square(grad(f)(v))); })(kX);
    const Array<double> h = hvp(f)(kX, kX);
    const auto [value, pullback] = vjp([](const auto& v) { return softmax(v); })(kX);
    const Array<double> pulled = pullback(kX);
    allocations_until_failure = -1;
    EXPECT_NEAR(second(1, 2), 2 * std::exp(12.0) * 0.09, 1e-9 * std::exp(12.0));
    EXPECT_NEAR(h(1, 2), std::exp(6.0) * 0.3 * 6, 1e-9);
    EXPECT_NEAR(xt::sum(pulled)(), 0, 1e-12);
  });
}

TEST(LackOfMemory, InAnUnhandyPlace) {
  expect_survives_lack_of_memory([] {
    const Array<double> x = ones<double>({3, 2 * kernels::kParallelWork});  // failing on the first thread of several
    Tape<double> tape;
    const Var<double> a = tape.watch(x), row = tape.watch(ones<double>({3, 1}));
    const auto d = tape.gradient(sum(a * row + sum(a, 0)), Vars{row});
    allocations_until_failure = -1;
    EXPECT_EQ(d[0](2, 0), double(2 * kernels::kParallelWork));
  });
}

}  // namespace
}  // namespace xtape

// Tapes and variables that end in any order, and on any thread.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
using Vars = std::vector<Var<double>>;

template <class F>
void on_another_thread(const F& f) {
  std::thread(f).join();
}

// Whatever an operation is, it refuses `v` and says what to do.
void expect_refused(const Var<double>& v) {
  const auto refused = [](const auto& f, const char* operation) {
    EXPECT_TRUE(has(message_of<TapeError>(f), {operation, "finished", "stop_gradient"}));
  };
  refused([&] { v* v; }, "[multiply]");
  refused([&] { 2.0 * v; }, "[multiply]");
  refused([&] { sum(v); }, "[sum]");
  refused([&] { reshape(v, {1, -1}); }, "[reshape]");
  refused([&] { map([](auto x) { return exp(x); }, v); }, "[map]");
  refused([&] { grad([](const auto& x) { return sum(x); })(v); }, "[grad]");
  const auto gives_it = [&](const auto&) { return v; };
  refused([&] { grad(gives_it)(Doubles{1, 2}); }, "[grad]");
  refused([&] { vjp(gives_it)(Doubles{1, 2}); }, "[vjp]");
  refused([&] { jvp(gives_it)(Doubles{1, 2}, Doubles{1, 2}); }, "[jvp]");
  refused([&] { jacobian(gives_it)(Doubles{1, 2}); }, "[jacobian]");
  Tape<double> tape;
  const Var<double> w = tape.watch(1.0);
  refused([&] { v* w; }, "[multiply]");
  refused([&] { grad(gives_it)(w); }, "[grad]");
  EXPECT_THROW(tape.gradient(w, v), TapeError);
  EXPECT_THROW(tape.gradient(v, w), TapeError);
}

TEST(FinishedTape, ItsVariablesAreValuesAndNoMore) {
  Var<double> a, y;
  {
    Tape<double> tape;
    a = tape.watch(3.0);
    y = a * a;
  }
  EXPECT_EQ(y.value()(), 9);
  EXPECT_EQ(y.item(), 9);
  expect_refused(a);
  expect_refused(y);
  EXPECT_EQ((stop_gradient(y) * 2.0).item(), 18);
  Tape<double> next;
  const Var<double> again = next.watch(y);
  EXPECT_EQ(next.gradient(again * again, again)(), 18);
}

TEST(FinishedTape, EndsByAnExceptionToo) {
  Var<double> a;
  const auto interrupted = [&] {
    Tape<double> tape;
    a = tape.watch(3.0);
    throw std::runtime_error("interrupted");
  };
  EXPECT_THROW(interrupted(), std::runtime_error);
  expect_refused(a);
  EXPECT_EQ((Var<double>(2.0) * 3.0).node(), kConstant);  // nothing records any more
}

TEST(NestedTapes, OuterVariablesAreConstantsToTheInnerOne) {
  Tape<double> outer;
  const Var<double> a = outer.watch(2.0), early = a * a;
  Var<double> mixed;
  {
    Tape<double> inner;
    const Var<double> b = inner.watch(3.0), y = a * b * early;
    EXPECT_EQ(inner.gradient(y, b, {.retain = true})(), 8);
    EXPECT_TRUE(has(message_of<TapeError>([&] { inner.gradient(y, a); }), {"[gradient]", "another tape"}));
    EXPECT_THROW(outer.gradient(y, a), TapeError);
    EXPECT_EQ((a * a).node(), kConstant);                        // only the innermost tape records
    EXPECT_EQ(outer.gradient(early, a, {.retain = true})(), 4);  // the outer one can be asked all the same
    mixed = y;
  }
  expect_refused(mixed);
  EXPECT_EQ(outer.gradient(a * early, a)(), 12);  // the outer one records again
}

TEST(NestedTapes, DestroyedOutOfOrder) {
  auto first = std::make_unique<Tape<double>>();
  const Var<double> a = first->watch(2.0);
  auto second = std::make_unique<Tape<double>>();
  const Var<double> b = second->watch(3.0);
  auto third = std::make_unique<Tape<double>>();
  const Var<double> c = third->watch(4.0);

  second.reset();
  expect_refused(b);
  EXPECT_EQ(third->gradient(a * c, c)(), 2);  // the innermost one still records, and the outermost still is outside it
  third.reset();
  expect_refused(c);
  EXPECT_EQ(first->gradient(a * a, a)(), 4);
  first.reset();
  expect_refused(a);
  EXPECT_EQ(LiveTapes<double>::innermost(), nullptr);
}

TEST(NestedTapes, ManyDeep) {
  std::vector<std::unique_ptr<Tape<double>>> tapes;
  Var<double> first;
  for (int depth = 0; depth < 10'000; ++depth) {
    tapes.push_back(std::make_unique<Tape<double>>());
    if (depth == 0) first = tapes[0]->watch(1.0);
  }
  EXPECT_EQ((first * first).item(), 1);
  tapes.clear();  // outermost first
  EXPECT_EQ(LiveTapes<double>::innermost(), nullptr);
}

TEST(OtherThreads, VariablesAreRefusedThere) {
  Tape<double> tape;
  const Var<double> a = tape.watch(3.0);
  on_another_thread([&] {
    EXPECT_EQ(a.value()(), 3);
    expect_refused(a);
    EXPECT_EQ((stop_gradient(a) * 2.0).item(), 6);
  });
  EXPECT_EQ(tape.gradient(a * a, a)(), 6);
}

TEST(OtherThreads, TapesAreRefusedThere) {
  Tape<double> tape;
  const Var<double> a = tape.watch(3.0), y = a * a;
  on_another_thread([&] {
    const Var<double> constant(1.0);
    EXPECT_TRUE(has(message_of<TapeError>([&] { tape.watch(constant); }), {"[watch]", "another thread"}));
    EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(y, a); }), {"[gradient]", "another thread"}));
    Tape<double> own;
    EXPECT_THROW(tape.watch(constant), TapeError);
  });
  EXPECT_EQ(tape.size(), 2u);
  EXPECT_EQ(tape.gradient(y, a)(), 6);
}

TEST(OtherThreads, EachHasATapeOfItsOwn) {
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 1; t <= 4; ++t) {
    threads.emplace_back([t, &right] {
      for (int step = 0; step < 50; ++step) {
        Tape<double> tape;
        const Var<double> a = tape.watch(double(t));
        if (tape.gradient(a * a * a, a)() == 3 * t * t) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 200);
}

// Threads that only read may share a variable's value, also one that is a view made on first use.
TEST(OtherThreads, ConstantsAreShared) {
  const Var<double> x(Doubles{{1, 2, 3}, {4, 5, 6}}), view = transpose(x);
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Tape<double> tape;
      const Var<double> a = tape.watch(2.0);
      if (view.value()(2, 1) == 6 && tape.gradient(sum(a * view), a)() == 21) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4);
}

TEST(OtherThreads, MayDestroyATape) {
  auto tape = std::make_unique<Tape<double>>();
  const Var<double> a = tape->watch(3.0), y = a * a;
  on_another_thread([moved = std::shared_ptr<Tape<double>>(std::move(tape))]() mutable { moved.reset(); });
  expect_refused(a);
  expect_refused(y);
  EXPECT_EQ(LiveTapes<double>::innermost(), nullptr);
}

TEST(OtherThreads, MayEndBeforeTheirTape) {
  std::unique_ptr<Tape<double>> tape;
  Var<double> a, y;
  on_another_thread([&] {
    tape = std::make_unique<Tape<double>>();
    a = tape->watch(Doubles{1, 2});
    y = sum(a * a);
  });
  expect_refused(a);
  EXPECT_THROW(tape->gradient(y, a), TapeError);
  for (int time = 0; time < 8; ++time) {  // some thread may be given the id of the one that ended
    on_another_thread([&] {
      EXPECT_THROW(tape->watch(1.0), TapeError);
      EXPECT_THROW(tape->gradient(y, a), TapeError);
    });
  }
  EXPECT_EQ(y.item(), 5);
  tape.reset();
}

TEST(Pullback, OutlivesItsTapeAndItsThread) {
  const auto f = [](const auto& v) { return v * exp(transpose(v)); };
  std::optional<decltype(vjp(f)(Doubles{}).pullback)> pullback;
  const Doubles x{{1, 2}, {3, 4}}, seed{{1, 0}, {0, 2}};
  const Doubles expected{{std::exp(1.0) * 2, 0}, {0, 2 * std::exp(4.0) * 5}};
  on_another_thread([&] { pullback.emplace(vjp(f)(x).pullback); });
  EXPECT_TRUE(close((*pullback)(seed), Array<double>(expected)));
  Tape<double> unrelated({.check_finite = true});
  EXPECT_TRUE(close((*pullback)(seed), Array<double>(expected)));
  EXPECT_EQ(unrelated.size(), 0u);
  std::vector<std::thread> threads;  // several at once
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      if (close((*pullback)(seed), Array<double>(expected))) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4);
}

// An identity that notes how much memory the pool holds when the sweep comes by.
struct Spy {
  static constexpr const char* name = "spy";
  static constexpr unsigned saves = kNothing;
  std::size_t* cached;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return x;
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    *cached = pool_statistics().cached_bytes;
    return g;
  }
};

TEST(Memory, IsFreedAsTheSweepPasses) {
  if (!detail::kPooling) GTEST_SKIP() << "without a pool there is nothing to count";
  constexpr std::size_t kBytes = 1000 * sizeof(double), kLength = 50;
  Tape<double> tape;
  const Var<double> a = tape.watch(ones<double>({1000}));
  std::size_t halfway = 0;
  Var<double> x = a;
  for (std::size_t i = 0; i < kLength; ++i) x = exp(-x);
  x = xtape::apply(Spy{&halfway}, x);
  for (std::size_t i = 0; i < kLength; ++i) x = exp(-x);
  x = sum(x);
  release_pool();
  tape.gradient(x, a, {.retain = true});
  EXPECT_LT(halfway, 10 * kBytes);
  EXPECT_LT(pool_statistics().cached_bytes, 10 * kBytes);
  release_pool();
  tape.gradient(x, a);
  EXPECT_GT(halfway, (kLength - 5) * kBytes);
  EXPECT_GT(pool_statistics().cached_bytes, (2 * kLength - 5) * kBytes);
}

}  // namespace
}  // namespace xtape

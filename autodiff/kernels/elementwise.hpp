#pragma once
// Element-wise passes over broadcast operands: the loops that every element-wise operation, forward and backward, runs
// in. An element's bits do not depend on its place: the last elements of a row go through a partly filled batch.

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/kernels/walk.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

namespace xtape::kernels {

/// One operand of a row, read batch by batch: it moves along the row, or stands still as copies of one number. The
/// loops take it by value: a store of a SIMD register may change anything that has an address, for all that the
/// compiler knows.
template <class T>
struct Operand {
  const T* from;
  std::size_t mask;  // of the index: all bits or none

  Operand(const T* at, bool moves, T* copies) : from(at), mask(moves ? ~std::size_t(0) : 0) {
    if (!moves) {
      Batch<T>(*at).store(copies);
      from = copies;
    }
  }
  Batch<T> load(std::size_t i) const { return Batch<T>::load(from + (i & mask)); }
  Batch<T> load_part(std::size_t i, std::size_t count) const { return Batch<T>::load_padded(from + (i & mask), count); }
};

/// How many parts a thread gets of a pass over so many elements: a long one is worth cutting finer.
inline std::size_t parts_of_a_pass(std::size_t size) {
  return size < 16 * kParallelWork ? 1 : 4;
}

// Only what is in the loop over a row's elements is compiled for each f, and once: walks, threads and sums are compiled
// for each number of operands, in elementwise.cpp, and call it row by row. The loops are flattened: an f that is called
// instead costs more than what it computes, as it saves every register. Not in builds to debug, above all those with
// sanitizers, which would compile for minutes.
#if defined(NDEBUG)
#define XTAPE_FLATTEN [[gnu::flatten]]
#else
#define XTAPE_FLATTEN
#endif

/// to = f(x...) for the elements [i0, i1) of a row.
template <class T, std::size_t N>
using Row = void (*)(const void* f, T* to, const std::array<Operand<T>, N>& x, std::size_t i0, std::size_t i1);

template <class T, std::size_t N, class F>
XTAPE_FLATTEN void row_of(const void* function, T* to, const std::array<Operand<T>, N>& operands, std::size_t i0,
                          std::size_t i1) {
  constexpr std::size_t L = Batch<T>::size;
  const F& f = *static_cast<const F*>(function);
  const auto pass = [&](auto... x) {
    std::size_t i = i0;
    for (; i + L <= i1; i += L) f(x.load(i)...).store(to + i);
    if (i < i1) f(x.load_part(i, i1 - i)...).store_part(to + i, i1 - i);
  };
  std::apply(pass, operands);
}

/// The operands of a row that begins at the offsets `at`, those that stand still as copies.
template <class T, std::size_t N, class Offsets>
std::array<Operand<T>, N> operands_at(const std::array<const T*, N>& in, const Offsets& at, const Offsets& step,
                                      T (*copies)[Batch<T>::size]) {
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    return std::array<Operand<T>, N>{Operand<T>(in[K] + at[K], step[K] != 0, copies[K])...};
  }
  (std::make_index_sequence<N>{});
}

template <class T, std::size_t N>
void elementwise_pass(const Walk<N>& walk, T* out, const std::array<const T*, N>& in, Row<T, N> row, const void* f,
                      std::size_t work) {
  const auto rows = [&](std::size_t r0, std::size_t r1, std::size_t i0, std::size_t i1) {
    alignas(64) T copies[N][Batch<T>::size];
    walk_rows(walk, r0, r1, [&](std::size_t r, const auto& at) {
      row(f, out + r * walk.inner, operands_at(in, at, walk.step, copies), i0, i1);
    });
  };
  const std::size_t parts_each = parts_of_a_pass(walk.size());
  if (walk.rows > 1) {
    const auto some = [&](std::size_t r0, std::size_t r1) { rows(r0, r1, 0, walk.inner); };
    parallel_for(walk.rows, 1, work * walk.size(), some, parts_each);
  } else if (walk.rows == 1) {
    const auto elements = [&](std::size_t i0, std::size_t i1) { rows(0, 1, i0, i1); };
    parallel_for(walk.inner, 64, work * walk.inner, elements, parts_each);
  }
}

/// out = f(operands...) for every element of the walk; `out` is dense and may be one of the operands. `work` is what f
/// costs, in plain operations.
template <class T, std::size_t N, class F>
void elementwise(const Walk<N>& walk, T* out, const std::array<const T*, N>& in, const F& f, std::size_t work = 1) {
  elementwise_pass<T, N>(walk, out, in, &row_of<T, N, F>, &f, work);
}

/// f(operands...), an array of M results, where every array has one element.
template <class T, std::size_t M, std::size_t N, class F>
std::array<T, M> elementwise_number(const std::array<const T*, N>& in, const F& f) {
  const std::array<Batch<T>, M> results = [&]<std::size_t... K>(std::index_sequence<K...>) {
    return f(Batch<T>(*in[K])...);
  }
  (std::make_index_sequence<N>{});
  std::array<T, M> out;
  for (std::size_t m = 0; m < M; ++m) out[m] = results[m].first();
  return out;
}

/// f(operands...) of one number each.
template <class T, std::size_t N>
using OneNumber = T (*)(const void* f, const std::array<const T*, N>& in);

template <class T, std::size_t N, class F>
T one_number_of(const void* function, const std::array<const T*, N>& in) {
  const F& f = *static_cast<const F*>(function);
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    return f(Batch<T>(*in[K])...).first();
  }
  (std::make_index_sequence<N>{});
}

/// What a backward pass does with a partial derivative.
enum class Into : char {
  kNothing,  ///< nobody asked for it
  kStore,    ///< write it: the first contribution to a gradient
  kAdd,      ///< add it to what is there
  kTotal,    ///< add its sum over the inner dimension: the operand stands still along it
};

template <class T>
struct Slot {
  T* data = nullptr;
  Into into = Into::kNothing;
};

/// One slot of a row, fed batch by batch; taken by value for the same reason.
template <class T>
struct Sink {
  T* to;
  Into into;
  Batch<T> total = Batch<T>(T(0));

  void take(std::size_t i, const Batch<T>& d) {
    switch (into) {
      case Into::kNothing:
        break;
      case Into::kStore:
        d.store(to + i);
        break;
      case Into::kAdd:
        Batch<T>(Batch<T>::load(to + i).v + d.v).store(to + i);
        break;
      case Into::kTotal:
        total.v += d.v;
        break;
    }
  }
  void take_part(std::size_t i, const Batch<T>& d, std::size_t count) {
    switch (into) {
      case Into::kNothing:
        break;
      case Into::kStore:
        d.store_part(to + i, count);
        break;
      case Into::kAdd:
        Batch<T>(Batch<T>::load_part(to + i, count).v + d.v).store_part(to + i, count);
        break;
      case Into::kTotal: {
        alignas(64) T lanes[Batch<T>::size] = {};
        d.store_part(lanes, count);
        total.v += Batch<T>::load(lanes).v;
        break;
      }
    }
  }
};

/// The longest run of elements that is summed in T before its sum goes into a double.
inline constexpr std::size_t kTotalRun = 2048;

/// Feeds f(x...) into the slots, whose data are those of the row, for the elements [i0, i1) of a row. Adds the sums for
/// kTotal slots to `totals`, if there are any.
template <class T, std::size_t M, std::size_t R>
using BackwardRow = void (*)(const void* f, const std::array<Slot<T>, M>& slots,
                             const std::array<Operand<T>, R>& operands, std::size_t i0, std::size_t i1, double* totals);

template <class T, std::size_t M, std::size_t R, class F>
XTAPE_FLATTEN void backward_row_of(const void* function, const std::array<Slot<T>, M>& slots,
                                   const std::array<Operand<T>, R>& operands, std::size_t i0, std::size_t i1,
                                   double* totals) {
  constexpr std::size_t L = Batch<T>::size;
  const F& f = *static_cast<const F*>(function);
  [&]<std::size_t... S>(std::index_sequence<S...>) {
    const auto pass = [&](auto... x) {
      std::array<Sink<T>, M> sinks{Sink<T>{slots[S].data, slots[S].into}...};
      std::size_t i = i0;
      for (; i + L <= i1; i += L) {
        const std::array<Batch<T>, M> d = f(x.load(i)...);
        (sinks[S].take(i, d[S]), ...);
      }
      if (const std::size_t rest = i1 - i; rest > 0) {
        const std::array<Batch<T>, M> d = f(x.load_part(i, rest)...);
        (sinks[S].take_part(i, d[S], rest), ...);
      }
      if (totals != nullptr) ((totals[S] += double(horizontal_sum(sinks[S].total.v))), ...);
    };
    std::apply(pass, operands);
  }
  (std::make_index_sequence<M>{});
}

template <class T, std::size_t M, std::size_t R>
void backward_pass(const Walk<R + M>& walk, const std::array<Slot<T>, M>& slots, const std::array<const T*, R>& in,
                   BackwardRow<T, M, R> row, const void* f, std::size_t work) {
  using Totals = std::array<double, M>;
  const bool any_total =
      std::any_of(slots.begin(), slots.end(), [](const Slot<T>& slot) { return slot.into == Into::kTotal; });
  const auto add_totals = [&](const auto& at, const Totals& totals) {
    for (std::size_t m = 0; m < M; ++m) {
      if (slots[m].into == Into::kTotal) slots[m].data[at[R + m]] += T(totals[m]);
    }
  };
  // The elements [i0, i1) of a row, in runs.
  const auto run = [&](const auto& at, std::size_t i0, std::size_t i1, std::size_t length, double* totals) {
    alignas(64) T copies[R][Batch<T>::size];
    const std::array<Operand<T>, R> operands = operands_at(in, at, walk.step, copies);
    std::array<Slot<T>, M> there = slots;
    for (std::size_t m = 0; m < M; ++m) there[m].data += at[R + m];
    for (std::size_t i = i0; i < i1; i += length) row(f, there, operands, i, std::min(i + length, i1), totals);
  };
  const std::size_t parts_each = parts_of_a_pass(walk.size());
  if (walk.rows > 1) {
    const auto rows = [&](std::size_t r0, std::size_t r1) {
      walk_rows(walk, r0, r1, [&](std::size_t, const auto& at) {
        if (!any_total) return run(at, 0, walk.inner, walk.inner, nullptr);
        Totals totals{};
        run(at, 0, walk.inner, kTotalRun, totals.data());
        add_totals(at, totals);
      });
    };
    return parallel_for(walk.rows, 1, work * walk.size(), rows, parts_each);
  }
  if (walk.rows == 0) return;
  const typename Walk<R + M>::Offsets start{};
  if (!any_total) {
    const auto elements = [&](std::size_t i0, std::size_t i1) { run(start, i0, i1, i1 - i0, nullptr); };
    return parallel_for(walk.inner, 64, work * walk.inner, elements, parts_each);
  }
  // The sums of fixed runs, added in order: the same bits for any number of threads.
  std::vector<Totals, PoolAllocator<Totals>> parts((walk.inner + kTotalRun - 1) / kTotalRun, Totals{});
  parallel_for(parts.size(), 1, work * walk.inner, [&](std::size_t p0, std::size_t p1) {
    for (std::size_t p = p0; p < p1; ++p) {
      run(start, p * kTotalRun, std::min((p + 1) * kTotalRun, walk.inner), kTotalRun, parts[p].data());
    }
  });
  Totals totals{};
  for (const Totals& part : parts) {
    for (std::size_t m = 0; m < M; ++m) totals[m] += part[m];
  }
  add_totals(start, totals);
}

/// Feeds f(operands...), an array of M partial derivatives, into M slots in one pass. The walk's operands are the R
/// read ones, then the slots' shapes. A kTotal slot must move along every outer dimension (or the walk have one row).
template <class T, std::size_t M, std::size_t R, class F>
void elementwise_backward(const Walk<R + M>& walk, const std::array<Slot<T>, M>& slots,
                          const std::array<const T*, R>& in, const F& f, std::size_t work = 1) {
  backward_pass<T, M, R>(walk, slots, in, &backward_row_of<T, M, R, F>, &f, work);
}

// Of the numbers of operands that xtape's own operations have, and densities and divergences by `map`, with their
// partial derivatives; a `map` of more is compiled where it is.
// clang-format off
#define XTAPE_PASSES(X) \
  X(float, 1) X(float, 2) X(float, 3) X(float, 4) X(double, 1) X(double, 2) X(double, 3) X(double, 4)
#define XTAPE_BACKWARD_PASSES(X) \
  X(float, 1, 1) X(float, 1, 2) X(float, 1, 3) X(float, 1, 4) X(float, 2, 1) X(float, 2, 2) X(float, 2, 3) X(float, 2, 4) X(float, 3, 2) X(float, 3, 4) \
  X(float, 4, 3) X(float, 5, 4) X(double, 4, 3) X(double, 5, 4) \
  X(double, 1, 1) X(double, 1, 2) X(double, 1, 3) X(double, 1, 4) X(double, 2, 1) X(double, 2, 2) X(double, 2, 3) X(double, 2, 4) X(double, 3, 2) X(double, 3, 4)
#define XTAPE_PASS(T, N) template void elementwise_pass<T, N>( \
    const Walk<N>&, T*, const std::array<const T*, N>&, Row<T, N>, const void*, std::size_t);
#define XTAPE_BACKWARD_PASS(T, M, R) template void backward_pass<T, M, R>( \
    const Walk<R + M>&, const std::array<Slot<T>, M>&, const std::array<const T*, R>&, BackwardRow<T, M, R>, const void*, std::size_t);
#if !defined(XTAPE_DEFINE_PASSES)
#define XTAPE_EXTERN_PASS(...) extern XTAPE_PASS(__VA_ARGS__)
#define XTAPE_EXTERN_BACKWARD_PASS(...) extern XTAPE_BACKWARD_PASS(__VA_ARGS__)
XTAPE_PASSES(XTAPE_EXTERN_PASS)
XTAPE_BACKWARD_PASSES(XTAPE_EXTERN_BACKWARD_PASS)
#undef XTAPE_EXTERN_PASS
#undef XTAPE_EXTERN_BACKWARD_PASS
#undef XTAPE_PASSES
#undef XTAPE_BACKWARD_PASSES
#undef XTAPE_PASS
#undef XTAPE_BACKWARD_PASS
#endif
// clang-format on

}  // namespace xtape::kernels

#undef XTAPE_FLATTEN

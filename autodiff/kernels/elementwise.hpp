#pragma once
// Element-wise passes over broadcast operands: the loops that every element-wise operation, forward and backward, runs
// in. An element's bits do not depend on its place: the last elements of a row go through a partly filled batch.

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/kernels/walk.hpp"

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

// The loops are flattened: an f that is called instead costs more than what it computes, as it saves every register.
// Not in builds to debug, above all those with sanitizers, which would compile for minutes.
#if defined(NDEBUG)
#define XTAPE_FLATTEN [[gnu::flatten]]
#else
#define XTAPE_FLATTEN
#endif

/// out = f(operands...) for the elements [i0, i1) of the rows [row0, row1).
template <class T, std::size_t N, class F>
XTAPE_FLATTEN void elementwise_rows(const Walk<N>& walk, T* out, const std::array<const T*, N>& in, const F& f,
                                    std::size_t row0, std::size_t row1, std::size_t i0, std::size_t i1) {
  constexpr std::size_t L = Batch<T>::size;
  alignas(64) T copies[N][L];
  walk_rows(walk, row0, row1, [&](std::size_t r, const auto& at) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      const auto pass = [&](T* to, auto... x) {
        std::size_t i = i0;
        for (; i + L <= i1; i += L) f(x.load(i)...).store(to + i);
        if (i < i1) f(x.load_part(i, i1 - i)...).store_part(to + i, i1 - i);
      };
      pass(out + r * walk.inner, Operand<T>(in[K] + at[K], walk.step[K] != 0, copies[K])...);
    }
    (std::make_index_sequence<N>{});
  });
}

/// out = f(operands...) for every element of the walk; `out` is dense and may be one of the operands. `work` is what f
/// costs, in plain operations.
template <class T, std::size_t N, class F>
void elementwise(const Walk<N>& walk, T* out, const std::array<const T*, N>& in, const F& f, std::size_t work = 1) {
  const std::size_t parts_each = parts_of_a_pass(walk.size());
  if (walk.rows > 1) {
    const auto rows = [&](std::size_t r0, std::size_t r1) {
      elementwise_rows(walk, out, in, f, r0, r1, 0, walk.inner);
    };
    parallel_for(walk.rows, 1, work * walk.size(), rows, parts_each);
  } else if (walk.rows == 1) {
    const auto elements = [&](std::size_t i0, std::size_t i1) { elementwise_rows(walk, out, in, f, 0, 1, i0, i1); };
    parallel_for(walk.inner, 64, work * walk.inner, elements, parts_each);
  }
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

/// What elementwise_backward works with.
template <class T, std::size_t M, std::size_t R, class F>
struct BackwardPass {
  using Totals = std::array<double, M>;

  const Walk<R + M>& walk;
  const std::array<Slot<T>, M>& slots;
  const std::array<const T*, R>& in;
  const F& f;
  const bool any_total =
      std::any_of(slots.begin(), slots.end(), [](const Slot<T>& slot) { return slot.into == Into::kTotal; });

  /// Rows [r0, r1), the sums for kTotal slots included.
  XTAPE_FLATTEN void rows(std::size_t r0, std::size_t r1) const {
    walk_rows(walk, r0, r1, [&](std::size_t, const auto& at) {
      Totals totals{};
      const std::size_t length = any_total ? kTotalRun : walk.inner;
      for (std::size_t i = 0; i < walk.inner; i += length) run(at, i, std::min(i + length, walk.inner), totals);
      add_totals(at, totals);
    });
  }
  /// The elements [i0, i1) of the only row; adds the sums for kTotal slots to `totals`.
  XTAPE_FLATTEN void elements(std::size_t i0, std::size_t i1, Totals& totals) const {
    run(typename Walk<R + M>::Offsets{}, i0, i1, totals);
  }

  void add_totals(const auto& at, const Totals& totals) const {
    for (std::size_t m = 0; m < M; ++m) {
      if (slots[m].into == Into::kTotal) slots[m].data[at[R + m]] += T(totals[m]);
    }
  }

 private:
  void run(const auto& at, std::size_t i0, std::size_t i1, Totals& totals) const {
    constexpr std::size_t L = Batch<T>::size;
    alignas(64) T copies[R][L];
    [&]<std::size_t... K, std::size_t... S>(std::index_sequence<K...>, std::index_sequence<S...>) {
      const auto pass = [&](std::array<Sink<T>, M> sinks, auto... x) {
        std::size_t i = i0;
        for (; i + L <= i1; i += L) {
          const std::array<Batch<T>, M> d = f(x.load(i)...);
          (sinks[S].take(i, d[S]), ...);
        }
        if (const std::size_t rest = i1 - i; rest > 0) {
          const std::array<Batch<T>, M> d = f(x.load_part(i, rest)...);
          (sinks[S].take_part(i, d[S], rest), ...);
        }
        if (any_total) ((totals[S] += double(horizontal_sum(sinks[S].total.v))), ...);
      };
      pass({Sink<T>{slots[S].data + at[R + S], slots[S].into}...},
           Operand<T>(in[K] + at[K], walk.step[K] != 0, copies[K])...);
    }
    (std::make_index_sequence<R>{}, std::make_index_sequence<M>{});
  }
};

/// Feeds f(operands...), an array of M partial derivatives, into M slots in one pass. The walk's operands are the R
/// read ones, then the slots' shapes. A kTotal slot must move along every outer dimension (or the walk have one row).
template <class T, std::size_t M, std::size_t R, class F>
void elementwise_backward(const Walk<R + M>& walk, const std::array<Slot<T>, M>& slots,
                          const std::array<const T*, R>& in, const F& f, std::size_t work = 1) {
  const BackwardPass<T, M, R, F> pass{walk, slots, in, f};
  using Totals = typename BackwardPass<T, M, R, F>::Totals;
  const std::size_t parts_each = parts_of_a_pass(walk.size());
  if (walk.rows > 1) {
    const auto rows = [&](std::size_t r0, std::size_t r1) { pass.rows(r0, r1); };
    parallel_for(walk.rows, 1, work * walk.size(), rows, parts_each);
  } else if (walk.rows == 1) {
    if (!pass.any_total) {
      const auto elements = [&](std::size_t i0, std::size_t i1) {
        Totals none{};
        pass.elements(i0, i1, none);
      };
      return parallel_for(walk.inner, 64, work * walk.inner, elements, parts_each);
    }
    // The sums of fixed runs, added in order: the same bits for any number of threads.
    std::vector<Totals, PoolAllocator<Totals>> parts((walk.inner + kTotalRun - 1) / kTotalRun, Totals{});
    parallel_for(parts.size(), 1, work * walk.inner, [&](std::size_t p0, std::size_t p1) {
      for (std::size_t p = p0; p < p1; ++p) {
        pass.elements(p * kTotalRun, std::min((p + 1) * kTotalRun, walk.inner), parts[p]);
      }
    });
    Totals totals{};
    for (const Totals& part : parts) {
      for (std::size_t m = 0; m < M; ++m) totals[m] += part[m];
    }
    pass.add_totals(typename Walk<R + M>::Offsets{}, totals);
  }
}

}  // namespace xtape::kernels

#undef XTAPE_FLATTEN

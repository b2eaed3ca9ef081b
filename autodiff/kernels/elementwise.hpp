#pragma once
// Element-wise passes over broadcast operands: the loops that every element-wise operation, forward and backward, runs
// in. An element's bits do not depend on its place: the last elements of a row go through a partly filled batch.

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/kernels/walk.hpp"

#include <vector>

namespace xtape::kernels {

/// The operands of one row, read batch by batch. One that stands still is read over and over from a block of copies.
template <class T, std::size_t N>
class RowReader {
 public:
  template <std::size_t W>
  RowReader(const std::array<const T*, N>& base, const std::array<std::size_t, W>& at,
            const std::array<bool, W>& moves) {
    for (std::size_t k = 0; k < N; ++k) {
      step_[k] = moves[k] ? 1 : 0;
      from_[k] = base[k] + at[k];
      if (!moves[k]) {
        Batch<T>(*from_[k]).store(copies_[k]);
        from_[k] = copies_[k];
      }
    }
  }
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  template <std::size_t K>
  Batch<T> load(std::size_t i) const {
    return Batch<T>::load(from_[K] + i * step_[K]);
  }
  template <std::size_t K>
  Batch<T> load_part(std::size_t i, std::size_t count) const {
    return Batch<T>::load_part(from_[K] + i * step_[K], count);
  }

 private:
  std::array<const T*, N> from_;
  std::array<std::size_t, N> step_;
  alignas(64) T copies_[N][Batch<T>::size];
};

/// out = f(operands...) for every element of the walk; `out` is dense and may be one of the operands.
template <class T, std::size_t N, class F>
void elementwise(const Walk<N>& walk, T* out, const std::array<const T*, N>& in, const F& f) {
  constexpr std::size_t L = Batch<T>::size;
  const auto span = [&](std::size_t row0, std::size_t row1, std::size_t i0, std::size_t i1) {
    walk_rows(walk, row0, row1, [&](std::size_t r, const auto& at) {
      const RowReader<T, N> x(in, at, walk.moves);
      T* to = out + r * walk.inner;
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        std::size_t i = i0;
        for (; i + L <= i1; i += L) f(x.template load<K>(i)...).store(to + i);
        if (i < i1) f(x.template load_part<K>(i, i1 - i)...).store_part(to + i, i1 - i);
      }
      (std::make_index_sequence<N>{});
    });
  };
  if (walk.rows > 1) {
    parallel_for(walk.rows, 1, walk.size(), [&](std::size_t r0, std::size_t r1) { span(r0, r1, 0, walk.inner); });
  } else if (walk.rows == 1) {
    parallel_for(walk.inner, 64, walk.inner, [&](std::size_t i0, std::size_t i1) { span(0, 1, i0, i1); });
  }
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

/// The longest run of elements that is summed in T before its sum goes into a double.
inline constexpr std::size_t kTotalRun = 2048;

/// Feeds f(operands...), an array of M partial derivatives, into M slots in one pass. The walk's operands are the R
/// read ones, then the slots' shapes. A kTotal slot must move along every outer dimension (or the walk have one row).
template <class T, std::size_t M, std::size_t R, class F>
void elementwise_backward(const Walk<R + M>& walk, const std::array<Slot<T>, M>& slots,
                          const std::array<const T*, R>& in, const F& f) {
  constexpr std::size_t L = Batch<T>::size;
  using Totals = std::array<double, M>;
  bool any_total = false;
  for (const Slot<T>& slot : slots) any_total = any_total || slot.into == Into::kTotal;

  // One run of one row; adds the sums for kTotal slots to `totals`.
  const auto run = [&](const auto& at, std::size_t i0, std::size_t i1, Totals& totals) {
    const RowReader<T, R> x(in, at, walk.moves);
    std::array<Batch<T>, M> total;
    total.fill(Batch<T>(T(0)));
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      std::size_t i = i0;
      for (; i + L <= i1; i += L) {
        const std::array<Batch<T>, M> d = f(x.template load<K>(i)...);
        for (std::size_t m = 0; m < M; ++m) {
          T* to = slots[m].data + at[R + m] + i;
          switch (slots[m].into) {
            case Into::kNothing:
              break;
            case Into::kStore:
              d[m].store(to);
              break;
            case Into::kAdd:
              Batch<T>(Batch<T>::load(to).v + d[m].v).store(to);
              break;
            case Into::kTotal:
              total[m].v += d[m].v;
              break;
          }
        }
      }
      if (const std::size_t rest = i1 - i; rest > 0) {
        const std::array<Batch<T>, M> d = f(x.template load_part<K>(i, rest)...);
        for (std::size_t m = 0; m < M; ++m) {
          T* to = slots[m].data + at[R + m] + i;
          switch (slots[m].into) {
            case Into::kNothing:
              break;
            case Into::kStore:
              d[m].store_part(to, rest);
              break;
            case Into::kAdd:
              Batch<T>(Batch<T>::load_part(to, rest).v + d[m].v).store_part(to, rest);
              break;
            case Into::kTotal: {
              alignas(64) T lanes[L] = {};
              d[m].store_part(lanes, rest);
              total[m].v += Batch<T>::load(lanes).v;
              break;
            }
          }
        }
      }
    }
    (std::make_index_sequence<R>{});
    if (any_total) {
      for (std::size_t m = 0; m < M; ++m) totals[m] += double(horizontal_sum(total[m].v));
    }
  };
  const auto add_totals = [&](const auto& at, const Totals& totals) {
    for (std::size_t m = 0; m < M; ++m) {
      if (slots[m].into == Into::kTotal) slots[m].data[at[R + m]] += T(totals[m]);
    }
  };

  if (walk.rows > 1) {
    parallel_for(walk.rows, 1, walk.size(), [&](std::size_t r0, std::size_t r1) {
      walk_rows(walk, r0, r1, [&](std::size_t, const auto& at) {
        Totals totals{};
        const std::size_t length = any_total ? kTotalRun : walk.inner;
        for (std::size_t i = 0; i < walk.inner; i += length) run(at, i, std::min(i + length, walk.inner), totals);
        add_totals(at, totals);
      });
    });
  } else if (walk.rows == 1) {
    const typename Walk<R + M>::Offsets at{};
    if (!any_total) {
      return parallel_for(walk.inner, 64, walk.inner, [&](std::size_t i0, std::size_t i1) {
        Totals none{};
        run(at, i0, i1, none);
      });
    }
    // The sums of fixed runs, added in order: the same bits for any number of threads.
    std::vector<Totals, PoolAllocator<Totals>> parts((walk.inner + kTotalRun - 1) / kTotalRun, Totals{});
    parallel_for(parts.size(), 1, walk.inner, [&](std::size_t p0, std::size_t p1) {
      for (std::size_t p = p0; p < p1; ++p) {
        run(at, p * kTotalRun, std::min((p + 1) * kTotalRun, walk.inner), parts[p]);
      }
    });
    Totals totals{};
    for (const Totals& part : parts) {
      for (std::size_t m = 0; m < M; ++m) totals[m] += part[m];
    }
    add_totals(at, totals);
  }
}

}  // namespace xtape::kernels

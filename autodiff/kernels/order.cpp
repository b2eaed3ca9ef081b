#include "autodiff/kernels/order.hpp"

#include "autodiff/kernels/threads.hpp"
#include "autodiff/kernels/walk.hpp"

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape::kernels {

namespace {

// line(first element, first result) for every line.
template <class Line>
void each_line(const Middle& shape, std::size_t results, const Line& line) {
  parallel_for(shape.outer * shape.inner, 1, shape.outer * shape.length * shape.inner,
               [&](std::size_t first, std::size_t last) {
                 Line own = line;  // with buffers of its own
                 for (std::size_t n = first; n < last; ++n) {
                   const std::size_t o = n / shape.inner, i = n % shape.inner;
                   own(o * shape.length * shape.inner + i, o * results * shape.inner + i);
                 }
               });
}

// A number as an integer of the same order: NaN is the largest, -0 is 0.
template <class T>
std::uint64_t key_of(T x) {
  using Bits = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
  constexpr Bits kSign = Bits(1) << (8 * sizeof(T) - 1);
  if (x != x) return Bits(-1);
  const Bits bits = x == 0 ? 0 : std::bit_cast<Bits>(x);
  return (bits & kSign) != 0 ? Bits(~bits) : Bits(bits | kSign);
}

struct Entry {
  std::uint64_t key, place;
  auto operator<=>(const Entry&) const = default;
};
using Entries = std::vector<Entry>;

// By keys of `bits` bits; entries of one key stay in order. Least significant digits first.
void radix_sort(Entries& entries, Entries& scratch, unsigned bits) {
  constexpr unsigned kDigit = 11;
  constexpr std::size_t kBuckets = std::size_t(1) << kDigit;
  scratch.resize(entries.size());
  std::vector<std::size_t> begin(kBuckets);
  for (unsigned shift = 0; shift < bits; shift += kDigit) {
    const auto digit = [shift](const Entry& entry) { return std::size_t(entry.key >> shift) & (kBuckets - 1); };
    std::fill(begin.begin(), begin.end(), 0);
    for (const Entry& entry : entries) ++begin[digit(entry)];
    if (begin[digit(entries[0])] == entries.size()) continue;
    std::size_t sum = 0;
    for (std::size_t& count : begin) sum += std::exchange(count, sum);
    for (const Entry& entry : entries) scratch[begin[digit(entry)]++] = entry;
    entries.swap(scratch);
  }
}

// Brings the entries of these ranks to where they belong, and smaller ones before each.
void select(Entries& entries, Entries& scratch, std::span<const std::size_t> ranks, unsigned bits) {
  constexpr std::size_t kFewRanks = 4, kShort = 1024;
  const auto at = [&](std::size_t rank) { return entries.begin() + std::ptrdiff_t(rank); };
  if (ranks.size() == entries.size()) {
    if (entries.size() >= kShort) return radix_sort(entries, scratch, bits);
    return std::sort(entries.begin(), entries.end());
  }
  const std::size_t front = ranks.front(), back = ranks.back();
  std::nth_element(entries.begin(), at(front), entries.end());
  if (ranks.size() > kFewRanks) {
    if (back > front) std::nth_element(at(front + 1), at(back), entries.end());
    return std::sort(at(front), at(back));
  }
  for (std::size_t r = 1; r < ranks.size(); ++r) {
    if (ranks[r] > ranks[r - 1]) std::nth_element(at(ranks[r - 1] + 1), at(ranks[r]), entries.end());
  }
}

std::size_t place_of(std::ptrdiff_t index, std::size_t length) {
  return std::size_t(index < 0 ? index + std::ptrdiff_t(length) : index);
}

}  // namespace

template <class T>
void take_along_middle(const T* in, const Middle& shape, const std::ptrdiff_t* places, std::size_t count, T* out) {
  if (shape.inner == 0 || count == 0) return;  // there may be many outer dimensions all the same
  const std::size_t row = count * shape.inner;
  parallel_for(shape.outer * count, 1, shape.outer * row, [&](std::size_t first, std::size_t last) {
    for (std::size_t n = first; n < last;) {
      const T* from = in + n / count * shape.length * shape.inner;
      for (const std::size_t end = std::min(last, (n / count + 1) * count); n < end; ++n) {
        for (std::size_t i = 0, at = n * shape.inner; i < shape.inner; ++i, ++at) {
          out[at] = from[place_of(places[at], shape.length) * shape.inner + i];
        }
      }
    }
  });
}

// Lines do not meet; within one the elements come in order.
template <class T>
void add_along_middle(const T* in, const Middle& shape, const std::ptrdiff_t* places, std::size_t count, T* out) {
  if (shape.outer == 0 || shape.inner == 0 || count == 0) return;
  const auto add = [&](std::size_t o, std::size_t i0, std::size_t i1) {
    T* to = out + o * shape.length * shape.inner;
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t at = (o * count + k) * shape.inner;
      for (std::size_t i = i0; i < i1; ++i) to[place_of(places[at + i], shape.length) * shape.inner + i] += in[at + i];
    }
  };
  const std::size_t work = shape.outer * count * shape.inner;
  if (shape.outer > 1) {
    return parallel_for(shape.outer, 1, work, [&](std::size_t first, std::size_t last) {
      for (std::size_t o = first; o < last; ++o) add(o, 0, shape.inner);
    });
  }
  parallel_for(shape.inner, 64, work, [&](std::size_t i0, std::size_t i1) { add(0, i0, i1); });
}

template <class T>
void places_by_rank(const T* in, const Middle& shape, std::span<const std::size_t> ranks, bool descending,
                    Wanted wanted, std::ptrdiff_t* out) {
  const std::size_t results = wanted == Wanted::kPartition ? shape.length : ranks.size();
  if (results == 0 || ranks.empty() || shape.length == 0) return;
  constexpr unsigned kBits = 8 * sizeof(T);
  const std::uint64_t turn = descending ? std::uint64_t(-1) >> (64 - kBits) : 0;
  each_line(shape, results, [&, entries = Entries(), scratch = Entries()](std::size_t from, std::size_t to) mutable {
    entries.resize(shape.length);
    const T* missing = nullptr;
    for (std::size_t l = 0; l < shape.length; ++l) {
      const T& x = in[from + l * shape.inner];
      entries[l] = {key_of(x) ^ turn, l};
      if (x != x && missing == nullptr) missing = &x;
    }
    if (missing != nullptr && wanted == Wanted::kStatistics) {
      const std::ptrdiff_t place = (missing - (in + from)) / std::ptrdiff_t(shape.inner);
      for (std::size_t r = 0; r < results; ++r) out[to + r * shape.inner] = place;
      return;
    }
    select(entries, scratch, ranks, kBits);
    for (std::size_t r = 0; r < results; ++r) {
      const std::size_t rank = wanted == Wanted::kPartition ? r : ranks[r];
      out[to + r * shape.inner] = std::ptrdiff_t(entries[rank].place);
    }
  });
}

template <class T>
void extreme_places(const T* in, const Middle& shape, bool largest, std::ptrdiff_t* out) {
  std::vector<T> extremes(shape.outer * shape.inner);
  largest ? max_middle(in, shape, extremes.data()) : min_middle(in, shape, extremes.data());
  each_line(shape, 1, [&](std::size_t from, std::size_t to) {
    const T extreme = extremes[to];
    const bool missing = extreme != extreme;
    std::size_t l = 0;
    for (T x = in[from]; missing ? x == x : x != extreme; x = in[from + l * shape.inner]) ++l;
    out[to] = std::ptrdiff_t(l);
  });
}

template <class T>
void running_extreme_places(const T* in, const Middle& shape, bool largest, std::ptrdiff_t* out) {
  if (shape.length == 0) return;
  each_line(shape, shape.length, [&](std::size_t from, std::size_t to) {
    std::size_t best = 0;
    for (std::size_t l = 0; l < shape.length; ++l) {
      const T x = in[from + l * shape.inner], before = in[from + best * shape.inner];
      if (before == before && (x != x || (largest ? x >= before : x <= before))) best = l;
      out[to + l * shape.inner] = std::ptrdiff_t(best);
    }
  });
}

template <class T>
void searchsorted(std::span<const T> sorted, std::span<const T> x, bool right, std::ptrdiff_t* out) {
  const auto before = [](T a, T b) { return a < b || (b != b && a == a); };
  const T *begin = sorted.data(), *end = begin + sorted.size();
  for (const T value : x) {
    *out++ =
        (right ? std::upper_bound(begin, end, value, before) : std::lower_bound(begin, end, value, before)) - begin;
  }
}

void broadcast_places(const Shape& from, const std::ptrdiff_t* in, const Shape& to, std::ptrdiff_t* out) {
  const Walk<1> walk = make_walk<1>(to, {&from});
  walk_rows(walk, 0, walk.rows, [&](std::size_t, const auto& at) {
    for (std::size_t i = 0; i < walk.inner; ++i) *out++ = in[at[0] + std::ptrdiff_t(i) * walk.step[0]];
  });
}

#define XTAPE_INSTANTIATE(T)                                                                           \
  template void take_along_middle<T>(const T*, const Middle&, const std::ptrdiff_t*, std::size_t, T*); \
  template void add_along_middle<T>(const T*, const Middle&, const std::ptrdiff_t*, std::size_t, T*);  \
  template void places_by_rank<T>(const T*, const Middle&, std::span<const std::size_t>, bool, Wanted, \
                                  std::ptrdiff_t*);                                                    \
  template void extreme_places<T>(const T*, const Middle&, bool, std::ptrdiff_t*);                     \
  template void running_extreme_places<T>(const T*, const Middle&, bool, std::ptrdiff_t*);             \
  template void searchsorted<T>(std::span<const T>, std::span<const T>, bool, std::ptrdiff_t*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels

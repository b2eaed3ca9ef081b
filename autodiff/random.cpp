#include "autodiff/random.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <numeric>
#include <unordered_map>

namespace xtape {
namespace {

// Blocks are made many at a time, in one of two fixed numbers, so that every loop has a constant length that SIMD
// registers divide: an element then takes the same instructions wherever it lies.
constexpr std::size_t kManyBlocks = 128, kFewBlocks = 16;

/// The bits of consecutive blocks: the words 0 and 1 of a block in `low`, 2 and 3 in `high`.
template <std::size_t kBlocks>
struct Words {
  alignas(64) std::array<std::uint64_t, kBlocks> low, high;
};

Random::State advanced(Random::State state, std::uint64_t blocks) {
  state.counter[0] += blocks;
  state.counter[1] += state.counter[0] < blocks;
  return state;
}

using Lanes = xsimd::batch<std::uint64_t>;

/// The products of the lower 32 bits of each lane; what the upper bits hold does not matter.
inline Lanes multiply_lower_halves(const Lanes& a, const Lanes& b) {
#if defined(__AVX512F__)
  return Lanes(_mm512_mul_epu32(a, b));
#elif defined(__AVX2__)
  return Lanes(_mm256_mul_epu32(a, b));
#elif defined(__SSE2__)
  return Lanes(_mm_mul_epu32(a, b));
#else
  return (a & Lanes(0xFFFFFFFF)) * (b & Lanes(0xFFFFFFFF));
#endif
}

constexpr auto kLaneNumbers = [] {
  std::array<std::uint64_t, Lanes::size> numbers{};
  std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
  return numbers;
}();

/// philox4x32 of the blocks from `start` on, one block in each 64-bit lane. The lanes of c1 and c3 keep the product's
/// upper half as well: the multiplication ignores it, and it is masked off at the end.
template <std::size_t kBlocks>
void make_words(const Random::State& start, Words<kBlocks>& words) {
  const Lanes numbers = Lanes::load_unaligned(kLaneNumbers.data());
  const auto [low, high] = start.counter;
  for (std::size_t block = 0; block < kBlocks; block += Lanes::size) {
    Lanes c0 = numbers + Lanes(low + block), c1 = c0 >> 32;
    Lanes c2 = xsimd::select(c0 < Lanes(low), Lanes(high + 1), Lanes(high)), c3 = c2 >> 32;  // the carry
    std::uint32_t k0 = std::uint32_t(start.key), k1 = std::uint32_t(start.key >> 32);
    for (int round = 0; round < detail::kPhiloxRounds; ++round) {
      const Lanes p0 = multiply_lower_halves(c0, Lanes(detail::kPhiloxMultipliers[0]));
      const Lanes p1 = multiply_lower_halves(c2, Lanes(detail::kPhiloxMultipliers[1]));
      c0 = (p1 >> 32) ^ c1 ^ Lanes(k0);
      c1 = p1;
      c2 = (p0 >> 32) ^ c3 ^ Lanes(k1);
      c3 = p0;
      k0 += detail::kPhiloxKeySteps[0];
      k1 += detail::kPhiloxKeySteps[1];
    }
    const Lanes mask(0xFFFFFFFF);
    ((c0 & mask) | (c1 << 32)).store_aligned(&words.low[block]);
    ((c2 & mask) | (c3 << 32)).store_aligned(&words.high[block]);
  }
}

template <class T>
constexpr std::size_t kPerBlock = 16 / sizeof(T);

/// Uniform numbers in [low, high).
template <class T>
struct Uniform {
  using Simd = xsimd::batch<T>;

  T low, width, last;  // last: the greatest number below high, which rounding could otherwise reach

  template <std::size_t kBlocks>
  void operator()(const Words<kBlocks>& words, T* out) const {
    for (std::size_t i = 0; i < kBlocks; ++i) {
      if constexpr (sizeof(T) == 4) {
        out[4 * i] = T(std::uint32_t(words.low[i]) >> 8);  // the upper 24 bits of each word: exact
        out[4 * i + 1] = T(std::uint32_t(words.low[i] >> 40));
        out[4 * i + 2] = T(std::uint32_t(words.high[i]) >> 8);
        out[4 * i + 3] = T(std::uint32_t(words.high[i] >> 40));
      } else {
        out[2 * i] = T(words.low[i] >> 11);  // the upper 53 bits: exact
        out[2 * i + 1] = T(words.high[i] >> 11);
      }
    }
    const Simd unit(sizeof(T) == 4 ? T(0x1p-24) : T(0x1p-53));
    for (std::size_t i = 0; i < kBlocks * kPerBlock<T>; i += Simd::size) {
      const Simd u = Simd::load_unaligned(out + i) * unit;
      // Not fma: which of them rounds once depends on instruction set and xsimd.
      xsimd::min(u * Simd(width) + Simd(low), Simd(last)).store_unaligned(out + i);
    }
  }
};

/// sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v) in place: `u` and `v` come as integers and leave as the two products.
template <class T, std::size_t kCount>
void box_muller(std::array<T, kCount>& u, std::array<T, kCount>& v, T u_unit, T v_unit) {
  using Simd = xsimd::batch<T>;
  for (std::size_t i = 0; i < kCount; i += Simd::size) {
    // u + 1/2, so that the logarithm is finite; v is signed, so that the angle is in [-pi, pi).
    const Simd uniform = xsimd::fma(Simd::load_aligned(&u[i]), Simd(u_unit), Simd(u_unit / 2));
    const Simd radius = xsimd::sqrt(Simd(T(-2)) * xsimd::log(uniform));
    const auto [sine, cosine] = xsimd::sincos(Simd::load_aligned(&v[i]) * Simd(v_unit * std::numbers::pi_v<T>));
    (radius * cosine).store_aligned(&u[i]);
    (radius * sine).store_aligned(&v[i]);
  }
}

/// Normal numbers. A float takes all 32 bits of its word: u is then as small as 2^-33, and the tail reaches 6.7.
struct NormalFloat {
  template <std::size_t kBlocks>
  void operator()(const Words<kBlocks>& words, float* out) const {
    alignas(64) std::array<float, 2 * kBlocks> u, v;
    for (std::size_t i = 0; i < kBlocks; ++i) {
      u[i] = float(std::uint32_t(words.low[i]));
      v[i] = float(std::int32_t(words.low[i] >> 32));
      u[kBlocks + i] = float(std::uint32_t(words.high[i]));
      v[kBlocks + i] = float(std::int32_t(words.high[i] >> 32));
    }
    box_muller(u, v, 0x1p-32f, 0x1p-31f);
    for (std::size_t i = 0; i < kBlocks; ++i) {
      out[4 * i] = u[i];
      out[4 * i + 1] = v[i];
      out[4 * i + 2] = u[kBlocks + i];
      out[4 * i + 3] = v[kBlocks + i];
    }
  }
};

/// The same with 53 bits of each half of a block; the tail reaches 8.6.
struct NormalDouble {
  template <std::size_t kBlocks>
  void operator()(const Words<kBlocks>& words, double* out) const {
    alignas(64) std::array<double, kBlocks> u, v;
    for (std::size_t i = 0; i < kBlocks; ++i) {
      u[i] = double(words.low[i] >> 11);
      v[i] = double(std::int64_t(words.high[i]) >> 11);
    }
    box_muller(u, v, 0x1p-53, 0x1p-52);
    for (std::size_t i = 0; i < kBlocks; ++i) {
      out[2 * i] = u[i];
      out[2 * i + 1] = v[i];
    }
  }
};

template <class T>
using Normal = std::conditional_t<sizeof(T) == 4, NormalFloat, NormalDouble>;

/// -ln(-ln u) of the same uniform numbers, but for 0, in whose place half of the next one is taken.
template <class T>
struct Gumbel {
  template <std::size_t kBlocks>
  void operator()(const Words<kBlocks>& words, T* out) const {
    using Simd = xsimd::batch<T>;
    constexpr T kUnit = sizeof(T) == 4 ? T(0x1p-24) : T(0x1p-53);
    Uniform<T>{T(0), T(1), T(1) - kUnit}(words, out);
    for (std::size_t i = 0; i < kBlocks * kPerBlock<T>; i += Simd::size) {
      const Simd u = xsimd::max(Simd::load_unaligned(out + i), Simd(kUnit / 2));
      Simd(-xsimd::log(Simd(-xsimd::log(u)))).store_unaligned(out + i);
    }
  }
};

/// Makes up to kBlocks blocks from `start` on into numbers and writes the first `count` of these.
template <std::size_t kBlocks, class T, class Convert>
void fill_once(const Random::State& start, T* out, std::size_t count, const Convert& convert) {
  Words<kBlocks> words;
  make_words(start, words);
  if (count == kBlocks * kPerBlock<T>) return convert(words, out);
  alignas(64) std::array<T, kBlocks * kPerBlock<T>> numbers;
  convert(words, numbers.data());
  std::memcpy(out, numbers.data(), count * sizeof(T));
}

/// Writes `count` numbers from the blocks from `start` on.
template <class T, class Convert>
void fill(Random::State start, T* out, std::size_t count, const Convert& convert) {
  while (count > 0) {
    const std::size_t blocks = count > kFewBlocks * kPerBlock<T> ? kManyBlocks : kFewBlocks;
    const std::size_t part = std::min(count, blocks * kPerBlock<T>);
    if (blocks == kManyBlocks) {
      fill_once<kManyBlocks>(start, out, part, convert);
    } else {
      fill_once<kFewBlocks>(start, out, part, convert);
    }
    start = advanced(start, blocks);
    out += part;
    count -= part;
  }
}

/// An array of numbers from the blocks that `state` points to, which it then moves behind them.
template <class T, class Convert>
Array<T> draw(const char* operation, Random::State& state, const Shape& shape, const Convert& convert) {
  Array<T> numbers = detail::allocated<T>(operation, shape);
  const std::size_t size = numbers.size();
  const std::size_t work =
      4 * size;  // a random number costs about as much as four of the elements that threads count in
  kernels::parallel_for(size, kManyBlocks * kPerBlock<T>, work, [&](std::size_t begin, std::size_t end) {
    fill(advanced(state, begin / kPerBlock<T>), numbers.data() + begin, end - begin, convert);
  });
  state = advanced(state, (size + kPerBlock<T> - 1) / kPerBlock<T>);
  return numbers;
}

/// Uniform integers one by one, from bits made many blocks at a time. The state is moved behind all blocks made.
class Integers {
 public:
  explicit Integers(Random::State& state) : state_(state) {}

  /// Uniform in [0, count): bits of just the needed length are drawn until they are below it.
  std::uint64_t below(std::uint64_t count) {
    const std::uint64_t mask = count <= 1 ? 0 : ~std::uint64_t{0} >> std::countl_zero(count - 1);
    for (;;) {
      const std::uint64_t candidate = next() & mask;
      if (candidate < count) return candidate;
    }
  }

 private:
  std::uint64_t next() {
    if (used_ == 2 * kFewBlocks) {
      make_words(state_, words_);
      state_ = advanced(state_, kFewBlocks);
      used_ = 0;
    }
    const std::size_t block = used_ / 2, half = used_ % 2;
    ++used_;
    return half == 0 ? words_.low[block] : words_.high[block];
  }

  Random::State& state_;
  Words<kFewBlocks> words_;
  std::size_t used_ = 2 * kFewBlocks;
};

}  // namespace

Random Random::from_state(const State& state) noexcept {
  Random random(state.key);
  random.state_ = state;
  return random;
}

std::uint64_t Random::bits() noexcept {
  const auto [low, high] = state_.counter;
  const auto words =
      philox4x32({std::uint32_t(low), std::uint32_t(low >> 32), std::uint32_t(high), std::uint32_t(high >> 32)},
                 {std::uint32_t(state_.key), std::uint32_t(state_.key >> 32)});
  state_ = advanced(state_, 1);
  return words[0] | std::uint64_t(words[1]) << 32;
}

std::uint64_t Random::below(std::uint64_t count) {
  if (count == 0) throw Error("[Random::below] expected a count of at least 1, got 0");
  return Integers(state_).below(count);
}

std::vector<std::size_t> Random::permutation(std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Integers integers(state_);
  for (std::size_t left = n; left > 1; --left) std::swap(order[left - 1], order[integers.below(left)]);  // Fisher-Yates
  return order;
}

template <std::floating_point T>
Array<T> Random::uniform(const Shape& shape, T low, T high) {
  const T width = high - low;
  if (!(width >= 0 && std::isfinite(width))) {
    throw Error("[Random::uniform] expected finite bounds with low <= high, got low = " + text::number(low) +
                ", high = " + text::number(high));
  }
  const T last = std::max(low, std::nextafter(high, -std::numeric_limits<T>::infinity()));
  return draw<T>("Random::uniform", state_, shape, Uniform<T>{low, width, last});
}

template <class T>
Array<T> Random::normal(const Shape& shape) {
  return draw<T>("Random::normal", state_, shape, Normal<T>{});
}

template <std::floating_point T>
Array<T> Random::gumbel(const Shape& shape) {
  return draw<T>("Random::gumbel", state_, shape, Gumbel<T>{});
}

xt::xarray<std::int64_t> Random::integers(const Shape& shape, std::int64_t low, std::int64_t high) {
  if (low >= high) {
    throw Error("[Random::integers] expected low < high, got low = " + std::to_string(low) +
                ", high = " + std::to_string(high));
  }
  size_of(shape, "Random::integers");
  xt::xarray<std::int64_t> numbers(xt::xarray<std::int64_t>::shape_type(shape.begin(), shape.end()));
  Integers integers(state_);
  const std::uint64_t start = std::uint64_t(low), count = std::uint64_t(high) - start;
  for (std::int64_t& number : numbers.storage()) number = std::int64_t(start + integers.below(count));
  return numbers;
}

std::vector<std::size_t> Random::choice(std::size_t n, std::size_t count, bool replace) {
  if (count > 0 && (n == 0 || (!replace && count > n))) {
    throw Error("[Random::choice] expected at most " + std::to_string(n) + " of " + std::to_string(n) +
                " numbers without replacement, got a count of " + std::to_string(count));
  }
  Integers integers(state_);
  if (replace) {
    std::vector<std::size_t> chosen(count);
    for (std::size_t& place : chosen) place = integers.below(n);
    return chosen;
  }
  if (count < n / 64) {  // the same steps, with those places only that hold another number than their own
    std::unordered_map<std::size_t, std::size_t> moved;
    std::vector<std::size_t> chosen(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t j = i + integers.below(n - i);
      const auto own = moved.find(i);
      const std::size_t number = own == moved.end() ? i : own->second;
      const auto [other, is_new] = moved.try_emplace(j, j);
      chosen[i] = i == j ? number : other->second;
      if (i != j) other->second = number;
    }
    return chosen;
  }
  std::vector<std::size_t> chosen(n);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});  // the first steps of Fisher and Yates
  for (std::size_t i = 0; i < count; ++i) std::swap(chosen[i], chosen[i + integers.below(n - i)]);
  chosen.resize(count);
  return chosen;
}

std::vector<std::size_t> Random::choice(const std::vector<double>& weights, std::size_t count) {
  std::vector<double> sums(weights.size());
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0 && std::isfinite(weights[i]))) {
      throw Error("[Random::choice] expected finite weights of at least 0, got " + text::number(weights[i]) +
                  " at element " + std::to_string(i));
    }
    sums[i] = sum += weights[i];
  }
  if (!(sum > 0 && std::isfinite(sum))) {
    throw Error("[Random::choice] expected weights with a finite sum above 0, got " + text::number(sum));
  }
  const Array<double> u = uniform<double>({count});
  std::vector<std::size_t> chosen(count);
  for (std::size_t i = 0; i < count; ++i) {
    // The first sum above u: so that none of weight 0 is chosen, and the last one that has any where rounding ends at
    // sum.
    const double at = std::min(u(i) * sum, std::nextafter(sum, 0.0));
    chosen[i] = std::size_t(std::upper_bound(sums.begin(), sums.end(), at) - sums.begin());
  }
  return chosen;
}

template <class T>
Array<T> Random::bernoulli(const Array<T>& probability) {
  const T* const p = probability.data();
  const T* const end = p + probability.size();
  bool valid = true;
  for (const T* x = p; x != end; ++x) valid &= bool(int(*x >= 0) & int(*x <= 1));  // without branches: vectorised
  if (!valid) {
    const T* const wrong = std::find_if(p, end, [](T x) { return !(x >= 0 && x <= 1); });
    throw Error("[Random::bernoulli] expected probabilities in [0, 1], got " + text::number(*wrong) + " at element " +
                std::to_string(wrong - p) + " of shape " + to_string(shape_of(probability)) +
                "; logits need a sigmoid first");
  }
  Array<T> draws = uniform<T>(shape_of(probability));
  kernels::parallel_for(draws.size(), 1024, draws.size(), [&](std::size_t from, std::size_t to) {
    T* const u = draws.data();
    for (std::size_t i = from; i < to; ++i) u[i] = T(u[i] < p[i]);
  });
  return draws;
}

template Array<float> Random::uniform(const Shape&, float, float);
template Array<double> Random::uniform(const Shape&, double, double);
template Array<float> Random::normal(const Shape&);
template Array<double> Random::normal(const Shape&);
template Array<float> Random::gumbel(const Shape&);
template Array<double> Random::gumbel(const Shape&);
template Array<float> Random::bernoulli(const Array<float>&);
template Array<double> Random::bernoulli(const Array<double>&);

}  // namespace xtape

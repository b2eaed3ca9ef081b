#include "autodiff/kernels/scan.hpp"

#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/threads.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

namespace xtape::kernels {

namespace {

template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;

// step(state, at, first) for the elements of each line, one after the other; lines side by side go along together, and
// so do some that lie one behind the other, since each of a line's steps waits for the one before.
template <class State, class Step>
void scan(const Middle& shape, bool backward, const Step& step) {
  constexpr std::size_t kLines = 64, kLinesBehind = 8;
  if (shape.length == 0) return;
  const bool behind = shape.inner == 1;
  const std::size_t lines = behind ? shape.outer : shape.inner;
  const std::size_t work = shape.outer * shape.length * shape.inner;
  // Few long lines are shared over the threads before they go along together.
  const std::size_t threads = work < kParallelWork ? 1 : available_threads();
  const std::size_t together = behind ? std::clamp<std::size_t>(lines / threads, 1, kLinesBehind) : kLines;
  const std::size_t blocks = (lines + together - 1) / together, outer = behind ? 1 : shape.outer;
  parallel_for(outer * blocks, 1, work, [&](std::size_t first, std::size_t last) {
    std::array<State, kLines> states;
    for (std::size_t piece = first; piece < last; ++piece) {
      const std::size_t o = piece / blocks, i0 = piece % blocks * together, count = std::min(together, lines - i0);
      std::fill_n(states.begin(), count, State{});
      for (std::size_t l = 0; l < shape.length; ++l) {
        const std::size_t place = backward ? shape.length - 1 - l : l;
        if (behind) {
          for (std::size_t i = 0; i < count; ++i) step(states[i], (i0 + i) * shape.length + place, l == 0);
        } else {
          const std::size_t at = (o * shape.length + place) * shape.inner + i0;
          for (std::size_t i = 0; i < count; ++i) step(states[i], at + i, l == 0);
        }
      }
    }
  });
}

template <class W>
struct LogSum {
  W largest = -std::numeric_limits<W>::infinity(), sum = 0;  // of the exponentials, divided by that of the largest

  void add(W x) {
    if (x == largest) {
      sum += 1;
    } else if (x < largest) {
      sum += std::exp(x - largest);
    } else {  // NaN too, which stays in the sum
      sum = sum * std::exp(largest - x) + 1;
      largest = x;
    }
  }
  W value() const { return largest + std::log(sum); }
};

// A product with an exponent of its own.
template <class T>
struct Product {
  static constexpr std::size_t kFactors = 4;  // of T, whose product a Wide<T> near 1 has room for
  // Beyond these the fraction is brought back to about 1, so that it has room for the next ones.
  static constexpr Wide<T> kMost = std::is_same_v<T, float> ? Wide<T>(0x1p400) : Wide<T>(0x1p8000L);
  Wide<T> fraction = 1;
  long exponent = 0;

  void multiply(Wide<T> factors) {
    fraction *= factors;
    const Wide<T> size = std::abs(fraction);
    if (size > kMost || size < 1 / kMost) normalize();
  }
  void multiply(const Product& other) {
    normalize();
    fraction *= other.fraction;
    exponent += other.exponent;
    normalize();
  }
  void normalize() {
    if (fraction == 0 || !std::isfinite(fraction)) return;
    int shift = 0;
    fraction = std::frexp(fraction, &shift);
    exponent += shift;
  }
  T value() const {
    return static_cast<T>(std::ldexp(static_cast<long double>(fraction), int(std::clamp(exponent, -30000L, 30000L))));
  }
};

using detail::Doubles;
constexpr std::size_t kNeighbours = Doubles::size;

// The products of `count` floats each, `step` apart, of as many neighbours as a batch has doubles; in the order in
// which those that are left over are multiplied.
void multiply_neighbours(const float* from, std::size_t step, std::size_t count, Product<float>* to) {
  using Product = xtape::kernels::Product<float>;
  const Doubles most(Product::kMost), least(1 / Product::kMost), zero(0), infinity(detail::kInfinity<double>);
  alignas(64) double lanes[kNeighbours];
  Doubles fractions(1);
  const auto put = [&] {
    fractions.store_aligned(lanes);
    for (std::size_t i = 0; i < kNeighbours; ++i) to[i].fraction = lanes[i];
  };
  const auto load = [&](std::size_t k) {
    for (std::size_t i = 0; i < kNeighbours; ++i) lanes[i] = from[k * step + i];
    return Doubles::load_aligned(lanes);
  };
  for (std::size_t k = 0; k < count;) {
    const std::size_t end = std::min(count, k + Product::kFactors);
    Doubles factors = load(k++);
    for (; k < end; ++k) factors *= load(k);
    fractions *= factors;
    const Doubles size = xsimd::abs(fractions);  // 0 and infinity stay as they are
    if (xsimd::any(((size > most) & (size < infinity)) | ((size < least) & (size > zero)))) {
      put();
      for (std::size_t i = 0; i < kNeighbours; ++i) {
        to[i].normalize();
        lanes[i] = to[i].fraction;
      }
      fractions = Doubles::load_aligned(lanes);
    }
  }
  put();
}

// The products of `length` numbers each, `inner` apart, of `inner` neighbours.
template <class T>
void multiply_lines(const T* from, std::size_t length, std::size_t inner, Product<T>* to) {
  std::size_t i = 0, start = 0;
  if constexpr (std::is_same_v<T, float>) {
    for (; length > 0 && i + kNeighbours <= inner; i += kNeighbours) {
      multiply_neighbours(from + i, inner, length, to + i);
    }
    if (inner == 1 && length >= kNeighbours) {  // neighbours are factors of the same product
      Product<T> parts[kNeighbours];
      multiply_neighbours(from, kNeighbours, length / kNeighbours, parts);
      for (const Product<T>& part : parts) {
        to->exponent += part.exponent;
        to->multiply(part.fraction);
      }
      start = length - length % kNeighbours;
    }
  }
  for (std::size_t l = start; l < length;) {
    const std::size_t count = std::min(Product<T>::kFactors, length - l);
    for (std::size_t j = i; j < inner; ++j) {
      Wide<T> factors = from[l * inner + j];
      for (std::size_t k = 1; k < count; ++k) factors *= from[(l + k) * inner + j];
      to[j].multiply(factors);
    }
    l += count;
  }
}

}  // namespace

template <class T>
void cumsum_middle(const T* in, const Middle& shape, bool backward, T* out) {
  struct State {
    Wide<T> sum = 0;
  };
  scan<State>(shape, backward, [&](State& state, std::size_t at, bool first) {
    state.sum = first ? Wide<T>(in[at]) : state.sum + in[at];  // of -0 alone: -0
    out[at] = T(state.sum);
  });
}

template <class T>
void cumprod_middle(const T* in, const Middle& shape, bool backward, bool exclusive, T* out) {
  struct State {
    Wide<T> product = 1;
  };
  scan<State>(shape, backward, [&](State& state, std::size_t at, bool) {
    const Wide<T> before = state.product;
    state.product *= in[at];
    out[at] = T(exclusive ? before : state.product);
  });
}

template <class T>
void recurrence_middle(const T* a, const T* b, const Middle& shape, bool backward, T* out) {
  struct State {
    Wide<T> value = 0;
  };
  scan<State>(shape, backward, [&](State& state, std::size_t at, bool first) {
    state.value = first ? Wide<T>(b[at]) : b[at] + a[at] * state.value;
    out[at] = T(state.value);
  });
}

template <class T>
void logcumsumexp_middle(const T* in, const Middle& shape, T* out) {
  scan<LogSum<Wide<T>>>(shape, false, [&](LogSum<Wide<T>>& state, std::size_t at, bool) {
    state.add(in[at]);
    out[at] = T(state.value());
  });
}

template <class T>
void prod_middle(const T* in, const Middle& shape, T* out) {
  if (shape.outer == 0 || shape.inner == 0) return;  // the length may be large all the same
  constexpr std::size_t kPiece = 4096;               // along the length, each by itself
  const std::size_t pieces = std::max<std::size_t>(1, (shape.length + kPiece - 1) / kPiece);
  std::vector<Product<T>> products(shape.outer * pieces * shape.inner);
  parallel_for(shape.outer * pieces, 1, shape.outer * shape.length * shape.inner,
               [&](std::size_t first, std::size_t last) {
                 for (std::size_t piece = first; piece < last; ++piece) {
                   const std::size_t o = piece / pieces, begin = piece % pieces * kPiece;
                   const std::size_t end = std::min(shape.length, begin + kPiece);
                   multiply_lines(in + (o * shape.length + begin) * shape.inner, end - begin, shape.inner,
                                  products.data() + piece * shape.inner);
                 }
               });
  for (std::size_t o = 0; o < shape.outer; ++o) {
    for (std::size_t i = 0; i < shape.inner; ++i) {
      Product<T> whole = products[o * pieces * shape.inner + i];
      for (std::size_t p = 1; p < pieces; ++p) whole.multiply(products[(o * pieces + p) * shape.inner + i]);
      out[o * shape.inner + i] = whole.value();
    }
  }
}

template <class T>
bool lost_products(const T* y, std::size_t lines, const T* before, const T* behind, std::size_t length, T* lost) {
  const auto is_lost = [](T product) { return !std::isnormal(product); };
  bool any_line = false;
  for (std::size_t l = 0; l < lines; ++l) {
    const T *const of_before = before + l * length, *const of_behind = behind + l * length;
    const bool any =
        std::any_of(of_before, of_before + length, is_lost) || std::any_of(of_behind, of_behind + length, is_lost);
    lost[l] = any && !is_lost(y[l]) ? T(1) : T(0);
    any_line = any_line || lost[l] != T(0);
  }
  return any_line;
}

#define XTAPE_INSTANTIATE(T)                                                       \
  template void cumsum_middle<T>(const T*, const Middle&, bool, T*);               \
  template void cumprod_middle<T>(const T*, const Middle&, bool, bool, T*);        \
  template void recurrence_middle<T>(const T*, const T*, const Middle&, bool, T*); \
  template void logcumsumexp_middle<T>(const T*, const Middle&, T*);               \
  template void prod_middle<T>(const T*, const Middle&, T*);                       \
  template bool lost_products<T>(const T*, std::size_t, const T*, const T*, std::size_t, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels

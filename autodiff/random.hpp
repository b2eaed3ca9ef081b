#pragma once
// Random numbers from a counter: every block of 128 random bits is a function of (key, counter) alone.
//
// Philox 4x32-10: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
// There is no hidden global generator: whoever draws passes a `Random`.

#include "autodiff/sequence.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace xtape {

namespace detail {

// The multipliers and the steps of the key schedule, from the paper's reference implementation.
inline constexpr std::array<std::uint32_t, 2> kPhiloxMultipliers{0xD2511F53, 0xCD9E8D57};
inline constexpr std::array<std::uint32_t, 2> kPhiloxKeySteps{0x9E3779B9, 0xBB67AE85};  // golden ratio, sqrt(3) - 1
inline constexpr int kPhiloxRounds = 10;

template <class>
inline constexpr bool kIsArray = false;
template <class T>
inline constexpr bool kIsArray<Array<T>> = std::floating_point<T>;

/// What a draw is made with as an array of floats, or else of doubles.
template <class P>
auto parameter_array(const P& parameter) {
  if constexpr (kIsArray<P>) {
    return parameter;
  } else if constexpr (std::is_arithmetic_v<P>) {
    return full<std::conditional_t<std::same_as<P, float>, float, double>>({}, parameter);
  } else if constexpr (Sequence<P>) {
    return array_of<std::conditional_t<std::same_as<sequence_element<P>, float>, float, double>>(parameter);
  } else if constexpr (xt::is_xexpression<P>::value) {
    return Array<std::conditional_t<std::same_as<typename P::value_type, float>, float, double>>(parameter);
  } else {
    return Array<typename P::value_type>(parameter.value());  // a Var or a parameter
  }
}

}  // namespace detail

/// The four random words of one block of Philox 4x32-10: a bijection of `counter` for every `key`.
constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) noexcept {
  auto& [c0, c1, c2, c3] = counter;
  auto& [k0, k1] = key;
  for (int round = 0; round < detail::kPhiloxRounds; ++round) {
    const std::uint64_t p0 = std::uint64_t{detail::kPhiloxMultipliers[0]} * c0;
    const std::uint64_t p1 = std::uint64_t{detail::kPhiloxMultipliers[1]} * c2;
    c0 = std::uint32_t(p1 >> 32) ^ c1 ^ k0;
    c1 = std::uint32_t(p1);
    c2 = std::uint32_t(p0 >> 32) ^ c3 ^ k1;
    c3 = std::uint32_t(p0);
    k0 += detail::kPhiloxKeySteps[0];
    k1 += detail::kPhiloxKeySteps[1];
  }
  return counter;
}

/// A stream of random numbers: 2^128 blocks of Philox 4x32-10 under one 64-bit key.
///
/// What is drawn depends on the seed and on the draws before it, and on nothing else: not on the number of threads, the
/// width of SIMD registers or the alignment of memory. (Normal numbers go through log, sin and cos, whose last bit may
/// differ between instruction sets; the others have the same bits everywhere.)
///
/// An array of n numbers takes ceil(n / k) blocks, where k = 4 for float and 2 for double, and element i depends only
/// on block i / k. So a draw of shape (2, 6) holds what one of shape (12) would, and a draw whose size is a multiple of
/// k followed by another holds what one longer draw would.
///
/// A copy continues the same stream on its own: the two yield the same numbers. `fork` gives a different stream. One
/// `Random` must not be used by two threads at once.
class Random {
 public:
  /// All that a generator is; equal states yield equal numbers.
  struct State {
    std::uint64_t key = 0;                   ///< selects the stream
    std::array<std::uint64_t, 2> counter{};  ///< the next block, the low 64 bits first
    bool operator==(const State&) const = default;
  };

  /// The stream of a seed, from its beginning. Different seeds give independent streams.
  explicit Random(std::uint64_t seed) noexcept : state_{seed, {}} {}

  /// Continues where `state()` was taken.
  static Random from_state(const State& state) noexcept;
  const State& state() const noexcept { return state_; }

  /// Numbers uniform in [low, high), on a grid of 2^24 (float) or 2^53 (double) equidistant values. Gives `low` alone
  /// where low == high. Throws Error unless low <= high and high - low is finite.
  template <std::floating_point T = double>
  Array<T> uniform(const Shape& shape, T low = T(0), T high = T(1));
  /// The same with ends of two types, or whole numbers: floats where one of them is a float and none is a double.
  template <class L, class H>
    requires(std::is_arithmetic_v<L>&& std::is_arithmetic_v<H> && !(std::same_as<L, H> && std::floating_point<L>))
  auto uniform(const Shape& shape, L low, H high) {
    constexpr bool kFloat = std::same_as<L, float> || std::same_as<H, float>;
    using T = std::conditional_t<kFloat && !std::same_as<L, double> && !std::same_as<H, double>, float, double>;
    return uniform<T>(shape, static_cast<T>(low), static_cast<T>(high));
  }

  /// Numbers from N(0, 1), by Box and Muller's method: sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v). Always finite.
  template <class T = double>
  Array<T> normal(const Shape& shape);

  /// For each element the number 1 with its `probability`, else 0; 0 and 1 are exact, all else is to within 2^-24
  /// (float) or 2^-53 (double). Throws Error for a probability outside [0, 1].
  template <class T>
  Array<T> bernoulli(const Array<T>& probability);
  /// The same of any xtensor expression, a std::vector or std::array, a Var or a parameter: a draw has no derivative.
  template <class P>
    requires(!detail::kIsArray<P>)
  auto bernoulli(const P& probability) { return bernoulli(detail::parameter_array(probability)); }

  /// Numbers from Gumbel's distribution, -ln(-ln u): the place of the largest of logits + gumbel is one drawn with the
  /// probabilities softmax(logits). Always finite.
  template <std::floating_point T = double>
  Array<T> gumbel(const Shape& shape);

  // Of the following each element is drawn from a stream of its own, whose key takes one block from this one. They go
  // through exp, log and the like of the C library, which may differ from machine to machine in the last bit.

  /// For each element a number from Gamma(concentration, 1), by Marsaglia and Tsang's method (2000); at least the
  /// smallest normal number. Throws Error for a concentration that is not above 0, or infinite.
  template <class P>
  auto gamma(const P& concentration) {
    return gamma_draws(detail::parameter_array(concentration));
  }

  /// For each element a count from Poisson(rate), by Ahrens and Dieter's reduction to gamma numbers (1974). Throws
  /// Error for a rate below 0, or infinite.
  template <class P>
  auto poisson(const P& rate) {
    return poisson_draws(detail::parameter_array(rate));
  }

  /// For each element how often of `count` times an event of that `probability` happens, by order statistics (Devroye,
  /// Non-uniform random variate generation, 1986, X.4.3). Both broadcast to one shape beforehand. Throws Error for a
  /// count that is not whole or below 0, a probability outside [0, 1], and for different shapes.
  template <class N, class P>
  auto binomial(const N& count, const P& probability) {
    const auto p = detail::parameter_array(probability);
    return binomial_draws(std::remove_const_t<decltype(p)>(detail::parameter_array(count)), p);
  }

  /// Whole numbers uniform in [low, high), without bias. Throws Error unless low < high.
  xt::xarray<std::int64_t> integers(const Shape& shape, std::int64_t low, std::int64_t high);

  /// `count` of the numbers 0..n-1 in random order, each at most once unless `replace`. Throws Error for more than n of
  /// them, and for any of none.
  std::vector<std::size_t> choice(std::size_t n, std::size_t count, bool replace = true);
  /// `count` of the numbers 0..n-1, each time i with a probability in proportion to weights[i]. Throws Error for
  /// weights that are negative or not finite, or all 0.
  std::vector<std::size_t> choice(const std::vector<double>& weights, std::size_t count);

  /// 64 random bits. Takes one block.
  std::uint64_t bits() noexcept;

  /// An integer uniform in [0, count), without bias. Throws Error for count = 0.
  std::uint64_t below(std::uint64_t count);

  /// The numbers 0..n-1 in random order, all n! orders alike (as far as the stream has that many states).
  std::vector<std::size_t> permutation(std::size_t n);

  /// A generator of a stream of its own, with a key drawn from this one.
  Random fork() noexcept { return Random(bits()); }

 private:
  template <class T>
  Array<T> gamma_draws(const Array<T>& concentration);
  template <class T>
  Array<T> poisson_draws(const Array<T>& rate);
  template <class T>
  Array<T> binomial_draws(const Array<T>& count, const Array<T>& probability);

  State state_;
};

extern template Array<float> Random::uniform(const Shape&, float, float);
extern template Array<double> Random::uniform(const Shape&, double, double);
extern template Array<float> Random::normal(const Shape&);
extern template Array<double> Random::normal(const Shape&);
extern template Array<float> Random::bernoulli(const Array<float>&);
extern template Array<double> Random::bernoulli(const Array<double>&);
extern template Array<float> Random::gumbel(const Shape&);
extern template Array<double> Random::gumbel(const Shape&);
extern template Array<float> Random::gamma_draws(const Array<float>&);
extern template Array<double> Random::gamma_draws(const Array<double>&);
extern template Array<float> Random::poisson_draws(const Array<float>&);
extern template Array<double> Random::poisson_draws(const Array<double>&);
extern template Array<float> Random::binomial_draws(const Array<float>&, const Array<float>&);
extern template Array<double> Random::binomial_draws(const Array<double>&, const Array<double>&);

}  // namespace xtape

#pragma once
// Numbers that every contestant makes alike, to the bit and in whatever language, so that they can be asked whether
// they do the same work. benchmarks/peers/same_numbers.py is the same in Python.

#include <cmath>
#include <cstdint>

#include "autodiff/array.hpp"

namespace xtape::benchmarks {

/// SplitMix64's output function: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014.
constexpr std::uint64_t scrambled(std::uint64_t state) {
  state += 0x9E3779B97F4A7C15;
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
  return state ^ (state >> 31);
}

/// Element i is low + (high - low) u, with u in [0, 1) from the 24 highest bits that (seed, i) give.
inline Array<float> same_numbers(std::uint64_t seed, const Shape& shape, double low, double high) {
  Array<float> numbers = empty<float>(shape);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers.data()[i] = float(low + (high - low) * std::ldexp(double(scrambled((seed << 32) + i) >> 40), -24));
  }
  return numbers;
}

/// What contestants are asked of an array.
template <class T>
double mean_magnitude(const Array<T>& x) {
  double sum = 0;
  for (const T element : x) sum += std::abs(double(element));
  return sum / double(x.size());
}

// What the VAE's contestants begin with.
constexpr std::uint64_t kImagesSeed = 101, kNoiseSeed = 102;

inline Array<float> same_images(std::size_t batch, std::size_t pixels) {
  return same_numbers(kImagesSeed, {batch, pixels}, 0, 1);
}

/// Noise of variance 1.
inline Array<float> same_noise(std::size_t batch, std::size_t latent) {
  return same_numbers(kNoiseSeed, {batch, latent}, -std::sqrt(3.0), std::sqrt(3.0));
}

/// The index-th parameter array of a network, uniform in +-1/sqrt(fan_in).
inline Array<float> same_weights(std::size_t index, const Shape& shape, std::size_t fan_in) {
  const double bound = 1 / std::sqrt(double(fan_in));
  return same_numbers(index, shape, -bound, bound);
}

}  // namespace xtape::benchmarks

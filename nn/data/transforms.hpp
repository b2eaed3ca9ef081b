#pragma once
// What becomes of images on their way to a model: binarization and corruption.

#include "autodiff/random.hpp"
#include "nn/data/image_set.hpp"

#include <cstdint>
#include <functional>

namespace xtape::nn {

/// Makes what a model sees of a batch of samples (count, features...), in the same shape. Draws its random numbers from
/// the generator, so that the same generator gives the same batch. `DataLoader::transform` applies it.
template <class T>
using Transform = std::function<Array<T>(const Array<T>& samples, Random& rng)>;

/// 1 with the probability that is the grey level, else 0: another draw whenever a sample is seen (dynamic
/// binarization).
template <class T>
Transform<T> random_binarization();

/// 1 where the grey level is above `level`, else 0.
template <class T>
Transform<T> threshold_binarization(double level = 0.5);

/// Each number 0 with probability `rate`, else as it is (masking noise: Vincent et al. 2008). Throws Error for a rate
/// outside [0, 1].
template <class T>
Transform<T> random_masking(double rate);

/// x + σ ε with ε from N(0, 1). Throws Error unless σ >= 0 is finite.
template <class T>
Transform<T> gaussian_noise(double sigma);

/// What a transform makes of the images, drawn once and for all, as with `random_binarization` in static binarization:
/// a number x becomes the byte that is nearest to 255 x. What is drawn depends on the seed and on the place of the
/// image in the set. Throws Error for a transform that gives another number of pixels, and for numbers outside [0, 1].
ImageSet transformed(const ImageSet& images, const Transform<float>& transform, std::uint64_t seed);

#define XTAPE_EXTERN(T)                                        \
  extern template Transform<T> random_binarization();          \
  extern template Transform<T> threshold_binarization(double); \
  extern template Transform<T> random_masking(double);         \
  extern template Transform<T> gaussian_noise(double);
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn

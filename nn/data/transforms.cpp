#include "nn/data/transforms.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {

template <class T>
Transform<T> random_binarization() {
  return [](const Array<T>& samples, Random& rng) { return rng.bernoulli(samples); };
}

template <class T>
Transform<T> threshold_binarization(double level) {
  return [level](const Array<T>& samples, Random&) {
    Array<T> result = empty<T>(shape_of(samples));
    std::transform(samples.begin(), samples.end(), result.begin(), [&](T x) { return T(double(x) > level); });
    return result;
  };
}

template <class T>
Transform<T> random_masking(double rate) {
  if (!(rate >= 0 && rate <= 1)) {
    throw Error("[random_masking] a rate in [0, 1] expected, got " + text::number(rate));
  }
  return [rate](const Array<T>& samples, Random& rng) {
    Array<T> result = rng.uniform<T>(shape_of(samples));  // in [0, 1): rate 0 keeps all, rate 1 none
    std::transform(samples.begin(), samples.end(), result.begin(), result.begin(),
                   [&](T x, T u) { return double(u) < rate ? T(0) : x; });
    return result;
  };
}

template <class T>
Transform<T> gaussian_noise(double sigma) {
  if (!(sigma >= 0 && std::isfinite(sigma))) {
    throw Error("[gaussian_noise] a finite sigma >= 0 expected, got " + text::number(sigma));
  }
  return [sigma](const Array<T>& samples, Random& rng) {
    Array<T> result = rng.normal<T>(shape_of(samples));
    std::transform(samples.begin(), samples.end(), result.begin(), result.begin(),
                   [&](T x, T epsilon) { return x + T(sigma) * epsilon; });
    return result;
  };
}

ImageSet transformed(const ImageSet& images, const Transform<float>& transform, std::uint64_t seed) {
  Random rng(seed);
  std::vector<std::uint8_t> bytes, labels;
  bytes.reserve(images.size() * images.pixels());
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::size_t index[] = {i};
    const Array<float> result = transform(images.gather<float>(index), rng);
    if (result.size() != images.pixels()) {
      throw Error("[transformed] " + std::to_string(images.pixels()) + " numbers of an image expected, got " +
                  std::to_string(result.size()));
    }
    for (const float x : result) {
      if (!(x >= 0 && x <= 1)) throw Error("[transformed] numbers in [0, 1] expected, got " + text::number(x));
      bytes.push_back(static_cast<std::uint8_t>(std::lround(255 * x)));
    }
    if (images.has_labels()) labels.push_back(images.label(i));
  }
  return ImageSet(images.height(), images.width(), std::move(bytes), std::move(labels));
}

#define XTAPE_INSTANTIATE(T)                            \
  template Transform<T> random_binarization();          \
  template Transform<T> threshold_binarization(double); \
  template Transform<T> random_masking(double);         \
  template Transform<T> gaussian_noise(double);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

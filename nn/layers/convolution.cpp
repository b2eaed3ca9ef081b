#include "nn/layers/convolution.hpp"

#include "autodiff/text.hpp"
#include "nn/init.hpp"

#include <algorithm>
#include <string>

namespace xtape::nn {

namespace {

// (first, second / groups, window...).
Shape weight_shape(const char* name, std::size_t first, std::size_t second, const PerDimension& kernel,
                   std::size_t rank, std::ptrdiff_t groups) {
  if (groups < 1 || first % std::size_t(groups) != 0 || second % std::size_t(groups) != 0) {
    throw ShapeError(text::bracketed(name) + "channels that are multiples of the groups expected, got " +
                     std::to_string(first) + " and " + std::to_string(second) + " channels in " +
                     std::to_string(groups) + " groups");
  }
  Shape shape{first, second / std::size_t(groups)};
  const Shape window = kernel.of(name, "kernel", rank, 1);
  shape.insert(shape.end(), window.begin(), window.end());
  return shape;
}

// Throws ShapeError for what no input would do with.
template <class Options>
void check_moves(const char* name, std::size_t rank, const Options& options) {
  (void)options.stride.of(name, "a stride", rank, 1);
  (void)options.padding.of(name, "a padding", rank, 0);
  (void)options.dilation.of(name, "a dilation", rank, 1);
}

}  // namespace

template <class T>
Convolution<T>::Convolution(const char* name, std::size_t first, std::size_t second, std::size_t out,
                            const PerDimension& kernel, std::size_t rank, std::ptrdiff_t groups, bool bias,
                            Random& rng) {
  const Shape shape = weight_shape(name, first, second, kernel, rank, groups);
  const std::size_t fan_in = fans_of(shape).in;
  this->add("weight", weight_ = Parameter<T>(fan_in_uniform<T>(shape, fan_in, rng)));
  if (bias) this->add("bias", bias_.emplace(fan_in_uniform<T>({out}, fan_in, rng)));
}

template <class T>
const Parameter<T>& Convolution<T>::bias() const {
  if (!bias_) throw Error("[Convolution] a layer with a bias expected, this one was made without");
  return *bias_;
}

template <class T>
Conv1d<T>::Conv1d(std::size_t in, std::size_t out, const PerDimension& kernel, Random& rng,
                  const ConvLayerOptions& options)
    : Convolution<T>("Conv1d", out, in, out, kernel, 1, options.groups, options.bias, rng),
      options_{options.stride, options.padding, options.dilation, options.groups} {
  check_moves("Conv1d", 1, options);
}

template <class T>
Var<T> Conv1d<T>::operator()(const Var<T>& x) const {
  return this->convolved([&](const auto&... weights) { return conv1d(x, weights..., options_); });
}

template <class T>
Conv2d<T>::Conv2d(std::size_t in, std::size_t out, const PerDimension& kernel, Random& rng,
                  const ConvLayerOptions& options)
    : Convolution<T>("Conv2d", out, in, out, kernel, 2, options.groups, options.bias, rng),
      options_{options.stride, options.padding, options.dilation, options.groups} {
  check_moves("Conv2d", 2, options);
}

template <class T>
Var<T> Conv2d<T>::operator()(const Var<T>& x) const {
  return this->convolved([&](const auto&... weights) { return conv2d(x, weights..., options_); });
}

template <class T>
ConvTranspose2d<T>::ConvTranspose2d(std::size_t in, std::size_t out, const PerDimension& kernel, Random& rng,
                                    const ConvTransposeLayerOptions& options)
    : Convolution<T>("ConvTranspose2d", in, out, out, kernel, 2, options.groups, options.bias, rng),
      options_{options.stride, options.padding, options.output_padding, options.groups, options.dilation} {
  check_moves("ConvTranspose2d", 2, options);
  (void)options.output_padding.of("ConvTranspose2d", "an output_padding", 2, 0);
}

template <class T>
Var<T> ConvTranspose2d<T>::operator()(const Var<T>& x) const {
  return this->convolved([&](const auto&... weights) { return conv_transpose2d(x, weights..., options_); });
}

#define XTAPE_INSTANTIATE(T)     \
  template class Convolution<T>; \
  template class Conv1d<T>;      \
  template class Conv2d<T>;      \
  template class ConvTranspose2d<T>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

#include "nn/layers/batch_norm.hpp"

#include "autodiff/text.hpp"
#include "nn/layers/normalization.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace xtape::nn {

template <class T>
BatchNorm<T>::BatchNorm(const char* name, std::size_t channels, Shape ranks, const BatchNormOptions& options)
    : name_(name),
      channels_(channels),
      ranks_(std::move(ranks)),
      options_(options),
      running_mean_(zeros<T>({channels})),
      running_var_(ones<T>({channels})) {
  (void)detail::checked_epsilon(name, options.epsilon);
  if (options.momentum && !(*options.momentum >= 0 && *options.momentum <= 1)) {
    throw Error(text::bracketed(name) + "a momentum in [0, 1] expected, got " + text::number(*options.momentum));
  }
  if (options.affine) {
    this->add("weight", weight_.emplace(ones<T>({channels})));
    this->add("bias", bias_.emplace(zeros<T>({channels})));
  }
  if (!options.track_running_stats) return;
  this->add("running_mean", running_mean_);
  this->add("running_var", running_var_);
  this->add("num_batches_tracked", num_batches_tracked_);
}

template <class T>
Var<T> BatchNorm<T>::operator()(const Var<T>& x) const {
  return this->located([&] {
    const Shape& shape = x.shape();
    if (std::find(ranks_.begin(), ranks_.end(), shape.size()) == ranks_.end() || shape[1] != channels_) {
      throw ShapeError(text::bracketed(name_) + "x of " + std::to_string(ranks_.front()) +
                       (ranks_.size() > 1 ? " or " + std::to_string(ranks_.back()) : "") + " dimensions, (batch, " +
                       std::to_string(channels_) + (ranks_.back() > 2 ? ", ...)" : ")") + ", expected, got " +
                       to_string(shape));
    }
    const std::size_t places = size_of(Shape(shape.begin() + 2, shape.end()));
    const Shape each{channels_, 1};  // a number for each channel
    std::optional<Var<T>> weight, bias;
    if (weight_) weight = reshape(*weight_, each), bias = reshape(*bias_, each);
    const Var<T> of_channels = reshape(x, {shape[0], channels_, places});
    if (!this->training() && options_.track_running_stats) {
      Var<T> scale = rsqrt(reshape(running_var_, each) + T(options_.epsilon));
      if (weight) scale = scale * *weight;
      const Var<T> shift = (weight ? *bias : Var<T>(T(0))) - reshape(running_mean_, each) * scale;
      return reshape(detail::affine<T>(of_channels, scale, shift), shape);
    }
    const double count = double(shape[0]) * double(places);
    if (this->training() && count <= 1) {
      throw ShapeError(text::bracketed(name_) + "more than one number a channel expected in training, got " +
                       to_string(shape));
    }
    const detail::Standardized<T> result = detail::standardized(of_channels, options_.epsilon);
    if (this->training() && options_.track_running_stats) track(result.mean, result.variance, count);
    return reshape(detail::affine(result.y, weight, bias), shape);
  });
}

template <class T>
void BatchNorm<T>::track(const Var<T>& mean, const Var<T>& variance, double count) const {
  num_batches_tracked_.set(num_batches_tracked_.value() + 1);
  const T share = T(options_.momentum.value_or(1 / double(num_batches_tracked_.value())));
  const T unbiased = T(count / (count - 1));
  const T *const batch_mean = mean.value().data(), *const batch_variance = variance.value().data();
  T *const running_mean = running_mean_.mutable_data(), *const running_var = running_var_.mutable_data();
  for (std::size_t c = 0; c < channels_; ++c) {
    running_mean[c] = (1 - share) * running_mean[c] + share * batch_mean[c];
    running_var[c] = (1 - share) * running_var[c] + share * unbiased * batch_variance[c];
  }
}

template class BatchNorm<float>;
template class BatchNorm<double>;

}  // namespace xtape::nn

#include "nn/layers/group_norm.hpp"

#include "nn/layers/normalization.hpp"

#include <string>

namespace xtape::nn {

template <class T>
GroupNorm<T>::GroupNorm(std::size_t groups, std::size_t channels, const GroupNormOptions& options)
    : groups_(groups), channels_(channels), epsilon_(detail::checked_epsilon("GroupNorm", options.epsilon)) {
  if (groups == 0 || channels % groups != 0) {
    throw Error("[GroupNorm] channels that are a multiple of the groups expected, got " + std::to_string(channels) +
                " channels in " + std::to_string(groups) + " groups");
  }
  if (!options.affine) return;
  this->add("weight", weight_.emplace(ones<T>({channels})));
  this->add("bias", bias_.emplace(zeros<T>({channels})));
}

template <class T>
Var<T> GroupNorm<T>::operator()(const Var<T>& x) const {
  return this->located([&] {
    const Shape& shape = x.shape();
    if (shape.size() < 2 || shape[1] != channels_) {
      throw ShapeError("[group_norm] x of shape (batch, " + std::to_string(channels_) + ", ...) expected, got " +
                       to_string(shape));
    }
    const std::size_t places = size_of(Shape(shape.begin() + 2, shape.end())), in_group = channels_ / groups_;
    const Var<T> grouped = reshape(x, {shape[0] * groups_, in_group * places});
    if (weight_) {
      return reshape(detail::affine_standardized(grouped, weight_->var(), bias_->var(), places, epsilon_), shape);
    }
    const Shape rows{1, shape[0] * groups_, in_group * places};
    return reshape(detail::standardized(Var<T>(reshape(grouped, rows)), epsilon_).y, shape);
  });
}

template class GroupNorm<float>;
template class GroupNorm<double>;

}  // namespace xtape::nn

#include "nn/layers/linear.hpp"

#include <cmath>

namespace xtape::nn {

namespace {

template <class T>
Array<T> uniform_within(Random& rng, const Shape& shape, std::size_t fan_in) {
  const T bound = fan_in == 0 ? T(0) : T(1 / std::sqrt(double(fan_in)));
  return rng.uniform<T>(shape, -bound, bound);
}

}  // namespace

template <class T>
Linear<T>::Linear(std::size_t in, std::size_t out, Random& rng)
    : weight_(uniform_within<T>(rng, {out, in}, in)), bias_(uniform_within<T>(rng, {out}, in)) {
  this->add("weight", weight_);
  this->add("bias", bias_);
}

template class Linear<float>;
template class Linear<double>;

}  // namespace xtape::nn

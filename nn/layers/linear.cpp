#include "nn/layers/linear.hpp"

#include "nn/init.hpp"

namespace xtape::nn {

template <class T>
Linear<T>::Linear(std::size_t in, std::size_t out, Random& rng, const LinearOptions& options)
    : weight_(fan_in_uniform<T>({out, in}, in, rng)) {
  this->add("weight", weight_);
  if (options.bias) this->add("bias", bias_.emplace(fan_in_uniform<T>({out}, in, rng)));
}

template <class T>
const Parameter<T>& Linear<T>::bias() const {
  if (!bias_) throw Error("[Linear] a layer with a bias expected, this one was made without");
  return *bias_;
}

template class Linear<float>;
template class Linear<double>;

}  // namespace xtape::nn

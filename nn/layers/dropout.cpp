#include "nn/layers/dropout.hpp"

#include "autodiff/text.hpp"

namespace xtape::nn {

template <class T>
Dropout<T>::Dropout(double p, Random& rng) : p_(p), rng_(&rng) {
  if (!(p >= 0 && p <= 1)) throw Error("[Dropout] a probability in [0, 1] expected, got " + text::number(p));
}

template <class T>
Var<T> Dropout<T>::operator()(const Var<T>& x) const {
  if (!this->training() || p_ == 0) return x;
  const T least = T(p_), scale = p_ == 1 ? T(0) : T(1 / (1 - p_));
  Array<T> mask = rng_->template uniform<T>(x.shape());
  T* const elements = mask.data();
  for (std::size_t i = 0; i < mask.size(); ++i) elements[i] = elements[i] < least ? T(0) : scale;
  return x * Var<T>(std::move(mask));
}

template <class T>
std::string Dropout<T>::description() const {
  return text::number(p_);
}

template class Dropout<float>;
template class Dropout<double>;

}  // namespace xtape::nn

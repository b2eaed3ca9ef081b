#include "nn/distributions/likelihood.hpp"

#include "autodiff/text.hpp"

#include <cmath>
#include <string>

namespace xtape::nn {

template <class T>
Var<T> BernoulliLikelihood<T>::log_prob(const Var<T>& x, const Var<T>& output) const {
  return distribution(output).log_prob(x);
}

template <class T>
Var<T> BernoulliLikelihood<T>::mean(const Var<T>& output) const {
  return distribution(output).mean();
}

template <class T>
Array<T> BernoulliLikelihood<T>::draw(const Var<T>& output, Random& rng) const {
  return distribution(output).sample(rng).value();
}

template <class T>
GaussianLikelihood<T>::GaussianLikelihood(Sigma kind, std::size_t size, double start, double floor)
    : kind_(kind), floor_(floor) {
  if (size == 0) throw Error("[GaussianLikelihood] samples of one number or more expected, got size 0");
  if (!(floor >= 0 && floor < start && std::isfinite(start))) {
    throw Error("[GaussianLikelihood] 0 <= floor < start < infinity expected, got floor " + text::number(floor) +
                " and start " + text::number(start));
  }
  const Array<T> s = full<T>({kind == Sigma::kEach ? size : 1}, T(std::log(start - floor)));
  if (kind == Sigma::kFixed) {
    this->add("fixed_log_sigma", fixed_ = Buffer<T>(s));
  } else {
    this->add("log_sigma", free_ = Parameter<T>(s));
  }
}

template <class T>
Var<T> GaussianLikelihood<T>::log_sigma() const {
  const Var<T> s = kind_ == Sigma::kFixed ? fixed_.var() : free_.var();
  if (floor_ == 0) return s;
  const T log_floor = T(std::log(floor_));
  return log_floor + softplus(s - log_floor);  // ln(floor + e^s), which does not underflow
}

template <class T>
Var<T> GaussianLikelihood<T>::log_prob(const Var<T>& x, const Var<T>& output) const {
  return distribution(output).log_prob(x);
}

template <class T>
Array<T> GaussianLikelihood<T>::draw(const Var<T>& output, Random& rng) const {
  return distribution(output).sample(rng).value();
}

template class BernoulliLikelihood<float>;
template class BernoulliLikelihood<double>;
template class GaussianLikelihood<float>;
template class GaussianLikelihood<double>;

}  // namespace xtape::nn

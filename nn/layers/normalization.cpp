#include "nn/layers/normalization.hpp"

namespace xtape::nn::detail {

template <class T>
Var<T> normalized(const Var<T>& x, const Var<T>& mean, const Var<T>& variance, double epsilon, const Var<T>* weight,
                  const Var<T>* bias) {
  const Var<T> scale = rsqrt(variance + T(epsilon));
  if (weight == nullptr) return map([](auto v, auto m, auto s) { return (v - m) * s; }, x, mean, scale);
  if (bias == nullptr) {
    return map([](auto v, auto m, auto s, auto w) { return (v - m) * s * w; }, x, mean, scale, *weight);
  }
  return map([](auto v, auto m, auto s, auto w, auto b) { return (v - m) * s * w + b; }, x, mean, scale, *weight,
             *bias);
}

template Var<float> normalized(const Var<float>&, const Var<float>&, const Var<float>&, double, const Var<float>*,
                               const Var<float>*);
template Var<double> normalized(const Var<double>&, const Var<double>&, const Var<double>&, double, const Var<double>*,
                                const Var<double>*);

}  // namespace xtape::nn::detail

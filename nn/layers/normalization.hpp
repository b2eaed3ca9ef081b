#pragma once
// What the layers share that make numbers of mean 0 and variance 1: the inside of BatchNorm, LayerNorm and GroupNorm.

#include "nn/module.hpp"

#include <optional>

namespace xtape::nn::detail {

/// w (x - mean) / √(variance + ε) + b in one pass; without w or b where they are null. All broadcast to x.
template <class T>
Var<T> normalized(const Var<T>& x, const Var<T>& mean, const Var<T>& variance, double epsilon, const Var<T>* weight,
                  const Var<T>* bias);

extern template Var<float> normalized(const Var<float>&, const Var<float>&, const Var<float>&, double,
                                      const Var<float>*, const Var<float>*);
extern template Var<double> normalized(const Var<double>&, const Var<double>&, const Var<double>&, double,
                                       const Var<double>*, const Var<double>*);

}  // namespace xtape::nn::detail

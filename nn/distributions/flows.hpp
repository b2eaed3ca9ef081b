#pragma once
// Invertible functions of vectors that are learnt, with the logarithm of their Jacobian's determinant: what turns a
// simple distribution into another, by `Transformed`.

#include "nn/layers/mlp.hpp"
#include "nn/module.hpp"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace xtape::nn {

/// x = f(z) for vectors of d numbers along the last dimension, any dimensions before it.
template <class T>
class Bijection : public Module<T> {
 public:
  /// A result of the shape of the argument, and ln |det| of the Jacobian there, without its last dimension.
  using Result = std::pair<Var<T>, Var<T>>;

  /// x = f(z) and ln |det dx/dz|.
  virtual Result forward(const Var<T>& z) const = 0;
  /// z = f⁻¹(x) and ln |det dz/dx|.
  virtual Result inverse(const Var<T>& x) const = 0;
};

/// x = shift + z e^log_scale, number by number: the identity at the start.
template <class T>
class AffineFlow : public Bijection<T> {
 public:
  using typename Bijection<T>::Result;

  explicit AffineFlow(std::size_t size);
  Result forward(const Var<T>& z) const override;
  Result inverse(const Var<T>& x) const override;

 private:
  Parameter<T> shift_, log_scale_;
};

/// x = z + û tanh(wᵀz + b) and ln |det dx/dz| for u, w (..., d) and b (...), which broadcast with z (..., d): a flow of
/// each sample's own where an encoder gives them. û is u with a multiple of w added, such that wᵀû > -1 and the inverse
/// exists. Source: D. Rezende and S. Mohamed, "Variational inference with normalizing flows", 2015, equations 10 to 12
/// and appendix A.1. Throws ShapeError for others.
template <class T>
std::pair<Var<T>, Var<T>> planar_flow(const Var<T>& z, const Var<T>& u, const Var<T>& w, const Var<T>& b);

/// planar_flow with u, w and b that are learnt, the same for all samples. Only forward has a closed form.
template <class T>
class PlanarFlow : public Bijection<T> {
 public:
  using typename Bijection<T>::Result;

  PlanarFlow(std::size_t size, Random& rng);
  Result forward(const Var<T>& z) const override;
  /// Throws Error: sample_with_log_prob of Transformed needs forward alone.
  Result inverse(const Var<T>& x) const override;

 private:
  Parameter<T> u_, w_, b_;
};

/// The affine coupling layer of RealNVP (Dinh, Sohl-Dickstein and Bengio, 2017): half of the numbers stay, and say by a
/// network of one hidden layer how the others are scaled and shifted; `swapped` says which half. Scales are within
/// e^±2.
template <class T>
class CouplingFlow : public Bijection<T> {
 public:
  using typename Bijection<T>::Result;

  /// Throws Error for fewer than two numbers.
  CouplingFlow(std::size_t size, std::size_t hidden, bool swapped, Random& rng);
  Result forward(const Var<T>& z) const override;
  Result inverse(const Var<T>& x) const override;

 private:
  struct Parts;
  Parts parts(const Var<T>& v) const;
  Var<T> joined(const Var<T>& kept, const Var<T>& changed) const;

  std::size_t size_;
  bool swapped_;
  Mlp<T> network_;
};

/// `count` coupling layers, whose halves take turns, for a Flow: of `size` numbers, with `hidden` in each network.
template <class T>
std::vector<std::unique_ptr<Bijection<T>>> coupling_layers(std::size_t size, std::size_t hidden, std::size_t count,
                                                           Random& rng) {
  std::vector<std::unique_ptr<Bijection<T>>> layers;
  for (std::size_t i = 0; i < count; ++i)
    layers.push_back(std::make_unique<CouplingFlow<T>>(size, hidden, i % 2 == 1, rng));
  return layers;
}

/// x_i = m_i + z_i e^s_i with m and s of x_1 to x_(i - 1), by a masked network of one hidden layer (Papamakarios,
/// Pavlakou and Murray, 2017). The inverse is one pass, forward one for each number; e^s is within e^±2.
template <class T>
class AutoregressiveFlow : public Bijection<T> {
 public:
  using typename Bijection<T>::Result;

  AutoregressiveFlow(std::size_t size, std::size_t hidden, Random& rng);
  Result forward(const Var<T>& z) const override;
  Result inverse(const Var<T>& x) const override;

 private:
  std::pair<Var<T>, Var<T>> shift_and_log_scale(const Var<T>& x) const;

  std::size_t size_;
  Array<T> inner_mask_, outer_mask_;
  Linear<T> inner_, outer_;
};

/// Bijections one after the other, z going through the first one first: parts "0", "1", ...
template <class T>
class Flow : public Bijection<T> {
 public:
  using typename Bijection<T>::Result;

  explicit Flow(std::vector<std::unique_ptr<Bijection<T>>> parts);
  Result forward(const Var<T>& z) const override;
  Result inverse(const Var<T>& x) const override;

 private:
  std::vector<std::unique_ptr<Bijection<T>>> parts_;
};

#define XTAPE_EXTERN(T)                                                                                              \
  extern template std::pair<Var<T>, Var<T>> planar_flow(const Var<T>&, const Var<T>&, const Var<T>&, const Var<T>&); \
  extern template class AffineFlow<T>;                                                                               \
  extern template class PlanarFlow<T>;                                                                               \
  extern template class CouplingFlow<T>;                                                                             \
  extern template class AutoregressiveFlow<T>;                                                                       \
  extern template class Flow<T>;
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn

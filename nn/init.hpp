#pragma once
// What weights start as: arrays for `parameter.set`, drawn from a generator that is passed.

#include "autodiff/autodiff.hpp"

#include <cstddef>

namespace xtape::nn {

/// How many numbers go into an output of a weight (out, in, window...), and how many outputs an input goes to.
struct Fans {
  std::size_t in, out;
};
/// in = shape[1] and out = shape[0], each times the size of the window. Throws ShapeError for less than two dimensions.
Fans fans_of(const Shape& shape);

/// Which of the two a scale is made of.
enum class Fan { kIn, kOut };

/// What follows the layer.
enum class Nonlinearity { kLinear, kSigmoid, kTanh, kRelu, kLeakyRelu, kSelu };
/// What the scale of weights is multiplied by, so that numbers keep their size through layer and nonlinearity: 1, 1,
/// 5/3, √2, √(2 / (1 + slope²)), 3/4, as PyTorch's calculate_gain.
double calculate_gain(Nonlinearity nonlinearity, double negative_slope = 0.01);

/// Of kaiming_uniform and kaiming_normal.
struct KaimingOptions {
  Nonlinearity nonlinearity = Nonlinearity::kLeakyRelu;  ///< what follows
  double negative_slope = 0;                             ///< of kLeakyRelu
  Fan fan = Fan::kIn;                                    ///< kOut keeps the size of gradients
};

/// Uniform in ±1/√fan_in, and 0 for a fan of 0: what PyTorch's layers, and ours, start from, weights and biases alike.
template <class T>
Array<T> fan_in_uniform(const Shape& shape, std::size_t fan_in, Random& rng);

/// Uniform in ±gain √(6 / (in + out)): of variance gain² 2 / (in + out). Source: X. Glorot, Y. Bengio, "Understanding
/// the difficulty of training deep feedforward neural networks", AISTATS 2010, equation 16. Throws ShapeError for less
/// than two dimensions, as those below do.
template <class T>
Array<T> xavier_uniform(const Shape& shape, Random& rng, double gain = 1);
/// Normal of the same variance.
template <class T>
Array<T> xavier_normal(const Shape& shape, Random& rng, double gain = 1);

/// Uniform in ±gain √(3 / fan): of variance gain² / fan. Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into
/// rectifiers", ICCV 2015, equation 10.
template <class T>
Array<T> kaiming_uniform(const Shape& shape, Random& rng, const KaimingOptions& options = {});
/// Normal of the same variance.
template <class T>
Array<T> kaiming_normal(const Shape& shape, Random& rng, const KaimingOptions& options = {});

/// Rows, or columns where they are fewer, that are orthogonal and of length `gain`, all such matrices alike; of more
/// than two dimensions of the matrix (shape[0], the rest). Source: A. Saxe, J. McClelland, S. Ganguli, "Exact solutions
/// to the nonlinear dynamics of learning in deep linear neural networks", ICLR 2014; F. Mezzadri, "How to generate
/// random matrices from the classical compact groups", Notices of the AMS 54 (2007), for the signs.
template <class T>
Array<T> orthogonal(const Shape& shape, Random& rng, double gain = 1);

#define XTAPE_EXTERN(T)                                                                   \
  extern template Array<T> fan_in_uniform(const Shape&, std::size_t, Random&);            \
  extern template Array<T> xavier_uniform(const Shape&, Random&, double);                 \
  extern template Array<T> xavier_normal(const Shape&, Random&, double);                  \
  extern template Array<T> kaiming_uniform(const Shape&, Random&, const KaimingOptions&); \
  extern template Array<T> kaiming_normal(const Shape&, Random&, const KaimingOptions&);  \
  extern template Array<T> orthogonal(const Shape&, Random&, double);
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn

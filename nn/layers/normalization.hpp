#pragma once
// What the layers share that make numbers of mean 0 and variance 1: the inside of BatchNorm, LayerNorm and GroupNorm.

#include "nn/module.hpp"

#include <optional>
#include <span>
#include <vector>

namespace xtape::nn::detail {

/// An ε that variances are kept above 0 by. Throws Error, naming the layer, for one that is negative or not finite.
double checked_epsilon(const char* layer, double epsilon);

/// Of x (..., n, c, p): y = (x - μ) s with s = 1 / √(σ² + ε), mean and variance over n and p for each of the others.
/// The results are y, s, μ and σ², the last three (..., 1, c, 1); μ and σ² have no derivative here.
struct Standardize : Operation<"standardize", kOutput> {
  static constexpr bool any_leading = true;
  double epsilon = 0;
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, std::span<const Var<T>> g, std::span<const Var<T>> y, const ShapeOnly& x) const;
};

/// What g is in x, of y and s from Standardize: s (g - mean g - y mean(g y)), the means over n and p. It is its own
/// transpose in g.
struct StandardizeSlope : Operation<"standardize_slope", kInput | kOutput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& g, const SharedValue<T>& y, const SharedValue<T>& s) const;
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& c, const Var<T>& dx, const Var<T>& g, const Var<T>& y, const Var<T>& s) const;
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                     std::span<const char> batched) const;
};

/// y = w (x - μ) s + b for rows x (n, d), each with its own μ and s = 1 / √(σ² + ε): Standardize and what comes after
/// it in one pass, as are its first derivatives. w and b are of one dimension, and each of their numbers stands for
/// `run` numbers one after the other: of a row, or of as many rows as they have parts of d / run numbers.
struct AffineStandardize : Operation<"affine_standardize", operand(0) | operand(1), operand(0) | operand(1), kNothing> {
  std::size_t run = 1;
  double epsilon = 0;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x, const SharedValue<T>& w, const SharedValue<T>& b) const;
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Unsaved&, const Var<T>& x, const Var<T>& w, const ShapeOnly&) const;
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& x, const Var<T>& w, const ShapeOnly&) const;
  template <class T>
  Var<T> vjp(Argument<2>, const Var<T>& g, const Unsaved&, const ShapeOnly&, const ShapeOnly& w,
             const ShapeOnly& b) const;
};

/// AffineStandardize; inside of transforms by operations that those know.
template <class T>
Var<T> affine_standardized(const Var<T>& x, const Var<T>& w, const Var<T>& b, std::size_t run, double epsilon);

/// y, and the statistics that it was made with.
template <class T>
struct Standardized {
  Var<T> y, mean, variance;
};
/// Standardize of x (..., n, c, p).
template <class T>
Standardized<T> standardized(const Var<T>& x, double epsilon);

/// w x + b, in the shape of x; what is not there is left out.
template <class T>
Var<T> affine(const Var<T>& x, const std::optional<Var<T>>& weight, const std::optional<Var<T>>& bias);

#define XTAPE_EXTERN(T)                                                                                         \
  extern template Standardized<T> standardized(const Var<T>&, double);                                          \
  extern template Var<T> affine_standardized(const Var<T>&, const Var<T>&, const Var<T>&, std::size_t, double); \
  extern template Var<T> affine(const Var<T>&, const std::optional<Var<T>>&, const std::optional<Var<T>>&);
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn::detail

#pragma once
// What the distributions of independent numbers have in common.

#include "autodiff/autodiff.hpp"
#include "nn/distributions/event_dims.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace xtape::nn {

/// Independent numbers, each of a distribution of its own: the base of `Normal`, `Gamma` and the others, which say what
/// a number has for a density. A value: it holds Vars, and gradients go through it to its parameters.
///
/// The parameters broadcast to the `shape()` of a draw. Of its dimensions the last one is an event unless another
/// number is asked for by `with_event_dims`, so that a density of a batch has one number for each sample; with 0 each
/// number is for itself. Of parameters that are all numbers (rank 0) there is none, and x may have any shape:
/// `Normal{0, 0}.log_prob(x)` is the density of each element of x, as in statistics.
///
/// x has the last dimension of the parameters, or is a single number; leading dimensions broadcast. Where x cannot be
/// drawn the density is 0, and its logarithm -infinity, with a slope of 0.
template <class Family, class Law, class Parameters>
class Factorized : public EventDims<Family> {
  using T = typename Parameters::value_type::value_type;

 public:
  using value_type = T;

  /// ln p(x), summed over the dimensions of an event. Throws ShapeError unless x fits.
  Var<T> log_prob(const Var<T>& x) const;
  /// A draw of shape `leading` + shape(). Of the distributions of real numbers it is reparameterized: gradients go
  /// through it to the parameters. Counts are constants.
  Var<T> sample(Random& rng, const Shape& leading = {}) const;
  /// E[x], of shape shape(); NaN where there is none, infinity where it is.
  Var<T> mean() const;
  /// E[(x - E[x])²], likewise.
  Var<T> variance() const;

  /// The shape of a draw.
  const Shape& shape() const { return shape_; }
  /// The parameters, in the order of the constructor.
  const Parameters& parameters() const { return parameters_; }

 protected:
  /// Throws ShapeError for parameters that do not broadcast, DataError for one outside of its domain.
  explicit Factorized(Parameters parameters);
  ~Factorized() = default;
  Factorized(const Factorized&) = default;
  Factorized(Factorized&&) = default;
  Factorized& operator=(const Factorized&) = default;
  Factorized& operator=(Factorized&&) = default;

  // Of the families that have them, which say `using`.
  /// -E[ln p(x)], summed over the dimensions of an event.
  Var<T> entropy() const;
  /// P(X <= x) of each number by itself: nothing is summed, and x broadcasts.
  Var<T> cdf(const Var<T>& x) const;

 private:
  Factorized(Parameters parameters, Shape shape);

  Parameters parameters_;
  Shape shape_;
};

namespace detail {

/// The T of a distribution that is made of these.
template <class... P>
using number_of = typename common_var<P...>::value_type;

}  // namespace detail

}  // namespace xtape::nn

#pragma once
// Noise for regularization: zeros at random.

#include "nn/layers/layer.hpp"

namespace xtape::nn {

/// In training each element with probability p as 0, and the others divided by 1 - p, so that the mean stays; x itself
/// in evaluation. Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout", JMLR 15
/// (2014), in its inverted form.
template <class T>
class Dropout : public Layer<T> {
 public:
  /// Draws from `rng` at each call, which has to live as long as the layer: the run's generator, or one of its own. A
  /// saved checkpoint has its state, and so resumes to the same bits; `checkpoint(f, rng)` draws the same again. Throws
  /// Error unless 0 <= p <= 1.
  Dropout(double p, Random& rng);

  /// Inside of vmap the zeros are the same for all examples.
  Var<T> operator()(const Var<T>& x) const;

  double p() const { return p_; }  ///< the probability of a zero
  std::string description() const override;
  Random* generator() const override { return p_ == 0 ? nullptr : rng_; }  ///< none of a layer that draws nothing

 private:
  double p_;
  Random* rng_;
};

extern template class Dropout<float>;
extern template class Dropout<double>;

}  // namespace xtape::nn

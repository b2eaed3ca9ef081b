#pragma once
// The linear variational autoencoder.

#include "nn/classical/linear_gaussian.hpp"
#include "nn/module.hpp"

namespace xtape::nn {

/// Which covariances Σ an encoder N(V (x - m), Σ) has, the same one for all x.
enum class PosteriorKind {
  kDiagonal,  ///< independent latent numbers, as in most VAEs
  kFull,      ///< any, as Σ = L Lᵀ with a lower triangular L: it has room for the exact posterior
};

/// What kind of linear model it is.
struct LinearVaeOptions {
  NoiseKind noise = NoiseKind::kIsotropic;             ///< Ψ: one variance, or one for each number of x
  PosteriorKind posterior = PosteriorKind::kDiagonal;  ///< Σ, the covariance of q
  double noise_floor = 0;                              ///< what each variance of the decoder is above
};

/// A variational autoencoder whose two halves are affine: decoder N(W z + m, Ψ), encoder N(V (x - m), Σ), prior
/// N(0, I). Its decoder is a LinearGaussian, so that ln p(x) and p(z|x) are known, and its bound can be held against
/// them: the best encoder has the exact V, and Σ where it is full; the best diagonal one has Σ_kk = 1 / G_kk with
/// G = I + Wᵀ Ψ⁻¹ W, and its bound falls short by
///
///     ln p(x) - bound = ½ (Σ_k ln G_kk - ln|G|),
///
/// which is 0 where G is diagonal. There probabilistic PCA's likeliest model is, up to rotation, so that training with
/// Ψ = σ² I comes to its likelihood (J. Lucas, G. Tucker, R. Grosse, M. Norouzi, "Don't blame the ELBO! A linear VAE
/// perspective on posterior collapse", 2019).
///
/// The parameters: "mean" m (d), "weight" W (d, q), "log_noise" s with Ψ = floor + exp(s), (1) or (d);
/// "encoder_weight" V (q, d), "log_sigma", ln of L's diagonal, (q), and for a full Σ "factor" (q, q), of which what is
/// below the diagonal is L's.
template <class T>
class LinearVae : public Module<T> {
 public:
  /// Starts as that decoder with the best encoder for it: random weights for both, each at the other's scale, where
  /// `start` is LinearGaussian::start. Noise below twice the floor starts there. Throws as posterior does, and Error
  /// unless the floor is finite and >= 0.
  explicit LinearVae(const LinearGaussian& start, const LinearVaeOptions& options = {});

  /// The evidence lower bound E_q[ln p(x|z)] - KL(q(z|x) ‖ p(z)), the mean over samples with these moments, a number.
  /// The expectation is exact: with A = S + (m_x - m)(m_x - m)ᵀ and M = Σ + V A Vᵀ it is
  ///
  ///     -½ [d ln 2π + ln|Ψ| + tr(Ψ⁻¹ (A - 2 W V A + W M Wᵀ)) + tr M - q - ln|Σ|].
  ///
  /// Throws ShapeError for moments of another d.
  Var<T> bound(const Moments& of_samples) const;

  /// The same of each sample, x: (batch, d), with E_q[ln p(x|z)] from z = V (x - m) + L ε, ε from N(0, I): epsilon
  /// (..., batch, q) gives (..., batch). Throws ShapeError where they do not fit.
  Var<T> bound(const Var<T>& x, const Array<T>& epsilon) const;

  /// The two terms of that bound.
  struct Terms {
    Var<T> log_prob;    ///< ln p(x|z): (..., batch)
    Var<T> divergence;  ///< KL(q(z|x) ‖ p(z)): (batch)
  };
  /// The bound is their difference. Takes and throws as it does.
  Terms terms(const Var<T>& x, const Array<T>& epsilon) const;

  LinearGaussian decoder() const;   ///< m, W and the diagonal of Ψ, as they are now
  LinearPosterior encoder() const;  ///< V and Σ, as they are now

 private:
  Var<T> noise() const;   // the diagonal of Ψ: (1) or (d)
  Var<T> factor() const;  // L: (q, q)
  void check_fit(const Shape& x, const Shape& epsilon) const;

  LinearVaeOptions options_;
  Parameter<T> mean_, weight_, log_noise_, encoder_weight_, log_sigma_, factor_;
};

extern template class LinearVae<float>;
extern template class LinearVae<double>;

}  // namespace xtape::nn

#pragma once
// Linear-Gaussian latent variables: factor analysis and probabilistic PCA.

#include "autodiff/random.hpp"
#include "nn/classical/moments.hpp"

#include <cstddef>

namespace xtape::nn {

/// The model x = W z + m + ε of d numbers by q latent ones, z from N(0, I), ε from N(0, Ψ) with a diagonal Ψ. So x is
/// N(m, C) with C = W Wᵀ + Ψ. With any Ψ it is factor analysis, with Ψ = σ² I probabilistic PCA.
struct LinearGaussian {
  Array<double> mean;    ///< m: (d)
  Array<double> weight;  ///< W: (d, q)
  Array<double> noise;   ///< the diagonal of Ψ, variances: (d)

  /// Where training can start: the mean of the samples, and half of each number's variance as noise, half through
  /// random weights. Throws ShapeError where mean and covariance do not fit each other, Error unless 0 < q <= d.
  static LinearGaussian start(const Moments& of_samples, std::size_t q, Random& rng);
};

/// ln p(x), the mean over samples with mean m_x and covariance S:
///
///     -½ [d ln 2π + ln|C| + tr(C⁻¹ (S + (m_x - m)(m_x - m)ᵀ))].
///
/// C is inverted through G = I + Wᵀ Ψ⁻¹ W, which is (q, q): C⁻¹ = Ψ⁻¹ - Ψ⁻¹ W G⁻¹ Wᵀ Ψ⁻¹ (Woodbury) and
/// |C| = |Ψ| |G|. Throws ShapeError where model and moments do not fit, NumericError unless the noise is finite and
/// above 0.
double log_likelihood(const LinearGaussian& model, const Moments& of_samples);

/// z given x is N(V (x - m), Σ), the same Σ for all x.
struct LinearPosterior {
  Array<double> weight;      ///< V: (q, d)
  Array<double> covariance;  ///< Σ: (q, q)
};

/// The exact one: Σ = (I + Wᵀ Ψ⁻¹ W)⁻¹ and V = Σ Wᵀ Ψ⁻¹, the E-step of EM. Throws as log_likelihood does.
LinearPosterior posterior(const LinearGaussian& model);

/// The likeliest model with Ψ = σ² I: with the eigenpairs λ_i, u_i of the covariance, σ² = the mean of λ_{q+1..d} and
/// W = U_q (Λ_q - σ² I)^½, of all rotations the one with orthogonal columns (M. Tipping and C. Bishop, "Probabilistic
/// principal component analysis", 1999, equations 7 and 8). Its log_likelihood is
///
///     -½ [d ln 2π + Σ_{i≤q} ln λ_i + (d - q) ln σ² + d].
///
/// Throws ShapeError where mean and covariance do not fit each other, Error unless 0 < q < d, and NumericError where
/// the samples vary in q directions only, so that σ² is 0.
LinearGaussian probabilistic_pca(const Moments& of_samples, std::size_t q);

/// What is free in Ψ.
enum class NoiseKind {
  kIsotropic,  ///< one variance, Ψ = σ² I: probabilistic PCA
  kDiagonal,   ///< one for each number: factor analysis
};

/// What EM fits, and when it ends.
struct EmOptions {
  NoiseKind noise = NoiseKind::kDiagonal;
  std::size_t max_iterations = 1000;
  double change_tolerance = 1e-10;  ///< ends where an iteration gains at most this times max(|log-likelihood|, 1)
  double noise_floor = 0;           ///< the least variance in Ψ
};

/// What EM came to.
struct EmResult {
  LinearGaussian model;
  double log_likelihood = 0;   ///< of the model, as the function of that name gives it
  std::size_t iterations = 0;  ///< an E-step and an M-step each
};

/// Maximizes the likelihood by expectation maximization (D. Rubin and D. Thayer, "EM algorithms for ML factor
/// analysis", 1982), from the moments of the samples alone. With V, Σ of the E-step and M = Σ + V S Vᵀ, the mean of
/// E[z zᵀ] over the samples, the M-step is
///
///     W = S Vᵀ M⁻¹,    Ψ = diag(S - W V S),    and for one variance σ² = the mean of Ψ,
///
/// with Ψ raised to `noise_floor`, which is still the best that the floor allows, so that no iteration lowers the
/// likelihood. The mean becomes that of the samples at once; the noise of `start` is averaged and raised likewise.
///
/// Without a floor the noise of a number may go to 0, and slowly (a Heywood case); where it does not vary, or S has no
/// inverse, the likelihood may then grow without bound. Throws Error for options out of range and, with a diagonal Ψ
/// and no floor, for a number that does not vary; NumericError where the noise gets to 0 later, or is not above it in
/// `start`; ShapeError where model and moments do not fit.
EmResult expectation_maximization(const LinearGaussian& start, const Moments& of_samples,
                                  const EmOptions& options = {});

namespace detail {

// What log_likelihood throws, in the name of `operation`.
void check_model(const LinearGaussian& model, const char* operation);
void check_moments(const Moments& of_samples, std::size_t d, const char* operation);

}  // namespace detail

}  // namespace xtape::nn

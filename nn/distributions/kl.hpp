#pragma once
// Divergences between distributions: closed forms by pairs of families, and an estimate for all others.

#include "nn/distributions/bernoulli.hpp"
#include "nn/distributions/beta.hpp"
#include "nn/distributions/categorical.hpp"
#include "nn/distributions/dirichlet.hpp"
#include "nn/distributions/exponential.hpp"
#include "nn/distributions/gamma.hpp"
#include "nn/distributions/laplace.hpp"
#include "nn/distributions/log_normal.hpp"
#include "nn/distributions/multivariate_normal.hpp"
#include "nn/distributions/normal.hpp"
#include "nn/distributions/poisson.hpp"
#include "nn/distributions/uniform.hpp"

#include <cstddef>

namespace xtape::nn {

/// KL(p ‖ q) = Σ ∫ p ln(p / q) dx, summed over the dimensions of an event: normal_kl. The parameters of both broadcast;
/// where all of one are numbers it counts for each number of the other, so that `Normal{0, 0}` is a prior of any shape.
/// Throws ShapeError for others.
template <class T>
Var<T> kl(const Normal<T>& p, const Normal<T>& q);
/// That of the logarithms.
template <class T>
Var<T> kl(const LogNormal<T>& p, const LogNormal<T>& q);
/// The same of Bernoulli numbers, of certain ones (logits of ±1000) too.
template <class T>
Var<T> kl(const Bernoulli<T>& p, const Bernoulli<T>& q);
/// The same of Laplace distributions.
template <class T>
Var<T> kl(const Laplace<T>& p, const Laplace<T>& q);
/// The same of uniform distributions: infinite where p lies not within q.
template <class T>
Var<T> kl(const Uniform<T>& p, const Uniform<T>& q);
/// The same of exponential distributions.
template <class T>
Var<T> kl(const Exponential<T>& p, const Exponential<T>& q);
/// The same of gamma distributions.
template <class T>
Var<T> kl(const Gamma<T>& p, const Gamma<T>& q);
/// The same of beta distributions.
template <class T>
Var<T> kl(const Beta<T>& p, const Beta<T>& q);
/// The same of Poisson distributions.
template <class T>
Var<T> kl(const Poisson<T>& p, const Poisson<T>& q);
/// ln det L_q - ln det L_p + ½ (|L_q⁻¹ L_p|² + |L_q⁻¹ (mu_p - mu_q)|² - d).
template <class T>
Var<T> kl(const MultivariateNormal<T>& p, const MultivariateNormal<T>& q);
/// Σ p ln(p / q) over the classes: infinite where q excludes what p does not.
template <class T>
Var<T> kl(const Categorical<T>& p, const Categorical<T>& q);
/// The same.
template <class T>
Var<T> kl(const OneHotCategorical<T>& p, const OneHotCategorical<T>& q);
/// The same of Dirichlet distributions.
template <class T>
Var<T> kl(const Dirichlet<T>& p, const Dirichlet<T>& q);

#define XTAPE_EXTERN_KL(FAMILY)                                              \
  extern template Var<float> kl(const FAMILY<float>&, const FAMILY<float>&); \
  extern template Var<double> kl(const FAMILY<double>&, const FAMILY<double>&);
XTAPE_EXTERN_KL(Normal)
XTAPE_EXTERN_KL(LogNormal)
XTAPE_EXTERN_KL(Bernoulli)
XTAPE_EXTERN_KL(Laplace)
XTAPE_EXTERN_KL(Uniform)
XTAPE_EXTERN_KL(Exponential)
XTAPE_EXTERN_KL(Gamma)
XTAPE_EXTERN_KL(Beta)
XTAPE_EXTERN_KL(Poisson)
XTAPE_EXTERN_KL(MultivariateNormal)
XTAPE_EXTERN_KL(Categorical)
XTAPE_EXTERN_KL(OneHotCategorical)
XTAPE_EXTERN_KL(Dirichlet)
#undef XTAPE_EXTERN_KL

namespace detail {

template <class P, class Q>
inline constexpr bool kHasClosedForm = false;

/// Throws ShapeError unless draws of p, one for each sample, have the densities of q element by element.
void check_common_draws(const Shape& p, std::size_t p_event_dims, const Shape& q, std::size_t q_event_dims);

}  // namespace detail

/// Of a pair without a closed form: does not compile, and names both.
template <class P, class Q>
  requires requires {
    typename P::value_type;
    typename Q::value_type;
  }
auto kl(const P& p, const Q&) {
  static_assert(detail::kHasClosedForm<P, Q>,
                "xtape::nn::kl: no closed form is known for these two distributions; "
                "kl_monte_carlo(p, q, rng, samples) estimates it by draws of p");
  return p.mean();
}

/// An unbiased estimate of KL(p ‖ q) by the mean of ln p(x) - ln q(x) over `samples` draws of p: its standard error
/// falls as 1 / √samples. Gradients go through the draws where these are reparameterized; else those of p's parameters
/// lack the part that comes by the draws. Events are p's: q's log_prob is summed to them. Throws Error for no samples,
/// and ShapeError for a q whose shape has more dimensions than p's, or more numbers in an event.
template <class P, class Q>
auto kl_monte_carlo(const P& p, const Q& q, Random& rng, std::size_t samples) {
  if (samples == 0) throw Error("[kl_monte_carlo] one sample or more expected, got 0");
  detail::check_common_draws(p.shape(), p.event_dims(), q.shape(), q.event_dims());
  const auto x = p.sample(rng, {samples});
  auto of_q = q.log_prob(x);
  if (q.event_dims() < p.event_dims()) {
    std::vector<std::ptrdiff_t> axes;
    for (std::size_t k = q.event_dims(); k < p.event_dims(); ++k)
      axes.push_back(-1 - std::ptrdiff_t(k - q.event_dims()));
    of_q = sum(of_q, Axes(axes));
  }
  return decltype(of_q)(mean(p.log_prob(x) - of_q, 0));
}

}  // namespace xtape::nn

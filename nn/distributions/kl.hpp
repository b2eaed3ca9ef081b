#pragma once
// Divergences between distributions: closed forms by pairs of families, and an estimate for all others.

#include "nn/distributions/bernoulli.hpp"
#include "nn/distributions/normal.hpp"

#include <cstddef>

namespace xtape::nn {

// ∫ p(x) ln (p(x) / q(x)) dx, summed over the dimensions of an event. The parameters of both broadcast as those of one
// distribution do; where all of one are numbers it counts for each number of the other, so that Normal{0, 0} is a prior
// of any shape. Throws ShapeError for others. Each is free of cancellation near p = q, or says so.

/// KL(p ‖ q): normal_kl.
template <class T>
Var<T> kl(const Normal<T>& p, const Normal<T>& q);
/// KL(p ‖ q); of certain outcomes (logits of ±1000) too.
template <class T>
Var<T> kl(const Bernoulli<T>& p, const Bernoulli<T>& q);

#define XTAPE_EXTERN_KL(FAMILY)                                              \
  extern template Var<float> kl(const FAMILY<float>&, const FAMILY<float>&); \
  extern template Var<double> kl(const FAMILY<double>&, const FAMILY<double>&);
XTAPE_EXTERN_KL(Normal)
XTAPE_EXTERN_KL(Bernoulli)
#undef XTAPE_EXTERN_KL

namespace detail {

template <class P, class Q>
inline constexpr bool kHasClosedForm = false;

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
/// lack the part that comes by the draws. Events are p's: q's log_prob is summed to them. Throws Error for no samples.
template <class P, class Q>
auto kl_monte_carlo(const P& p, const Q& q, Random& rng, std::size_t samples) {
  if (samples == 0) throw Error("[kl_monte_carlo] one sample or more expected, got 0");
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

// The Kullback-Leibler divergence of normal distributions: closed forms beside Monte Carlo, gradients beside xtape's,
// and one normal distribution fitted to a posterior with two modes, in both directions.

#include "docs/tutorial/support/chapter.hpp"

#include <cmath>

using namespace xtape;
using tutorial::Figure;
using Numbers = std::vector<double>;

namespace {

// Of a grid from -18 to 18 the part from -3 to 3, coarser, for a figure.
Numbers shown(const Var<double>& grid) {
  const Var<double> part = slice(grid, {{15000, 21001, 20}});
  return Numbers(part.value().begin(), part.value().end());
}

// The mean of `terms` beside what it estimates, in standard errors.
void estimate(tutorial::Chapter& c, const std::string& name, const Var<double>& terms, double exact) {
  const double error = stddev(terms).item() / std::sqrt(double(terms.size()));
  c.number(name + ".exact", exact);
  c.number(name + ".estimate", mean(terms).item());
  c.number(name + ".standard_error", error);
  c.number(name + ".errors_off", (mean(terms).item() - exact) / error);
}

void closed_form(tutorial::Chapter& c, Random& rng) {
  const Var<double> mu(Numbers{0.5, -1.0, 1.5}), log_sigma(Numbers{-0.7, 0.3, -1.5}), sigma = exp(log_sigma);
  const double exact = 0.5 * sum(square(mu) + square(sigma) - 2.0 * log_sigma - 1.0).item();
  Tape<double> tape;
  const Var<double> m = tape.watch(mu), s = tape.watch(log_sigma), kl = nn::kl_standard_normal(m, s);
  const auto gradient = tape.gradient(kl, {m, s});
  c.number("library_off", kl.item() - exact);
  c.number("gradient.mu_off", max(abs(gradient[0] - mu)).item());
  c.number("gradient.log_sigma_off", max(abs(gradient[1] - (square(sigma) - 1.0))).item());
  const auto terms = [&](std::size_t n) {
    const Var<double> z = mu + sigma * rng.normal({n, 3});  // draws from q
    return nn::normal_log_prob(z, mu, log_sigma) - nn::normal_log_prob(z, 0.0, 0.0);
  };
  const std::size_t most = c.pick<std::size_t>(1000000, 30000), runs = c.pick<std::size_t>(30, 20);
  estimate(c, "standard", terms(most), exact);
  const double deviation = std::sqrt(sum(0.5 * square(square(sigma) - 1.0) + square(mu * sigma)).item());
  c.number("standard.samples", std::ceil(deviation * deviation / 1e-4));
  Numbers sizes, rms, line, ratios;
  for (double n = 10; n < 1.1 * double(most); n *= std::sqrt(10)) {
    Numbers errors;
    for (std::size_t run = 0; run < runs; ++run) errors.push_back(mean(terms(std::size_t(n))).item() - exact);
    sizes.push_back(n);
    rms.push_back(std::sqrt(mean(square(Var<double>(errors))).item()));
    line.push_back(deviation / std::sqrt(n));
    ratios.push_back(rms.back() / line.back());
  }
  c.number("rms_over_line.least", min(Var<double>(ratios)).item());
  c.number("rms_over_line.most", max(Var<double>(ratios)).item());
  Figure figure({"samples n", true}, {"error of the estimate, nats", true});
  figure.points("root mean square of many runs", sizes, rms).dashed("exact deviation / √n", sizes, line);
  c.draw("monte_carlo", {figure});

  // Full covariances, by their Cholesky factors: q = N(m, A Aᵀ), p = N(m + delta, B Bᵀ)
  const Var<double> a(xt::xarray<double>{{1.0, 0.0}, {0.8, 0.5}}), delta(xt::xarray<double>{{1.0, -0.5}});
  const Var<double> b_inverse(xt::xarray<double>{{0.5, 0.0}, {0.3, 0.8}}), product = matmul(b_inverse, a);
  const Var<double> shift = matmul(delta, transpose(b_inverse)), epsilon = rng.normal({most, 2});
  const double log_ratio = -std::log(0.5 * 0.8) - std::log(1.0 * 0.5);       // ln det B - ln det A
  const Var<double> whitened = matmul(epsilon, transpose(product)) - shift;  // B⁻¹ (z - m - delta), z = m + A epsilon
  estimate(c, "full", 0.5 * (sum(square(whitened), 1) - sum(square(epsilon), 1)) + log_ratio,
           0.5 * (sum(square(product)) + sum(square(shift)) - 2.0).item() + log_ratio);
}

struct Normal {
  nn::Parameter<double> mu, log_sigma{Array<double>(-0.5)};
};

// A posterior p(z|x) of one number z, from ln p(x, z); integrals over z and over noise are sums over fine grids.
struct Posterior {
  std::function<Var<double>(const Var<double>&)> log_joint;
  Var<double> z = reshape(Var<double>(xt::linspace(-18.0, 18.0, 36001)), {-1, 1});
  Var<double> epsilon = reshape(Var<double>(xt::linspace(-9.0, 9.0, 1801)), {-1, 1});
  Var<double> weight = exp(nn::normal_log_prob(epsilon, 0.0, 0.0)) * 0.01;
  double log_evidence = (logsumexp(log_joint(z)) + std::log(0.001)).item();
  Var<double> log_p = log_joint(z) - log_evidence;

  Var<double> log_q(const Normal& q) const { return nn::normal_log_prob(z, q.mu, q.log_sigma); }
  Var<double> kl_q_p(const Normal& q) const { return 0.001 * sum(exp(log_q(q)) * (log_q(q) - log_p)); }
  Var<double> kl_p_q(const Normal& q) const { return 0.001 * sum(exp(log_p) * (log_p - log_q(q))); }
  Var<double> minus_elbo(const Normal& q) const {
    const Var<double> at = q.mu + exp(q.log_sigma) * epsilon;
    return sum(weight * (nn::normal_log_prob(at, q.mu, q.log_sigma) - log_joint(at)));
  }
};

// The normal distribution of least `loss`, found from a mean to start with.
Numbers fit(tutorial::Chapter& c, const std::string& name, const Posterior& posterior, double start,
            Var<double> (Posterior::*loss)(const Normal&) const) {
  const Normal q{nn::Parameter<double>(Array<double>(start))};
  const std::vector<nn::Parameter<double>> parameters{q.mu, q.log_sigma};
  nn::minimize<double>(parameters, [&] {
    Tape<double> tape;
    const Var<double> value = (posterior.*loss)(q);
    return std::pair(value.item(), tape.gradient(value, parameters));
  });
  const double kl = posterior.kl_q_p(q).item(), elbo = -posterior.minus_elbo(q).item();
  c.number(name + ".mu", q.mu.value()());
  c.number(name + ".sigma", std::exp(q.log_sigma.value()()));
  c.number(name + ".kl_q_p", kl);
  c.number(name + ".kl_p_q", posterior.kl_p_q(q).item());
  const Normal beside{nn::Parameter<double>(Array<double>(q.mu.value() + 0.1)), q.log_sigma};
  c.number(name + ".beside", posterior.kl_q_p(beside).item() - kl);
  c.number(name + ".elbo_plus_kl_off", elbo + kl - posterior.log_evidence);
  c.number(name + ".middle", 0.001 * sum(exp(posterior.log_q(q)) * less(abs(ravel(posterior.z)), 0.75)).item());
  return shown(exp(posterior.log_q(q)));
}

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("gaussian_kl", argc, argv, [](tutorial::Chapter& c) {
    Random rng(1);
    closed_form(c, rng);
    // z is N(0, 1), and x = z² + noise: what was seen does not tell the sign of z
    const auto observed = [](double x) {
      return Posterior{[x](const Var<double>& z) {
        return nn::normal_log_prob(z, 0.0, 0.0) + nn::normal_log_prob(Numbers{x}, square(z), std::log(0.5));
      }};
    };
    const Posterior posterior = observed(2);
    const Var<double> z = ravel(posterior.z), p = exp(posterior.log_p);
    c.number("posterior.log_evidence", posterior.log_evidence);
    c.number("posterior.deviation", std::sqrt(0.001 * sum(p * square(z)).item()));
    c.number("posterior.middle", 0.001 * sum(p * less(abs(z), 0.75)).item());
    const auto minus_elbo = &Posterior::minus_elbo;
    c.draw("directions",
           {Figure({"z"}, {"density", false, 0, 3})
                .line("p(z|x), x = 2", shown(z), shown(p))
                .line("least KL(q‖p), started at 0.5", shown(z), fit(c, "right", posterior, 0.5, minus_elbo))
                .line("least KL(q‖p), started at -0.5", shown(z), fit(c, "left", posterior, -0.5, minus_elbo))
                .line("least KL(p‖q)", shown(z), fit(c, "covering", posterior, 0.5, &Posterior::kl_p_q))});
    fit(c, "between", posterior, 0, minus_elbo);
    fit(c, "one", observed(0), 0.5, minus_elbo);
    const Posterior unequal{[](const Var<double>& at) {
      const Var<double> heavy = nn::normal_log_prob(at, 2.0, std::log(0.4)) + std::log(0.7);
      return logsumexp(stack({heavy, nn::normal_log_prob(at, -2.0, std::log(0.4)) + std::log(0.3)}, 0), 0);
    }};
    fit(c, "heavy", unequal, 1, minus_elbo);
    fit(c, "light", unequal, -1, minus_elbo);
    fit(c, "both", unequal, 0, &Posterior::kl_p_q);
  });
}

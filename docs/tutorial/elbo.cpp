// The evidence lower bound where every term of ln p(x) = ELBO + KL(q(z|x) ‖ p(z|x)) is known.

#include "docs/tutorial/support/chapter.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace xtape;
using tutorial::Figure;

namespace {

using Real = Var<double>;
using Parameters = std::vector<nn::Parameter<double>>;
const double kLog2Pi = std::log(2 * std::numbers::pi);

void write(tutorial::Chapter& c, const std::vector<std::string>& names, const std::vector<double>& values) {
  for (std::size_t i = 0; i < names.size(); ++i) c.number(names[i], values.at(i));
}

// Gradient ascent in these parameters alone, by L-BFGS.
void ascend(const Parameters& parameters, const auto& bound) {
  nn::minimize<double>(parameters, [&] {
    Tape<double> tape;
    const Real loss = -bound();
    return std::pair(loss.item(), tape.gradient(loss, parameters));
  });
}

// One number x of one z: z ~ N(0, 1), x|z ~ N(f(z), s²) with f(z) = eᶻ, or z². l is ln σ.
struct Curved {
  bool squares;
  double x, s;
  // Integrals over z by the trapezoidal rule: of smooth functions that vanish at both ends it errs by rounding alone.
  Real z = Array<double>(xt::arange(-12.0, 14.0, 1e-3));
  Real log_joint = -0.5 * (square(z) + square((x - (squares ? square(z) : exp(z))) / s)) - kLog2Pi - std::log(s);
  double log_p = logsumexp(log_joint).item() + std::log(1e-3);
  Real log_posterior = log_joint - log_p;
  static double mean(const Real& log_density, const Real& f) { return 1e-3 * sum(exp(log_density) * f).item(); }
  Real log_q(double mu, double l) const { return -0.5 * (square((z - mu) / std::exp(l)) + kLog2Pi) - l; }
  double gap(double mu, double l) const { return mean(log_q(mu, l), log_q(mu, l) - log_posterior); }
  /// E_q[ln p(x|z)] for q = N(μ, σ²), and the bound, in closed form.
  Real reconstruction(const Real& mu, const Real& l) const {
    const Real m = square(mu), v = exp(2.0 * l);
    const Real first = squares ? m + v : exp(mu + 0.5 * v);  // E_q[f(z)] and E_q[f(z)²]
    const Real second = squares ? square(m) + 6.0 * m * v + 3.0 * square(v) : exp(2.0 * mu + 2.0 * v);
    return -0.5 * (x * x - 2.0 * x * first + second) / (s * s) - std::log(s) - 0.5 * kLog2Pi;
  }
  Real elbo(const Real& mu, const Real& l) const {
    return reconstruction(mu, l) - 0.5 * (square(mu) + exp(2.0 * l) - 2.0 * l - 1.0);
  }
  std::pair<double, double> best(double mu_start, double sigma_start) const {  // μ and ln σ
    const nn::Parameter<double> mu(full<double>({}, mu_start)), l(full<double>({}, std::log(sigma_start)));
    ascend({mu, l}, [&] { return elbo(mu, l); });
    return {mu.value()(), l.value()()};
  }
  Figure densities(const std::string& title, const std::pair<double, double>& best_q) const {
    const Real p = exp(log_posterior), q = exp(log_q(best_q.first, best_q.second));
    Figure::Numbers at, exact, fitted;
    for (std::size_t i = 9000; i < 15000; i += 20)
      at.push_back(z.value()(i)), exact.push_back(p.value()(i)), fitted.push_back(q.value()(i));
    return Figure({"z"}, {"density"}, title).line("p(z|x)", at, exact).dashed("q", at, fitted);
  }
};

void curved(tutorial::Chapter& c) {
  const Curved model{false, 1.0, 0.5}, folded{true, 2.0, 0.5};  // the latter's posterior has humps near ±√2
  const auto [mu, l] = model.best(0.5, 1.0);
  const auto [mu2, l2] = folded.best(1.0, 0.3);
  const Real q = model.log_q(mu, l);
  const double energy = model.mean(q, -model.log_joint), entropy = 0.5 * (kLog2Pi + 1) + l;
  const double jensen = model.mean(q, model.log_joint - q), gap = model.gap(mu, l);
  const double reconstruction = model.reconstruction(mu, l).item(), elbo = model.elbo(mu, l).item();
  write(c, {"log-p", "elbo", "gap", "reconstruction"}, {model.log_p, elbo, gap, reconstruction});
  write(c, {"jensen", "decomposition", "minus-free-energy"}, {jensen, model.log_p - gap, entropy - energy});
  write(c, {"energy", "entropy", "kl-prior"}, {energy, entropy, reconstruction - elbo});
  const double mean = model.mean(model.log_posterior, model.z);  // what the least KL(p(z|x) ‖ q) would take
  const double deviation = std::sqrt(model.mean(model.log_posterior, square(model.z - mean)));
  write(c, {"mu", "sigma", "posterior-mean", "posterior-deviation"}, {mu, std::exp(l), mean, deviation});
  write(c, {"matched-elbo", "prior-elbo"}, {model.elbo(mean, std::log(deviation)).item(), model.elbo(0.0, 0.0).item()});
  double worst = 0;  // of ELBO + KL - ln p(x), over all q that the figure shows
  const auto scan = [&](const std::string& label, double low, double high, const auto& place) {
    Figure::Numbers at, bounds, sums;
    for (double v = low; v <= high; v += (high - low) / 80) {
      const auto [mu_here, l_here] = place(v);
      at.push_back(v), bounds.push_back(model.elbo(mu_here, l_here).item());
      sums.push_back(bounds.back() + model.gap(mu_here, l_here));
      worst = std::max(worst, std::abs(sums.back() - model.log_p));
    }
    Figure figure({label}, {"nats", false, {}, 0});
    return figure.band(at, bounds, sums).line("ELBO + KL", at, sums).line("ELBO", at, bounds);
  };
  c.draw("sum", {scan("μ", -1.2, 0.5, [&, s = l](double v) { return std::pair(v, s); }),
                 scan("σ", 0.05, 0.9, [&, a = mu](double v) { return std::pair(a, std::log(v)); })});
  write(c, {"worst", "folded-mu", "folded-sigma", "folded-gap"}, {worst, mu2, std::exp(l2), folded.gap(mu2, l2)});
  c.draw("posteriors",
         {model.densities("f(z) = exp z, x = 1", {mu, l}), folded.densities("f(z) = z², x = 2", {mu2, l2})});
}

void linear(tutorial::Chapter& c) {
  Random rng(1);
  const Array<double> w = Array<double>{2.0, 0.6} * rng.normal<double>({6, 2}), z = rng.normal<double>({400, 2});
  const Array<double> x = matmul(z, transpose(Real(w))).value() + 0.7 * rng.normal<double>({400, 6});
  const nn::Moments all = nn::moments(x);
  const nn::LinearGaussian best = nn::probabilistic_pca(all, 2);  // the columns of W are orthogonal
  const auto log_p_of = [&](const nn::LinearVae<double>& vae) { return nn::log_likelihood(vae.decoder(), all); };
  const auto det = [](const Array<double>& a) { return a(0, 0) * a(1, 1) - a(0, 1) * a(1, 0); };
  Figure::Numbers angles, smallest, reached, errors;
  for (int degrees = 0; degrees <= 90; degrees += 5) {
    const double a = degrees * std::numbers::pi / 180;
    nn::LinearGaussian model = best;
    model.weight = matmul(best.weight, Array<double>{{std::cos(a), -std::sin(a)}, {std::sin(a), std::cos(a)}}).value();
    const nn::LinearVae<double> vae(model);
    const Parameters theta_phi = vae.parameters(), phi(theta_phi.begin() + 3, theta_phi.end());  // φ: V and ln σ
    for (const auto& one : phi) one.set(0.3 * rng.normal<double>(one.shape()));  // an encoder that knows nothing
    const Real g = xt::eye<double>(2) + matmul(transpose(Real(model.weight)), model.weight) / model.noise(0);
    const auto mean_kl = [&] {  // ½ [tr(G (Σ_q + Δ S Δᵀ)) - 2 - ln|G Σ_q|] with Δ = V_q - V
      const Real delta = vae.encoder().weight - nn::posterior(model).weight;
      const Real second = vae.encoder().covariance + matmul(matmul(delta, all.covariance), transpose(delta));
      return 0.5 * (sum(g * second).item() - 2 - std::log(det(g.value()) * det(vae.encoder().covariance)));
    };
    const double log_p = log_p_of(vae), start = vae.bound(all).item(), start_kl = mean_kl();
    ascend(phi, [&] { return vae.bound(all); });
    const double bound = vae.bound(all).item(), diagonal = g.value()(0, 0) * g.value()(1, 1);
    smallest.push_back(0.5 * std::log(diagonal / det(g.value())));
    angles.push_back(degrees), reached.push_back(log_p - bound);
    errors.push_back(std::abs(smallest.back() - reached.back()));
    if (degrees == 0) write(c, {"log-p-0", "gap-0"}, {log_p, log_p - bound});
    if (degrees != 45) continue;
    double mean_of_bounds = 0;
    for (const Real& row : split(Real(x), 400, 0)) mean_of_bounds += vae.bound(nn::moments(row.value())).item() / 400;
    write(c, {"log-p-45", "start-45", "start-kl-45"}, {log_p, start, start_kl});
    write(c, {"identity-45", "elbo-45", "kl-45"}, {std::abs(log_p - start - start_kl), bound, mean_kl()});
    write(c, {"smallest-45", "split", "change"}, {smallest.back(), mean_of_bounds - bound, log_p_of(vae) - log_p});
  }
  Figure figure({"rotation of W, degrees"}, {"smallest gap, nats", false, {}, 0.9});
  c.draw("rotation", {figure.line("formula", angles, smallest).points("gradient ascent", angles, reached)});
  const nn::LinearVae<double> joint(nn::LinearGaussian::start(all, 2, rng));
  write(c, {"rotation-error", "joint-start"}, {*std::max_element(errors.begin(), errors.end()), log_p_of(joint)});
  ascend(joint.parameters(), [&] { return joint.bound(all); });
  write(c, {"joint-end", "joint-gap"}, {log_p_of(joint), log_p_of(joint) - joint.bound(all).item()});
}

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("elbo", argc, argv, [](tutorial::Chapter& c) { curved(c), linear(c); });
}

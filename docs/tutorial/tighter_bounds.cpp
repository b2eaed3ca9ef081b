// The importance-weighted bound, on a linear VAE whose ln p(x) is known: how it closes in as k grows, what the variance
// of the weights says about that, and what it does to the gradients of encoder and decoder.

#include "docs/tutorial/support/chapter.hpp"
#include "docs/tutorial/support/estimates.hpp"

#include <cmath>

using namespace xtape;
using tutorial::Estimates;
using Numbers = std::vector<double>;

namespace {

constexpr std::size_t kPixels = 20, kLatent = 10, kImages = 512;
constexpr double kNoise = 0.25;  // σ² of the decoder

/// A decoder W in which pairs of latent axes are turned by 45 degrees, so that the two numbers of a pair have the
/// correlation -ρ under the posterior, which a diagonal encoder cannot have: each block of G = I + WᵀW / σ² is
/// 5 (1, ρ; ρ, 1), with the eigenvalues 5 (1 ± ρ).
nn::LinearGaussian turned(double rho, Random& rng) {
  const Array<double> u = nn::principal_components(nn::moments(rng.normal({200, kPixels}))).axes;  // orthonormal rows
  Array<double> w = zeros<double>({kPixels, kLatent});
  for (std::size_t i = 0; i < w.size(); ++i) {
    const std::size_t pixel = i / kLatent, j = i % kLatent, even = j - j % 2;
    const double a = std::sqrt(4 + 5 * rho) * u(even, pixel), b = std::sqrt(4 - 5 * rho) * u(even + 1, pixel);
    w.data()[i] = std::sqrt(kNoise / 2) * (j == even ? a + b : a - b);
  }
  return {zeros<double>({kPixels}), w, full<double>({kPixels}, kNoise)};
}

/// Var[w] / p(x)² under the best diagonal encoder: |G| / √(|diag G| |2G - diag G|) - 1, infinite from ρ = ½ on.
double weight_variance(double rho) {
  return std::pow((1 - rho * rho) / std::sqrt(1 - 4 * rho * rho), double(kLatent / 2)) - 1;
}

/// ln w = ln p(x|z) + ln p(z) - ln q(z|x), for Wᵀ (..., d, D) and z (..., d).
Var<double> log_weights(const Var<double>& x, const Var<double>& z, const Var<double>& wt, const Var<double>& mu,
                        const Var<double>& log_sigma) {
  return nn::normal_log_prob(x, matmul(z, wt), 0.5 * std::log(kNoise)) + nn::normal_log_prob(z, 0.0, 0.0) -
         nn::normal_log_prob(z, mu, log_sigma);
}

/// From ln w (samples, images) ln of the mean weight of each group of k: (samples / k, images).
Var<double> log_means(const Var<double>& log_w, std::ptrdiff_t k) {
  return logsumexp(reshape(log_w, {-1, k, kImages}), 1) - std::log(double(k));
}

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("tighter_bounds", argc, argv, [](tutorial::Chapter& c) {
    Random rng(1);
    const double rho = 0.3, variance = weight_variance(rho);
    const nn::LinearGaussian model = turned(rho, rng);
    const nn::LinearVae<double> vae(model);  // with the best diagonal encoder
    const Var<double> wt = transpose(Var<double>(model.weight)), z = rng.normal({kImages, kLatent});
    const Var<double> x = matmul(z, wt) + std::sqrt(kNoise) * rng.normal({kImages, kPixels});
    const Var<double> mu = matmul(x, transpose(Var<double>(vae.encoder().weight)));
    const Var<double> log_sigma = full<double>({kLatent}, 0.5 * std::log(vae.encoder().covariance(0, 0)));
    Array<double> evidence = zeros<double>({kImages});
    for (std::size_t i = 0; i < kImages; ++i)
      evidence(i) = nn::log_likelihood(model, nn::moments(slice(x, {{i, i + 1}}).value()));
    const nn::Moments all = nn::moments(x.value());
    const double exact = nn::log_likelihood(model, all), elbo = vae.bound(all).item();
    c.number("rho", rho), c.number("evidence", exact), c.number("elbo", elbo), c.number("gap-exact", exact - elbo);
    c.number("gap-formula", -0.25 * kLatent * std::log(1 - rho * rho));
    c.number("gap-0.9", -0.25 * kLatent * std::log(1 - 0.9 * 0.9));
    c.number("variance", variance), c.number("variance-0.49", weight_variance(0.49));

    // The bound of k samples, fresh ones for every k; and the same less mean(w) / p(x) - 1, whose mean is 0.
    const auto fresh = [&](std::size_t samples) {
      return log_weights(x, mu + exp(log_sigma) * rng.normal({samples, kImages, kLatent}), wt, mu, log_sigma);
    };
    Numbers ks, gaps, errors, centred, law;
    for (std::ptrdiff_t k = 1; k <= 256; k *= 2) {
      Estimates gap, less_noise;
      for (int round = 0; round < c.pick(32, 2); ++round) {
        const Var<double> over = ravel(log_means(fresh(256), k) - evidence);  // L - ln p(x) of all groups and images
        gap.add(-over);
        less_noise.add(expm1(over) - over);
      }
      ks.push_back(double(k)), gaps.push_back(gap.mean()), errors.push_back(gap.error());
      centred.push_back(less_noise.mean()), law.push_back(variance / (2 * double(k)));
      const std::string at = "-" + std::to_string(k);
      c.number("gap" + at, gap.mean()), c.number("gap-error" + at, gap.error());
      c.number("centred" + at, less_noise.mean()), c.number("law" + at, law.back());
      c.number("law-ratio" + at, less_noise.mean() / law.back());
      if (k == 64) c.number("error-ratio", gap.error() / less_noise.error());
    }
    tutorial::Figure chart({"k", true}, {"ln p(x) - bound, nats", true});
    chart.errors("fresh samples", ks, gaps, errors).line("mean weight subtracted", ks, centred);
    c.draw("gap", {chart.dashed("Var[w] / (2k p(x)²)", ks, law)});

    // 64 weights an image in groups of k: of how many images does the estimate rise from each k to the next?
    const auto rising = [&](const std::function<Var<double>()>& log_w) {
      Var<double> before = full<double>({kImages}, -1e9), rises = ones<double>({kImages});
      for (std::ptrdiff_t k = 1; k <= 64; k *= 2) {
        const Var<double> now = mean(log_means(log_w(), k), 0);
        rises = rises * (now >= before - 1e-12);
        before = now;
      }
      return mean(rises).item();
    };
    const Var<double> once = fresh(64), nonsense = rng.normal({64, kImages});
    c.number("rising-nested", rising([&] { return once; }));
    c.number("rising-fresh", rising([&] { return fresh(64); }));
    c.number("rising-nonsense", rising([&] { return nonsense; }));

    // Gradients for one image, with an encoder that is somewhat off. Each repetition has parameters of its own, so that
    // one sweep gives all of its gradients.
    Numbers at_k, theta, phi, doubly;
    const Var<double> x0 = slice(x, {{0, 1}}), heads = stack({mu[0] + 0.2, log_sigma + 0.2}, 0);
    for (std::size_t k = 1; k <= 64; k *= 2) {
      Estimates of_theta, of_phi, of_doubly, of_difference;
      for (int round = 0; round < c.pick(64, 8); ++round) {
        const std::size_t r = 16384 / k;  // repetitions
        Tape<double> tape;
        const Var<double> w = tape.watch(broadcast_to(wt, {r, kLatent, kPixels}));
        const Var<double> q = tape.watch(broadcast_to(heads, {r, 2, kLatent}));  // φ: the mean and ln σ
        const Var<double> m = slice(q, {{}, {0, 1}}), s = slice(q, {{}, {1, 2}});
        const Var<double> codes = m + exp(s) * rng.normal({r, k, kLatent});

        const Var<double> bound = sum(logsumexp(log_weights(x0, codes, w, m, s), 1));
        const Var<double> path = log_weights(x0, codes, w, stop_gradient(m), stop_gradient(s));  // φ through z alone
        const Var<double> twice = sum(square(stop_gradient(softmax(path, 1))) * path);

        const auto g = tape.gradient(bound, {w, q}, {.retain = true});
        const Array<double> d = tape.gradient(twice, q);
        of_theta.add(g[0]), of_phi.add(g[1]), of_doubly.add(d), of_difference.add(d - g[1]);
      }
      at_k.push_back(double(k)), theta.push_back(of_theta.signal_to_noise());
      phi.push_back(of_phi.signal_to_noise()), doubly.push_back(of_doubly.signal_to_noise());
      const std::string at = "-" + std::to_string(k);
      c.number("theta" + at, theta.back()), c.number("phi" + at, phi.back()), c.number("doubly" + at, doubly.back());
      c.number("difference" + at, of_difference.signal_to_noise());
    }
    c.number("theta-rise", theta[6] / theta[4]), c.number("phi-fall", phi[4] / phi[6]);
    c.number("averages", phi[0] * phi[0] / (phi[6] * phi[6]));
    tutorial::Figure signal({"k", true}, {"|E g| / √(tr Cov g)", true, {}, 60.0});
    signal.points("θ", at_k, theta).points("φ", at_k, phi).points("φ, doubly reparameterized", at_k, doubly);
    signal.dashed("like √k", {1, 64}, {theta[6] / 8, theta[6]});
    c.draw("signal", {signal.dashed("like 1/√k", {1, 64}, {phi[6] * 8, phi[6]})});
  });
}

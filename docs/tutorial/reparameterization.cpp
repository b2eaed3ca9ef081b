// The gradient of an expectation whose distribution depends on the parameters: the score-function and the path-wise
// estimator beside their exact variances, and what the tape holds of the path. discrete_codes has codes without a path.

#include "docs/tutorial/support/chapter.hpp"
#include "docs/tutorial/support/sigma_steps.hpp"
#include "docs/tutorial/support/tape_picture.hpp"

#include <cmath>
#include <fstream>
#include <limits>

using namespace xtape;
using tutorial::Figure, tutorial::steps;
using Numbers = std::vector<double>;
using V = Var<double>;
using Objective = std::function<V(const V&)>;

namespace {

enum class By { kPath, kScore };
// An estimate of the gradient of E f(z) from the draw of each row, with respect to mu and to ln sigma.
std::array<V, 2> estimates(By by, const Objective& f, const V& means, const V& log_sigmas, Random& rng) {
  Tape<double> tape;
  const V mu = tape.watch(means), log_sigma = tape.watch(log_sigmas);
  const V z = mu + exp(log_sigma) * rng.normal(mu.shape()), drawn = stop_gradient(z);
  const V target = by == By::kPath ? f(z) : f(drawn) * nn::normal_log_prob(drawn, mu, log_sigma);
  const auto gradient = tape.gradient(sum(target), {mu, log_sigma});
  return {gradient[0], gradient[1]};
}

const auto spread = [](const V& rows) { return mean(var(rows, 0, false, 1)).item(); };  // the variance of an element

// The exact variances for f(z) = ‖z‖², every element of mu 1, and sigma = ½: of one element of mu's gradient, and of
// the gradient for an ln sigma that all d elements share.
std::array<double, 2> exact(By by, double d) {
  const double v = 0.25, m = d;  // σ² and ‖μ‖²
  if (by == By::kPath) return {4 * v, 4 * v * m + 8 * v * v * d};
  return {(m * m + 4 * v * (m + 2) + 2 * m * v * (d + 2) + v * v * (d + 2) * (d + 4)) / v - 4,
          2 * d * m * m + (4 * v * m + 2 * m * v * d) * (2 * d + 8) + v * v * d * (d + 2) * (2 * d + 24) -
              4 * d * d * v * v};
}

void normal_codes(tutorial::Chapter& c, Random& rng) {
  const Objective f = [](const V& z) { return sum(square(z), -1); };
  const double most = c.pick(4e6, 3e5);
  Figure by_size({"d", true}, {"", true, 0.5, 1e8}, "variance of one draw");
  Figure by_samples({"L", true}, {"", true, 1e-3, 1e6}, "variance of the mean of L draws, d = 16");
  for (const By by : {By::kPath, By::kScore}) {
    const std::string name = by == By::kPath ? "path" : "score";
    Numbers ratios, sizes, measured, expected, measured_l, expected_l;
    const auto measure = [&](double d, double l) {
      const auto n = std::size_t(std::min(most / d / l, 2e5)), size = std::size_t(d), rows = n * std::size_t(l);
      const auto g = estimates(by, f, ones<double>({rows, size}), full({rows, 1}, std::log(0.5)), rng);
      const V means = mean(reshape(g[0], {std::ptrdiff_t(n), std::ptrdiff_t(l), std::ptrdiff_t(size)}), 1);
      ratios.push_back(spread(means) / (exact(by, d)[0] / l));
      return spread(means);
    };
    for (double k = 1; k <= 256; k *= 2) {
      sizes.push_back(k);
      measured.push_back(measure(k, 1));
      expected.push_back(exact(by, k)[0]);
      measured_l.push_back(measure(16, k));
      expected_l.push_back(exact(by, 16)[0] / k);
    }
    by_size.points(name + ", measured", sizes, measured).dashed(name + ", exact", sizes, expected);
    by_samples.points(name + ", measured", sizes, measured_l).dashed(name + ", exact", sizes, expected_l);
    const std::size_t n = std::size_t(most / 16);
    const auto g = estimates(by, f, ones<double>({n, 16}), full({n, 1}, std::log(0.5)), rng);
    c.number(name + ".mean", mean(g[0]).item());
    c.number(name + ".mean_error", std::sqrt(spread(mean(g[0], {1}, true)) / double(n)));
    c.number(name + ".variance", exact(by, 16)[0]);
    c.number(name + ".log_sigma", spread(g[1]));
    c.number(name + ".log_sigma_exact", exact(by, 16)[1]);
    c.number(name + ".ratio_least", min(V(ratios)).item());
    c.number(name + ".ratio_most", max(V(ratios)).item());
    for (const double k : {0.5, 4.0}) {  // waves: where they are fast, the score is the better one
      const Objective wave = [k](const V& z) { return sum(cos(k * z), -1); };
      const std::string speed = k < 1 ? ".slow" : ".fast";
      c.number(name + speed, spread(estimates(by, wave, zeros<double>({200000, 1}), 0.0, rng)[0]));
      const double w = std::exp(-2 * k * k);
      c.number(name + speed + "_exact", by == By::kPath ? k * k / 2 * (1 - w) : (1 + (1 - 4 * k * k) * w) / 2);
    }
  }
  c.draw("variance", {by_size, by_samples});
}

// Both estimators at work on the reconstruction of one image by a trained variational autoencoder.
void autoencoder(tutorial::Chapter& c, Random& rng) {
  const nn::Mlp<double> encoder({c.train().pixels(), 100, 40}, rng), decoder({20, 100, c.train().pixels()}, rng);
  auto parameters = encoder.parameters();
  for (const auto& parameter : decoder.parameters()) parameters.push_back(parameter);
  nn::Adam<double> adam(parameters);
  for (const auto& batch : nn::DataLoader(c.train().slice(0, c.pick<std::size_t>(30000, 500)), {.batch_size = 100})) {
    Tape<double> tape;
    const V x(batch.images);
    const auto heads = split(encoder(x), 2, -1);
    const V z = heads[0] + exp(heads[1]) * rng.normal(heads[0].shape());
    const V elbo = nn::bernoulli_log_prob(x, decoder(z)) - nn::kl_standard_normal(heads[0], heads[1]);
    adam.step(tape.gradient(-mean(elbo), parameters));
  }
  const V x = c.test().first<double>(1);
  const auto heads = split(encoder(x), 2, -1);
  const Objective f = [&](const V& z) { return nn::bernoulli_log_prob(x, decoder(z)); };
  const std::size_t n = c.pick<std::size_t>(4000, 500);
  const V mu = broadcast_to(heads[0], {n, 20}), log_sigma = broadcast_to(heads[1], {n, 20});
  const double level = mean(f(mu + exp(log_sigma) * rng.normal({n, 20}))).item();
  const Objective centred = [&](const V& z) { return f(z) - level; };
  c.number("vae.path", spread(estimates(By::kPath, f, mu, log_sigma, rng)[0]));
  c.number("vae.score", spread(estimates(By::kScore, f, mu, log_sigma, rng)[0]));
  c.number("vae.score_centred", spread(estimates(By::kScore, centred, mu, log_sigma, rng)[0]));
  c.number("vae.reconstruction", level);
}

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("reparameterization", argc, argv, [](tutorial::Chapter& c) {
    Random rng(1);
    normal_codes(c, rng);
    autoencoder(c, rng);
    Tape<double> tape;
    const V mu = tape.watch({0.5, -1.0, 2.0}), log_sigma = tape.watch({-1.0, 0.2, -0.4});
    const Array<double> epsilon = rng.normal({3});
    const V sigma = exp(log_sigma), path = sigma * epsilon, z = mu + path, squares = square(z), f = sum(squares);
    const std::string dot = to_dot(tape);
    std::ofstream(c.file("tape.dot")) << dot;
    const auto g = tape.gradient(f, {z, mu, log_sigma, sigma, path, squares});
    const Array<double> formula = g[0] * epsilon * sigma.value();
    c.number("tape.mu_differs", sum(not_equal(V(g[1]), g[0])).item());
    c.number("tape.log_sigma_differs", sum(not_equal(V(g[2]), formula)).item());
    const std::vector<tutorial::TapeNote> notes{{"μ", g[1], "g", g[0]},
                                                {"ln σ", g[2], "g ε σ", formula},
                                                {"σ", g[3]},
                                                {"σ ε", g[4]},
                                                {"z", g[0], "g"},
                                                {"z²", g[5]},
                                                {"f"}};
    tutorial::save_tape(c.file("tape.svg"), dot, notes, "ε");
    c.number("tape.inside", max(abs(V(tape.gradient(sum(stop_gradient(z)), mu, {.allow_unused = true})))).item());
    for (const auto& [name, wanted] : {std::pair("steps.small", 1e-3), {"steps.one", 1.0}, {"steps.large", 100.0}}) {
      c.number(name + std::string(".log_sigma"), steps(wanted, 3, true));
      c.number(name + std::string(".sigma"), steps(wanted, 3, false));
    }
    c.number("steps.far", steps(1, 1000, true));
    c.number("overflow.float", std::log(double(std::numeric_limits<float>::max())));
  });
}

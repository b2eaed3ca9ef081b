// Factor analysis, probabilistic PCA and the linear VAE, whose ln p(x) and p(z|x) are known, by EM and by gradients.

#include "docs/tutorial/support/chapter.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

using namespace xtape;

namespace {
/// Samples of a factor model of ten numbers and three factors, each number with a noise of its own.
Array<double> samples(std::size_t n) {
  Random rng(1);
  const Var<double> size = std::vector<double>{2, 1, 0.6}, deviation = rng.uniform<double>({10}, 0.3, 1.2);
  const Var<double> weight = size * rng.normal<double>({10, 3});
  const Var<double> z = rng.normal<double>({n, 3}), noise = rng.normal<double>({n, 10});
  return Var<double>(matmul(z, transpose(weight)) + noise * deviation).value();
}

/// Fits the model; gives ln L / n after each iteration.
std::vector<double> by_em(nn::LinearGaussian& model, const nn::Moments& data, nn::EmOptions options, int iterations) {
  std::vector<double> history;
  options.max_iterations = 1;
  for (int i = 0; i < iterations; ++i) {
    const nn::EmResult step = nn::expectation_maximization(model, data, options);
    model = step.model;
    history.push_back(step.log_likelihood);
  }
  return history;
}

/// Maximizes the bound by L-BFGS: all samples, the expectation over z exact. Gives the bound at each evaluation.
std::vector<double> by_gradients(nn::LinearVae<double>& vae, const nn::Moments& data) {
  std::vector<double> history;
  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> loss = -vae.bound(data);
    history.push_back(-loss.item());
    return std::pair(loss.item(), tape.gradient(loss, vae.parameters()));
  };
  nn::minimize<double>(vae.parameters(), objective, {.history = 30, .gradient_tolerance = 1e-9});
  return history;
}

/// How far below `best` the best of the steps so far is.
tutorial::Figure progress(const std::string& title, double best, const auto& em, const auto& gradients) {
  tutorial::Figure figure({"iterations of EM, evaluations of L-BFGS"}, {"log10 of nats below the maximum"}, title);
  for (const auto* history : {&em, &gradients}) {
    std::vector<double> at, missing;
    for (std::size_t i = 0; i < history->size(); ++i) {
      const double so_far = best - *std::max_element(history->begin(), history->begin() + std::ptrdiff_t(i + 1));
      if (so_far < 1e-13) break;  // rounding from there on
      at.push_back(double(i + 1));
      missing.push_back(std::log10(so_far));
    }
    figure.line(history == &em ? "EM" : "L-BFGS", at, missing);
  }
  return figure;
}
}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("linear_models", argc, argv, [](tutorial::Chapter& c) {
    const auto relative = [](const Var<double>& a, const Var<double>& b) { return (norm(a - b) / norm(b)).item(); };
    const auto largest_cosine = [](const nn::LinearGaussian& of) {  // between two columns of W
      const Var<double> w(of.weight), unit = w / norm(w, 0, true), cosines = matmul(transpose(unit), unit);
      return max(abs(cosines - Var<double>(xt::eye<double>(3)))).item();
    };
    const Var<double> x = samples(500);
    const nn::Moments data = nn::moments(x.value());
    Random rng(2);
    const nn::LinearGaussian start = nn::LinearGaussian::start(data, 3, rng);
    constexpr auto kOne = nn::NoiseKind::kIsotropic, kEach = nn::NoiseKind::kDiagonal;
    constexpr auto kFull = nn::PosteriorKind::kFull, kDiagonal = nn::PosteriorKind::kDiagonal;
    const int iterations = c.pick(2000, 600);
    // Probabilistic PCA: closed form, EM, gradients with a full q and with a diagonal one.
    const nn::LinearGaussian exact = nn::probabilistic_pca(data, 3);
    const double best = nn::log_likelihood(exact, data);
    nn::LinearVae<double> full(start, {kOne, kFull}), diagonal(start, {kOne, kDiagonal});
    nn::LinearGaussian model = start, factor_model = start;
    const auto em = by_em(model, data, {.noise = kOne}, iterations), gradients = by_gradients(full, data);
    by_gradients(diagonal, data);
    c.number("ppca", best);
    c.number("ppca-em", relative(em.back(), best));
    c.number("ppca-gradients", relative(full.bound(data).item(), best));
    c.number("linear-vae", relative(diagonal.bound(data).item(), best));
    c.number("encoder", relative(full.encoder().weight, nn::posterior(full.decoder()).weight));
    c.number("noise", exact.noise(0));
    c.number("cosine-em", largest_cosine(model));
    c.number("cosine-vae", largest_cosine(diagonal.decoder()));
    // The usual training: minibatches, z sampled, Adam.
    nn::LinearVae<double> usual(start, {kOne, kFull});
    nn::Adam<double> optimizer(usual.parameters(), {.learning_rate = 1e-2});
    nn::DataLoader loader(x.value(), {.batch_size = 50, .shuffle = true});
    for (int epoch = 0; epoch < c.pick(300, 100); ++epoch)
      for (const auto& batch : loader) {
        Tape<double> tape;
        const Var<double> bound = mean(usual.bound(batch.images, rng.normal<double>({batch.size(), 3})));
        optimizer.step(tape.gradient(-bound, usual.parameters()));
      }
    c.number("adam", relative(usual.bound(data).item(), best));
    // Factor analysis: EM, gradients with a full q and with a diagonal one.
    nn::LinearVae<double> factors(start, {kEach, kFull}), factors_diagonal(start, {kEach, kDiagonal});
    const auto fa_em = by_em(factor_model, data, {.noise = kEach}, iterations), fa = by_gradients(factors, data);
    by_gradients(factors_diagonal, data);
    const double fa_best = fa_em.back();
    c.number("fa", fa_best);
    c.number("fa-gradients", relative(factors.bound(data).item(), fa_best));
    c.number("fa-diagonal", relative(factors_diagonal.bound(data).item(), fa_best));
    c.number("fa-noise-least", min(Var<double>(factor_model.noise)).item());
    c.number("fa-noise-most", max(Var<double>(factor_model.noise)).item());
    c.draw("em", {progress("Probabilistic PCA", best, em, gradients), progress("Factor analysis", fa_best, fa_em, fa)});
    // W turned: the same likelihood, another bound.
    std::vector<double> angles, likelihoods, bounds;
    for (int degrees = 0; degrees <= 90; degrees += 3) {
      const double t = degrees * std::numbers::pi / 180, cosine = std::cos(t), sine = std::sin(t);
      const Var<double> rotation = Array<double>{{cosine, -sine, 0}, {sine, cosine, 0}, {0, 0, 1}};
      model = {exact.mean, matmul(Var<double>(exact.weight), rotation).value(), exact.noise};
      angles.push_back(degrees);
      likelihoods.push_back(nn::log_likelihood(model, data) - best);
      bounds.push_back(nn::LinearVae<double>(model, {kOne, kDiagonal}).bound(data).item() - best);
    }
    c.number("turned-spread", (max(Var<double>(likelihoods)) - min(Var<double>(likelihoods))).item());
    c.number("gap-0", likelihoods[0] - bounds[0]);
    c.number("gap-45", likelihoods[15] - bounds[15]);
    const nn::PrincipalComponents pca = nn::principal_components(data);
    const double g1 = pca.variances(0) / exact.noise(0), g2 = pca.variances(1) / exact.noise(0);
    c.number("gap-45-formula", std::log((g1 + g2) / (2 * std::sqrt(g1 * g2))));
    c.number("shrink-first", 1 - 1 / g1);
    c.number("shrink-third", 1 - exact.noise(0) / pca.variances(2));
    c.draw("turned", {tutorial::Figure({"z turned by, degrees"}, {"nats above ln p(x)", false, {}, 0.02})
                          .line("ln p(x)", angles, likelihoods)
                          .line("bound, best diagonal q", angles, bounds)});
    // The last number in other units; then twice, so that S has no inverse and nothing holds its noise.
    const Var<double> last = slice(x, {{}, {9, 10}}), others = slice(x, {{}, {0, 9}});
    const nn::Moments units = nn::moments(concatenate({others, 10.0 * last}, 1).value());
    const nn::Moments twice = nn::moments(concatenate({others, last, last}, 1).value());
    model = nn::LinearGaussian::start(units, 3, rng);
    c.number("units-fa", by_em(model, units, {.noise = kEach}, iterations).back() - fa_best);
    c.number("units-ppca", nn::log_likelihood(nn::probabilistic_pca(units, 3), units) - best);
    model = nn::LinearGaussian::start(twice, 3, rng);
    for (const double floor : {1e-1, 1e-2, 1e-3, 1e-4})
      c.number("heywood-" + std::to_string(std::lround(1 / floor)),
               by_em(model, twice, {.noise = kEach, .noise_floor = floor}, iterations / 4).back());
  });
}

// The denoising autoencoder: its objective written three ways, L corruptions an image, the linear optimum, the score.

#include "docs/tutorial/support/autoencoder.hpp"

#include <map>

using namespace xtape;
using tutorial::Autoencoder, tutorial::cross_entropy, tutorial::squared_error, tutorial::estimate, tutorial::column;
using Numbers = tutorial::Figure::Numbers;

// Four images of six pixels, where all masks can be written down: the objective summed in two orders, and by draws.
void three_ways(tutorial::Chapter& c, double p) {
  Random rng(3);
  const Autoencoder<double> r({6, 8, 2}, {2, 8, 6}, rng);
  const Array<double> x = rng.bernoulli(full<double>({4, 6}, 0.6));
  Array<double> masks = zeros<double>({64, 6}), probability = ones<double>({64});
  for (std::size_t k = 0; k < 64; ++k) {
    for (std::size_t j = 0; j < 6; ++j) masks(k, j) = double(k >> j & 1), probability(k) *= k >> j & 1 ? 1 - p : p;
  }
  std::map<std::vector<double>, Array<double>> joint;  // of each x̃: p(x̃, x) of the four x
  double over_x = 0, over_seen = 0, least = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Var<double> clean = Var<double>(x)[i], corrupted = clean * masks;
    over_x += sum(Var<double>(probability) * squared_error(clean, r(corrupted))).item() / 4;
    for (std::size_t k = 0; k < 64; ++k) {
      const Array<double> image = corrupted[k].value();
      joint.try_emplace({image.begin(), image.end()}, zeros<double>({4})).first->second(i) += probability(k) / 4;
    }
  }
  for (const auto& [image, weights] : joint) {
    const Var<double> w = weights, posterior = w / sum(w), best = matmul(posterior, x);
    const double seen = sum(w).item(), spread = sum(posterior * squared_error(Var<double>(x), best)).item();
    over_seen += seen * (spread + squared_error(best, r(Var<double>(image))).item());
    least += seen * spread;
  }
  c.number("over_x", over_x);
  c.number("over_seen", over_seen);
  c.number("least", least);
  const Var<double> all = broadcast_to(Var<double>(x), {c.pick<std::size_t>(20000, 5000), 4, 6});
  estimate(c, "drawn_objective", mean(squared_error(all, r(nn::random_masking<double>(p)(all.value(), rng))), 1));
}

void linear_optimum(tutorial::Chapter& c, double rate) {
  Random rng(7);
  const Var<double> x = tutorial::linear_samples(rng);
  const nn::Moments clean = nn::moments(x.value());
  const Var<double> many = reshape(broadcast_to(x, {c.pick<std::size_t>(1000, 200), 300, 8}), {-1, 8});
  Numbers rates{0.0, 0.1, rate, 0.4, 0.5, 0.6, 0.75}, closed, measured, errors;
  for (const double p : rates) {
    const nn::LinearDenoising problem = nn::LinearDenoising::masking(clean, p);
    const nn::Transform<double> corrupt = nn::random_masking<double>(p);
    Autoencoder<double> model({8, 3}, {3, 8}, rng), by_draws({8, 3}, {3, 8}, rng);
    const double trained = tutorial::minimized(model, [&] { return tutorial::exact_error(problem, model); });
    const Var<double> seen = corrupt(many.value(), rng), losses = squared_error(many, model(seen));
    closed.push_back(problem.optimum(3));
    measured.push_back(mean(losses).item());
    errors.push_back(tutorial::standard_error(losses));
    if (p != rate) continue;
    c.number("optimum", closed.back());
    c.number("trained_excess", std::abs(trained / closed.back() - 1));
    estimate(c, "simulated", losses);
    estimate(c, "nothing_done", squared_error(many, seen));
    c.number("optimum_all", problem.optimum(8));
    c.number("pca_loss", nn::principal_components(clean).residual(3));
    // The moments of drawn x̃ beside the formulas, as shares of the largest element.
    const nn::Moments both = nn::moments(Var<double>(concatenate({many, seen}, 1)).value());
    const Var<double> s = clean.covariance, m = clean.mean, joint = both.covariance;
    const Var<double> eye = one_hot<double>(Indices{0, 1, 2, 3, 4, 5, 6, 7}, 8);
    const Var<double> a = (1 - p) * (1 - p) * s + p * (1 - p) * eye * (s + square(m));
    c.number("c_difference", (max(abs(slice(joint, {{{}, 8}, {8, {}}}) - (1 - p) * s)) / max(abs(s))).item());
    c.number("a_difference", (max(abs(slice(joint, {{8, {}}, {8, {}}}) - a)) / max(abs(a))).item());
    tutorial::steps(by_draws, c.pick(4000, 1500), 1e-2,
                    [&] { return mean(squared_error(x, by_draws(corrupt(x.value(), rng)))); });
    c.number("adam_excess", tutorial::exact_error(problem, by_draws).item() / closed.back() - 1);
  }
  tutorial::Figure figure({"rate p of dropped numbers"}, {"squared error", false, 0, 110}, "Codes of three numbers");
  c.draw("linear", {figure.line("closed form", rates, closed).errors("simulated", rates, measured, errors)});
}

// Eight points on a circle, seen under normal noise: the best reconstruction, the score, and what is learnt.
void score(tutorial::Chapter& c, double sigma) {
  Random rng(5);
  const Var<double> points = tutorial::circle_points();
  // ln N(x̃; x_k, σ² I) of each x̃ and k, but for a constant.
  const auto log_density = [&](const auto& seen) {
    return sum(square(expand_dims(seen, {1}) - points), -1) * (-0.5 / (sigma * sigma));
  };
  nn::Mlp<double> r({2, 64, 64, 2}, rng);
  tutorial::steps(r, c.pick(4000, 1000), 2e-3, [&] {
    const Var<double> x = tutorial::drawn_rows(points, 256, rng);
    return mean(squared_error(x, r(x + sigma * rng.normal({256, 2}))));
  });
  const Var<double> clean = tutorial::drawn_rows(points, 400, rng), seen = clean + sigma * rng.normal({400, 2});
  const Var<double> slope = grad([&](const auto& at) { return sum(logsumexp(log_density(at), -1)); })(seen.value());
  const Var<double> best = matmul(softmax(log_density(seen), -1), points), learnt = r(seen);
  c.number("tweedie_difference", max(abs(best - (seen + sigma * sigma * slope))).item());
  c.number("score_error", (sum(square(learnt - best)) / sum(square(best - seen))).item());
  c.number("noisy_distance", mean(squared_error(clean, seen)).item());
  c.number("best_distance", mean(squared_error(clean, best)).item());
  c.number("learnt_distance", mean(squared_error(clean, learnt)).item());
  tutorial::Figure figure({"", false, -3.5, 3.5}, {"", false, -3.5, 3.5}, "Points and reconstructions");
  figure.points("x̃", column(seen, 0), column(seen, 1)).points("r(x̃)", column(learnt, 0), column(learnt, 1));
  c.draw("score", {figure});
}

void images(tutorial::Chapter& c, double p) {
  const nn::ImageSet train = c.train().slice(0, std::min(c.pick<std::size_t>(20000, 500), c.train().size()));
  const std::size_t pixels = train.pixels(), batch = c.pick<std::size_t>(128, 25);
  const nn::Transform<float> corrupt = nn::random_masking<float>(p);
  Random rng(1);
  Autoencoder<float> dae({pixels, 256, 32}, {32, 256, pixels}, rng), ae({pixels, 256, 32}, {32, 256, pixels}, rng);
  tutorial::train(ae, train, batch, c.pick(6, 20), [&](const Var<float>& x) { return cross_entropy(x, ae(x)); });
  tutorial::train(dae, train, batch, c.pick(6, 20),
                  [&](const Var<float>& x) { return cross_entropy(x, dae(corrupt(x.value(), rng))); });
  const Var<float> x = c.test().first<float>(2000), seen = corrupt(x.value(), rng);
  estimate(c, "corrupted", squared_error(x, seen));
  estimate(c, "ae_clean", squared_error(x, sigmoid(ae(x))));
  estimate(c, "ae_corrupted", squared_error(x, sigmoid(ae(seen))));
  estimate(c, "dae_clean", squared_error(x, sigmoid(dae(x))));
  estimate(c, "dae_corrupted", squared_error(x, sigmoid(dae(seen))));
  const auto variance = [&](std::size_t count, std::size_t corruptions, bool same) {
    return tutorial::gradient_variance(c.pick(120, 20), [&] {
      const Var<float> some = same ? train.first<float>(count) : tutorial::drawn_images(train, count, rng);
      const Var<float> clean = broadcast_to(some, {corruptions, count, pixels});
      Tape<float> tape;
      return tape.gradient(mean(cross_entropy(clean, dae(corrupt(clean.value(), rng)))), dae.parameters());
    });
  };
  Numbers sizes{1, 2, 4, 8, 16}, fixed, drawn;
  for (const double corruptions : sizes) {
    fixed.push_back(variance(32, std::size_t(corruptions), true));
    drawn.push_back(variance(32, std::size_t(corruptions), false));
    c.number("fixed_" + std::to_string(int(corruptions)), fixed.back());
    c.number("drawn_" + std::to_string(int(corruptions)), drawn.back());
  }
  c.number("predicted_4", drawn[4] + (drawn[0] - drawn[4]) * (1.0 / 4 - 1.0 / 16) / (1 - 1.0 / 16));
  c.number("more_images", variance(32 * 16, 1, false));
  tutorial::Figure figure({"corruptions of each image, L", true}, {"variance of the gradient", true});
  c.draw("variance", {figure.line("images drawn anew", sizes, drawn).line("the same images", sizes, fixed)});
}

int main(int argc, char** argv) {
  return tutorial::run("denoising", argc, argv, [](tutorial::Chapter& c) {
    three_ways(c, 0.25);
    linear_optimum(c, 0.25);
    score(c, 0.4);
    images(c, 0.5);
  });
}

// Codes without a path: the score function with a baseline, and the Gumbel-softmax relaxation with its bias. A part of
// the chapter reparameterization.

#include "docs/tutorial/support/chapter.hpp"

#include <cmath>

using namespace xtape;
using tutorial::Figure;
using Numbers = std::vector<double>;
using V = Var<double>;

namespace {

double spread(const V& rows) {
  return sum(var(rows, 0, false, 1)).item();
}

V gumbel(const Shape& shape, Random& rng) {
  return -log(-log(V(rng.uniform(shape))));
}

// One of K codes with probability softmax(logits), as a one-hot row: the largest of logits + Gumbel noise.
V draw(const V& logits, Random& rng) {
  const V perturbed = logits + gumbel(logits.shape(), rng);
  return equal(perturbed, max(perturbed, -1, true));
}

void baselines(tutorial::Chapter& c, Random& rng) {
  const std::size_t n = c.pick<std::size_t>(400000, 40000);
  const V logits(Numbers{0.5, 0.0, -0.5, 1.0}), cost(Numbers{12.0, 10.0, 11.0, 9.0}), probability = softmax(logits);
  const V expected = sum(probability * cost), gradient = probability * (cost - expected);

  const auto estimates = [&](double baseline) {
    Tape<double> tape;
    const V a = tape.watch(broadcast_to(logits, {n, 4}));
    const V code = draw(stop_gradient(a), rng), log_prob = sum(code * log_softmax(a), -1);
    return V(tape.gradient(sum((sum(code * cost, -1) - baseline) * log_prob), a));
  };
  const V weight = 1.0 - 2.0 * probability + sum(square(probability));  // ‖e_k - π‖², of each code k
  const auto exact = [&](double baseline) {
    return (sum(probability * square(cost - baseline) * weight) - sum(square(gradient))).item();
  };
  const double best = (sum(probability * cost * weight) / sum(probability * weight)).item();

  const V drawn = draw(broadcast_to(logits, {n, 4}), rng);
  const V errors = sqrt(probability * (1.0 - probability) / double(n));
  c.number("draws.errors_off", max(abs((mean(drawn, 0) - probability) / errors)).item());
  Tape<double> tape;
  const V a = tape.watch(logits);
  c.number("path", max(abs(V(tape.gradient(sum(draw(a, rng) * cost), a, {.allow_unused = true})))).item());
  c.number("mean_cost", expected.item());
  c.number("best_baseline", best);
  for (const auto& [name, baseline] : {std::pair("none", 0.0), {"mean", expected.item()}, {"best", best}}) {
    const V g = estimates(baseline);
    const V error = stddev(g, 0) / std::sqrt(double(n));
    c.number(std::string(name) + ".variance", spread(g));
    c.number(std::string(name) + ".exact", exact(baseline));
    c.number(std::string(name) + ".mean_errors_off", max(abs((mean(g, 0) - gradient) / error)).item());
  }
  c.number("reduction", exact(0) / exact(best));
  Numbers at, curve, some, measured;
  for (double b = 0; b <= 20.01; b += 0.25) {
    at.push_back(b);
    curve.push_back(exact(b));
    if (std::fmod(b, 2) == 0) some.push_back(b), measured.push_back(spread(estimates(b)));
  }
  c.draw("baseline", {Figure({"baseline b"}, {"variance of the score function", true})
                          .line("exact", at, curve)
                          .points("measured", some, measured)});
}

// E f(b) with f(b) = (b - 0.45)² and b = 1 with probability sigmoid(a), else 0; its derivative by a, relaxed.
constexpr double kLogit = 0.5, kTarget = 0.45;

// The relaxed gradient's mean and variance, by a sum over the quantiles of the logistic noise, the difference of two
// Gumbel ones.
std::pair<double, double> exact(double temperature, bool straight_through) {
  constexpr std::size_t kPoints = 400000;
  const V u((xt::arange<double>(kPoints) + 0.5) / double(kPoints));
  const V score = kLogit + log(u) - log(1.0 - u), y = sigmoid(score / temperature);
  const V value = straight_through ? V(greater(score, 0.0)) : y;
  const V g = 2.0 * (value - kTarget) * y * (1.0 - y) / temperature;
  return {mean(g).item(), var(g).item()};
}

V estimates(double temperature, bool straight_through, std::size_t n, Random& rng) {
  Tape<double> tape;
  const V a = tape.watch(full({n, 1}, kLogit));
  const V scores = concatenate({a, zeros<double>({n, 1})}, 1) + gumbel({n, 2}, rng);
  const V y = softmax(scores / temperature);
  const V hard = equal(scores, max(scores, -1, true)), code = straight_through ? y + stop_gradient(hard - y) : y;
  return tape.gradient(sum(square(slice(code, {{}, 0}) - kTarget)), a);
}

void relaxation(tutorial::Chapter& c, Random& rng) {
  const std::size_t n = c.pick<std::size_t>(1000000, 60000);
  const double p = 1 / (1 + std::exp(-kLogit));
  const auto cost = [](double b) { return (b - kTarget) * (b - kTarget); };
  const double truth = p * (1 - p) * (cost(1) - cost(0)), expected = p * cost(1) + (1 - p) * cost(0);
  c.number("truth", truth);
  const auto score_variance = [&](double b) {  // of (f - b) (code - p)
    return p * std::pow((cost(1) - b) * (1 - p), 2) + (1 - p) * std::pow((cost(0) - b) * p, 2) - truth * truth;
  };
  c.number("score.variance", score_variance(0));
  c.number("score.variance_mean", score_variance(expected));
  c.number("score.variance_best", score_variance((1 - p) * cost(1) + p * cost(0)));
  Figure bias({"temperature τ", true}, {"", false, 0, 0.06}, "mean of the gradient");
  Figure noise({"temperature τ", true}, {"", true}, "its variance");
  Numbers at;
  for (double t = 0.05; t < 10; t *= 1.1) at.push_back(t);
  bias.dashed("of the discrete code", at, Numbers(at.size(), truth));
  double worst = 0;
  for (const bool straight_through : {false, true}) {
    const std::string name = straight_through ? "straight-through" : "relaxed";
    Numbers means, variances, some{0.1, 0.2, 0.5, 1, 2, 5}, measured, errors, spreads;
    for (const double t : at) {
      means.push_back(exact(t, straight_through).first);
      variances.push_back(exact(t, straight_through).second);
    }
    for (const double t : some) {
      const V g = estimates(t, straight_through, n, rng);
      const auto [average, variance] = exact(t, straight_through);
      measured.push_back(mean(g).item());
      spreads.push_back(spread(g));
      errors.push_back(std::sqrt(spreads.back() / double(n)));
      worst = std::max(worst, std::abs(measured.back() - average) / errors.back());
      const std::string key = name + "." + std::to_string(t).substr(0, 3);
      c.number(key + ".mean", average);
      c.number(key + ".measured", measured.back());
      c.number(key + ".error", errors.back());
      c.number(key + ".variance", variance);
    }
    bias.line(name, at, means).errors("measured", some, measured, errors);
    noise.line(name, at, variances).points("measured", some, spreads);
  }
  c.number("worst_errors_off", worst);
  c.draw("relaxation", {bias, noise});
}

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("discrete_codes", argc, argv, [](tutorial::Chapter& c) {
    Random rng(1);
    baselines(c, rng);
    relaxation(c, rng);
  });
}

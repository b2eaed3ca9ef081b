// Latent-variable models: what ln p(x) costs by simple Monte Carlo, and what it says of images.

#include "docs/tutorial/support/chapter.hpp"
#include "examples/programs/data/digits.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace xtape;
using tutorial::Figure;

namespace {

// The model whose ln p(x) is known: z ~ N(0, I), x|z ~ N(z, I), of d numbers each. So x ~ N(0, 2 I), and every number
// of our x is √2, whose square is the mean of such squares.
const double kX = std::numbers::sqrt2;

// E[w²] / E[w]² - 1 of the weight w = p(x|z).
double relative_variance(double d) {
  return std::pow(2 / std::sqrt(3.0) * std::exp(kX * kX / 6), d) - 1;
}

// p(x|z) / p(x) for `count` codes from the prior.
Var<double> ratios(std::size_t count, std::size_t d, Random& rng) {
  const Var<double> z = rng.normal<double>({count, d});
  const Var<double> log_weight = nn::normal_log_prob(kX, z, 0.0);
  const Var<double> log_evidence = nn::normal_log_prob(kX, zeros<double>({d}), 0.5 * std::log(2.0));
  return exp(log_weight - log_evidence);
}

void variance(tutorial::Chapter& c) {
  const std::size_t samples = c.pick<std::size_t>(1 << 18, 1 << 15);
  c.number("samples", double(samples));
  Figure::Numbers dimension, exact, measured;
  Random rng(1);
  for (std::size_t d = 1; d <= c.pick<std::size_t>(30, 12); ++d) {
    const Var<double> r = ratios(samples, d, rng);
    dimension.push_back(double(d)), exact.push_back(relative_variance(double(d)));
    measured.push_back(var(r).item() / square(mean(r)).item());
    c.number("exact-" + std::to_string(d), exact.back());
    c.number("measured-" + std::to_string(d), measured.back());
  }
  for (const int d : {5, 20, 100}) c.number("needed-" + std::to_string(d), 100 * relative_variance(d));
  const tutorial::Axis y{"relative variance of one weight", true, {}, 1e8};
  c.draw("variance", {Figure({"d"}, y, "How much p(x|z) varies under the prior")
                          .line("exact", dimension, exact)
                          .points("measured", dimension, measured)});
}

void bias(tutorial::Chapter& c) {
  Figure figure({"K", true}, {"ln p(x) - mean of ln p̂(x), nats", true, 1e-4, 300}, "Too low by; dashed: to first order");
  Random rng(2);
  for (const std::size_t d : {2, 5, 10}) {
    const Var<double> all = ratios(c.pick<std::size_t>(1 << 20, 1 << 17), d, rng);
    Figure::Numbers counts, measured, predicted;
    for (std::size_t k = 1; k <= 1024; k *= 4) {
      const Var<double> r = mean(reshape(all, {-1, std::ptrdiff_t(k)}), 1);  // p̂(x) / p(x), of k codes each
      // r - 1 is 0 on average: taken off, it changes the mean of ln r by nothing and its error by much.
      const Var<double> error = log(r) - (r - 1.0);
      counts.push_back(double(k));
      measured.push_back(-mean(error).item());
      predicted.push_back(relative_variance(double(d)) / 2 / double(k));
      const std::string which = std::to_string(d) + "-" + std::to_string(k);
      c.number("bias-" + which, mean(error).item());
      c.number("bias-error-" + which, stddev(error).item() / std::sqrt(double(r.size())));
      c.number("bias-predicted-" + which, -predicted.back());
    }
    figure.points("d = " + std::to_string(d), counts, measured);
    figure.dashed("", counts, predicted);
  }
  c.draw("bias", {figure});
}

void images(tutorial::Chapter& c) {
  const std::size_t d = 20, pixels = c.train().pixels(), count = c.pick<std::size_t>(100, 20);
  Random rng(3);
  nn::Mlp<float> encoder({pixels, 200, 2 * d}, rng), decoder({d, 200, pixels}, rng);
  std::vector<nn::Parameter<float>> parameters = encoder.parameters();
  for (const auto& one : decoder.parameters()) parameters.push_back(one);
  // ln p(x|z) p(z) / q(z|x) for k codes of each image: (k, batch).
  const auto log_weights = [&](const Var<float>& x, std::size_t k) {
    const std::vector<Var<float>> heads = split(encoder(x), 2, -1);  // μ and ln σ
    const Var<float> z = heads[0] + exp(heads[1]) * rng.normal<float>({k, heads[0].shape()[0], d});
    return nn::bernoulli_log_prob(x, decoder(z)) + nn::normal_log_prob(z, 0.0F, 0.0F) -
           nn::normal_log_prob(z, heads[0], heads[1]);
  };
  nn::Adam<float> optimizer(parameters, {.learning_rate = 2e-3});
  nn::DataLoader loader(c.train().slice(0, std::min(c.train().size(), c.pick<std::size_t>(60'000, 500))),
                        {.batch_size = 100, .shuffle = true, .seed = 1});
  loader.transform(nn::random_binarization<float>());
  for (int epoch = 0; epoch < c.pick(5, 16); ++epoch) {
    for (const auto& batch : loader) {
      Tape<float> tape;
      optimizer.step(tape.gradient(-mean(log_weights(batch.images, 1)), parameters));
    }
  }
  const Array<float> test = rng.bernoulli(c.test().first<float>(count));
  Array<float> shuffled = test;
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<std::size_t> order = rng.permutation(pixels);
    for (std::size_t j = 0; j < pixels; ++j) shuffled(i, j) = test(i, order[j]);
  }
  const nn::ImageSet digits(28, 28, programs::draw_digits(count, 7).images);
  const int rounds = c.pick(40, 10);  // of 25 weights each
  std::vector<std::string> names;
  Figure::Numbers heights;
  const auto report = [&](const std::string& name, const Array<float>& x, bool from_prior) {
    nn::ImportanceSampler sampler;
    for (int i = 0; i < rounds; ++i) {
      const Var<float> z = rng.normal<float>({std::size_t(25), std::size_t(1), d});
      sampler.add((from_prior ? nn::bernoulli_log_prob(x, decoder(z)) : log_weights(x, 25)).value());
    }
    Figure::Numbers logs, counts;
    for (const auto& one : sampler.result()) logs.push_back(one.log_prob), counts.push_back(one.effective_sample_size);
    names.push_back(name);
    heights.push_back(mean(Var<double>(logs)).item());
    c.number(name, heights.back());
    c.number(name + "-error", stddev(Var<double>(logs)).item() / std::sqrt(double(logs.size())));
    c.number(name + "-effective", mean(Var<double>(counts)).item());
  };
  report("test", test, false);
  report("shuffled", shuffled, false);
  report("noise", rng.bernoulli(full<float>({count, pixels}, 0.5F)), false);
  report("digits", rng.bernoulli(digits.first<float>(count)), false);
  report("black", zeros<float>({std::size_t(1), pixels}), false);
  const tutorial::Axis y{"mean of ln p̂(x), nats", false, -720};
  c.draw("images", {Figure({""}, y, "What is probable under the model").bars(names, heights)});
  report("from-prior", test, true);
  c.number("weights", 25 * rounds);
}

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("latent_variables", argc, argv, [](tutorial::Chapter& c) {
    variance(c);
    bias(c);
    images(c);
    c.number("bias-exact-5-1", 5 * (0.5 * std::log(2.0) - 1));
    Random rng(4);
    const Array<double> draws = rng.normal<double>({1000, 784});  // ln p of 0 is above theirs by half of this:
    c.number("middle", mean(sum(square(Var<double>(draws)), -1)).item() / 2);
    const Array<double> z = kX / 2 + std::sqrt(0.5) * rng.normal<double>({1000, 100});  // the posterior
    const Var<double> log_weight = nn::normal_log_prob(kX, z, 0.0) + nn::normal_log_prob(z, 0.0, 0.0) -
                                   nn::normal_log_prob(z, kX / 2, 0.5 * std::log(0.5));
    c.number("posterior-spread", (max(log_weight) - min(log_weight)).item());
  });
}

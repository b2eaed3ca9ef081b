#pragma once
// What the codes of a trained variational autoencoder are like, and what they are not; for the chapter misconceptions.

#include "docs/tutorial/support/vae_with_mistakes.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace tutorial {

// Of a trained variational autoencoder.
inline void measure_codes(Chapter& c) {
  const Outcome vae = trained(c, std::make_unique<xtape::nn::BernoulliLikelihood<float>>(), Setting{});
  const Vae& model = *vae.model;
  xtape::Random rng(5);
  const xtape::nn::ImageSet& test = c.test();
  const std::size_t n = std::min<std::size_t>(c.pick(5000, 100), test.size());
  const xtape::Array<float> x = xtape::nn::threshold_binarization<float>()(test.first<float>(n), rng);
  xtape::Tape<float> tape;
  const auto terms = model.terms(x, rng);
  double decoder = 0;
  for (const xtape::Array<float>& g :
       tape.gradient(xtape::mean(terms.kl), model.decoder.parameters(), {.allow_unused = true}))
    decoder += double(xtape::norm(xtape::Var<float>(g)).item());
  c.number("kl-gradient-decoder", decoder);
  c.number("reconstruction-drawn", -xtape::mean(terms.log_prob).item());
  c.number("reconstruction-mean", -xtape::mean(model.pixels->log_prob(x, model.decoder(terms.mu))).item());
  c.number("log-prob-plus-cross-entropy",
           xtape::mean(terms.log_prob).item() + 784 * xtape::nn::bce_with_logits(terms.output, x).item());

  const xtape::Array<float> noise = rng.normal<float>(terms.mu.shape());
  const xtape::nn::Moments all = xtape::nn::moments(
      xtape::Array<double>(xt::cast<double>((terms.mu + xtape::exp(terms.log_sigma) * noise).value())));
  const xtape::Var<double> variances(xt::diagonal(all.covariance));
  c.number("aggregate-least", xtape::min(variances).item());
  c.number("aggregate-most", xtape::max(variances).item());
  c.number("aggregate-kl", xtape::nn::normal_kl(all));
  c.number("mean-kl", xtape::mean(terms.kl).item());

  // Each unit stands for the class that is most frequent among the training images whose largest mean it has.
  const auto unit = [](const xtape::Var<float>& mu, std::size_t i) {
    std::size_t largest = 0;
    for (std::size_t k = 1; k < 10; ++k) largest = mu.value()(i, k) > mu.value()(i, largest) ? k : largest;
    return largest;
  };
  const xtape::nn::ImageSet& train = c.train();
  const std::size_t fitted = std::min<std::size_t>(c.pick(5000, 500), train.size());
  const auto fitted_mu =
      model.terms(xtape::nn::threshold_binarization<float>()(train.first<float>(fitted), rng), rng).mu;
  std::vector<std::vector<std::size_t>> counts(10, std::vector<std::size_t>(10));
  for (std::size_t i = 0; i < fitted; ++i) ++counts[unit(fitted_mu, i)][train.label(i)];
  std::size_t right = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto& of_unit = counts[unit(terms.mu, i)];
    right += std::size_t(std::max_element(of_unit.begin(), of_unit.end()) - of_unit.begin()) == test.label(i);
  }
  c.number("units-as-classes", double(right) / double(n));

  const xtape::Var<float> means = xtape::sigmoid(terms.output);
  const xtape::Array<float> draw = model.pixels->draw(terms.output, rng);
  const auto grey = [](const xtape::Var<float>& v) {
    return xtape::mean(xtape::logical_and(v > 0.05, v < 0.95)).item();
  };
  c.number("grey-in-means", grey(means));
  c.number("grey-in-draws", grey(draw));
}

}  // namespace tutorial

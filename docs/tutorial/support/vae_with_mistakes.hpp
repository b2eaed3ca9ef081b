#pragma once
// A small variational autoencoder of images of 784 pixels, and how it is trained; with what goes wrong as settings.

#include "docs/tutorial/support/chapter.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace tutorial {

using Pixels = std::unique_ptr<xtape::nn::Likelihood<float>>;

// `context`: the decoder also sees the pixels before the one that it predicts, as an autoregressive model does.
struct Vae : xtape::nn::Module<float> {
  xtape::nn::Mlp<float> encoder, decoder;
  xtape::nn::Linear<float> mean_head, log_sigma_head;
  xtape::nn::Parameter<float> context;
  xtape::Array<float> before;  // (D, D): 1 where the column's pixel comes before the row's
  Pixels pixels;
  bool sees_pixels;

  Vae(std::size_t d, Pixels p_x, bool autoregressive, xtape::Random& rng)
      : encoder({784, 200}, rng),
        decoder({d, 200, 784}, rng),
        mean_head(200, d, rng),
        log_sigma_head(200, d, rng),
        context(xtape::zeros<float>({784, 784})),
        before(xtape::zeros<float>({784, 784})),
        pixels(std::move(p_x)),
        sees_pixels(autoregressive) {
    for (std::size_t i = 0; i < 784; ++i)
      for (std::size_t j = 0; j < i; ++j) before(i, j) = 1;
    add("encoder", encoder);
    add("decoder", decoder);
    add("mean_head", mean_head);
    add("log_sigma_head", log_sigma_head);
    add("pixels", *pixels);
    if (sees_pixels) add("context", context);
  }

  struct Terms {
    xtape::Var<float> mu, log_sigma, output, log_prob, kl;
  };
  Terms terms(const xtape::Var<float>& x, xtape::Random& rng, float widest = 100) const {
    const xtape::Var<float> h = xtape::relu(encoder(x)), mu = mean_head(h);
    const xtape::Var<float> log_sigma = xtape::clip(log_sigma_head(h), -widest, widest);
    xtape::Var<float> output = decoder(mu + xtape::exp(log_sigma) * rng.normal<float>(mu.shape()));
    if (sees_pixels) output = output + xtape::matmul(x, xtape::transpose(context * before));
    return {mu, log_sigma, output, pixels->log_prob(x, output), xtape::nn::kl_standard_normal(mu, log_sigma)};
  }
};

struct Setting {
  double beta = 1, warm_up = 0;  // the KL's weight grows from 0 to beta during this part of the training
  bool autoregressive = false, mean_over_pixels = false;
};
struct Outcome {
  double reconstruction, kl, sigma;
  std::size_t active;
  std::vector<double> step, kl_at;
  std::shared_ptr<Vae> model;
};

inline Outcome trained(Chapter& c, Pixels pixels, const Setting& setting) {
  const bool binary = dynamic_cast<xtape::nn::BernoulliLikelihood<float>*>(pixels.get()) != nullptr;
  const auto black_and_white = xtape::nn::threshold_binarization<float>();
  xtape::Random rng(1);
  Outcome outcome{};
  outcome.model = std::make_shared<Vae>(10, std::move(pixels), setting.autoregressive, rng);
  const Vae& model = *outcome.model;
  xtape::nn::Adam<float> optimizer(model.parameters(), {.learning_rate = c.pick(1e-3, 2e-3)});
  const std::size_t images = std::min<std::size_t>(c.pick(5000, 500), c.train().size());
  xtape::nn::DataLoader loader(c.train().slice(0, images), {.batch_size = 100, .shuffle = true, .seed = 1});
  if (binary) loader.transform(black_and_white);
  const double steps = double(c.pick(8, 20) * (images / 100));
  double step = 0;
  xtape::nn::Adam<float> context_alone({model.context}, {.learning_rate = 1e-2});
  for (int epoch = 0; setting.autoregressive && epoch < 4; ++epoch) {  // it predicts well before there is a code
    for (const auto& batch : loader) {
      xtape::Tape<float> tape;
      const xtape::Var<float> loss = -xtape::mean(model.terms(batch.images, rng).log_prob);
      context_alone.step(tape.gradient(loss, std::vector{model.context}));
    }
  }
  while (step < steps) {
    for (const auto& batch : loader) {
      xtape::Tape<float> tape;
      const auto terms = model.terms(batch.images, rng);
      const double weight = setting.beta * (step < setting.warm_up * steps ? step / (setting.warm_up * steps) : 1);
      const xtape::Var<float> reconstruction = setting.mean_over_pixels
                                                   ? xtape::nn::bce_with_logits(terms.output, batch.images)
                                                   : -xtape::mean(terms.log_prob);
      const xtape::Var<float> kl = xtape::mean(terms.kl);
      optimizer.step(tape.gradient(reconstruction + weight * kl, model.parameters()));
      outcome.step.push_back(++step);
      outcome.kl_at.push_back(double(kl.item()));
    }
  }
  xtape::Array<float> test = c.test().first<float>(c.pick(1000, 100));
  if (binary) test = black_and_white(test, rng);
  const auto terms = model.terms(test, rng);
  outcome.reconstruction = -double(xtape::mean(terms.log_prob).item());
  outcome.kl = double(xtape::mean(terms.kl).item());
  outcome.active = xtape::nn::latent_use(terms.mu.value(), terms.log_sigma.value()).active();
  const auto* gaussian = dynamic_cast<xtape::nn::GaussianLikelihood<float>*>(model.pixels.get());
  outcome.sigma = gaussian ? std::exp(double(gaussian->log_sigma().value()(0))) : 0;
  return outcome;
}

}  // namespace tutorial

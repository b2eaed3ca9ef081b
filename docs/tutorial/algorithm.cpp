// The algorithm: minibatches, one sample of z, an encoder for all images; and what the encoder costs, image by image.

#include "docs/tutorial/support/chapter.hpp"

#include <string>
#include <vector>

using namespace xtape;

namespace {
/// N(μ, diag(σ²)) for each image of a batch: (batch, latent) both.
struct Posterior {
  Var<float> mu, log_sigma;
};
struct Vae : nn::Module<float> {
  nn::Mlp<float> encoder, decoder;
  Vae(std::size_t pixels, std::size_t width, std::size_t latent, Random& rng)
      : encoder({pixels, width, 2 * latent}, rng), decoder({latent, width, pixels}, rng) {
    add("encoder", encoder);
    add("decoder", decoder);
  }
  Posterior encode(const Var<float>& x) const {
    const auto heads = split(encoder(x), 2, -1);  // two affine heads of one hidden layer
    return {heads[0], heads[1]};
  }
  /// The bound of each image under any q, the encoder's or another: epsilon (L, batch, latent) gives (batch).
  Var<float> elbo(const Var<float>& x, const Posterior& q, const Array<float>& epsilon) const {
    const Var<float> z = q.mu + exp(q.log_sigma) * epsilon;
    return mean(nn::bernoulli_log_prob(x, decoder(z)), 0) - nn::kl_standard_normal(q.mu, q.log_sigma);
  }
};

/// The bound of each image, ln p(x) and its standard error, from rounds of 100 z, with w = p(x|z) p(z) / q(z|x).
std::vector<Var<double>> estimate(const Vae& model, const Var<float>& x, const Posterior& q, int rounds) {
  Random rng(5);
  nn::ImportanceSampler sampler;
  Var<double> elbo = 0.0;
  for (int r = 0; r < rounds; ++r) {
    const Var<float> z = q.mu + exp(q.log_sigma) * rng.normal<float>({100, x.shape(0), q.mu.shape(1)});
    const Var<float> log_w = nn::bernoulli_log_prob(x, model.decoder(z)) + nn::normal_log_prob(z, 0.0f, 0.0f) -
                             nn::normal_log_prob(z, q.mu, q.log_sigma);
    elbo += Var<double>(xt::cast<double>(mean(log_w, 0).value())) / double(rounds);
    sampler.add(log_w.value());
  }
  std::vector<double> log_p, error;
  for (const nn::LogEvidence& e : sampler.result()) {
    log_p.push_back(e.log_prob);
    error.push_back(e.standard_error);
  }
  return {elbo, log_p, error};
}

/// Gradient ascent on the bound in mu and ln sigma of these images alone; the model is a constant here.
Posterior optimised(const Vae& model, const Var<float>& x, const Posterior& start, int steps) {
  const nn::Parameter<float> mu(start.mu.value()), log_sigma(start.log_sigma.value());
  Random rng(7);
  for (const double rate : {0.03, 0.005}) {  // the second lets the noise of the first settle
    nn::Adam<float> optimizer({mu, log_sigma}, {.learning_rate = rate});
    for (int step = 0; step < steps; ++step) {
      Tape<float> tape;
      const Var<float> bound = model.elbo(x, {mu, log_sigma}, rng.normal<float>({10, mu.shape(0), mu.shape(1)}));
      optimizer.step(tape.gradient(-sum(bound), std::vector{mu, log_sigma}));
    }
  }
  return {mu.value(), log_sigma.value()};
}

/// Gradients by the first weights, of batches beside that of all n images; each image keeps its noise.
void minibatches(tutorial::Chapter& c, const Vae& model, const Var<float>& x, const Var<float>& epsilon) {
  const auto gradient = [&](std::ptrdiff_t from, std::ptrdiff_t to) {
    Tape<float> tape;
    const Var<float> batch = slice(x, {{from, to}}), noise = slice(epsilon, {{}, {from, to}});
    const Var<float> bound = mean(model.elbo(batch, model.encode(batch), noise.value()));
    return Var<double>(xt::cast<double>(tape.gradient(bound, model.encoder.layer(0).weight())));
  };
  const std::ptrdiff_t n = std::ptrdiff_t(x.shape(0));
  const Var<double> full = gradient(0, n);
  for (const std::ptrdiff_t size : {16, 64}) {
    Var<double> average = 0.0, variance = 0.0;
    for (std::ptrdiff_t from = 0; from < n; from += size) {
      const Var<double> g = gradient(from, from + size);
      average += g * (double(size) / double(n));
      variance += sum(square(g - full)) * (double(size) / double(n));
    }
    c.number("batch-bias-" + std::to_string(size), (norm(average - full) / norm(full)).item());
    c.number("batch-variance-" + std::to_string(size), (variance / sum(square(full))).item());
  }
}
}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("algorithm", argc, argv, [](tutorial::Chapter& c) {
    const int epochs = c.pick(6, 60), rounds = c.pick(50, 5), steps = c.pick(300, 80);
    const std::size_t latent = c.pick(20, 5), images = c.pick(50, 12), many = c.pick(1024, 256);
    const nn::ImageSet train = nn::transformed(c.train(), nn::random_binarization<float>(), 1);
    const nn::ImageSet test = nn::transformed(c.test(), nn::random_binarization<float>(), 2);
    const Var<float> tests = test.first<float>(test.size());
    const Array<float> epsilon = Random(2).normal<float>({1, test.size(), latent});  // the same after every epoch
    Random rng(1);
    Vae model(train.pixels(), c.pick(400, 64), latent, rng);
    nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
    nn::DataLoader loader(train, {.batch_size = c.pick(128u, 25u), .shuffle = true, .seed = 1});
    std::vector<double> after, on_train, on_test;
    for (int epoch = 1; epoch <= epochs; ++epoch) {
      double total = 0;
      for (const auto& batch : loader) {
        Tape<float> tape;
        const Array<float> noise = rng.normal<float>({1, batch.size(), latent});
        const Var<float> elbo = model.elbo(batch.images, model.encode(batch.images), noise);
        optimizer.step(tape.gradient(-mean(elbo), model.parameters()));
        total += sum(elbo).item();
      }
      on_test.push_back(-mean(model.elbo(tests, model.encode(tests), epsilon)).item());
      on_train.push_back(-total / double(train.size()));
      after.push_back(epoch);
    }
    c.number("test-loss", on_test.back());
    c.number("train-loss", on_train.back());
    c.number("test-loss-at-mean", -mean(model.elbo(tests, model.encode(tests), 0.0f * epsilon)).item());
    c.draw("training", {tutorial::Figure({"epoch"}, {"minus the bound, nats an image"}, "Training")
                            .line("training images, on the way", after, on_train)
                            .line("test images, one z each", after, on_test)});
    minibatches(c, model, train.first<float>(many), rng.normal<float>({1, many, latent}));
    for (const std::string which : {"-train", ""}) {
      const Var<float> x = (which.empty() ? test : train).first<float>(images);
      const Posterior amortized = model.encode(x), best = optimised(model, x, amortized, steps);
      const auto encoder = estimate(model, x, amortized, rounds), own = estimate(model, x, best, rounds);
      const Var<double> all = own[1] - encoder[0], rest = own[1] - own[0], amortization = own[0] - encoder[0];
      const auto number = [&](const char* what, const Var<double>& v) { c.number(what + which, mean(v).item()); };
      number("log-p", own[1]);
      number("log-p-error", own[2]);
      number("elbo-best", own[0]);
      number("elbo-encoder", encoder[0]);
      number("approximation-gap", rest);
      number("amortization-gap", amortization);
      number("amortization-least", min(amortization));
      if (!which.empty()) continue;
      const Posterior other = optimised(model, x, {0.0f * amortized.mu, 0.0f * amortized.mu}, 2 * steps);
      number("elbo-from-prior", estimate(model, x, other, rounds)[0]);
      const auto list = [](const Var<double>& v) { return std::vector<double>(v.value().begin(), v.value().end()); };
      c.draw("gaps", {tutorial::Figure({"mean of the test images"}, {"nats an image"}, "Below ln p(x)")
                          .bars({"in all", "amortization", "approximation"},
                                {mean(all).item(), mean(amortization).item(), mean(rest).item()}),
                      tutorial::Figure({"nats lost by the encoder's q"}, {"by the best q"}, "Each image; dashed: equal")
                          .points("", list(all), list(rest))
                          .dashed("", {0, max(rest).item()}, {0, max(rest).item()})});
    }
  });
}

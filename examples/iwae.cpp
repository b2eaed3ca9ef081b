// Importance weighted autoencoders: Y. Burda, R. Grosse and R. Salakhutdinov, "Importance weighted autoencoders", 2015.
//
//   iwae [FOLDER [K [LAYERS [STAGES [SAMPLES [IMAGES [SEED]]]]]]]
//
//   FOLDER   with IDX files named as MNIST's are; by default Fashion-MNIST's
//   K        samples z of the bound ln 1/K sum p(x, z) / q(z|x); with 1 a variational autoencoder, by default 5
//   LAYERS   of codes, 1 or 2
//   STAGES   of 1, 3, 9, ... epochs at falling rates; by default 2, and 8 are the paper's 3,280 epochs
//   SAMPLES  of each of the first IMAGES test images, for -ln p(x); by default 1000 and 100, in the paper 5000 and
//   10000
//
// Images are binarized at random, in training anew each time. Prints after each stage the negative bound, in nats an
// image, in training and of all test images; -ln p(x) with its standard error; how many of the top 50 codes are in use.

#include <nn/nn.hpp>

#include <cmath>
#include <iostream>
#include <string>
#include <vector>

using namespace xtape;

/// A normal distribution of codes, given an image or other codes.
struct Gaussian : nn::Module<float> {
  nn::Sequential<float> hidden;
  nn::Linear<float> mu, log_sigma;

  Gaussian(std::size_t in, std::size_t width, std::size_t codes, Random& rng)
      : hidden{nn::Linear<float>(in, width, rng), nn::Tanh(), nn::Linear<float>(width, width, rng), nn::Tanh()},
        mu(width, codes, rng),
        log_sigma(width, codes, rng) {
    add("hidden", hidden);
    add("mu", mu);
    add("log_sigma", log_sigma);
  }
  nn::Normal<float> operator()(const Var<float>& given) const {
    const Var<float> h = hidden(given);
    return {mu(h), log_sigma(h)};
  }
};

struct Iwae : nn::Module<float> {
  bool two;
  Gaussian q, q_above, p;  // q(z|x); with two layers of codes q(y|z) and p(z|y)
  nn::Mlp<float> decoder;

  /// `mean`: (pixels), of all images.
  Iwae(std::size_t layers, const Var<float>& mean, Random& rng)
      : two(layers == 2),
        q(mean.size(), 200, two ? 100 : 50, rng),
        q_above(100, 100, 50, rng),
        p(50, 100, 100, rng),
        decoder({two ? 100u : 50u, 200, 200, mean.size()}, nn::Tanh(), rng) {
    add("q", q);
    if (two) {
      add("q_above", q_above);
      add("p", p);
    }
    add("decoder", decoder);
    for (const auto& w : parameters())
      w.set(w.shape().size() == 2 ? nn::xavier_uniform<float>(w.shape(), rng) : zeros<float>(w.shape()));
    decoder.layer(2).bias().set(logit(clip(mean, 0.001f, 0.999f)).value());
  }

  /// ln p(x, z) - ln q(z|x) of `k` samples for each image: (batch, pixels) -> (k, batch).
  Var<float> log_weights(const Var<float>& x, std::size_t k, Random& rng) const {
    const nn::Normal<float> of_x = q(x);
    const Var<float> z = of_x.sample(rng, {k});
    const Var<float> below = nn::Bernoulli(decoder(z)).log_prob(x) - of_x.log_prob(z);
    if (!two) return below + nn::normal_log_prob(z, 0.0f, 0.0f);
    const nn::Normal<float> of_z = q_above(z);
    const Var<float> y = of_z.sample(rng);
    return below + p(y).log_prob(z) + nn::normal_log_prob(y, 0.0f, 0.0f) - of_z.log_prob(y);
  }
  /// The bound of ln p(x), a mean over the batch.
  Var<float> bound(const Var<float>& x, std::size_t k, Random& rng) const {
    return mean(logsumexp(log_weights(x, k, rng), 0)) - std::log(float(k));
  }
  nn::Normal<float> uppermost(const Var<float>& x) const { return two ? q_above(q(x).mu()) : q(x); }
};

int main(int argc, char** argv) try {
  const auto number = [&](int i, std::size_t otherwise) { return argc > i ? std::stoul(argv[i]) : otherwise; };
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const std::size_t k = number(2, 5), stages = number(4, 2), samples = number(5, 1000), seed = number(7, 1);
  const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain);
  const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest);
  const Array<float> binary = Random(2).bernoulli(test.first<float>(test.size()));
  const Array<float> few = slice(Var<float>(binary), {{0, std::ptrdiff_t(number(6, 100))}}).value();
  nn::DataLoader tests(binary, {.batch_size = 500}), few_tests(few, {.batch_size = 50});
  nn::DataLoader loader(train, {.batch_size = 20, .shuffle = true, .seed = seed});
  loader.transform(nn::random_binarization<float>());

  Random rng(seed);
  const Iwae model(number(3, 1), mean(Var<float>(train.first<float>(train.size())), 0), rng);
  const auto loss = [&](const auto& batch, Random& r) { return -model.bound(batch.images, k, r); };
  nn::Adam<float> optimizer(model.parameters(), {.epsilon = 1e-4});
  for (std::size_t stage = 1, epochs = 1; stage <= stages; ++stage, epochs *= 3) {
    optimizer.set_learning_rate(1e-3 * std::pow(10, -double(stage - 1) / 7));
    double total = 0;
    for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
      for (const auto& batch : loader) {
        Tape<float> tape;
        const Var<float> value = loss(batch, rng);
        optimizer.step(tape.gradient(value, model.parameters()));
        total += value.item() * double(batch.size()) / double(epochs * train.size());
      }
    }
    Random noise(3);  // the same after every stage
    std::cout << "stage " << stage << ": " << total << " in training, " << nn::mean_loss(tests, loss, noise);
    const auto weights = [&](const auto& batch) { return model.log_weights(batch.images, 100, noise); };
    std::vector<double> nll;
    for (const nn::LogEvidence& one : nn::log_evidence(few_tests, weights, samples)) nll.push_back(-one.log_prob);
    const nn::Normal<float> z = model.uppermost(binary);
    std::cout << " on test images; -ln p(x) " << mean(Var<double>(nll)).item() << " +- "
              << stddev(Var<double>(nll)).item() / std::sqrt(double(nll.size())) << "; codes in use "
              << nn::latent_use(z.mu().value(), z.log_sigma().value()).active() << std::endl;
  }
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: iwae [FOLDER [K [LAYERS [STAGES [SAMPLES [IMAGES [SEED]]]]]]]\n";
  return 2;
}

// How far a variational autoencoder's bound is from ln p(x), and why: C. Cremer, X. Li and D. Duvenaud, "Inference
// suboptimality in variational autoencoders", 2018.
//
//   svi [FOLDER [EPOCHS [IMAGES [STEPS [SEED]]]]]
//
//   FOLDER   with IDX files named as MNIST's are; by default Fashion-MNIST's
//   EPOCHS   of training; 5
//   IMAGES   of the test images, 100, whose q(z|x) gets a mean and a deviation of its own by STEPS of Adam, 1000
//
// The gap between ln p(x) and the bound of the encoder's q is a sum: the approximation gap up to the bound of the best
// normal distribution for each image, and the amortization gap from there to what the encoder says. Prints them in nats
// an image, with standard errors over images. ln p(x) is by 5000 importance samples of each image's q; as many of the
// encoder's say half a nat less, as they are from where less of the posterior is. First of all comes the same for a
// linear decoder, where the approximation gap has a closed form: both agree to 1e-9.

#include <nn/nn.hpp>

#include <cmath>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

using namespace xtape;

struct Vae : nn::Module<float> {
  nn::Mlp<float> encoder, decoder;

  Vae(std::size_t pixels, std::size_t codes, Random& rng)
      : encoder({pixels, 200, 2 * codes}, rng), decoder({codes, 200, pixels}, rng) {
    add("encoder", encoder);
    add("decoder", decoder);
  }
  nn::Normal<float> posterior(const Var<float>& x) const {
    const auto halves = split(encoder(x), 2, -1);
    return {halves[0], halves[1]};
  }
  /// The bound of ln p(x) by `k` samples of q for each image: (batch).
  Var<float> bound(const Var<float>& x, const nn::Normal<float>& q, std::size_t k, Random& rng) const {
    return mean(nn::bernoulli_log_prob(x, decoder(q.sample(rng, {k}))), 0) - nn::kl(q, nn::Normal<float>(0.0f, 0.0f));
  }
};

/// ln p(x, z) - ln q(z) of 5000 samples of q for each image: (5000, batch).
Var<double> log_weights(const Vae& model, const Var<float>& x, const nn::Normal<float>& q) {
  Random rng(3);
  std::vector<Var<float>> parts;
  for (int i = 0; i < 100; ++i) {
    const Var<float> z = q.sample(rng, {50}), log_p = nn::bernoulli_log_prob(x, model.decoder(z));
    parts.push_back(log_p + nn::normal_log_prob(z, 0.0f, 0.0f) - q.log_prob(z));
  }
  return xt::cast<double>(concatenate(parts).value());
}

/// Of x = W z + 0.5 epsilon the best q has the exact mean and, with M = WᵀW + σ² I, the variances σ² / M_ii.
void linear_decoder() {
  Random rng(1);
  const double sigma = 0.5;
  const Var<double> w = rng.normal({10, 4});
  const nn::LowRankNormal p(zeros<double>({10}), w, full<double>({10}, std::log(sigma)));
  const Var<double> x = p.sample(rng, {50});
  const nn::Parameter<double> mu(zeros<double>({50, 4})), log_sigma(zeros<double>({50, 4}));
  const auto bound = [&] {
    const Var<double> spread = sum(exp(2 * log_sigma) * sum(square(w), 0), -1) / (2 * sigma * sigma);
    return nn::normal_log_prob(x, matmul(mu, transpose(w)), std::log(sigma)) - spread -
           nn::kl_standard_normal(mu, log_sigma);
  };
  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> loss = -mean(bound());
    return std::pair(loss.item(), tape.gradient(loss, std::vector{mu, log_sigma}));
  };
  nn::minimize<double>({mu, log_sigma}, objective, {.gradient_tolerance = 1e-10});
  const Var<double> m = matmul(transpose(w), w) + sigma * sigma * eye<double>(4);
  std::cout << "linear decoder: approximation gap " << mean(p.log_prob(x) - bound()) << ", in closed form "
            << (sum(log(diag(m))) - slogdet(m)[1]) / 2 << "\n";
}

int main(int argc, char** argv) try {
  const auto number = [&](int i, std::size_t otherwise) { return argc > i ? std::stoul(argv[i]) : otherwise; };
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const std::size_t epochs = number(2, 5), steps = number(4, 1000), seed = number(5, 1);
  const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain);
  const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest);
  linear_decoder();

  Random rng(seed);
  Vae model(train.pixels(), 20, rng);
  nn::Adam<float> optimizer(model.parameters());
  nn::DataLoader loader(train, {.batch_size = 100, .shuffle = true, .seed = seed});
  loader.transform(nn::random_binarization<float>());
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    for (const auto& batch : loader) {
      Tape<float> tape;
      const Var<float> loss = -mean(model.bound(batch.images, model.posterior(batch.images), 1, rng));
      optimizer.step(tape.gradient(loss, model.parameters()));
    }
  }

  model.freeze();
  const Var<float> x = Random(2).bernoulli(test.first<float>(number(3, 100)));
  const nn::Normal<float> q = model.posterior(x);
  const nn::Parameter<float> mu(q.mu().value()), log_sigma(q.log_sigma().value());
  nn::Adam<float> of_images({mu, log_sigma});
  const nn::Schedule rate = nn::cosine(0.03, steps);
  for (std::size_t step = 0; step < steps; ++step) {
    Tape<float> tape;
    const Var<float> loss = -sum(model.bound(x, nn::Normal(mu, log_sigma), 10, rng));
    of_images.set_learning_rate(rate(step));
    of_images.step(tape.gradient(loss, std::vector{mu, log_sigma}));
  }

  const auto print = [](const char* name, const Var<double>& of) {
    std::cout << name << mean(of).item() << " +- " << stddev(of).item() / std::sqrt(double(of.size())) << "\n";
  };
  const Var<double> of_encoder = log_weights(model, x, q), of_each = log_weights(model, x, nn::Normal(mu, log_sigma));
  const Var<double> evidence = logsumexp(of_each, 0) - std::log(5000);
  print("ln p(x): ", evidence);
  print("ln p(x) by samples of the encoder's q, less that: ", logsumexp(of_encoder, 0) - std::log(5000) - evidence);
  print("gap of the encoder's bound: ", evidence - mean(of_encoder, 0));
  print("approximation gap: ", evidence - mean(of_each, 0));
  print("amortization gap: ", mean(of_each, 0) - mean(of_encoder, 0));
} catch (const std::exception& error) {
  std::cerr << error.what()
            << "; usage: svi [FOLDER [EPOCHS [IMAGES [STEPS [SEED]]]]], FOLDER with four IDX files named "
            << "as MNIST's are\n";
  return 2;
}

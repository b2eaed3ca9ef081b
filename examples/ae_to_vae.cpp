// From an autoencoder to a variational one, by two changes: the encoder's last layer is replaced by two, for mean and
// ln sigma of a distribution of codes, and the KL term is added to the loss.
//
//   ae_to_vae [FOLDER [EPOCHS]]    FOLDER with IDX files named as MNIST's are; by default Fashion-MNIST's, and 10
//
// Trains an autoencoder with codes of two numbers, takes its other layers over, and trains on. Prints the losses in
// nats an image, and how far the codes of all test images together are from the prior, a standard normal distribution:
// for Fashion-MNIST 22.9 nats with the autoencoder, 0.4 with what it has become. Draws what both decoders make of the
// same ten codes from the prior into samples.pgm, the autoencoder's above.

#include <nn/nn.hpp>

#include <fstream>
#include <iostream>
#include <string>

using namespace xtape;

constexpr std::size_t kWidth = 400, kLatent = 2;

struct Autoencoder : nn::Module<float> {
  nn::Mlp<float> encoder, decoder;  // a hidden layer of ReLU each

  Autoencoder(std::size_t pixels, Random& rng)
      : encoder({pixels, kWidth, kLatent}, rng), decoder({kLatent, kWidth, pixels}, rng) {
    add("encoder", encoder);
    add("decoder", decoder);
  }

  /// (batch, pixels) -> (batch, kLatent) and (batch).
  Var<float> code(const Var<float>& x, Random&) const { return encoder(x); }
  Var<float> loss(const Var<float>& x, Random&) const { return -nn::bernoulli_log_prob(x, decoder(encoder(x))); }
};

struct Vae : nn::Module<float> {
  nn::Mlp<float> encoder;  // one layer, which has the same name as the autoencoder's first: "encoder.0"
  nn::Linear<float> mean_head, log_sigma_head;
  nn::Mlp<float> decoder;

  Vae(std::size_t pixels, Random& rng)
      : encoder({pixels, kWidth}, rng),
        mean_head(kWidth, kLatent, rng),
        log_sigma_head(kWidth, kLatent, rng),
        decoder({kLatent, kWidth, pixels}, rng) {
    add("encoder", encoder);
    add("mean_head", mean_head);
    add("log_sigma_head", log_sigma_head);
    add("decoder", decoder);
  }

  Var<float> code(const Var<float>& x, Random& rng) const {
    const Var<float> h = relu(encoder(x)), mu = mean_head(h);
    return mu + exp(log_sigma_head(h)) * rng.normal<float>(mu.shape());
  }
  Var<float> loss(const Var<float>& x, Random& rng) const {
    const Var<float> h = relu(encoder(x)), mu = mean_head(h), log_sigma = log_sigma_head(h);
    const Var<float> z = mu + exp(log_sigma) * rng.normal<float>(mu.shape());
    return nn::kl_standard_normal(mu, log_sigma) - nn::bernoulli_log_prob(x, decoder(z));
  }
};

/// Prints what the model comes to on test images.
template <class Model>
void report(const std::string& name, const Model& model, const Var<float>& test) {
  Random noise(2);
  const double loss = mean(model.loss(test, noise)).item();
  const Array<double> codes = xt::cast<double>(model.code(test, noise).value());
  std::cout << name << ": " << loss << " on test images, whose codes together are " << nn::normal_kl(nn::moments(codes))
            << " nats from N(0, I)" << std::endl;
}

template <class Model>
void train_model(const std::string& name, const Model& model, const nn::ImageSet& images, int epochs, Random& rng) {
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
  nn::DataLoader loader(images, {.batch_size = 128, .shuffle = true, .seed = 1});
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double total = 0;
    for (const auto& batch : loader) {
      Tape<float> tape;
      const Var<float> loss = model.loss(batch.images, rng);
      optimizer.step(tape.gradient(mean(loss), model.parameters()));
      total += sum(loss).item();
    }
    std::cout << name << ", epoch " << epoch << ": " << total / double(images.size()) << " in training" << std::endl;
  }
}

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const int epochs = argc > 2 ? std::stoi(argv[2]) : 10;
  const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain);
  const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest);

  Random rng(1), other(1);
  const Autoencoder ae(train.pixels(), rng);
  train_model("autoencoder", ae, train, epochs, rng);
  Vae converted(train.pixels(), other), vae(train.pixels(), other);
  nn::copy_shared_parameters(ae, converted);  // all but the heads
  nn::copy_parameters(converted, vae);
  train_model("variational", vae, train, epochs, other);

  const Var<float> x = test.first<float>(test.size());
  report("autoencoder", ae, x);
  report("converted", converted, x);
  report("trained on", vae, x);

  const Var<float> z = rng.normal<float>({10, kLatent}), images = sigmoid(stack({ae.decoder(z), vae.decoder(z)}));
  const Var<float> rows = transpose(reshape(images, {2, 10, std::ptrdiff_t(test.height()), -1}), {0, 2, 1, 3});
  std::ofstream picture("samples.pgm", std::ios::binary);
  picture << "P5 " << 10 * test.width() << " " << 2 * test.height() << " 255\n";
  for (const float grey : rows.value()) picture.put(char(int(255 * grey)));
} catch (const std::exception& error) {
  std::cerr << error.what()
            << "; usage: ae_to_vae [FOLDER [EPOCHS]], FOLDER with four IDX files named as MNIST's are\n";
  return 2;
}

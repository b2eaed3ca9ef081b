// A variational autoencoder of images: D. Kingma and M. Welling, "Auto-encoding variational Bayes", 2014.
//
//   vae [FOLDER [EPOCHS]]    FOLDER with IDX files named as MNIST's are; by default Fashion-MNIST's, and 10 epochs
//
// Prints the negative bound of ln p(x) after each epoch, in nats an image; of MNIST's test images it comes to 105.5.
// Draws ten new images into samples.pgm, and saves the weights in vae.safetensors.

#include <nn/nn.hpp>

#include <fstream>
#include <iostream>
#include <string>

using namespace xtape;

struct Vae : nn::Module<float> {
  nn::Linear<float> encoder, mean_head, log_sigma_head, hidden, decoder;

  Vae(std::size_t pixels, std::size_t width, std::size_t latent, Random& rng)
      : encoder(pixels, width, rng),
        mean_head(width, latent, rng),
        log_sigma_head(width, latent, rng),
        hidden(latent, width, rng),
        decoder(width, pixels, rng) {
    add("encoder", encoder);
    add("mean_head", mean_head);
    add("log_sigma_head", log_sigma_head);
    add("hidden", hidden);
    add("decoder", decoder);
  }

  /// Logits of the pixels: (batch, latent) -> (batch, pixels).
  Var<float> decode(const Var<float>& z) const { return decoder(relu(hidden(z))); }

  /// The evidence lower bound of each image: (batch, pixels) -> (batch).
  Var<float> elbo(const Var<float>& x, Random& rng) const {
    const Var<float> h = relu(encoder(x));
    const Var<float> mu = mean_head(h), log_sigma = log_sigma_head(h);
    const Var<float> z = mu + exp(log_sigma) * rng.normal<float>(mu.shape());  // the reparameterization trick
    return nn::bernoulli_log_prob(x, decode(z)) - nn::kl_standard_normal(mu, log_sigma);
  }
};

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const int epochs = argc > 2 ? std::stoi(argv[2]) : 10;
  const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain);
  const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest);

  Random rng(1);
  Vae model(train.pixels(), 400, 20, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
  nn::DataLoader loader(train, {.batch_size = 128, .shuffle = true, .seed = 1});

  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double total = 0;
    for (const auto& batch : loader) {
      Tape<float> tape;
      const Var<float> elbo = model.elbo(batch.images, rng);
      optimizer.step(tape.gradient(-mean(elbo), model.parameters()));
      total += sum(elbo).item();
    }
    Random noise(2);  // the same after every epoch
    std::cout << "epoch " << epoch << ": " << -total / double(train.size()) << " in training, "
              << -mean(model.elbo(test.first<float>(test.size()), noise)).item() << " on test images" << std::endl;
  }

  // Ten codes from the prior as images, side by side.
  const Var<float> images = sigmoid(model.decode(rng.normal<float>({10, 20})));
  const Var<float> rows = transpose(reshape(images, {10, std::ptrdiff_t(test.height()), -1}), {1, 0, 2});
  std::ofstream picture("samples.pgm", std::ios::binary);
  picture << "P5 " << 10 * test.width() << " " << test.height() << " 255\n";
  for (const float grey : rows.value()) picture.put(char(int(255 * grey)));
  nn::save("vae.safetensors", model);
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: vae [FOLDER [EPOCHS]], FOLDER with four IDX files named as MNIST's are\n";
  return 2;
}

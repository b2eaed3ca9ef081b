// A conditional variational autoencoder of images: K. Sohn, H. Lee and X. Yan, "Learning structured output
// representation using deep conditional generative models", 2015.
//
//   cvae [FOLDER [EPOCHS]]    FOLDER with IDX files named as MNIST's are; by default Fashion-MNIST's, and 10 epochs
//
// Encoder and decoder are told the label of each image, so that the code has to hold the style alone. Prints the
// negative bound of ln p(x|y) after each epoch, in nats an image; of MNIST's test images it comes to 101.7. Draws eight
// codes, a row each, with each of the ten labels into styles.pgm.

#include <nn/nn.hpp>

#include <fstream>
#include <iostream>
#include <string>

using namespace xtape;

constexpr std::size_t kLatent = 20, kLabels = 10, kStyles = 8;

struct Cvae : nn::Module<float> {
  nn::Linear<float> encoder, mean_head, log_sigma_head;
  nn::Mlp<float> decoder;

  Cvae(std::size_t pixels, std::size_t width, Random& rng)
      : encoder(pixels + kLabels, width, rng),
        mean_head(width, kLatent, rng),
        log_sigma_head(width, kLatent, rng),
        decoder({kLatent + kLabels, width, pixels}, rng) {
    add("encoder", encoder);
    add("mean_head", mean_head);
    add("log_sigma_head", log_sigma_head);
    add("decoder", decoder);
  }

  /// Logits of the pixels, of codes (batch, kLatent) and labels y (batch, kLabels), one-hot: (batch, pixels).
  Var<float> decode(const Var<float>& z, const Var<float>& y) const { return decoder(concatenate({z, y}, -1)); }

  /// A lower bound of ln p(x|y) of each image: (batch, pixels) and (batch, kLabels) -> (batch).
  Var<float> elbo(const Var<float>& x, const Var<float>& y, Random& rng) const {
    const Var<float> h = relu(encoder(concatenate({x, y}, -1)));
    const Var<float> mu = mean_head(h), log_sigma = log_sigma_head(h);
    const Var<float> z = mu + exp(log_sigma) * rng.normal<float>(mu.shape());
    return nn::bernoulli_log_prob(x, decode(z, y)) - nn::kl_standard_normal(mu, log_sigma);
  }
};

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const int epochs = argc > 2 ? std::stoi(argv[2]) : 10;
  const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain);
  const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest);

  Random rng(1);
  const Cvae model(train.pixels(), 400, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
  nn::DataLoader loader(train, {.batch_size = 128, .shuffle = true, .seed = 1});
  nn::DataLoader tests(test, {.batch_size = 1000});

  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double total = 0, of_tests = 0;
    for (const auto& batch : loader) {
      Tape<float> tape;
      const Var<float> elbo = model.elbo(batch.images, one_hot<float>(batch.labels, kLabels), rng);
      optimizer.step(tape.gradient(-mean(elbo), model.parameters()));
      total += sum(elbo).item();
    }
    Random noise(2);  // the same after every epoch
    for (const auto& batch : tests)
      of_tests += sum(model.elbo(batch.images, one_hot<float>(batch.labels, kLabels), noise)).item();
    std::cout << "epoch " << epoch << ": " << -total / double(train.size()) << " in training, "
              << -of_tests / double(test.size()) << " on test images" << std::endl;
  }

  // Every code with every label.
  const Var<float> z = broadcast_to(rng.normal<float>({kStyles, 1, kLatent}), {kStyles, kLabels, kLatent});
  const Var<float> y = broadcast_to(Array<float>(xt::eye<float>(kLabels)), {kStyles, kLabels, kLabels});
  const std::ptrdiff_t height = std::ptrdiff_t(test.height());
  const Var<float> images = reshape(sigmoid(model.decode(z, y)), {kStyles, kLabels, height, -1});
  const Var<float> rows = transpose(images, {0, 2, 1, 3});
  std::ofstream picture("styles.pgm", std::ios::binary);
  picture << "P5 " << kLabels * test.width() << " " << kStyles * test.height() << " 255\n";
  for (const float grey : rows.value()) picture.put(char(int(255 * grey)));
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: cvae [FOLDER [EPOCHS]], FOLDER with four IDX files named as MNIST's are\n";
  return 2;
}

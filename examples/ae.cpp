// An autoencoder of images: G. Hinton and R. Salakhutdinov, "Reducing the dimensionality of data with neural networks",
// 2006.
//
//   ae [FOLDER [EPOCHS]]    FOLDER with IDX files named as MNIST's are; by default Fashion-MNIST's, and 10 epochs
//
// Prints after each epoch the cross-entropy of images and what is made of their codes, in nats an image. For
// Fashion-MNIST's test images it comes to 215.4; the entropy of their grey levels, 189.9, is a floor to it. Draws ten
// test images above what is made of them into reconstructions.pgm.

#include <nn/nn.hpp>

#include <fstream>
#include <iostream>
#include <string>

using namespace xtape;

struct Autoencoder : nn::Module<float> {
  nn::Mlp<float> encoder, decoder;  // a hidden layer of ReLU each

  Autoencoder(std::size_t pixels, std::size_t width, std::size_t latent, Random& rng)
      : encoder({pixels, width, latent}, rng), decoder({latent, width, pixels}, rng) {
    add("encoder", encoder);
    add("decoder", decoder);
  }

  /// The image that each comes to: (batch, pixels) -> (batch, pixels).
  Var<float> reconstruct(const Var<float>& x) const { return sigmoid(decoder(encoder(x))); }

  /// -Σ [x ln r + (1 - x) ln(1 - r)] over the pixels of r = reconstruct(x), from its logits: (batch, pixels) ->
  /// (batch).
  Var<float> loss(const Var<float>& x) const { return -nn::bernoulli_log_prob(x, decoder(encoder(x))); }
};

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const int epochs = argc > 2 ? std::stoi(argv[2]) : 10;
  const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain);
  const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest);

  Random rng(1);
  Autoencoder model(train.pixels(), 400, 20, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
  nn::DataLoader loader(train, {.batch_size = 128, .shuffle = true, .seed = 1});

  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double total = 0;
    for (const auto& batch : loader) {
      Tape<float> tape;
      const Var<float> loss = model.loss(batch.images);
      optimizer.step(tape.gradient(mean(loss), model.parameters()));
      total += sum(loss).item();
    }
    std::cout << "epoch " << epoch << ": " << total / double(train.size()) << " in training, "
              << mean(model.loss(test.first<float>(test.size()))).item() << " on test images" << std::endl;
  }

  // Ten images above their reconstructions.
  const Var<float> x = test.first<float>(10), images = concatenate({x, model.reconstruct(x)}, 0);
  const std::ptrdiff_t count = std::ptrdiff_t(x.shape(0)), height = std::ptrdiff_t(test.height());
  const Var<float> rows = transpose(reshape(images, {2, count, height, -1}), {0, 2, 1, 3});
  std::ofstream picture("reconstructions.pgm", std::ios::binary);
  picture << "P5 " << count * std::ptrdiff_t(test.width()) << " " << 2 * height << " 255\n";
  for (const float grey : rows.value()) picture.put(char(int(255 * grey)));
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: ae [FOLDER [EPOCHS]], FOLDER with four IDX files named as MNIST's are\n";
  return 2;
}

// A denoising autoencoder of images: P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, "Extracting and composing
// robust features with denoising autoencoders", 2008.
//
//   dae [FOLDER [EPOCHS]]    FOLDER with IDX files named as MNIST's are; by default Fashion-MNIST's, and 10 epochs
//
// A quarter of the pixels is set to zero, and the clean image is wanted. Prints after each epoch the cross-entropy of
// clean images and what is made of corrupted ones, in nats an image. For Fashion-MNIST's test images it comes to 219.2.
// Draws ten test images into denoised.pgm: corrupted, what is made of that, and clean.

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

  /// Logits of the image that is made of each: (batch, pixels) -> (batch, pixels).
  Var<float> operator()(const Var<float>& seen) const { return decoder(encoder(seen)); }
};

/// Each pixel 0 with probability 1/4, else as it is.
Var<float> corrupt(const Var<float>& x, Random& rng) {
  return x * (Var<float>(rng.uniform<float>(x.shape())) >= 0.25f);
}

/// -ln p(x), p being what the model makes of x corrupted: (batch, pixels) -> (batch).
Var<float> loss_of(const Autoencoder& model, const Var<float>& x, Random& rng) {
  return -nn::bernoulli_log_prob(x, model(corrupt(x, rng)));
}

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const int epochs = argc > 2 ? std::stoi(argv[2]) : 10;
  const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain);
  const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest);

  Random rng(1);
  const Autoencoder model(train.pixels(), 400, 20, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
  nn::DataLoader loader(train, {.batch_size = 128, .shuffle = true, .seed = 1});

  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double total = 0;
    for (const auto& batch : loader) {
      Tape<float> tape;
      const Var<float> loss = loss_of(model, batch.images, rng);
      optimizer.step(tape.gradient(mean(loss), model.parameters()));
      total += sum(loss).item();
    }
    Random noise(2);  // the same after every epoch
    std::cout << "epoch " << epoch << ": " << total / double(train.size()) << " in training, "
              << mean(loss_of(model, test.first<float>(test.size()), noise)).item() << " on test images" << std::endl;
  }

  const Var<float> clean = test.first<float>(10), seen = corrupt(clean, rng);
  const Var<float> images = stack({seen, sigmoid(model(seen)), clean});  // (3, 10, pixels)
  const std::ptrdiff_t count = std::ptrdiff_t(clean.shape(0)), height = std::ptrdiff_t(test.height());
  const Var<float> rows = transpose(reshape(images, {3, count, height, -1}), {0, 2, 1, 3});
  std::ofstream picture("denoised.pgm", std::ios::binary);
  picture << "P5 " << clean.shape(0) * test.width() << " " << 3 * height << " 255\n";
  for (const float grey : rows.value()) picture.put(char(int(255 * grey)));
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: dae [FOLDER [EPOCHS]], FOLDER with four IDX files named as MNIST's are\n";
  return 2;
}

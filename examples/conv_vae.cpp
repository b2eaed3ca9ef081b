// A variational autoencoder with convolutions, of images in grey or in colour: D. Kingma and M. Welling, "Auto-encoding
// variational Bayes", 2014.
//
//   conv_vae [FOLDER [EPOCHS [SEED]]]    by default Fashion-MNIST's folder, 3 epochs, and 1
//
// FOLDER has IDX files named as MNIST's are, or folders train and test with PNG and JPEG pictures, which are brought to
// 32 by 32 pixels, of grey levels where none of them has a colour. Prints the negative bound after each epoch, in nats
// an image. Draws ten test images, what is made of them, and ten new ones into images.ppm, a row each, and saves the
// weights in conv_vae.safetensors: in PyTorch they fit the model of benchmarks/peers/torch_model.py.

#include <nn/nn.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

using namespace xtape;

struct Images {
  nn::Dataset train, test;
  Shape shape;  // of an image: (channels, height, width)
};

Images load(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder / "train")) {
    const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain, {}, nn::Labels::kSkip);
    const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest, {}, nn::Labels::kSkip);
    return {nn::Dataset(train), nn::Dataset(test), {1, train.height(), train.width()}};
  }
  const auto read = [&](const char* part, bool color) {
    return nn::load_image_folder(folder / part, {.color = color, .height = 32, .width = 32}).data;
  };
  const nn::Dataset train = read("train", true);
  bool color = false;
  for (const auto& batch : nn::DataLoader<float>(train, {.batch_size = 1000}))
    color = color || max(ptp(Var<float>(batch.images), 1)).item() > 0;  // where red, green and blue differ
  return {color ? train : read("train", false), read("test", color), {color ? 3u : 1u, 32, 32}};
}

struct ConvVae : nn::Module<float> {
  Shape image;
  nn::Sequential<float> encoder, decoder;

  /// Of images (channels, height, width), height and width multiples of 4. In braces layers are made, and draw their
  /// weights, from left to right.
  ConvVae(const Shape& shape, std::size_t width, std::size_t latent, Random& rng)
      : image(shape),
        encoder{nn::Conv2d<float>(shape[0], width, 4, rng, {.stride = 2, .padding = 1}),
                nn::Relu(),
                nn::Conv2d<float>(width, 2 * width, 4, rng, {.stride = 2, .padding = 1}),
                nn::Relu(),
                nn::Flatten<float>(),
                nn::Linear<float>(2 * width * (shape[1] / 4) * (shape[2] / 4), 2 * latent, rng)},
        decoder{nn::Linear<float>(latent, 2 * width * (shape[1] / 4) * (shape[2] / 4), rng),
                nn::Relu(),
                [=](const Var<float>& h) {
                  return reshape(h, Shape{h.shape(0), 2 * width, shape[1] / 4, shape[2] / 4});
                },
                nn::ConvTranspose2d<float>(2 * width, width, 4, rng, {.stride = 2, .padding = 1}),
                nn::Relu(),
                nn::ConvTranspose2d<float>(width, shape[0], 4, rng, {.stride = 2, .padding = 1})} {
    if (shape[1] % 4 != 0 || shape[2] % 4 != 0)
      throw ShapeError("[ConvVae] height and width in multiples of 4 expected, got " + to_string(shape));
    add("encoder", encoder);
    add("decoder", decoder);
  }

  /// q(z|x) of images, with the pixels in one row or as they lie: two numbers for each of the latent ones.
  nn::Normal<float> posterior(const Var<float>& x) const {
    const auto heads = split(encoder(reshape(x, Shape{x.shape(0), image[0], image[1], image[2]})), 2, 1);
    return {heads[0], heads[1]};
  }

  /// Probabilities of the pixels: (batch, latent) -> (batch, channels, height, width).
  nn::Bernoulli<float> likelihood(const Var<float>& z) const {
    return nn::Bernoulli<float>(decoder(z)).with_event_dims(3);
  }

  /// The evidence lower bound of each image: (batch, ...) -> (batch).
  Var<float> elbo(const Var<float>& x, Random& rng) const {
    const nn::Normal<float> q = posterior(x);
    const nn::Bernoulli<float> p = likelihood(q.sample(rng));
    return p.log_prob(reshape(x, p.shape())) - nn::kl(q, nn::Normal<float>(0, 0));
  }
};

int main(int argc, char** argv) try {
  const Images images = load(argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist");
  const std::size_t epochs = argc > 2 ? std::stoul(argv[2]) : 3, seed = argc > 3 ? std::stoul(argv[3]) : 1;

  Random rng(seed);
  ConvVae model(images.shape, 32, 20, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
  nn::DataLoader loader(images.train, {.batch_size = 128, .shuffle = true, .seed = seed});
  nn::DataLoader tests(images.test, {.batch_size = 500});
  const auto loss = [&](const auto& batch, Random& noise) { return -mean(model.elbo(batch.images, noise)); };
  nn::Trainer trainer(model, optimizer, rng, {.epochs = epochs, .progress = &std::cout});
  trainer.validate(tests, loss).fit(loader, loss);

  // Ten test images, what is made of them, and ten codes from the prior as images: (3, 10, channels, height, width).
  const Var<float> x = slice(Var<float>(tests.begin()->images), {{0, 10}});
  const Var<float> made = model.likelihood(model.posterior(x).mu()).mean();
  const Var<float> drawn = model.likelihood(rng.normal<float>({x.shape(0), 20})).mean();
  const Var<float> all = stack({reshape(x, made.shape()), made, drawn});
  const Var<float> colored = broadcast_to(all, {3, x.shape(0), 3, images.shape[1], images.shape[2]});
  std::ofstream picture("images.ppm", std::ios::binary);
  picture << "P6 " << x.shape(0) * images.shape[2] << " " << 3 * images.shape[1] << " 255\n";
  for (const float level : transpose(colored, {0, 3, 1, 4, 2}).value()) picture.put(char(int(255 * level)));
  nn::save("conv_vae.safetensors", model);
} catch (const std::exception& error) {
  std::cerr << error.what()
            << "; usage: conv_vae [FOLDER [EPOCHS [SEED]]], FOLDER with four IDX files named as MNIST's "
            << "are, or with folders train and test of PNG or JPEG pictures\n";
  return 2;
}

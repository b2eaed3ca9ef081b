// An autoencoder whose codes are discrete: A. van den Oord, O. Vinyals and K. Kavukcuoglu, "Neural discrete
// representation learning", 2017.
//
//   vq_vae [FOLDER [EPOCHS [SEED [LEAST]]]]    FOLDER with IDX files named as MNIST's are; by default Fashion-MNIST's
//
// Each of 7 by 7 places of an image becomes one of 512 vectors, which are moving averages of what they stand for. One
// that stands for fewer than LEAST vectors of a batch, 1 by default, begins anew at a vector of the batch; with 0 none
// does, and most are never used. Prints after each epoch, 3 by default, the mean squared error of a test image's
// pixels, how many of the vectors serve, and their perplexity: with how many, used alike, there would be as much
// choice. Draws ten test images above what is made of their codes into codes.pgm.

#include <nn/nn.hpp>

#include <fstream>
#include <iostream>
#include <string>

using namespace xtape;

constexpr std::size_t kCodes = 512, kSize = 64, kSide = 7;
constexpr float kDecay = 0.99f, kCommitment = 0.25f;

struct VqVae : nn::Module<float> {
  nn::Sequential<float> encoder, decoder;
  nn::Buffer<float> counts, sums;  // moving averages: how many vectors each code stands for in a batch, and their sum

  explicit VqVae(Random& rng)
      : encoder{nn::Conv2d<float>(1, 32, 4, rng, {.stride = 2, .padding = 1}), nn::Relu(),
                nn::Conv2d<float>(32, kSize, 4, rng, {.stride = 2, .padding = 1}), nn::Relu(),
                nn::Conv2d<float>(kSize, kSize, 1, rng)},
        decoder{nn::Conv2d<float>(kSize, 64, 3, rng, {.padding = 1}),
                nn::Relu(),
                nn::ConvTranspose2d<float>(64, 32, 4, rng, {.stride = 2, .padding = 1}),
                nn::Relu(),
                nn::ConvTranspose2d<float>(32, 1, 4, rng, {.stride = 2, .padding = 1}),
                nn::Sigmoid()},
        counts(ones<float>({kCodes, 1})),
        sums(rng.uniform<float>({kCodes, kSize}, -1.0f / kCodes, 1.0f / kCodes)) {
    add("encoder", encoder);
    add("decoder", decoder);
    add("counts", counts);
    add("sums", sums);
  }

  Var<float> codebook() const { return sums / counts; }  // (codes, size)

  /// A vector for each place: (batch, pixels) -> (batch places, size).
  Var<float> encode(const Var<float>& x) const {
    return reshape(transpose(encoder(reshape(x, {-1, 1, 4 * kSide, 4 * kSide})), {0, 2, 3, 1}), {-1, kSize});
  }
  /// The nearest code of each, by |e|² - 2 z·e: (n, size) -> (n).
  Indices nearest(const Var<float>& z) const {
    const Var<float> e = codebook();
    return argmin(sum(square(e), 1) - 2 * matmul(stop_gradient(z), transpose(e)), 1);
  }
  /// (batch places, size) -> (batch, pixels).
  Var<float> decode(const Var<float>& z) const {
    return reshape(decoder(transpose(reshape(z, {-1, kSide, kSide, kSize}), {0, 3, 1, 2})), {-1, 16 * kSide * kSide});
  }

  /// Moves the codes to what they stand for: vectors z, constants, and the code of each.
  void update(const Var<float>& z, const Indices& codes, float least, Random& rng) {
    const Var<float> n = kDecay * counts + (1 - kDecay) * segment_sum(ones<float>({z.shape(0), 1}), codes, kCodes);
    const Var<float> total = kDecay * sums + (1 - kDecay) * segment_sum(z, codes, kCodes);
    const Var<float> others = take(z, rng.integers({kCodes}, 0, std::int64_t(z.shape(0))));
    counts.set(where(n < least, 1, n).value());
    sums.set(where(n < least, others, total).value());
  }
};

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const int epochs = argc > 2 ? std::stoi(argv[2]) : 3;
  const std::size_t seed = argc > 3 ? std::stoul(argv[3]) : 1;
  const float least = argc > 4 ? std::stof(argv[4]) : 1;
  const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain);
  const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest);

  Random rng(seed);
  VqVae model(rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
  nn::DataLoader loader(train, {.batch_size = 128, .shuffle = true, .seed = seed}), tests(test, {.batch_size = 500});
  const Var<float> variance = var(train.first<float>(1000));  // of the pixels

  for (int epoch = 1; epoch <= epochs; ++epoch) {
    for (const auto& batch : loader) {
      Tape<float> tape;
      const Var<float> z = model.encode(batch.images);
      const Indices codes = model.nearest(z);
      const Var<float> e = take(model.codebook(), codes);
      const Var<float> made = model.decode(z + stop_gradient(e - z));  // e, with the gradient of z: straight through
      const Var<float> loss = nn::mse(made, batch.images) / variance + kCommitment * nn::mse(z, e);
      optimizer.step(tape.gradient(loss, model.parameters()));
      model.update(stop_gradient(z), codes, least, rng);
    }

    double error = 0;
    Var<float> uses = zeros<float>({kCodes});
    for (const auto& batch : tests) {
      const Indices codes = model.nearest(model.encode(batch.images));
      error += double(batch.size()) * nn::mse(model.decode(take(model.codebook(), codes)), batch.images).item();
      uses += segment_sum(ones<float>({codes.size()}), codes, kCodes);
    }
    const Var<float> share = uses / sum(uses);
    std::cout << "epoch " << epoch << ": error " << error / double(test.size()) << ", perplexity "
              << exp(-sum(xlogy(share, share))) << " of " << count_nonzero(uses).item() << " codes in use" << std::endl;
  }

  // Ten test images above what is made of their codes.
  const Var<float> x = test.first<float>(10);
  const Var<float> made = model.decode(take(model.codebook(), model.nearest(model.encode(x))));
  const Var<float> rows = transpose(reshape(concatenate({x, made}, 0), {2, -1, 4 * kSide, 4 * kSide}), {0, 2, 1, 3});
  std::ofstream picture("codes.pgm", std::ios::binary);
  picture << "P5 " << x.shape(0) * test.width() << " " << 2 * test.height() << " 255\n";
  for (const float grey : rows.value()) picture.put(char(int(255 * grey)));
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: vq_vae [FOLDER [EPOCHS [SEED [LEAST]]]], FOLDER with four IDX files named as "
            << "MNIST's are\n";
  return 2;
}

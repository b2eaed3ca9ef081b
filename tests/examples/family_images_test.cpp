// The examples of images that layers of convolutions and latent layers of several kinds make: each comes to its number.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "benchmarks/support/conv_vae_model.hpp"
#include "benchmarks/support/vae_model.hpp"
#include "examples/programs/drawing/canvas.hpp"
#include "tests/examples/short_example.hpp"
#include "tests/sanitized.hpp"

namespace {

using namespace testing_support;

struct ImageExamples : ShortExample {
  /// Pictures of digits in a red or a green, or in grey: PNG files of 40 by 40 pixels.
  void write_digits(const std::filesystem::path& part, int count, bool color) const {
    std::filesystem::create_directories(part);
    for (int i = 0; i < count; ++i) {
      programs::Canvas canvas(40, 40);
      const double level = 0.2 + 0.03 * (i % 11);
      canvas.colour(!color       ? programs::Colour{level, level, level}
                    : i % 2 == 0 ? programs::Colour{0.9, level / 2, 0.1}
                                 : programs::Colour{0.1, 0.8, level});
      canvas.text(20 + i % 5 - 2, 20 + i % 3 - 1, std::to_string(i % 10), 32, {0, 0});
      const programs::Png png = canvas.png();
      std::ofstream(part / (std::to_string(i) + ".png"), std::ios::binary)
          .write(reinterpret_cast<const char*>(png.data()), std::streamsize(png.size()));
    }
  }

  /// The bytes of a PGM file (P5, one a pixel) or a PPM file (P6, three) of this size.
  static std::vector<std::uint8_t> pixels_of(const std::filesystem::path& path, std::size_t width, std::size_t height,
                                             const std::string& format) {
    const std::string text = read(path),
                      header = format + " " + std::to_string(width) + " " + std::to_string(height) + " 255\n";
    EXPECT_EQ(text.size(), header.size() + (format == "P6" ? 3 : 1) * width * height) << path;
    EXPECT_TRUE(text.starts_with(header)) << path;
    return std::vector<std::uint8_t>(text.begin() + std::ptrdiff_t(std::min(header.size(), text.size())), text.end());
  }
};

/// Whether red, green and blue are the same in every pixel.
bool is_grey(const std::vector<std::uint8_t>& pixels) {
  for (std::size_t i = 0; i + 2 < pixels.size(); i += 3) {
    if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2]) return false;
  }
  return true;
}

// What the benchmarks measure, and hold against PyTorch step by step.
TEST_F(ImageExamples, ConvVaeTrainsAsTheModelOfTheBenchmarks) {
  using namespace xtape;
  const std::string said = output_of("conv_vae", {"tiny", "2", "7"});

  Random rng(7);
  benchmarks::ConvVae model({1, 28, 28}, 32, 20, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
  nn::DataLoader loader(nn::load_image_set(folder / "tiny", nn::DataPart::kTrain),
                        {.batch_size = 128, .shuffle = true, .seed = 7});
  for (const std::string epoch : {"epoch 1/2", "epoch 2/2"}) {
    double total = 0;
    for (const auto& batch : loader)
      total += double(batch.size()) * benchmarks::training_step(model, optimizer, batch.images, rng);
    EXPECT_NEAR(number_after(epoch, "loss ", said), total / 200, 1e-4 * total / 200) << said;
  }
  const std::vector<std::uint8_t> pixels = pixels_of(folder / "images.ppm", 280, 84, "P6");
  EXPECT_TRUE(is_grey(pixels));
  EXPECT_GT(*std::max_element(pixels.begin(), pixels.end()), 200);

  Random other(8);
  benchmarks::ConvVae saved({1, 28, 28}, 32, 20, other);
  nn::load(folder / "conv_vae.safetensors", saved);
  EXPECT_EQ(saved.parameters()[0].value()(3, 0, 1, 2), model.parameters()[0].value()(3, 0, 1, 2));
}

TEST_F(ImageExamples, ConvVaeLearnsColours) {
  write_digits(folder / "colored/train", 120, true);
  write_digits(folder / "colored/test", 20, true);
  const std::string epochs = xtape::kSanitized ? "1" : "12";
  const Outcome outcome = run_example("conv_vae", {"colored", epochs});
  if (outcome.err.find("built without libpng") != std::string::npos) GTEST_SKIP();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::vector<std::uint8_t> pixels = pixels_of(folder / "images.ppm", 320, 96, "P6");
  EXPECT_FALSE(is_grey(pixels));
  if (xtape::kSanitized) return;
  // Where a test image is red or green, so is what the model makes of it: on average over the ten digits.
  const auto contrast = [&](std::size_t row) {  // mean of |red - green|
    double total = 0;
    for (std::size_t i = row * 32 * 320; i < (row + 1) * 32 * 320; ++i)
      total += std::abs(double(pixels[3 * i]) - double(pixels[3 * i + 1]));
    return total / (32 * 320);
  };
  EXPECT_GT(contrast(0), 10);
  EXPECT_GT(contrast(1), 0.5 * contrast(0));
}

TEST_F(ImageExamples, ConvVaeReadsPicturesWithoutColourAsGrey) {
  write_digits(folder / "grey/train", 12, false);
  write_digits(folder / "grey/test", 10, false);
  const Outcome outcome = run_example("conv_vae", {"grey", "1"});
  if (outcome.err.find("built without libpng") != std::string::npos) GTEST_SKIP();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(is_grey(pixels_of(folder / "images.ppm", 320, 96, "P6")));
  xtape::Random rng(1);
  xtape::benchmarks::ConvVae grey({1, 32, 32}, 32, 20, rng);
  xtape::nn::load(folder / "conv_vae.safetensors", grey);  // of one channel
}

TEST_F(ImageExamples, VqVaeUsesItsCodes) {
  const std::string epochs = xtape::kSanitized ? "1" : "5", last = "epoch " + epochs + ":";
  const std::string said = output_of("vq_vae", {"tiny", epochs});
  pixels_of(folder / "codes.pgm", 280, 56, "P5");
  const std::string without = output_of("vq_vae", {"tiny", epochs, "1", "0"});
  const double choice = number_after(last, "perplexity ", said);
  EXPECT_GT(choice, 4 * number_after(last, "perplexity ", without)) << said << without;
  EXPECT_LE(choice, number_after(last, " of ", said)) << said;
  if (xtape::kSanitized) return;
  EXPECT_LT(number_after(last, "error ", said), 0.7 * number_after("epoch 1:", "error ", said));
  EXPECT_LT(number_after(last, "error ", said), number_after(last, "error ", without));
}

TEST_F(ImageExamples, HvaeKeepsTheUpperLayerAlive) {
  const std::string epochs = xtape::kSanitized ? "1" : "30", last = ", epoch " + epochs + ":";
  const std::string said = output_of("hvae", {"tiny", epochs, "1", "0.2"});
  pixels_of(folder / "samples.pgm", 280, 56, "P5");
  if (xtape::kSanitized) return;
  const std::string without = said.substr(0, said.find("0.2 nats free")), with = said.substr(without.size());
  EXPECT_GT(number_after(last, "below, ", with), 4 * number_after(last, "below, ", without)) << said;
  EXPECT_GE(number_after(last, "above, ", with), 3 + number_after(last, "above, ", without)) << said;
  for (const std::string& run : {without, with})
    EXPECT_LT(number_after(last, " ", run), number_after("epoch 1:", " ", run)) << said;
}

TEST_F(ImageExamples, SayInOneLineWhatIsMissing) {
  for (const std::string name : {"conv_vae", "hvae", "vq_vae"}) {
    const Outcome outcome = run_example(name, {"nowhere"});
    EXPECT_EQ(outcome.exit_code, 2) << name;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const std::string& word : {std::string("nowhere"), "usage: " + name + " [FOLDER"})
      EXPECT_NE(outcome.err.find(word), std::string::npos) << word << " in " << outcome.err;
  }
}

TEST_F(ImageExamples, ConvVaeRefusesImagesThatDoNotHalveTwice) {
  write_tiny_data(folder / "odd", 20, 10, 26);
  const Outcome outcome = run_example("conv_vae", {"odd", "1"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("height and width in multiples of 4 expected, got (1, 26, 26)"), std::string::npos)
      << outcome.err;
}

}  // namespace

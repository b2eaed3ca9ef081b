// Data by name and folder, and the drawn digits.

#include "examples/programs/data/datasets.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "examples/programs/command_line/program.hpp"
#include "examples/programs/data/digits.hpp"
#include "tests/examples/process.hpp"
#include "tests/examples/tiny_data.hpp"

namespace {

using namespace programs;
using testing_support::TemporaryFolder;
using testing_support::write_tiny_data;

std::string refusal(const std::string& data) {
  try {
    load_dataset(data);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Digits, AreTheSameForASeed) {
  const DrawnDigits a = draw_digits(40, 7), b = draw_digits(40, 7), longer = draw_digits(60, 7),
                    other = draw_digits(40, 8);
  EXPECT_EQ(a.images, b.images);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_TRUE(std::equal(a.images.begin(), a.images.end(), longer.images.begin()));
  EXPECT_NE(a.images, other.images);
}

TEST(Digits, LookLikeInkOnPaper) {
  const DrawnDigits digits = draw_digits(200, 3);
  constexpr std::size_t kPixels = DrawnDigits::kSide * DrawnDigits::kSide;
  ASSERT_EQ(digits.images.size(), 200 * kPixels);
  for (std::size_t i = 0; i < 200; ++i) {
    EXPECT_EQ(digits.labels[i], i % 10);
    const auto* pixels = digits.images.data() + i * kPixels;
    const auto inked = std::count_if(pixels, pixels + kPixels, [](std::uint8_t pixel) { return pixel > 128; });
    EXPECT_GT(inked, 15) << "image " << i;
    EXPECT_LT(inked, 350) << "image " << i;
    EXPECT_EQ(pixels[0], 0) << "image " << i;
  }
}

TEST(Digits, DifferAmongThemselves) {
  const DrawnDigits digits = draw_digits(500, 3);
  constexpr std::size_t kPixels = DrawnDigits::kSide * DrawnDigits::kSide;
  std::set<std::string> images;
  for (auto pixel = digits.images.begin(); pixel != digits.images.end(); pixel += kPixels)
    images.emplace(pixel, pixel + kPixels);
  EXPECT_EQ(images.size(), 500u);
}

TEST(Datasets, DigitsAreAlwaysThere) {
  const Dataset data = load_dataset("digits");
  EXPECT_EQ(data.train.size(), 10'000u);
  EXPECT_EQ(data.test.size(), 2'000u);
  EXPECT_EQ(data.train.pixels(), 784u);
  EXPECT_TRUE(is_installed("digits"));
}

TEST(Datasets, ReadsAFolder) {
  const TemporaryFolder folder;
  write_tiny_data(folder.path(), 30, 12);
  const Dataset data = load_dataset(folder.path().string() + "/");
  EXPECT_EQ(data.train.size(), 30u);
  EXPECT_EQ(data.test.size(), 12u);
  EXPECT_EQ(data.name, folder.path().filename().string());
  EXPECT_TRUE(std::filesystem::path(data.source).is_absolute());
  EXPECT_EQ(fingerprint(data), fingerprint(load_dataset(data.source)));
}

TEST(Datasets, DoesWithoutLabels) {
  const testing_support::TemporaryFolder folder;
  testing_support::write_tiny_data(folder / "tiny", 30, 10, 8);
  std::filesystem::remove(folder / "tiny/train-labels-idx1-ubyte");
  std::filesystem::remove(folder / "tiny/t10k-labels-idx1-ubyte");
  const Dataset data = load_dataset((folder / "tiny").string());
  EXPECT_EQ(data.train.size(), 30u);
  EXPECT_FALSE(data.train.has_labels() || data.test.has_labels());
}

TEST(Datasets, NamesOfFoldersDoNothingToATerminal) {
  const testing_support::TemporaryFolder folder;
  testing_support::write_tiny_data(folder / "a\x1b]0;b\a", 30, 10, 8);
  EXPECT_EQ(load_dataset((folder / "a\x1b]0;b\a").string()).name, "a\\u001b]0;b\\u0007");
}

TEST(Datasets, TheFingerprintOfLabelsSeesTheirOrder) {
  const auto set = [](std::vector<std::uint8_t> labels) {
    const xtape::nn::ImageSet images(1, 1, std::vector<std::uint8_t>(3), std::move(labels));
    return Dataset{"tiny", "tiny", images, images};
  };
  EXPECT_NE(labels_fingerprint(set({0, 1, 1})), labels_fingerprint(set({1, 0, 1})));
  EXPECT_NE(labels_fingerprint(set({0, 0, 0})), labels_fingerprint(set({})));
  EXPECT_EQ(fingerprint(set({0, 1, 1})), fingerprint(set({1, 0, 1})));
}

TEST(Datasets, FindsANamedSetBelowTheFolderOfTheEnvironment) {
  const TemporaryFolder folder;
  write_tiny_data(folder / "mnist", 20, 10);
  ASSERT_EQ(setenv("XTAPE_DATA_DIR", folder.path().c_str(), 1), 0);
  EXPECT_TRUE(is_installed("mnist"));
  const Dataset data = load_dataset("mnist");
  ASSERT_EQ(unsetenv("XTAPE_DATA_DIR"), 0);
  EXPECT_EQ(data.name, "mnist");
  EXPECT_EQ(data.train.size(), 20u);
  EXPECT_EQ(data.class_name(3), "3");
}

TEST(Datasets, AFolderIsTheSameDataAsItsName) {
  const TemporaryFolder folder;
  write_tiny_data(folder / "mnist", 20, 10);
  write_tiny_data(folder / "other", 20, 10);
  ASSERT_EQ(setenv("XTAPE_DATA_DIR", folder.path().c_str(), 1), 0);
  EXPECT_TRUE(is_same_data("mnist", (folder / "mnist").string() + "/."));
  EXPECT_TRUE(is_same_data("digits", "digits"));
  EXPECT_FALSE(is_same_data("mnist", (folder / "other").string()));
  EXPECT_FALSE(is_same_data("mnist", "digits"));
  ASSERT_EQ(unsetenv("XTAPE_DATA_DIR"), 0);
}

TEST(Datasets, ImagesAreAlikeWhereNoPixelVaries) {
  std::vector<std::uint8_t> pixels(40, 7);
  EXPECT_TRUE(all_alike(xtape::nn::ImageSet(2, 2, pixels)));
  pixels.back() = 8;
  EXPECT_FALSE(all_alike(xtape::nn::ImageSet(2, 2, pixels)));
}

TEST(Datasets, ClassesOfFashionHaveNames) {
  const TemporaryFolder folder;
  write_tiny_data(folder / "fashion-mnist", 20, 10);
  ASSERT_EQ(setenv("XTAPE_DATA_DIR", folder.path().c_str(), 1), 0);
  const Dataset data = load_dataset("fashion-mnist");
  ASSERT_EQ(unsetenv("XTAPE_DATA_DIR"), 0);
  EXPECT_EQ(data.class_name(0), "T-shirt/top");
  EXPECT_EQ(data.class_name(9), "Ankle boot");
  EXPECT_EQ(data.class_name(10), "10") << "there is no such class, and nothing else to call it";
}

TEST(Datasets, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  EXPECT_NE(refusal("fashion-mnits").find("did you mean fashion-mnist?"), std::string::npos);
  EXPECT_NE(refusal((folder / "nothing").string()).find("there is no folder"), std::string::npos);
  EXPECT_NE(refusal(folder.path().string()).find("train-images"), std::string::npos) << "an empty folder";
  write_tiny_data(folder.path(), 30, 12);
  std::filesystem::resize_file(folder / "t10k-images-idx3-ubyte", 100);
  EXPECT_NE(refusal(folder.path().string()).find("t10k-images-idx3-ubyte"), std::string::npos) << "a truncated file";
}

TEST(Datasets, RefusesPartsThatDoNotFit) {
  const TemporaryFolder folder;
  write_tiny_data(folder.path(), 30, 12);
  testing_support::write_images(folder / "t10k-images-idx3-ubyte", 12, 14);
  EXPECT_NE(refusal(folder.path().string()).find("differ in size"), std::string::npos);
}

TEST(Datasets, KnowsMnistByItsFingerprint) {
  if (!is_installed("mnist")) GTEST_SKIP() << "MNIST is not here";
  EXPECT_EQ(fingerprint(load_dataset("mnist")), kMnistFingerprint);
}

TEST(Datasets, FingerprintSeesEveryPixel) {
  const TemporaryFolder folder;
  write_tiny_data(folder.path(), 30, 12);
  const std::uint64_t before = fingerprint(load_dataset(folder.path().string()));
  std::fstream file(folder / "t10k-images-idx3-ubyte", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file.put('\x01');
  file.close();
  EXPECT_NE(fingerprint(load_dataset(folder.path().string())), before);
}

TEST(Datasets, EntropyOfGreyLevels) {
  using xtape::nn::ImageSet;
  EXPECT_EQ(grey_level_entropy(ImageSet(1, 2, {0, 255, 255, 255})), 0.0);
  const double p = 51.0 / 255;  // 0.2
  const double entropy = -p * std::log(p) - (1 - p) * std::log(1 - p);
  EXPECT_NEAR(grey_level_entropy(ImageSet(1, 2, {51, 0, 51, 204})), 1.5 * entropy, 1e-12);
}

TEST(Datasets, OneOfEachClass) {
  using xtape::nn::ImageSet;
  const ImageSet images(1, 1, std::vector<std::uint8_t>(6), {2, 2, 0, 1, 0, 2});
  EXPECT_EQ(one_of_each_class(images, 3), (std::vector<std::size_t>{2, 3, 0}));
  EXPECT_EQ(one_of_each_class(images, 5), (std::vector<std::size_t>{2, 3, 0, 4, 1}));
  EXPECT_EQ(one_of_each_class(images, 100).size(), 6u);
}

}  // namespace

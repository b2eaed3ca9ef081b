// Transforms: their distributions, what a loader makes of them, and what they refuse.

#include "nn/data/transforms.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "nn/data/data_loader.hpp"

namespace xtape::nn {
namespace {

double mean_of(const Array<double>& x) {
  double sum = 0;
  for (const double value : x) sum += value;
  return sum / double(x.size());
}

TEST(RandomBinarization, DrawsOnesWithTheGreyLevelAsProbability) {
  Random rng(1);
  const Array<double> x = full<double>({100, 784}, 0.3);
  const Array<double> y = random_binarization<double>()(x, rng);
  for (const double value : y) ASSERT_TRUE(value == 0 || value == 1);
  EXPECT_NEAR(mean_of(y), 0.3, 4 * std::sqrt(0.3 * 0.7 / 78400));
}

TEST(ThresholdBinarization, IsOneAboveTheLevel) {
  Random rng(1);
  const Array<double> y = threshold_binarization<double>(0.25)(Array<double>{{0.0, 0.25, 0.26, 1.0}}, rng);
  EXPECT_EQ(y, (Array<double>{{0, 0, 1, 1}}));
}

TEST(RandomMasking, SetsTheRateToZeroAndKeepsTheRest) {
  Random rng(2);
  const Array<double> x = full<double>({100, 784}, 0.7);
  const Array<double> y = random_masking<double>(0.25)(x, rng);
  std::size_t dropped = 0;
  for (const double value : y) {
    ASSERT_TRUE(value == 0 || value == 0.7);
    dropped += value == 0;
  }
  EXPECT_NEAR(double(dropped) / 78400, 0.25, 4 * std::sqrt(0.25 * 0.75 / 78400));
  EXPECT_EQ(random_masking<double>(0)(x, rng), x);
  EXPECT_EQ(random_masking<double>(1)(x, rng), zeros<double>({100, 784}));
}

TEST(GaussianNoise, HasItsDeviation) {
  Random rng(3);
  const Array<double> x = full<double>({100, 784}, 2.0);
  const Array<double> y = gaussian_noise<double>(0.5)(x, rng);
  double squares = 0;
  for (const double value : y) squares += (value - 2) * (value - 2);
  EXPECT_NEAR(mean_of(y), 2, 4 * 0.5 / std::sqrt(78400.0));
  EXPECT_NEAR(squares / 78400, 0.25, 4 * 0.25 * std::sqrt(2.0 / 78400));
  EXPECT_EQ(gaussian_noise<double>(0)(x, rng), x);
}

TEST(Transforms, RefuseWhatIsNoRateAndNoDeviation) {
  EXPECT_THROW(random_masking<float>(-0.1), Error);
  EXPECT_THROW(random_masking<float>(1.5), Error);
  EXPECT_THROW(random_masking<float>(std::numeric_limits<double>::quiet_NaN()), Error);
  EXPECT_THROW(gaussian_noise<float>(-1), Error);
  EXPECT_THROW(gaussian_noise<float>(std::numeric_limits<double>::infinity()), Error);
}

TEST(Transformed, DrawsOnceForEachImage) {
  std::vector<std::uint8_t> pixels(4000, 51), labels(1000, 7);
  pixels[0] = 0;
  pixels[1] = 255;
  const ImageSet images(2, 2, pixels, labels), drawn = transformed(images, random_binarization<float>(), 5);
  ASSERT_EQ(drawn.size(), 1000u);
  EXPECT_EQ(drawn.label(999), 7);
  std::size_t white = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    for (const std::uint8_t pixel : drawn.image(i)) {
      ASSERT_TRUE(pixel == 0 || pixel == 255);
      white += pixel == 255;
    }
  }
  EXPECT_NEAR(double(white) / 4000, 0.2, 4 * std::sqrt(0.16 / 4000));
  EXPECT_EQ(drawn.image(0)[0], 0);
  EXPECT_EQ(drawn.image(0)[1], 255);
  const auto same = transformed(images, random_binarization<float>(), 5),
             other = transformed(images, random_binarization<float>(), 6);
  EXPECT_EQ(same.first<float>(1000), drawn.first<float>(1000));
  EXPECT_NE(other.first<float>(1000), drawn.first<float>(1000));
}

TEST(Transformed, KeepsEveryByteThatATransformLeavesAlone) {
  std::vector<std::uint8_t> all(256);
  std::iota(all.begin(), all.end(), std::uint8_t{0});
  const ImageSet images(16, 16, all), same = transformed(images, random_masking<float>(0), 1),
                                      cut = transformed(images, threshold_binarization<float>(), 1);
  for (std::size_t level = 0; level < 256; ++level) {
    EXPECT_EQ(same.image(0)[level], level);
    EXPECT_EQ(cut.image(0)[level], level > 127 ? 255 : 0) << level;
  }
  EXPECT_FALSE(same.has_labels());
}

TEST(Transformed, RefusesWhatIsNoImage) {
  const ImageSet images(2, 2, std::vector<std::uint8_t>(8, 200));
  const auto message = [&](const Transform<float>& transform) {
    try {
      transformed(images, transform, 1);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message(gaussian_noise<float>(100)).find("[transformed] numbers in [0, 1] expected, got "),
            std::string::npos);
  EXPECT_EQ(message([](const Array<float>&, Random&) {
              return Array<float>(zeros<float>({1, 3}));
            }),
            "[transformed] 4 numbers of an image expected, got 3");
}

DataLoader<double> noisy_loader() {
  Array<double> x = zeros<double>({10, 3});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = double(i);
  DataLoader<double> loader(x, {.batch_size = 4, .shuffle = true, .seed = 3});
  loader.transform(gaussian_noise<double>(1)).transform(random_masking<double>(0.5));
  return loader;
}

std::vector<DataLoader<double>::Batch> batches_of(DataLoader<double>& loader) {
  std::vector<DataLoader<double>::Batch> batches;
  for (const auto& batch : loader) batches.push_back(batch);
  return batches;
}

TEST(DataLoaderTransform, GivesTheTransformedAndTheOriginals) {
  DataLoader<double> loader = noisy_loader();
  DataLoader<double> plain(noisy_loader());
  std::size_t changed = 0, zero = 0, total = 0;
  for (const auto& batch : loader) {
    ASSERT_EQ(shape_of(batch.images), shape_of(batch.originals));
    for (std::size_t i = 0; i < batch.images.size(); ++i, ++total) {
      changed += batch.images.data()[i] != batch.originals.data()[i];
      zero += batch.images.data()[i] == 0;
    }
  }
  EXPECT_EQ(total, 30u);
  EXPECT_GE(changed, 29u);
  EXPECT_GT(zero, 3u);
  EXPECT_LT(zero, 27u);
}

TEST(DataLoaderTransform, DrawsAnewEveryEpochAndTheSameAfterSeek) {
  DataLoader<double> loader = noisy_loader(), resumed = noisy_loader();
  const auto first = batches_of(loader), second = batches_of(loader);
  std::size_t same = 0;
  for (std::size_t b = 0; b < 3; ++b) same += first[b].images == second[b].images;
  EXPECT_EQ(same, 0u);
  resumed.seek({1, 2});
  const auto rest = batches_of(resumed);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].images, second[2].images);
  EXPECT_EQ(rest[0].originals, second[2].originals);
}

TEST(DataLoaderTransform, LeavesOriginalsEmptyWhereThereIsNone) {
  DataLoader<double> loader(zeros<double>({3, 2}), {.batch_size = 3});
  for (const auto& batch : loader) EXPECT_EQ(shape_of(batch.originals), Shape{0});
}

TEST(DataLoaderTransform, RefusesNoFunctionAndAnotherShape) {
  DataLoader<double> loader(zeros<double>({3, 2}), {.batch_size = 3});
  EXPECT_THROW(loader.transform(nullptr), Error);
  loader.transform([](const Array<double>&, Random&) { return zeros<double>({3, 5}); });
  try {
    loader.begin();
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(), "[DataLoader] a transform of samples (3, 2) must keep their shape, got (3, 5)");
  }
}

}  // namespace
}  // namespace xtape::nn

// The pictures of codes and of new images, and what they are computed from.

#include "examples/programs/drawing/latent_pictures.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "examples/programs/data/nearest_images.hpp"
#include "examples/programs/drawing/normal_quantile.hpp"
#include "examples/programs/drawing/sample_pictures.hpp"

#include "tests/examples/png.hpp"
#include "tests/testing.hpp"

namespace {

using namespace programs;
using testing_support::png_size;
using xtape::Array;
using xtape::has;

constexpr std::size_t kSide = 14;

/// The message of the std::invalid_argument that f throws.
template <class F>
std::string refusal_of(const F& f) {
  return xtape::message_of<std::invalid_argument>(f);
}

/// Images of classes in turn; every pixel of image i is i.
xtape::nn::ImageSet image_set(std::size_t count, std::size_t classes = 10) {
  std::vector<std::uint8_t> bytes, labels;
  for (std::size_t i = 0; i < count; ++i) {
    bytes.insert(bytes.end(), kSide * kSide, static_cast<std::uint8_t>(i));
    labels.push_back(static_cast<std::uint8_t>(i % std::max<std::size_t>(1, classes)));
  }
  if (classes == 0) labels.clear();
  return xtape::nn::ImageSet(kSide, kSide, std::move(bytes), std::move(labels));
}

/// A decoder that keeps the codes it was asked for.
struct Decoder {
  Array<float> codes;

  Map map() {
    return [this](const Array<float>& z) {
      codes = z;
      return xtape::full<float>({z.shape(0), kSide * kSide}, 0.5f);
    };
  }
};

/// The first two pixels of an image, as bytes, are its code.
Array<float> encode(const Array<float>& x) {
  Array<float> codes = xtape::empty<float>({x.shape(0), 2});
  for (std::size_t i = 0; i < x.shape(0); ++i)
    for (std::size_t j = 0; j < 2; ++j) codes(i, j) = std::round(255 * x(i, j));
  return codes;
}

TEST(NormalQuantile, IsTheInverseOfTheDistributionFunction) {
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-6);  // SciPy's norm.ppf
  EXPECT_NEAR(normal_quantile(1e-15), -7.941345326170997, 1e-6);
  for (const double p : {1e-300, 1e-12, 1e-6, 0.01, 0.0749, 0.0751, 0.3, 0.7, 0.9249, 0.9251, 0.999, 1 - 1e-9}) {
    const double x = normal_quantile(p), tail = std::erfc(std::abs(x) / std::numbers::sqrt2) / 2;
    EXPECT_NEAR(tail / std::min(p, 1 - p), 1, 1e-6 * (1 + x * x)) << p;  // of x, seven digits
    EXPECT_EQ(x > 0, p > 0.5);
  }
}

TEST(NormalQuantile, RefusesWhatIsNoProbabilityInside) {
  for (const double p : {0.0, 1.0, -0.5, 1.5, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THROW(normal_quantile(p), std::invalid_argument) << p;
  EXPECT_TRUE(has(refusal_of([] { normal_quantile(1.5); }), {"between 0 and 1, got 1.5"}));
}

TEST(NearestImages, FindsThemInAnyChunk) {
  const xtape::nn::ImageSet some = image_set(250);
  const Array<float> samples = some.gather<float>(std::vector<std::size_t>{249, 0, 77});
  const NearestImages same = nearest_images(samples, some);
  EXPECT_EQ(same.indices, (std::vector<std::size_t>{249, 0, 77}));
  EXPECT_EQ(same.distances, (std::vector<double>{0, 0, 0}));

  const NearestImages brightest = nearest_images(xtape::full<float>({1, kSide * kSide}, 1.0f), some);
  EXPECT_EQ(brightest.indices, std::vector<std::size_t>{249});
  EXPECT_NEAR(brightest.distances[0], 6 / 255.0, 1e-6);

  // Far behind, in the third chunk or later.
  std::vector<std::uint8_t> bytes(5000 * 4, 0);
  bytes[4 * 4711] = 200;
  const NearestImages far = nearest_images(Array<float>{{0.7f, 0, 0, 0}}, xtape::nn::ImageSet(2, 2, std::move(bytes)));
  EXPECT_EQ(far.indices, std::vector<std::size_t>{4711});
  EXPECT_NEAR(far.distances[0], (200 / 255.0 - 0.7) / 2, 1e-6);  // of four pixels one differs
}

TEST(NearestImages, AgreesWithASearchOnePixelAtATime) {
  xtape::Random rng(5);
  constexpr std::size_t kCount = 300;
  const Array<float> levels = rng.uniform<float>({kCount, kSide * kSide}, 0.0f, 255.0f);
  std::vector<std::uint8_t> bytes;
  for (const float level : levels) bytes.push_back(static_cast<std::uint8_t>(level));
  const xtape::nn::ImageSet images(kSide, kSide, std::move(bytes));
  const Array<float> samples = rng.uniform<float>({7, kSide * kSide}), all = images.first<float>(kCount);
  const NearestImages found = nearest_images(samples, images);
  for (std::size_t i = 0; i < 7; ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < kCount; ++j) {
      double squares = 0;
      for (std::size_t k = 0; k < kSide * kSide; ++k) squares += std::pow(double(samples(i, k)) - double(all(j, k)), 2);
      least = std::min(least, std::sqrt(squares / double(kSide * kSide)));
    }
    EXPECT_NEAR(found.distances[i], least, 1e-6);
  }
}

TEST(NearestImages, RefusesOtherShapes) {
  const auto message = [](const Array<float>& samples, const xtape::nn::ImageSet& among) {
    return refusal_of([&] { nearest_images(samples, among); });
  };
  EXPECT_TRUE(
      has(message(xtape::zeros<float>({2, 3}), image_set(4)), {"got samples of shape (2, 3) and 4 images of 196"}));
  EXPECT_TRUE(has(message(xtape::zeros<float>({kSide * kSide}), image_set(4)), {"(n, pixels)"}));
  EXPECT_TRUE(has(message(xtape::zeros<float>({1, 0}), {}), {"0 images"}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(has(message(xtape::full<float>({1, kSide * kSide}, nan), image_set(4)), {"finite"}));
}

TEST(LatentPictures, ManifoldDecodesTheQuantilesOfThePrior) {
  Decoder decoder;
  const Picture picture = draw_manifold(decoder.map(), image_set(1));
  EXPECT_EQ(picture.file, "manifold.png");
  ASSERT_EQ(decoder.codes.shape(0), 400u);
  ASSERT_EQ(decoder.codes.shape(1), 2u);
  EXPECT_NEAR(decoder.codes(0, 0), -1.95996, 1e-4);  // left
  EXPECT_NEAR(decoder.codes(0, 1), 1.95996, 1e-4);   // above
  EXPECT_NEAR(decoder.codes(399, 0), 1.95996, 1e-4);
  EXPECT_NEAR(decoder.codes(399, 1), -1.95996, 1e-4);
  EXPECT_NEAR(decoder.codes(10, 0), normal_quantile(10.5 / 20), 1e-6);
  EXPECT_GE(png_size(picture.png).width, 20 * 56u);
  EXPECT_THROW(draw_manifold([](const Array<float>& z) { return z; }, image_set(1)), std::invalid_argument);
}

TEST(LatentPictures, InterpolationsLieOnLinesBetweenClasses) {
  Decoder decoder;
  const Picture picture = draw_interpolations(image_set(40), encode, decoder.map());
  EXPECT_EQ(picture.file, "interpolations.png");
  ASSERT_EQ(decoder.codes.shape(0), 80u);
  for (std::size_t row = 0; row < 8; ++row) {
    const float first = decoder.codes(10 * row, 0), last = decoder.codes(10 * row + 9, 0);
    EXPECT_NE(int(first) % 10, int(last) % 10) << "the same class at both ends of row " << row;
    for (std::size_t step = 0; step < 10; ++step)
      EXPECT_NEAR(decoder.codes(10 * row + step, 0), first + (last - first) * float(step) / 9, 1e-4);
  }
  const auto [width, height] = png_size(picture.png);
  EXPECT_EQ(width, 24 + 12 * 84 + 9 * 4 + 2 * 18u);  // margins, tiles, gaps, wide gaps
  EXPECT_GT(height, 24 + 8 * 84 + 7 * 4u);
}

TEST(LatentPictures, InterpolationsOfFewImages) {
  Decoder decoder;
  draw_interpolations(image_set(2), encode, decoder.map());
  EXPECT_EQ(decoder.codes.shape(0), 20u);
  draw_interpolations(image_set(30, 2), encode, decoder.map());
  for (std::size_t row = 0; row < 8; ++row)
    EXPECT_NE(int(decoder.codes(10 * row, 0)) % 2, int(decoder.codes(10 * row + 9, 0)) % 2);
  for (const std::size_t classes : {0u, 1u}) {  // no labels; a single class
    draw_interpolations(image_set(30, classes), encode, decoder.map());
    EXPECT_NE(decoder.codes(0, 0), decoder.codes(9, 0)) << "from an image to itself";
  }
  EXPECT_TRUE(has(refusal_of([&] { draw_interpolations(image_set(1), encode, decoder.map()); }), {"got 1"}));
  const Map flat = [](const Array<float>& x) { return xtape::zeros<float>({x.shape(0)}); };
  EXPECT_TRUE(
      has(refusal_of([&] { draw_interpolations(image_set(40), flat, decoder.map()); }), {"(16, latent), got (16,)"}));
}

TEST(LatentPictures, TraversalsAreRankedByKl) {
  Decoder decoder;
  const Picture picture = draw_traversals(decoder.map(), {5, 6, 7}, {0.1, 2.5, 0.7}, image_set(1));
  EXPECT_EQ(picture.file, "traversals.png");
  ASSERT_EQ(decoder.codes.shape(0), 33u);
  const std::vector<std::size_t> ranks{1, 2, 0};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t unit = 0; unit < 3; ++unit) {
      const bool goes = unit == ranks[row];
      EXPECT_EQ(decoder.codes(11 * row, unit), goes ? -3 : 5 + float(unit));
      EXPECT_NEAR(decoder.codes(11 * row + 5, unit), goes ? 0 : 5 + float(unit), 1e-6);
      EXPECT_EQ(decoder.codes(11 * row + 10, unit), goes ? 3 : 5 + float(unit));
    }
  draw_traversals(decoder.map(), xtape::zeros<float>({20}), std::vector<double>(20, 1.0), image_set(1));
  EXPECT_EQ(decoder.codes.shape(0), 12 * 11u) << "at most twelve rows";
}

TEST(LatentPictures, TraversalsRefuseOtherShapes) {
  Decoder decoder;
  const auto message = [&](const Array<float>& code, const std::vector<double>& kl) {
    return refusal_of([&] { draw_traversals(decoder.map(), code, kl, image_set(1)); });
  };
  EXPECT_TRUE(has(message(xtape::zeros<float>({3}), {1, 2}), {"got (3,) and 2"}));
  EXPECT_TRUE(has(message(xtape::zeros<float>({1, 3}), {1, 2, 3}), {"got (1, 3)"}));
  EXPECT_TRUE(has(message(xtape::zeros<float>({0}), {}), {"got (0,)"}));
  const Map one = [](const Array<float>&) { return xtape::zeros<float>({1, kSide * kSide}); };
  EXPECT_TRUE(has(refusal_of([&] {
                    draw_traversals(one, xtape::zeros<float>({2}), {1, 2}, image_set(1));
                  }),
                  {"22 images of as many codes, got 1"}));
}

TEST(SamplePictures, MeansAboveDraws) {
  const xtape::nn::ImageSet like = image_set(1);
  const auto of = [](std::size_t count) { return xtape::full<float>({count, kSide * kSide}, 0.5f); };
  const Picture twenty = draw_means_and_draws(of(20), of(20), like);
  EXPECT_EQ(twenty.file, "draws.png");
  EXPECT_EQ(png_size(twenty.png).height, 24 + 4 * 84 + 2 * 4 + 18u);
  EXPECT_EQ(png_size(draw_means_and_draws(of(11), of(11), like).png).height, png_size(twenty.png).height);
  EXPECT_NE(draw_means_and_draws(of(11), of(11), like).png, twenty.png) << "the ninth of eleven is drawn, no more";
  EXPECT_LT(png_size(draw_means_and_draws(of(3), of(3), like).png).width, png_size(twenty.png).width);
  EXPECT_TRUE(has(refusal_of([&] { draw_means_and_draws(of(2), of(3), like); }), {"2 above and 3 below"}));
  EXPECT_TRUE(has(refusal_of([&] {
                    draw_means_and_draws(xtape::zeros<float>({2, 5}), of(2), like);
                  }),
                  {"(n, 196), got (2, 5)"}));
  EXPECT_THROW(draw_means_and_draws(of(0), of(0), like), std::invalid_argument);
}

TEST(SamplePictures, NearestHasRoomForTheDistances) {
  const xtape::nn::ImageSet train = image_set(100);
  const Picture picture = draw_nearest(train.first<float>(10), train);
  EXPECT_EQ(picture.file, "nearest.png");
  EXPECT_GT(png_size(picture.png).height, 24 + 2 * 84 + 4 + 16u);
  EXPECT_THROW(draw_nearest(xtape::zeros<float>({0, kSide * kSide}), train), std::invalid_argument);
  EXPECT_THROW(draw_nearest(xtape::zeros<float>({3, 5}), train), std::invalid_argument);
}

TEST(Codes, OnePanelForEachEncoder) {
  const xtape::nn::ImageSet images = image_set(60), unlabelled = image_set(60, 0);
  const Dataset test{"tiny", "tiny", images, images}, plain{"tiny", "tiny", unlabelled, unlabelled};
  Dataset named = test;
  named.class_names = {"Trouser", "Dress"};
  EXPECT_NE(draw_codes(named, encode, PriorCircle::kNone).png, draw_codes(test, encode, PriorCircle::kNone).png);
  const Picture one = draw_codes(test, encode, PriorCircle::kNone),
                two = draw_codes(test, {{"before", encode}, {"after", encode}}, PriorCircle::kNone),
                circled = draw_codes(test, encode, PriorCircle::kDrawn);
  EXPECT_NE(circled.png, one.png);
  EXPECT_NE(circled.caption.find("95% of the prior"), std::string::npos) << circled.caption;
  EXPECT_EQ(one.caption.find("prior"), std::string::npos) << one.caption;
  EXPECT_EQ(one.file, "codes.png");
  EXPECT_GT(png_size(two.png).width, png_size(one.png).width);
  EXPECT_NE(one.caption.find("60 test images; colours are classes"), std::string::npos);
  EXPECT_EQ(draw_codes(plain, encode, PriorCircle::kNone).caption.find("classes"), std::string::npos);
  const Map narrow = [](const Array<float>& x) { return xtape::zeros<float>({x.shape(0), 1}); };
  EXPECT_TRUE(
      has(refusal_of([&] { draw_codes(test, narrow, PriorCircle::kNone); }), {"(60, at least 2), got (60, 1)"}));
  EXPECT_THROW(draw_codes(test, std::vector<Encoder>{}, PriorCircle::kNone), std::invalid_argument);
}

}  // namespace

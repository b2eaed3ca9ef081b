// Labels as models take them, and how much of them a linear classifier finds in codes.

#include "examples/programs/data/labels.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/report/label_accuracy.hpp"
#include "tests/testing.hpp"

namespace {

using namespace programs;
using xtape::Array;
using xtape::Random;
using xtape::nn::ImageSet;

ImageSet labelled(std::vector<std::uint8_t> labels) {
  const std::size_t count = labels.size();
  return ImageSet(1, 1, std::vector<std::uint8_t>(count), std::move(labels));
}

using Classes = std::vector<std::uint8_t>;

TEST(Labels, ClassesAreThoseOfTrainingWhateverTheirNumbers) {
  EXPECT_EQ(seen_labels({"tiny", "tiny", labelled({1, 3, 0, 3}), labelled({3})}), (Classes{0, 1, 3}));
  EXPECT_EQ(seen_labels({"tiny", "tiny", labelled({255, 0}), labelled({0})}), (Classes{0, 255}));
}

TEST(Labels, BecomeThePlacesOfTheirClasses) {
  const Dataset data = with_classes({"tiny", "tiny", labelled({7, 2, 255}), labelled({255, 2})}, {2, 7, 255});
  EXPECT_EQ(first_labels(data.train, 3), (Array<std::int64_t>{1, 0, 2}));
  EXPECT_EQ(first_labels(data.test, 2), (Array<std::int64_t>{2, 0}));
  EXPECT_EQ(data.class_name(2), "255") << "known by its own number";
  const Dataset named{"tiny", "tiny", labelled({0, 2}), labelled({2}), {"Shoe", "Bag", "Coat"}};
  EXPECT_EQ(with_classes(named, {0, 2}).class_name(1), "Coat");
  EXPECT_TRUE(xtape::has(xtape::message_of<UserError>([&] {
                           with_classes(named, {0, 1});
                         }),
                         {"the label 2", "0 or 1"}));
}

TEST(Labels, AreListedForReaders) {
  EXPECT_EQ(listed({0, 1}), "0 or 1");
  EXPECT_EQ(listed({1, 2, 3}), "a number from 1 to 3");
  EXPECT_EQ(listed({0, 3, 255}), "0, 3 or 255");
}

TEST(Labels, RefusesDataWithoutThem) {
  const auto refusal = [](const ImageSet& train, const ImageSet& test) {
    return xtape::message_of<UserError>([&] { seen_labels({"tiny", "/there/tiny", train, test}); });
  };
  const ImageSet none(1, 1, std::vector<std::uint8_t>(3)), some = labelled({0, 1, 2});
  EXPECT_TRUE(xtape::has(refusal(none, some), {"/there/tiny", "no labels", "choose other --data"}));
  EXPECT_TRUE(xtape::has(refusal(some, none), {"/there/tiny", "no labels", "choose other --data"}));
  EXPECT_TRUE(xtape::has(refusal(labelled({0, 0}), some), {"/there/tiny", "the label 0", "several classes"}));
  EXPECT_TRUE(xtape::has(refusal(labelled({3, 3}), some), {"/there/tiny", "the label 3", "several classes"}));
  EXPECT_TRUE(xtape::has(refusal(labelled({0, 1}), some), {"/there/tiny", "the label 2", "choose other --data"}));
}

TEST(Labels, OfImagesByIndexAndFromTheFirst) {
  const ImageSet images = labelled({4, 5, 6, 7});
  EXPECT_EQ(labels_of(images, std::vector<std::size_t>{3, 0, 3}), (Array<std::int64_t>{7, 4, 7}));
  EXPECT_EQ(first_labels(images, 2), (Array<std::int64_t>{4, 5}));
  EXPECT_EQ(first_labels(images, 9), (Array<std::int64_t>{4, 5, 6, 7}));
}

TEST(Labels, OneForAll) {
  EXPECT_EQ(same_label(1, 2, 3), (Array<float>{{0, 1, 0}, {0, 1, 0}}));
}

/// Codes around a place for each label, `spread` being their standard deviation.
LabelledCodes codes_around(std::size_t count, double spread, std::uint64_t seed) {
  Random rng(seed);
  LabelledCodes result{rng.normal<float>({count, 3}), xtape::zeros<std::int64_t>({count})};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t label = i % 3;
    result.labels(i) = std::int64_t(label);
    for (std::size_t j = 0; j < 3; ++j)
      result.codes(i, j) = float(spread) * result.codes(i, j) + (j == label ? 1000.0f : 0.0f);
  }
  return result;
}

TEST(LabelAccuracy, IsOneWhereCodesSeparate) {
  EXPECT_EQ(linear_label_accuracy(codes_around(90, 10, 1), codes_around(60, 10, 2), 3), 1.0);
}

TEST(LabelAccuracy, IsThatOfChanceForCodesThatSayNothing) {
  Random rng(3);
  const auto at_random = [&](std::size_t count) {
    LabelledCodes result{rng.normal<float>({count, 3}), xtape::zeros<std::int64_t>({count})};
    for (std::size_t i = 0; i < count; ++i) result.labels(i) = std::int64_t(i % 3);
    return result;
  };
  const LabelledCodes train = at_random(300), test = at_random(900);
  EXPECT_NEAR(linear_label_accuracy(train, test, 3), 1.0 / 3, 4.5 * std::sqrt(2.0 / 9 / 900));
}

TEST(LabelAccuracy, TakesUnitsThatAreNotUsed) {
  LabelledCodes train = codes_around(90, 10, 1), test = codes_around(60, 10, 2);
  const auto with_a_dead_unit = [](const Array<float>& codes) {
    Array<float> wide = xtape::full<float>({codes.shape(0), 4}, 0.25f);
    for (std::size_t i = 0; i < codes.shape(0); ++i)
      for (std::size_t j = 0; j < 3; ++j) wide(i, j) = codes(i, j);
    return wide;
  };
  train.codes = with_a_dead_unit(train.codes);
  test.codes = with_a_dead_unit(test.codes);
  EXPECT_EQ(linear_label_accuracy(train, test, 3), 1.0);
}

}  // namespace

// Data sets of named arrays, their parts, and loaders over them.

#include "nn/data/dataset.hpp"
#include "nn/data/split.hpp"

#include "files_for_tests.hpp"
#include "nn/data/data_loader.hpp"
#include "tests/testing.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using testing::data_error_of;

/// x of (count, 2) with rows (i, i + 0.5), class i % 4 == 0 ? 1 : 0, and a byte i.
Dataset numbered(std::size_t count) {
  Array<double> x = empty<double>(Shape{count, 2});
  Array<std::int64_t> classes = empty<std::int64_t>(Shape{count});
  Array<std::uint8_t> bytes = empty<std::uint8_t>(Shape{count, 1, 1});
  for (std::size_t i = 0; i < count; ++i) {
    x(i, 0) = double(i);
    x(i, 1) = double(i) + 0.5;
    classes(i) = i % 4 == 0 ? 1 : 0;
    bytes.data()[i] = std::uint8_t(i);
  }
  Dataset data{{"x", x}, {"class", classes}};
  data.add("picture", bytes, 255);
  return data;
}

std::vector<int> numbers_of(const Dataset& data) {
  std::vector<int> numbers;
  const Array<double> x = data.rows<double>("x");
  for (std::size_t i = 0; i < data.size(); ++i) numbers.push_back(int(x(i, 0)));
  return numbers;
}

std::size_t ones(const Dataset& data) {
  const Array<std::int64_t> classes = data.rows<std::int64_t>("class");
  return std::size_t(std::count(classes.begin(), classes.end(), 1));
}

TEST(Dataset, KeepsArraysOfAnyType) {
  const Dataset data = numbered(6);
  EXPECT_EQ(data.size(), 6u);
  EXPECT_EQ(data.names(), (std::vector<std::string>{"x", "class", "picture"}));
  EXPECT_TRUE(data.has("x") && !data.has("y"));
  EXPECT_TRUE(data.is_integer("class") && !data.is_integer("x") && !data.is_integer("picture"));
  EXPECT_EQ(data.features("picture"), (Shape{1, 1}));
  const std::vector<std::size_t> places{5, 0};
  EXPECT_EQ(data.rows<float>("picture", places)(0, 0, 0), 5.0f / 255.0f);
  EXPECT_EQ(data.rows<std::uint8_t>("picture", places)(0, 0, 0), 5);
  const Dataset part = data.subset(places);
  EXPECT_EQ(numbers_of(part), (std::vector<int>{5, 0}));
  EXPECT_EQ(numbers_of(part.subset(std::vector<std::size_t>{1, 1, 0})), (std::vector<int>{0, 0, 5}));
}

TEST(Dataset, ImagesAreTheirBytes) {
  const ImageSet images(1, 2, {0, 255, 51, 102, 3, 4}, {7, 8, 9});
  const Dataset data(images.slice(1, 2));
  EXPECT_EQ(data.rows<float>("images"), images.slice(1, 2).first<float>(2));
  EXPECT_EQ(data.rows<std::int64_t>("labels"), (Array<std::int64_t>{8, 9}));
  EXPECT_FALSE(Dataset(ImageSet(1, 1, {1})).has("labels"));
  EXPECT_EQ(Dataset(ImageSet()).size(), 0u);
}

TEST(Dataset, RefusesWhatDoesNotFit) {
  Dataset data = numbered(6);
  const Array<float> five = zeros<float>(Shape{5}), six = zeros<float>(Shape{6});
  EXPECT_SAYS(data_error_of([&] { data.add("y", five); }),
              "array \"y\": expected 6 samples as in \"x\", got shape (5,)");
  EXPECT_SAYS(data_error_of([&] { data.add("x", six); }), "array \"x\": the name comes twice");
  EXPECT_SAYS(data_error_of([&] { data.add("", six); }), "expected a name");
  EXPECT_SAYS(data_error_of([&] { data.add("y", six, 0); }), "expected a divisor that is finite and not 0, got 0");
  EXPECT_THROW(data.add("y", Array<float>(1.0f)), ShapeError);
  EXPECT_SAYS(data_error_of([&] { data.rows<float>("y"); }), "no array \"y\"; there are \"x\", \"class\", \"picture\"");
  EXPECT_SAYS(data_error_of([&] { data.rows<std::int64_t>("x"); }), "expected integers, got F64");
  const std::vector<std::size_t> places{6};
  EXPECT_THROW(data.subset(places), ShapeError);
  EXPECT_THROW(data.rows<float>("x", places), ShapeError);
  EXPECT_SAYS(data_error_of([&] { data.subset(std::vector<std::size_t>{0}).add("y", five); }), "got a part of one");
}

TEST(Split, PartsShareNothingAndLeaveNothing) {
  const Dataset data = numbered(103);
  for (const bool stratified : {false, true}) {
    const auto parts = split(data, {0.6, 0.2, 0.2}, 7, stratified ? "class" : "");
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[0].size(), 62u);
    EXPECT_EQ(parts[1].size(), 20u);
    EXPECT_EQ(parts[2].size(), 21u);
    std::set<int> all;
    for (const Dataset& part : parts) {
      for (const int number : numbers_of(part)) all.insert(number);
    }
    EXPECT_EQ(all.size(), 103u);
    const auto again = split(data, {0.6, 0.2, 0.2}, 7, stratified ? "class" : "");
    EXPECT_EQ(numbers_of(again[1]), numbers_of(parts[1]));
    EXPECT_NE(numbers_of(split(data, {0.6, 0.2, 0.2}, 8)[1]), numbers_of(parts[1]));
  }
  EXPECT_EQ(split(data, {0.1}, 1)[0].size(), 10u);
}

TEST(Split, StratifiedPartsHaveTheirShares) {
  const Dataset data = numbered(400);  // 100 ones
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const Dataset& part : split(data, {0.5, 0.3, 0.2}, seed, "class")) {
      EXPECT_NEAR(double(ones(part)), double(part.size()) / 4, 2) << seed;
    }
  }
}

TEST(Split, RefusesWhatIsNoSplit) {
  const Dataset data = numbered(10);
  EXPECT_SAYS(data_error_of([&] { split(data, {0.9, 0.2}, 1); }), "a sum of 1 or less, got 1.1");
  EXPECT_SAYS(data_error_of([&] { split(data, {-0.1}, 1); }), "fractions of 0 or more, got -0.1");
  EXPECT_SAYS(data_error_of([&] { split(data, {0.99, 0.01}, 1); }), "a part of 0.01 of 10 samples is empty");
  EXPECT_SAYS(data_error_of([&] { split(data, {0.5}, 1, "x"); }),
              "[split] stratify: expected integers, one for each sample, in \"x\"");
  EXPECT_SAYS(data_error_of([&] { split(data, {0.5}, 1, "y"); }), "no array \"y\"");
  EXPECT_SAYS(data_error_of([&] { folds(data, 1, 1); }), "from 2 folds to one for each of the 10 samples, got 1");
  EXPECT_SAYS(data_error_of([&] { folds(data, 11, 1); }), "got 11");
}

TEST(Folds, EachSampleIsHeldOutOnce) {
  const Dataset data = numbered(42);
  std::map<int, int> held_out;
  for (const Fold& fold : folds(data, 5, 3, "class")) {
    EXPECT_EQ(fold.train.size() + fold.validation.size(), 42u);
    EXPECT_NEAR(double(ones(fold.validation)), 11.0 / 5, 2);
    const std::vector<int> rest = numbers_of(fold.train);
    for (const int number : numbers_of(fold.validation)) {
      ++held_out[number];
      EXPECT_EQ(std::count(rest.begin(), rest.end(), number), 0);
    }
  }
  EXPECT_EQ(held_out.size(), 42u);
}

TEST(DatasetLoader, GivesArraysByName) {
  DataLoader<float> loader(numbered(10), {.batch_size = 4, .shuffle = true, .seed = 2});
  std::set<float> seen;
  for (const auto& batch : loader) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const float number = batch["x"](i, 0);
      seen.insert(number);
      EXPECT_EQ(batch["x"](i, 1), number + 0.5f);
      EXPECT_EQ(batch.integers("class")(i), int(number) % 4 == 0 ? 1 : 0);
      EXPECT_EQ(batch["picture"](i, 0, 0), number / 255);
    }
  }
  EXPECT_EQ(seen.size(), 10u);
  const auto batch = loader.begin();
  EXPECT_SAYS(data_error_of([&] { (*batch)["class"]; }),
              "a batch has no floating-point numbers \"class\"; floating-point numbers, and what is divided");
  EXPECT_SAYS(data_error_of([&] { batch->integers("x"); }), "a batch has no integers \"x\"");
  EXPECT_SAYS(data_error_of([&] { (*batch)["images"]; }), "no floating-point numbers \"images\"");
}

TEST(DatasetLoader, TakesTargetsWithArrays) {
  const xt::xarray<double> x{{1, 2}, {3, 4}, {5, 6}}, y{3, 7, 11};
  for (const auto& batch : DataLoader(x, y, {.batch_size = 2, .shuffle = true})) {
    EXPECT_EQ(batch.targets.dimension(), 1u);
    EXPECT_EQ(batch.labels.size(), 0u);
    EXPECT_EQ(&batch["targets"], &batch.targets);
    EXPECT_EQ(&batch["images"], &batch.images);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      EXPECT_EQ(batch.targets(i), batch.images(i, 0) + batch.images(i, 1));
    }
  }
  const std::vector<std::vector<float>> rows{{1}, {2}};
  for (const auto& batch : DataLoader(rows, std::vector<std::vector<double>>{{1, 2}, {3, 4}})) {
    static_assert(std::is_same_v<decltype(batch.targets), Array<float>>);
    EXPECT_EQ(batch.targets, (xt::xtensor<float, 2>{{1, 2}, {3, 4}}));
  }
  EXPECT_SAYS(data_error_of([&] {
                DataLoader(x, xt::xarray<double>{1, 2});
              }),
              "expected targets of shape (3, features...), a row for each sample, got (2,)");
}

TEST(DatasetLoader, PartsOfImagesLoadAsTheImages) {
  const ImageSet images(1, 1, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const Dataset part = split(Dataset(images), {0.5, 0.5}, 1)[1];
  DataLoader<float> loader(part, {.batch_size = 5});
  for (const auto& batch : loader) {
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(batch.images(i, 0), float(batch.labels(i)) / 255.0f);
  }
}

TEST(DatasetLoader, WeightsAreChances) {
  const std::size_t count = 10'000;
  std::vector<double> weights(count);
  for (std::size_t i = 0; i < count; ++i) weights[i] = i % 4 == 0 ? 3 : i == 1 ? 0 : 1;
  const auto draw = [&](std::uint64_t seed) {
    DataLoader<float> loader(numbered(count), {.batch_size = 1000, .seed = seed, .weights = weights});
    std::vector<int> drawn;
    for (const auto& batch : loader) {
      for (std::size_t i = 0; i < batch.size(); ++i) drawn.push_back(int(batch["x"](i, 0)));
    }
    return drawn;
  };
  const std::vector<int> drawn = draw(1);
  ASSERT_EQ(drawn.size(), count);
  EXPECT_EQ(draw(1), drawn);
  EXPECT_NE(draw(2), drawn);
  const auto in_class = std::count_if(drawn.begin(), drawn.end(), [](int i) { return i % 4 == 0; });
  EXPECT_NEAR(double(in_class), 5000, 200) << "four standard deviations";
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), 1), 0);
}

TEST(DatasetLoader, StratifiedBatchesHaveTheClassesShares) {
  for (const bool shuffle : {false, true}) {
    DataLoader<float> loader(numbered(400), {.batch_size = 40, .shuffle = shuffle, .seed = 3, .stratify = "class"});
    std::vector<float> epochs[2];
    for (auto& epoch : epochs) {
      for (const auto& batch : loader) {
        const Array<std::int64_t>& classes = batch.integers("class");
        EXPECT_NEAR(double(std::count(classes.begin(), classes.end(), 1)), 10, 2);
        for (std::size_t i = 0; i < batch.size(); ++i) epoch.push_back(batch["x"](i, 0));
      }
      EXPECT_EQ(std::set<float>(epoch.begin(), epoch.end()).size(), 400u);
    }
    EXPECT_EQ(epochs[0] != epochs[1], shuffle);
  }
}

TEST(DatasetLoader, AResumedLoaderDrawsTheSame) {
  for (const bool weighted : {false, true}) {
    DataLoaderOptions options{.batch_size = 8, .shuffle = true, .seed = 5};
    if (weighted) {
      options.weights = std::vector<double>(50, 1.0);
    } else {
      options.stratify = "class";
    }
    DataLoader<float> first(numbered(50), options), second(numbered(50), options);
    const auto noise = gaussian_noise<float>(1);
    first.transform("x", noise);
    second.transform("x", noise);
    for ([[maybe_unused]] const auto& batch : first) {
    }
    second.seek({1, 3});
    auto resumed = second.begin();
    std::size_t place = 0;
    for (const auto& batch : first) {
      if (place++ < 3) continue;
      EXPECT_EQ((*resumed)["x"], batch["x"]);
      ++resumed;
    }
    EXPECT_EQ(place, 7u);
  }
}

TEST(DatasetLoader, RefusesWhatDoesNotFit) {
  const auto error = [](const DataLoaderOptions& options) {
    return data_error_of([&] { DataLoader<float>(numbered(3), options); });
  };
  EXPECT_SAYS(error({.weights = {1, 2}}), "expected a weight for each of the 3 samples, got 2");
  EXPECT_SAYS(error({.weights = {1, -1, 2}}), "weight 1 is -1");
  EXPECT_SAYS(error({.weights = {1, 0, NAN}}), "weight 2 is nan");
  EXPECT_SAYS(error({.weights = {0, 0, 0}}), "expected a weight above 0, got none");
  EXPECT_SAYS(error({.weights = {1, 1, 1}, .stratify = "class"}), "expected weights or stratify, got both");
  EXPECT_SAYS(error({.stratify = "x"}), "stratify: expected integers, one for each sample, in \"x\"");
  EXPECT_SAYS(data_error_of([] { DataLoader<float> loader{Dataset()}; }), "got an empty data set");
  DataLoader<float> loader(numbered(3));
  EXPECT_SAYS(data_error_of([&] { loader.transform("class", gaussian_noise<float>(1)); }),
              "[DataLoader::transform] \"class\": expected an array of floating-point numbers");
  EXPECT_SAYS(data_error_of([&] { loader.transform(gaussian_noise<float>(1)); }), "no array \"images\"");
}

TEST(Batch, OfOnesOwnHasTheSizeOfItsImages) {
  DataLoader<float>::Batch batch;
  EXPECT_EQ(batch.size(), 0u);
  batch.images = zeros<float>({5, 3});
  EXPECT_EQ(batch.size(), 5u);
}

}  // namespace
}  // namespace xtape::nn

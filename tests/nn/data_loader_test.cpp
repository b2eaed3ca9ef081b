// The loader: every sample once an epoch, orders that depend on seed and epoch alone, and exact resumption.

#include "nn/data/data_loader.hpp"

#include "files_for_tests.hpp"
#include "tests/testing.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using testing::data_error_of;

/// `count` images of 2 x 2 pixels, all pixels of image i being i, labelled with 2 i.
ImageSet numbered_images(std::size_t count, bool labels = true) {
  std::vector<std::uint8_t> pixels, numbers;
  for (std::size_t i = 0; i < count; ++i) {
    pixels.insert(pixels.end(), 4, std::uint8_t(i));
    numbers.push_back(std::uint8_t(2 * i));
  }
  if (!labels) numbers.clear();
  return ImageSet(2, 2, std::move(pixels), std::move(numbers));
}

/// (count, 3) with row i holding i, i + 0.25, i + 0.5.
xt::xarray<double> numbered_rows(std::size_t count) {
  xt::xarray<double> rows = xt::zeros<double>({count, std::size_t{3}});
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < 3; ++j) rows(i, j) = double(i) + 0.25 * double(j);
  }
  return rows;
}

template <class T>
std::vector<int> image_numbers(const typename DataLoader<T>::Batch& batch) {
  std::vector<int> numbers;
  for (std::size_t i = 0; i < batch.size(); ++i) numbers.push_back(int(batch.images(i, 0) * T(255) + T(0.5)));
  return numbers;
}

/// The numbers of the images in one loop, batch by batch.
std::vector<std::vector<int>> run_epoch(DataLoader<float>& loader) {
  std::vector<std::vector<int>> batches;
  for (const auto& batch : loader) batches.push_back(image_numbers<float>(batch));
  return batches;
}

std::vector<int> joined(const std::vector<std::vector<int>>& batches) {
  std::vector<int> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

TEST(DataLoader, GivesImagesInOrderWithLabels) {
  DataLoader loader(numbered_images(10), {.batch_size = 4});
  EXPECT_EQ(loader.samples(), 10u);
  EXPECT_EQ(loader.batches(), 3u);
  int next = 0;
  std::vector<std::string> shapes;
  for (const auto& batch : loader) {
    shapes.push_back(to_string(shape_of(batch.images)) + to_string(shape_of(batch.labels)));
    for (std::size_t i = 0; i < batch.size(); ++i, ++next) {
      EXPECT_EQ(batch.images(i, 3), float(next) / 255.0f);
      EXPECT_EQ(batch.labels(i), 2 * next);
    }
  }
  EXPECT_EQ(next, 10);
  EXPECT_EQ(shapes, (std::vector<std::string>{"(4, 4)(4,)", "(4, 4)(4,)", "(2, 4)(2,)"}));
}

TEST(DataLoader, WithoutLabelsTheyAreEmpty) {
  for (const auto& batch : DataLoader(numbered_images(3, false))) EXPECT_EQ(batch.labels.size(), 0u);
  for (const auto& batch : DataLoader(numbered_rows(3))) EXPECT_EQ(batch.labels.size(), 0u);
}

TEST(DataLoader, DropLastLeavesOutTheRest) {
  DataLoader loader(numbered_images(10), {.batch_size = 4, .drop_last = true});
  EXPECT_EQ(loader.batches(), 2u);
  EXPECT_EQ(joined(run_epoch(loader)).size(), 8u);
  DataLoader even(numbered_images(8), {.batch_size = 4, .drop_last = true});
  EXPECT_EQ(joined(run_epoch(even)).size(), 8u);
}

TEST(DataLoader, ShufflingGivesEveryImageOnceAndANewOrderEachEpoch) {
  DataLoader loader(numbered_images(100), {.batch_size = 32, .shuffle = true, .seed = 7});
  std::set<std::vector<int>> orders;
  for (int epoch = 0; epoch < 5; ++epoch) {
    EXPECT_EQ(loader.position(), (LoaderPosition{std::uint64_t(epoch), 0}));
    std::vector<int> order = joined(run_epoch(loader));
    orders.insert(order);
    std::sort(order.begin(), order.end());
    std::vector<int> expected(100);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(order, expected);
  }
  EXPECT_EQ(orders.size(), 5u);
}

TEST(DataLoader, LabelsStayWithTheirImages) {
  for (const auto& batch : DataLoader(numbered_images(100), {.batch_size = 7, .shuffle = true})) {
    const auto numbers = image_numbers<float>(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) EXPECT_EQ(batch.labels(i), 2 * numbers[i]);
  }
}

TEST(DataLoader, TheOrderIsAFunctionOfSeedAndEpoch) {
  const auto orders = [](std::uint64_t seed, std::size_t batch_size) {
    DataLoader loader(numbered_images(50), {.batch_size = batch_size, .shuffle = true, .seed = seed});
    std::vector<std::vector<int>> epochs;
    for (int epoch = 0; epoch < 3; ++epoch) epochs.push_back(joined(run_epoch(loader)));
    return epochs;
  };
  EXPECT_EQ(orders(7, 8), orders(7, 8));
  EXPECT_EQ(orders(7, 8), orders(7, 50)) << "the batch size only cuts the order";
  EXPECT_NE(orders(7, 8), orders(8, 8));
}

// 24 orders of four images over many epochs: the first epochs of a seed are as random as any.
TEST(DataLoader, AllOrdersComeUp) {
  DataLoader loader(numbered_images(4), {.batch_size = 4, .shuffle = true, .seed = 1});
  std::map<std::vector<int>, double> seen;
  for (int epoch = 0; epoch < 4800; ++epoch) ++seen[joined(run_epoch(loader))];
  double chi_square = 0;
  for (const auto& [order, count] : seen) chi_square += (count - 200) * (count - 200) / 200;
  EXPECT_EQ(seen.size(), 24u);
  EXPECT_LT(chi_square, 49.7) << "23 degrees of freedom, p = 0.001";
}

TEST(DataLoader, ALoopLeftEarlyEndsItsEpoch) {
  const DataLoaderOptions options{.batch_size = 8, .shuffle = true, .seed = 3};
  DataLoader loader(numbered_images(50), options), undisturbed(numbered_images(50), options);
  for (const auto& batch : loader) {
    EXPECT_EQ(batch.size(), 8u);
    break;
  }
  run_epoch(undisturbed);
  EXPECT_EQ(run_epoch(loader), run_epoch(undisturbed));
}

TEST(DataLoader, AResumedLoaderGivesTheSameRemainingBatches) {
  const DataLoaderOptions options{.batch_size = 8, .shuffle = true, .seed = 5};
  DataLoader uninterrupted(numbered_images(50), options);
  std::vector<std::vector<int>> expected;
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (auto& batch : run_epoch(uninterrupted)) expected.push_back(std::move(batch));
  }
  ASSERT_EQ(expected.size(), 21u);

  for (std::size_t stop = 1; stop <= expected.size(); ++stop) {
    DataLoader first(numbered_images(50), options);
    std::vector<std::vector<int>> seen;
    LoaderPosition saved;
    while (seen.size() < stop) {
      for (const auto& batch : first) {
        seen.push_back(image_numbers<float>(batch));
        saved = first.position();  // as a checkpoint after this batch's step does
        if (seen.size() == stop) break;
      }
    }
    DataLoader second(numbered_images(50), options);
    second.seek(saved);
    EXPECT_EQ(second.position(), saved);
    while (second.position().epoch < 3) {
      for (auto& batch : run_epoch(second)) seen.push_back(std::move(batch));
    }
    EXPECT_EQ(seen, expected) << "stopped after " << stop << " batches";
  }
}

// A program that stops after the last batch, before what it does at an epoch's end, resumes in that epoch.
TEST(DataLoader, ASavedEndOfAnEpochResumesThere) {
  DataLoader loader(numbered_images(10), {.batch_size = 5});
  loader.seek({4, 2});
  EXPECT_EQ(loader.position(), (LoaderPosition{4, 2}));
  EXPECT_TRUE(run_epoch(loader).empty());
  EXPECT_EQ(loader.position(), (LoaderPosition{5, 0}));
  EXPECT_EQ(run_epoch(loader).size(), 2u);
  EXPECT_SAYS(data_error_of([&] { loader.seek({0, 3}); }), "within the 2 batches of an epoch, got batch 3");
  EXPECT_EQ(loader.position(), (LoaderPosition{6, 0})) << "a refused position changes nothing";
}

// The loops would share one position: neither would see all batches, and this one would never end.
TEST(DataLoader, ALoopWithinALoopIsAnError) {
  DataLoader loader(numbered_images(10), {.batch_size = 4});
  std::size_t outer = 0, inner = 0;
  const std::string message = message_of<Error>([&] {
    for ([[maybe_unused]] const auto& batch : loader) {
      ASSERT_LT(++outer, 5u);
      inner += run_epoch(loader).size();
    }
  });
  EXPECT_TRUE(has(message, {"[DataLoader]", "another loop over this loader has begun", "a loader each"}));
  EXPECT_EQ(outer, 1u);
  EXPECT_EQ(inner, 3u);
  EXPECT_EQ(run_epoch(loader).size(), 3u);

  outer = inner = 0;
  DataLoader copy = loader;
  for ([[maybe_unused]] const auto& batch : loader) ++outer, inner += run_epoch(copy).size();
  EXPECT_EQ(outer, 3u);
  EXPECT_EQ(inner, 9u);
}

TEST(DataLoader, ALoopDoesNotGoOnAfterSeek) {
  DataLoader loader(numbered_images(10), {.batch_size = 4});
  auto loop = loader.begin();
  loader.seek({3, 1});
  EXPECT_EQ(image_numbers<float>(*loop), (std::vector<int>{0, 1, 2, 3})) << "the batch is the loop's own";
  EXPECT_TRUE(has(message_of<Error>([&] { ++loop; }), {"[DataLoader]", "seek was called"}));
  EXPECT_EQ(run_epoch(loader).size(), 2u);
  EXPECT_EQ(loader.position(), (LoaderPosition{4, 0}));
}

TEST(DataLoader, TakesArraysAndExpressions) {
  const xt::xarray<double> rows = numbered_rows(7);
  const xt::xarray<float> floats = rows;
  static_assert(std::is_same_v<decltype(DataLoader(rows)), DataLoader<double>>);
  static_assert(std::is_same_v<decltype(DataLoader(floats, {.batch_size = 2})), DataLoader<float>>);
  static_assert(std::is_same_v<decltype(DataLoader(2.0 * rows)), DataLoader<double>>);
  static_assert(std::is_same_v<decltype(DataLoader(ImageSet(), {.batch_size = 2})), DataLoader<float>>);

  std::size_t next = 0;
  for (const auto& batch : DataLoader(rows + 1.0, {.batch_size = 3})) {
    for (std::size_t i = 0; i < batch.size(); ++i, ++next) {
      EXPECT_EQ(batch.images(i, 0), double(next) + 1);
      EXPECT_EQ(batch.images(i, 2), double(next) + 1.5);
    }
  }
  EXPECT_EQ(next, 7u);
  for (const auto& batch : DataLoader<float>(rows, {.batch_size = 7})) EXPECT_EQ(batch.images(6, 1), 6.25f);
  for (const auto& batch : DataLoader<double>(numbered_images(2))) EXPECT_EQ(batch.images(1, 0), 1.0 / 255.0);

  const xt::xtensor<float, 4> images = xt::ones<float>({5, 1, 2, 2});
  for (const auto& batch : DataLoader(images, {.batch_size = 5})) {
    EXPECT_EQ(to_string(shape_of(batch.images)), "(5, 1, 2, 2)");
  }
}

TEST(DataLoader, TakesLabelsWithArrays) {
  const xt::xarray<int> labels{5, 6, 7, 8};
  for (const auto& batch : DataLoader(numbered_rows(4), labels, {.batch_size = 3, .shuffle = true})) {
    for (std::size_t i = 0; i < batch.size(); ++i) EXPECT_EQ(double(batch.labels(i)), batch.images(i, 0) + 5);
  }
  EXPECT_SAYS(data_error_of([&] { DataLoader(numbered_rows(5), labels); }), "expected labels of shape (5,)");
}

TEST(DataLoader, InSteadyStateNoMemoryComesFromTheSystem) {
  if (!xtape::detail::kPooling) GTEST_SKIP() << "pooling is off under the address sanitizer";
  DataLoader loader(numbered_images(200), {.batch_size = 64, .shuffle = true});
  run_epoch(loader);
  const std::size_t before = pool_statistics().system_allocations;
  for (int epoch = 0; epoch < 5; ++epoch) run_epoch(loader);
  EXPECT_EQ(pool_statistics().system_allocations, before);
}

TEST(DataLoader, BatchesMayBeMovedFrom) {
  std::vector<Array<float>> kept;
  for (auto& batch : DataLoader(numbered_images(10), {.batch_size = 4})) kept.push_back(std::move(batch.images));
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[2](1, 0), 9.0f / 255.0f);
}

TEST(DataLoader, IsStillGoodWhenMovedFrom) {
  DataLoader images(numbered_images(10), {.batch_size = 4});
  run_epoch(images);
  DataLoader moved = std::move(images);
  EXPECT_EQ(moved.position(), (LoaderPosition{1, 0}));
  EXPECT_EQ(run_epoch(moved).size(), 3u);
  EXPECT_EQ(run_epoch(images), run_epoch(moved));

  DataLoader rows(numbered_rows(4), {.batch_size = 3});
  DataLoader<double> other = std::move(rows);
  for (const auto& batch : rows) EXPECT_EQ(batch.images(0, 1) - batch.images(0, 0), 0.25);
  EXPECT_EQ(rows.position(), (LoaderPosition{1, 0}));
  EXPECT_EQ(other.position(), (LoaderPosition{0, 0}));
}

TEST(DataLoader, RefusesArraysThatWereMovedFrom) {
  xt::xarray<double> rows = numbered_rows(4);
  xt::xtensor<float, 1> numbers{1, 2, 3, 4};
  xt::xarray<int> labels{5, 6, 7, 8};
  const xt::xarray<double> rows_now = std::move(rows);
  const xt::xtensor<float, 1> numbers_now = std::move(numbers);
  const xt::xarray<int> labels_now = std::move(labels);
  const auto refused = [](const auto& make) { return has(message_of<TapeError>(make), {"moved from"}); };
  EXPECT_TRUE(refused([&] { DataLoader loader(rows); }));
  EXPECT_TRUE(refused([&] { DataLoader loader(numbers); }));
  EXPECT_TRUE(refused([&] { DataLoader loader(std::move(rows)); }));
  EXPECT_TRUE(refused([&] { DataLoader loader(rows_now, labels); }));
  EXPECT_EQ(DataLoader(rows_now, labels_now).samples(), 4u);
}

TEST(DataLoader, RefusesWhatGivesNoBatch) {
  EXPECT_SAYS(data_error_of([] { DataLoader(ImageSet(), {.batch_size = 2}); }), "got an empty data set");
  EXPECT_SAYS(data_error_of([] { DataLoader(numbered_rows(0)); }), "got an empty data set");
  EXPECT_SAYS(data_error_of([] { DataLoader(numbered_rows(3), {.batch_size = 0}); }),
              "batch_size of at least 1, got 0");
  EXPECT_SAYS(data_error_of([] { DataLoader(numbered_rows(3), {.batch_size = 4, .drop_last = true}); }),
              "drop_last leaves no batch: expected at least 4 samples (batch_size), got 3");
  EXPECT_THROW(DataLoader(xt::xarray<float>(1.0f)), ShapeError);
}

}  // namespace
}  // namespace xtape::nn

// Image sets: reading the four files of a data set, sharing, and the conversion to numbers.

#include "nn/data/image_set.hpp"

#include "files_for_tests.hpp"

#include <zlib.h>
#include <cstdlib>
#include <numeric>
#include <string>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::read_bytes;
using testing::ScratchFolder;
using testing::write_bytes;

std::vector<std::uint8_t> counting(std::size_t count, std::size_t step = 1) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = std::uint8_t(i * step);
  return bytes;
}

/// Five images of 3 x 2 pixels, labelled 0, 3, 6, 9, 12.
ImageSet five_images() {
  return ImageSet(3, 2, counting(30), counting(5, 3));
}

void write_set(const ScratchFolder& folder, const std::string& images, const std::string& labels) {
  write_idx(folder / images, {{5, 3, 2}, counting(30)});
  write_idx(folder / labels, {{5}, counting(5, 3)});
}

TEST(ImageSet, HoldsImagesAndLabels) {
  const ImageSet set = five_images();
  EXPECT_EQ(set.size(), 5u);
  EXPECT_EQ(set.height(), 3u);
  EXPECT_EQ(set.width(), 2u);
  EXPECT_EQ(set.pixels(), 6u);
  EXPECT_TRUE(set.has_labels());
  EXPECT_EQ(set.label(3), 9);
  EXPECT_EQ(set.image(2)[0], 12);
  EXPECT_EQ(set.image(2).size(), 6u);
  EXPECT_EQ(ImageSet().size(), 0u);
  EXPECT_FALSE(ImageSet().has_labels());
  EXPECT_FALSE(ImageSet(3, 2, counting(30)).has_labels());
}

TEST(ImageSet, CopiesAndSlicesShareTheBytes) {
  const ImageSet set = five_images();
  const ImageSet copy = set, part = set.slice(1, 3), part_of_part = part.slice(2, 1);
  EXPECT_EQ(copy.image(0).data(), set.image(0).data());
  EXPECT_EQ(part.size(), 3u);
  EXPECT_EQ(part.image(0).data(), set.image(1).data());
  EXPECT_EQ(part.label(2), 9);
  EXPECT_EQ(part_of_part.image(0).data(), set.image(3).data());
  EXPECT_EQ(set.slice(5, 0).size(), 0u);
}

TEST(ImageSet, IsStillGoodWhenMovedFrom) {
  ImageSet set = five_images(), other = ImageSet(1, 1, counting(2));
  const ImageSet moved = std::move(set);
  EXPECT_EQ(moved.image(4)[0], 24);
  EXPECT_EQ(set.size(), 5u);
  EXPECT_EQ(set.image(4).data(), moved.image(4).data()) << "the bytes are shared, not copied";
  EXPECT_EQ(to_string(shape_of(set.first<float>(2))), "(2, 6)");
  set = std::move(other);
  EXPECT_EQ(set.image(1)[0], 1);
  EXPECT_EQ(other.image(1)[0], 1);
}

template <class T>
void expect_exact_conversion() {
  const ImageSet set(1, 256, counting(256));
  const std::size_t first[] = {0};
  const Array<T> numbers = set.gather<T>(first);
  EXPECT_EQ(to_string(shape_of(numbers)), "(1, 256)");
  for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ(numbers(0, i), T(i) / T(255));
  EXPECT_EQ(numbers(0, 255), T(1));
}

TEST(ImageSet, PixelsBecomeNumbersFromZeroToOne) {
  expect_exact_conversion<float>();
  expect_exact_conversion<double>();
  const ImageSet set = five_images();
  const std::size_t indices[] = {4, 0, 4};
  const Array<float> numbers = set.gather<float>(indices);
  EXPECT_EQ(to_string(shape_of(numbers)), "(3, 6)");
  EXPECT_EQ(numbers(0, 1), 25.0f / 255.0f);
  EXPECT_EQ(numbers(1, 5), 5.0f / 255.0f);
  EXPECT_EQ(numbers(2, 0), 24.0f / 255.0f);
  EXPECT_EQ(to_string(shape_of(set.first<double>(2))), "(2, 6)");
  EXPECT_EQ(to_string(shape_of(set.first<float>(99))), "(5, 6)");
  EXPECT_EQ(set.slice(3, 2).first<float>(1)(0, 0), 18.0f / 255.0f);
}

TEST(ImageSet, RefusesWhatDoesNotFit) {
  EXPECT_SAYS(data_error_of([] { ImageSet(3, 2, counting(31)); }),
              "expected whole images of 3 x 2 pixels, got 31 bytes");
  EXPECT_SAYS(data_error_of([] { ImageSet(0, 2, counting(31)); }), "0 x 2 pixels");
  EXPECT_SAYS(data_error_of([] { ImageSet(std::size_t(1) << 40, std::size_t(1) << 40, {}); }), "pixels, got 0 bytes");
  EXPECT_SAYS(data_error_of([] { ImageSet(3, 2, counting(30), counting(4)); }), "got 5 images and 4 labels");
  const ImageSet set = five_images();
  EXPECT_SAYS(data_error_of([&] { set.image(5); }), "expected an index below 5, got 5");
  EXPECT_SAYS(data_error_of([&] { set.label(7); }), "got 7");
  EXPECT_SAYS(data_error_of([&] { ImageSet(3, 2, counting(30)).label(0); }), "no labels");
  EXPECT_SAYS(data_error_of([&] { set.slice(4, 2); }), "expected a part of 5 images, got 2 from 4 on");
  EXPECT_SAYS(data_error_of([&] { set.slice(1, std::size_t(-1)); }), "expected a part of 5 images");
  const std::size_t indices[] = {0, 5};
  EXPECT_SAYS(data_error_of([&] { set.gather<float>(indices); }), "got 5");
}

TEST(LoadImageSet, FindsTheFilesUnderAllTheirNames) {
  const std::pair<const char*, const char*> names[] = {
      {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
      {"train-images.idx3-ubyte", "train-labels.idx1-ubyte"},
      {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"},
      {"train-images.idx3-ubyte.gz", "train-labels-idx1-ubyte"},
  };
  for (const auto& [images, labels] : names) {
    const ScratchFolder folder;
    write_set(folder, images, labels);
    const ImageSet set = load_image_set(folder.path(), DataPart::kTrain);
    EXPECT_EQ(set.size(), 5u);
    EXPECT_EQ(set.label(4), 12);
    EXPECT_SAYS(data_error_of([&] { load_image_set(folder.path(), DataPart::kTest); }),
                folder.path().string() + " has no file t10k-images-idx3-ubyte");
  }
  const ScratchFolder folder;
  write_set(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
  EXPECT_EQ(load_image_set(folder.path(), DataPart::kTest).image(4)[5], 29);
}

TEST(LoadImageSet, SaysWhichFileIsWrong) {
  const ScratchFolder folder;
  const std::string images = "train-images-idx3-ubyte", labels = "train-labels-idx1-ubyte";
  const auto error = [&] { return data_error_of([&] { load_image_set(folder.path(), DataPart::kTrain); }); };

  EXPECT_SAYS(data_error_of([&] { load_image_set(folder / "none", DataPart::kTrain); }), "which is no folder");
  EXPECT_SAYS(error(), "no file " + images);
  write_idx(folder / images, {{5, 3, 2}, counting(30)});
  EXPECT_SAYS(error(), "no file " + labels);
  write_idx(folder / labels, {{4}, counting(4)});
  EXPECT_SAYS(error(), "has 5 images");
  EXPECT_SAYS(error(), (folder / labels).string() + " has 4 labels");
  write_idx(folder / labels, {{5, 1}, counting(5)});
  EXPECT_SAYS(error(), (folder / labels).string() + ": expected the magic number 0x00000801");
  EXPECT_SAYS(error(), "at byte 0, got 0x00000802");
  write_idx(folder / labels, {{5}, counting(5)});
  write_idx(folder / images, {{5, 6}, counting(30)});
  EXPECT_SAYS(
      error(),
      images + ": expected the magic number 0x00000803 (unsigned bytes, 3 dimensions) at byte 0, got 0x00000802");
  write_idx(folder / images, {{5, 3, 2, 3}, counting(90)});
  EXPECT_SAYS(error(), "got 0x00000804 (unsigned bytes, 4 dimensions); is this the right file?");
  std::filesystem::copy_file(folder / labels, folder / images, std::filesystem::copy_options::overwrite_existing);
  EXPECT_SAYS(error(), images + ": expected the magic number 0x00000803");
  EXPECT_SAYS(error(), "got 0x00000801 (unsigned bytes, 1 dimension); is this the right file?");
  write_idx(folder / images, {{0, 3, 2}, {}});
  write_idx(folder / labels, {{0}, {}});
  EXPECT_SAYS(error(), "expected images, got the extents (0, 3, 2)");
  write_bytes(folder / images, "");
  EXPECT_SAYS(error(), "truncated");
}

TEST(LoadImageSet, WithoutLabelsAsksForNoFileOfThem) {
  const ScratchFolder folder;
  write_idx(folder / "t10k-images-idx3-ubyte", {{5, 3, 2}, counting(30)});
  const ImageSet set = load_image_set(folder.path(), DataPart::kTest, {}, Labels::kSkip);
  EXPECT_EQ(set.size(), 5u);
  EXPECT_FALSE(set.has_labels());
  EXPECT_FALSE(load_image_set(folder.path(), DataPart::kTest, {}, Labels::kReadIfThere).has_labels());
  write_bytes(folder / "t10k-labels-idx1-ubyte", "no labels");
  EXPECT_SAYS(data_error_of([&] { load_image_set(folder.path(), DataPart::kTest, {}, Labels::kReadIfThere); }),
              "t10k-labels-idx1-ubyte: expected");
  EXPECT_EQ(load_image_set(folder.path(), DataPart::kTest, {}, Labels::kSkip).image(4)[5], 29);
  EXPECT_SAYS(data_error_of([&] { load_image_set(folder.path(), DataPart::kTest); }),
              "t10k-labels-idx1-ubyte: expected");
}

TEST(LoadImageSet, ReadsLabelsOfFourBytes) {
  const ScratchFolder folder;
  write_set(folder, "train-images-idx3-ubyte", "unused");
  std::string labels{0, 0, 0x0C, 1, 0, 0, 0, 5};
  for (const char label : std::string{3, 1, 4, 1, 5}) labels += std::string{0, 0, 0, label};
  write_bytes(folder / "train-labels-idx1-ubyte", labels);
  EXPECT_EQ(load_image_set(folder.path(), DataPart::kTrain).label(2), 4);
  labels[10] = 1;
  write_bytes(folder / "train-labels-idx1-ubyte", labels);
  EXPECT_SAYS(data_error_of([&] { load_image_set(folder.path(), DataPart::kTrain); }), "element 0 is 259");
}

// Where the numbers of images and labels differ, neither is read: compressed, a small file may hold gigabytes.
TEST(LoadImageSet, ComparesTheHeadersFirst) {
  const ScratchFolder folder;
  const auto write_compressed = [&](const std::string& name, const std::string& header, unsigned zeros) {
    const ::gzFile file = ::gzopen((folder / name).c_str(), "wb9");
    ::gzwrite(file, header.data(), unsigned(header.size()));
    const std::string block(1 << 20, '\0');
    for (unsigned i = 0; i < zeros; ++i) ::gzwrite(file, block.data(), unsigned(block.size()));
    ::gzclose(file);
  };
  write_compressed("train-images-idx3-ubyte.gz", std::string{0, 0, 8, 3, 0, 0, 0, 100, 0, 0, 4, 0, 0, 0, 4, 0}, 100);
  write_compressed("train-labels-idx1-ubyte.gz", std::string{0, 0, 8, 1, 6, 0x40, 0, 0}, 100);
  const auto error = [&] { return data_error_of([&] { load_image_set(folder.path(), DataPart::kTrain); }); };
  EXPECT_SAYS(error(), "has 100 images");
  EXPECT_SAYS(error(), "has 104857600 labels");
  if (!testing::restart_peak()) return;
  EXPECT_LT(testing::peak_growth(error), 10u << 20);
}

TEST(LoadImageSet, ObeysTheLimit) {
  const ScratchFolder folder;
  write_set(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte");
  EXPECT_SAYS(data_error_of([&] { load_image_set(folder.path(), DataPart::kTrain, {.max_bytes = 29}); }),
              "limit of 29 bytes");
}

// Where the folder of data sets that the environment variable XTAPE_DATA_DIR names has one for MNIST.
TEST(LoadImageSet, ReadsMnist) {
  const char* const data_sets = std::getenv("XTAPE_DATA_DIR");
  const auto folder = std::filesystem::path(data_sets == nullptr ? "" : data_sets) / "mnist";
  if (data_sets == nullptr || !std::filesystem::exists(folder)) GTEST_SKIP() << "no folder $XTAPE_DATA_DIR/mnist";
  const ImageSet train = load_image_set(folder, DataPart::kTrain), test = load_image_set(folder, DataPart::kTest);
  EXPECT_EQ(train.size(), 60000u);
  EXPECT_EQ(test.size(), 10000u);
  EXPECT_EQ(train.pixels(), 784u);
  EXPECT_EQ(train.label(0), 5);
  EXPECT_EQ(test.label(0), 7);
  double sum = 0;
  for (std::size_t i = 0; i < train.size(); ++i) {
    const auto image = train.image(i);
    sum += std::accumulate(image.begin(), image.end(), 0.0);
  }
  EXPECT_NEAR(sum / 60000 / 784 / 255, 0.1306604762738429, 1e-12) << "the mean that PyTorch's examples normalise with";
}

}  // namespace
}  // namespace xtape::nn

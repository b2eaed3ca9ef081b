// Pictures and folders of them: the pixels that Pillow gives, areas averaged, and what is wrong with a file or folder.

#include "nn/files/image_file.hpp"

#include "files_for_tests.hpp"
#include "nn/data/data_loader.hpp"
#include "nn/data/image_folder.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <zlib.h>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::expect_success_or_data_error;
using testing::read_bytes;
using testing::ScratchFolder;
using testing::write_bytes;

std::filesystem::path picture(const std::string& name) {
  return std::filesystem::path(XTAPE_GOLDEN_DIR) / ("images_" + name);
}

/// Whether xtape was built with the library that reads these files.
bool is_read(const std::string& ending) {
  try {
    read_image(picture("color." + ending));
  } catch (const DataError& error) {
    EXPECT_SAYS(std::string(error.what()), "xtape was built without lib");
    return false;
  }
  return true;
}

/// Both formats, or the test is left out.
#define NEED_PICTURES() \
  if (!is_read("png") || !is_read("jpg")) GTEST_SKIP() << "built without libpng or libjpeg"

double largest_difference(const Array<double>& a, const Array<double>& b) {
  EXPECT_EQ(shape_of(a), shape_of(b));
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
  }
  return largest;
}

TEST(ImageFile, HasPillowsPixels) {
  NEED_PICTURES();
  const Golden golden("images");
  for (const std::string name : {"color.png", "grey.png", "palette.png", "alpha.png", "bits.png", "lower.png",
                                 "color.jpg", "grey.jpg", "progressive.jpg"}) {
    const double tolerance = name.ends_with("png") ? 0 : 2;  // decoders may round differently
    for (const bool color : {false, true}) {
      const AnyArray pixels = read_image(picture(name), {.color = color});
      EXPECT_EQ(pixels.dtype(), "U8");
      EXPECT_LE(largest_difference(pixels.as<double>(), golden[name + (color ? ".color" : ".grey")]), tolerance)
          << name;
    }
  }
}

TEST(ImageFile, AveragesAreas) {
  NEED_PICTURES();
  const Golden golden("images");
  for (const auto& [height, width] :
       std::vector<std::pair<std::size_t, std::size_t>>{{3, 4}, {5, 7}, {9, 12}, {13, 20}, {1, 1}}) {
    const AnyArray pixels = read_image(picture("color.png"), {.color = true, .height = height, .width = width});
    const std::string key = "resized." + std::to_string(height) + "." + std::to_string(width);
    EXPECT_LE(largest_difference(pixels.as<double>(), golden[key]), 1) << key << " (halves may go either way)";
  }
  EXPECT_EQ(read_image(picture("grey.png"), {.height = 3}).shape(), (Shape{1, 3, 12}));
}

TEST(ImageFile, RefusesOtherFiles) {
  NEED_PICTURES();
  const ScratchFolder folder;
  const auto error = [&](const std::string& bytes, const ImageOptions& options = {}) {
    write_bytes(folder / "file", bytes);
    const std::string message = data_error_of([&] { read_image(folder / "file", options); });
    EXPECT_EQ(message.find("[read_image] "), 0u) << message;
    return message;
  };
  EXPECT_SAYS(error("GIF89a"), "expected a PNG or JPEG file, got one that begins with \"GIF89a\"");
  EXPECT_SAYS(error(""), "begins with \"\"");
  EXPECT_SAYS(data_error_of([] { read_image(picture("cmyk.jpg")); }), "got other colours (CMYK)");
  EXPECT_SAYS(data_error_of([] { read_image(picture("none.png")); }), "cannot open it");
  for (const char* name : {"color.png", "color.jpg", "progressive.jpg"}) {
    const std::string whole = read_bytes(picture(name));
    for (std::size_t length = 8; length + 20 < whole.size(); length += 7) {
      EXPECT_SAYS(error(whole.substr(0, length)), "damaged: ");
    }
    EXPECT_SAYS(error(whole, {.max_bytes = 100}), "expected at most 100 bytes, got");
    EXPECT_SAYS(error(whole, {.height = 1000, .width = 1000, .max_bytes = 100'000}),
                "a size of 1000 x 1000 is more than the limit of 100000 bytes");
  }
  std::string large = read_bytes(picture("color.png"));
  EXPECT_SAYS(error(large.replace(16, 4, std::string("\0\1\0\0", 4))), "damaged: ") << "the sum of the header is wrong";
  const std::string jpeg = read_bytes(picture("color.jpg"));
  const std::string size("\xff\0\xff\0", 4);
  EXPECT_SAYS(error(std::string(jpeg).replace(jpeg.find("\xff\xc0") + 5, 4, size), {.max_bytes = 1 << 20}),
              "a picture of 65280 x 65280 pixels has more than the limit of 1048576 bytes");
}

/// A PNG file of grey zeros.
std::string grey_png(std::uint32_t height, std::uint32_t width) {
  const auto word = [](std::size_t x) {
    return std::string{char(x >> 24 & 255), char(x >> 16 & 255), char(x >> 8 & 255), char(x & 255)};
  };
  const auto chunk = [&](const std::string& name, const std::string& data) {
    const std::string both = name + data;
    return word(data.size()) + both +
           word(::crc32(0, reinterpret_cast<const ::Bytef*>(both.data()), ::uInt(both.size())));
  };
  const std::string rows(std::size_t(height) * (width + 1), '\0');
  ::uLongf size = ::compressBound(rows.size());
  std::string packed(size, '\0');
  ::compress2(reinterpret_cast<::Bytef*>(packed.data()), &size, reinterpret_cast<const ::Bytef*>(rows.data()),
              rows.size(), 1);
  packed.resize(size);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", word(width) + word(height) + std::string("\x08\0\0\0\0", 5)) +
         chunk("IDAT", packed) + chunk("IEND", "");
}

TEST(ImageFile, ResizingTakesTheMemoryOfTheBytes) {
  NEED_PICTURES();
  const ScratchFolder folder;
  write_bytes(folder / "large.png", grey_png(4000, 3000));
  if (testing::restart_peak()) {
    const auto peak = testing::peak_growth([&] { read_image(folder / "large.png", {.height = 28, .width = 28}); });
    EXPECT_LT(peak, std::size_t{64} << 20);
  }
  EXPECT_EQ(read_image(folder / "large.png", {.height = 2, .width = 3}).shape(), (Shape{1, 2, 3}));
  EXPECT_SAYS(data_error_of([&] {
                read_image(folder / "large.png", {.height = 1, .width = 30'000'000, .max_bytes = 60'000'000});
              }),
              "resizing 4000 x 3000 pixels to 1 x 30000000 takes more than the limit of 60000000 bytes");
}

TEST(ImageFile, RefusesThousandsOfScans) {
  NEED_PICTURES();
  const auto segment = [](int marker, const std::string& data) {
    return std::string{'\xff', char(marker), char((data.size() + 2) >> 8), char((data.size() + 2) & 255)} + data;
  };
  const std::string head = "\xff\xd8" + segment(0xdb, std::string(1, '\0') + std::string(64, '\1')) +
                           segment(0xc2, std::string("\x08\0\x08\0\x08\1\1\x11\0", 9)) +
                           segment(0xc4, std::string("\0\1", 2) + std::string(16, '\0')) +
                           segment(0xc4, std::string("\x10\1\1", 3) + std::string(14, '\0') + "\xe0" + '\0');
  const std::string first = segment(0xda, std::string("\1\1\0\0\0\0", 6)) + "\x7f";
  const auto with_scans = [&](int count) {
    std::string bytes = head + first;
    for (int scan = 1; scan < count; ++scan) {  // bit after bit of coefficient after coefficient: 0
      const int k = 1 + (scan - 1) / 14, low = 13 - (scan - 1) % 14, high = low == 13 ? 0 : low + 1;
      const std::string to{'\1', '\1', '\0', char(k), char(k), char(high << 4 | low)};
      bytes += segment(0xda, to) + "\xbf";
    }
    return bytes + "\xff\xd9";
  };
  const ScratchFolder folder;
  write_bytes(folder / "few.jpg", with_scans(100));
  write_bytes(folder / "many.jpg", with_scans(400));
  EXPECT_EQ(read_image(folder / "few.jpg").shape(), (Shape{1, 8, 8}));
  EXPECT_SAYS(data_error_of([&] { read_image(folder / "many.jpg"); }), "expected at most 100 scans");
}

TEST(ImageFile, MutatedFilesAreReadOrRefused) {
  NEED_PICTURES();
  const auto read_file = [](const std::filesystem::path& path) { read_image(path, {.max_bytes = 1 << 20}); };
  for (const char* name : {"color.png", "palette.png", "color.jpg", "progressive.jpg"}) {
    expect_success_or_data_error(read_bytes(picture(name)), 1, 500, read_file);
  }
}

/// Two classes with three pictures, a file that is none, and an empty folder.
void make_folder(const std::filesystem::path& folder) {
  for (const char* name : {"cat", "dog", "empty"}) std::filesystem::create_directory(folder / name);
  std::filesystem::copy(picture("color.png"), folder / "cat/b.PNG");
  std::filesystem::copy(picture("color.jpg"), folder / "cat/a.jpeg");
  std::filesystem::copy(picture("alpha.png"), folder / "dog/c.png");
  write_bytes(folder / "dog/notes.txt", "none");
}

TEST(ImageFolder, SubFoldersAreClasses) {
  NEED_PICTURES();
  const ScratchFolder folder;
  make_folder(folder.path());
  const ImageFolder pictures = load_image_folder(folder.path(), {.color = true});
  EXPECT_EQ(pictures.classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(pictures.files[1], folder / "cat/b.PNG");
  EXPECT_EQ(pictures.data.size(), 3u);
  EXPECT_EQ(pictures.data.rows<std::int64_t>("labels"), (Array<std::int64_t>{0, 0, 1}));
  EXPECT_EQ(pictures.data.features("images"), (Shape{3, 9, 12}));
  const std::vector<std::size_t> second{1};
  EXPECT_EQ(pictures.data.rows<std::uint8_t>("images", second)(0, 1, 2, 3),
            read_image(picture("color.png"), {.color = true}).as<std::uint8_t>()(1, 2, 3));
  for (const auto& batch : DataLoader<float>(pictures.data, {.batch_size = 3})) {
    EXPECT_EQ(batch.images(1, 0, 0, 1), 20.0f / 255.0f);
    EXPECT_EQ(batch.labels(2), 1);
  }
  const ImageFolder flat = load_image_folder(folder / "cat");
  EXPECT_EQ(flat.files.size(), 2u);
  EXPECT_TRUE(flat.classes.empty() && !flat.data.has("labels"));
}

TEST(ImageFolder, RefusesWhatDoesNotFit) {
  NEED_PICTURES();
  const ScratchFolder folder;
  make_folder(folder.path());
  const auto error = [&](const std::filesystem::path& path, const ImageOptions& options = {}) {
    return data_error_of([&] { load_image_folder(path, options); });
  };
  EXPECT_SAYS(error(folder / "empty"), "empty has no PNG or JPEG files, nor have its sub-folders");
  EXPECT_SAYS(error(folder / "none"), "none: cannot read the folder: No such file or directory");
  EXPECT_SAYS(error(folder.path(), {.color = true, .height = 30, .width = 30, .max_bytes = 5000}),
              "3 pictures of shape (3, 30, 30) have more than the limit of 5000 bytes");
  std::filesystem::copy(picture("color.png"), folder / "d.png");
  EXPECT_SAYS(error(folder.path()), "or in its sub-folders, got both: " + (folder / "d.png").string() + " and " +
                                        (folder / "cat/a.jpeg").string());
  std::filesystem::remove(folder / "d.png");
  std::filesystem::copy(picture("lower.png"), folder / "dog/d.png");
  const std::string message = error(folder.path());
  EXPECT_SAYS(message, "expected pictures of one size, got 9 x 12 in " + (folder / "cat/a.jpeg").string() +
                           " and 8 x 12 in " + (folder / "dog/d.png").string());
  EXPECT_EQ(load_image_folder(folder.path(), {.height = 4, .width = 4}).data.features("images"), (Shape{1, 4, 4}));
}

}  // namespace
}  // namespace xtape::nn

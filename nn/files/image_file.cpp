#include "nn/files/image_file.hpp"

#include "autodiff/text.hpp"
#include "nn/files/image_pixels.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace detail {

Pixels pixels_of(std::size_t height, std::size_t width, std::size_t channels, std::uint64_t max_bytes,
                 const InputFile& file) {
  const std::string size = std::to_string(height) + " x " + std::to_string(width);
  if (height == 0 || width == 0) file.fail("expected a picture, got " + size + " pixels");
  if (width > max_bytes / channels / height) {
    file.fail("a picture of " + size + " pixels has more than the limit of " + std::to_string(max_bytes) + " bytes");
  }
  // Not set: the pages are taken as pixels come.
  return {height, width, channels, std::unique_ptr<std::uint8_t[]>(new std::uint8_t[height * width * channels])};
}

namespace {

Pixels decode(const InputFile& file, std::uint64_t max_bytes) {
  if (file.size() > max_bytes) {
    file.fail("expected at most " + std::to_string(max_bytes) + " bytes, got " + std::to_string(file.size()));
  }
  std::string bytes(std::size_t(file.size()), '\0');
  bytes.resize(file.read(0, std::as_writable_bytes(std::span(bytes))));
  const auto span = std::as_bytes(std::span(bytes));
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return decode_png(span, max_bytes, file);
  if (bytes.starts_with("\xff\xd8\xff")) return decode_jpeg(span, max_bytes, file);
  file.fail("expected a PNG or JPEG file, got one that begins with " + text::quoted(bytes.substr(0, 8)));
}

/// Colours or grey levels of a row of pixels, one channel after the other.
void channels_of(const Pixels& pixels, std::size_t row, bool color, std::vector<double>& values) {
  const std::uint8_t* from = pixels.bytes.get() + row * pixels.width * pixels.channels;
  for (std::size_t x = 0; x < pixels.width; ++x, from += pixels.channels) {
    if (color) {
      for (std::size_t channel = 0; channel < 3; ++channel) values[channel * pixels.width + x] = from[channel];
    } else {
      // Whole numbers of 2^-16 whose sum is one, rounded, as Pillow's.
      values[x] = (from[0] * 19595u + from[1] * 38470u + from[2] * 7471u + 0x8000u) >> 16;
    }
  }
}

/// What a row of `size` pixels is made of, of one with `from`: the first, and the parts of it and of those behind it.
struct Share {
  std::size_t first;
  std::vector<double> parts;
};

std::vector<Share> shares(std::size_t from, std::size_t size) {
  const double scale = double(from) / double(size);
  std::vector<Share> all(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double begin = double(i) * scale, end = double(i + 1) * scale;
    Share& share = all[i];
    share.first = std::min(std::size_t(begin), from - 1);
    for (std::size_t j = share.first; j < from && double(j) < end; ++j) {
      const double part = std::min(end, double(j + 1)) - std::max(begin, double(j));
      if (part > 1e-9 * scale || share.parts.empty()) share.parts.push_back(part / scale);
    }
  }
  return all;
}

/// The mean over the area of each new pixel, (channels, height, width): a row of the picture at a time, made narrow and
/// added to the rows that it is a part of.
std::vector<double> resized(const Pixels& pixels, bool color, std::size_t height, std::size_t width) {
  const std::size_t channels = color ? 3 : 1;
  std::vector<double> row(channels * pixels.width), narrow(channels * width), result(channels * height * width, 0.0);
  const std::vector<Share> across = shares(pixels.width, width), down = shares(pixels.height, height);
  std::size_t first = 0;  // of the new rows that later ones of the picture are parts of
  for (std::size_t y = 0; y < pixels.height; ++y) {
    channels_of(pixels, y, color, row);
    std::fill(narrow.begin(), narrow.end(), 0.0);
    for (std::size_t channel = 0; channel < channels; ++channel) {
      for (std::size_t x = 0; x < width; ++x) {
        const double* const from = row.data() + channel * pixels.width + across[x].first;
        for (std::size_t k = 0; k < across[x].parts.size(); ++k) {
          narrow[channel * width + x] += across[x].parts[k] * from[k];
        }
      }
    }
    while (first < height && down[first].first + down[first].parts.size() <= y) ++first;
    for (std::size_t to = first; to < height && down[to].first <= y; ++to) {
      if (down[to].first + down[to].parts.size() <= y) continue;
      const double part = down[to].parts[y - down[to].first];
      for (std::size_t channel = 0; channel < channels; ++channel) {
        double* const line = result.data() + (channel * height + to) * width;
        for (std::size_t x = 0; x < width; ++x) line[x] += part * narrow[channel * width + x];
      }
    }
  }
  return result;
}

}  // namespace
}  // namespace detail

AnyArray read_image(const std::filesystem::path& path, const ImageOptions& options) {
  const detail::InputFile file(path, "[read_image] " + text::path(path) + ": ");
  const detail::Pixels pixels = detail::decode(file, options.max_bytes);
  const std::size_t height = options.height == 0 ? pixels.height : options.height;
  const std::size_t width = options.width == 0 ? pixels.width : options.width;
  const std::size_t channels = options.color ? 3 : 1;
  if (width > options.max_bytes / channels / height) {
    file.fail("a size of " + std::to_string(height) + " x " + std::to_string(width) + " is more than the limit of " +
              std::to_string(options.max_bytes) + " bytes");
  }
  const bool is_resized = height != pixels.height || width != pixels.width;
  // Sums are made in double, and each row and column knows its parts; a little of that is always there.
  constexpr std::uint64_t kBytesOfSum = sizeof(double), kBytesOfShare = 2 * sizeof(detail::Share);
  const std::uint64_t most = std::max(options.max_bytes, std::uint64_t{1} << 24);
  if (is_resized &&
      (width > most / (kBytesOfSum * channels) / height || std::max(height, width) > most / kBytesOfShare)) {
    file.fail("resizing " + std::to_string(pixels.height) + " x " + std::to_string(pixels.width) + " pixels to " +
              std::to_string(height) + " x " + std::to_string(width) + " takes more than the limit of " +
              std::to_string(options.max_bytes) + " bytes");
  }
  Array<std::uint8_t> bytes = empty<std::uint8_t>(Shape{channels, height, width});
  const auto rounded = [](double x) { return std::uint8_t(std::lround(std::min(x, 255.0))); };
  if (!is_resized) {
    std::vector<double> row(channels * width);
    for (std::size_t y = 0; y < height; ++y) {
      detail::channels_of(pixels, y, options.color, row);
      for (std::size_t channel = 0; channel < channels; ++channel) {
        const double* const from = row.data() + channel * width;
        std::transform(from, from + width, bytes.data() + (channel * height + y) * width, rounded);
      }
    }
  } else {
    const std::vector<double> values = detail::resized(pixels, options.color, height, width);
    std::transform(values.begin(), values.end(), bytes.data(), rounded);
  }
  return AnyArray(std::move(bytes));
}

}  // namespace xtape::nn

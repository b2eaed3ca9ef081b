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

/// A plane of bytes out of pixels: a colour, or grey.
std::vector<double> plane(const Pixels& pixels, bool color, std::size_t channel) {
  std::vector<double> values(pixels.height * pixels.width);
  const std::uint8_t* from = pixels.bytes.get();
  for (double& value : values) {
    // Whole numbers of 2^-16 whose sum is one, rounded, as Pillow's.
    const unsigned grey = (from[0] * 19595u + from[1] * 38470u + from[2] * 7471u + 0x8000u) >> 16;
    value = color ? from[channel] : grey;
    from += pixels.channels;
  }
  return values;
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

/// The mean over the area of each new pixel: rows first, then columns.
std::vector<double> resized(const std::vector<double>& from, std::size_t rows, std::size_t columns, std::size_t height,
                            std::size_t width) {
  std::vector<double> narrow(rows * width, 0.0), result(height * width, 0.0);
  const std::vector<Share> across = shares(columns, width), down = shares(rows, height);
  for (std::size_t y = 0; y < rows; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      for (std::size_t k = 0; k < across[x].parts.size(); ++k) {
        narrow[y * width + x] += across[x].parts[k] * from[y * columns + across[x].first + k];
      }
    }
  }
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t k = 0; k < down[y].parts.size(); ++k) {
      const double* const line = narrow.data() + (down[y].first + k) * width;
      for (std::size_t x = 0; x < width; ++x) result[y * width + x] += down[y].parts[k] * line[x];
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
  Array<std::uint8_t> bytes = empty<std::uint8_t>(Shape{channels, height, width});
  for (std::size_t channel = 0; channel < channels; ++channel) {
    std::vector<double> values = detail::plane(pixels, options.color, channel);
    if (height != pixels.height || width != pixels.width) {
      values = detail::resized(values, pixels.height, pixels.width, height, width);
    }
    std::transform(values.begin(), values.end(), bytes.data() + channel * height * width,
                   [](double x) { return std::uint8_t(std::lround(std::min(x, 255.0))); });
  }
  return AnyArray(std::move(bytes));
}

}  // namespace xtape::nn

#include "nn/files/image_pixels.hpp"

#include <string>

#ifdef XTAPE_PNG
#include <png.h>
#endif

namespace xtape::nn::detail {

#ifdef XTAPE_PNG

Pixels decode_png(std::span<const std::byte> bytes, std::uint64_t max_bytes, const InputFile& file) {
  ::png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (::png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) {
    file.fail("damaged: " + std::string(image.message));
  }
  // With transparency, which is dropped: without it, libpng would lay the picture on a background.
  image.format = PNG_FORMAT_RGBA;
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  struct Freed {
    ::png_image* image;
    ~Freed() { ::png_image_free(image); }
  } const freed{&image};
  Pixels pixels = pixels_of(image.height, image.width, PNG_IMAGE_PIXEL_CHANNELS(image.format), max_bytes, file);
  if (::png_image_finish_read(&image, nullptr, pixels.bytes.get(), 0, nullptr) == 0) {
    file.fail("damaged: " + std::string(image.message));
  }
  return pixels;
}

#else

Pixels decode_png(std::span<const std::byte>, std::uint64_t, const InputFile& file) {
  file.fail("is a PNG file, and xtape was built without libpng (on Debian and Ubuntu: apt install libpng-dev)");
}

#endif

}  // namespace xtape::nn::detail

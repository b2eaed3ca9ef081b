// The reader of pictures: PNG and JPEG.

#include "nn/files/image_file.hpp"

#include "tests/fuzz/memory_file.hpp"

using namespace xtape;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::read_or_refuse(data, size, [](const std::filesystem::path& path) {
    const nn::AnyArray picture = nn::read_image(path, {.color = true, .max_bytes = fuzz::kMostBytes});
    fuzz::require(picture.shape()[0] == 3);
    fuzz::require(nn::read_image(path, {.height = 5, .width = 3, .max_bytes = fuzz::kMostBytes}).size() == 15);
  });
}

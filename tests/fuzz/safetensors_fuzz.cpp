// The safetensors reader.

#include "nn/files/tensor_file.hpp"

#include "tests/fuzz/memory_file.hpp"

#include <algorithm>

using namespace xtape;
using fuzz::kMostBytes;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::read_or_refuse(data, size, [](const std::filesystem::path& path) {
    const nn::TensorFile file = nn::read_safetensors(path, {.max_bytes = kMostBytes});
    for (const nn::TensorView& tensor : file.tensors()) {
      require(file.find(tensor.name) == &tensor);
      try {
        file.as<double>(tensor.name);
      } catch (const ShapeError&) {  // an empty tensor whose other extents are too many
        require(tensor.bytes.empty());
      }
    }
  });
}

// The .npz reader, stored and deflated.

#include "nn/files/npz.hpp"

#include "tests/fuzz/memory_file.hpp"

#include <algorithm>

using namespace xtape;
using fuzz::kMostBytes;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::read_or_refuse(data, size, [](const std::filesystem::path& path) {
    const nn::TensorFile file = nn::read_npz(path, {.max_bytes = kMostBytes});
    for (const nn::TensorView& tensor : file.tensors()) file.as<float>(tensor.name);
  });
}

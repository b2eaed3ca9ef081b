// The .npy reader, plain and gzip, and the one that maps.

#include "nn/files/npy.hpp"

#include "tests/fuzz/memory_file.hpp"

#include <algorithm>

using namespace xtape;
using fuzz::kMostBytes;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::read_or_refuse(data, size, [](const std::filesystem::path& path) {
    const nn::AnyArray array = nn::read_npy(path, {.max_bytes = kMostBytes});
    require(array.as<double>().size() == array.size());
    const nn::AnyArray mapped = nn::map_npy(path);
    require(std::equal(array.bytes().begin(), array.bytes().end(), mapped.bytes().begin(), mapped.bytes().end()));
  });
}

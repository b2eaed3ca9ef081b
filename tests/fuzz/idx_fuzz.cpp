// The IDX reader, plain and gzip, and the one that maps.

#include "nn/files/idx.hpp"

#include "tests/fuzz/memory_file.hpp"

#include <algorithm>

using namespace xtape;
using fuzz::kMostBytes;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::read_or_refuse(data, size, [](const std::filesystem::path& path) {
    const nn::IdxArray array = nn::read_idx(path, {.max_bytes = kMostBytes});
    require(array.bytes.empty() || array.bytes.size() == size_of(array.shape));
    const nn::AnyArray mapped = nn::map_idx(path);
    require(std::equal(array.bytes.begin(), array.bytes.end(), mapped.as<std::uint8_t>().begin()));
  });
}

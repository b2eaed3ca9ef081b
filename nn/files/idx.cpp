#include "nn/files/idx.hpp"

#include "autodiff/errors.hpp"
#include "nn/files/atomic_file.hpp"
#include "nn/files/idx_reader.hpp"

#include <span>
#include <string>

namespace xtape::nn {

IdxArray read_idx(const std::filesystem::path& path, const IdxLimits& limits, std::optional<std::size_t> rank) {
  detail::IdxReader reader(path, limits, rank);
  return {reader.shape(), reader.elements()};
}

AnyArray map_idx(const std::filesystem::path& path, std::optional<std::size_t> rank) {
  return detail::IdxReader(path, {.max_bytes = ~std::uint64_t{0}}, rank).mapped();
}

void write_idx(const std::filesystem::path& path, const IdxArray& array) {
  const std::size_t rank = array.shape.size();
  bool fits = rank >= 1 && rank <= 255 && size_of(array.shape) == array.bytes.size();
  for (const std::size_t extent : array.shape) fits = fits && extent <= 0xFFFFFFFF;
  if (!fits) {
    throw ShapeError("[write_idx] expected 1 to 255 extents below 2^32 whose product is the number of bytes, got " +
                     to_string(array.shape) + " and " + std::to_string(array.bytes.size()) + " bytes");
  }
  constexpr std::uint8_t kUnsignedBytes = 0x08;
  std::vector<std::uint8_t> header{0, 0, kUnsignedBytes, std::uint8_t(rank)};
  for (const std::size_t extent : array.shape) {
    for (const int shift : {24, 16, 8, 0}) header.push_back(std::uint8_t(extent >> shift));
  }
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(header)));
  file.write(std::as_bytes(std::span(array.bytes)));
  file.commit();
}

}  // namespace xtape::nn

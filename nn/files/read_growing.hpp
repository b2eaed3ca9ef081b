#pragma once
// Reading as many bytes as a header announces, without believing it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace xtape::nn::detail {

/// Up to `count` bytes from `read(pointer, most)`, which gives how many it has read, 0 at the end. Memory is taken as
/// bytes arrive, at most twice as much as have: a header that announces more than the file holds costs nothing.
template <class Byte, class Read>
std::vector<Byte> read_growing(std::uint64_t count, const Read& read) {
  constexpr std::uint64_t kFirst = 1 << 16, kMost = 1 << 26;  // bytes asked for at once
  std::vector<Byte> bytes;
  while (bytes.size() < count) {
    const std::uint64_t present = bytes.size();
    const std::size_t wanted = std::size_t(std::min({count - present, std::max(kFirst, present), kMost}));
    if (bytes.capacity() < present + wanted) bytes.reserve(std::size_t(std::min(count, 2 * (present + wanted))));
    bytes.resize(std::size_t(present) + wanted);
    const std::size_t got = read(bytes.data() + present, wanted);
    bytes.resize(std::size_t(present) + got);
    if (got < wanted) break;
  }
  return bytes;
}

}  // namespace xtape::nn::detail

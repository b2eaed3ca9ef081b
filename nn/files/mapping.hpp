#pragma once
// A file in the address space: the inside of what reads arrays that are larger than memory.

#include "nn/files/any_array.hpp"
#include "nn/files/input_file.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace xtape::nn::detail {

/// The bytes of a file, which the system reads as they are needed. What has been read stays in the system's cache, as
/// long as there is memory, and is taken out of that of the process from time to time.
class Mapping {
 public:
  /// Throws DataError where the system cannot.
  explicit Mapping(const InputFile& file);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::span<const std::byte> bytes() const { return {bytes_, size_}; }

  /// Tells whether what is read next lies in one piece. Else the system need not read what lies beside it.
  void expect(bool one_piece) const;

  /// Tells that so many pieces, of so many bytes each, have been read.
  void touched(std::size_t pieces, std::size_t bytes) const;

 private:
  const std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
  mutable std::atomic<bool> one_piece_ = true;
  mutable std::atomic<std::size_t> resident_ = 0;  // bytes that may be in the memory of the process, at most
};

/// An array whose elements are the file's, from the byte `start` on to its end.
AnyArray mapped_array(const InputFile& file, std::uint64_t start, std::string_view dtype, const Shape& shape);

}  // namespace xtape::nn::detail

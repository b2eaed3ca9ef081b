#pragma once
// Bytes that come one after the other, from a file or from a part of one: the inside of the readers.

#include "autodiff/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace xtape::nn::detail {

/// Deflate's shortest code of a copy has two bits, its longest copy 258 bytes: so many bytes at most come of one.
inline constexpr std::uint64_t kMostExpansion = 258 * 4;

/// Where a reader of a format takes its bytes from. All members throw DataError.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Reads bytes; fewer than asked for only at the end. Gives how many. At the end, sums that are stored with the bytes
  /// have been checked.
  virtual std::size_t read(std::span<std::uint8_t> to) = 0;

  /// The most bytes that can still come.
  virtual std::uint64_t most_left() const = 0;

  virtual std::string where() const = 0;  ///< how messages begin
  [[noreturn]] void fail(const std::string& what) const { throw DataError(where() + what); }

  /// Reads exactly the bytes of `to`, which hold what the message calls `field`.
  void read_field(std::span<std::uint8_t> to, const std::string& field) {
    const std::uint64_t start = offset_;
    const std::size_t got = read(to);
    if (got < to.size()) {
      fail("truncated: expected the " + std::to_string(to.size()) + " bytes of " + field + " at byte " +
           std::to_string(start) + ", got " + std::to_string(got));
    }
  }

  std::uint64_t offset() const { return offset_; }  ///< bytes read so far

 protected:
  std::uint64_t offset_ = 0;
};

}  // namespace xtape::nn::detail

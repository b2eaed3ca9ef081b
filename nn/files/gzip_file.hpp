#pragma once
// A file that may be compressed: the inside of the readers.

#include "nn/files/byte_stream.hpp"
#include "nn/files/input_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace xtape::nn::detail {

/// A plain or gzip-compressed file, read from its beginning. Offsets count uncompressed bytes. All members throw
/// DataError, as InputFile does.
class GzipFile : public ByteStream {
 public:
  GzipFile(const std::filesystem::path& path, std::string where);

  /// Reads bytes; fewer than asked for only at the end of the file. Gives how many. At the end it has also checked the
  /// sum that ends compressed data.
  std::size_t read(std::span<std::uint8_t> to) override;

  bool is_compressed() const;  ///< to be asked after the first byte has been read

  /// The most bytes that can still come: of a plain file those that are left, of a compressed one what its size admits.
  std::uint64_t most_left() const override;

  const InputFile& file() const { return file_; }      ///< as it is stored
  std::uint64_t size() const { return file_.size(); }  ///< of the file as it is stored
  std::string where() const override { return file_.where(); }

 private:
  struct Closer {
    void operator()(void* stream) const;
  };

  InputFile file_;
  std::unique_ptr<void, Closer> stream_;  // zlib's
};

}  // namespace xtape::nn::detail

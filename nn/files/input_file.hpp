#pragma once
// A file to read from: the inside of the readers.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace xtape::nn::detail {

/// A regular file, open for reading. Its size is known before anything is read, so that what a header announces can be
/// held against it. All members throw DataError, whose message starts with `where` (the reader and the file).
class InputFile {
 public:
  /// Refuses folders, pipes and devices: those might keep us waiting for ever.
  InputFile(const std::filesystem::path& path, std::string where);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::uint64_t size() const { return size_; }            ///< in bytes, when it was opened
  int descriptor() const { return descriptor_; }          ///< the system's number of the open file
  const std::string& where() const { return where_; }     ///< how messages begin
  [[noreturn]] void fail(const std::string& what) const;  ///< throws the DataError

  /// Reads the bytes from `offset` on; fewer than asked for only at the end of the file. Gives how many.
  std::size_t read(std::uint64_t offset, std::span<std::byte> to) const;

 private:
  std::string where_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace xtape::nn::detail

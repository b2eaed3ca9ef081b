#pragma once
// Files that appear whole or not at all.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace xtape::nn {

/// A file in the making: what is written goes to a temporary file in the same folder, which `commit` puts in the place
/// of `path`. Until then, and if the program dies or the disk is full, whatever was at `path` stays as it was.
///
/// All members but the destructor throw DataError that names the path and the system's reason.
class AtomicFile {
 public:
  /// Opens the temporary file. Refuses a path that is a folder, a device or a pipe; follows a symbolic link.
  explicit AtomicFile(const std::filesystem::path& path);

  /// Removes the temporary file unless `commit` was called.
  ~AtomicFile();

  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends bytes.
  void write(std::span<const std::byte> bytes);

  /// Flushes everything to the disk, then renames the temporary file to `path`. To be called once, last.
  void commit();

 private:
  [[noreturn]] void fail(const char* step, int error_number) const;

  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

/// Replaces the file at `path` by bytes or text, whole or not at all. Throws DataError.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

}  // namespace xtape::nn

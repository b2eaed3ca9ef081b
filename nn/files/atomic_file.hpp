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
/// The temporary file has no name until `commit`, where the file system can do that: if the program dies, it is gone.
/// Elsewhere, and for a moment in `commit`, it is called `.xtape-NUMBER-NUMBER.tmp`. Every AtomicFile first removes
/// those in its folder that dead programs left; what is being written is locked, and stays.
///
/// All members but the destructor throw DataError that names the path and the system's reason.
class AtomicFile {
 public:
  /// Opens the temporary file. Refuses a path that is a folder, a device or a pipe; follows a symbolic link, also to
  /// where there is nothing yet.
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
  void open_without_name();
  void open_with_name();
  void give_name();
  [[noreturn]] void fail(const char* step, int error_number) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;  // empty where the temporary file has no name
  int descriptor_ = -1;
};

/// Replaces the file at `path` by bytes or text, whole or not at all. Throws DataError.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

}  // namespace xtape::nn

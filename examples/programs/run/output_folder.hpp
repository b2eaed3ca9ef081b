#pragma once
// The folder that a run writes into.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace programs {

/// Keeps other runs out of a folder for as long as this or a copy of it lives, and the process: the system's lock on
/// the folder itself (flock), so that nothing lies about, whatever ends the process.
class FolderLock {
 public:
  /// Of no folder.
  FolderLock() = default;
  /// Throws a UserError where another run has the folder. What is no folder is not locked, nor is one on a file system
  /// that has no such locks.
  explicit FolderLock(const std::filesystem::path& folder);

  bool held() const { return descriptor_ != nullptr; }

 private:
  std::shared_ptr<const int> descriptor_;
};

/// A folder that exists and can be written to, by this run alone. Files in it appear whole or not at all.
class OutputFolder {
 public:
  /// None yet.
  OutputFolder() = default;
  /// Makes the folder where it is missing, locks it unless `lock` has done so, and tries to write each of `files` into
  /// it: the names of all that will ever be written. Throws a UserError where that fails, so that no one trains for an
  /// hour and then learns that the disk is read-only.
  OutputFolder(const std::filesystem::path& folder, std::vector<std::string> files, FolderLock lock = {});

  /// The path of one of the files. Throws std::logic_error for a name that is not among them.
  std::filesystem::path path(const std::string& file) const;

  /// Writes a file, in place of one that may be there. Throws xtape::DataError.
  void write(const std::string& file, std::span<const std::byte> bytes) const;
  void write(const std::string& file, std::string_view text) const;

  /// Removes those of the files that an earlier run has left, but for `kept`, and nothing else: no folder, and no link,
  /// which somebody else has put there.
  void clear_except(const std::string& kept) const;

 private:
  std::filesystem::path folder_;
  std::vector<std::string> files_;
  FolderLock lock_;
};

}  // namespace programs

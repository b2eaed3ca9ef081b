#pragma once
// The folder that a run writes into.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace examples {

/// A folder that exists and can be written to. Files in it appear whole or not at all.
class OutputFolder {
 public:
  /// Makes the folder where it is missing, and tries to write into it. Throws a UserError where that fails, so that no
  /// one trains for an hour and then learns that the disk is read-only.
  explicit OutputFolder(const std::filesystem::path& folder);

  std::filesystem::path path(const std::string& file) const { return folder_ / file; }

  /// Writes a file, in place of one that may be there. Throws xtape::DataError.
  void write(const std::string& file, std::span<const std::byte> bytes) const;
  void write(const std::string& file, std::string_view text) const;

  /// Removes files of an earlier run, as far as they are there.
  void remove(const std::vector<std::string>& files) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace examples

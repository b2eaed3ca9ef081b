#pragma once
// What the tests of files share: a folder that goes away, bytes in and out, the message of an error, and mutations.

#include "autodiff/errors.hpp"
#include "autodiff/random.hpp"
#include "tests/sanitized.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace xtape::nn::testing {

/// A fresh folder for temporary files, removed with all that is in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "xtape-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  /// The number of files and folders in it.
  std::size_t entries() const {
    return std::size_t(
        std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()));
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(
      path);  // a file system may flush a file that is truncated to the disk: slow, thousands of times
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  ASSERT_TRUE(file.flush()) << path;
}

/// What the DataError that `f` must throw says.
template <class F>
std::string data_error_of(const F& f) {
  try {
    f();
  } catch (const DataError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no DataError was thrown";
  return "";
}

/// A line of /proc/self/status that counts KiB, in bytes.
inline std::size_t status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return std::stoull(line.substr(key.size() + 1)) << 10;
  }
  ADD_FAILURE() << "no " << key;
  return 0;
}

/// Has the system count the most memory from here on. Gives whether it does, and the counts are the program's own: the
/// sanitizers take memory, and keep it, by other rules.
inline bool restart_peak() {
  if (kSanitized) return false;
  std::ofstream clear_refs("/proc/self/clear_refs");
  clear_refs << "5" << std::flush;
  return bool(clear_refs);
}

/// By how many bytes the memory of the process grew at most while `f` ran, beyond what it was before.
template <class F>
std::size_t peak_growth(const F& f) {
  restart_peak();
  const std::size_t before = status_bytes("VmRSS");
  f();
  const std::size_t peak = status_bytes("VmHWM");
  return peak - std::min(peak, before);
}

#define EXPECT_SAYS(message, part) EXPECT_NE((message).find(part), std::string::npos) << (message)

/// What the reader of that name says of a file that it must refuse: read() reads "file".
template <class Read>
std::string refusal_of(const std::string& reader, const Read& read) {
  const std::string message = data_error_of(read);
  EXPECT_EQ(message.find("[" + reader + "] "), 0u) << message;
  EXPECT_SAYS(message, "/file: ");
  return message;
}

/// `valid` with one to four changes: a bit flipped, a byte set, bytes removed, inserted, repeated, or the end cut off.
inline std::string mutated(const std::string& valid, Random& random) {
  std::string bytes = valid;
  for (std::uint64_t change = random.below(4) + 1; change > 0 && !bytes.empty(); --change) {
    const std::size_t at = random.below(bytes.size()), length = random.below(9);
    switch (random.below(6)) {
      case 0:
        bytes[at] = char(bytes[at] ^ (1 << random.below(8)));
        break;
      case 1:
        bytes[at] = char(random.below(256));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, length, char(random.below(256)));
        break;
      case 4:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), length));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

/// Gives `read` thousands of files that are mutations of `valid`: each must be read or refused with a DataError.
template <class Read>
void expect_success_or_data_error(const std::string& valid, std::uint64_t seed, int cases, const Read& read) {
  const ScratchFolder folder;
  const auto path = folder / "mutated";
  Random random(seed);
  int refused = 0;
  for (int i = 0; i < cases; ++i) {
    write_bytes(path, mutated(valid, random));
    try {
      read(path);
    } catch (const DataError& error) {
      ++refused;
      ASSERT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    }
    // Any other exception ends the test as a failure.
  }
  EXPECT_GT(refused, cases / 4) << "the mutations did not damage the file";
  write_bytes(path, valid);
  EXPECT_NO_THROW(read(path));
}

}  // namespace xtape::nn::testing

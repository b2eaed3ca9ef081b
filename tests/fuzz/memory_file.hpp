#pragma once
// What the fuzzers share: a file in memory that a reader is given, which may refuse it by a DataError and nothing else.

#include "autodiff/errors.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace xtape::fuzz {

/// So that no input makes a fuzzer take more memory than libFuzzer allows.
inline constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 22;

/// Has `read` read a file of these bytes. What it throws beside DataError, and what a sanitizer says, ends the fuzzer.
template <class Read>
int read_or_refuse(const std::uint8_t* data, std::size_t size, const Read& read) {
  static const int descriptor = ::memfd_create("xtape-fuzz", MFD_CLOEXEC);
  static const std::filesystem::path path = "/proc/self/fd/" + std::to_string(descriptor);
  if (descriptor < 0 || ::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, data, size, 0) != ::ssize_t(size)) {
    std::abort();
  }
  try {
    read(path);
  } catch (const DataError&) {
  }
  return 0;
}

/// Ends the fuzzer where something is not as it must be.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace xtape::fuzz

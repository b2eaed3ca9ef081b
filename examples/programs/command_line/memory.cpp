#include "examples/programs/command_line/memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/command_line/text.hpp"

namespace programs {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// The number after a word in one of the kernel's files, or at its beginning for no word; `otherwise` where there is
/// none, as in "max".
std::uint64_t number_in(const std::string& file, const std::string& word, std::uint64_t otherwise) {
  std::ifstream stream(file);
  std::string token;
  while (!word.empty() && stream >> token)
    if (token == word) break;
  std::uint64_t number = 0;
  return stream >> number ? number : otherwise;
}

/// What a limit leaves, where the cache of files in use can be given back.
std::uint64_t left(std::uint64_t limit, std::uint64_t used, std::uint64_t cache) {
  if (limit == kUnlimited) return kUnlimited;
  used -= std::min(used, cache);
  return limit - std::min(limit, used);
}

/// Of the control group: version 2, then version 1, as a container sees its own.
std::uint64_t left_by_group() {
  const std::string two = "/sys/fs/cgroup/", one = "/sys/fs/cgroup/memory/";
  return std::min(
      left(number_in(two + "memory.max", "", kUnlimited), number_in(two + "memory.current", "", 0),
           number_in(two + "memory.stat", "inactive_file", 0)),
      left(number_in(one + "memory.limit_in_bytes", "", kUnlimited), number_in(one + "memory.usage_in_bytes", "", 0),
           number_in(one + "memory.stat", "total_inactive_file", 0)));
}

std::uint64_t left_by_ulimit() {
  struct rlimit limit {};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnlimited;
  const std::uint64_t pages = number_in("/proc/self/statm", "", 0);
  return left(limit.rlim_cur, pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)), 0);
}

}  // namespace

std::uint64_t available_memory_bytes() {
  const std::uint64_t system = number_in("/proc/meminfo", "MemAvailable:", kUnlimited / 1024);
  return std::min({system * 1024, left_by_group(), left_by_ulimit()});
}

void check_memory_for_covariances(std::size_t pixels, double arrays, const std::string& source) {
  const double needed = arrays * 8 * static_cast<double>(pixels) * static_cast<double>(pixels);
  const std::uint64_t there = available_memory_bytes();
  if (needed <= static_cast<double>(there)) return;
  throw UserError("the covariances of images of " + with_commas(pixels) + " pixels need about " +
                  byte_size(static_cast<std::uint64_t>(std::min(needed, 1e18))) + " of memory, and there are " +
                  byte_size(there) + "; choose --data with smaller images than those in " +
                  xtape::text::escaped(source));
}

}  // namespace programs

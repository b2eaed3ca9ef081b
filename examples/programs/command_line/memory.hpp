#pragma once
// How much memory there is, for work that takes a lot of it.

#include <cstddef>
#include <cstdint>
#include <string>

namespace programs {

/// What this process may still take, in bytes: what the system has available, and no more than its control group and
/// `ulimit -v` leave it.
std::uint64_t available_memory_bytes();

/// Throws a UserError that names both where `arrays` arrays of pixels x pixels numbers of 8 bytes are more than there
/// is. `source` is where the images are from.
void check_memory_for_covariances(std::size_t pixels, double arrays, const std::string& source);

}  // namespace programs

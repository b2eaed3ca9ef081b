#pragma once

#include <string>

namespace xtape::benchmarks {

/// Why the row NAME[/HOW]/SIZE/DIRECTION is slower than another contestant's, as far as that is known.
std::string reason_for(const std::string& row);

}  // namespace xtape::benchmarks

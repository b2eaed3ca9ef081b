#pragma once
// The runner as a program.

#include <iosfwd>

namespace xtape::benchmarks {

/// What main does: gives the exit code, 2 for a mistake on the command line.
int run_program(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace xtape::benchmarks

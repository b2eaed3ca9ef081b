#pragma once
// The comparison of two builds of `ops` as a program.

#include <iosfwd>

namespace xtape::benchmarks {

/// What main does: gives the exit code. 0: no row is slower; 1: some are, and are named; 2: a mistake on the command
/// line; 3: a program did not run.
int run_compare_ops(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace xtape::benchmarks

#pragma once
// The processes that take part.

#include <filesystem>
#include <string>

#include "benchmarks/runner/options.hpp"
#include "benchmarks/runner/process.hpp"

namespace xtape::benchmarks {

/// Whether this contestant needs the Python of --python.
bool needs_python(const std::string& contestant);

/// How to start a contestant (see rows.cpp for the names) with so many threads, on as many cores: one thread has one
/// core, whatever runtime it belongs to.
Launch launch_of(const std::string& contestant, int threads, const Options& options);

}  // namespace xtape::benchmarks

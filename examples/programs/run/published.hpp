#pragma once
// What others have measured on MNIST: scripts/published.json, which scripts/reproduce reads too.

#include <string>

#include "examples/programs/command_line/options.hpp"

namespace programs {

/// A figure of summary.json ("test_loss" for the test loss) as others have it, of a program whose options are as they
/// come, but for `changes`; nothing where that is not known.
std::string published_figure(const std::string& program, const OptionValues& changes, const std::string& figure);

}  // namespace programs

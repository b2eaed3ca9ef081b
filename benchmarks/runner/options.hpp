#pragma once
// The command line of the runner.

#include <filesystem>
#include <iosfwd>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace xtape::benchmarks {

inline const std::string kAllRows = ".";

struct Options {
  std::string rows = kAllRows;  ///< a regular expression that a row's name must hold
  std::vector<int> threads;     ///< rows of the VAE step and of operations for each; the others run with the largest
  int rounds = 0;
  double seconds = 0;  ///< at least, for one contestant in one round
  bool ops = false;    ///< the operations one by one, in place of the other rows
  bool quick = false, list = false;
  std::string python;  ///< the interpreter that has the peers; empty: none
  std::string commit;  ///< what is measured, for the record
  std::filesystem::path out = "build/bench";
  std::filesystem::path programs;  ///< where the C++ contestants are; empty: beside this program

  std::regex rows_regex() const { return std::regex(rows); }
};

/// A mistake of the user's: one line, and the program ends with exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads the command line into what `app` declares. Throws UsageError. False when --help has been answered, on `out`.
bool parse(CLI::App& app, int argc, const char* const* argv, std::ostream& out);

/// The same for the runner's options.
bool parse_options(int argc, const char* const* argv, Options& options, std::ostream& out);

}  // namespace xtape::benchmarks

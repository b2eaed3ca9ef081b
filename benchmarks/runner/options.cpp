#include "benchmarks/runner/options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>

#include "benchmarks/runner/machine.hpp"

namespace xtape::benchmarks {
namespace {

constexpr int kRounds = 11, kQuickRounds = 3, kOpRounds = 5;
constexpr double kSeconds = 0.3, kQuickSeconds = 0.1, kOpSeconds = 0.03;

// One and two, or the larger alone, as far as there are cores; of the operations one.
std::vector<int> default_threads(const Options& options) {
  if (options.ops || allowed_cores().size() < 2) return {1};
  return options.quick ? std::vector{2} : std::vector{1, 2};
}

void complete(Options& options) {
  if (options.rounds == 0) options.rounds = options.quick ? kQuickRounds : options.ops ? kOpRounds : kRounds;
  if (options.seconds == 0) options.seconds = options.ops ? kOpSeconds : options.quick ? kQuickSeconds : kSeconds;
  if (options.threads.empty()) options.threads = default_threads(options);
  std::sort(options.threads.begin(), options.threads.end());
  options.threads.erase(std::unique(options.threads.begin(), options.threads.end()), options.threads.end());
  try {
    static_cast<void>(options.rows_regex());
  } catch (const std::regex_error&) {
    throw UsageError("--rows: '" + options.rows + "' is not a regular expression");
  }
}

}  // namespace

bool parse(CLI::App& app, int argc, const char* const* argv, std::ostream& out) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    out << app.help();
    return false;
  } catch (const CLI::ParseError& error) {
    const std::string text = error.what();
    throw UsageError(text.substr(0, text.find('\n')));
  }
}

bool parse_options(int argc, const char* const* argv, Options& options, std::ostream& out) {
  CLI::App app("Runs xtape side by side with what a user would take instead.", "bench");
  app.add_option("--rows", options.rows, "Only the rows whose names match this regular expression")->type_name("REGEX");
  app.add_option("--threads", options.threads, "Thread counts, as in 1,2")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024))
      ->type_name("N,...");
  app.add_option("--rounds", options.rounds, "Rounds, in each of which every contestant runs once")
      ->check(CLI::Range(1, 10000))
      ->type_name("N");
  app.add_option("--seconds", options.seconds, "How long a contestant runs in a round, at least")
      ->check(CLI::Range(1e-3, 1e3))
      ->type_name("S");
  app.add_flag("--quick", options.quick,
               "Fewer rows and rounds, the most threads alone, torch.compile once: about a minute");
  app.add_flag("--ops", options.ops, "Every operation by itself, in place of the other rows");
  app.add_flag("--list", options.list, "Print the names of the rows");
  app.add_option("--python", options.python, "A Python with PyTorch and JAX, which then take part")->type_name("PATH");
  app.add_option("--commit", options.commit, "What is measured, for the record")->type_name("NAME");
  app.add_option("--out", options.out, "Where results.json and plot.svg go")->type_name("FOLDER");
  if (!parse(app, argc, argv, out)) return false;
  complete(options);
  return true;
}

}  // namespace xtape::benchmarks

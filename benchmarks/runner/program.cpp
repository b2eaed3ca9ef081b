#include "benchmarks/runner/program.hpp"

#include <signal.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <functional>
#include <ostream>

#include "benchmarks/runner/contestants.hpp"
#include "benchmarks/runner/machine.hpp"
#include "benchmarks/runner/measure.hpp"
#include "benchmarks/runner/op_table.hpp"
#include "benchmarks/runner/plot.hpp"
#include "benchmarks/runner/report.hpp"

namespace xtape::benchmarks {
namespace {

// The thread counts that the options ask for and that there are cores for.
std::vector<int> chosen_threads(const Options& options, std::ostream& err) {
  const int cores = int(allowed_cores().size());
  std::vector<int> threads = options.threads;
  std::erase_if(threads, [&](int count) { return count > cores; });
  if (!threads.empty() && threads.size() < options.threads.size()) {
    err << "bench: left out: rows with more threads than the " << cores << " cores here\n";
  }
  if (threads.empty()) throw UsageError("--threads: there are " + std::to_string(cores) + " cores here");
  return threads;
}

// With --quick only the rows, thread counts and contestants that it means, but what the user named.
void make_quick(const Options& options, std::vector<Row>& rows) {
  if (options.rows != kAllRows) return;
  std::erase_if(rows, [](const Row& row) { return !row.quick; });
  for (Row& row : rows) {
    for (Entry& entry : row.entries) {
      if (!entry.quick) entry.left_out = "takes long to start; not with --quick";
    }
  }
}

// The rows that the options ask for. Throws UsageError if there are none.
std::vector<Row> chosen_rows(const Options& options, std::ostream& err) {
  const std::vector<int> threads = chosen_threads(options, err);
  std::vector<Row> rows = options.ops ? rows_of_ops(threads, list_ops(options)) : all_rows(threads);
  const std::regex wanted = options.rows_regex();
  std::erase_if(rows, [&](const Row& row) { return !std::regex_search(row.name, wanted); });
  if (rows.empty()) throw UsageError("no row matches '" + options.rows + "'; --list names them");
  for (Row& row : rows) {
    std::erase_if(row.entries, [&](const Entry& e) { return options.python.empty() && needs_python(e.contestant); });
  }
  if (options.quick) make_quick(options, rows);
  return rows;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::localtime(&now));
  return text;
}

void write_file(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write, std::ostream& out) {
  std::ofstream file(path);
  write(file);
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
  out << "Written: " << path.string() << "\n";
}

void write_files(const Options& options, const Report& report, std::ostream& out) {
  const std::string caption = "xtape " + report.commit + ", " + report.date + ", " + report.processor + ", " +
                              std::to_string(report.cores) + " cores";
  const Chart roofline = roofline_chart(report.rows, report.peaks);
  out << "\n";
  write_file(
      options.out / (options.ops ? "ops.json" : "results.json"), [&](std::ostream& file) { write_json(file, report); },
      out);
  if (options.ops) {
    write_file(
        options.out / "ops.md", [&](std::ostream& file) { write_op_table(file, report); }, out);
    return;
  }
  write_file(
      options.out / "plot.svg", [&](std::ostream& file) { write_plot(file, bars_of(report.rows), caption); }, out);
  if (roofline.series.empty()) return;
  write_file(
      options.out / "roofline.svg", [&](std::ostream& file) { write_charts(file, {roofline}, caption); }, out);
}

void run(const Options& options, const std::vector<Row>& rows, std::ostream& out) {
  std::filesystem::create_directories(options.out);
  Report report{options.commit,  processor(), today(), allowed_cores().size(),
                memory_size(),   load(),      0,       options.rounds,
                options.seconds, {},          {},      {}};
  print_machine(out, report);
  Bench bench(options);
  for (const Row& row : rows) {
    report.rows.push_back(bench.run(row));
    report.peaks.take(report.rows.back());
    print_row(out, report.rows.back(), report.peaks);
  }
  report.load_after = load();
  report.versions = bench.versions();
  out << "\nLoad after: " << report.load_after << "\n";
  for (const auto& [contestant, version] : report.versions) out << contestant << ": " << version << "\n";
  print_goals(out, report.rows);
  print_roofline(out, report.rows, report.peaks);
  write_files(options, report, out);
}

}  // namespace

int run_program(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  signal(SIGPIPE, SIG_IGN);  // a contestant that has ended is noticed when it is read
  try {
    Options options;
    if (!parse_options(argc, argv, options, out)) return 0;
    const std::vector<Row> rows = chosen_rows(options, err);
    if (options.list) {
      for (const Row& row : rows) out << row.name << "\n";
    } else {
      run(options, rows, out);
    }
    return 0;
  } catch (const UsageError& error) {
    err << "bench: " << error.what() << "\n";
    return 2;
  } catch (const std::exception& error) {
    err << "bench: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace xtape::benchmarks

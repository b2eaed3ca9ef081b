#include "benchmarks/runner/op_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <ostream>
#include <regex>
#include <sstream>

#include "benchmarks/runner/contestants.hpp"
#include "benchmarks/runner/op_reasons.hpp"
#include "benchmarks/runner/process.hpp"
#include "benchmarks/runner/statistics.hpp"

namespace xtape::benchmarks {
namespace {

constexpr double kListPatience = 60, kMostOfARow = 5;  // seconds

/// Forward and gradient of one use of an operation: nothing where there is no gradient.
struct OpResult {
  std::string family, use, size;
  const RowResult *forward = nullptr, *gradient = nullptr;
};

// Of the names of rows_of_ops.
std::vector<OpResult> by_operation(const std::vector<RowResult>& rows, int threads) {
  static const std::regex kName("op/([^/]+)/(.+)/([^/]+)/(forward|gradient)/threads:[0-9]+");
  std::vector<OpResult> results;
  for (const RowResult& row : rows) {
    std::smatch part;
    if (row.row.threads != threads || !std::regex_match(row.row.name, part, kName)) continue;
    const bool same = !results.empty() && results.back().use == part[2] && results.back().size == part[3];
    if (!same) results.push_back({part[1], part[2], part[3]});
    (part[4] == "forward" ? results.back().forward : results.back().gradient) = &row;
  }
  return results;
}

/// Our time by that of the fastest whose label begins like this.
double ratio_to(const RowResult* row, const std::string& label) {
  if (row == nullptr) return kNotMeasured;
  const std::optional<std::size_t> best = row->best(label);
  return best ? row->ratio(*best) : kNotMeasured;
}

std::string ratio_text(double ratio) {
  if (std::isnan(ratio)) return "";
  return text(ratio > kOpBound ? "**%.2f**" : "%.2f", ratio);
}

std::string cells(const RowResult* row) {
  if (row == nullptr) return " | | |";
  return text(" %.2f | %s | %s |", 1e6 * row->time(0), ratio_text(ratio_to(row, "PyTorch")).c_str(),
              ratio_text(ratio_to(row, "JAX")).c_str());
}

bool compared(const OpResult& op) {
  return !std::isnan(ratio_to(op.forward, "")) || !std::isnan(ratio_to(op.gradient, ""));
}

// Each once, in the order in which they first come.
std::vector<std::string> families_of(const std::vector<OpResult>& ops) {
  std::vector<std::string> families;
  for (const OpResult& op : ops) {
    if (std::find(families.begin(), families.end(), op.family) == families.end()) families.push_back(op.family);
  }
  return families;
}

void write_means(std::ostream& out, const std::vector<OpResult>& ops) {
  const char* const columns = " rows | / PyTorch | / JAX | / the faster |";
  out << "| geometric means |" << columns << " gradient:" << columns << "\n|";
  for (int column = 0; column < 9; ++column) out << " --- |";
  out << "\n";
  std::vector<std::string> families = families_of(ops);
  families.push_back("all");
  for (const std::string& family : families) {
    out << "| " << family << " |";
    for (const RowResult* OpResult::*direction : {&OpResult::forward, &OpResult::gradient}) {
      std::array<std::vector<double>, 3> ratios;
      for (const OpResult& op : ops) {
        if (family != "all" && op.family != family) continue;
        for (std::size_t i = 0; i < 3; ++i) {
          const double ratio = ratio_to(op.*direction, std::array{"PyTorch", "JAX", ""}[i]);
          if (!std::isnan(ratio)) ratios[i].push_back(ratio);
        }
      }
      out << " " << ratios[2].size() << " |";
      for (const std::vector<double>& some : ratios) out << " " << ratio_text(geometric_mean(some)) << " |";
    }
    out << "\n";
  }
}

void write_families(std::ostream& out, const std::vector<OpResult>& ops) {
  std::vector<OpResult> shown;
  std::copy_if(ops.begin(), ops.end(), std::back_inserter(shown), compared);
  for (const std::string& family : families_of(shown)) {
    out << "\n### " << family
        << "\n\n| operation | size | forward, µs | / PyTorch | / JAX | gradient, µs | / PyTorch | "
        << "/ JAX |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for (const OpResult& op : shown) {
      if (op.family != family) continue;
      out << "| `" << op.use << "` | " << op.size << " |" << cells(op.forward) << cells(op.gradient) << "\n";
    }
  }
}

void write_above(std::ostream& out, const std::vector<OpResult>& ops) {
  out << text("\n### Above %.1f\n\n| row | / the faster | why |\n| --- | --- | --- |\n", kOpBound);
  for (const OpResult& op : ops) {
    for (const RowResult* row : {op.forward, op.gradient}) {
      const double ratio = ratio_to(row, "");
      if (!(ratio > kOpBound)) continue;
      const std::string name = op.use + "/" + op.size + (row == op.forward ? "/forward" : "/gradient");
      out << "| `" << name << "` | " << text("%.2f", ratio) << " | " << reason_for(name) << " |\n";
    }
  }
}

// A contestant has no such operation, or no derivative of it; or computes something else, which must not go unseen.
void write_left_out(std::ostream& out, const std::vector<OpResult>& ops) {
  std::map<std::string, std::string> disagreeing;
  std::string alone;
  for (const OpResult& op : ops) {
    const std::string name = op.use + "/" + op.size;
    if (!compared(op)) alone += (alone.empty() ? "`" : ", `") + name + "`";
    for (const RowResult* row : {op.forward, op.gradient}) {
      if (row == nullptr) continue;
      for (const EntryResult& entry : row->entries) {
        if (entry.problem.rfind("computes ", 0) != 0) continue;
        disagreeing[name + (row == op.forward ? "/forward" : "/gradient")] +=
            " " + entry.entry.label + " " + entry.problem + ".";
      }
    }
  }
  if (!alone.empty()) out << "\nMeasured beside neither: " << alone << ".\n";
  if (disagreeing.empty()) return;
  out << "\nLeft out, since a contestant's check is another one:\n\n";
  for (const auto& [name, what] : disagreeing) out << "- `" << name << "`:" << what << "\n";
}

// Whether rounds count in which other processes were busy.
bool is_disturbed(const RowResult& row) {
  const std::vector<std::size_t> used = row.used_rounds();
  return std::any_of(used.begin(), used.end(), [&](std::size_t round) { return row.others[round] > kDisturbance; });
}

}  // namespace

std::vector<std::string> list_ops(const Options& options) {
  Launch launch = launch_of("xtape", 1, options);
  launch.command.back() = "ops";
  launch.log = "/dev/null";
  Process worker(launch);
  std::vector<std::string> lines;
  while (const auto line = worker.next_line(kListPatience)) lines.push_back(*line);
  if (!worker.wait().succeeded) throw ContestantError("bench_worker ops: failed");
  return lines;
}

std::vector<Row> rows_of_ops(const std::vector<int>& threads, const std::vector<std::string>& tasks) {
  std::vector<Row> rows;
  for (const int count : threads) {
    for (const std::string& line : tasks) {
      std::istringstream words(line);
      std::string family, op, use, size, direction;
      words >> family >> op >> use >> size >> direction;
      Row row{
          "op/" + family + "/" + use + "/" + size + "/" + direction + "/threads:" + std::to_string(count), count, {}};
      for (const std::string contestant : {"xtape", "PyTorch eager", "JAX"}) {
        row.entries.push_back({contestant, contestant, line.substr(family.size() + 1)});
      }
      row.most_seconds = kMostOfARow;
      rows.push_back(row);
    }
  }
  return rows;
}

constexpr const char* kAbout = R"(# Operations

Every operation by itself, in float32, beside PyTorch eager and JAX jit, which take turns with xtape and must come to the same numbers: made by
`scripts/bench --ops`. Times are xtape's; ratios are of xtape's time to that of the other, so that below 1 xtape is faster. *Gradient* is value and
gradient of all operands: recorded and swept back; PyTorch's forward and `torch.autograd.grad`; JAX's `jit` of value and `vjp`, all with the same dense
cotangent. A size counts the elements of an array, or gives its extents, of a product m x n x k. Where a contestant has no such operation, or no derivative
of it, the cell is blank.

)";

void write_op_table(std::ostream& out, const Report& report) {
  out << kAbout
      << text("Medians of up to %d rounds of %g s each, of which none begins after %g s", report.rounds, report.seconds,
              kMostOfARow)
      << ", on " << report.processor << text(", %zu cores, %.0f GiB", report.cores, report.memory / 0x1p30)
      << ", at commit " << report.commit << ", " << report.date << ".\n";
  const auto disturbed = std::count_if(report.rows.begin(), report.rows.end(), is_disturbed);
  out << "Other processes were busy beside " << disturbed << " of the " << report.rows.size() << " rows.\n\n";
  for (const auto& [contestant, version] : report.versions) out << "- " << contestant << ": " << version << "\n";
  std::vector<int> threads;
  for (const RowResult& row : report.rows) {
    if (threads.empty() || threads.back() != row.row.threads) threads.push_back(row.row.threads);
  }
  for (const int count : threads) {
    const std::vector<OpResult> ops = by_operation(report.rows, count);
    out << "\n## " << count << (count == 1 ? " thread" : " threads") << "\n\n";
    write_means(out, ops);
    write_above(out, ops);
    write_left_out(out, ops);
    write_families(out, ops);
  }
}

}  // namespace xtape::benchmarks

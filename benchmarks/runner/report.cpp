#include "benchmarks/runner/report.hpp"

#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <ostream>

namespace xtape::benchmarks {
namespace {

std::string rate_text(const Work& work, double seconds) {
  switch (work.unit) {
    case Work::Unit::kOperations:
      return text("%.1f ns/operation", 1e9 * seconds / work.amount);
    case Work::Unit::kFlop:
      return text("%.1f GFLOP/s", 1e-9 * work.amount / seconds);
    case Work::Unit::kBytes:
      return text("%.2f GB/s", 1e-9 * work.amount / seconds);
    case Work::Unit::kNothing:
      break;
  }
  return "";
}

std::string rounds_text(const RowResult& row) {
  const std::size_t all = row.others.size(), disturbed = row.disturbed_rounds();
  if (disturbed == 0) return text("%zu rounds", all);
  const char* fate = row.used_rounds().size() < all ? "left out" : "NOT IDLE: these times are unreliable";
  return text("%zu rounds, %zu of them disturbed by other processes (%s)", all, disturbed, fate);
}

std::string bound_text(const Verdict& verdict) {
  const bool at_least = verdict.goal->measure == Goal::Measure::kBandwidthShare;
  std::string bound = text("%s %.4g", at_least ? "at least" : "at most", verdict.goal->each);
  if (verdict.goal->mean) bound += text(", geometric mean %.4g", *verdict.goal->mean);
  return bound;
}

std::string value_text(const Verdict& verdict) {
  if (!verdict.measured()) return "not measured";
  std::string value = text("%.3g", verdict.worst);
  if (verdict.values.size() > 1) value += text(" at worst of %zu", verdict.values.size());
  if (verdict.goal->mean) value += text(", geometric mean %.3g", verdict.mean);
  return value;
}

}  // namespace

std::string text(const char* format, ...) {
  std::array<char, 512> buffer{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  va_end(arguments);
  return buffer.data();
}

std::string time_text(double seconds) {
  if (std::isnan(seconds)) return "-";
  if (seconds >= 1) return text("%.3g s", seconds);
  if (seconds >= 1e-3) return text("%.3g ms", 1e3 * seconds);
  if (seconds >= 1e-6) return text("%.3g us", 1e6 * seconds);
  return text("%.3g ns", 1e9 * seconds);
}

void print_machine(std::ostream& out, const Report& report) {
  out << report.processor << ", " << report.cores << " cores, " << text("%.0f GiB", report.memory / 0x1p30)
      << text(", load %.2f", report.load_before) << "; xtape " << report.commit << ", " << report.date << "\n"
      << text("Each contestant runs %g s in each of %d rounds; xtape/it is the median of the rounds' ratios.\n",
              report.seconds, report.rounds);
  out.flush();
}

void print_row(std::ostream& out, const RowResult& row, const Peaks& peaks) {
  out << "\n"
      << row.row.name << "  (" << rounds_text(row) << (row.row.competitor ? "; a busy process on the same cores" : "")
      << ")\n";
  out << text("  %-20s %10s %10s %10s %9s\n", "", "median", "minimum", "mean", "xtape/it");
  for (std::size_t i = 0; i < row.entries.size(); ++i) {
    const EntryResult& entry = row.entries[i];
    out << text("  %-20s ", entry.entry.label.c_str());
    if (!entry.problem.empty()) {
      out << "left out: " << entry.problem << "\n";
      continue;
    }
    out << text("%10s %10s %10s %9s", time_text(row.time(i)).c_str(), time_text(row.minimum(i)).c_str(),
                time_text(row.mean(i)).c_str(), i == 0 ? "" : text("%.3f", row.ratio(i)).c_str());
    if (row.row.whole_job) out << text("   peak memory %.0f MB", 1e-6 * row.peak_memory(i));
    const std::string rate = rate_text(entry.entry.work, row.time(i));
    out << (rate.empty() ? "" : "   ") << rate;
    const double share = peaks.share(row, i);
    if (!std::isnan(share)) out << text("   %.0f%% of the roofline", 100 * share);
    out << "\n";
  }
  out.flush();
}

void print_goals(std::ostream& out, const std::vector<RowResult>& rows) {
  out << "\n" << text("%-52s %-36s %-42s\n", "goal", "bound", "measured");
  for (const Verdict& verdict : judge(all_goals(), rows)) {
    if (verdict.rows == 0) continue;
    const char* outcome = !verdict.measured() ? "" : verdict.met() ? "goal met" : "goal MISSED";
    out << text("%-52s %-36s %-42s %s\n", verdict.goal->name.c_str(), bound_text(verdict).c_str(),
                value_text(verdict).c_str(), outcome);
  }
  out.flush();
}

}  // namespace xtape::benchmarks

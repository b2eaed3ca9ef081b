#include "benchmarks/runner/roofline.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ostream>

#include "benchmarks/runner/report.hpp"

namespace xtape::benchmarks {
namespace {

constexpr double kNumber = sizeof(float);

// (m, k) by (k, n)
Phase product(std::size_t m, std::size_t n, std::size_t k) {
  return {2.0 * double(m) * double(n) * double(k), kNumber * double(m * k + k * n + m * n)};
}

// The larger of both, where either may be nothing, whose peak need not be known then.
double time_of(const Phase& phase, double flop_rate, double byte_rate) {
  const double computing = phase.flop > 0 ? phase.flop / flop_rate : 0;
  const double moving = phase.bytes > 0 ? phase.bytes / byte_rate : 0;
  return std::isnan(computing) || std::isnan(moving) ? kNotMeasured : std::max(computing, moving);
}

Phase sum_of(const std::vector<Phase>& phases) {
  return std::accumulate(phases.begin(), phases.end(), Phase{}, [](const Phase& a, const Phase& b) {
    return Phase{a.flop + b.flop, a.bytes + b.bytes};
  });
}

// All that the row's first entry does.
Phase total(const Row& row) {
  const Work& work = row.entries.front().work;
  if (!row.phases.empty()) return sum_of(row.phases);
  if (work.unit == Work::Unit::kFlop) return {work.amount, 0};
  if (work.unit == Work::Unit::kBytes) return {0, work.amount};
  return {};
}

std::string threads_text(int threads) {
  return text("%d thread%s", threads, threads == 1 ? "" : "s");
}

std::string millions_text(double amount) {
  return amount > 0 ? text("%.1f", 1e-6 * amount) : "";
}

std::string percent_text(double share) {
  return std::isnan(share) ? "-" : text("%.0f%%", 100 * share);
}

}  // namespace

std::vector<Phase> phases_of_vae_step(std::size_t pixels, std::size_t hidden, std::size_t latent, std::size_t batch) {
  const std::size_t widths[] = {pixels, hidden, 2 * latent, latent, hidden, pixels};  // both heads are one product
  std::vector<Phase> phases;
  double parameters = 0;
  for (const std::size_t layer : {0, 1, 3, 4}) {
    const std::size_t in = widths[layer], out = widths[layer + 1];
    phases.push_back(product(batch, out, in));                 // y = x W'
    phases.push_back(product(out, in, batch));                 // dW = dy' x
    if (layer > 0) phases.push_back(product(batch, in, out));  // dx = dy W
    parameters += double(out * in + out);
  }
  phases.push_back({0, 7 * kNumber * parameters});
  return phases;
}

void Peaks::take(const RowResult& row) {
  if (row.row.peak == Row::Peak::kNone) return;
  Rates& rates = rates_[row.row.threads];
  double& best = row.row.peak == Row::Peak::kFlop    ? rates.flop
                 : row.row.peak == Row::Peak::kCache ? rates.cache_bytes
                                                     : rates.memory_bytes;
  for (std::size_t i = 0; i < row.entries.size(); ++i) {
    best = std::fmax(best, row.entries[i].entry.work.amount / row.minimum(i));  // fmax prefers numbers to NaN
  }
}

Peaks::Rates Peaks::of(int threads) const {
  const auto found = rates_.find(threads);
  return found == rates_.end() ? Rates{} : found->second;
}

double Peaks::least_time(const Row& row, const Entry& entry) const {
  const Rates rates = of(row.threads);
  if (row.phases.empty()) {
    const bool cached = row.peak == Row::Peak::kCache;
    if (entry.work.unit == Work::Unit::kFlop) return entry.work.amount / rates.flop;
    if (entry.work.unit == Work::Unit::kBytes) {
      return entry.work.amount / (cached ? rates.cache_bytes : rates.memory_bytes);
    }
    return kNotMeasured;
  }
  double sum = 0;
  for (const Phase& phase : row.phases) sum += time_of(phase, rates.flop, rates.cache_bytes);
  return sum;
}

double Peaks::share(const RowResult& row, std::size_t index) const {
  return least_time(row.row, row.entries[index].entry) / row.time(index);
}

void print_roofline(std::ostream& out, const std::vector<RowResult>& rows, const Peaks& peaks) {
  if (peaks.all().empty()) return;
  out << "\n" << text("%-32s %12s %18s %18s\n", "peaks", "GFLOP/s", "GB/s of 10 MB", "GB/s of memory");
  for (const auto& [threads, rates] : peaks.all()) {
    out << text("%-32s %12.1f %18.2f %18.2f\n", threads_text(threads).c_str(), 1e-9 * rates.flop,
                1e-9 * rates.cache_bytes, 1e-9 * rates.memory_bytes);
  }
  out << "\n"
      << text("%-32s %9s %9s %10s %10s %7s %13s\n", "row", "MFLOP", "MB", "least time", "xtape", "share",
              "hand-written");
  for (const RowResult& row : rows) {
    const double least = peaks.least_time(row.row, row.row.entries.front());
    if (row.row.peak != Row::Peak::kNone || std::isnan(least)) continue;
    const Phase all = total(row.row);
    const auto other = row.best(row.row.phases.empty() ? "OpenBLAS" : "hand-written");
    out << text("%-32s %9s %9s %10s %10s %7s %13s\n", row.row.name.c_str(), millions_text(all.flop).c_str(),
                millions_text(all.bytes).c_str(), time_text(least).c_str(), time_text(row.time(0)).c_str(),
                percent_text(peaks.share(row, 0)).c_str(), other ? percent_text(peaks.share(row, *other)).c_str() : "");
  }
  out.flush();
}

Chart roofline_chart(const std::vector<RowResult>& rows, const Peaks& peaks) {
  Chart chart{"VAE steps under the machine's roof", "FLOP for each byte", "GFLOP/s", {}};
  for (const auto& [threads, rates] : peaks.all()) {
    Series measured{"xtape, " + threads_text(threads), {}, true, true};
    double low = 1e9, high = 0;
    for (const RowResult& row : rows) {
      if (row.row.phases.empty() || row.row.threads != threads || std::isnan(row.time(0))) continue;
      const Phase all = sum_of(row.row.phases);
      measured.points.push_back({all.flop / all.bytes, 1e-9 * all.flop / row.time(0)});
      low = std::min(low, all.flop / all.bytes / 2);
      high = std::max(high, all.flop / all.bytes * 2);
    }
    if (measured.points.empty()) continue;
    const double ridge = rates.flop / rates.cache_bytes;  // FLOP a byte from which on computing takes longer
    const double left = std::min(low, ridge / 4), right = std::max(high, ridge * 4);
    chart.series.push_back(
        {"roof, " + threads_text(threads),
         {{left, 1e-9 * left * rates.cache_bytes}, {ridge, 1e-9 * rates.flop}, {right, 1e-9 * rates.flop}},
         true,
         false});
    chart.series.push_back(std::move(measured));
  }
  return chart;
}

}  // namespace xtape::benchmarks

// Every op that the library lists (autodiff/ops/all.hpp), one by one, in float32, as a Google Benchmark:
//
//   NAME[/HOW]/forward/SIZE             outside of a tape
//   NAME[/HOW]/gradient/SIZE            recorded on a fresh tape and swept
//   NAME[/HOW]/sweep/SIZE/manual_time   the sweep of that alone; the two looks at the clock cost some 50 ns
//
// NAME is the op's own, as in a tape's summary, HOW is as in "axis:0", and SIZE counts the elements of the largest
// array (of a product: MxNxK). Comparisons and their like are constants for a tape and have no gradient.
//
// The counters are per second of the wall clock. bytes/s counts those of the least algorithm: forward, the operands
// read once and the result written once; in the sweep, the seed and what the op saves read once and the operands'
// gradients written once. FLOP/s counts one for each element that is computed and 2mnk for a product, and as many again
// for the gradient of each operand. The seed is dense, and copied by Tape::gradient, which counts as time and not as
// bytes.
//
//   ops --benchmark_filter='^softmax/' --benchmark_repetitions=5        OMP_NUM_THREADS says how many threads there are

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <utility>

#include "autodiff/autodiff.hpp"
#include "benchmarks/support/op_rows.hpp"

namespace xtape::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double size_of_operands(const OpOperands& operands) {
  double size = 0;
  for (const Var<float>& x : operands.x) size += double(x.size());
  return size;
}

/// Those of the row that runs: Google Benchmark calls it several times, and all rows' would not fit into memory.
const OpOperands& operands_of(const OpRow& row) {
  static const OpRow* whose = nullptr;
  static std::unique_ptr<const OpOperands> operands;
  if (whose != &row) {
    operands = nullptr;
    operands = std::make_unique<const OpOperands>(row);
    whose = &row;
  }
  return *operands;
}

/// Elements touched by the least algorithm.
double touched_forward(const OpRow& row, const OpOperands& operands) {
  return row.sample.touched.value_or(size_of_operands(operands) + double(operands.seeds[0].size()));
}
double touched_in_sweep(const OpRow& row, const OpOperands& operands) {
  const double y_size = double(operands.seeds[0].size());
  double saved = (row.saves & kOutput) != 0 ? y_size : 0;
  for (std::size_t k = 0; k < operands.x.size(); ++k) {
    if ((row.saves & operand(k)) != 0) saved += double(operands.x[k].size());
  }
  return y_size + saved + size_of_operands(operands);
}

double flop_in_sweep(const OpRow& row) {
  return row.sample.sweep_flop.value_or(double(row.sample.shapes.size()) * row.sample.flop);
}

void count(benchmark::State& state, double seconds, double touched, double flop) {
  const auto rate = [&](double amount) {
    return benchmark::Counter(amount * double(state.iterations()) / seconds, benchmark::Counter::kDefaults,
                              benchmark::Counter::kIs1000);
  };
  if (touched > 0) state.counters["bytes/s"] = rate(sizeof(float) * touched);
  if (flop > 0) state.counters["FLOP/s"] = rate(flop);
}

void forward(benchmark::State& state, const OpRow& row) {
  const OpOperands& operands = operands_of(row);
  const Clock::time_point start = Clock::now();
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(apply_op(row, operands.x));
  count(state, seconds_since(start), touched_forward(row, operands), row.sample.flop);
}

void gradient(benchmark::State& state, const OpRow& row) {
  const OpOperands& operands = operands_of(row);
  const Clock::time_point start = Clock::now();
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(gradient_of_op(row, operands));
  count(state, seconds_since(start), touched_forward(row, operands) + touched_in_sweep(row, operands),
        row.sample.flop + flop_in_sweep(row));
}

void sweep(benchmark::State& state, const OpRow& row) {
  const OpOperands& operands = operands_of(row);
  double total = 0;
  for ([[maybe_unused]] auto _ : state) {
    Clock::time_point begin, end;
    benchmark::DoNotOptimize(gradient_of_op(row, operands, [&] { begin = std::exchange(end, Clock::now()); }));
    const double seconds = std::chrono::duration<double>(end - begin).count();
    state.SetIterationTime(seconds);
    total += seconds;
  }
  count(state, total, touched_in_sweep(row, operands), flop_in_sweep(row));
}

void register_row(const OpRow& row) {
  const auto add = [&row](const std::string& mode, void (*run)(benchmark::State&, const OpRow&)) {
    return benchmark::RegisterBenchmark((row.use() + "/" + mode + "/" + row.sample.size).c_str(),
                                        [&row, run](benchmark::State& state) { run(state, row); });
  };
  add("forward", forward);
  if (!row.differentiable) return;
  add("gradient", gradient);
  add("sweep", sweep)->UseManualTime();
}

}  // namespace
}  // namespace xtape::benchmarks

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const xtape::benchmarks::OpRow& row : xtape::benchmarks::op_rows()) xtape::benchmarks::register_row(row);
  benchmark::AddCustomContext("xtape", XTAPE_VERSION);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

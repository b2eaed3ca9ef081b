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

#include "autodiff/autodiff.hpp"
#include "benchmarks/support/op_samples.hpp"

namespace xtape::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// An op and one of its samples.
struct OpRow {
  std::string name;
  unsigned saves;
  bool differentiable;
  OpSample sample;
};

/// What a row's iterations share.
struct Operands {
  std::vector<Var<float>> x;
  std::vector<Array<float>> seeds;  // one, of the result's shape
  double x_size = 0;                // elements of all operands

  explicit Operands(const OpSample& sample) {
    Random rng(1);
    for (std::size_t k = 0; k < sample.shapes.size(); ++k) {
      const tests::Interval from = sample.domain.empty() ? tests::kAny : sample.domain[k];
      x.emplace_back(rng.uniform<float>(sample.shapes[k], float(from.low), float(from.high)));
      x_size += double(x.back().size());
    }
    seeds.push_back(rng.uniform<float>(sample.apply(x).shape(), 0.5f, 1.5f));
  }
};

/// Those of the row that runs: Google Benchmark calls it several times, and all rows' would not fit into memory.
const Operands& operands_of(const OpRow& row) {
  static const OpRow* whose = nullptr;
  static std::unique_ptr<const Operands> operands;
  if (whose != &row) {
    operands = nullptr;
    operands = std::make_unique<const Operands>(row.sample);
    whose = &row;
  }
  return *operands;
}

/// Elements touched by the least algorithm.
double touched_forward(const OpRow& row, const Operands& operands) {
  return row.sample.touched.value_or(operands.x_size + double(operands.seeds[0].size()));
}
double touched_in_sweep(const OpRow& row, const Operands& operands) {
  const double y_size = double(operands.seeds[0].size());
  double saved = (row.saves & kOutput) != 0 ? y_size : 0;
  for (std::size_t k = 0; k < operands.x.size(); ++k) {
    if ((row.saves & operand(k)) != 0) saved += double(operands.x[k].size());
  }
  return y_size + saved + operands.x_size;
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

/// Applies the op, and has a lazy result (a transpose) computed.
Var<float> applied(const OpRow& row, std::span<const Var<float>> x) {
  Var<float> y = row.sample.apply(x);
  benchmark::DoNotOptimize(y.shared()->data());
  return y;
}

void forward(benchmark::State& state, const OpRow& row) {
  const Operands& operands = operands_of(row);
  const Clock::time_point start = Clock::now();
  for ([[maybe_unused]] auto _ : state) applied(row, operands.x);
  count(state, seconds_since(start), touched_forward(row, operands), row.sample.flop);
}

/// Records and sweeps. Gives the seconds of the sweep.
double record_and_sweep(const OpRow& row, const Operands& operands) {
  Tape<float> tape;
  std::vector<Var<float>> x;
  for (const Var<float>& operand : operands.x) x.push_back(tape.watch(operand));
  const std::vector<Var<float>> y{applied(row, x)};
  const Clock::time_point start = Clock::now();
  const std::vector<Array<float>> dx = tape.gradient(y, x, operands.seeds);
  benchmark::DoNotOptimize(dx.data());
  return seconds_since(start);
}

void gradient(benchmark::State& state, const OpRow& row) {
  const Operands& operands = operands_of(row);
  const Clock::time_point start = Clock::now();
  for ([[maybe_unused]] auto _ : state) record_and_sweep(row, operands);
  count(state, seconds_since(start), touched_forward(row, operands) + touched_in_sweep(row, operands),
        row.sample.flop + flop_in_sweep(row));
}

void sweep(benchmark::State& state, const OpRow& row) {
  const Operands& operands = operands_of(row);
  double total = 0;
  for ([[maybe_unused]] auto _ : state) {
    const double seconds = record_and_sweep(row, operands);
    state.SetIterationTime(seconds);
    total += seconds;
  }
  count(state, total, touched_in_sweep(row, operands), flop_in_sweep(row));
}

void register_row(const OpRow& row) {
  const std::string name = row.name + "/" + (row.sample.how.empty() ? "" : row.sample.how + "/");
  const auto shared = std::make_shared<const OpRow>(row);
  const auto add = [&](const std::string& mode, void (*run)(benchmark::State&, const OpRow&)) {
    return benchmark::RegisterBenchmark((name + mode + "/" + row.sample.size).c_str(),
                                        [shared, run](benchmark::State& state) { run(state, *shared); });
  };
  add("forward", forward);
  if (!row.differentiable) return;
  add("gradient", gradient);
  add("sweep", sweep)->UseManualTime();
}

template <class Op>
void register_samples(const OpSamples& samples) {
  for (const OpSample& sample : samples) register_row({Op::name, detail::kSaves<Op>, !detail::Flat<Op>, sample});
}

template <class... Ops>
void register_elementwise(TypeList<Ops...>) {
  (register_samples<typename Ops::op>(elementwise_samples(Ops{})), ...);
}
template <class... Ops>
void register_structural(TypeList<Ops...>) {
  (register_samples<typename Ops::op>(samples(typename Ops::op{})), ...);
}

}  // namespace
}  // namespace xtape::benchmarks

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  xtape::benchmarks::register_elementwise(xtape::ElementwiseOps{});
  xtape::benchmarks::register_structural(xtape::StructuralOps{});
  benchmark::AddCustomContext("xtape", XTAPE_VERSION);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

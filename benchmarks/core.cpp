// What the core costs: an element-wise gradient op by op and as one map, and a chain of tiny operations.
//
//   core [--benchmark_filter=REGEX] ...   (Google Benchmark's options)

#include <benchmark/benchmark.h>
#include <autodiff/autodiff.hpp>

namespace {

using namespace xtape;

constexpr std::size_t kElements = 1000000;
constexpr int kLinks = 1000;

// d/dx sum(tanh(x) exp(-x x) + log1p(x x)), every operation a pass of its own
void elementwise_gradient_op_by_op(benchmark::State& state) {
  const Array<float> values = Random(5).normal<float>({kElements});
  for (auto _ : state) {
    Tape<float> tape;
    const auto x = tape.watch(values);
    const auto square = x * x;
    benchmark::DoNotOptimize(tape.gradient(sum(tanh(x) * exp(-square) + log1p(square)), x));
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t(kElements));
}
BENCHMARK(elementwise_gradient_op_by_op)->UseRealTime()->Unit(benchmark::kMicrosecond);

// the same, one pass forward and one back
void elementwise_gradient_map(benchmark::State& state) {
  const Array<float> values = Random(5).normal<float>({kElements});
  const auto f = [](const auto& x) {
    const auto square = x * x;
    return tanh(x) * exp(-square) + log1p(square);
  };
  for (auto _ : state) {
    Tape<float> tape;
    const auto x = tape.watch(values);
    benchmark::DoNotOptimize(tape.gradient(sum(map(f, x)), x));
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t(kElements));
}
BENCHMARK(elementwise_gradient_map)->UseRealTime()->Unit(benchmark::kMicrosecond);

// a a a ... a of size 1, forward and back; items are operations
void chain_of_multiplications(benchmark::State& state) {
  for (auto _ : state) {
    Tape<float> tape;
    const auto a = tape.watch(Array<float>(1.0001F));
    auto y = a;
    for (int link = 0; link < kLinks; ++link) y = y * a;
    benchmark::DoNotOptimize(tape.gradient(y, a));
  }
  state.SetItemsProcessed(state.iterations() * kLinks);
  state.counters["time_per_op"] =
      benchmark::Counter(kLinks, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(chain_of_multiplications)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();

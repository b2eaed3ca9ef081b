// What the machine can do at most, for the roofline:
//   multiply_add FLOP      about so many floating-point operations, in registers
//   read ROWS COLS         a matrix is summed
//   add ROWS COLS          a matrix is added to another: two are read, one is written

#include <benchmark/benchmark.h>
#include <omp.h>

#include <array>
#include <memory>

#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/support/sliced_product.hpp"
#include "benchmarks/support/vae_passes.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

using Lane = xsimd::batch<float>;

// Chains that do not wait for each other: enough for two units of a latency of five cycles, few enough for sixteen
// registers.
constexpr std::size_t kChains = 12;

void multiply_and_add(std::size_t rounds) {
  std::array<Lane, kChains> values;
  values.fill(Lane(0.5F));
  Lane factor(0.999F), term(0.001F);
  benchmark::DoNotOptimize(factor);
  benchmark::DoNotOptimize(term);
  for (std::size_t round = 0; round < rounds; ++round) {
    for (Lane& value : values) value = xsimd::fma(value, factor, term);
  }
  for (Lane& value : values) benchmark::DoNotOptimize(value);
}

Task multiply_add(const Arguments& arguments) {
  const std::size_t flop = arguments.number(0);
  return {kNothingToCheck, [flop] {
            return Step([flop] {
#pragma omp parallel
              multiply_and_add(flop / (2 * kChains * Lane::size * std::size_t(omp_get_num_threads())));
            });
          }};
}

struct Matrices {
  Array<float> left, right;
  explicit Matrices(const Arguments& arguments)
      : left(same_numbers(1, {arguments.number(0), arguments.number(1)}, -1, 1)), right(left) {}
  Range piece() const {
    return share(left.size(), std::size_t(omp_get_thread_num()), std::size_t(omp_get_num_threads()));
  }
};

float sum_of(const float* values, const Range& range) {
  std::array<Lane, 4> sums;
  sums.fill(Lane(0.0F));
  constexpr std::size_t kStride = 4 * Lane::size;
  std::size_t i = range.begin;
  for (; i + kStride <= range.end; i += kStride) {
    for (std::size_t k = 0; k < 4; ++k) sums[k] += Lane::load_unaligned(values + i + k * Lane::size);
  }
  Sum<float> sum;
  for (const Lane& lanes : sums) sum.add(lanes);
  for (; i < range.end; ++i) sum.add(values[i]);
  return sum.total();
}

Task read(const Arguments& arguments) {
  const auto matrices = std::make_shared<const Matrices>(arguments);
  return {kNothingToCheck, [matrices] {
            return Step([matrices] {
#pragma omp parallel
              benchmark::DoNotOptimize(sum_of(matrices->left.data(), matrices->piece()));
            });
          }};
}

Task add(const Arguments& arguments) {
  const auto matrices = std::make_shared<Matrices>(arguments);
  return {kNothingToCheck, [matrices] {
            return Step([matrices] {
              float* left = matrices->left.data();
              const float* right = matrices->right.data();
#pragma omp parallel
              for_lanes<float>(matrices->piece(),
                               [&](auto lanes) { lanes.store(left, lanes.load(left) + lanes.load(right)); });
            });
          }};
}

}  // namespace

Tasks hand_written_peak_tasks() {
  return {{"multiply_add", multiply_add}, {"read", read}, {"add", add}};
}

}  // namespace xtape::benchmarks

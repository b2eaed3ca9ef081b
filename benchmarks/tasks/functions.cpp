// Gradients of plain functions:
//   elementwise map|ops N      d/dx sum(tanh(x) exp(-x x) + log1p(x x)); the check is the mean of its magnitude
//   chain LINKS                a a ... a of size 1, forward and back; the check is the derivative

#include <benchmark/benchmark.h>
#include <omp.h>

#include <memory>

#include "autodiff/autodiff.hpp"
#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/support/vae_passes.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

constexpr std::uint64_t kSeed = 103;
constexpr float kLink = 1.0001F;

Array<float> arguments_of_function(std::size_t count) {
  return same_numbers(kSeed, {count}, -3, 3);
}

Array<float> gradient_of_map(const Var<float>& values) {
  Tape<float> tape;
  const Var<float> x = tape.watch(values);
  const auto f = [](const auto& v) {
    const auto square = v * v;
    return tanh(v) * exp(-square) + log1p(square);
  };
  return tape.gradient(sum(map(f, x)), x);
}

Array<float> gradient_of_ops(const Var<float>& values) {
  Tape<float> tape;
  const Var<float> x = tape.watch(values);
  const Var<float> square = x * x;
  return tape.gradient(sum(tanh(x) * exp(-square) + log1p(square)), x);
}

Task xtape_elementwise(const Arguments& arguments) {
  const std::string& how = arguments.word(0);
  if (how != "map" && how != "ops") throw Error("map or ops expected, got '" + how + "'");
  const auto gradient = how == "map" ? gradient_of_map : gradient_of_ops;
  const Var<float> x = arguments_of_function(arguments.number(1));
  return {mean_magnitude(gradient(x)), [=] { return Step([=] { benchmark::DoNotOptimize(gradient(x)); }); }};
}

// Value and gradient in one vectorised pass. Returns the sum.
double elementwise_by_hand(const Array<float>& x, Array<float>& gradient) {
  double total = 0;
#pragma omp parallel reduction(+ : total)
  {
    Sum<float> sum;
    const std::size_t part = std::size_t(omp_get_thread_num()), parts = std::size_t(omp_get_num_threads());
    for_lanes<float>(share(x.size(), part, parts), [&](auto lanes) {
      const auto v = lanes.load(x.data());
      const decltype(v) square = v * v, one(1.0F), two(2.0F);
      const auto t = xsimd::tanh(v), e = xsimd::exp(-square);
      sum.add(t * e + xsimd::log1p(square));
      lanes.store(gradient.data(), (one - t * t) * e - two * v * t * e + two * v / (one + square));
    });
    total += double(sum.total());
  }
  return total;
}

Task hand_written_elementwise(const Arguments& arguments) {
  const auto x = std::make_shared<const Array<float>>(arguments_of_function(arguments.number(1)));
  const auto gradient = std::make_shared<Array<float>>(zeros<float>(shape_of(*x)));
  elementwise_by_hand(*x, *gradient);
  return {mean_magnitude(*gradient),
          [=] { return Step([=] { benchmark::DoNotOptimize(elementwise_by_hand(*x, *gradient)); }); }};
}

float chain_derivative(const Var<float>& value, std::size_t links) {
  Tape<float> tape;
  const Var<float> a = tape.watch(value);
  Var<float> y = a;
  for (std::size_t link = 0; link < links; ++link) y = y * a;
  return tape.gradient(y, a)();
}

Task xtape_chain(const Arguments& arguments) {
  const std::size_t links = arguments.number(0);
  const Var<float> a(kLink);
  return {double(chain_derivative(a, links)),
          [=] { return Step([=] { benchmark::DoNotOptimize(chain_derivative(a, links)); }); }};
}

}  // namespace

Tasks xtape_function_tasks() {
  return {{"elementwise", xtape_elementwise}, {"chain", xtape_chain}};
}
Tasks hand_written_function_tasks() {
  return {{"elementwise", hand_written_elementwise}};
}

}  // namespace xtape::benchmarks

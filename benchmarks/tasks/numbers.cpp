// Gradients of code on single numbers; the check is the mean magnitude of the gradient:
//   numbers lorenz STEPS           Lorenz's equations, in the start and three parameters
//   numbers product COUNT          the product of so many numbers
//   numbers lstm WIDTH             a cell of long short-term memory, in its weights
//   lorenz_rows at_once|one_by_one STEPS ROWS      so many starts

#include <benchmark/benchmark.h>

#include <functional>

#include "autodiff/autodiff.hpp"
#include "benchmarks/support/flat_tape.hpp"
#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/support/scalar_models.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

using Gradients = std::vector<Array<double>>;

/// The arguments of a model, the same for all contestants.
Gradients arguments_of(const std::string& model, std::size_t size) {
  auto numbers = [seed = std::uint64_t(211)](const Shape& shape, double low, double high) mutable {
    return Array<double>(xt::cast<double>(same_numbers(seed++, shape, low, high)));
  };
  if (model == "lorenz") return {numbers({3}, 0.5, 1.5), Array<double>(xt::xarray<double>{10.0, 28.0, 8.0 / 3.0})};
  if (model == "product") return {numbers({size}, 0.999, 1.001)};
  if (model == "lstm") {
    return {numbers({4 * size * (2 * size + 1)}, -0.3, 0.3), numbers({size}, -1, 1), numbers({size}, -1, 1),
            numbers({size}, -1, 1)};
  }
  throw Error("lorenz, product or lstm expected, got '" + model + "'");
}

double mean_magnitude_of(const Gradients& gradients) {
  double total = 0, count = 0;
  for (const Array<double>& gradient : gradients) {
    for (const double x : gradient) total += std::abs(x);
    count += double(gradient.size());
  }
  return total / count;
}

auto solver(std::size_t steps) {
  return vectorize<"(3),(3)->(3)">([steps](const auto& x, const auto& p) { return lorenz(x, p, steps); });
}

Gradients by_xtape(const std::string& model, std::size_t size, const Gradients& arguments) {
  Tape<double> tape;
  std::vector<Var<double>> x;
  for (const Array<double>& argument : arguments) x.push_back(tape.watch(argument));
  const auto value = [&]() -> Var<double> {
    if (model == "lorenz") return sum(solver(size)(x[0], x[1]));
    if (model == "product") return vectorize<"(n)->()">([](const auto& u) { return product(u); })(x[0]);
    const auto cell = [](const auto& w, const auto& u, const auto& h, const auto& c) { return lstm(w, u, h, c); };
    return vectorize<"(w),(n),(n),(n)->()">(cell)(x[0], x[1], x[2], x[3]);
  };
  return tape.gradient(value(), x);
}

Gradients by_hand(const std::string& model, std::size_t size, const Gradients& arguments) {
  using flat::Number;
  flat::begin();
  std::vector<std::vector<Number>> x;
  for (const Array<double>& argument : arguments) {
    x.emplace_back();
    for (const double number : argument) x.back().push_back(flat::variable(number));
  }
  const auto value = [&]() -> Number {
    if (model == "product") return product(x[0]);
    if (model == "lstm") return lstm(x[0], x[1], x[2], x[3]);
    const std::array<Number, 3> start{x[0][0], x[0][1], x[0][2]}, p{x[1][0], x[1][1], x[1][2]};
    const auto end = lorenz(start, p, size);
    return end[0] + end[1] + end[2];
  };
  const std::vector<double>& adjoint = flat::sweep(value());
  Gradients result;
  auto next = adjoint.begin() + 1;
  for (const Array<double>& argument : arguments) {
    result.push_back(empty<double>(shape_of(argument)));
    std::copy_n(next, argument.size(), result.back().begin());
    next += std::ptrdiff_t(argument.size());
  }
  return result;
}

template <Gradients gradient(const std::string&, std::size_t, const Gradients&)>
Task numbers_task(const Arguments& words) {
  const std::string model = words.word(0);
  const std::size_t size = words.number(1);
  const Gradients arguments = arguments_of(model, size);
  return {mean_magnitude_of(gradient(model, size, arguments)),
          [=] { return Step([=] { benchmark::DoNotOptimize(gradient(model, size, arguments)); }); }};
}

Task lorenz_rows(const Arguments& words) {
  const bool at_once = words.word(0) == "at_once";
  const std::size_t steps = words.number(1), rows = words.number(2);
  const Array<double> starts = xt::cast<double>(same_numbers(223, {rows, 3}, 0.5, 1.5));
  const Array<double> p = arguments_of("lorenz", 0)[1];
  const auto gradient = [=]() -> Gradients {
    const auto solve = solver(steps);
    const auto of = [&](const Array<double>& x) {
      Tape<double> tape;
      const Var<double> start = tape.watch(x), parameters = tape.watch(p);
      return tape.gradient(sum(solve(start, parameters)), {start, parameters});
    };
    if (at_once) return of(starts);
    Gradients total{empty<double>({rows, 3}), zeros<double>({3})};
    for (std::size_t row = 0; row < rows; ++row) {
      const Gradients one = of(Var<double>(starts)[row].value());
      std::copy_n(one[0].begin(), 3, total[0].begin() + std::ptrdiff_t(3 * row));
      total[1] += one[1];
    }
    return total;
  };
  return {mean_magnitude_of(gradient()), [=] { return Step([=] { benchmark::DoNotOptimize(gradient()); }); }};
}

}  // namespace

Tasks xtape_number_tasks() {
  return {{"numbers", numbers_task<by_xtape>}, {"lorenz_rows", lorenz_rows}};
}

Tasks hand_written_number_tasks() {
  return {{"numbers", numbers_task<by_hand>}};
}

}  // namespace xtape::benchmarks

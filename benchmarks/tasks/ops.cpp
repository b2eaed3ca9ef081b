// Every op by itself:
//   op NAME[/HOW] SIZE forward|gradient SHAPES INTERVALS     a row of support/op_rows.hpp
//
// The gradient is recorded on a fresh tape and swept.
//
// SHAPES (25x40,25x40) and INTERVALS (-2:2,0.3:3, and `definite` for a matrix that is made so) tell other contestants
// what the operands are; in C++ the row knows. The check is the mean magnitude of the result, or the sum of those of
// the gradients.

#include <benchmark/benchmark.h>

#include <memory>
#include <sstream>

#include "benchmarks/support/op_rows.hpp"
#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

constexpr std::size_t kFewestElements = 100;  // below that a row measures a call alone

Task op(const Arguments& arguments) {
  const std::string &use = arguments.word(0), &size = arguments.word(1), &direction = arguments.word(2);
  for (const OpRow& row : op_rows()) {
    if (row.use() != use || row.sample.size != size) continue;
    const auto operands = std::make_shared<const OpOperands>(row);
    if (direction == "forward") {
      return {mean_magnitude(apply_op(row, operands->x).value()),
              [=, &row] { return Step([=, &row] { benchmark::DoNotOptimize(apply_op(row, operands->x)); }); }};
    }
    if (direction != "gradient") throw Error("forward or gradient expected, got '" + direction + "'");
    double check = 0;
    for (const Array<float>& gradient : gradient_of_op(row, *operands)) check += mean_magnitude(gradient);
    return {check, [=, &row] { return Step([=, &row] { benchmark::DoNotOptimize(gradient_of_op(row, *operands)); }); }};
  }
  throw Error("there is no operation '" + use + "' of size '" + size + "'");
}

std::string shortest(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

}  // namespace

Tasks xtape_op_tasks() {
  return {{"op", op}};
}

std::vector<std::string> listed_op_tasks() {
  std::vector<std::string> lines;
  for (const OpRow& row : op_rows()) {
    std::string shapes, intervals;
    std::size_t elements = 0;
    for (std::size_t k = 0; k < row.sample.shapes.size(); ++k) {
      const tests::Interval from = row.sample.interval(k);
      const bool definite = k == 0 && row.sample.definite;
      shapes += (k == 0 ? "" : ",") + extents(row.sample.shapes[k]);
      intervals += (k == 0 ? "" : ",") + (definite ? "definite" : shortest(from.low) + ":" + shortest(from.high));
      elements += size_of(row.sample.shapes[k]);
    }
    if (elements < kFewestElements && size_of(OpOperands(row).seeds[0].shape()) < kFewestElements) continue;
    for (const std::string direction : {"forward", "gradient"}) {
      if (direction == "gradient" && !row.differentiable) continue;
      lines.push_back(row.family + " op " + row.use() + " " + row.sample.size + " " + direction + " " + shapes + " " +
                      intervals);
    }
  }
  return lines;
}

}  // namespace xtape::benchmarks

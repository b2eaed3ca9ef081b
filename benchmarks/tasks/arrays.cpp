// Operations on whole arrays:
//   matmul nn|nt|tn M N K            (m, k) by (k, n), left or right one transposed; the check is the elements' mean
//   reduce NAME 0|1|all ROWS COLS    sum, mean, logsumexp or softmax of a matrix along an axis
//   copy ROWS COLS                   what the memory can do

#include <benchmark/benchmark.h>
#include <omp.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "autodiff/autodiff.hpp"
#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/support/sliced_product.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

struct ProductTask {
  bool transpose_a, transpose_b;
  std::size_t m, n, k;
  Array<float> a, b;  // as they lie in memory

  explicit ProductTask(const Arguments& arguments)
      : transpose_a(arguments.word(0)[0] == 't'),
        transpose_b(arguments.word(0).back() == 't'),
        m(arguments.number(1)),
        n(arguments.number(2)),
        k(arguments.number(3)),
        a(same_numbers(1, transpose_a ? Shape{k, m} : Shape{m, k}, 0, 1)),
        b(same_numbers(2, transpose_b ? Shape{n, k} : Shape{k, n}, 0, 1)) {}
};

double mean_of(const float* values, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += double(values[i]);
  return sum / double(count);
}

Task xtape_matmul(const Arguments& arguments) {
  const ProductTask task(arguments);
  const Var<float> a(task.a), b(task.b);
  const auto product = [a, b, left = task.transpose_a, right = task.transpose_b] {
    return matmul(left ? transpose(a) : a, right ? transpose(b) : b);
  };
  const Var<float> checked = product();
  return {mean_of(checked.value().data(), checked.size()),
          [=] { return Step([=] { benchmark::DoNotOptimize(product()); }); }};
}

Task blas_matmul(const Arguments& arguments) {
  const auto task = std::make_shared<const ProductTask>(arguments);
  const auto result = std::make_shared<Array<float>>(zeros<float>({task->m, task->n}));
  const auto product = [task, result] {
    const ProductTask& t = *task;
    gemm(t.transpose_a ? CblasTrans : CblasNoTrans, t.transpose_b ? CblasTrans : CblasNoTrans, int(t.m), int(t.n),
         int(t.k), t.a.data(), int(t.a.shape(1)), t.b.data(), int(t.b.shape(1)), result->data(), int(t.n));
  };
  product();
  return {mean_of(result->data(), result->size()), [=] { return Step(product); }};
}

Var<float> reduced(const std::string& name, const std::string& axis, const Var<float>& x) {
  if (axis != "0" && axis != "1" && axis != "all") throw Error("axis 0, 1 or all expected, got '" + axis + "'");
  const Axes axes = axis == "all" ? Axes{} : Axes(axis == "0" ? 0 : 1);
  if (name == "sum") return sum(x, axes);
  if (name == "mean") return mean(x, axes);
  if (name == "logsumexp") return logsumexp(x, axes);
  if (name != "softmax") throw Error("unknown reduction '" + name + "'");
  return axis == "all" ? softmax(reshape(x, {-1})) : softmax(x, axis == "0" ? 0 : 1);
}

Task xtape_reduce(const Arguments& arguments) {
  const std::string name = arguments.word(0), axis = arguments.word(1);
  const Var<float> x = same_numbers(1, {arguments.number(2), arguments.number(3)}, -1, 1);
  return {double(reduced(name, axis, x).value().data()[0]),
          [=] { return Step([=] { benchmark::DoNotOptimize(reduced(name, axis, x)); }); }};
}

Task copy(const Arguments& arguments) {
  const auto from =
      std::make_shared<const Array<float>>(same_numbers(1, {arguments.number(0), arguments.number(1)}, -1, 1));
  const auto to = std::make_shared<Array<float>>(zeros<float>(shape_of(*from)));
  const auto step = [from, to] {
#pragma omp parallel
    {
      const Range piece = share(from->size(), std::size_t(omp_get_thread_num()), std::size_t(omp_get_num_threads()));
      std::memcpy(to->data() + piece.begin, from->data() + piece.begin, (piece.end - piece.begin) * sizeof(float));
    }
  };
  return {kNothingToCheck, [=] { return Step(step); }};
}

}  // namespace

Tasks xtape_array_tasks() {
  return {{"matmul", xtape_matmul}, {"reduce", xtape_reduce}};
}
Tasks hand_written_array_tasks() {
  return {{"matmul", blas_matmul}, {"copy", copy}};
}

}  // namespace xtape::benchmarks

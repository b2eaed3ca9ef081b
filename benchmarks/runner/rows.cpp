#include "benchmarks/runner/rows.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <regex>
#include <utility>

#include "benchmarks/runner/roofline.hpp"

namespace xtape::benchmarks {
namespace {

using Unit = Work::Unit;
using Contestants = std::vector<std::string>;

const Contestants kAll{"xtape", "hand-written", "PyTorch eager", "PyTorch compile", "JAX", "JAX, thread flags"};
const std::string kVaeTask = "vae 784 400 20 ";

Row row_of(const std::string& name, int threads, const Contestants& contestants, const std::string& task,
           Work work = {}) {
  Row row{name + "/threads:" + std::to_string(threads), threads, {}};
  for (const std::string& contestant : contestants) row.entries.push_back({contestant, contestant, task, work});
  return row;
}

// A matrix that no cache holds, as far as memory allows.
constexpr std::size_t kColumns = 4096;
std::size_t rows_out_of_cache() {
  const auto bytes_of = [](int name) { return std::size_t(std::max(0L, sysconf(name))); };
  const std::size_t memory = bytes_of(_SC_PHYS_PAGES) * bytes_of(_SC_PAGESIZE), least = std::size_t{1} << 27;
  const std::size_t wanted = std::min(std::max(bytes_of(_SC_LEVEL3_CACHE_SIZE), least), std::max(memory / 16, least));
  return wanted / (kColumns * sizeof(float));
}

// What the machine does at most: multiplies and adds in registers and in a large matrix product, and moves bytes, 10 MB
// as often as it can (so much are the parameters of the VAE, their gradients and Adam's moments) and more than caches
// hold.
std::vector<Row> peak_rows(int threads) {
  constexpr double kLoop = 4e8, kCube = 2.0 * 2048 * 2048 * 2048;
  const std::string cube = "matmul nn 2048 2048 2048";
  Row flop = row_of("peaks/flop", threads, {"xtape", "hand-written"}, cube, {Unit::kFlop, kCube});
  flop.entries[1].label = "OpenBLAS";
  flop.entries.push_back({"hand-written", "multiply-add loop", "multiply_add 400000000", {Unit::kFlop, kLoop}});
  flop.peak = Row::Peak::kFlop;
  const auto moving = [&](const std::string& name, std::size_t height, Row::Peak peak) {
    const double bytes = double(height * kColumns * sizeof(float));
    const std::string shape = " " + std::to_string(height) + " " + std::to_string(kColumns);
    Row row = row_of(name, threads, {"xtape"}, "reduce sum all" + shape, {Unit::kBytes, bytes});
    row.entries.push_back({"hand-written", "read", "read" + shape, {Unit::kBytes, bytes}});
    row.entries.push_back({"hand-written", "copy", "copy" + shape, {Unit::kBytes, 2 * bytes}});
    row.entries.push_back({"hand-written", "add in place", "add" + shape, {Unit::kBytes, 3 * bytes}});
    row.peak = peak;
    return row;
  };
  std::vector<Row> rows{flop, moving("peaks/cache", 640, Row::Peak::kCache),
                        moving("peaks/memory", rows_out_of_cache(), Row::Peak::kMemory)};
  for (Row& row : rows) row.compares = false;
  return rows;
}

// With several threads there is the hand-written step also with its products spread by OpenBLAS instead of by us.
std::vector<Row> vae_rows(int threads) {
  std::vector<Row> rows;
  for (const int batch : {16, 128, 512, 1024}) {
    const std::string size = std::to_string(batch);
    Row row = row_of("vae/batch:" + size, threads, kAll, kVaeTask + size);
    row.phases = phases_of_vae_step(784, 400, 20, std::size_t(batch));
    if (threads > 1) row.entries.push_back({"hand-written", "OpenBLAS threads", "vae_openblas 784 400 20 " + size});
    rows.push_back(row);
  }
  return rows;
}

// With convolutions, the way PyTorch's users write it.
Row conv_vae_row(int threads) {
  return row_of("conv_vae/batch:128", threads, {"xtape", "PyTorch eager", "PyTorch compile"}, "conv_vae 128");
}

Row vae_beside_a_busy_process(int threads) {
  Row row = row_of("vae_beside_a_busy_process/batch:128", threads, kAll, kVaeTask + "128");
  row.competitor = true;
  return row;
}

std::vector<Row> function_rows(int threads) {
  return {row_of("elementwise/map", threads, kAll, "elementwise map 1000000"),
          row_of("elementwise/op_by_op", threads, {"xtape", "PyTorch eager"}, "elementwise ops 1000000")};
}

// Recorded and swept back, against the value alone outside of a tape.
Row gradient_row(const std::string& model, int threads) {
  Row row{"gradient/" + model + "/threads:" + std::to_string(threads), threads, {}};
  for (const std::string direction : {"gradient", "forward"}) {
    row.entries.push_back({"xtape", direction, "model " + model + " " + direction});
  }
  row.compares = false;
  return row;
}

std::vector<Row> gradient_rows(int threads) {
  std::vector<Row> rows;
  for (const std::string model : {"mlp", "vae", "elementwise_chain", "broadcast_and_reduce", "softmax_classifier"}) {
    rows.push_back(gradient_row(model, threads));
  }
  return rows;
}

// Too small for a second thread. They come first: a process that has never started a thread counts the owners of
// values without locked instructions, and a program of single numbers is one.
std::vector<Row> small_rows(int threads) {
  return {row_of("tiny_vae/batch:32", threads, kAll, "vae 64 32 2 32"),
          row_of("chain/links:1000", threads, {"xtape", "PyTorch eager"}, "chain 1000", {Unit::kOperations, 1000}),
          gradient_row("scalar_chain", threads)};
}

// The products of a VAE step at batch 128: x W' of each layer, and of the two large ones dW = dy' x and dx = dy W.
std::vector<Row> product_rows(int threads) {
  struct Product {
    const char *name, *form;
    int m, n, k;
  };
  std::vector<Row> rows;
  for (const Product& p :
       {Product{"encoder", "nt", 128, 400, 784}, Product{"head", "nt", 128, 20, 400},
        Product{"hidden", "nt", 128, 400, 20}, Product{"decoder", "nt", 128, 784, 400},
        Product{"decoder_input", "nn", 128, 400, 784}, Product{"decoder_weight", "tn", 784, 400, 128},
        Product{"encoder_weight", "tn", 400, 784, 128}}) {
    std::string task = std::string("matmul ") + p.form;
    for (const int extent : {p.m, p.n, p.k}) task += " " + std::to_string(extent);
    rows.push_back(row_of(std::string("matmul/") + p.name, threads, {"xtape", "hand-written", "PyTorch eager", "JAX"},
                          task, {Unit::kFlop, 2.0 * p.m * p.n * p.k}));
    rows.back().entries[1].label = "OpenBLAS";
  }
  return rows;
}

// The bytes are those of the least algorithm. A sum, a mean and a logsumexp (with running maximum and sum) read the
// array once. A softmax along rows, which fit into the cache, reads and writes the array once; along columns and over
// all it reads the array twice, first for maximum and sum.
std::vector<Row> memory_rows(int threads) {
  const std::size_t height = rows_out_of_cache();
  const double bytes = double(height * kColumns * sizeof(float));
  const std::string shape = " " + std::to_string(height) + " " + std::to_string(kColumns);
  std::vector<Row> rows;
  for (const std::string name : {"sum", "mean", "softmax", "logsumexp"}) {
    for (const std::string axis : {"0", "1", "all"}) {
      const double passes = name != "softmax" ? 1 : axis == "1" ? 2 : 3;
      Row row = row_of("memory/" + name + "/axis:" + axis, threads, {"xtape"}, "reduce " + name + " " + axis + shape,
                       {Unit::kBytes, passes * bytes});
      row.entries.push_back({"hand-written", "copy", "copy" + shape, {Unit::kBytes, 2 * bytes}});
      row.compares = false;
      rows.push_back(row);
    }
  }
  return rows;
}

// Derivatives other than a gradient. An entry of ours beside them is what the transform is to be worth, or another way
// to the same.
std::vector<Row> transform_rows(int threads) {
  const Contestants peers{"xtape", "PyTorch eager", "JAX"};
  const auto row = [&](const std::string& name, const Contestants& contestants, const std::string& task,
                       const std::vector<Entry>& ours = {}) {
    Row made = row_of("transforms/" + name, threads, contestants, task);
    made.entries.insert(made.entries.end(), ours.begin(), ours.end());
    return made;
  };
  return {row("hessian", peers, "hessian 50"),
          row("per_example", peers, "per_example each 128", {{"xtape", "batch gradient", "per_example batch 128"}}),
          row("hvp", peers, "hvp 784 400 20 128"),
          row("jacobian_tall", peers, "jacobian tall whole 1000 6",
              {{"xtape", "six jvp", "jacobian tall products 1000 6"}}),
          row("jacobian_wide", peers, "jacobian wide whole 6 1000",
              {{"xtape", "six pullbacks", "jacobian wide products 6 1000"}}),
          row("sparse_band", peers, "sparse_band 10000"),
          row("odeint", {"xtape", "JAX"}, "odeint discrete", {{"xtape", "continuous adjoint", "odeint continuous"}}),
          row("scan", peers, "gru scan 16 100 32", {{"xtape", "loop written out", "gru loop 16 100 32"}})};
}

// Code on single numbers, beside a flat tape of statements.
std::vector<Row> number_rows(int threads) {
  const Contestants both{"xtape", "hand-written"};
  std::vector<Row> rows;
  for (const std::string task : {"lorenz 1000", "product 1000", "lstm 14"}) {
    rows.push_back(row_of("numbers/" + task.substr(0, task.find(' ')), threads, both, "numbers " + task));
  }
  Row batch = row_of("numbers/lorenz_rows", threads, {"xtape"}, "lorenz_rows at_once 1000 256");
  batch.entries.push_back({"xtape", "row by row", "lorenz_rows one_by_one 1000 256"});
  rows.push_back(batch);
  return rows;
}

// A step over the parameters of the VAE, which is a pass over memory: gradients, weights, and what is remembered.
std::vector<Row> optimizer_rows(int threads) {
  std::vector<Row> rows;
  for (const std::string name : {"sgd", "adam", "adamw", "rmsprop", "adagrad"}) {
    rows.push_back(row_of("optimizer/" + name, threads, {"xtape", "PyTorch eager"}, "optimizer " + name));
  }
  return rows;
}

// One layer's part of a training step, output and gradients.
std::vector<Row> layer_rows(int threads) {
  std::vector<Row> rows;
  for (const std::string name :
       {"linear", "layer_norm", "group_norm", "batch_norm1d", "batch_norm2d", "dropout", "conv1d", "conv2d",
        "conv_transpose2d", "max_pool2d", "avg_pool2d", "rnn", "gru", "lstm", "attention", "transformer"}) {
    rows.push_back(row_of("layers/" + name, threads, {"xtape", "PyTorch eager"}, "layer " + name));
  }
  return rows;
}

// Three epochs over MNIST-sized images.
Row job_row(int threads) {
  Row row = row_of("job/epochs:3", threads, {"xtape job", "PyTorch job"}, "3");
  row.entries[0].label = "xtape";
  row.entries[1].label = "PyTorch eager";
  row.whole_job = true;
  return row;
}

// What --quick runs: what a user looks at first, and torch.compile, which takes half a minute to start, only once.
void choose_quick(std::vector<Row>& rows) {
  const std::regex quick(
      "^(peaks/[a-z]+|vae/batch:(16|128)|tiny_vae|elementwise/map|chain|memory/(sum|softmax)/axis:1)/");
  for (Row& row : rows) {
    row.quick = std::regex_search(row.name, quick);
    for (Entry& entry : row.entries) {
      entry.quick = entry.contestant != "PyTorch compile" || row.name.rfind("vae/batch:128/", 0) == 0;
    }
  }
}

}  // namespace

std::vector<Row> all_rows(const std::vector<int>& threads) {
  std::vector<Row> rows;
  const auto add = [&rows](std::vector<Row> more) {
    rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  if (threads.empty()) return rows;
  const int most = *std::max_element(threads.begin(), threads.end());
  for (const int count : threads) {
    if (count == most) add(small_rows(count));
    add(peak_rows(count));
    add(vae_rows(count));
    add({conv_vae_row(count)});
  }
  add({vae_beside_a_busy_process(most)});
  add(function_rows(most));
  add(gradient_rows(most));
  add(transform_rows(most));
  add(number_rows(most));
  add(optimizer_rows(most));
  add(layer_rows(most));
  add({job_row(most)});
  add(product_rows(most));
  add(memory_rows(most));
  choose_quick(rows);
  return rows;
}

const std::vector<Goal>& all_goals() {
  using Measure = Goal::Measure;
  static const std::vector<Goal> goals = {
      {"VAE step / hand-written", "^vae/", Measure::kTime, "hand-written", 1.05},
      {"VAE step / JAX", "^vae/", Measure::kTime, "JAX", 1.03, 0.95},
      {"VAE step / PyTorch", "^vae/", Measure::kTime, "PyTorch", 0.98, 0.85},
      {"convolutional VAE step / PyTorch", "^conv_vae/", Measure::kTime, "PyTorch", 0.7},
      {"tiny VAE step / JAX", "^tiny_vae/", Measure::kTime, "JAX", 0.25},
      {"tiny VAE step / PyTorch", "^tiny_vae/", Measure::kTime, "PyTorch", 0.06},
      {"element-wise gradient as one map / PyTorch compile", "^elementwise/map", Measure::kTime, "PyTorch compile",
       0.4},
      {"element-wise gradient as one map / JAX", "^elementwise/map", Measure::kTime, "JAX", 1.5},
      {"element-wise gradient op by op / PyTorch eager", "^elementwise/op_by_op", Measure::kTime, "PyTorch eager", 0.4},
      {"an operation / the faster of PyTorch and JAX", "^op/", Measure::kTime, "", kOpBound, 0.7},
      {"size-1 chain, ns an operation", "^chain/", Measure::kNanoseconds, "", 150},
      {"size-1 chain / PyTorch", "^chain/", Measure::kTime, "PyTorch", 0.03},
      {"gradient / value alone", "^gradient/", Measure::kTime, "forward", 3.0},
      {"a transform / the faster of PyTorch and JAX", "^transforms/", Measure::kTime, "", kOpBound, 0.8},
      {"per-example gradients / PyTorch and JAX", "^transforms/per_example", Measure::kTime, "", 0.2},
      {"per-example gradients / batch gradient", "^transforms/per_example", Measure::kTime, "batch gradient", 3.0},
      {"tall Jacobian / six jvp", "^transforms/jacobian_tall", Measure::kTime, "six jvp", 1.2},
      {"wide Jacobian / six pullbacks", "^transforms/jacobian_wide", Measure::kTime, "six pullbacks", 1.2},
      {"differential equation / JAX", "^transforms/odeint", Measure::kTime, "JAX", 4.0},
      {"scan / loop written out", "^transforms/scan", Measure::kTime, "loop", 1.5},
      {"code on single numbers / a flat tape by hand", "^numbers/(lorenz|product|lstm)/", Measure::kTime,
       "hand-written", 1.5},
      {"256 trajectories at once / one by one", "^numbers/lorenz_rows", Measure::kTime, "row by row", 0.25},
      {"an optimizer's step / PyTorch", "^optimizer/", Measure::kTime, "PyTorch", 1.0},
      {"a layer / PyTorch eager", "^layers/", Measure::kTime, "PyTorch eager", 1.0},
      {"whole job / PyTorch, time", "^job/", Measure::kTime, "PyTorch", 0.5},
      {"whole job / PyTorch, peak memory", "^job/", Measure::kMemory, "PyTorch", 0.25},
      {"bytes per second / copy", "^memory/", Measure::kBandwidthShare, "copy", 0.6},
      {"VAE step beside a busy process / alone", "^vae_beside_a_busy_process/", Measure::kIdleTime, "vae/batch:128/",
       2.5},
      {"VAE step beside a busy process / JAX", "^vae_beside_a_busy_process/", Measure::kTime, "JAX", 1.0},
      {"VAE step beside a busy process / PyTorch", "^vae_beside_a_busy_process/", Measure::kTime, "PyTorch", 1.0},
  };
  return goals;
}

}  // namespace xtape::benchmarks

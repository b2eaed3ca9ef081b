// How time and memory grow: with the number of nodes, with the size of arrays, with the rows that are taken from one
// array, with the batch of a training step, and with the length of a chain of layers with and without checkpoints.
// Prints tables; `--csv FILE` writes the same rows, `--plot FILE.svg` draws all but rows and batches.
//
// Bytes are what a thread took from the system until its end: each measurement runs on a thread of its own, whose pool
// of buffers begins empty and gives nothing back.

#include "runner/chart.hpp"
#include "support/vae_model.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace xtape::benchmarks {
namespace {

struct Times {
  double record = 0, sweep = 0;  // seconds
};

struct Measured {
  Times times;  // the medians
  std::size_t bytes = 0;
};

struct Options {
  std::size_t max_nodes = 1'000'000, max_elements = 100'000'000;
  std::string csv, plot;
};

// A row of a table, for the files.
struct Kept {
  std::string table;
  std::size_t size;
  Measured measured;
  double formula;
};
std::vector<Kept> g_kept;

void keep(const char* table, std::size_t size, const Measured& m, double formula = 0) {
  g_kept.push_back({table, size, m, formula});
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// `step` on a fresh thread, once to warm up and then for half a second, but three times at least.
Measured measure(const std::function<Times()>& step) {
  Measured result;
  std::exception_ptr failed;
  std::thread([&] {
    try {
      set_pool_limit(std::numeric_limits<std::size_t>::max());
      step();
      std::vector<double> record, sweep;
      const auto start = std::chrono::steady_clock::now();
      while (record.size() < 3 || (seconds_since(start) < 0.5 && record.size() < 1000)) {
        const Times times = step();
        record.push_back(times.record);
        sweep.push_back(times.sweep);
      }
      result.times = {median(record), median(sweep)};
      result.bytes = pool_statistics().cached_bytes;
    } catch (...) {
      failed = std::current_exception();
    }
  }).join();
  if (failed) std::rethrow_exception(failed);
  return result;
}

// The times of recording y = f(x) and of the sweep of sum(y).
template <class F>
Times record_and_sweep(const Array<float>& values, const F& f) {
  const auto start = std::chrono::steady_clock::now();
  Tape<float> tape;
  const Var<float> x = tape.watch(values);
  const Var<float> y = sum(f(x));
  const double record = seconds_since(start);
  const auto middle = std::chrono::steady_clock::now();
  tape.gradient(y, x);
  return {record, seconds_since(middle)};
}

void grow_nodes(const Options& options) {
  std::printf("Nodes: a chain of sin on one number\n\n%10s  %14s  %14s  %14s\n", "nodes", "record ns/node",
              "sweep ns/node", "bytes/node");
  for (std::size_t n = 100; n <= options.max_nodes; n *= 10) {
    const Measured m = measure([n] {
      return record_and_sweep(Array<float>(0.5f), [n](Var<float> v) {
        for (std::size_t i = 0; i < n; ++i) v = sin(v);
        return v;
      });
    });
    std::printf("%10zu  %14.1f  %14.1f  %14.1f\n", n, 1e9 * m.times.record / double(n), 1e9 * m.times.sweep / double(n),
                double(m.bytes) / double(n));
    keep("nodes", n, m);
  }
}

void grow_arrays(const Options& options) {
  std::printf("\nArrays: sum(exp(sin(x)) * x)\n\n%10s  %16s  %16s  %14s\n", "elements", "record ns/elem.",
              "sweep ns/elem.", "bytes/elem.");
  for (std::size_t n = 100; n <= options.max_elements; n *= 10) {
    const Measured m = measure([n] {
      const Array<float> values = full<float>({n}, 0.5f);
      return record_and_sweep(values, [](const Var<float>& v) { return exp(sin(v)) * v; });
    });
    std::printf("%10zu  %16.3f  %16.3f  %14.1f\n", n, 1e9 * m.times.record / double(n), 1e9 * m.times.sweep / double(n),
                double(m.bytes) / double(n));
    keep("arrays", n, m);
  }
}

// The times of a loss that takes n rows one by one: those of one variable, or as many variables.
Times rows_step(std::size_t n, bool of_one) {
  Tape<double> tape;
  std::vector<Var<double>> sources;
  for (std::size_t i = 0; i < (of_one ? 1 : n); ++i) {
    sources.push_back(tape.watch(full<double>(of_one ? Shape{n, 16} : Shape{16}, 0.5)));
  }
  const auto start = std::chrono::steady_clock::now();
  Var<double> loss(0.0);
  for (std::size_t i = 0; i < n; ++i) loss = loss + sum(square(of_one ? sources[0][i] : sources[i]));
  const double record = seconds_since(start);
  const auto middle = std::chrono::steady_clock::now();
  tape.gradient(loss, sources);
  return {record, seconds_since(middle)};
}

void grow_rows() {
  std::printf("\nRows of 16 numbers, one by one: of one variable, and each a variable\n\n");
  std::printf("%8s  %14s  %14s  %14s  %14s  %8s\n", "rows", "record ns/row", "sweep ns/row", "record apart",
              "sweep apart", "ratio");
  for (const std::size_t n : {100, 1600, 6400}) {
    const Measured one = measure([n] { return rows_step(n, true); }),
                   apart = measure([n] { return rows_step(n, false); });
    const auto of_row = [n](double seconds) { return 1e9 * seconds / double(n); };
    std::printf("%8zu  %14.1f  %14.1f  %14.1f  %14.1f  %8.2f\n", n, of_row(one.times.record), of_row(one.times.sweep),
                of_row(apart.times.record), of_row(apart.times.sweep),
                (one.times.record + one.times.sweep) / (apart.times.record + apart.times.sweep));
    keep("rows_of_one", n, one);
    keep("rows_apart", n, apart);
  }
}

// An upper bound: saved values (the weights and the batch among them), gradients and Adam's two means of every
// parameter, and the largest value that is not saved, the log-probability of every pixel before their sum.
double formula(std::size_t batch, std::size_t saved_bytes, std::size_t parameters) {
  return double(saved_bytes) + 4.0 * 3.0 * double(parameters) + 4.0 * 784.0 * double(batch);
}

void grow_batches() {
  std::printf("\nA training step: VAE 784-400-20 with Adam\n\n%6s  %12s  %12s  %12s  %8s\n", "batch", "saved MiB",
              "formula MiB", "measured MiB", "ratio");
  for (const std::size_t batch : {16, 64, 128, 512, 1024}) {
    std::size_t saved = 0, parameters = 0, bytes = 0;
    std::thread([&] {
      {
        Random rng(1);
        Vae model(784, 400, 20, rng);
        nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3f});
        const Var<float> images(rng.uniform<float>({batch, 784}));
        parameters = model.parameter_count();
        for (int i = 0; i < 3; ++i) training_step(model, optimizer, images, rng);
        Tape<float> tape;
        const Var<float> loss = -mean(model.elbo(images, rng.normal<float>({batch, 20})));
        saved = tape.summary().total.saved_bytes;
      }
      bytes = pool_statistics().cached_bytes;
    }).join();
    const double expected = formula(batch, saved, parameters), mib = 1024.0 * 1024.0;
    std::printf("%6zu  %12.2f  %12.2f  %12.2f  %8.2f\n", batch, double(saved) / mib, expected / mib,
                double(bytes) / mib, double(bytes) / expected);
    keep("vae", batch, {{}, bytes}, expected);
  }
}

void grow_chains() {
  std::printf("\nA chain of layers sin(1.01 x) on 4096 numbers: plain, and checkpoint_sequential\n\n");
  std::printf("%8s  %12s  %12s  %12s  %12s\n", "layers", "plain MiB", "checkp. MiB", "plain ms", "checkp. ms");
  const auto layer = [](const Var<float>& v) { return sin(v * 1.01f); };
  for (const std::size_t n : {100, 400, 1000, 4000, 10000}) {
    const std::vector layers(n, layer);
    const Array<float> values = full<float>({4096}, 0.5f);
    const Measured plain = measure([&] {
      return record_and_sweep(values, [&](Var<float> v) {
        for (const auto& f : layers) v = f(v);
        return v;
      });
    });
    const Measured checkpointed = measure([&] {
      return record_and_sweep(values, [&](const Var<float>& v) { return checkpoint_sequential(layers, v); });
    });
    const double mib = 1024.0 * 1024.0;
    std::printf("%8zu  %12.2f  %12.2f  %12.3f  %12.3f\n", n, double(plain.bytes) / mib,
                double(checkpointed.bytes) / mib, 1e3 * (plain.times.record + plain.times.sweep),
                1e3 * (checkpointed.times.record + checkpointed.times.sweep));
    keep("chain", n, plain);
    keep("checkpointed_chain", n, checkpointed);
  }
}

std::string csv() {
  std::string text = "table,size,record_seconds,sweep_seconds,bytes,formula_bytes\n";
  for (const auto& [table, size, m, formula] : g_kept) {
    char line[160];
    std::snprintf(line, sizeof line, "%s,%zu,%.9g,%.9g,%zu,%.0f\n", table.c_str(), size, m.times.record, m.times.sweep,
                  m.bytes, formula);
    text += line;
  }
  return text;
}

// What `value` gives for the rows of a table, against their size.
Series curve(const std::string& label, const std::string& table, const std::function<double(const Kept&)>& value) {
  Series series{label, {}};
  for (const Kept& row : g_kept) {
    if (row.table == table) series.points.push_back({double(row.size), value(row)});
  }
  return series;
}

std::string plot() {
  const auto record = [](const Kept& row) { return 1e9 * row.measured.times.record / double(row.size); };
  const auto sweep = [](const Kept& row) { return 1e9 * row.measured.times.sweep / double(row.size); };
  const auto mib = [](const Kept& row) { return double(row.measured.bytes) / (1024.0 * 1024.0); };
  std::ostringstream out;
  write_charts(
      out,
      {{"A chain of sin on one number",
        "nodes",
        "nanoseconds a node",
        {curve("record", "nodes", record), curve("sweep", "nodes", sweep)}},
       {"sum(exp(sin(x)) * x)",
        "elements of x",
        "nanoseconds an element",
        {curve("record", "arrays", record), curve("sweep", "arrays", sweep)}},
       {"Layers of 4,096 numbers",
        "layers",
        "MiB",
        {curve("plain", "chain", mib), curve("checkpoint_sequential", "checkpointed_chain", mib)}}},
      "Logarithmic axes: what is proportional to size is level in the first two plots. From one run of growth.");
  return out.str();
}

[[noreturn]] void refuse(const std::string& what) {
  std::cerr << "growth: " << what << "; usage: growth [--max-nodes N] [--max-elements N] [--csv FILE] [--plot FILE]\n";
  std::exit(2);
}

Options parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string flag = arguments[i];
    const bool file = flag == "--csv" || flag == "--plot";
    if (flag != "--max-nodes" && flag != "--max-elements" && !file) refuse("unknown argument " + flag);
    if (i + 1 == count) refuse(flag + " needs a value");
    if (file) {
      (flag == "--csv" ? options.csv : options.plot) = arguments[i + 1];
      continue;
    }
    std::size_t& number = flag == "--max-nodes" ? options.max_nodes : options.max_elements;
    const char* end = arguments[i + 1] + std::strlen(arguments[i + 1]);
    const auto [rest, error] = std::from_chars(arguments[i + 1], end, number);
    if (error != std::errc() || rest != end) refuse(flag + " needs a number");
  }
  return options;
}

void write_file(const std::string& path, const std::string& text) {
  if (path.empty()) return;
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) refuse("cannot write " + path);
}

}  // namespace
}  // namespace xtape::benchmarks

int main(int count, char** arguments) {
  using namespace xtape::benchmarks;
  const Options options = parse(count, arguments);
  try {
    grow_nodes(options);
    grow_arrays(options);
    grow_rows();
    grow_batches();
    grow_chains();
  } catch (const std::exception& error) {
    std::cerr << "growth: " << error.what() << "\n";
    return 1;
  }
  write_file(options.csv, csv());
  write_file(options.plot, plot());
}

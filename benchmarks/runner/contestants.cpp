#include "benchmarks/runner/contestants.hpp"

#include <map>
#include <utility>

#include "benchmarks/runner/machine.hpp"

namespace xtape::benchmarks {
namespace {

struct Contestant {
  bool python;
  std::string program;
  std::vector<std::string> arguments{};
  bool thread_flags = false;
};

const std::map<std::string, Contestant>& contestants() {
  static const std::map<std::string, Contestant> all = {
      {"xtape", {false, "bench_worker", {"xtape"}}},
      {"hand-written", {false, "bench_worker", {"hand-written"}}},
      {"PyTorch eager", {true, "torch_worker.py", {"eager"}}},
      {"PyTorch compile", {true, "torch_worker.py", {"compile"}}},
      {"JAX", {true, "jax_worker.py"}},
      {"JAX, thread flags", {true, "jax_worker.py", {}, true}},
      {"xtape job", {false, "bench_job"}},
      {"PyTorch job", {true, "torch_job.py"}},
  };
  return all;
}

std::filesystem::path programs(const Options& options) {
  return options.programs.empty() ? std::filesystem::read_symlink("/proc/self/exe").parent_path() : options.programs;
}

}  // namespace

bool needs_python(const std::string& contestant) {
  return contestants().at(contestant).python;
}

Launch launch_of(const std::string& contestant, int threads, const Options& options) {
  const Contestant& found = contestants().at(contestant);
  const std::string count = std::to_string(threads);
  const std::filesystem::path out = std::filesystem::absolute(options.out);
  Launch launch;
  if (found.python) {
    launch.command = {options.python, std::string(XTAPE_PEERS_DIR "/") + found.program};
  } else {
    launch.command = {(programs(options) / found.program).string()};
  }
  launch.command.insert(launch.command.end(), found.arguments.begin(), found.arguments.end());
  launch.environment = {{"OMP_NUM_THREADS", count},
                        {"PYTHONDONTWRITEBYTECODE", "1"},
                        {"JAX_PLATFORMS", "cpu"},
                        {"TORCHINDUCTOR_CACHE_DIR", (out / "inductor").string()},
                        {"TORCHINDUCTOR_COMPILE_THREADS", "1"}};  // compiles in the process; no others stay around
  if (found.thread_flags) {
    const std::string eigen = threads > 1 ? "true" : "false";
    launch.environment.emplace_back("XLA_FLAGS",
                                    "--xla_cpu_multi_thread_eigen=" + eigen + " intra_op_parallelism_threads=" + count);
  }
  const std::vector<int>& all = allowed_cores();
  launch.cores.assign(all.begin(), all.begin() + std::min<std::ptrdiff_t>(threads, std::ptrdiff_t(all.size())));
  launch.log = out / (contestant + ".log");
  return launch;
}

}  // namespace xtape::benchmarks

#include "benchmarks/support/machine.hpp"

#include <cblas.h>
#include <omp.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace xtape::benchmarks {
namespace {

// The cores this process was started on, asked before any thread is pinned.
const std::vector<int>& cores() {
  static const std::vector<int> all = [] {
    std::vector<int> found;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
      for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(core, &set)) found.push_back(core);
      }
    }
    return found;
  }();
  return all;
}

void pin(int thread) {
  if (cores().empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cores()[std::size_t(thread) % cores().size()], &set);
  sched_setaffinity(0, sizeof set, &set);  // where this is not allowed, the figures are a little less steady
}

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

}  // namespace

int available_cores() {
  return int(cores().size());
}

void use_threads(int count) {
  cores();
  omp_set_num_threads(count);
#pragma omp parallel num_threads(count)
  pin(omp_get_thread_num());
}

void print_machine() {
  double load[3] = {0, 0, 0};
  getloadavg(load, 3);
  std::printf("%s, %d cores, load %.2f %.2f %.2f; OpenBLAS kernels: %s\n", processor().c_str(), available_cores(),
              load[0], load[1], load[2], openblas_get_corename());
  for (const char* name : {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"}) {
    if (const char* value = std::getenv(name)) {
      std::printf("WARNING: %s=%s steers OpenBLAS away from what it would choose; unset it to compare\n", name, value);
    }
  }
  if (load[0] > 0.5) std::printf("WARNING: other processes are at work; the figures will be unsteady\n");
  std::fflush(stdout);
}

}  // namespace xtape::benchmarks

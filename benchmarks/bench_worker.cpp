// A C++ contestant of scripts/bench: does what it is asked for on standard input, as benchmarks/tasks/task.hpp says.
//
//   bench_worker xtape|hand-written
//   bench_worker ops                     prints the tasks that there are of ops, with their families

#include <cblas.h>
#if defined(XTAPE_ONEDNN)
#include <oneapi/dnnl/dnnl.h>
#endif

#include <iostream>
#include <string>

#include "autodiff/version.hpp"
#include "benchmarks/tasks/task.hpp"

namespace {

std::string products() {
  std::string names = std::string(openblas_get_config()) + ", kernels for " + openblas_get_corename();
#if defined(XTAPE_ONEDNN)
  const dnnl_version_t& version = *dnnl_version();
  names += ", oneDNN " + std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
           std::to_string(version.patch);
#endif
  return names;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace xtape::benchmarks;
  const std::string name = argc == 2 ? argv[1] : "";
  const std::string compiler = std::string("g++ ") + __VERSION__;
  if (name == "xtape") {
    serve(std::cin, std::cout, "xtape " XTAPE_VERSION ", " + compiler + ", " + products(), xtape_tasks());
  } else if (name == "hand-written") {
    serve(std::cin, std::cout, compiler + ", " + products(), hand_written_tasks());
  } else if (name == "ops") {
    for (const std::string& line : listed_op_tasks()) std::cout << line << "\n";
  } else {
    std::cerr << "usage: bench_worker xtape|hand-written|ops\n";
    return 2;
  }
  return 0;
}

// A C++ contestant of scripts/bench: does what it is asked for on standard input, as benchmarks/tasks/task.hpp says.
//
//   bench_worker xtape|hand-written

#include <cblas.h>

#include <iostream>
#include <string>

#include "autodiff/version.hpp"
#include "benchmarks/tasks/task.hpp"

int main(int argc, char** argv) {
  using namespace xtape::benchmarks;
  const std::string name = argc == 2 ? argv[1] : "";
  const std::string compiler = std::string("g++ ") + __VERSION__;
  const std::string blas = std::string(openblas_get_config()) + ", kernels for " + openblas_get_corename();
  if (name == "xtape") {
    serve(std::cin, std::cout, "xtape " XTAPE_VERSION ", " + compiler + ", " + blas, xtape_tasks());
  } else if (name == "hand-written") {
    serve(std::cin, std::cout, compiler + ", " + blas, hand_written_tasks());
  } else {
    std::cerr << "usage: bench_worker xtape|hand-written\n";
    return 2;
  }
  return 0;
}

// Runs xtape side by side with what a user would take instead: see scripts/bench, which builds all that takes part.
//
//   bench [--rows REGEX] [--threads 1,2] [--rounds N] [--quick] [--list] [--python PATH] [--out FOLDER]

#include <iostream>

#include "benchmarks/runner/program.hpp"

int main(int argc, char** argv) {
  return xtape::benchmarks::run_program(argc, argv, std::cout, std::cerr);
}

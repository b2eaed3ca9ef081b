// Names the rows of the benchmark `ops` that are slower in one build than in another: see scripts/compare_commits.
//
//   compare_ops A B [--rows REGEX] [--rounds N] [--threads N]     A and B: the two builds' programs

#include <iostream>

#include "benchmarks/compare/program.hpp"

int main(int argc, char** argv) {
  return xtape::benchmarks::run_compare_ops(argc, argv, std::cout, std::cerr);
}

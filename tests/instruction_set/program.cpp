// A program that uses xtape; run on an emulated old processor, it must say so rather than die of SIGILL.
#include <cstdio>

#include "autodiff/array.hpp"

int main() {
  std::printf("ran, with %zu elements\n", xtape::ones<float>({2, 3}).size());
  return 0;
}

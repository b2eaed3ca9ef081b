// link error: undefined reference to .*the_xtape_library_is_compiled_for_another_instruction_set_than<xsimd::sse
// flags: -march=x86-64
// A user's file that is not compiled for the library's instruction set would disagree with it about sizes of registers.
#include "autodiff/array.hpp"

int main() {
  return int(xtape::ones<float>({2, 3}).size()) - 6;
}

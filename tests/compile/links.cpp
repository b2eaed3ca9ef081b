// links
// The control of the cases that must not link.
#include "autodiff/array.hpp"

int main() {
  return int(xtape::ones<float>({2, 3}).size()) - 6;
}

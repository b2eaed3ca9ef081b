// compiles
// The control: shows that the other cases fail for their own reason, not because nothing compiles here.
#include "autodiff/array.hpp"

xtape::Array<float> ones() {
  return xtape::ones<float>({2, 3});
}

#define XTAPE_DEFINE_PASSES
#include "autodiff/kernels/elementwise.hpp"

namespace xtape::kernels {

XTAPE_PASSES(XTAPE_PASS)
XTAPE_BACKWARD_PASSES(XTAPE_BACKWARD_PASS)

}  // namespace xtape::kernels

#define XTAPE_DEFINE_ELEMENTWISE_PASSES
#include "autodiff/core/elementwise_pass.hpp"

namespace xtape::detail {

XTAPE_COMPUTES(XTAPE_COMPUTE, float)
XTAPE_COMPUTES(XTAPE_COMPUTE, double)
XTAPE_SWEEPS(XTAPE_SWEEP, float)
XTAPE_SWEEPS(XTAPE_SWEEP, double)

}  // namespace xtape::detail

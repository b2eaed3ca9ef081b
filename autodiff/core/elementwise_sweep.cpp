#define XTAPE_DEFINE_SWEEPS
#include "autodiff/core/elementwise_sweep.hpp"

namespace xtape::detail {

XTAPE_SWEEPS(XTAPE_SWEEP, float)
XTAPE_SWEEPS(XTAPE_SWEEP, double)

}  // namespace xtape::detail

#include "autodiff/ops/exponential.hpp"

namespace xtape {

// clang-format off
XTAPE_EXPONENTIAL_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

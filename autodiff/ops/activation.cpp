#include "autodiff/ops/activation.hpp"

namespace xtape {

// clang-format off
XTAPE_ACTIVATION_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

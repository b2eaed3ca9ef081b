#include "autodiff/ops/trigonometric.hpp"

namespace xtape {

// clang-format off
XTAPE_TRIGONOMETRIC_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

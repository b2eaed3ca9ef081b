#include "autodiff/ops/rounding.hpp"

#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"

namespace xtape {

// clang-format off
XTAPE_ROUNDING_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

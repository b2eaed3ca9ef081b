#include "autodiff/ops/comparison.hpp"

#include "autodiff/ops/arithmetic.hpp"  // derivatives use it
namespace xtape {

// clang-format off
XTAPE_COMPARISON_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/arithmetic.hpp"

#include "autodiff/ops/exponential.hpp"  // derivatives use it
namespace xtape {

// clang-format off
XTAPE_ARITHMETIC_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

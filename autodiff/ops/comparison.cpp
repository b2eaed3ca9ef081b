#include "autodiff/ops/comparison.hpp"

#include <string>
#include "autodiff/ops/arithmetic.hpp"  // derivatives use it

namespace xtape {

void detail::check_bounds(double low, double high) {
  if (low <= high) return;
  throw Error("[clip] low <= high expected, got " + std::to_string(low) + " and " + std::to_string(high));
}

// clang-format off
XTAPE_COMPARISON_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

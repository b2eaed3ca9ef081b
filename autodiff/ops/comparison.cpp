#include "autodiff/ops/comparison.hpp"

#include <string>
#include "autodiff/ops/arithmetic.hpp"  // derivatives use it
#include "autodiff/text.hpp"

namespace xtape {

void detail::check_bounds(double low, double high) {
  if (low <= high) return;
  throw Error("[clip] low <= high expected, got " + text::number(low) + " and " + text::number(high));
}

// clang-format off
XTAPE_COMPARISON_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/comparison.hpp"

#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <string>

namespace xtape {

void detail::check_bounds(double low, double high) {
  if (low <= high) return;
  throw Error("[clip] low <= high expected, got " + text::number(low) + " and " + text::number(high));
}

// clang-format off
XTAPE_COMPARISON_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

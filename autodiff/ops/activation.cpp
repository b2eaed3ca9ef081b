#include "autodiff/ops/activation.hpp"

#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

namespace xtape {

void detail::check_alpha(double alpha) {
  if (alpha > 0) return;
  throw Error("[celu] a positive alpha expected, got " + text::number(alpha));
}

// clang-format off
XTAPE_ACTIVATION_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

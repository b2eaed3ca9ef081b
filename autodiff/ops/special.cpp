#include "autodiff/ops/special.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <string>

namespace xtape {

namespace detail {

void check_order(const char* operation, int n, int least, int most) {
  if (n >= least && n <= most) return;
  throw Error(text::bracketed(operation) + "expected an order from " + std::to_string(least) + " to " +
              std::to_string(most) + ", came " + std::to_string(n));
}

}  // namespace detail

// clang-format off
XTAPE_SPECIAL_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

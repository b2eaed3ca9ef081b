#include "autodiff/ops/activation.hpp"

#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <string>

namespace xtape {

void detail::check_option(bool holds, const char* what, double got) {
  if (!holds) throw Error(std::string(what) + ", got " + text::number(got));
}

// clang-format off
XTAPE_ACTIVATION_OPS(XTAPE_DEFINE_ELEMENTWISE)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

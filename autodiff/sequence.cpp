#include "autodiff/sequence.hpp"

#include "autodiff/errors.hpp"

#include <string>

namespace xtape {

void detail::refuse_ragged(std::size_t expected, std::size_t got) {
  throw ShapeError("[array] nested vectors of one length expected, got " + std::to_string(expected) + " and " +
                   std::to_string(got) + " numbers");
}

}  // namespace xtape

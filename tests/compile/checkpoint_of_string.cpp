// error: the function must return a Var, or a tuple or a std::vector of them
#include "autodiff/autodiff.hpp"

#include <string>

auto name(const xtape::Var<float>& x) {
  return xtape::checkpoint([](const auto&) { return std::string("x"); })(x);
}

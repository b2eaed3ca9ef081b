#pragma once
// The names of classes, as they are printed.

#include <string>
#include <typeinfo>

namespace xtape::nn::detail {

/// "Linear" of xtape::nn::Linear<float>: without scopes and template arguments. Empty for a lambda or a function.
std::string class_name(const std::type_info& type);

}  // namespace xtape::nn::detail

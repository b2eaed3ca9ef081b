#pragma once
// The base of layers without parts.

#include "nn/module.hpp"

#include <utility>

namespace xtape::nn {

/// A module that has no parts: it can be moved until it is added to another, so that a std::vector of layers can grow
/// and a Sequential takes them over. Throws Error after that.
template <class T>
class Layer : public Module<T> {
 protected:
  Layer() = default;
  Layer(Layer&& other) : Module<T>(Module<T>::Moved::kLayer, std::move(other)) {}
};

}  // namespace xtape::nn

#pragma once
// What pooling, unfold and interpolate share: a call, as messages tell of it.

#include "autodiff/core/per_dimension.hpp"
#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <cstddef>
#include <string>

namespace xtape::detail {

/// What is told of a call in a message. Throws ShapeError for an array of another rank.
struct PoolingCall {
  std::string name;
  std::size_t rank;  // of the window
  Shape x;

  PoolingCall(const std::string& function, std::size_t dimensions, const Shape& shape)
      : name(function), rank(dimensions), x(shape) {
    if (x.size() != rank + 1 && x.size() != rank + 2) {
      refuse("an array (batch, channels, ...) or (channels, ...) of " + std::to_string(rank + 2) + " or " +
             std::to_string(rank + 1) + " dimensions expected");
    }
  }
  std::size_t axis(std::size_t d) const { return x.size() - rank + d; }
  std::size_t extent(std::size_t d) const { return x[axis(d)]; }
  Shape numbers(const PerDimension& of, const char* what, std::ptrdiff_t least) const {
    return of.of(name.c_str(), what, rank, least);
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw ShapeError(text::bracketed(name) + what + ": x is " + to_string(x));
  }
};

}  // namespace xtape::detail

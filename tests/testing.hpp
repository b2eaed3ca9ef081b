#pragma once
// What the tests share: comparisons of arrays, and of messages, that say what differs.

#include "autodiff/array.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <string>
#include <vector>

namespace xtape {

/// The message of the E that f throws. The test fails if nothing is thrown.
template <class E, class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

/// Whether `text` has all the parts.
inline ::testing::AssertionResult has(const std::string& text, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts) {
    if (text.find(part) == std::string::npos) {
      return ::testing::AssertionFailure() << "\"" << text << "\" lacks \"" << part << "\"";
    }
  }
  return ::testing::AssertionSuccess();
}

/// Whether `got` has the shape, and elements within `tolerance` relative to 1 + |expected|. NaN is never close.
template <class T, class U>
::testing::AssertionResult close(const Array<T>& got, const Shape& shape, const U* expected, double tolerance) {
  if (shape_of(got) != shape) {
    return ::testing::AssertionFailure() << "shape " << to_string(shape_of(got)) << ", expected " << to_string(shape);
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double e = double(expected[i]), difference = std::abs(double(got.data()[i]) - e);
    if (difference <= tolerance * (1 + std::abs(e))) continue;
    return ::testing::AssertionFailure() << "element " << i << " of " << to_string(shape) << " is "
                                         << double(got.data()[i]) << ", expected " << e << ", off by " << difference;
  }
  return ::testing::AssertionSuccess();
}

template <class T, class U>
::testing::AssertionResult close(const Array<T>& got, const Array<U>& expected, double tolerance = 1e-12) {
  return close(got, shape_of(expected), expected.data(), tolerance);
}
template <class T>
::testing::AssertionResult close(const Array<T>& got, const Shape& shape, const std::vector<double>& expected,
                                 double tolerance = 1e-12) {
  if (expected.size() != size_of(shape)) return ::testing::AssertionFailure() << "the test expects another size";
  return close(got, shape, expected.data(), tolerance);
}
/// The same for rank 1.
template <class T>
::testing::AssertionResult close(const Array<T>& got, const std::vector<double>& expected, double tolerance = 1e-12) {
  return close(got, Shape{expected.size()}, expected, tolerance);
}

}  // namespace xtape

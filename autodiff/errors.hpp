#pragma once
// What users' mistakes throw, in release builds too. The message names the operation, what was expected and what came:
//   [matmul] inner dimensions differ: a is (128, 784), b is (400, 784); did you mean matmul(a, transpose(b))?

#include <stdexcept>

namespace xtape {

/// The base of all errors that xtape throws.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes, axes or indices that do not fit the operation.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A variable or tape used after its end, on another thread, or twice where once is allowed.
class TapeError : public Error {
 public:
  using Error::Error;
};

/// A NaN or an infinity where a tape was asked to check for them.
class NumericError : public Error {
 public:
  using Error::Error;
};

/// A file or data set that is missing, malformed, or does not fit.
class DataError : public Error {
 public:
  using Error::Error;
};

}  // namespace xtape

#pragma once
// Checks that numbers are finite, for tapes that ask for it.

#include "autodiff/core/live_tapes.hpp"

#include <span>
#include <string>

namespace xtape {

/// Throws NumericError, naming the operation, if `value` has an element that is NaN or infinite.
template <class T>
void check_finite(const Value<T>& value, const char* operation, const std::string& what);

/// The same for an operation's result; says so where an operand was not finite already.
template <class T>
void check_finite_result(const Value<T>& result, const char* operation, std::span<const Var<T>* const> operands);

/// The same if the active tape asks for it.
template <class T>
void check_result(const Value<T>& result, const char* operation, std::span<const Var<T>* const> operands) {
  const Record<T>* record = LiveTapes<T>::innermost();
  if (record != nullptr && record->watch().checks_finite()) check_finite_result(result, operation, operands);
}

}  // namespace xtape

#include "autodiff/core/check_finite.hpp"

#include "autodiff/text.hpp"

#include <cmath>

namespace xtape {

template <class T>
void check_finite(const Value<T>& value, const char* operation, const std::string& what) {
  const T* data = value.data();
  const std::size_t size = value.size();
  for (std::size_t i = 0; i < size; ++i) {
    if (std::isfinite(data[i])) continue;
    throw NumericError(text::bracketed(operation) + what + " is not finite: element " + std::to_string(i) +
                       " of shape " + to_string(value.shape()) + " is " + text::number(data[i]));
  }
}

template <class T>
void check_finite_result(const Value<T>& result, const char* operation, std::span<const Var<T>* const> operands) {
  try {
    check_finite(result, operation, "the result");
  } catch (const NumericError&) {
    for (std::size_t k = 0; k < operands.size(); ++k) {
      check_finite(*operands[k]->shared(), operation, "operand " + std::to_string(k));
    }
    throw;
  }
}

template void check_finite<float>(const Value<float>&, const char*, const std::string&);
template void check_finite<double>(const Value<double>&, const char*, const std::string&);
template void check_finite_result<float>(const Value<float>&, const char*, std::span<const Var<float>* const>);
template void check_finite_result<double>(const Value<double>&, const char*, std::span<const Var<double>* const>);

}  // namespace xtape

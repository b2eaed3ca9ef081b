#include "autodiff/core/per_dimension.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

namespace xtape {

Shape PerDimension::of(const char* operation, const char* what, std::size_t rank, std::ptrdiff_t least) const {
  const std::string where = text::bracketed(operation) + what;
  if (numbers_.size() != 1 && numbers_.size() != rank) {
    throw ShapeError(where + ": one number or " + std::to_string(rank) + " of them expected, got " +
                     std::to_string(numbers_.size()));
  }
  Shape result;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::ptrdiff_t number = numbers_[numbers_.size() == 1 ? 0 : d];
    if (number < least) {
      throw ShapeError(where + " of at least " + std::to_string(least) + " expected, got " + std::to_string(number));
    }
    result.push_back(std::size_t(number));
  }
  return result;
}

namespace detail {

std::size_t saturated_sum(std::size_t a, std::size_t b) {
  std::size_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::size_t(-1) : sum;
}
std::size_t saturated_product(std::size_t a, std::size_t b) {
  std::size_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::size_t(-1) : product;
}

}  // namespace detail

}  // namespace xtape

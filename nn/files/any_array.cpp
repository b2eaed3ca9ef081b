#include "nn/files/any_array.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/text.hpp"
#include "nn/files/conversion.hpp"
#include "nn/files/mapping.hpp"
#include "nn/files/safetensors_header.hpp"

#include <algorithm>

namespace xtape::nn {

AnyArray::AnyArray(std::string_view dtype, const Shape& shape, std::span<const std::byte> bytes,
                   std::shared_ptr<const void> owner)
    : dtype_(dtype), shape_(shape), bytes_(bytes), owner_(std::move(owner)) {
  if (dtype_bytes(dtype) == 0) throw DataError("[AnyArray] unknown dtype " + text::quoted(dtype));
  if (!detail::is_possible(shape)) throw DataError("[AnyArray] the size of shape " + to_string(shape) + " overflows");
  if (detail::tensor_bytes(dtype, shape) != bytes.size()) {
    throw DataError("[AnyArray] " + std::to_string(bytes.size()) + " bytes do not match " + dtype_ + " of shape " +
                    to_string(shape));
  }
}

bool AnyArray::is_integer() const {
  return detail::is_integer(dtype_);
}

template <class T>
Array<T> AnyArray::as() const {
  Array<T> array = empty<T>(shape_);
  detail::convert<T>(dtype_, bytes_, {array.data(), array.size()}, "[AnyArray::as] ");
  return array;
}

template <class T>
Array<T> AnyArray::rows(std::span<const std::size_t> indices, double divisor) const {
  if (shape_.empty()) throw ShapeError("[AnyArray::rows] expected an array of (count, features...), got a number");
  for (const std::size_t index : indices) {
    if (index < shape_[0]) continue;
    throw ShapeError("[AnyArray::rows] expected indices below " + std::to_string(shape_[0]) + ", got " +
                     std::to_string(index));
  }
  Shape shape = shape_;
  shape[0] = indices.size();
  Array<T> rows = empty<T>(shape);
  if (rows.size() == 0) return rows;
  const std::size_t row = rows.size() / indices.size(), width = row * dtype_bytes(dtype_);
  if (mapping_ != nullptr) {
    const bool apart = std::adjacent_find(indices.begin(), indices.end(),
                                          [](std::size_t a, std::size_t b) { return b != a + 1; }) != indices.end();
    mapping_->expect(!apart);
  }
  const std::size_t work = rows.size() / 8;  // an element costs far less than what threads are worth starting for
  kernels::parallel_for(indices.size(), 1, work, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      detail::convert<T>(dtype_, bytes_.subspan(indices[i] * width, width), {rows.data() + i * row, row},
                         "[AnyArray::rows] ", divisor, indices[i] * row);
    }
  });
  if (mapping_ != nullptr) mapping_->touched(indices.size(), width);
  return rows;
}

#define XTAPE_INSTANTIATE(T)              \
  template Array<T> AnyArray::as() const; \
  template Array<T> AnyArray::rows(std::span<const std::size_t>, double) const;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
XTAPE_INSTANTIATE(std::uint8_t)
XTAPE_INSTANTIATE(std::int64_t)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

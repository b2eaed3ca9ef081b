#include "nn/files/conversion.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <utility>

namespace xtape::nn::detail {
namespace {

/// IEEE 754's binary16.
struct Half {
  std::uint16_t bits;

  explicit operator float() const {
    const std::uint32_t sign = std::uint32_t(bits & 0x8000u) << 16, exponent = bits >> 10 & 31u,
                        fraction = bits & 1023u;
    if (exponent == 0) {  // zero, and numbers below 2^-14
      const float magnitude = std::ldexp(float(fraction), -24);
      return sign != 0 ? -magnitude : magnitude;
    }
    const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
  }
};

/// The upper half of a float.
struct BFloat16 {
  std::uint16_t bits;

  explicit operator float() const { return std::bit_cast<float>(std::uint32_t(bits) << 16); }
};

/// A byte, 0 or not.
struct Truth {
  std::uint8_t byte;
};

template <class E>
inline constexpr bool kHalf = std::same_as<E, Half> || std::same_as<E, BFloat16>;

/// Calls f.template operator()<E>() for the type of the dtype's elements. Gives whether there is one.
template <class F>
bool with_element(std::string_view dtype, const F& f) {
  const auto is = [&]<class E>(std::string_view name, std::type_identity<E>) {
    if (dtype != name) return false;
    f.template operator()<E>();
    return true;
  };
  return is("F32", std::type_identity<float>()) || is("F64", std::type_identity<double>()) ||
         is("U8", std::type_identity<std::uint8_t>()) || is("I64", std::type_identity<std::int64_t>()) ||
         is("F16", std::type_identity<Half>()) || is("BF16", std::type_identity<BFloat16>()) ||
         is("BOOL", std::type_identity<Truth>()) || is("I8", std::type_identity<std::int8_t>()) ||
         is("I16", std::type_identity<std::int16_t>()) || is("U16", std::type_identity<std::uint16_t>()) ||
         is("I32", std::type_identity<std::int32_t>()) || is("U32", std::type_identity<std::uint32_t>()) ||
         is("U64", std::type_identity<std::uint64_t>());
}

/// An element, which may lie anywhere.
template <class E>
E element_at(std::span<const std::byte> bytes, std::size_t i) {
  E element;
  std::memcpy(&element, bytes.data() + i * sizeof(E), sizeof(E));
  return element;
}

template <class T, class E>
T number(E element) {
  if constexpr (std::same_as<E, Truth>) {
    return T(element.byte != 0 ? 1 : 0);
  } else if constexpr (kHalf<E>) {
    return T(float(element));
  } else {
    return static_cast<T>(element);
  }
}

}  // namespace

bool is_possible(const Shape& shape) {
  std::size_t elements = 1;
  for (const std::size_t extent : shape) {
    if (extent != 0 && elements >= kTooMany / extent) return false;
    elements *= extent == 0 ? 1 : extent;
  }
  return true;
}

bool is_integer(std::string_view dtype) {
  return dtype == "BOOL" || (dtype.size() >= 2 && (dtype[0] == 'U' || dtype[0] == 'I'));
}

template <class T>
void convert(std::string_view dtype, std::span<const std::byte> bytes, std::span<T> to, const std::string& where,
             double divisor, std::size_t first) {
  const auto from = [&]<class E>() {
    if constexpr (std::integral<T> && (kHalf<E> || std::floating_point<E>)) {
      throw DataError(where + "expected integers, got " + std::string(dtype));
    } else if constexpr (std::floating_point<T>) {
      if (std::same_as<E, T> && divisor == 1) {
        if (!to.empty()) std::memcpy(to.data(), bytes.data(), to.size() * sizeof(T));
        return;
      }
      const T by = T(divisor);
      if (divisor == 1 || (sizeof(E) <= 2 && double(by) == divisor)) {  // one rounding
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = number<T>(element_at<E>(bytes, i)) / by;
      } else {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = T(number<double>(element_at<E>(bytes, i)) / divisor);
      }
      if (std::integral<E> && divisor >= 1) return;
      for (std::size_t i = 0; i < to.size(); ++i) {
        if (!std::isinf(to[i])) continue;
        const double wide = number<double>(element_at<E>(bytes, i));
        if (std::isinf(wide)) continue;
        throw DataError(where + "element " + std::to_string(first + i) + " is " + text::number(wide) +
                        (divisor == 1 ? "" : ", by " + text::number(divisor)) + ", which is too large for " +
                        (sizeof(T) == 4 ? "a float" : "a double"));
      }
    } else {
      for (std::size_t i = 0; i < to.size(); ++i) {
        if constexpr (std::same_as<E, Truth>) {
          to[i] = number<T>(element_at<E>(bytes, i));
        } else if (const E element = element_at<E>(bytes, i); std::in_range<T>(element)) {
          to[i] = static_cast<T>(element);
        } else {
          throw DataError(where + "element " + std::to_string(first + i) + " is " + std::to_string(element) +
                          ", which " + (sizeof(T) == 1 ? "a byte" : "a 64-bit integer") + " does not hold");
        }
      }
    }
  };
  if (!with_element(dtype, from)) throw DataError(where + "expected numbers, got " + text::quoted(dtype));
}

template void convert(std::string_view, std::span<const std::byte>, std::span<float>, const std::string&, double,
                      std::size_t);
template void convert(std::string_view, std::span<const std::byte>, std::span<double>, const std::string&, double,
                      std::size_t);
template void convert(std::string_view, std::span<const std::byte>, std::span<std::uint8_t>, const std::string&, double,
                      std::size_t);
template void convert(std::string_view, std::span<const std::byte>, std::span<std::int64_t>, const std::string&, double,
                      std::size_t);

}  // namespace xtape::nn::detail

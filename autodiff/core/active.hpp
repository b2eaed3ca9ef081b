#pragma once
// Numbers that remember how they were computed: code on single numbers, with its loops and branches, records on a tape
// of its own, of a few bytes an operation, and becomes one operation on arrays (transforms/vectorize.hpp).

#include "autodiff/core/number_tape.hpp"

#include <cstdint>
#include <limits>
#include <ostream>
#include <type_traits>

namespace xtape {

/// One number, as operations on numbers take it.
template <class T>
struct Scalar {
  using value_type = T;
  T v;

  Scalar() = default;
  explicit Scalar(T number) : v(number) {}
};

namespace detail {

template <class T>
bool truth_of(const Scalar<T>& x) {
  return x.v != T(0);
}
template <class T>
bool truth_of(const Batch<T>& x) {
  const auto set = x.v != typename Batch<T>::Simd(T(0));
  if (xsimd::all(set)) return true;
  if (!xsimd::any(set)) return false;
  lanes_part = true;
  return x.first() != T(0);
}
template <class T>
T number_of(const Scalar<T>& x) {
  return x.v;
}
template <class T>
T number_of(const Batch<T>& x) {
  const T first = x.first();
  if (!xsimd::all(x.v == typename Batch<T>::Simd(first))) lanes_part = true;
  return first;
}

[[noreturn]] void throw_number_of_another_run();
}  // namespace detail

template <class V>
class Active;
template <class V>
class Truth;

template <class>
inline constexpr bool kIsActive = false;
template <class V>
inline constexpr bool kIsActive<Active<V>> = true;
template <class V>
inline constexpr bool kIsActive<Truth<V>> = true;
template <class>
inline constexpr bool kIsScalar = false;
template <class T>
inline constexpr bool kIsScalar<Scalar<T>> = true;

/// The number type that `vectorize` runs a function on: where the function says `template <class S>`, S is one of
/// these. It has xtape's element-wise functions and operators and C's names for them, found by argument-dependent
/// lookup, and its comparisons are true or false, so that code may branch on them. One that does not come from an
/// argument of the run is a constant. V is a Scalar, a Batch, or another Active for derivatives of derivatives.
template <class V>
class Active {
 public:
  using Value = V;
  using value_type = typename V::value_type;
  using Truth = xtape::Truth<V>;

  V v;

  /// 0.
  Active() : v(value_type(0)) {}
  /// A constant.
  template <class A>
    requires(std::is_arithmetic_v<A>)
  Active(A number) : v(static_cast<value_type>(number)) {}
  explicit Active(const V& value) : v(value) {}
  Active(const V& value, std::uint32_t run, std::uint32_t place) : v(value), id_(std::uint64_t(run) << 32 | place) {}

  /// The number alone, of C++'s own type: for messages, and for places in tables.
  value_type value() const {
    if constexpr (kIsActive<V>) {
      return v.value();
    } else {
      return detail::number_of(v);
    }
  }
  /// The same number as a constant of the run.
  Active constant() const { return Active(v); }
  bool is_constant() const { return id_ == 0; }
  /// Whether it is not 0.
  explicit operator bool() const {
    if constexpr (kIsActive<V>) {
      return bool(v);
    } else {
      return detail::truth_of(v);
    }
  }
  explicit operator double() const {
    static_assert(
        kNever<V>,
        "xtape: a number that a derivative is taken in becomes a double by x.value() alone, which is a constant; "
        "its functions are exp(x), sqrt(x), ..., not std::exp(x)");
    return 0;
  }

  /// Its place in the run that `tape` records, 0 for a constant. Throws TapeError for a number of another run.
  std::uint32_t place_on(const detail::NumberTape<V>* tape) const {
    if (id_ == 0) return 0;
    if (tape == nullptr || id_ >> 32 != tape->run()) [[unlikely]]
      detail::throw_number_of_another_run();
    return static_cast<std::uint32_t>(id_);
  }

 private:
  std::uint64_t id_ = 0;  // its run, and its place there
};

/// What a comparison of active numbers gives: true or false, and as a number 1 or 0.
template <class V>
class Truth : public Active<V> {
 public:
  explicit Truth(const V& value) : Active<V>(value) {}
  operator bool() const { return Active<V>::operator bool(); }
};

/// The number alone, as C++ prints it.
template <class V>
std::ostream& operator<<(std::ostream& out, const Active<V>& x) {
  return out << x.value();
}

}  // namespace xtape

/// What generic code asks of its number type.
template <class V>
class std::numeric_limits<xtape::Active<V>> : public std::numeric_limits<typename V::value_type> {};

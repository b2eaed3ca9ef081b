#pragma once
// Printing: std::cout << x.

#include "autodiff/core/var.hpp"

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <type_traits>

namespace xtape {

namespace detail {

/// What elements of type E are printed as: float and double as themselves, and other numbers as what holds them.
template <class E>
using Printed =
    std::conditional_t<std::same_as<E, float> || std::same_as<E, bool>, E,
                       std::conditional_t<std::floating_point<E>, double,
                                          std::conditional_t<std::is_unsigned_v<E>, std::uint64_t, std::int64_t>>>;

template <class T>
void print(std::ostream& out, const T* elements, const Shape& shape);
extern template void print(std::ostream&, const float*, const Shape&);
extern template void print(std::ostream&, const double*, const Shape&);
extern template void print(std::ostream&, const bool*, const Shape&);
extern template void print(std::ostream&, const std::int64_t*, const Shape&);
extern template void print(std::ostream&, const std::uint64_t*, const Shape&);

/// An xtensor expression on its way to a stream. It takes a conversion to become one, so that xtensor's own operator is
/// the better match where <xtensor/xio.hpp> is included.
class PrintedExpression {
 public:
  template <Expression E>
    requires std::is_arithmetic_v<typename E::value_type> PrintedExpression(const E& expression)
        : expression_(std::addressof(expression)), print_(&print_it<E>) {}  // a view of xtensor's has a & of its own

    void print_to(std::ostream& out) const {
      print_(out, expression_);
    }

   private:
    template <class E>
    static void print_it(std::ostream& out, const void* expression) {
      using T = Printed<typename E::value_type>;
      const E& array = *static_cast<const E*>(expression);
      if constexpr (std::same_as<E, Array<T>>) {
        check_alive(array);
        print(out, array.data(), array.shape());
      } else {
        print_it<Array<T>>(out, &static_cast<const Array<T>&>(evaluated<T>(array)));
      }
    }

    const void* expression_;
    void (*print_)(std::ostream&, const void*);
};

}  // namespace detail

/// The elements as NumPy's `str` shows them, of a Var, of an Array, or of any xtensor expression (to which xtensor's
/// own operator is preferred, where <xtensor/xio.hpp> is included):
///
///   std::cout << Array<double>{{1, 2.5}, {-0.125, 100}};     [[  1.      2.5  ]
///                                                             [ -0.125 100.   ]]
///
/// Columns are aligned, with as many digits as tell an element from its neighbours in its precision, but at most 8
/// after the point; powers of ten where the magnitudes are far apart; "..." where there are more than 1000 elements;
/// lines of 75 characters. A single number of rank 0 has all its digits. The stream's own settings (precision, width,
/// ...) are neither read nor changed. Nothing tells whether a Var is on a tape. Throws TapeError for a Var that is
/// empty, and for an array that was moved from.
template <class T>
std::ostream& operator<<(std::ostream& out, const Var<T>& x) {
  detail::print(out, x.value().data(), x.shape());
  return out;
}
template <class T>
requires std::is_arithmetic_v<T> std::ostream& operator<<(std::ostream& out, const Array<T>& x) {
  detail::PrintedExpression(x).print_to(out);
  return out;
}
inline std::ostream& operator<<(std::ostream& out, const detail::PrintedExpression& x) {
  x.print_to(out);
  return out;
}

}  // namespace xtape

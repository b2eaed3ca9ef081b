#pragma once
// Var: a value that may have a place on a tape.

#include "autodiff/core/value.hpp"
#include "autodiff/errors.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace xtape {

/// The place of an operation on its tape, in order of recording.
using NodeIndex = std::ptrdiff_t;
inline constexpr NodeIndex kConstant = -1;

template <class E>
concept Expression = xt::is_xexpression<std::remove_cvref_t<E>>::value;

/// An array that operations on it remember: the variable of differentiation. Cheap to copy (a shared value and a place
/// on a tape); immutable. Without a tape it is a constant, and operations on it just compute.
///
/// A Var may outlive its tape: value() still works, but an operation on it throws TapeError, since what it would record
/// has nowhere to go; `stop_gradient(v)` gives its value as a constant again. The same holds for a Var of another
/// thread's tape. A Var of an outer tape on the same thread is a constant to the inner one.
template <class T>
class Var {
 public:
  static_assert(std::same_as<T, float> || std::same_as<T, double>, "xtape::Var holds float or double");
  using value_type = T;

  /// Empty: every use but assignment throws TapeError. A Var that was moved from is empty too.
  Var() = default;

  /// Constants: an array (moved in or copied), any xtensor expression (evaluated, converted to T), or a number. Throws
  /// TapeError for an array that was moved from.
  Var(Array<T> array) : value_(share(std::move(array))) {}
  template <class E>
    requires(Expression<E> && !std::same_as<std::remove_cvref_t<E>, Array<T>>)
  Var(const E& expression) : Var(evaluated<T>(expression)) {}
  template <class C>
    requires std::is_arithmetic_v<C> Var(C number) : Var(Array<T>(static_cast<T>(number))) {}

    /// The elements.
    const Array<T>& value() const {
      return shared()->array();
    }
    const Shape& shape() const {
      return shared()->shape();
    }
    std::size_t size() const {
      return shared()->size();
    }
    std::size_t dimension() const {
      return shape().size();
    }

    /// The only element. Throws ShapeError if there is not exactly one.
    T item() const;
    /// Whether the only element is not 0: so that `if (loss < best)` reads as it should.
    explicit operator bool() const {
      return item() != T(0);
    }

    // What the library builds on.
    Var(SharedValue<T> value, NodeIndex node, std::uint64_t generation)
        : value_(std::move(value)), node_(node), generation_(generation) {}
    explicit Var(SharedValue<T> value) : value_(std::move(value)) {}
    const SharedValue<T>& shared() const {
      if (!value_) throw_empty();
      return value_;
    }
    bool empty() const {
      return !value_;
    }
    NodeIndex node() const {
      return node_;
    }
    std::uint64_t generation() const {
      return generation_;
    }
    Var constant() const {
      return Var(shared());
    }

   private:
    [[noreturn]] static void throw_empty();

    SharedValue<T> value_;
    NodeIndex node_ = kConstant;
    std::uint64_t generation_ = 0;
};

extern template class Var<float>;
extern template class Var<double>;

}  // namespace xtape

#pragma once
// Var: a value that may have a place on a tape.

#include "autodiff/core/axes.hpp"
#include "autodiff/core/value.hpp"
#include "autodiff/errors.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

namespace xtape {

/// The place of an operation on its tape, in order of recording.
using NodeIndex = std::ptrdiff_t;
inline constexpr NodeIndex kConstant = -1;

template <class E>
concept Expression = xt::is_xexpression<std::remove_cvref_t<E>>::value;
/// An xtensor container or expression, or a std::vector or std::array of numbers.
template <class E>
concept ArrayLike = Expression<E> || Sequence<E>;

/// The base of what stands for a variable, as a parameter of a module does: it has a `value_type` and `var()`.
struct VarHandle {};
template <class A>
concept Handle = std::derived_from<std::remove_cvref_t<A>, VarHandle>;

template <class T>
class Var;

namespace detail {

template <class>
inline constexpr bool kIsForXtensor = false;
template <class T>
struct NotForXtensor {
  static_assert(kIsForXtensor<T>,
                "xtape: `using namespace xt` let xtensor's function of this name take a Var; write xtape::sum(x), "
                "xtape::transpose(x) and so on, or leave out `using namespace xt`");
};

// Defined where slices are (ops/index.cpp), and where tapes are (core/record.cpp).
template <class T>
Var<T> element(const Var<T>& x, std::initializer_list<std::ptrdiff_t> index);
template <class T>
Var<T> part(const Var<T>& x, std::ptrdiff_t index);
template <class T>
const Array<T>& constant_elements(const Var<T>& x);

/// How many dimensions a shape's type fixes, kAnyRank for none; no `value` for one that fixes extents as well.
inline constexpr std::size_t kAnyRank = std::size_t(-1);
template <class S>
struct RankOfShape {};
template <class S>
  requires requires(S shape) {
    shape.push_back(1);
  }
struct RankOfShape<S> {
  static constexpr std::size_t value = kAnyRank;
};
template <class I, std::size_t N>
struct RankOfShape<std::array<I, N>> {
  static constexpr std::size_t value = N;
};
[[noreturn]] void refuse_rank(std::size_t expected, const Shape& got);

/// An xtensor container of T, of any shape or of a fixed number of dimensions.
template <class C, class T>
concept ContainerOf = std::same_as<typename C::value_type, T> && std::constructible_from < C,
        const Array<T>
& > &&requires(C container) {
  container.storage();
  RankOfShape<typename C::shape_type>::value;
};

}  // namespace detail

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
  /// What xtensor's own functions ask an array for: after `using namespace xt` their sum, mean, transpose, ... take
  /// anything, a Var included.
  using shape_type = detail::NotForXtensor<T>;
  using size_type = detail::NotForXtensor<T>;

  /// Empty: every use but assignment throws TapeError. A Var that was moved from is empty too.
  Var() = default;
  Var(const Var&) = default;
  Var(Var&&) = default;
  // Not to what an expression gives: x(1) = 2.0 would change nothing.
  Var& operator=(const Var&) & = default;
  Var& operator=(Var&&) & = default;

  /// Constants: an array (moved in or copied), any xtensor expression (evaluated, converted to T), a std::vector or
  /// std::array of numbers, or a number. Throws TapeError for an array that was moved from.
  Var(Array<T> array) : value_(share(std::move(array))) {}
  template <ArrayLike E>
    requires(!std::same_as<E, Array<T>>)
  Var(const E& expression) : Var(evaluated<T>(expression)) {}
  template <class C>
    requires(std::is_arithmetic_v<C>)
  Var(C number) : Var(share_number(static_cast<T>(number))) {}

  /// The elements; of a Var that ends with the statement the array itself, so that `for (T x : exp(v).value())` reads
  /// what is there.
  const Array<T>& value() const& { return shared()->array(); }
  Array<T> value() &&;
  const Shape& shape() const& { return shared()->shape(); }
  Shape shape() && { return shared()->shape(); }
  /// The extent of one dimension; -1 is the last. Throws ShapeError for one that is not there.
  std::size_t shape(std::ptrdiff_t axis) const;
  std::size_t size() const { return shared()->size(); }
  std::size_t dimension() const { return shape().size(); }

  /// The only element. Throws ShapeError if there is not exactly one.
  T item() const;
  /// Whether the only element is not 0: so that `if (loss < best)` reads as it should.
  explicit operator bool() const { return item() != T(0); }

  /// The element at one index a dimension, as a variable of rank 0: x(1), x(i, j); negative indices count from the end.
  /// Throws ShapeError for another number of indices, and for one out of range.
  template <std::integral... I>
    requires(!std::same_as<I, bool> && ...)
  Var operator()(I... index) const { return detail::element(*this, {saturated(index)...}); }
  /// The part at an index of the first dimension, as NumPy's x[i]: an element of a vector, a row of a matrix.
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Var operator[](I index) const { return detail::part(*this, saturated(index)); }

  /// A constant's elements as an xtensor container: `xt::xarray<double> b = reshape(a, {2, 1})`. Throws TapeError for a
  /// variable of a tape, whose derivative would be lost without a word: value() gives its elements. Throws ShapeError
  /// where the container's type has another number of dimensions.
  template <Expression C>
    requires detail::ContainerOf<C, T>
  operator C() const {
    constexpr std::size_t kRank = detail::RankOfShape<typename C::shape_type>::value;
    const Array<T>& elements = detail::constant_elements(*this);
    if (kRank != detail::kAnyRank && kRank != dimension()) detail::refuse_rank(kRank, shape());
    if constexpr (kRank == detail::kAnyRank) {
      return C(elements);
    } else {
      // From its shape: g++ 14 takes a fixed shape that is made of one of any length for a write out of bounds.
      typename C::shape_type shape{};
      std::copy_n(elements.shape().begin(), kRank, shape.begin());
      C copy;
      copy.resize(shape);
      std::copy_n(elements.data(), elements.size(), copy.template begin<xt::layout_type::row_major>());
      return copy;
    }
  }

  // What the library builds on.
  Var(SharedValue<T> value, NodeIndex node, std::uint64_t generation)
      : value_(std::move(value)), node_(node), generation_(generation) {}
  explicit Var(SharedValue<T> value) : value_(std::move(value)) {}
  const SharedValue<T>& shared() const {
    if (!value_) throw_empty();
    return value_;
  }
  bool empty() const { return !value_; }
  NodeIndex node() const { return node_; }
  std::uint64_t generation() const { return generation_; }
  Var constant() const { return Var(shared()); }

 private:
  [[noreturn]] static void throw_empty();

  SharedValue<T> value_;
  NodeIndex node_ = kConstant;
  std::uint64_t generation_ = 0;
};

extern template class Var<float>;
extern template class Var<double>;

}  // namespace xtape

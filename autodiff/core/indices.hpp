#pragma once
// Integers that name places: what take and one_hot are told by.

#include "autodiff/core/axes.hpp"
#include "autodiff/core/dispatch.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <vector>

namespace xtape {

/// A transform that variables, and places that are found among their elements, belong to: core/level.hpp.
class AnyLevel {
 public:
  virtual ~AnyLevel() = default;
  virtual std::uint64_t age() const = 0;
};

/// Integers of any shape that name places along a dimension, or classes. Made from an xtensor array, a (nested)
/// std::vector or std::array of integers of any type, or written in braces. Cheap to copy: the integers are shared and
/// never change, so that an operation keeps them without a copy, and whether they fit is known from their range.
class Indices {
 public:
  Indices() : Indices(std::initializer_list<std::ptrdiff_t>()) {}
  template <class I>
    requires(Expression<I> || Sequence<I>)
  Indices(const I& integers) : data_(data_of(integers)) {}
  Indices(std::initializer_list<std::ptrdiff_t> integers)
      : data_(std::make_shared<const Data>(Shape{integers.size()}, std::vector<std::ptrdiff_t>(integers))) {}
  /// Computed ones, row by row. Throws ShapeError where they do not fill the shape.
  Indices(Shape shape, std::vector<std::ptrdiff_t>&& integers)  // its size may still be read for the shape
      : data_(std::make_shared<const Data>(std::move(shape), std::move(integers))) {}
  /// A mask is none: does not compile, and says what to write.
  template <std::same_as<bool> B>
  Indices(std::initializer_list<B> mask) : Indices(std::vector<bool>(mask)) {}
  template <AnyVar V>
  Indices(const V&) {
    static_assert(kNever<V>, "xtape: indices and labels are integers, not a Var, which has a derivative");
  }

  const Shape& shape() const { return data_->shape; }
  std::size_t size() const { return size_of(data_->shape); }
  /// As given, row by row: negative ones count from the end; of Indices that end with the statement a copy, so that
  /// `for (auto i : argsort(x).values())` reads what is there. Throws TapeError for those of an example inside vmap.
  std::span<const std::ptrdiff_t> values() const& {
    if (data_->all) [[unlikely]]
      refuse_values();
    return data_->values;
  }
  std::vector<std::ptrdiff_t> values() && {
    const auto all = static_cast<const Indices&>(*this).values();
    return {all.begin(), all.end()};
  }

  /// Those of one example inside of a vmap, of this level, whose examples have `all` along their first dimension.
  static Indices of_example(std::shared_ptr<const AnyLevel> level, const Indices& all);
  /// The level whose examples have each their own, or null, and those of all examples.
  const std::shared_ptr<const AnyLevel>& level() const { return data_->level; }
  Indices of_all() const { return Indices(data_->all); }
  /// The same integers in another shape, of as many.
  Indices reshaped(Shape shape) const;

  /// The only one. Throws ShapeError if there is not exactly one.
  std::ptrdiff_t item() const;

  /// The first that is not in [low, high), or null.
  const std::ptrdiff_t* outside(std::ptrdiff_t low, std::ptrdiff_t high) const;

  /// As an array of them is printed.
  friend std::ostream& operator<<(std::ostream& out, const Indices& indices);

 private:
  struct Data {
    Shape shape;
    std::vector<std::ptrdiff_t> values;
    std::ptrdiff_t least = 0, largest = 0;  // of no integers: any
    std::shared_ptr<const AnyLevel> level;
    std::shared_ptr<const Data> all;  // of all examples; null where they have none of their own
    Data(Shape shape_of, std::vector<std::ptrdiff_t> integers);
    Data(std::shared_ptr<const AnyLevel> of_level, std::shared_ptr<const Data> of_all);
  };
  explicit Indices(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  [[noreturn]] void refuse_values() const;

  template <class I, class Visit>
  static void each(const I& integers, const Visit& visit) {
    for (const auto& part : integers) {
      if constexpr (Sequence<std::remove_cvref_t<decltype(part)>>) {
        each(part, visit);
      } else {
        visit(saturated(part));
      }
    }
  }
  template <class I>
  static std::shared_ptr<const Data> data_of(const I& integers) {
    using Number = typename decltype([] {
      if constexpr (Expression<I>) {
        return std::type_identity<typename I::value_type>();
      } else {
        return std::type_identity<sequence_element<I>>();
      }
    }())::type;
    static_assert(std::is_integral_v<Number> && !std::same_as<Number, bool>,
                  "xtape: indices and labels are integers, not bools or floating-point numbers; for a mask write "
                  "where(mask, x, 0.0), or give the indices at which it holds");
    Shape shape;
    if constexpr (Expression<I>) {
      check_alive(integers);
      shape = shape_of(integers);
    } else {
      detail::append_extents(integers, shape);
    }
    std::vector<std::ptrdiff_t> values;
    values.reserve(size_of(shape));
    each(integers, [&values](std::ptrdiff_t index) { values.push_back(index); });
    return std::make_shared<const Data>(std::move(shape), std::move(values));
  }

  std::shared_ptr<const Data> data_;
};

namespace detail {

// What Indices are compared with: others, what they are made of, or one integer.
template <class A>
concept IndexOperand = std::same_as<std::remove_cvref_t<A>, Indices> || std::integral<std::remove_cvref_t<A>> ||
    Expression<A> || Sequence<std::remove_cvref_t<A>>;
template <class A, class B>
concept IndexOperands = IndexOperand<A> && IndexOperand<B> &&
    (std::same_as<std::remove_cvref_t<A>, Indices> || std::same_as<std::remove_cvref_t<B>, Indices>);

template <IndexOperand A>
Indices as_indices(const A& a) {
  if constexpr (std::integral<A>) {
    return Indices(Shape{}, std::vector<std::ptrdiff_t>{saturated(a)});
  } else {
    return Indices(a);
  }
}
Array<bool> compare(const char* operation, const Indices& a, const Indices& b,
                    bool (*holds)(std::ptrdiff_t, std::ptrdiff_t));

}  // namespace detail

// Comparisons, element by element as NumPy's: mean(argmax(logits, -1) == labels)() is an accuracy. Both sides
// broadcast; they throw ShapeError where they do not.

/// Where both are equal.
template <class A, class B>
  requires detail::IndexOperands<A, B>
auto operator==(A&& a, B&& b) {
  return detail::compare("equal", detail::as_indices(a), detail::as_indices(b),
                         [](std::ptrdiff_t i, std::ptrdiff_t j) { return i == j; });
}
/// Where they differ.
template <class A, class B>
  requires detail::IndexOperands<A, B>
auto operator!=(A&& a, B&& b) {
  return detail::compare("not_equal", detail::as_indices(a), detail::as_indices(b),
                         [](std::ptrdiff_t i, std::ptrdiff_t j) { return i != j; });
}
/// Where a < b.
template <class A, class B>
  requires detail::IndexOperands<A, B>
auto operator<(A&& a, B&& b) {
  return detail::compare("less", detail::as_indices(a), detail::as_indices(b),
                         [](std::ptrdiff_t i, std::ptrdiff_t j) { return i < j; });
}
/// Where a <= b.
template <class A, class B>
  requires detail::IndexOperands<A, B>
auto operator<=(A&& a, B&& b) {
  return detail::compare("less_equal", detail::as_indices(a), detail::as_indices(b),
                         [](std::ptrdiff_t i, std::ptrdiff_t j) { return i <= j; });
}
/// Where a > b.
template <class A, class B>
  requires detail::IndexOperands<A, B>
auto operator>(A&& a, B&& b) {
  return detail::compare("greater", detail::as_indices(a), detail::as_indices(b),
                         [](std::ptrdiff_t i, std::ptrdiff_t j) { return i > j; });
}
/// Where a >= b.
template <class A, class B>
  requires detail::IndexOperands<A, B>
auto operator>=(A&& a, B&& b) {
  return detail::compare("greater_equal", detail::as_indices(a), detail::as_indices(b),
                         [](std::ptrdiff_t i, std::ptrdiff_t j) { return i >= j; });
}

}  // namespace xtape

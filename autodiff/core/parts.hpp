#pragma once
// Parts of an array, as slices and taken elements are: where they lie, so that their cotangents can be added in place
// and cost what they hold, however large the array is.

#include "autodiff/core/level.hpp"
#include "autodiff/errors.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace xtape {

/// An op whose result is a part of its only operand: op.add_into(shape, dx, g) adds g, of the part's shape, to the
/// elements of dx, an array of `shape`, that it is made of.
template <class Op, class T>
concept TakesPart = requires(const Op& op, const Shape& shape, T* dx, const Value<T>& g) {
  op.add_into(shape, dx, g);
};

/// The same of any op.
class Part {
 public:
  virtual ~Part() = default;
  virtual void add_into(const Shape& shape, float* dx, const Value<float>& g) const = 0;
  virtual void add_into(const Shape& shape, double* dx, const Value<double>& g) const = 0;
  /// The part of `whole`, recorded.
  virtual Var<float> of(const Var<float>& whole) const = 0;
  virtual Var<double> of(const Var<double>& whole) const = 0;
  /// The same part of each of so many arrays along a new first dimension, or null where the op does not say.
  virtual std::shared_ptr<const Part> in_batch(BatchSize batch) const = 0;
  /// The indices that it is made by, or null.
  virtual const Indices* indices() const = 0;
};

template <class T>
struct PlacedPart {
  std::shared_ptr<const Part> part;
  Var<T> elements;
};

namespace detail {

/// Zeros of `shape` with the elements of the parts added where they belong, recorded as one operation.
template <class T>
Var<T> scatter(const Shape& shape, std::vector<PlacedPart<T>> parts);

extern template Var<float> scatter(const Shape&, std::vector<PlacedPart<float>>);
extern template Var<double> scatter(const Shape&, std::vector<PlacedPart<double>>);

/// op.add_into(shape, dx, g). In builds to debug it works on a copy with room around it: throws Error where an op wrote
/// outside of dx.
template <class Op, class T>
void add_part(const Op& op, const Shape& shape, T* dx, const Value<T>& g) {
#if defined(NDEBUG)
  op.add_into(shape, dx, g);
#else
  constexpr std::size_t kRoom = 64;
  const std::size_t size = size_of(shape);
  std::vector<T> room(size + 2 * kRoom, T(0));
  T* const copy = room.data() + kRoom;
  std::copy_n(dx, size, copy);
  op.add_into(shape, copy, g);
  const auto untouched = [](T element) { return element == T(0); };
  if (!std::all_of(room.begin(), room.begin() + kRoom, untouched) ||
      !std::all_of(room.end() - kRoom, room.end(), untouched)) {
    throw Error("[" + std::string(Op::name) + "] add_into wrote outside of the gradient of shape " + to_string(shape));
  }
  std::copy_n(copy, size, dx);
#endif
}

}  // namespace detail

}  // namespace xtape

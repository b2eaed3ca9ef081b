#include "autodiff/core/var.hpp"

#include "autodiff/core/axes.hpp"

namespace xtape {

void detail::refuse_rank(std::size_t expected, const Shape& got) {
  throw ShapeError("[array] a container of " + std::to_string(expected) + " dimensions cannot hold the shape " +
                   to_string(got));
}

template <class T>
const Array<T>& detail::constant_elements(const Var<T>& x) {
  if (x.node() == kConstant) return x.value();
  throw TapeError(
      "[array] a variable of a tape does not become an array by itself, since its derivative would be lost; value() "
      "gives its elements as constants");
}

template <class T>
Array<T> Var<T>::value() && {
  shared();
  return Value<T>::release(std::move(value_));
}

template <class T>
std::size_t Var<T>::shape(std::ptrdiff_t axis) const {
  return shape()[normalize_axis("shape", axis, shape())];
}

template <class T>
T Var<T>::item() const {
  if (size() != 1) throw ShapeError("[item] exactly one element expected, the shape is " + to_string(shape()));
  return *shared()->data();
}

template <class T>
void Var<T>::throw_empty() {
  throw TapeError("[Var] empty variable: it was never given a value, or was moved from");
}

template class Var<float>;
template class Var<double>;
template const Array<float>& detail::constant_elements(const Var<float>&);
template const Array<double>& detail::constant_elements(const Var<double>&);

}  // namespace xtape

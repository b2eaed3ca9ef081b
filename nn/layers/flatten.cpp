#include "nn/layers/flatten.hpp"

#include <functional>
#include <numeric>

namespace xtape::nn {

template <class T>
Var<T> Flatten<T>::operator()(const Var<T>& x) const {
  return this->located([&] {
    const Shape& shape = x.shape();
    const auto first = std::ptrdiff_t(normalize_axis("flatten", first_, shape));
    const auto last = std::ptrdiff_t(normalize_axis("flatten", last_, shape));
    if (first > last) {
      throw ShapeError("[flatten] a first dimension before the last expected, got " + std::to_string(first_) + " and " +
                       std::to_string(last_) + " of shape " + to_string(shape));
    }
    Shape flat(shape.begin(), shape.begin() + first);
    flat.push_back(
        std::accumulate(shape.begin() + first, shape.begin() + last + 1, std::size_t(1), std::multiplies<>()));
    flat.insert(flat.end(), shape.begin() + last + 1, shape.end());
    return reshape(x, flat);
  });
}

template class Flatten<float>;
template class Flatten<double>;

}  // namespace xtape::nn

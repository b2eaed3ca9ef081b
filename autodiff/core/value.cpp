#include "autodiff/core/value.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/kernels/matmul.hpp"

#include <mutex>

namespace xtape {

void refuse_moved(const Shape& shape) {
  throw TapeError("[array] the array was moved from: it has no elements for its shape " + to_string(shape));
}

template <class T>
Value<T>::Value(const Shape& shape) : array_(detail::allocated<T>("array", shape)) {}

template <class T>
SharedValue<T> Value<T>::reshaped(const SharedValue<T>& source, const Shape& shape) {
  size_of(shape);  // a view has strides only when it is made
  if (source->view_ == nullptr) return SharedValue<T>(new Value(source, shape, false));
  if (!source->view_->transposes) return SharedValue<T>(new Value(source->view_->source, shape, false));
  SharedValue<T> copy(new Value(shape));
  std::copy_n(source->data(), copy->size(), copy->mutable_data());
  return copy;
}

template <class T>
SharedValue<T> Value<T>::transposed(const SharedValue<T>& source) {
  Shape shape = source->shape();
  std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
  if (source->transpose_of() != nullptr) return reshaped(source->view_->source, shape);
  return SharedValue<T>(new Value(source, shape, true));
}

template <class T>
const Array<T>& Value<T>::made() const {
  View& view = *view_;
  if (!view.made.load(std::memory_order_acquire)) {
    static std::mutex mutex;              // one for all: making a view is rare, two threads making the same one rarer
    const T* from = view.source->data();  // before locking, since it may make the source
    const std::lock_guard<std::mutex> lock(mutex);
    if (!view.made.load(std::memory_order_relaxed)) {
      const Shape& shape = view.shape;
      Array<T> array = empty<T>(shape);
      if (!view.transposes) {
        std::copy_n(from, array.size(), array.data());
      } else if (array.size() > 0) {
        const std::size_t rows = shape[shape.size() - 1], columns = shape[shape.size() - 2];  // of the source
        kernels::transpose(from, array.size() / (rows * columns), rows, columns, array.data());
      }
      array_ = std::move(array);
      view.made.store(true, std::memory_order_release);
    }
  }
  return array_;
}

template class Value<float>;
template class Value<double>;

}  // namespace xtape

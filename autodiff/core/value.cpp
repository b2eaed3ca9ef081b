#include "autodiff/core/value.hpp"

#include "autodiff/core/level.hpp"
#include "autodiff/errors.hpp"
#include "autodiff/kernels/strided.hpp"

#include <algorithm>
#include <mutex>

namespace xtape {

void refuse_moved(const Shape& shape) {
  throw TapeError("[array] the array was moved from: it has no elements for its shape " + to_string(shape));
}

template <class T>
Value<T>::Value(const Shape& shape) : size_(size_of(shape)), shape_(shape), storage_(size_) {
  first_ = storage_.data();
}

template <class T>
Value<T>::Value(Array<T> array)
    : first_(array.data()), size_(array.size()), shape_(array.shape()), storage_(std::move(array.storage())) {}

template <class T>
Value<T>::Value(const Shared<Value>& source, Layout layout)
    : first_(source->first_ + layout.offset),
      size_(size_of(layout.shape)),
      view_(std::make_unique<View>(source, std::move(layout))) {}

namespace {

// Whether the elements lie in rows, side by side or all in one place along the last dimension that has more than one,
// and the rows are worth to be read one by one.
bool lie_in_rows(const Layout& layout) {
  constexpr std::size_t kShortest = 32;
  for (std::size_t d = layout.shape.size(); d-- > 0;) {
    if (layout.shape[d] == 1) continue;
    return layout.shape[d] >= kShortest && (layout.strides[d] == 0 || layout.strides[d] == 1);
  }
  return true;
}

// Whether the last two dimensions, exchanged, would make it dense.
bool is_transpose(const Layout& layout) {
  const std::size_t rank = layout.shape.size();
  if (rank < 2 || layout.strides[rank - 2] != 1) return false;
  std::ptrdiff_t step = std::ptrdiff_t(layout.shape[rank - 2]);
  if (layout.strides[rank - 1] != step) return false;
  step *= std::ptrdiff_t(layout.shape[rank - 1]);
  for (std::size_t d = rank - 2; d-- > 0; step *= std::ptrdiff_t(layout.shape[d])) {
    if (layout.strides[d] != step) return false;
  }
  return true;
}

// A view takes two blocks of memory, and time to make them.
constexpr std::size_t kFewElements = 16;

// An array of shape `as` with these elements.
template <class T>
SharedValue<T> copied(const Shape& shape, const T* first, const Strides* strides, const Shape& as) {
  SharedValue<T> copy = new_value<T>(as);
  kernels::strided_copy(shape, first, strides, copy->mutable_data(), nullptr);
  return copy;
}

}  // namespace

template <class T>
Value<T>::View::View(const SharedValue<T>& of, Layout where)
    : source(of),
      layout(std::move(where)),
      dense(xtape::is_dense(layout.shape, layout.strides)),
      in_rows(lie_in_rows(layout)),
      transposes(!dense && is_transpose(layout)) {}

template <class T>
Value<T>::View::View(Shape shape, std::shared_ptr<const Meaning<T>> stands_for)
    : layout{shape, dense_strides(shape), 0},
      dense(false),
      in_rows(false),
      transposes(false),
      meaning(std::move(stands_for)) {}

template <class T>
Value<T>::View::~View() = default;

template <class T>
Value<T>::Value(std::unique_ptr<View> view)
    : first_(nullptr), size_(size_of(view->layout.shape)), view_(std::move(view)) {}

template <class T>
SharedValue<T> Value<T>::standing_for(Shape shape, std::shared_ptr<const Meaning<T>> meaning) {
  return SharedValue<T>(new Value(std::make_unique<View>(std::move(shape), std::move(meaning))));
}

template <class T>
SharedValue<T> Value<T>::plain(const SharedValue<T>& value) {
  return share(Array<T>(value->array()));
}

template <class T>
std::vector<SharedValue<T>> Value<T>::sources() const {
  const Meaning<T>* const stands_for = meaning();
  if (stands_for == nullptr) return {view_->source};
  std::vector<SharedValue<T>> result{stands_for->value.shared()};
  if (!stands_for->tangent.empty()) result.push_back(stands_for->tangent.shared());
  return result;
}

template <class T>
SharedValue<T> Value<T>::view(const SharedValue<T>& of, Layout layout) {
  if (of->meaning() != nullptr) [[unlikely]]
    return view(plain(of), std::move(layout));
  const std::size_t size = size_of(layout.shape);
  if (size == 0) layout.offset = 0;
  const SharedValue<T>& source = of->view_ == nullptr ? of : of->view_->source;
  if (size > kFewElements) return SharedValue<T>(new Value(source, std::move(layout)));
  return copied<T>(layout.shape, source->first_ + layout.offset, &layout.strides, layout.shape);
}

template <class T>
SharedValue<T> Value<T>::reshaped(const SharedValue<T>& of, const Shape& shape) {
  if (of->view_ != nullptr && !of->view_->dense) {
    if (of->view_->meaning != nullptr) return reshaped(plain(of), shape);
    const View& before = *of->view_;
    return copied<T>(before.layout.shape, of->first_, &before.layout.strides, shape);
  }
  if (size_of(shape) > kFewElements) {
    return view(of, {shape, dense_strides(shape), of->view_ == nullptr ? 0 : of->view_->layout.offset});
  }
  SharedValue<T> copy = new_value<T>(shape);
  std::copy_n(of->data(), copy->size(), copy->mutable_data());
  return copy;
}

template <class T>
SharedValue<T> Value<T>::broadcast(const SharedValue<T>& of, const Shape& shape) {
  if (of->meaning() != nullptr) [[unlikely]]
    return broadcast(plain(of), shape);
  if (of->size() == size_of(shape)) return of->shape() == shape ? of : reshaped(of, shape);
  const Shape& from = of->shape();
  const Layout* const before = of->view_ == nullptr ? nullptr : &of->view_->layout;
  Layout to{shape, Strides(shape.size(), 0), before == nullptr ? 0 : before->offset};
  const std::size_t missing = shape.size() - from.size();
  std::ptrdiff_t step = 1;  // of what lies densely
  for (std::size_t d = from.size(); d-- > 0; step *= std::ptrdiff_t(from[d])) {
    if (from[d] != 1) to.strides[d + missing] = before == nullptr ? step : before->strides[d];
  }
  return view(of, std::move(to));
}

template <class T>
SharedValue<T> Value<T>::own(SharedValue<T> value) {
  if (value->writable()) return value;
  const Elements elements = value->in_place();
  return copied<T>(value->shape(), elements.first, elements.strides, value->shape());
}

template <class T>
Array<T> Value<T>::release(SharedValue<T> value) {
  if (value->uses.load(std::memory_order_acquire) != 1 || value->meaning() != nullptr) return value->array();
  if (value->view_ != nullptr) static_cast<void>(value->array());
  if (Array<T>* const made = value->array_.load(std::memory_order_acquire)) return std::move(*made);
  return Array<T>(std::move(value->storage_), Shape(value->shape_), dense_strides(value->shape_));
}

template <class T>
const Array<T>& Value<T>::make_array() const {
  if (const Meaning<T>* const stands_for = meaning()) return stands_for->level->elements(*stands_for);
  if (view_ != nullptr) {
    auto copy = std::make_unique<Array<T>>(empty<T>(view_->layout.shape));
    const Elements elements = in_place();
    kernels::strided_copy(view_->layout.shape, elements.first, elements.strides, copy->data(), nullptr);
    Array<T>* made = nullptr;
    return array_.compare_exchange_strong(made, copy.get()) ? *copy.release() : *made;  // the first one that is done
  }
  static std::mutex mutex;  // one for all: it is held for as long as it takes to hand the elements over
  const std::lock_guard<std::mutex> lock(mutex);
  if (const Array<T>* const made = array_.load(std::memory_order_acquire)) return *made;
  auto* const array = new Array<T>(std::move(storage_), Shape(shape_), dense_strides(shape_));
  array_.store(array, std::memory_order_release);
  return *array;
}

template <class T>
SharedValue<T> share_number(T number) {
  SharedValue<T> value = new_value<T>(Shape());
  *value->mutable_data() = number;
  return value;
}

template class Value<float>;
template class Value<double>;
template SharedValue<float> share_number<float>(float);
template SharedValue<double> share_number<double>(double);

}  // namespace xtape

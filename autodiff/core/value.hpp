#pragma once
// What a variable holds: an array that variables, nodes and gradients share, or a view of one.

#include "autodiff/array.hpp"

#include <atomic>
#include <cstdint>
#include <utility>

namespace xtape {

/// A pointer to an object that counts its own owners (`uses`): half the size of std::shared_ptr, and one allocation.
template <class Object>
class Shared {
 public:
  Shared() = default;
  explicit Shared(Object* object) noexcept : object_(object) {  // may be null
    if (object != nullptr && object->uses.load(std::memory_order_relaxed) == 0) {
      object->uses.store(1, std::memory_order_relaxed);  // nobody else has it yet: no locked instruction needed
    } else {
      hold();
    }
  }
  Shared(const Shared& other) noexcept : object_(other.object_) { hold(); }
  Shared(Shared&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Shared() {
    if (object_ == nullptr) return;
    // The only owner cannot become one of several while it ends.
    const bool last = object_->uses.load(std::memory_order_acquire) == 1 ||
                      object_->uses.fetch_sub(1, std::memory_order_acq_rel) == 1;
    if (last) delete object_;
  }

  Object* get() const noexcept { return object_; }
  Object* operator->() const noexcept { return object_; }
  Object& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  void hold() const noexcept {
    if (object_ != nullptr) object_->uses.fetch_add(1, std::memory_order_relaxed);
  }
  Object* object_ = nullptr;
};

/// An array, or a reshape or a transpose of another value that is only copied when somebody asks for it as an array.
/// Kernels read `data()` and `shape()`, for which a reshape costs nothing, and a matrix product reads a transpose in
/// place.
template <class T>
class Value {
 public:
  mutable std::atomic<std::uint32_t> uses{0};

  explicit Value(Array<T> array) : array_(std::move(array)) {}
  explicit Value(const Shape& shape);  // elements not yet set

  // Views of views are views of the array behind them, so that no chain of owners grows with the length of a program.
  static Shared<Value> reshaped(const Shared<Value>& source, const Shape& shape);
  /// The last two dimensions exchanged.
  static Shared<Value> transposed(const Shared<Value>& source);

  const Shape& shape() const { return kind_ == Kind::kArray ? array_.shape() : shape_; }
  std::size_t size() const { return kind_ == Kind::kArray ? array_.size() : size_of(shape_); }

  /// The elements, row by row.
  const T* data() const {
    if (kind_ == Kind::kArray) return array_.data();
    if (kind_ == Kind::kReshape) return source_->data();
    return made().data();
  }
  const Array<T>& array() const { return kind_ == Kind::kArray ? array_ : made(); }

  /// What this is the transpose of, or null.
  const Value* transpose_of() const { return kind_ == Kind::kTranspose ? source_.get() : nullptr; }

  /// Whether the elements may be changed in place: nobody else can see them.
  bool writable() const { return kind_ == Kind::kArray && uses.load(std::memory_order_acquire) == 1; }
  T* mutable_data() { return array_.data(); }

  /// The array, moved out if nobody else can see it.
  static Array<T> release(Shared<Value> value) {
    if (value->writable()) return std::move(value->array_);
    return value->array();
  }

  /// visit(elements, count) for every buffer that this keeps alive.
  template <class Visit>
  void buffers(const Visit& visit) const {
    if (source_) source_->buffers(visit);
    if (kind_ == Kind::kArray || made_.load(std::memory_order_acquire)) visit(array_.data(), array_.size());
  }

  static void* operator new(std::size_t bytes) { return detail::allocate_buffer(bytes); }
  static void operator delete(void* value, std::size_t bytes) noexcept { detail::free_buffer(value, bytes); }

 private:
  enum class Kind : std::uint8_t { kArray, kReshape, kTranspose };

  Value(Shared<Value> source, const Shape& shape, Kind kind) : kind_(kind), source_(std::move(source)), shape_(shape) {}

  const Array<T>& made() const;  // the view as an array, made once

  mutable Array<T> array_;
  Kind kind_ = Kind::kArray;
  mutable std::atomic<bool> made_{false};
  Shared<Value> source_;
  Shape shape_;  // of a view
};

template <class T>
using SharedValue = Shared<Value<T>>;

[[noreturn]] void refuse_moved(const Shape& shape);

/// Throws TapeError for a container that was moved from: it has a shape, and no elements.
template <class E>
void check_alive(const E& array) {
  if constexpr (requires { array.storage().size(); }) {
    if (array.storage().size() == 0 && size_of(shape_of(array)) > 0) refuse_moved(shape_of(array));
  }
}

/// An expression evaluated, with elements converted to T. Throws TapeError for a container that was moved from.
template <class T, class E>
Array<T> evaluated(const E& expression) {
  check_alive(expression);
  return Array<T>(expression);
}

template <class T>
SharedValue<T> share(Array<T> array) {
  check_alive(array);
  return SharedValue<T>(new Value<T>(std::move(array)));
}

extern template class Value<float>;
extern template class Value<double>;

}  // namespace xtape

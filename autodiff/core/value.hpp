#pragma once
// What a variable holds: elements and a shape that variables, nodes and gradients share, or a view of others.

#include "autodiff/array.hpp"
#include "autodiff/kernels/layout.hpp"
#include "autodiff/sequence.hpp"

#include <atomic>
#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace xtape {

namespace detail {

/// Whether the process is known to have no other thread, so that nobody needs a locked instruction to count with.
inline bool single_threaded() noexcept {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

}  // namespace detail

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
    if (const std::uint32_t uses = object_->uses.load(std::memory_order_acquire); uses == 1) {
      delete object_;
    } else if (detail::single_threaded()) {
      object_->uses.store(uses - 1, std::memory_order_relaxed);
    } else if (object_->uses.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete object_;
    }
  }

  Object* get() const noexcept { return object_; }
  Object* operator->() const noexcept { return object_; }
  Object& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  void hold() const noexcept {
    if (object_ == nullptr) return;
    if (detail::single_threaded()) {
      object_->uses.store(object_->uses.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      object_->uses.fetch_add(1, std::memory_order_relaxed);
    }
  }
  Object* object_ = nullptr;
};

template <class T>
struct Meaning;

/// The elements of an array, or a view of another value's: another shape, a slice, a permutation of dimensions, a
/// repetition, anything that a Layout can say. A view is only copied when somebody asks for it as an array, or has a
/// loop that needs its elements one after the other; and only who asks for an array of xtensor's gets one, whose
/// strides take longer to write than a few elements to compute.
template <class T>
class Value {
  using Storage = typename Array<T>::storage_type;

 public:
  mutable std::atomic<std::uint32_t> uses{0};

  explicit Value(Array<T> array);
  explicit Value(const Shape& shape);  // elements not yet set
  ~Value() { delete array_.load(std::memory_order_relaxed); }

  /// What `layout` says of the elements that `of` has, or is itself a view of: so that no chain of owners grows with
  /// the length of a program. Of few elements a copy, which costs less than a view and does not keep `of` alive.
  static Shared<Value> view(const Shared<Value>& of, Layout layout);
  /// The same elements, row by row, in another shape.
  static Shared<Value> reshaped(const Shared<Value>& of, const Shape& shape);
  /// Repeated along new and size-1 dimensions.
  static Shared<Value> broadcast(const Shared<Value>& of, const Shape& shape);
  /// What a variable of a level holds: core/level.hpp. It has no elements of its own.
  static Shared<Value> standing_for(Shape shape, std::shared_ptr<const Meaning<T>> meaning);
  /// What it stands for, or null.
  const Meaning<T>* meaning() const { return view_ == nullptr ? nullptr : view_->meaning.get(); }

  const Shape& shape() const { return view_ == nullptr ? shape_ : view_->layout.shape; }
  std::size_t size() const { return size_; }

  /// The elements, row by row.
  const T* data() const { return is_dense() ? first_ : array().data(); }
  const Array<T>& array() const {
    const Array<T>* const made = array_.load(std::memory_order_acquire);
    return made == nullptr ? make_array() : *made;
  }

  /// Where the elements lie among those of the array that they belong to.
  Layout layout() const { return view_ == nullptr ? Layout{shape_, dense_strides(shape_), 0} : view_->layout; }
  /// The elements where they are, for a loop that can read them by strides (null: they are dense).
  struct Elements {
    const T* first;
    const Strides* strides;
  };
  /// For a loop that takes any strides.
  Elements in_place() const {
    if (is_dense()) return {first_, nullptr};
    if (view_->meaning != nullptr) [[unlikely]]
      return {data(), nullptr};
    return {first_, &view_->layout.strides};
  }
  /// For a loop that takes steps of 0 and 1 along the last dimension.
  Elements in_rows() const {
    if (view_ == nullptr) [[likely]]
      return {first_, nullptr};
    return view_->dense || !view_->in_rows ? Elements{data(), nullptr} : in_place();
  }
  /// The same; of a value that stands for others none, and `stands_for_others` says so.
  Elements in_rows(bool& stands_for_others) const {
    if (view_ != nullptr && view_->meaning != nullptr) [[unlikely]] {
      stands_for_others = true;
      return {nullptr, nullptr};
    }
    return in_rows();
  }
  /// The elements, row by row, of what this is the transpose of in its last two dimensions; null if it is not one.
  const T* transposed() const { return view_ != nullptr && view_->transposes ? first_ : nullptr; }

  /// Whether the elements may be changed in place: nobody else can see them.
  bool writable() const { return view_ == nullptr && uses.load(std::memory_order_acquire) == 1; }
  T* mutable_data() { return first_; }

  /// An array that nobody else can see: the value itself where it is one, else a copy.
  static Shared<Value> own(Shared<Value> value);
  /// The array, moved out if nobody else can see it.
  static Array<T> release(Shared<Value> value);

  /// visit(elements, count) for every buffer that this keeps alive.
  template <class Visit>
  void buffers(const Visit& visit) const {
    if (view_ == nullptr) return visit(static_cast<const T*>(first_), size_);
    for (const Shared<Value>& source : sources()) source->buffers(visit);
    if (const Array<T>* const made = array_.load(std::memory_order_acquire)) visit(made->data(), size_);
  }

  static void* operator new(std::size_t bytes) { return detail::allocate_buffer(bytes); }
  static void operator delete(void* value, std::size_t bytes) noexcept { detail::free_buffer(value, bytes); }

 private:
  // What only a view has. Most values are none, and many are small: of those a program touches every line.
  struct View {
    View(const Shared<Value>& of, Layout where);
    explicit View(Shape shape, std::shared_ptr<const Meaning<T>> stands_for);
    ~View();               // apart: every operation ends values, few of which are views
    Shared<Value> source;  // no view; null for one that stands for others
    Layout layout;
    bool dense, in_rows, transposes;
    std::shared_ptr<const Meaning<T>> meaning;

    static void* operator new(std::size_t bytes) { return detail::allocate_buffer(bytes); }
    static void operator delete(void* view, std::size_t bytes) noexcept { detail::free_buffer(view, bytes); }
  };

  Value(const Shared<Value>& source, Layout layout);
  explicit Value(std::unique_ptr<View> view);

  // The elements as an array, of a value that stands for others.
  static Shared<Value> plain(const Shared<Value>& value);
  std::vector<Shared<Value>> sources() const;
  bool is_dense() const { return view_ == nullptr || view_->dense; }
  const Array<T>& make_array() const;  // the same for all who ask

  T* first_;  // of the elements, wherever they lie
  std::size_t size_;
  std::unique_ptr<View> view_;  // null for an array
  Shape shape_;                 // empty for a view
  mutable Storage storage_;     // the array takes it over: the elements stay where they are
  mutable std::atomic<Array<T>*> array_{nullptr};
};

template <class T>
using SharedValue = Shared<Value<T>>;

/// A value of this shape, its elements not yet set.
template <class T>
[[gnu::always_inline]] inline SharedValue<T> new_value(const Shape& shape) {
  return SharedValue<T>(new Value<T>(shape));
}

[[noreturn]] void refuse_moved(const Shape& shape);

/// Throws TapeError for a container that was moved from: it has a shape, and no elements.
template <class E>
void check_alive(const E& array) {
  if constexpr (requires { array.storage().size(); }) {
    if (array.storage().size() == 0 && size_of(shape_of(array)) > 0) refuse_moved(shape_of(array));
  }
}

namespace detail {
/// A container whose numbers lie one after the other, row by row. They are copied by a loop of one line: xtensor's
/// assignment is ten times as much for every user's file to compile.
template <class E>
concept DenseContainer = std::is_arithmetic_v<typename E::value_type> && std::derived_from<E, xt::xcontainer<E>> &&
                         E::static_layout == xt::layout_type::row_major;
}  // namespace detail

/// An expression evaluated, or a sequence copied, with elements converted to T. Throws TapeError for a container that
/// was moved from, ShapeError for vectors of vectors that differ in length.
template <class T, class E>
Array<T> evaluated(const E& expression) {
  if constexpr (Sequence<E>) {
    return array_of<T>(expression);
  } else if constexpr (detail::DenseContainer<E>) {
    check_alive(expression);
    Array<T> array = empty<T>(shape_of(expression));
    const auto* const from = expression.data();
    std::transform(from, from + array.size(), array.data(), [](auto x) { return static_cast<T>(x); });
    return array;
  } else {
    check_alive(expression);
    return Array<T>(expression);
  }
}

template <class T>
SharedValue<T> share(Array<T> array) {
  check_alive(array);
  return SharedValue<T>(new Value<T>(std::move(array)));
}

/// A value of rank 0.
template <class T>
SharedValue<T> share_number(T number);

extern template class Value<float>;
extern template class Value<double>;

}  // namespace xtape

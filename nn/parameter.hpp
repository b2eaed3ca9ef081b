#pragma once
// What a module keeps: parameters, which are trained, buffers and counters, which are not. All are saved.

#include "autodiff/autodiff.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {

/// Which parameters a module was asked for, and which were made along with it: what was made between the beginning of
/// its constructor and its last `add`, and is not among its parameters, was forgotten.
struct Roster {
  /// Keys in [first, last) were made along with the module, or with one of its parts.
  struct Span {
    std::uint64_t first, last;
  };
  std::vector<Span> made = {};
  std::vector<std::uint64_t> keys = {};  ///< of its parameters, sorted

  /// Whether the key is that of a parameter which should be among them.
  bool forgot(std::uint64_t key) const {
    const auto holds = [key](const Span& span) { return span.first <= key && key < span.last; };
    return std::any_of(made.begin(), made.end(), holds) && !std::binary_search(keys.begin(), keys.end(), key);
  }
};

namespace detail {

/// A key that nothing has yet: in each block of keys greater than those given before, less than those to come.
/// A thread has blocks of its own, so that what two make at the same time does not lie between each other's.
inline std::uint64_t next_key() {
  static std::atomic<std::uint64_t> blocks{0};
  thread_local std::uint64_t next = 0;
  constexpr std::uint64_t kInBlock = std::uint64_t{1} << 32;
  if (next % kInBlock == 0) next = blocks.fetch_add(1, std::memory_order_relaxed) * kInBlock + 1;
  return next++;
}

/// Whether two keys are of one block.
inline bool is_same_block(std::uint64_t a, std::uint64_t b) {
  return a >> 32 == b >> 32;
}

}  // namespace detail

template <class T>
class Parameter;
template <class T>
class Buffer;

/// What Parameter and Buffer have in common: an array that handles share. Moving a handle copies it, so that there is
/// no empty one.
template <class T>
class StoredArray : public VarHandle {
 public:
  using value_type = T;

  StoredArray(const StoredArray&) = default;
  StoredArray& operator=(const StoredArray&) = default;

  /// The value. The reference holds until `set` or `mutable_data` is called.
  const Array<T>& value() const { return state_->value->array(); }
  Shape shape() const { return state_->value->shape(); }      ///< of the value: it stays the same
  std::size_t size() const { return state_->value->size(); }  ///< its elements
  /// The extent of one dimension; -1 is the last. Throws ShapeError for one that is not there.
  std::size_t shape(std::ptrdiff_t axis) const { return shape()[normalize_axis("shape", axis, shape())]; }

  /// Gives it a new value; a Var that was made from the old one keeps it. Throws ShapeError for another shape,
  /// TapeError for an array that was moved from.
  void set(Array<T> value) const {
    check_alive(value);
    if (shape_of(value) != shape()) {
      throw ShapeError(std::string(state_->kind) + " a value of shape " + to_string(shape()) + " expected, got " +
                       to_string(shape_of(value)));
    }
    state_->value = share(std::move(value));
  }

  /// The elements, to change in place. While a Var or a tape still sees the old value they are a copy.
  T* mutable_data() const {
    if (!state_->value->writable()) state_->value = Value<T>::own(state_->value);
    return state_->value->mutable_data();
  }

  /// What identifies it, on a tape too: no two of a program share one, also not one after the other.
  std::uint64_t key() const { return state_->key; }
  friend std::ostream& operator<<(std::ostream& out, const StoredArray& stored) { return out << stored.value(); }

 private:
  friend class Parameter<T>;
  friend class Buffer<T>;
  StoredArray(const char* kind, Array<T> value)
      : state_(std::make_shared<State>(State{share(std::move(value)), kind})) {}

  struct State {
    SharedValue<T> value;
    const char* kind;  // how messages begin
    const std::uint64_t key = detail::next_key();
    bool frozen = false;
  };
  std::shared_ptr<State> state_;
};

/// A trainable array: a cheap handle to a value that its module, optimizers and lists of parameters share.
template <class T>
class Parameter : public StoredArray<T> {
 public:
  /// A parameter of its own with that value, moved in or copied; a 0 of rank 0 where none is given. Throws TapeError
  /// for an array that was moved from.
  explicit Parameter(Array<T> value = {}) : StoredArray<T>("[Parameter]", std::move(value)) {}
  /// The same with a std::vector of numbers, or of vectors of them.
  template <Sequence S>
  explicit Parameter(const S& value) : Parameter(array_of<T>(value)) {}

  /// The parameter as a variable of the active tape, the same one however often it is asked for; a constant outside,
  /// and while it is frozen. An operation takes the parameter itself as well: `x - mu`, `sum(mu)`.
  Var<T> var() const {
    Record<T>* record = frozen() ? nullptr : LiveTapes<T>::innermost();
    return record == nullptr ? Var<T>(this->state_->value) : record->leaf_for(this->key(), this->state_->value);
  }
  operator Var<T>() const { return var(); }  ///< the same, where an operation takes the parameter itself

  /// Whether it is a constant for now: kept and saved, and not among what its module trains.
  bool frozen() const { return this->state_->frozen; }
  void set_frozen(bool frozen) const { this->state_->frozen = frozen; }  ///< for all handles to it

  /// The roster of the module whose list this handle was taken from, or null.
  const Roster* roster() const { return roster_.get(); }
  void set_roster(std::shared_ptr<const Roster> roster) { roster_ = std::move(roster); }

 private:
  std::shared_ptr<const Roster> roster_;
};

/// An array that is saved and not trained: running statistics, a fixed scale. A handle as a Parameter is, and an
/// operand wherever one is, but a constant to every tape and transform.
template <class T>
class Buffer : public StoredArray<T> {
 public:
  /// A buffer of its own with that value; a 0 of rank 0 where none is given. Throws TapeError for an array that was
  /// moved from.
  explicit Buffer(Array<T> value = {}) : StoredArray<T>("[Buffer]", std::move(value)) {}
  /// The same with a std::vector of numbers, or of vectors of them.
  template <Sequence S>
  explicit Buffer(const S& value) : Buffer(array_of<T>(value)) {}

  Var<T> var() const { return Var<T>(this->state_->value); }  ///< as a constant
  operator Var<T>() const { return var(); }                   ///< the same, where an operation takes the buffer itself
};

/// A whole number that is saved and not trained, how many batches were seen: a handle too. In files it is an I64 of
/// rank 0, as PyTorch's are.
class Counter {
 public:
  explicit Counter(std::int64_t value = 0) : state_(std::make_shared<State>(State{Array<std::int64_t>(value)})) {}
  Counter(const Counter&) = default;
  Counter& operator=(const Counter&) = default;

  std::int64_t value() const { return state_->value(); }              ///< the number
  void set(std::int64_t value) const { state_->value() = value; }     ///< gives it another
  const Array<std::int64_t>& array() const { return state_->value; }  ///< as an array of rank 0
  std::uint64_t key() const { return state_->key; }

 private:
  struct State {
    Array<std::int64_t> value;
    const std::uint64_t key = detail::next_key();
  };
  std::shared_ptr<State> state_;
};

/// A parameter, and the name that the module which was asked knows it by.
template <class T>
struct NamedParameter {
  std::string name;
  Parameter<T> parameter;
};

}  // namespace xtape::nn

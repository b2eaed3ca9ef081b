#pragma once
// Module: named parameters, and modules within modules.

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

/// A trainable array: a cheap handle to a value that its module, optimizers and lists of parameters share. Moving a
/// handle copies it, so that there is no empty one.
template <class T>
class Parameter : public VarHandle {
 public:
  using value_type = T;

  /// A parameter of its own with that value, moved in or copied; a 0 of rank 0 where none is given. Throws TapeError
  /// for an array that was moved from.
  explicit Parameter(Array<T> value = {}) : state_(std::make_shared<State>(State{share(std::move(value))})) {}
  /// The same with a std::vector of numbers, or of vectors of them.
  template <Sequence S>
  explicit Parameter(const S& value) : Parameter(array_of<T>(value)) {}

  Parameter(const Parameter&) = default;
  Parameter& operator=(const Parameter&) = default;

  /// The value. The reference holds until `set` or `mutable_data` is called.
  const Array<T>& value() const { return state_->value->array(); }
  const Shape& shape() const { return state_->value->shape(); }  ///< of the value, which it keeps
  std::size_t size() const { return state_->value->size(); }     ///< its elements
  /// The extent of one dimension; -1 is the last. Throws ShapeError for one that is not there.
  std::size_t shape(std::ptrdiff_t axis) const { return shape()[normalize_axis("shape", axis, shape())]; }

  /// Gives the parameter a new value; a Var that was made from the old one keeps it. Throws ShapeError for another
  /// shape, TapeError for an array that was moved from.
  void set(Array<T> value) const {
    check_alive(value);
    if (shape_of(value) != shape()) {
      throw ShapeError("[Parameter] a value of shape " + to_string(shape()) + " expected, got " +
                       to_string(shape_of(value)));
    }
    state_->value = share(std::move(value));
  }

  /// The elements, to change in place. While a Var or a tape still sees the old value they are a copy.
  T* mutable_data() const {
    if (!state_->value->writable()) state_->value = Value<T>::own(state_->value);
    return state_->value->mutable_data();
  }

  /// The parameter as a variable of the active tape, the same one however often it is asked for; a constant outside.
  /// An operation takes the parameter itself as well: `x - mu`, `sum(mu)`.
  Var<T> var() const {
    Record<T>* record = LiveTapes<T>::innermost();
    return record == nullptr ? Var<T>(state_->value) : record->leaf_for(key(), state_->value);
  }
  operator Var<T>() const { return var(); }  ///< the same, where an operation takes the parameter itself
  friend std::ostream& operator<<(std::ostream& out, const Parameter& parameter) { return out << parameter.value(); }

  /// What identifies the parameter on a tape: no two of a program share one, also not one after the other.
  std::uint64_t key() const { return state_->key; }
  /// A key that no parameter of this precision has: greater than those made before, less than those to come.
  static std::uint64_t next_key() {
    static std::atomic<std::uint64_t> next{0};
    return next.fetch_add(1, std::memory_order_relaxed);
  }
  /// The roster of the module whose list this handle was taken from, or null.
  const Roster* roster() const { return roster_.get(); }
  void set_roster(std::shared_ptr<const Roster> roster) { roster_ = std::move(roster); }

 private:
  struct State {
    SharedValue<T> value;
    const std::uint64_t key = next_key();
  };
  std::shared_ptr<State> state_;
  std::shared_ptr<const Roster> roster_;
};

/// A parameter, and the name that the module which was asked knows it by.
template <class T>
struct NamedParameter {
  std::string name;
  Parameter<T> parameter;
};

/// The base of layers and models. A model declares its layers as members and adds them, by name, in its constructor:
///
///   struct Model : nn::Module<float> {
///     nn::Linear<float> hidden, head;
///     explicit Model(Random& rng) : hidden(784, 400, rng), head(400, 10, rng) {
///       add("hidden", hidden);
///       add("head", head);
///     }
///   };
///
/// What was made as a member and not added is not trained: the first `tape.gradient(loss, model.parameters())` whose
/// loss depends on it throws TapeError. (Seen is what is made between the beginning of a module's constructor and its
/// last `add`.)
///
/// A module knows its parts by address, so it can be neither copied nor moved: that does not compile. To copy weights,
/// use `copy_parameters(from, to)`, or save and load. A layer without parts of its own (Linear) can be moved until it
/// is added, so that a std::vector of layers can be filled first.
template <class T>
class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;  // use copy_parameters(from, to)
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  /// All parameters, own ones first, then those of the parts in order of addition; one that is added in several places
  /// (tied weights) once, under its first name.
  std::vector<Parameter<T>> parameters() const;
  /// The same with their names: "encoder.weight".
  std::vector<NamedParameter<T>> named_parameters() const;
  /// The number of trainable elements.
  std::size_t parameter_count() const;

 protected:
  /// For the move constructor of a layer that has parameters and no parts. Throws Error for a module that has parts, or
  /// is one of another's already, which knows it by its address.
  enum class Moved { kLayer };
  Module(Moved, Module&& other);

  /// Adds a part, which has to live as long as this. Throws Error for an empty name, one with a dot, or one twice, and
  /// for the module itself or one that has it among its parts, at whatever depth.
  void add(std::string name, Module& part);
  /// Adds a parameter of this module's own. Throws Error for such names.
  void add(std::string name, const Parameter<T>& parameter);

 private:
  void check_name(const std::string& name) const;
  std::string path_to(const Module& part) const;  // "decoder.hidden"; empty where it is none of the parts
  void collect(const std::string& prefix, std::vector<NamedParameter<T>>& into, Roster& roster) const;

  std::vector<std::pair<std::string, Module*>> parts_;
  std::vector<NamedParameter<T>> own_;
  bool is_a_part_ = false;
  std::uint64_t first_key_ = Parameter<T>::next_key(), last_key_ = first_key_;  // made along with this
};

/// Gives `to` the values of `from`'s parameters. Throws ShapeError where names or shapes differ, before anything
/// is changed.
template <class T>
void copy_parameters(const Module<T>& from, Module<T>& to);

/// Gives `to` the values of those of `from`'s parameters whose names both have, for models with a part in common: an
/// autoencoder's encoder and decoder for a variational one with other heads. Returns the names of the parameters of
/// `to` that stay as they were. Throws ShapeError, before anything is changed, where no name is shared, or one of them
/// has two shapes.
template <class T>
std::vector<std::string> copy_shared_parameters(const Module<T>& from, Module<T>& to);

extern template class Module<float>;
extern template class Module<double>;
extern template void copy_parameters(const Module<float>&, Module<float>&);
extern template void copy_parameters(const Module<double>&, Module<double>&);
extern template std::vector<std::string> copy_shared_parameters(const Module<float>&, Module<float>&);
extern template std::vector<std::string> copy_shared_parameters(const Module<double>&, Module<double>&);

}  // namespace xtape::nn

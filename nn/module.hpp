#pragma once
// Module: named parameters and buffers, and modules within modules.

#include "nn/parameter.hpp"

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace xtape::nn {

namespace detail {
template <class T>
class ModuleModes;
}

/// What a module keeps under a name: a handle to a parameter, a buffer or a counter.
template <class T>
struct NamedState {
  std::string name;
  std::variant<Parameter<T>, Buffer<T>, Counter> kept;
  std::vector<std::string> other_names =
      {};  ///< in the further places where it is added (tied weights), in their order

  std::uint64_t key() const;  ///< of what is kept
  Shape shape() const;        ///< of its value; of a counter ()
  /// The parameter, or null where it is a buffer or a counter.
  const Parameter<T>* parameter() const { return std::get_if<Parameter<T>>(&kept); }
};

namespace detail {

/// Gives `to` the value of `from`, both of one shape: both counters, or each a parameter or a buffer.
template <class T>
void copy_value(const NamedState<T>& from, const NamedState<T>& to);

}  // namespace detail

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
/// A module knows its parts by address, so it can be neither copied nor moved: that does not compile. For an
/// independent copy there is `clone(model, constructor's arguments...)`; to copy values, use `copy_parameters(from,
/// to)`, or save and load. A layer without parts of its own (Linear) can be moved until it is added, so that a
/// std::vector of layers can be filled first.
template <class T>
class Module {
 public:
  using value_type = T;

  Module() = default;
  Module(const Module&) = delete;  // use clone, or copy_parameters(from, to)
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  /// All parameters that are trained, own ones first, then those of the parts in order of addition; one that is added
  /// in several places (tied weights) once, under its first name. Frozen ones are not among them.
  std::vector<Parameter<T>> parameters() const;
  /// The same with their names: "encoder.weight".
  std::vector<NamedParameter<T>> named_parameters() const;
  /// The number of elements of those.
  std::size_t parameter_count() const;

  /// All that is saved, copied and loaded: parameters, frozen or not, buffers and counters, in the order of addition,
  /// those of the parts behind own ones; what is added in several places once, under its first name and `other_names`.
  std::vector<NamedState<T>> state() const;
  /// The number of elements of all parameters, the frozen ones among them.
  std::size_t total_parameter_count() const;

  /// Makes constants of the parameters whose dotted name is `name` or begins with it and a dot: "encoder.0" has
  /// "encoder.0.weight" in it, and "" all. They are saved as before. Throws Error, which lists the names that there
  /// are, where there is none.
  void freeze(std::string_view name = "");
  /// Has them trained again.
  void unfreeze(std::string_view name = "");

  /// Tells this and all parts whether they are trained: what Dropout and BatchNorm do depends on it. They are, until
  /// `eval` is called.
  void train(bool training = true);
  void eval() { train(false); }                       ///< the same as train(false)
  bool training() const { return place_->training; }  ///< as `train` or `eval` was called last

  /// The generators that parts draw from by themselves (Dropout), each once, in the order of the parts. Their states
  /// are in checkpoints, so that it does not matter whether one is the run's own.
  std::vector<Random*> generators() const;

  /// Its dotted name, "decoder.hidden", from the outermost module that it is a part of; "" of that one. In several
  /// places: the first.
  std::string path() const;
  /// What it is, without what is in it: "Linear". Unless overridden the name of its class.
  virtual std::string kind() const;
  /// What is said of it beside shapes where it is printed: "0.5" of a Dropout(0.5).
  virtual std::string description() const { return ""; }
  /// The generator that this draws from by itself, beside its parts; none unless overridden.
  virtual Random* generator() const { return nullptr; }

  /// A tree of the parts, with what they keep, its shapes, and the numbers of elements that are trained.
  friend std::ostream& operator<<(std::ostream& out, const Module& module) {
    module.print(out, "", "");
    return out;
  }

 protected:
  /// For the move constructor of a layer that has parameters and no parts. Throws Error for a module that has parts, or
  /// is one of another's already, which knows it by its address.
  enum class Moved { kLayer };
  Module(Moved, Module&& other);

  /// Adds a part, which has to live as long as this. Throws Error for an empty name, one with a dot, or one twice, and
  /// for the module itself or one that has it among its parts, at whatever depth.
  void add(std::string name, Module& part);
  /// The same for a part that this owns, which no member can be: what else was made since is not taken for a member
  /// that was forgotten, so that two containers may be filled in turns.
  void add_own(std::string name, Module& part);
  /// Adds a parameter, a buffer or a counter of this module's own. Throws Error for such names, and for what was added
  /// here under another name.
  void add(std::string name, const Parameter<T>& parameter);
  void add(std::string name, const Buffer<T>& buffer);
  void add(std::string name, const Counter& counter);

  /// What f gives; the message of a ShapeError that it throws then begins with kind and dotted name of this module:
  /// "[Linear] decoder.hidden: [linear] ...".
  template <class F>
  auto located(const F& f) const {
    try {
      return f();
    } catch (const ShapeError& error) {
      refuse_shape(error.what());
    }
  }

 private:
  struct Place {
    std::weak_ptr<const Place> parent;  // of the first module that this was added to
    std::string name;                   // in there
    bool training = true;
  };

  void add_state(std::string name, std::variant<Parameter<T>, Buffer<T>, Counter> kept);
  void check_name(const std::string& name) const;
  void stretch_to_now();
  std::string path_to(const Module& part) const;  // "decoder.hidden"; empty where it is none of the parts
  void collect(const std::string& prefix, std::vector<NamedState<T>>& into, Roster& roster) const;
  void collect(std::vector<Random*>& into) const;
  void set_frozen(const char* function, std::string_view name, bool frozen);
  void copy_modes(const Module& from);
  void print(std::ostream& out, const std::string& name, const std::string& indent) const;
  [[noreturn]] void refuse_shape(const char* what) const;

  template <class U>
  friend void copy_state_and_modes(const Module<U>& from, Module<U>& to);
  friend class detail::ModuleModes<T>;

  std::vector<std::pair<std::string, Module*>> parts_;
  std::vector<NamedState<T>> own_;
  std::unordered_set<std::string> names_;                  // of both
  std::unordered_map<std::uint64_t, std::size_t> places_;  // in own_, by key
  std::shared_ptr<Place> place_ = std::make_shared<Place>();
  bool is_a_part_ = false;
  std::uint64_t first_key_ = detail::next_key(), last_key_ = first_key_;  // made along with this
};

/// Gives `to` the values of `from`'s parameters, buffers and counters. Throws ShapeError where names or shapes differ,
/// before anything is changed.
template <class T>
void copy_parameters(const Module<T>& from, Module<T>& to);

/// Gives `to` the values of those of `from`'s parameters, buffers and counters whose names both have, for models with a
/// part in common: an autoencoder's encoder and decoder for a variational one with other heads. Returns the names in
/// `to` of what stays as it was. Throws ShapeError, before anything is changed, where no name is shared, or one of them
/// has two shapes.
template <class T>
std::vector<std::string> copy_shared_parameters(const Module<T>& from, Module<T>& to);

/// The same as copy_parameters, and what is frozen, and whether each part is in training.
template <class T>
void copy_state_and_modes(const Module<T>& from, Module<T>& to);

/// An independent copy of a model: another one, made by its constructor from `arguments` (which have to give one of the
/// same shapes), with the values of all parameters, buffers and counters, frozen where the first one's are, and in
/// training where it is. Throws ShapeError where names or shapes differ.
///
///   const std::unique_ptr<Model> best = nn::clone(model, rng);
template <class M, class... Arguments>
std::unique_ptr<M> clone(const M& model, Arguments&&... arguments) {
  auto copy = std::make_unique<M>(std::forward<Arguments>(arguments)...);
  copy_state_and_modes<typename M::value_type>(model, *copy);
  return copy;
}

#define XTAPE_EXTERN(T)                                                                          \
  extern template struct NamedState<T>;                                                          \
  extern template class Module<T>;                                                               \
  extern template void copy_parameters(const Module<T>&, Module<T>&);                            \
  extern template std::vector<std::string> copy_shared_parameters(const Module<T>&, Module<T>&); \
  extern template void copy_state_and_modes(const Module<T>&, Module<T>&);
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn

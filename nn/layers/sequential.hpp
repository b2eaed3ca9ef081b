#pragma once
// One after the other: layers and functions.

#include "nn/module.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

namespace xtape::nn {

/// f_n(... f_1(x)), of layers and plain functions of a Var, which it owns:
///
///   nn::Sequential<float> classifier{nn::Linear<float>(784, 400, rng), nn::Relu(), nn::Linear<float>(400, 10, rng)};
///
/// In braces layers are made, and draw their weights, from left to right; between parentheses C++ leaves the order
/// open, so that a seed would give other weights with another compiler.
///
/// They are called "0", "1", ..., functions among them, as PyTorch's: this one has "0.weight" and "2.weight".
template <class T>
class Sequential : public Module<T> {
 public:
  using Function = std::function<Var<T>(const Var<T>&)>;

  /// Of layers that have no parts, functions, and std::unique_ptrs to modules of any kind, in this order.
  template <class... Layers>
    requires(!std::derived_from<std::remove_cvref_t<Layers>, Sequential> && ...)
  explicit Sequential(Layers&&... layers) { (append(std::forward<Layers>(layers)), ...); }

  /// Adds one at the end. Throws Error for a null pointer and an empty function.
  template <class L>
  void append(L&& layer) {
    using Kind = std::remove_cvref_t<L>;
    if constexpr (std::derived_from<Kind, Module<T>>) {
      static_assert(!std::is_lvalue_reference_v<L> && std::is_move_constructible_v<Kind>,
                    "xtape: Sequential takes over a layer that nobody else has: write the layer itself as the "
                    "argument, std::move(layer), or std::make_unique<Model>(...) for one that has parts");
      append(std::make_unique<Kind>(std::move(layer)));
    } else if constexpr (std::is_constructible_v<Function, const Kind&>) {
      append_function(Function(std::forward<L>(layer)), typeid(Kind));
    } else {
      if (!layer) refuse_empty();
      const auto& module = *layer;
      append_module(std::move(layer), [&module](const Var<T>& x) { return module(x); });
    }
  }

  Var<T> operator()(const Var<T>& x) const;

  std::size_t size() const { return steps_.size(); }  ///< layers and functions
  /// The module at a place, as what it is: `net.template layer<Linear<float>>(0)`. Throws Error for a place that is not
  /// there, and where it is of another type.
  template <std::derived_from<Module<T>> M>
  M& layer(std::size_t index) const {
    if (M* found = dynamic_cast<M*>(index < steps_.size() ? steps_[index].module.get() : nullptr)) return *found;
    refuse_layer(index);
  }

 private:
  struct Step {
    std::unique_ptr<Module<T>> module;
    Function call;
  };
  void append_module(std::unique_ptr<Module<T>> module, Function call);
  void append_function(Function function, const std::type_info& type);
  [[noreturn]] void refuse_empty() const;
  [[noreturn]] void refuse_layer(std::size_t index) const;

  std::vector<Step> steps_;
};

/// x + f_n(... f_1(x)), whose result has the shape of x. Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual
/// learning for image recognition", CVPR 2016.
template <class T>
class Residual : public Sequential<T> {
 public:
  using Sequential<T>::Sequential;

  /// Throws ShapeError where the layers give another shape.
  Var<T> operator()(const Var<T>& x) const;
};

#define XTAPE_EXTERN(T)                \
  extern template class Sequential<T>; \
  extern template class Residual<T>;
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn

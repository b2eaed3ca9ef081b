#pragma once
// Structural operations: an op is one struct that works on whole arrays.
//
//   struct Transpose2d {
//     static constexpr const char* name = "transpose2d";
//     static constexpr unsigned saves = kNothing;
//     template <class T> SharedValue<T> eval(const SharedValue<T>& x) const;               // by the kernels
//     template <class T> Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
//   };
//
// An op of one operand whose result is a part of it says instead where its elements lie, and has no vjp:
//
//     template <class T> void add_into(const Shape& x, T* dx, const Value<T>& g) const;   // dx += g, where they belong
//
// vjp(k, g, y, x...) gives the gradient of argument k alone, written in ops: in the first-order sweep its Vars are
// constants, so the ops just compute; in the recorded sweep they record. What it returns may have any shape that
// broadcasts to, or un-broadcasts from, the argument's: the sweep fits it.

#include "autodiff/core/elementwise_op.hpp"

#include <vector>

namespace xtape {

/// Stands for an input that the op did not save: only its shape is known.
class ShapeOnly : public Unsaved {
 public:
  ShapeOnly() = default;
  explicit ShapeOnly(const Shape& shape) : shape_(shape) {}
  const Shape& shape() const { return shape_; }

 private:
  Shape shape_;
};

template <class Op>
class PartOf;

template <class Op, class T, std::size_t N>
class StructuralNode final : public Node<T> {
  static_assert(N == 1 || !TakesPart<Op, T>, "xtape: an op with add_into takes a part of one operand");
  static constexpr bool kSavesInput = (Op::saves & kInput) != 0, kSavesOutput = (Op::saves & kOutput) != 0;
  using Input = std::conditional_t<kSavesInput, Var<T>, ShapeOnly>;
  using Output = std::conditional_t<kSavesOutput, Var<T>, Unsaved>;

 public:
  StructuralNode(const Op& op, const std::array<const Var<T>*, N>& x, const std::array<NodeIndex, N>& inputs,
                 const Var<T>& y)
      : Node<T>(y.shape()), op_(op), inputs_(inputs) {
    for (std::size_t k = 0; k < N; ++k) {
      if constexpr (kSavesInput) {
        x_[k] = inputs[k] == kConstant ? x[k]->constant() : *x[k];
      } else {
        x_[k] = ShapeOnly(x[k]->shape());
      }
    }
    if constexpr (kSavesOutput) y_ = y;
  }

  const char* name() const override { return Op::name; }
  std::span<const NodeIndex> inputs() const override { return inputs_; }

  void backward(const SharedValue<T>& g, Gradients<T>& gradients) const override {
    const SharedValue<T> full = Gradients<T>::expanded(g, this->shape());
    if constexpr (TakesPart<Op, T>) {
      if (!gradients.wants(inputs_[0])) return;
      gradients.add_in_place(inputs_[0], [&](T* dx) { detail::add_part(op_, x_[0].shape(), dx, *full); });
    } else {
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        for (std::size_t k = 0; k < N; ++k) {
          if (!gradients.wants(inputs_[k])) continue;
          gradients.add(inputs_[k], op_.vjp(k, Var<T>(full), as_constant(y_), as_constant(x_[K])...).shared());
        }
      }
      (std::make_index_sequence<N>{});
    }
  }

  void backward(const Var<T>& g, RecordedGradients<T>& gradients) const override {
    if constexpr (TakesPart<Op, T>) {
      gradients.add_part(inputs_[0], std::make_shared<PartOf<Op>>(op_), g);
    } else {
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        for (std::size_t k = 0; k < N; ++k) {
          if (gradients.wants(inputs_[k])) gradients.add(inputs_[k], op_.vjp(k, g, y_, x_[K]...));
        }
      }
      (std::make_index_sequence<N>{});
    }
  }

 private:
  template <class X>
  static decltype(auto) as_constant(const X& x) {
    if constexpr (kIsVar<X>) {
      return x.constant();
    } else {
      return (x);
    }
  }
  void visit_saved(SavedVisitor<T>& visit) const override {
    if constexpr (kSavesInput) {
      for (std::size_t k = 0; k < N; ++k) {
        if (!x_[k].empty()) visit(k, *x_[k].shared());
      }
    }
    if constexpr (kSavesOutput) {
      if (!y_.empty()) visit(SavedVisitor<T>::kNoOperand, *y_.shared());
    }
  }
  void drop_saved() override {
    if constexpr (kSavesInput) x_ = {};
    if constexpr (kSavesOutput) y_ = {};
  }

  Op op_;
  std::array<NodeIndex, N> inputs_;
  std::array<Input, N> x_;
  [[no_unique_address]] Output y_;
};

/// op.eval, recorded if an operand is on the active tape.
template <class Op, class T, std::size_t N>
Var<T> apply_structural(const Op& op, const std::array<const Var<T>*, N>& x) {
  std::array<NodeIndex, N> inputs;
  Record<T>* const record = record_of<T>(Op::name, x, inputs);
  SharedValue<T> y = [&]<std::size_t... K>(std::index_sequence<K...>) {
    return op.eval(x[K]->shared()...);
  }
  (std::make_index_sequence<N>{});
  check_result<T>(*y, Op::name, x);
  if (record == nullptr) return Var<T>(std::move(y));
  Var<T> result(std::move(y), record->size(), record->generation());
  record->template push<StructuralNode<Op, T, N>>(op, x, inputs, result);
  return result;
}

/// The part that the op takes.
template <class Op>
class PartOf final : public Part {
 public:
  explicit PartOf(const Op& op) : op_(op) {}
  void add_into(const Shape& shape, float* dx, const Value<float>& g) const override {
    detail::add_part(op_, shape, dx, g);
  }
  void add_into(const Shape& shape, double* dx, const Value<double>& g) const override {
    detail::add_part(op_, shape, dx, g);
  }
  Var<float> of(const Var<float>& whole) const override { return apply_structural<Op, float, 1>(op_, {&whole}); }
  Var<double> of(const Var<double>& whole) const override { return apply_structural<Op, double, 1>(op_, {&whole}); }

 private:
  Op op_;
};

/// The same for an op of any number of inputs, which saves nothing: op.eval(inputs), op.vjp(k, g).
template <class Op, class T>
class VariadicNode final : public Node<T> {
 public:
  VariadicNode(const Op& op, std::vector<NodeIndex> inputs, const Shape& shape)
      : Node<T>(shape), op_(op), inputs_(std::move(inputs)) {}
  const char* name() const override { return Op::name; }
  std::span<const NodeIndex> inputs() const override { return inputs_; }
  void backward(const SharedValue<T>& g, Gradients<T>& gradients) const override {
    const Var<T> full(Gradients<T>::expanded(g, this->shape()));
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      if (gradients.wants(inputs_[k])) gradients.add(inputs_[k], op_.vjp(k, full).shared());
    }
  }
  void backward(const Var<T>& g, RecordedGradients<T>& gradients) const override {
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      if (gradients.wants(inputs_[k])) gradients.add(inputs_[k], op_.vjp(k, g));
    }
  }

 private:
  void drop_saved() override {}
  Op op_;
  std::vector<NodeIndex> inputs_;
};

template <class Op, class T>
Var<T> apply_variadic(const Op& op, std::span<const Var<T>> x) {
  std::vector<const Var<T>*> operands;
  for (const Var<T>& input : x) operands.push_back(&input);
  std::vector<NodeIndex> inputs(operands.size());
  Record<T>* const record = record_of<T>(Op::name, operands, inputs);
  SharedValue<T> y = op.eval(x);
  check_result<T>(*y, Op::name, operands);
  if (record == nullptr) return Var<T>(std::move(y));
  Var<T> result(std::move(y), record->size(), record->generation());
  record->template push<VariadicNode<Op, T>>(op, std::move(inputs), result.shape());
  return result;
}

}  // namespace xtape

#pragma once
// What a tape is a list of: recorded operations, and the leaves where gradients end.

#include "autodiff/core/var.hpp"

#include <cstdint>
#include <span>

namespace xtape {

template <class T>
class Gradients;
template <class T>
class RecordedGradients;

/// Is shown the values that a node saves: each with the number of the operand that it is, or kNoOperand.
template <class T>
class SavedVisitor {
 public:
  static constexpr std::size_t kNoOperand = std::size_t(-1);
  virtual void operator()(std::size_t operand, const Value<T>& value) = 0;

 protected:
  ~SavedVisitor() = default;
};

/// One recorded operation: where its inputs are, and what backward needs. An operation of several results takes as many
/// places on the tape: it stands in the first one, and each of the others holds a LaterResult.
template <class T>
class Node {
 public:
  explicit Node(const Shape& shape, std::uint32_t results = 1) : shape_(shape), results_(results) {}
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual const char* name() const = 0;
  virtual std::span<const NodeIndex> inputs() const = 0;  // kConstant for one that is not on the tape
  /// Adds g times the partial derivatives to the inputs' gradients. `g` broadcasts to shape().
  virtual void backward(const SharedValue<T>&, Gradients<T>&) const {}
  /// The same by recorded operations, so that the result can be differentiated again. `g` has shape().
  virtual void backward(const Var<T>&, RecordedGradients<T>&) const {}
  /// The same of a node of several results, a cotangent for each: null (empty) where nobody needs the result.
  virtual void backward(std::span<const SharedValue<T>>, Gradients<T>&) const {}
  virtual void backward(std::span<const Var<T>>, RecordedGradients<T>&) const {}
  /// Shows what is saved now: nothing once the node is released.
  virtual void visit_saved(SavedVisitor<T>&) const {}

  const Shape& shape() const { return shape_; }  // of the first result
  std::uint32_t results() const { return results_; }
  bool released() const { return released_; }
  /// Drops the saved values: this node cannot be swept again.
  void release() {
    drop_saved();
    released_ = true;
  }

  static void* operator new(std::size_t bytes) { return detail::allocate_buffer(bytes); }
  static void operator delete(void* node, std::size_t bytes) noexcept { detail::free_buffer(node, bytes); }

 private:
  virtual void drop_saved() = 0;

  Shape shape_;
  std::uint32_t results_;
  bool released_ = false;
};

/// Stands for a result of the operation at an earlier place, its only input, so that the result has a place of its own.
template <class T>
class LaterResult final : public Node<T> {
 public:
  LaterResult(const Shape& shape, NodeIndex node) : Node<T>(shape, 0), node_(node) {}
  const char* name() const override { return "result"; }
  std::span<const NodeIndex> inputs() const override { return {&node_, 1}; }

 private:
  void drop_saved() override {}
  NodeIndex node_;
};

/// A variable of differentiation, or an argument of a transform: where gradients end, or pass unchanged.
template <class T>
class Leaf final : public Node<T> {
 public:
  explicit Leaf(const Shape& shape, NodeIndex alias_of = kConstant) : Node<T>(shape), input_(alias_of) {}
  const char* name() const override { return "variable"; }
  std::span<const NodeIndex> inputs() const override { return {&input_, input_ == kConstant ? 0u : 1u}; }
  void backward(const SharedValue<T>& g, Gradients<T>& gradients) const override;
  void backward(const Var<T>& g, RecordedGradients<T>& gradients) const override;

 private:
  void drop_saved() override {}
  NodeIndex input_;
};

extern template class Leaf<float>;
extern template class Leaf<double>;

}  // namespace xtape

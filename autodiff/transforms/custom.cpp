#include "autodiff/transforms/custom.hpp"

#include "autodiff/core/tape.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/text.hpp"

#include <algorithm>

namespace xtape::detail {

namespace {

template <class T>
VarList<T> constants(const VarList<T>& values) {
  VarList<T> result;
  for (const Var<T>& value : values) result.push_back(value.constant());
  return result;
}

template <class T>
class CustomNode final : public Node<T> {
 public:
  CustomNode(const char* name, Custom kind, const VarList<T>& y, DerivativeRule<T> rule, const VarList<T>& x)
      : Node<T>(y[0].shape(), std::uint32_t(y.size())), name_(name), kind_(kind), rule_(std::move(rule)), x_(x), y_(y) {
    for (const Var<T>& argument : x) inputs_.push_back(argument.node());
  }

  const char* name() const override { return name_; }
  std::span<const NodeIndex> inputs() const override { return inputs_; }

  void backward(const SharedValue<T>& g, Gradients<T>& gradients) const override {
    backward(std::span<const SharedValue<T>>(&g, 1), gradients);
  }
  void backward(std::span<const SharedValue<T>> g, Gradients<T>& gradients) const override {
    VarList<T> cotangents;
    for (std::size_t r = 0; r < g.size(); ++r) {
      cotangents.push_back(g[r] ? Var<T>(Value<T>::broadcast(g[r], y_[r].shape())) : zero(y_[r].shape()));
    }
    VarList<T> dx;
    if (kind_ == Custom::kVjp) {
      dx = rule_(cotangents, constants(y_), constants(x_));
    } else {
      Tape<T> tape;
      for (const Array<T>&d : transposed(*tape.record(), cotangents, constants(y_), constants(x_),
                                         [&](const Var<T>&along, const VarList<T>&directions) {
                                           return tape.gradient(along, directions, {.allow_unused = true});
                                         })) {
        dx.emplace_back(d);
      }
    }
    for (std::size_t k = 0; k < dx.size(); ++k) {
      if (gradients.wants(inputs_[k])) gradients.add(inputs_[k], dx[k].shared());
    }
  }

  void backward(const Var<T>& g, RecordedGradients<T>& gradients) const override {
    backward(std::span<const Var<T>>(&g, 1), gradients);
  }
  void backward(std::span<const Var<T>> g, RecordedGradients<T>& gradients) const override {
    VarList<T> cotangents;
    for (std::size_t r = 0; r < g.size(); ++r) cotangents.push_back(g[r].empty() ? zero(y_[r].shape()) : g[r]);
    VarList<T> dx;
    if (kind_ == Custom::kVjp) {
      dx = rule_(cotangents, y_, x_);
    } else {
      Record<T>& record = gradients.record();
      dx = transposed(record, cotangents, y_, x_, [&](const Var<T>& along, const VarList<T>& directions) {
        return recorded_gradients<T>(record, along, Var<T>(T(1)), std::span<const Var<T>>(directions));
      });
    }
    for (std::size_t k = 0; k < dx.size(); ++k) {
      if (gradients.wants(inputs_[k])) gradients.add(inputs_[k], dx[k]);
    }
  }

 private:
  static Var<T> zero(const Shape& shape) { return Var<T>(Value<T>::broadcast(Var<T>(T(0)).shared(), shape)); }

  // The rule is linear in its direction v, so that the gradient of <g, rule(v)> in v is the same for every v.
  template <class GradientsOf>
  auto transposed(Record<T>& record, const VarList<T>& g, const VarList<T>& y, const VarList<T>& x,
                  const GradientsOf& gradients_of) const {
    VarList<T> directions;
    for (const Var<T>& argument : x) directions.push_back(record.leaf(share(zeros<T>(argument.shape()))));
    const VarList<T> tangents = rule_(directions, y, x);
    Var<T> along = sum(tangents[0] * g[0]);
    for (std::size_t r = 1; r < g.size(); ++r) along = along + sum(tangents[r] * g[r]);
    return gradients_of(along, directions);
  }

  void visit_saved(SavedVisitor<T>& visit) const override {
    for (std::size_t k = 0; k < x_.size(); ++k) visit(k, *x_[k].shared());
    for (const Var<T>& y : y_) visit(SavedVisitor<T>::kNoOperand, *y.shared());
  }
  void drop_saved() override {
    rule_ = nullptr;
    x_.clear();
    y_.clear();
  }

  const char* name_;
  Custom kind_;
  DerivativeRule<T> rule_;
  VarList<T> x_, y_;
  std::vector<NodeIndex> inputs_;
};

}  // namespace

template <class T>
VarList<T> apply_custom(const char* name, Custom kind, const ListFunction<T>& f, DerivativeRule<T> rule, VarList<T> x) {
  bool varies = false;
  for (Var<T>& argument : x) {
    static_cast<void>(argument.shared());  // an empty variable says so itself
    if (LiveTapes<T>::of(argument, name) == nullptr) argument = argument.constant();
    varies = varies || argument.node() != kConstant;
  }
  Record<T>* const outer = LiveTapes<T>::innermost();
  VarList<T> y;
  if (outer == nullptr) {
    y = f(x);
  } else {
    Tape<T> inner({.check_finite = outer->watch().checks_finite()});
    LiveTapes<T>::refuse_closed_over(*inner.record(), name, true);
    for (const Var<T>& result : f(constants(x))) {
      static_cast<void>(LiveTapes<T>::of(result, name));
      y.push_back(result.constant());
    }
  }
  if (y.empty()) throw Error(text::bracketed(name) + "the function must give at least one Var, got none");
  if (!varies) return y;
  return outer->push_results(std::move(y), [&](const VarList<T>& placed) {
    outer->template push<CustomNode<T>>(name, kind, placed, std::move(rule), x);
  });
}

template VarList<float> apply_custom(const char*, Custom, const ListFunction<float>&, DerivativeRule<float>,
                                     VarList<float>);
template VarList<double> apply_custom(const char*, Custom, const ListFunction<double>&, DerivativeRule<double>,
                                      VarList<double>);

}  // namespace xtape::detail

#include "autodiff/transforms/custom.hpp"

#include "autodiff/core/tape.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/text.hpp"
#include "autodiff/transforms/jacobian.hpp"
#include "autodiff/transforms/vmap.hpp"

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
    if (kind_ != Custom::kJvp) {
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
    if (kind_ != Custom::kJvp) {
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

namespace {

// The function as one operation of its rule.
template <class T>
class CustomCall final : public AnyOp<T> {
 public:
  CustomCall(const char* name, Custom kind, const ListFunction<T>& f, const DerivativeRule<T>& rule,
             const OnBatch<T>& on_batch)
      : name_(name), kind_(kind), f_(f), rule_(rule), on_batch_(on_batch) {}
  const char* name() const override { return name_; }
  VarList<T> apply(std::span<const Var<T>* const> x) const override {
    VarList<T> list;
    for (const Var<T>* const each : x) list.push_back(*each);
    return apply_custom<T>(name_, kind_, f_, rule_, std::move(list), on_batch_);
  }
  // The function and its rule of a batch, where they are made of operations; where they read elements, what is given.
  VarList<T> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                            std::span<const char> batched) const override {
    if (on_batch_) return on_batch_(n, x, batched);
    if (kind_ == Custom::kEquation) return {};
    const std::vector<char> of_x(batched.begin(), batched.end());
    const auto on_batch = [](const VarList<T>& all, const std::vector<char>& flags, const auto& body) {
      std::vector<OptionalAxis> axes;
      PartShapes places;
      for (std::size_t k = 0; k < all.size(); ++k) {
        axes.push_back(flags[k] ? OptionalAxis(0) : OptionalAxis());
        places.emplace_back("argument", all[k].shape());
      }
      const BatchOfExamples<T> batch(places, all, axes);
      return batch.all(body(batch.examples()), {0});
    };
    const ListFunction<T> f = [&](const VarList<T>& all) { return on_batch(all, of_x, f_); };
    const bool backwards = kind_ == Custom::kVjp;
    const DerivativeRule<T> rule = [rule = rule_, of_x, on_batch, backwards](const VarList<T>& v, const VarList<T>& y,
                                                                             const VarList<T>& points) {
      VarList<T> all = v;
      all.insert(all.end(), y.begin(), y.end());
      all.insert(all.end(), points.begin(), points.end());
      std::vector<char> flags = backwards ? std::vector<char>(v.size(), 1) : of_x;
      flags.insert(flags.end(), y.size(), 1);
      flags.insert(flags.end(), of_x.begin(), of_x.end());
      VarList<T> result = on_batch(all, flags, [&](const VarList<T>& each) {
        const auto at = [&](std::size_t first, std::size_t count) {
          return VarList<T>(each.begin() + std::ptrdiff_t(first), each.begin() + std::ptrdiff_t(first + count));
        };
        return rule(at(0, v.size()), at(v.size(), y.size()), at(v.size() + y.size(), points.size()));
      });
      for (std::size_t k = 0; backwards && k < result.size(); ++k) {
        if (!of_x[k]) result[k] = sum(result[k], 0);
      }
      return result;
    };
    VarList<T> operands;
    for (const Var<T>* const each : x) operands.push_back(*each);
    try {
      return apply_custom<T>(name_, kind_, f, rule, std::move(operands));
    } catch (const ElementsOfBatch&) {
      return {};
    }
  }
  VarList<T> push_forward(std::span<const Var<T>> tangents, std::span<const Var<T>> y,
                          std::span<const Var<T>* const> x) const override {
    if (kind_ != Custom::kJvp) return {};
    VarList<T> directions, points;
    for (std::size_t k = 0; k < x.size(); ++k) {
      points.push_back(*x[k]);
      directions.push_back(tangents[k].empty() ? Var<T>(zeros<T>(x[k]->shape())) : tangents[k]);
    }
    return rule_(directions, VarList<T>(y.begin(), y.end()), points);
  }

 private:
  const char* name_;
  Custom kind_;
  const ListFunction<T>& f_;
  const DerivativeRule<T>& rule_;
  const OnBatch<T>& on_batch_;
};

}  // namespace

template <class T>
VarList<T> apply_custom(const char* name, Custom kind, const ListFunction<T>& f, DerivativeRule<T> rule, VarList<T> x,
                        const OnBatch<T>& on_batch) {
  bool varies = false;
  for (Var<T>& argument : x) {
    static_cast<void>(argument.shared());  // an empty variable says so itself
    if (LiveTapes<T>::of(argument, name) == nullptr) argument = argument.constant();
    varies = varies || argument.node() != kConstant;
  }
  Record<T>* const outer = LiveTapes<T>::innermost();
  VarList<T> y;
  if (const std::vector<const Var<T>*> operands = pointers_to<T>(x); at_level<T>(operands)) {
    for (SharedValue<T>& result : apply_at_level<T>(CustomCall<T>(name, kind, f, rule, on_batch), operands)) {
      y.emplace_back(std::move(result));
    }
  } else if (outer == nullptr) {
    y = f(x);
  } else {
    Tape<T> inner({.check_finite = outer->watch().checks_finite()});
    LiveTapes<T>::refuse_closed_over(*inner.record(), name, LiveTapes<T>::Gives::kOneOperation);
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

template <class T>
VarList<T> apply_opaque(const char* name, const ListFunction<T>& f, VarList<T> x) {
  const DerivativeRule<T> rule = [name, f](const VarList<T>& g, const VarList<T>&, const VarList<T>& points) {
    const ListFunction<T> pulled = [name, f, count = std::ptrdiff_t(g.size())](const VarList<T>& all) {
      const VarList<T> cotangents(all.begin(), all.begin() + count), at(all.begin() + count, all.end());
      return on_tape_of<T>(name, all, [&](Record<T>& record) {
        const VarList<T> own = own_leaves<T>(name, record, at);
        return pulled_back<T>(record, f(own), cotangents, own);
      });
    };
    VarList<T> all = g;
    all.insert(all.end(), points.begin(), points.end());
    return apply_opaque<T>(name, pulled, std::move(all));
  };
  return apply_custom<T>(name, Custom::kEquation, f, rule, std::move(x));
}

template VarList<float> apply_opaque(const char*, const ListFunction<float>&, VarList<float>);
template VarList<double> apply_opaque(const char*, const ListFunction<double>&, VarList<double>);
template VarList<float> apply_custom(const char*, Custom, const ListFunction<float>&, DerivativeRule<float>,
                                     VarList<float>, const OnBatch<float>&);
template VarList<double> apply_custom(const char*, Custom, const ListFunction<double>&, DerivativeRule<double>,
                                      VarList<double>, const OnBatch<double>&);

}  // namespace xtape::detail

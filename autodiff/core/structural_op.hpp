#pragma once
// Structural operations: an op is one struct that works on whole arrays.
//
//   struct Transpose2d : Operation<"transpose2d"> {
//     template <class T> SharedValue<T> eval(const SharedValue<T>& x) const;               // by the kernels
//     template <class T> Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
//   };
//
// vjp(k, g, y, x...) gives the gradient of argument k alone, written in ops: in the first-order sweep its Vars are
// constants, so the ops just compute; in the recorded sweep they record. What it returns may have any shape that
// broadcasts to, or un-broadcasts from, the argument's: the sweep fits it.
//
// - An op that says what each derivative reads has a vjp for each: vjp(Argument<1>, g, y, x...), where what that one
//   does not read is ShapeOnly.
// - An op of any number of operands has eval(span<const Var<T>>) and vjp(k, g); it saves nothing.
// - An op of several results has an eval that returns a std::vector of them; in its vjp, g is a span of Vars, empty
//   where nobody needs that result, and y a span of results (ShapeOnly where they are not saved).
// - An op of one operand whose result is a part of it says instead where its elements lie, and has no vjp:
//     template <class T> void add_into(const Shape& x, T* dx, const Value<T>& g) const;   // dx += g, where they belong
//   One whose results are such parts has part(r), the op that takes result r.
// - For vmap an op says what it is on a batch: in_batch(n), the op for operands and results that have n examples along
// a
//   new first dimension (n is a BatchSize, or a std::size_t); or any_leading, where it is itself that op; or
//   apply_to_batch(n, x, batched), which applies it to operands of which those that `batched` says have the examples
//   along the first dimension. One that says nothing is applied to one example after the other.
// - For derivatives forwards it says that it is `linear`, or has push_forward(tangents, y, x), where tangents are empty
//   for 0. Of one that says nothing, vjp is transposed.

#include "autodiff/core/elementwise_op.hpp"
#include "autodiff/core/level.hpp"
#include "autodiff/core/memo.hpp"

#include <type_traits>
#include <vector>

namespace xtape {

/// Stands for an input or a result that the op did not save: only its shape is known.
class ShapeOnly : public Unsaved {
 public:
  ShapeOnly() = default;
  explicit ShapeOnly(const Shape& shape) : shape_(shape) {}
  const Shape& shape() const { return shape_; }

 private:
  Shape shape_;
};

/// The operand that a derivative is of.
template <std::size_t K>
using Argument = std::integral_constant<std::size_t, K>;

/// In place of a number of operands: as many as are given.
inline constexpr std::size_t kAnyNumber = std::size_t(-1);

namespace detail {

template <class X, std::size_t N>
struct OperandsOf {
  using type = std::array<X, N>;
};
template <class X>
struct OperandsOf<X, kAnyNumber> {
  using type = std::vector<X>;
};
template <class X, std::size_t N>
using Operands = typename OperandsOf<X, N>::type;

template <class X>
void resize_operands(X& operands, std::size_t count) {
  if constexpr (requires { operands.resize(count); }) operands.resize(count);
}

/// What op.eval gives of N operands: one result or a std::vector of them.
template <class Op, class T, std::size_t N>
auto evaluate(const Op& op, std::span<const Var<T>* const> x) {
  if constexpr (N == kAnyNumber) {  // they stand side by side: apply(op, span)
    return op.eval(std::span<const Var<T>>(x.empty() ? nullptr : x[0], x.size()));
  } else {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return op.eval(x[K]->shared()...);
    }
    (std::make_index_sequence<N>{});
  }
}

template <class Op, class T, std::size_t N>
using Evaluated =
    decltype(evaluate<Op, T, N>(std::declval<const Op&>(), std::declval<std::span<const Var<T>* const>>()));
template <class Op, class T, std::size_t N>
inline constexpr bool kSeveralResults = !std::same_as<Evaluated<Op, T, N>, SharedValue<T>>;

}  // namespace detail

/// Whether each result is a part of the only operand: op.part(r) is the op that takes it.
template <class Op>
concept TakesParts = requires(const Op& op) {
  op.part(std::size_t(0));
};

template <class Op>
class PartOf;

/// A recorded structural op of N operands, or of kAnyNumber.
template <class Op, class T, std::size_t N>
class StructuralNode final : public Node<T> {
  static constexpr bool kAny = N == kAnyNumber, kSeveral = detail::kSeveralResults<Op, T, N>;
  static constexpr bool kSavesInput = detail::kSavesInput<Op>, kSavesOutput = detail::kSavesOutput<Op>;
  static constexpr bool kReadsEach = detail::kReadsEach<Op>;
  static_assert(N == 1 || !TakesPart<Op, T>, "xtape: an op with add_into takes a part of one operand");
  static_assert(detail::says_for_all<Op>(N),
                "xtape: an op that says what each derivative reads says so once for each operand");
  static_assert(!kAny || (!kSavesInput && !kSavesOutput), "xtape: an op of any number of operands saves nothing");

  using Input = std::conditional_t<kSavesInput, Var<T>, ShapeOnly>;
  using Result = std::conditional_t<kSavesOutput, Var<T>, std::conditional_t<kSeveral, ShapeOnly, Unsaved>>;
  using Results = std::conditional_t<kSeveral, std::vector<Result>, Result>;

 public:
  StructuralNode(const Op& op, std::span<const Var<T>* const> x, std::span<const NodeIndex> inputs,
                 std::span<const Var<T>> y)
      : Node<T>(y[0].shape(), std::uint32_t(y.size())), op_(op) {
    detail::resize_operands(inputs_, inputs.size());
    std::copy(inputs.begin(), inputs.end(), inputs_.begin());
    [[maybe_unused]] const unsigned keeps = detail::kept<Op>(inputs);
    if constexpr (!kAny) {
      for (std::size_t k = 0; k < N; ++k) {
        if constexpr (kSavesInput) {
          if ((keeps & operand(k)) != 0) x_[k] = inputs[k] == kConstant ? x[k]->constant() : *x[k];
        } else {
          x_[k] = ShapeOnly(x[k]->shape());
        }
        if constexpr (kReadsEach) shapes_[k] = ShapeOnly(x[k]->shape());
      }
    }
    if constexpr (kSeveral) {
      for (const Var<T>& result : y) {
        if constexpr (kSavesOutput) {
          y_.push_back(result);
        } else {
          y_.push_back(ShapeOnly(result.shape()));
        }
      }
    } else if constexpr (kSavesOutput) {
      if ((keeps & kOutput) != 0) y_ = y[0];
    }
  }

  const char* name() const override { return Op::name; }
  std::span<const NodeIndex> inputs() const override { return inputs_; }

  void backward(const SharedValue<T>& g, Gradients<T>& gradients) const override {
    if constexpr (kSeveral) {
      backward(std::span<const SharedValue<T>>(&g, 1), gradients);
    } else if constexpr (TakesPart<Op, T>) {
      add_part(op_, g, this->shape(), gradients);
    } else {
      add_each(Var<T>(Value<T>::broadcast(g, this->shape())), as_constant(y_), gradients);
    }
  }
  void backward(const Var<T>& g, RecordedGradients<T>& gradients) const override {
    if constexpr (kSeveral) {
      backward(std::span<const Var<T>>(&g, 1), gradients);
    } else if constexpr (TakesPart<Op, T>) {
      gradients.add_part(inputs_[0], std::make_shared<PartOf<Op>>(op_), g);
    } else {
      add_each(g, y_, gradients);
    }
  }

  void backward(std::span<const SharedValue<T>> g, Gradients<T>& gradients) const override {
    if constexpr (TakesParts<Op>) {
      for (std::size_t r = 0; r < g.size(); ++r) {
        if (g[r]) add_part(op_.part(r), g[r], y_[r].shape(), gradients);
      }
    } else if constexpr (kSeveral) {
      std::vector<Var<T>> full(g.size());
      std::vector<Result> y;
      for (std::size_t r = 0; r < g.size(); ++r) {
        if (g[r]) full[r] = Var<T>(Value<T>::broadcast(g[r], y_[r].shape()));
        y.push_back(as_constant(y_[r]));
      }
      add_each(std::span<const Var<T>>(full), std::span<const Result>(y), gradients);
    }
  }
  void backward(std::span<const Var<T>> g, RecordedGradients<T>& gradients) const override {
    if constexpr (TakesParts<Op>) {
      for (std::size_t r = 0; r < g.size(); ++r) {
        if (g[r].empty()) continue;
        auto part = op_.part(r);
        gradients.add_part(inputs_[0], std::make_shared<PartOf<decltype(part)>>(std::move(part)), g[r]);
      }
    } else if constexpr (kSeveral) {
      add_each(g, std::span<const Result>(y_), gradients);
    }
  }

 private:
  template <class X>
  static decltype(auto) as_constant(const X& x) {
    if constexpr (kIsVar<X>) {
      return x.empty() ? X() : x.constant();  // empty: no derivative that is wanted reads it
    } else {
      return (x);
    }
  }
  template <class P>
  void add_part(const P& part, const SharedValue<T>& g, const Shape& shape, Gradients<T>& gradients) const {
    if (!gradients.wants(inputs_[0])) return;
    const SharedValue<T> full = Value<T>::broadcast(g, shape);
    gradients.add_in_place(inputs_[0], [&](T* dx) { detail::add_part(part, x_[0].shape(), dx, *full); });
  }

  // Operand j as the derivative of operand k may see it.
  template <bool kRecorded, std::size_t k, std::size_t j>
  decltype(auto) operand_for() const {
    if constexpr (kReadsEach && (detail::reads<Op>(k) & operand(j)) == 0) {
      return (shapes_[j]);
    } else if constexpr (kRecorded) {
      return (x_[j]);
    } else {
      return as_constant(x_[j]);
    }
  }
  // The derivative of operand k: a number, or an Argument where each has a vjp of its own.
  template <bool kRecorded, std::size_t kFor, class G, class Y>
  Var<T> derivative(auto k, const G& g, const Y& y) const {
    return [&]<std::size_t... J>(std::index_sequence<J...>) {
      static_assert(
          requires { op_.vjp(k, g, y, operand_for<kRecorded, kFor, J>()...); },
          "xtape: the op's vjp(k, g, y, x...) takes another number of arguments than its eval(x...), or reads "
          "what the op does not say that it reads: add kInput, kOutput or operand(k) to its Operation<...>");
      return op_.vjp(k, g, y, operand_for<kRecorded, kFor, J>()...);
    }
    (std::make_index_sequence<N>{});
  }

  // The gradient of each operand that somebody asked for, from the cotangents g of the results y.
  template <class G, class Y, class Sink>
  void add_each(const G& g, const Y& y, Sink& sink) const {
    constexpr bool kRecorded = std::same_as<Sink, RecordedGradients<T>>;
    const auto add = [&](std::size_t k, const Var<T>& d) {
      if constexpr (kRecorded) {
        sink.add(inputs_[k], d);
      } else {
        sink.add(inputs_[k], d.shared());
      }
    };
    if constexpr (kReadsEach) {
      const auto one = [&]<std::size_t k>(Argument<k> argument) {
        if (sink.wants(inputs_[k])) add(k, derivative<kRecorded, k>(argument, g, y));
      };
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        (one(Argument<K>()), ...);
      }
      (std::make_index_sequence<N>{});
    } else {
      for (std::size_t k = 0; k < inputs_.size(); ++k) {
        if (!sink.wants(inputs_[k])) continue;
        if constexpr (kAny) {
          add(k, op_.vjp(k, g));
        } else {
          add(k, derivative<kRecorded, 0>(k, g, y));
        }
      }
    }
  }

  void visit_saved(SavedVisitor<T>& visit) const override {
    if constexpr (kSavesInput) {
      for (std::size_t k = 0; k < N; ++k) {
        if (!x_[k].empty()) visit(k, *x_[k].shared());
      }
    }
    if constexpr (kSavesOutput) {
      const auto show = [&visit](const Var<T>& y) {
        if (!y.empty()) visit(SavedVisitor<T>::kNoOperand, *y.shared());
      };
      if constexpr (kSeveral) {
        for (const Var<T>& y : y_) show(y);
      } else {
        show(y_);
      }
    }
  }
  void drop_saved() override {
    if constexpr (kSavesInput) x_ = {};
    if constexpr (kSavesOutput) y_ = {};
  }

  Op op_;
  detail::Operands<NodeIndex, N> inputs_;
  std::array<Input, kAny ? 0 : N> x_;  // a Var that is not kept is empty
  std::array<ShapeOnly, kReadsEach ? N : 0> shapes_;
  [[no_unique_address]] Results y_;
};

namespace detail {

/// An op on stacks along any leading dimensions.
template <class Op>
concept AnyLeading = requires {
  requires Op::any_leading;
};
/// The op for operands that have a batch along a new first dimension, if it has one.
template <class Op>
concept InBatch = AnyLeading<Op> || requires(const Op& op) {
  op.in_batch(BatchSize(1));
};
template <InBatch Op>
auto in_batch(const Op& op, BatchSize batch) {
  if constexpr (AnyLeading<Op>) {
    return op;
  } else {
    return op.in_batch(batch);
  }
}
/// An op that works along `axis`, along the next one.
template <class Op>
Op next_axis(Op op) {
  ++op.axis;
  return op;
}
inline Shape with_first(std::size_t extent, const Shape& shape) {
  Shape result{extent};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

/// The indices of an op, or null; of each example inside vmap they may be its own.
template <class Op>
const Indices* indices_of(const Op& op) {
  if constexpr (requires { op.own_indices(); }) {
    return op.own_indices();
  } else if constexpr (requires { op.indices.level(); }) {
    return &op.indices;
  } else {
    return nullptr;
  }
}

template <class Op, class T, std::size_t N>
auto record_structural(const Op& op, std::span<const Var<T>* const> x);

template <class Op, class T, std::size_t N>
class StructuralCall final : public AnyOp<T> {
  using typename AnyOp<T>::Operands;
  using Results = std::vector<Var<T>>;

 public:
  explicit StructuralCall(const Op& op) : op_(op) {}
  const char* name() const override { return Op::name; }

  Results apply(Operands x) const override {
    if constexpr (kSeveralResults<Op, T, N>) {
      return record_structural<Op, T, N>(op_, x);
    } else {
      return {record_structural<Op, T, N>(op_, x)};
    }
  }
  Results apply_to_batch(BatchSize batch, Operands x, std::span<const char> batched) const override {
    if constexpr (requires { op_.apply_to_batch(batch, x, batched); }) {
      return op_.apply_to_batch(batch, x, batched);
    } else if constexpr (InBatch<Op>) {
      const auto op = in_batch(op_, batch);
      const Results all = side_by_side<T>(batch, x, batched, AnyLeading<Op>);
      return StructuralCall<std::remove_const_t<decltype(op)>, T, N>(op).apply(pointers_to<T>(all));
    } else {
      return {};
    }
  }
  std::uint64_t level_of_indices() const override {
    const Indices* const indices = indices_of(op_);
    return indices != nullptr && indices->level() != nullptr ? indices->level()->age() : 0;
  }
  Linearity linear() const override {
    if constexpr (requires { Op::linear; }) {
      return Op::linear;
    } else {
      return Linearity::kNot;
    }
  }
  Results push_forward(std::span<const Var<T>> tangents, std::span<const Var<T>> y, Operands x) const override {
    if constexpr (requires { op_.push_forward(tangents, y, x); }) {
      return op_.push_forward(tangents, y, x);
    } else {
      return {};
    }
  }

 private:
  const Op& op_;
};

// What op gives of operands, or what it stands for at their levels.
template <class Op, class T, std::size_t N>
Evaluated<Op, T, N> evaluate_at_any_level(const Op& op, Record<T>* innermost, std::span<const Var<T>* const> x) {
  if (const Indices* const indices = indices_of(op); indices != nullptr && indices->level() != nullptr) [[unlikely]] {
    const auto has_it = [&](const Var<T>* v) { return is_of(*v, *indices->level()); };
    if (std::none_of(x.begin(), x.end(), has_it)) {
      std::vector<Var<T>> operands;
      for (const Var<T>* const operand : x) operands.push_back(*operand);
      operands[0] = beside(*indices, operands[0]);
      return evaluate_at_any_level<Op, T, N>(op, innermost, pointers_to<T>(operands));
    }
  }
  if (!at_level<T>(x)) [[likely]] {
    if constexpr (!kSeveralResults<Op, T, N>) {
      Memo<T>* const memo = innermost == nullptr ? nullptr : innermost->place().memo;
      if (memo != nullptr && memo->keeps(Op::name)) [[unlikely]] {
        return memo->result(Op::name, [&] {
          const MemoScope<T> none(*innermost, nullptr);  // what eval is made of is not there in the second run
          return evaluate<Op, T, N>(op, x);
        });
      }
    }
    return evaluate<Op, T, N>(op, x);
  }
  std::vector<SharedValue<T>> results = apply_at_level<T>(StructuralCall<Op, T, N>(op), x);
  if constexpr (kSeveralResults<Op, T, N>) {
    return results;
  } else {
    return std::move(results[0]);
  }
}

/// op.eval, recorded if an operand is on the active tape; all of its results.
template <class Op, class T, std::size_t N>
auto record_structural(const Op& op, std::span<const Var<T>* const> x) {
  Operands<NodeIndex, N> inputs;
  resize_operands(inputs, x.size());
  Record<T>* const record = record_of<T>(Op::name, x, inputs);
  Record<T>* const innermost = LiveTapes<T>::innermost();
  auto y = evaluate_at_any_level<Op, T, N>(op, innermost, x);
  const auto check = [&](const SharedValue<T>& result) {
    if (!result) throw Error("[" + std::string(Op::name) + "] eval gave no array");
    if (innermost != nullptr && innermost->watch().checks_finite() && result->meaning() == nullptr) {
      check_finite_result<T>(*result, Op::name, x);
    }
  };
  if constexpr (kSeveralResults<Op, T, N>) {
    if (y.empty()) throw Error("[" + std::string(Op::name) + "] at least one result expected of eval");
    std::vector<Var<T>> results;
    for (SharedValue<T>& result : y) {
      check(result);
      results.emplace_back(std::move(result));
    }
    if (record == nullptr) return results;
    return record->push_results(std::move(results), [&](const std::vector<Var<T>>& placed) {
      record->template push<StructuralNode<Op, T, N>>(op, x, inputs, placed);
    });
  } else {
    check(y);
    if (record == nullptr) return Var<T>(std::move(y));
    Var<T> result(std::move(y), record->size(), record->generation());
    record->template push<StructuralNode<Op, T, N>>(op, x, inputs, std::span<const Var<T>>(&result, 1));
    return result;
  }
}

}  // namespace detail

/// op.eval of N operands, recorded if one of them is on the active tape: one result.
template <class Op, class T, std::size_t N>
Var<T> apply_structural(const Op& op, const std::array<const Var<T>*, N>& x) {
  return detail::record_structural<Op, T, N>(op, x);
}

/// The part that the op takes.
template <class Op>
class PartOf final : public Part {
 public:
  explicit PartOf(Op op) : op_(std::move(op)) {}
  void add_into(const Shape& shape, float* dx, const Value<float>& g) const override {
    detail::add_part(op_, shape, dx, g);
  }
  void add_into(const Shape& shape, double* dx, const Value<double>& g) const override {
    detail::add_part(op_, shape, dx, g);
  }
  Var<float> of(const Var<float>& whole) const override { return apply_structural<Op, float, 1>(op_, {&whole}); }
  Var<double> of(const Var<double>& whole) const override { return apply_structural<Op, double, 1>(op_, {&whole}); }
  const Indices* indices() const override { return detail::indices_of(op_); }
  std::shared_ptr<const Part> in_batch(BatchSize batch) const override {
    if constexpr (detail::InBatch<Op>) {
      return std::make_shared<PartOf<Op>>(detail::in_batch(op_, batch));
    } else {
      static_cast<void>(batch);
      return nullptr;
    }
  }

 private:
  Op op_;
};

}  // namespace xtape

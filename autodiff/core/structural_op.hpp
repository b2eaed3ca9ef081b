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
//   a new first dimension (n is a BatchSize, or a std::size_t); or any_leading, where it is itself that op; or
//   apply_to_batch(n, x, batched), which applies it to operands of which those that `batched` says have the examples
//   along the first dimension. One that says nothing is applied to one example after the other.
// - For derivatives forwards it says that it is `linear`, or has push_forward(tangents, y, x), where tangents are empty
//   for 0. Of one that says nothing, vjp is transposed.

#include "autodiff/core/structural_call.hpp"

#include <type_traits>
#include <vector>

namespace xtape {

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

#pragma once
// A structural op applied: to arrays, and, where operands stand for others, as their levels see it.

#include "autodiff/core/elementwise_op.hpp"
#include "autodiff/core/level.hpp"
#include "autodiff/core/memo.hpp"

#include <algorithm>
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

}  // namespace detail

}  // namespace xtape

#pragma once
// How a family of ops lists itself: one X-macro in its header, from which come the `extern template` declarations (so
// that a user's file does not compile the kernels), the definitions in the family's .cpp, and the typelist that tests
// and benchmarks iterate.

#include "autodiff/core/apply.hpp"

namespace xtape {

template <class... Ops>
struct TypeList {};

/// An op with its number of operands.
template <class Op, std::size_t N>
struct Listed {
  using op = Op;
  static constexpr std::size_t arity = N;
};

}  // namespace xtape

// clang-format off
#define XTAPE_ELEMENTWISE_FOR(prefix, Op, N, T) \
  prefix template Var<T> apply_elementwise<op::Op, T, N>(const op::Op&, const std::array<const Var<T>*, N>&);
#define XTAPE_DECLARE_ELEMENTWISE(Op, N) XTAPE_ELEMENTWISE_FOR(extern, Op, N, float) XTAPE_ELEMENTWISE_FOR(extern, Op, N, double)
#define XTAPE_DEFINE_ELEMENTWISE(Op, N) XTAPE_ELEMENTWISE_FOR(, Op, N, float) XTAPE_ELEMENTWISE_FOR(, Op, N, double)

#define XTAPE_STRUCTURAL_FOR(prefix, Op, N, T) \
  prefix template Var<T> apply_structural<op::Op, T, N>(const op::Op&, const std::array<const Var<T>*, N>&);
#define XTAPE_DECLARE_STRUCTURAL(Op, N) XTAPE_STRUCTURAL_FOR(extern, Op, N, float) XTAPE_STRUCTURAL_FOR(extern, Op, N, double)
#define XTAPE_DEFINE_STRUCTURAL(Op, N) XTAPE_STRUCTURAL_FOR(, Op, N, float) XTAPE_STRUCTURAL_FOR(, Op, N, double)
// clang-format on

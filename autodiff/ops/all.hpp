#pragma once
// Every op there is. Tests and benchmarks iterate these lists: an op that is not in its family's list does not exist
// for users either, and one that is has to declare its domain and an independent reference in the tests.

#include "autodiff/ops/activation.hpp"
#include "autodiff/ops/arithmetic.hpp"
#include "autodiff/ops/comparison.hpp"
#include "autodiff/ops/exponential.hpp"
#include "autodiff/ops/index.hpp"
#include "autodiff/ops/linalg.hpp"
#include "autodiff/ops/map.hpp"
#include "autodiff/ops/map_sum.hpp"
#include "autodiff/ops/reduce.hpp"
#include "autodiff/ops/shape.hpp"
#include "autodiff/ops/trigonometric.hpp"

namespace xtape {

namespace detail {
struct EndOfList {};
template <class List>
struct WithoutEnd;
template <class... Ops>
struct WithoutEnd<TypeList<EndOfList, Ops...>> {
  using type = TypeList<Ops...>;
};
}  // namespace detail

// clang-format off
#define XTAPE_LIST(Op, N) , Listed<op::Op, N>
/// The element-wise ops.
using ElementwiseOps = detail::WithoutEnd<TypeList<detail::EndOfList
    XTAPE_COMPARISON_OPS(XTAPE_LIST) XTAPE_ARITHMETIC_OPS(XTAPE_LIST) XTAPE_EXPONENTIAL_OPS(XTAPE_LIST)
    XTAPE_TRIGONOMETRIC_OPS(XTAPE_LIST) XTAPE_ACTIVATION_OPS(XTAPE_LIST)>>::type;
/// The structural ops.
using StructuralOps = detail::WithoutEnd<TypeList<detail::EndOfList
    XTAPE_SHAPE_OPS(XTAPE_LIST) XTAPE_REDUCE_OPS(XTAPE_LIST) XTAPE_LINALG_OPS(XTAPE_LIST)
    XTAPE_INDEX_OPS(XTAPE_LIST), Listed<op::Split, 1>, Listed<op::Concatenate, 2>>>::type;
#undef XTAPE_LIST
// clang-format on

}  // namespace xtape

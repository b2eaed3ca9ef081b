#pragma once
// Every op there is. Tests and benchmarks iterate the lists (lists.hpp): an op that is not there does not exist for
// users either, and one that is has to declare its domain and an independent reference in the tests.

#include "autodiff/ops/activation.hpp"
#include "autodiff/ops/arithmetic.hpp"
#include "autodiff/ops/comparison.hpp"
#include "autodiff/ops/contractions.hpp"
#include "autodiff/ops/convolution.hpp"
#include "autodiff/ops/exponential.hpp"
#include "autodiff/ops/fourier.hpp"
#include "autodiff/ops/hyperbolic.hpp"
#include "autodiff/ops/index.hpp"
#include "autodiff/ops/linalg.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/ops/map.hpp"
#include "autodiff/ops/map_sum.hpp"
#include "autodiff/ops/order.hpp"
#include "autodiff/ops/pooling.hpp"
#include "autodiff/ops/products.hpp"
#include "autodiff/ops/rearrange.hpp"
#include "autodiff/ops/reduce.hpp"
#include "autodiff/ops/root.hpp"
#include "autodiff/ops/rounding.hpp"
#include "autodiff/ops/scan.hpp"
#include "autodiff/ops/shape.hpp"
#include "autodiff/ops/special.hpp"
#include "autodiff/ops/statistics.hpp"
#include "autodiff/ops/trigonometric.hpp"
#include "autodiff/ops/update.hpp"

namespace xtape {

template <class... Ops>
struct TypeList {};

/// An op with its number of operands.
template <class Op, std::size_t N>
struct Listed {
  using op = Op;
  static constexpr std::size_t arity = N;
};

namespace detail {
struct EndOfList {};
template <class List>
struct WithoutEnd;
template <class... Ops>
struct WithoutEnd<TypeList<EndOfList, Ops...>> {
  using type = TypeList<Ops...>;
};
template <class...>
struct Joined;
template <class... Ops>
struct Joined<TypeList<Ops...>> {
  using type = TypeList<Ops...>;
};
template <class... A, class... B, class... Rest>
struct Joined<TypeList<A...>, TypeList<B...>, Rest...> : Joined<TypeList<A..., B...>, Rest...> {};
template <class>
struct JoinedFamilies;
template <class... Families>
struct JoinedFamilies<TypeList<Families...>> : Joined<Families...> {};
}  // namespace detail

// clang-format off
XTAPE_ELEMENTWISE_OPS(XTAPE_DECLARE_ELEMENTWISE)
XTAPE_STRUCTURAL_OPS(XTAPE_DECLARE_STRUCTURAL)
#define XTAPE_LIST(Op, N) , Listed<op::Op, N>
/// The element-wise ops.
using ElementwiseOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_ELEMENTWISE_OPS(XTAPE_LIST)>>::type;
/// The structural ops by family.
using ShapeOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_SHAPE_OPS(XTAPE_LIST)>>::type;
using ReduceOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_REDUCE_OPS(XTAPE_LIST),
    Listed<op::VarMean, 1>>>::type;
using ProductOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_PRODUCT_OPS(XTAPE_LIST)>>::type;
using LinalgOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_LINALG_OPS(XTAPE_LIST),
    Listed<op::SignAndLogDeterminant, 2>, Listed<op::Eigh, 1>, Listed<op::Svd, 1>, Listed<op::Qr, 1>>>::type;
using IndexOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_INDEX_OPS(XTAPE_LIST),
    Listed<op::Split, 1>, Listed<op::Concatenate, 2>>>::type;
using ScanOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_SCAN_OPS(XTAPE_LIST)>>::type;
using OrderOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_ORDER_OPS(XTAPE_LIST)>>::type;
using UpdateOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_UPDATE_OPS(XTAPE_LIST)>>::type;
using RearrangeOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_REARRANGE_OPS(XTAPE_LIST)>>::type;
using ConvolutionOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_CONVOLUTION_OPS(XTAPE_LIST)>>::type;
using PoolingOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_POOLING_OPS(XTAPE_LIST)>>::type;
using FourierOps = detail::WithoutEnd<TypeList<detail::EndOfList XTAPE_FOURIER_OPS(XTAPE_LIST)>>::type;
/// All of them, family by family and joined.
using StructuralFamilies = TypeList<ShapeOps, ReduceOps, ProductOps, LinalgOps, IndexOps, ScanOps, OrderOps, UpdateOps,
    RearrangeOps, ConvolutionOps, PoolingOps, FourierOps>;
using StructuralOps = detail::JoinedFamilies<StructuralFamilies>::type;
#undef XTAPE_LIST
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

#include "autodiff/ops/products.hpp"

#include "autodiff/kernels/matmul.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"

#include <string>

namespace xtape {

namespace {

// The last two dimensions of a value as BLAS reads them; a transpose is read in place.
template <class T>
kernels::Matrix<T> matrix_of(const Value<T>& value, bool transposed) {
  const Shape& shape = value.shape();
  const std::size_t rows = shape[shape.size() - 2], columns = shape[shape.size() - 1];
  const T* const turned = value.transposed();
  const T* const data = turned != nullptr ? turned : value.data();
  const bool flipped = transposed != (turned != nullptr);
  return transposed ? kernels::Matrix<T>{data, columns, rows, flipped}
                    : kernels::Matrix<T>{data, rows, columns, flipped};
}

[[noreturn]] void refuse(const std::string& what, const Shape& a, const Shape& b, const std::string& hint = "") {
  throw ShapeError("[matmul] " + what + ": a is " + to_string(a) + ", b is " + to_string(b) + hint);
}

Shape with_last(const Shape& shape, std::size_t extent) {
  Shape result = shape;
  result.back() = extent;
  return result;
}

}  // namespace

namespace detail {

Shape leading(const Shape& shape) {
  return Shape(shape.begin(), shape.end() - 2);
}

std::vector<std::size_t> stack_offsets(const Shape& stack, const Shape& lead, std::size_t each) {
  std::vector<std::size_t> offsets;
  offsets.reserve(size_of(stack));
  const auto walk = kernels::make_walk<1>(stack, {&lead});
  kernels::walk_rows(walk, 0, walk.rows, [&](std::size_t, const auto& at) {
    for (std::size_t i = 0; i < walk.inner; ++i)
      offsets.push_back((std::size_t(at[0]) + (walk.step[0] != 0 ? i : 0)) * each);
  });
  return offsets;
}

template <class T>
Var<T> product(const Var<T>& a, bool transpose_a, const Var<T>& b, bool transpose_b) {
  return xtape::apply(op::Matmul{{}, transpose_a, transpose_b}, a, b);
}

}  // namespace detail

namespace op {

using detail::leading, detail::product, detail::stack_offsets;

template <class T>
SharedValue<T> Matmul::eval(const SharedValue<T>& a, const SharedValue<T>& b) const {
  const kernels::Matrix<T> left = matrix_of(*a, transpose_a), right = matrix_of(*b, transpose_b);
  const Shape lead_a = leading(a->shape()), lead_b = leading(b->shape());
  Shape shape = kernels::broadcast_shapes(name, {&lead_a, &lead_b});
  const Shape stack = shape;
  shape.push_back(left.rows);
  shape.push_back(right.columns);
  size_of(shape, name);
  SharedValue<T> y = new_value<T>(shape);
  if (y->size() == 0) return y;
  if (size_of(stack) == 1) {
    kernels::matmul(left, right, y->mutable_data());
  } else {
    const auto a_at = stack_offsets(stack, lead_a, left.rows * left.columns);
    const auto b_at = stack_offsets(stack, lead_b, right.rows * right.columns);
    kernels::matmul_stack(left, right, {a_at.size(), a_at.data(), b_at.data()}, y->mutable_data());
  }
  return y;
}

template <class T>
Var<T> Matmul::vjp(Argument<0>, const Var<T>& g, const Unsaved&, const ShapeOnly&, const Var<T>& b) const {
  return transpose_a ? product(b, transpose_b, g, true)     // (B gᵀ): (k, m)
                     : product(g, false, b, !transpose_b);  // (g Bᵀ): (m, k)
}

template <class T>
Var<T> Matmul::vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& a, const ShapeOnly&) const {
  return transpose_b ? product(g, true, a, transpose_a)     // (gᵀ A): (n, k)
                     : product(a, !transpose_a, g, false);  // (Aᵀ g): (k, n)
}

// One matrix beside a batch: the examples' rows are rows of one product.
template <class T>
std::vector<Var<T>> Matmul::apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                           std::span<const char> batched) const {
  const Var<T>&a = *x[0], &b = *x[1];
  const Shape &sa = a.shape(), &sb = b.shape();
  if (!batched[1] && !transpose_a && sa.size() == 3 && sb.size() == 2 && a.size() > 0) {
    const Var<T> y = product(detail::reshape_to(a, Shape{n * sa[1], sa[2]}), false, b, transpose_b);
    return {detail::reshape_to(y, Shape{n, sa[1], y.shape()[1]})};
  }
  if (!batched[0] && sa.size() == 2 && sb.size() == 3 && sb[transpose_b ? 1 : 2] == 1 && b.size() > 0) {
    const Var<T> y = product(detail::reshape_to(b, Shape{n, b.size() / n}), false, a, !transpose_a);
    return {detail::reshape_to(y, Shape{n, y.shape()[1], 1})};  // a column each
  }
  const std::vector<Var<T>> all = detail::side_by_side<T>(n, x, batched, true);
  const std::size_t rank = all[0].dimension(), inner = all[0].shape()[rank - (transpose_a ? 2 : 1)];
  if (inner == 1) {  // a column times a row each: nothing to add, and much to write
    const auto turned = [](const Var<T>& v, bool turn) { return turn ? swapaxes(v, -2, -1) : v; };
    return {turned(all[0], transpose_a) * turned(all[1], transpose_b)};
  }
  return {product(all[0], transpose_a, all[1], transpose_b)};
}

template <class T>
SharedValue<T> Linear::eval(const SharedValue<T>& x, const SharedValue<T>& weight, const SharedValue<T>& bias) const {
  const kernels::Matrix<T> left = matrix_of(*x, false), right = matrix_of(*weight, true);
  const Shape shape{left.rows, right.columns};
  size_of(shape, name);
  SharedValue<T> y = new_value<T>(shape);
  kernels::matmul(left, right, y->mutable_data(), bias->data());
  return y;
}

// x Wᵀ + b as what it is made of, but where the examples are rows of one x.
template <class T>
std::vector<Var<T>> Linear::apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                           std::span<const char> batched) const {
  if (batched[0] && !batched[1] && !batched[2]) {
    const Shape shape = x[0]->shape();
    const Var<T> y = xtape::apply(*this, detail::reshape_to(*x[0], Shape{n * shape[1], shape[2]}), *x[1], *x[2]);
    return {detail::reshape_to(y, Shape{n, shape[1], y.shape()[1]})};
  }
  const Var<T> y = Matmul{{}, false, true}.apply_to_batch(n, x.first(2), batched.first(2))[0];
  const Var<T>& bias = *x[2];
  return {y + (batched[2] ? detail::reshape_to(bias, Shape{n, 1, bias.shape()[1]}) : bias)};
}

template <class T>
std::vector<Var<T>> Linear::push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y,
                                         std::span<const Var<T>* const> x) const {
  return detail::biased_tangent(t, y[0].shape(), x,
                                [](const Var<T>& a, const Var<T>& b) { return product(a, false, b, true); });
}

template <class T>
Var<T> Linear::vjp(Argument<0>, const Var<T>& g, const Unsaved&, const ShapeOnly&, const Var<T>& weight,
                   const ShapeOnly&) const {
  return product(g, false, weight, false);  // (batch, out) (out, in)
}

template <class T>
Var<T> Linear::vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& x, const ShapeOnly&,
                   const ShapeOnly&) const {
  return product(g, true, x, false);  // (out, batch) (batch, in)
}

template <class T>
Var<T> Linear::vjp(Argument<2>, const Var<T>& g, const Unsaved&, const ShapeOnly&, const ShapeOnly&,
                   const ShapeOnly&) const {
  return g;  // summed over the batch by the sweep
}

}  // namespace op

namespace detail {

template <class T>
Var<T> matmul(const Var<T>& a, const Var<T>& b) {
  const Shape &sa = a.shape(), &sb = b.shape();
  if (sa.empty() || sb.empty()) refuse("at least one dimension expected on each side", sa, sb, "; use * for numbers");
  const std::size_t inner_b = sb.size() == 1 ? sb[0] : sb[sb.size() - 2];
  if (sa.back() != inner_b) {
    const bool transposed_fits = sb.size() >= 2 && sa.back() == sb.back();
    refuse("inner dimensions differ", sa, sb, transposed_fits ? "; did you mean matmul(a, transpose(b))?" : "");
  }
  if (sa.size() == 1 && sb.size() == 1) return reshape(matmul(reshape(a, {1, -1}), reshape(b, {-1, 1})), {});
  if (sb.size() == 1) return squeeze(matmul(a, reshape(b, {-1, 1})), -1);
  if (sa.size() == 1) return squeeze(matmul(reshape(a, {1, -1}), b), -2);
  if (sa.size() > 2 && sb.size() == 2 && size_of(sa) > 0) {  // one tall product instead of a stack of small ones
    return reshape_to(product(reshape_to(a, Shape{size_of(sa) / sa.back(), sa.back()}), false, b, false),
                      with_last(sa, sb.back()));
  }
  if (sa.size() > 2 || sb.size() > 2) {
    const Shape lead_a = leading(sa), lead_b = leading(sb);
    if (!kernels::broadcasts_to(lead_a, lead_b) && !kernels::broadcasts_to(lead_b, lead_a)) {
      const Shape* shapes[] = {&lead_a, &lead_b};
      try {
        kernels::broadcast_shapes("matmul", shapes, 2);
      } catch (const ShapeError&) {
        refuse("leading dimensions do not broadcast", sa, sb);
      }
    }
  }
  return product(a, false, b, false);
}

template <class T>
Var<T> dot(const Var<T>& a, const Var<T>& b) {
  const Shape &sa = a.shape(), &sb = b.shape();
  if (sa.empty() || sb.empty()) return a * b;
  const std::size_t rank_b = sb.size(), inner_b = rank_b == 1 ? sb[0] : sb[rank_b - 2];
  if (sa.back() != inner_b) {
    throw ShapeError("[dot] inner dimensions differ: a is " + to_string(sa) + ", b is " + to_string(sb));
  }
  if (rank_b <= 2) return matmul(a, b);
  // b as (inner, the rest): its second last dimension to the front.
  std::vector<std::ptrdiff_t> order{std::ptrdiff_t(rank_b) - 2};
  Shape result(sa.begin(), sa.end() - 1);
  for (std::size_t d = 0; d < rank_b; ++d) {
    if (d == rank_b - 2) continue;
    order.push_back(std::ptrdiff_t(d));
    result.push_back(sb[d]);
  }
  const std::size_t inner = sa.back(), rest_a = size_of(Shape(sa.begin(), sa.end() - 1));
  const std::size_t rest_b = size_of(Shape(result.begin() + std::ptrdiff_t(sa.size() - 1), result.end()));
  const Var<T> columns = reshape_to(transpose(b, Axes(order)), Shape{inner, rest_b});
  return reshape_to(product(reshape_to(a, Shape{rest_a, inner}), false, columns, false), result);
}

template <class T>
Var<T> linear(const Var<T>& x, const Var<T>& weight, const Var<T>& bias) {
  const Shape &sx = x.shape(), &sw = weight.shape(), &sb = bias.shape();
  if (sx.empty() || sw.size() != 2 || sb.size() != 1 || sx.back() != sw[1] || sb[0] != sw[0]) {
    throw ShapeError("[linear] x (..., in), weight (out, in) and bias (out,) expected: x is " + to_string(sx) +
                     ", weight is " + to_string(sw) + ", bias is " + to_string(sb));
  }
  if (sx.size() == 2) return xtape::apply(op::Linear{}, x, weight, bias);
  const std::size_t rows = size_of(Shape(sx.begin(), sx.end() - 1));
  const Var<T> flat = reshape_to(x, Shape{rows, sx.back()});
  return reshape_to(xtape::apply(op::Linear{}, flat, weight, bias), with_last(sx, sw[0]));
}

#define XTAPE_INSTANTIATE(T)                                         \
  template Var<T> product(const Var<T>&, bool, const Var<T>&, bool); \
  template Var<T> matmul(const Var<T>&, const Var<T>&);              \
  template Var<T> dot(const Var<T>&, const Var<T>&);                 \
  template Var<T> linear(const Var<T>&, const Var<T>&, const Var<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_PRODUCT_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

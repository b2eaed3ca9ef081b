#include "autodiff/ops/shape.hpp"

#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"

#include <string>

namespace xtape {

namespace op {

template <class T>
SharedValue<T> Reshape::eval(const SharedValue<T>& x) const {
  return Value<T>::reshaped(x, to);
}

template <class T>
Var<T> Reshape::vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const {
  return detail::reshape_to(g, x.shape());
}

template <class T>
SharedValue<T> Transpose::eval(const SharedValue<T>& x) const {
  const Layout from = x->layout();
  Layout to = from;
  for (std::size_t d = 0; d < order.size(); ++d) {
    to.shape[d] = from.shape[order[d]];
    to.strides[d] = from.strides[order[d]];
  }
  return Value<T>::view(x, std::move(to));
}

template <class T>
Var<T> Transpose::vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
  Shape back(order.size());
  for (std::size_t d = 0; d < order.size(); ++d) back[order[d]] = d;
  return xtape::apply(Transpose{{}, back}, g);
}

Transpose Transpose::in_batch(std::size_t) const {
  Shape result{0};
  for (const std::size_t d : order) result.push_back(d + 1);
  return {{}, result};
}

template <class T>
SharedValue<T> BroadcastTo::eval(const SharedValue<T>& x) const {
  return Value<T>::broadcast(x, to);
}

template <class T>
std::vector<Var<T>> BroadcastTo::apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                                std::span<const char>) const {
  const Shape& shape = x[0]->shape();
  const Shape from = detail::with_first(n, Shape(shape.begin() + 1, shape.end()), to.size());
  return {xtape::apply(BroadcastTo{{}, detail::with_first(n, to)}, detail::reshape_to(*x[0], from))};
}

template <class T>
SharedValue<T> SumTo::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(to);
  kernels::sum_to(x->data(), x->shape(), y->mutable_data(), to);
  return y;
}

template <class T>
std::vector<Var<T>> SumTo::apply_to_batch(BatchSize n, std::span<const Var<T>* const> x, std::span<const char>) const {
  const Shape kept = detail::with_first(n, to, x[0]->dimension() - 1);
  return {detail::reshape_to(xtape::apply(SumTo{{}, kept}, *x[0]), detail::with_first(n, to))};
}

}  // namespace op

template <class T>
Var<T> conform(const Var<T>& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (x.size() == size_of(shape)) return detail::reshape_to(x, shape);
  if (kernels::broadcasts_to(x.shape(), shape)) {
    return xtape::apply(op::BroadcastTo{{}, shape}, x);
  }
  return xtape::apply(op::SumTo{{}, shape}, x);
}

template <class T>
Var<T> recorded_sum(const Var<T>& a, const Var<T>& b) {
  return a + b;
}

namespace detail {

namespace {

std::string text_of(std::span<const Extent> extents) {
  std::string text = "(";
  for (std::size_t d = 0; d < extents.size(); ++d) {
    text += saturated_text(extents[d].value);
    text += d + 1 < extents.size() ? ", " : extents.size() == 1 ? "," : "";
  }
  return text + ")";
}

}  // namespace

Shape reshape_target(const Shape& from, std::span<const Extent> extents) {
  const std::size_t count = extents.size();
  Shape to(count);
  std::size_t open = count;
  for (std::size_t d = 0; d < count; ++d) {
    const std::ptrdiff_t extent = extents[d].value;
    if (extent >= 0) {
      to[d] = std::size_t(extent);
    } else if (extent == -1 && open == count) {
      open = d;
      to[d] = 1;
    } else {
      throw ShapeError("[reshape] extents must not be negative, but for one -1: " + to_string(from) + " to " +
                       text_of(extents));
    }
  }
  const std::size_t size = size_of(from), known = size_of(to, "reshape");
  if (open < count && known != 0 && size % known == 0) {
    to[open] = size / known;
    return to;
  }
  if (open < count || known != size) {
    throw ShapeError("[reshape] " + std::to_string(size) + " elements of shape " + to_string(from) +
                     " do not fit the shape " + text_of(extents));
  }
  return to;
}

Shape transpose_order(const Shape& shape, const Axes& axes) {
  const std::size_t rank = shape.size();
  Shape order(rank);
  if (axes.all()) {
    for (std::size_t d = 0; d < rank; ++d) order[d] = rank - 1 - d;
    return order;
  }
  normalize_axes("transpose", axes, shape);  // in range, none twice
  if (axes.size() != rank) {
    throw ShapeError("[transpose] " + std::to_string(axes.size()) + " axes given for an array of shape " +
                     to_string(shape));
  }
  std::size_t d = 0;
  for (const std::ptrdiff_t axis : axes) order[d++] = normalize_axis("transpose", axis, shape);
  return order;
}

Shape expanded_shape(const Shape& shape, const Axes& axes) {
  if (axes.all()) throw ShapeError("[expand_dims] at least one axis expected");
  Shape result(shape.size() + axes.size(), 0);
  for (const std::ptrdiff_t axis : axes) {
    std::size_t& extent = result[normalize_new_axis("expand_dims", axis, result.size())];
    if (extent == 1) {
      throw ShapeError("[expand_dims] axis " + std::to_string(axis) + " is named twice, the shape is " +
                       to_string(shape));
    }
    extent = 1;
  }
  std::size_t from = 0;
  for (std::size_t& extent : result) extent = extent == 1 ? 1 : shape[from++];
  return result;
}

Shape squeezed_shape(const Shape& shape, const Axes& axes) {
  const auto named = normalize_axes("squeeze", axes, shape);
  Shape result;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (named[d] && shape[d] == 1) continue;
    if (named[d] && !axes.all()) {
      throw ShapeError("[squeeze] axis " + std::to_string(d) + " has extent " + std::to_string(shape[d]) +
                       ", not 1; the shape is " + to_string(shape));
    }
    result.push_back(shape[d]);
  }
  return result;
}

void check_broadcast(const Shape& from, const Shape& to) {
  if (to.size() > kernels::kMaxRank || !kernels::broadcasts_to(from, to)) {
    throw ShapeError("[broadcast_to] " + to_string(from) + " does not broadcast to " + to_string(to));
  }
  size_of(to, "broadcast_to");
}

}  // namespace detail

// clang-format off
XTAPE_SHAPE_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on
template Var<float> conform(const Var<float>&, const Shape&);
template Var<double> conform(const Var<double>&, const Shape&);
template Var<float> recorded_sum(const Var<float>&, const Var<float>&);
template Var<double> recorded_sum(const Var<double>&, const Var<double>&);

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

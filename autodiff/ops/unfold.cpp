#include "autodiff/kernels/unfold.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/ops/pooling_call.hpp"

#include <string>

namespace xtape {

namespace op {

template <class T>
SharedValue<T> Unfold::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(folds ? data : columns);
  if (folds) {
    kernels::fold(of, x->data(), y->mutable_data());
  } else {
    kernels::unfold(of, x->data(), y->mutable_data());
  }
  return y;
}

template <class T>
Var<T> Unfold::vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
  return xtape::apply(Unfold{{}, of, data, columns, !folds}, g);
}

}  // namespace op

namespace detail {

namespace {

op::Unfold unfold_of(const char* name, const Shape& data, const PerDimension& kernel, const UnfoldOptions& options) {
  const PoolingCall call(name, 2, data);
  const Shape sizes = call.numbers(kernel, "a kernel", 1), dilation = call.numbers(options.dilation, "a dilation", 1),
              padding = call.numbers(options.padding, "a padding", 0),
              stride = call.numbers(options.stride, "a stride", 1);
  op::Unfold op;
  op.data = data;
  op.of.batch = data.size() == 4 ? data[0] : 1;
  op.of.data_channels = data[data.size() - 3];
  std::size_t windows = 1, elements = op.of.data_channels;
  for (std::size_t d = 0; d < 2; ++d) {
    const std::size_t window = saturated_sum(saturated_product(dilation[d], sizes[d] - 1), 1);
    const std::size_t padded = saturated_sum(call.extent(d), saturated_product(2, padding[d]));
    if (window > padded) {
      call.refuse("a window of " + std::to_string(window) + " is larger than the padded data's " +
                  std::to_string(padded) + " along axis " + std::to_string(call.axis(d)));
    }
    op.of.data[d + 1] = call.extent(d);
    op.of.kernel[d + 1] = sizes[d];
    op.of.stride[d + 1] = stride[d];
    op.of.padding[d + 1] = padding[d];
    op.of.dilation[d + 1] = dilation[d];
    op.of.out[d + 1] = (padded - window) / stride[d] + 1;
    windows = saturated_product(windows, op.of.out[d + 1]);
    elements = saturated_product(elements, sizes[d]);
  }
  if (data.size() == 4) op.columns.push_back(data[0]);
  op.columns.push_back(elements);
  op.columns.push_back(windows);
  size_of(op.columns, name);
  return op;
}

}  // namespace

template <class T>
Var<T> unfold(const Var<T>& x, const PerDimension& kernel, const UnfoldOptions& options) {
  return xtape::apply(unfold_of("unfold", x.shape(), kernel, options), x);
}

template <class T>
Var<T> fold(const Var<T>& x, const PerDimension& size, const PerDimension& kernel, const UnfoldOptions& options) {
  const Shape &from = x.shape(), sizes = size.of("fold", "a size", 2, 1), kernels = kernel.of("fold", "a kernel", 2, 1);
  const std::size_t elements = saturated_product(kernels[0], kernels[1]);
  if ((from.size() != 2 && from.size() != 3) || from[from.size() - 2] % elements != 0) {
    throw ShapeError("[fold] x (batch, channels * " + std::to_string(elements) + ", windows) expected: x is " +
                     to_string(from));
  }
  Shape data(from.begin(), from.end() - 1);
  data.back() /= elements;
  data.insert(data.end(), sizes.begin(), sizes.end());
  op::Unfold op = unfold_of("fold", data, kernel, options);
  if (op.columns != from) {
    throw ShapeError("[fold] x of shape " + to_string(op.columns) + " expected for data of shape " + to_string(data) +
                     ": x is " + to_string(from));
  }
  op.folds = true;
  return xtape::apply(op, x);
}

#define XTAPE_INSTANTIATE(T)                                                        \
  template Var<T> unfold(const Var<T>&, const PerDimension&, const UnfoldOptions&); \
  template Var<T> fold(const Var<T>&, const PerDimension&, const PerDimension&, const UnfoldOptions&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_UNFOLD_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

#include "autodiff/ops/convolution.hpp"

#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <string>

namespace xtape {

namespace op {

namespace {

// What `op` gives of two of data, weights and result, in whichever order.
template <class T>
Var<T> product(Convolution op, Convolution::Role gives, Convolution::Role a_is, const Var<T>& a, Convolution::Role b_is,
               const Var<T>& b) {
  op.gives = gives;
  return a_is < b_is ? xtape::apply(op, a, b) : xtape::apply(op, b, a);
}

Convolution::Role first(const Convolution& op) {
  return op.gives == Convolution::kData ? Convolution::kWeight : Convolution::kData;
}
Convolution::Role second(const Convolution& op) {
  return op.gives == Convolution::kResult ? Convolution::kWeight : Convolution::kResult;
}

template <class T>
SharedValue<T> computed(const Convolution& op, const Value<T>& a, const Value<T>& b, const T* bias) {
  SharedValue<T> y = new_value<T>(op.shapes[op.gives]);
  if (y->size() == 0) return y;
  T* const to = y->mutable_data();
  if (op.gives == Convolution::kResult) kernels::convolve(op.of, a.data(), b.data(), bias, to);
  if (op.gives == Convolution::kData) kernels::convolve_transposed(op.of, a.data(), b.data(), bias, to);
  if (op.gives == Convolution::kWeight) kernels::convolution_weights(op.of, a.data(), b.data(), to);
  return y;
}

}  // namespace

template <class T>
SharedValue<T> Convolution::eval(const SharedValue<T>& a, const SharedValue<T>& b) const {
  return computed<T>(*this, *a, *b, nullptr);
}

template <class T>
Var<T> Convolution::vjp(Argument<0>, const Var<T>& g, const Unsaved&, const ShapeOnly&, const Var<T>& b) const {
  return product(*this, first(*this), gives, g, second(*this), b);
}

template <class T>
Var<T> Convolution::vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& a, const ShapeOnly&) const {
  return product(*this, second(*this), gives, g, first(*this), a);
}

// One weight for all: the examples are so many more of the batch that each has. Else a weight each: each example has
// groups of channels of its own.
template <class T>
std::vector<Var<T>> Convolution::apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                                std::span<const char> batched) const {
  const Role roles[] = {first(*this), second(*this)};
  const auto merged = [n](const Shape& shape, std::size_t d) {  // n times the extent of dimension d
    Shape result = shape;
    result[d] *= n;
    return result;
  };
  Convolution op = *this;
  std::vector<Var<T>> operands;
  const bool one_weight = gives != kWeight && !batched[roles[0] == kWeight ? 0 : 1];
  const std::size_t joined = one_weight ? 0 : 1;
  for (const Role role : {kData, kResult}) op.shapes[role] = merged(shapes[role], joined);
  if (one_weight) {
    op.of.batch *= n;
  } else {
    op.of.groups *= n;
    op.shapes[kWeight] = merged(shapes[kWeight], 0);
  }
  const auto turned = [](const Var<T>& v) { return swapaxes(v, 0, 1); };
  const std::vector<Var<T>> all = detail::side_by_side<T>(n, x, batched, false);
  for (std::size_t k = 0; k < 2; ++k) {
    if (one_weight && roles[k] == kWeight) {
      operands.push_back(*x[k]);
    } else {
      const bool channels = !one_weight && roles[k] != kWeight;
      operands.push_back(detail::reshape_to(channels ? turned(all[k]) : all[k], op.shapes[roles[k]]));
    }
  }
  const Var<T> y = xtape::apply(op, operands[0], operands[1]);
  if (one_weight || gives == kWeight) return {detail::reshape_to(y, detail::with_first(n, shapes[gives]))};
  Shape apart = shapes[gives];
  apart.insert(apart.begin() + 1, n);
  return {turned(detail::reshape_to(y, apart))};
}

template <class T>
std::vector<Var<T>> BiasedConvolution::apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                                      std::span<const char> batched) const {
  const Var<T> y = product.apply_to_batch(n, x.first(2), batched.first(2))[0];
  const Var<T>& bias = *x[2];
  return {y + (batched[2] ? expand_dims(bias, 1) : bias)};
}

template <class T>
std::vector<Var<T>> BiasedConvolution::push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y,
                                                    std::span<const Var<T>* const> x) const {
  return detail::biased_tangent(t, y[0].shape(), x,
                                [this](const Var<T>& a, const Var<T>& b) { return xtape::apply(product, a, b); });
}

template <class T>
SharedValue<T> BiasedConvolution::eval(const SharedValue<T>& a, const SharedValue<T>& b,
                                       const SharedValue<T>& bias) const {
  return computed<T>(product, *a, *b, bias->data());
}

template <class T>
Var<T> BiasedConvolution::vjp(Argument<0> of_a, const Var<T>& g, const Unsaved& y, const ShapeOnly& a, const Var<T>& b,
                              const ShapeOnly&) const {
  return product.vjp(of_a, g, y, a, b);
}

template <class T>
Var<T> BiasedConvolution::vjp(Argument<1> of_b, const Var<T>& g, const Unsaved& y, const Var<T>& a, const ShapeOnly& b,
                              const ShapeOnly&) const {
  return product.vjp(of_b, g, y, a, b);
}

template <class T>
Var<T> BiasedConvolution::vjp(Argument<2>, const Var<T>& g, const Unsaved&, const ShapeOnly&, const ShapeOnly&,
                              const ShapeOnly&) const {
  return g;  // summed over batch and places by the sweep
}

}  // namespace op

namespace detail {

namespace {

// What is told of a call in a message.
struct Call {
  std::string name;
  std::size_t rank;  // of the window
  bool transposed;
  Shape x, weight;

  [[noreturn]] void refuse(const std::string& what) const {
    throw ShapeError(text::bracketed(name) + what + ": x is " + to_string(x) + ", weight is " + to_string(weight));
  }
};

std::size_t groups_of(const Call& call, std::ptrdiff_t groups) {
  const std::string lists[] = {"length", "height, width", "depth, height, width"};
  const std::string places = lists[call.rank - 1];
  if (call.x.size() != call.rank + 2) {
    call.refuse("x (batch, in, " + places + ") or (in, " + places + ") expected");
  }
  const std::string first = call.transposed ? "(in, out / groups, " : "(out, in / groups, ";
  if (call.weight.size() != call.rank + 2) call.refuse("weight " + first + "kernel " + places + ") expected");
  if (groups < 1) call.refuse("at least one group expected, got " + std::to_string(groups));
  if (call.weight[0] % std::size_t(groups) != 0) {
    call.refuse(std::to_string(groups) + " groups do not share " + std::to_string(call.weight[0]) + " channels");
  }
  const std::size_t channels =
      call.transposed ? call.weight[0] : saturated_product(call.weight[1], std::size_t(groups));
  if (call.x[1] != channels) {
    call.refuse("weight " + first + "...) expects " + std::to_string(channels) + " channels of x in " +
                std::to_string(groups) + (groups == 1 ? " group" : " groups"));
  }
  return std::size_t(groups);
}

// The places along a dimension that a window covers.
std::size_t window_extent(const Call& call, std::size_t kernel, std::size_t dilation) {
  if (kernel == 0) call.refuse("a kernel of at least one element along each dimension expected");
  return saturated_sum(saturated_product(dilation, kernel - 1), 1);
}

template <class Options>
kernels::Convolution convolution_of(const Call& call, const Options& options) {
  const std::size_t rank = call.rank, groups = groups_of(call, options.groups);
  const char* const name = call.name.c_str();
  const Shape stride = options.stride.of(name, "a stride", rank, 1),
              padding = options.padding.of(name, "a padding", rank, 0),
              dilation = options.dilation.of(name, "a dilation", rank, 1);
  kernels::Convolution of;
  of.batch = call.x[0];
  of.groups = groups;
  of.data_channels = call.weight[1];
  of.out_channels = call.weight[0] / groups;
  Shape padded{of.batch, saturated_product(groups, of.data_channels)};
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t d = 3 - rank + i, extent = call.x[2 + i];
    const std::size_t window = window_extent(call, call.weight[2 + i], dilation[i]);
    const std::string axis = " along axis " + std::to_string(2 + i);
    of.kernel[d] = call.weight[2 + i];
    of.stride[d] = stride[i];
    of.padding[d] = padding[i];
    of.dilation[d] = dilation[i];
    const std::size_t around = saturated_product(2, padding[i]);
    if constexpr (std::same_as<Options, ConvOptions>) {
      padded.push_back(saturated_sum(extent, around));
      if (window > padded.back()) {
        call.refuse("a window of " + std::to_string(window) + " is larger than the padded data's " +
                    std::to_string(padded.back()) + axis);
      }
      of.data[d] = extent;
      of.out[d] = (padded.back() - window) / stride[i] + 1;
    } else {
      const std::size_t more = options.output_padding.of(name, "an output_padding", rank, 0)[i];
      if (more >= std::max(stride[i], dilation[i])) {
        call.refuse("an output_padding below the stride or the dilation expected, got " + std::to_string(more));
      }
      if (extent == 0) call.refuse("at least one element expected" + axis);
      padded.push_back(saturated_sum(saturated_sum(saturated_product(extent - 1, stride[i]), window), more));
      if (padded.back() <= around) {
        call.refuse("a padding of " + std::to_string(padding[i]) + " leaves nothing of " +
                    std::to_string(padded.back()) + axis);
      }
      of.data[d] = padded.back() - around;
      of.out[d] = extent;
    }
  }
  size_of(padded, call.name);
  return of;
}

template <class T, class Options>
Var<T> convolution(const std::string& name, std::size_t rank, const Var<T>& x, const Var<T>& weight, const Var<T>* bias,
                   const Options& options) {
  constexpr bool kTransposed = !std::same_as<Options, ConvOptions>;
  Call call{name + std::to_string(rank) + "d", rank, kTransposed, x.shape(), weight.shape()};
  const bool one = call.x.size() == rank + 1;
  if (one) call.x.insert(call.x.begin(), 1);
  op::Convolution op{
      {}, convolution_of(call, options), {}, kTransposed ? op::Convolution::kData : op::Convolution::kResult};
  Shape given{op.of.batch, op.of.groups * (kTransposed ? op.of.data_channels : op.of.out_channels)};
  for (std::size_t d = 3 - rank; d < 3; ++d) given.push_back((kTransposed ? op.of.data : op.of.out)[d]);
  size_of(given, call.name);
  op.shapes[op::Convolution::kData] = kTransposed ? given : call.x;
  op.shapes[op::Convolution::kResult] = kTransposed ? call.x : given;
  op.shapes[op::Convolution::kWeight] = call.weight;
  if (bias != nullptr && (bias->dimension() != 1 || bias->shape()[0] != given[1])) {
    call.refuse("bias (" + std::to_string(given[1]) + ",) expected, got " + to_string(bias->shape()));
  }
  const Var<T> data = one ? reshape_to(x, call.x) : x;
  Shape channels(rank + 1, 1);
  channels[0] = given[1];
  const auto apply_to = [&](const Var<T>& a, const Var<T>& b) {
    return bias == nullptr ? xtape::apply(op, a, b)
                           : xtape::apply(op::BiasedConvolution{{}, op}, a, b, reshape_to(*bias, channels));
  };
  const Var<T> y = kTransposed ? apply_to(weight, data) : apply_to(data, weight);
  return one ? reshape_to(y, Shape(given.begin() + 1, given.end())) : y;
}

}  // namespace

template <class T>
Var<T> conv(std::size_t rank, const Var<T>& x, const Var<T>& weight, const Var<T>* bias, const ConvOptions& options) {
  return convolution("conv", rank, x, weight, bias, options);
}

template <class T>
Var<T> conv_transpose(std::size_t rank, const Var<T>& x, const Var<T>& weight, const Var<T>* bias,
                      const ConvTransposeOptions& options) {
  return convolution("conv_transpose", rank, x, weight, bias, options);
}

#define XTAPE_INSTANTIATE(T)                                                                          \
  template Var<T> conv(std::size_t, const Var<T>&, const Var<T>&, const Var<T>*, const ConvOptions&); \
  template Var<T> conv_transpose(std::size_t, const Var<T>&, const Var<T>&, const Var<T>*, const ConvTransposeOptions&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_CONVOLUTION_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"

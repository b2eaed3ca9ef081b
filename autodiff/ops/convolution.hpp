#pragma once
// Convolutions over one, two and three dimensions, and transposed ones, under PyTorch's names: arrays are
// (batch, channels, ...), or one of them without the batch.

#include "autodiff/core/apply.hpp"
#include "autodiff/core/per_dimension.hpp"
#include "autodiff/kernels/convolution.hpp"

#include <array>

namespace xtape {

/// How a convolution's window moves: `stride` places at a time, over data with `padding` zeros at each end, its own
/// elements `dilation` places apart; channels in `groups` that do not see each other.
struct ConvOptions {
  PerDimension stride = 1, padding = 0, dilation = 1;
  std::ptrdiff_t groups = 1;
};

/// The same of a transposed convolution. The result is longer by `output_padding`, of which a convolution with a stride
/// does not see how long it was.
struct ConvTransposeOptions {
  PerDimension stride = 1, padding = 0, output_padding = 0;
  std::ptrdiff_t groups = 1;
  PerDimension dilation = 1;
};

namespace op {

/// One of data x, weights w and result y of a convolution from the other two, in this order: y[n, k, o] = Σ over c, j
/// of w[k, c, j] x[n, c, o stride - padding + j dilation] or, over the same places, x = Σ w y (the transposed
/// convolution), w = Σ x y. Of Σ g x w each is the derivative with respect to what it is not made of, so that they are
/// each other's derivatives.
struct Convolution : Operation<"convolution", operand(1), operand(0)> {
  static constexpr Linearity linear = Linearity::kEach;
  enum Role { kData, kWeight, kResult };
  kernels::Convolution of{};
  std::array<Shape, 3> shapes{};  // of data, weight, result
  Role gives = kResult;
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                     std::span<const char> batched) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a, const SharedValue<T>& b) const;
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Unsaved&, const ShapeOnly& a, const Var<T>& b) const;
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& a, const ShapeOnly& b) const;
};

/// A convolution, of either direction, plus a number for each channel, `bias`: (channels, 1, ...).
struct BiasedConvolution : Operation<"convolution_with_bias", operand(1), operand(0), kNothing> {
  Convolution product{};
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                     std::span<const char> batched) const;
  template <class T>
  std::vector<Var<T>> push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y,
                                   std::span<const Var<T>* const> x) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a, const SharedValue<T>& b, const SharedValue<T>& bias) const;
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Unsaved&, const ShapeOnly& a, const Var<T>& b,
             const ShapeOnly& bias) const;
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& a, const ShapeOnly& b,
             const ShapeOnly& bias) const;
  template <class T>
  Var<T> vjp(Argument<2>, const Var<T>& g, const Unsaved&, const ShapeOnly& a, const ShapeOnly& b,
             const ShapeOnly& bias) const;
};

}  // namespace op

namespace detail {

// The dimensions of the window are told from the function's name. `bias` may be null.
template <class T>
Var<T> conv(std::size_t rank, const Var<T>& x, const Var<T>& weight, const Var<T>* bias, const ConvOptions& options);
template <class T>
Var<T> conv_transpose(std::size_t rank, const Var<T>& x, const Var<T>& weight, const Var<T>* bias,
                      const ConvTransposeOptions& options);
extern template Var<float> conv(std::size_t, const Var<float>&, const Var<float>&, const Var<float>*,
                                const ConvOptions&);
extern template Var<double> conv(std::size_t, const Var<double>&, const Var<double>&, const Var<double>*,
                                 const ConvOptions&);
extern template Var<float> conv_transpose(std::size_t, const Var<float>&, const Var<float>&, const Var<float>*,
                                          const ConvTransposeOptions&);
extern template Var<double> conv_transpose(std::size_t, const Var<double>&, const Var<double>&, const Var<double>*,
                                           const ConvTransposeOptions&);

template <std::size_t kRank, class Options, class X, class W, class... Bias>
auto convolve(const Options& options, const X& x, const W& weight, const Bias&... bias) {
  using N = common_number<X, W, Bias...>;
  const auto with = [&](const N& a, const N& w, const N* b) {
    if constexpr (std::same_as<Options, ConvOptions>) {
      return conv(kRank, a, w, b, options);
    } else {
      return conv_transpose(kRank, a, w, b, options);
    }
  };
  if constexpr (sizeof...(Bias) == 0) {
    return with(as_number<N>(x), as_number<N>(weight), nullptr);
  } else {
    const N b(as_number<N>(bias...));
    return with(as_number<N>(x), as_number<N>(weight), &b);
  }
}

}  // namespace detail

/// x: (batch, in, length), weight: (out, in / groups, kernel), bias: (out) give (batch, out, L), where L =
/// ⌊(length + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1 and each element is bias + Σ w x, the kernel not
/// reversed. Throws ShapeError where the shapes or groups do not fit each other, or the kernel is longer than the
/// padded data.
template <class X, class W, class B>
  requires ArrayOperands<X, W, B>
auto conv1d(const X& x, const W& weight, const B& bias, const ConvOptions& options = {}) {
  return detail::convolve<1>(options, x, weight, bias);
}
/// The same without a bias.
template <class X, class W>
  requires ArrayOperands<X, W>
auto conv1d(const X& x, const W& weight, const ConvOptions& options = {}) {
  return detail::convolve<1>(options, x, weight);
}

/// x: (batch, in, height, width), weight: (out, in / groups, kernel height, kernel width), bias: (out) give (batch,
/// out, H, W); as conv1d for each dimension: conv2d(x, w, b, {.stride = 2, .padding = {1, 0}}).
template <class X, class W, class B>
  requires ArrayOperands<X, W, B>
auto conv2d(const X& x, const W& weight, const B& bias, const ConvOptions& options = {}) {
  return detail::convolve<2>(options, x, weight, bias);
}
/// The same without a bias.
template <class X, class W>
  requires ArrayOperands<X, W>
auto conv2d(const X& x, const W& weight, const ConvOptions& options = {}) {
  return detail::convolve<2>(options, x, weight);
}

/// As conv2d, over three dimensions.
template <class X, class W, class B>
  requires ArrayOperands<X, W, B>
auto conv3d(const X& x, const W& weight, const B& bias, const ConvOptions& options = {}) {
  return detail::convolve<3>(options, x, weight, bias);
}
/// The same without a bias.
template <class X, class W>
  requires ArrayOperands<X, W>
auto conv3d(const X& x, const W& weight, const ConvOptions& options = {}) {
  return detail::convolve<3>(options, x, weight);
}

/// The transposed convolution, which is the derivative of conv1d with respect to its data: x: (batch, in, length),
/// weight: (in, out / groups, kernel), bias: (out) give (batch, out, L), where L = (length - 1) stride - 2 padding +
/// dilation (kernel - 1) + output_padding + 1. Throws ShapeError where the shapes or groups do not fit each other,
/// nothing is left, or output_padding is neither below the stride nor below the dilation.
template <class X, class W, class B>
  requires ArrayOperands<X, W, B>
auto conv_transpose1d(const X& x, const W& weight, const B& bias, const ConvTransposeOptions& options = {}) {
  return detail::convolve<1>(options, x, weight, bias);
}
/// The same without a bias.
template <class X, class W>
  requires ArrayOperands<X, W>
auto conv_transpose1d(const X& x, const W& weight, const ConvTransposeOptions& options = {}) {
  return detail::convolve<1>(options, x, weight);
}

/// As conv_transpose1d, over two dimensions.
template <class X, class W, class B>
  requires ArrayOperands<X, W, B>
auto conv_transpose2d(const X& x, const W& weight, const B& bias, const ConvTransposeOptions& options = {}) {
  return detail::convolve<2>(options, x, weight, bias);
}
/// The same without a bias.
template <class X, class W>
  requires ArrayOperands<X, W>
auto conv_transpose2d(const X& x, const W& weight, const ConvTransposeOptions& options = {}) {
  return detail::convolve<2>(options, x, weight);
}

/// As conv_transpose1d, over three dimensions.
template <class X, class W, class B>
  requires ArrayOperands<X, W, B>
auto conv_transpose3d(const X& x, const W& weight, const B& bias, const ConvTransposeOptions& options = {}) {
  return detail::convolve<3>(options, x, weight, bias);
}
/// The same without a bias.
template <class X, class W>
  requires ArrayOperands<X, W>
auto conv_transpose3d(const X& x, const W& weight, const ConvTransposeOptions& options = {}) {
  return detail::convolve<3>(options, x, weight);
}

}  // namespace xtape

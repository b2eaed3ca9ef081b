#pragma once
// Convolutions.

#include "tests/autodiff/ops/samples.hpp"
#include "tests/autodiff/ops/structural.hpp"

namespace xtape::tests {

/// What a convolution is tried with; `transposed`: x stands where the result of a convolution does.
struct ConvolutionUse {
  Shape x, weight;
  std::vector<std::ptrdiff_t> stride, padding, dilation;
  std::ptrdiff_t groups = 1;
  std::vector<std::ptrdiff_t> output_padding = {};
  bool transposed = false;

  std::size_t rank() const { return weight.size() - 2; }
  std::ptrdiff_t number(const std::vector<std::ptrdiff_t>& of, std::size_t d) const {
    return of.empty() ? 0 : of.size() == 1 ? of[0] : of[d];
  }
};

/// Its sum in plain loops.
inline Array<double> naive_convolution(const ConvolutionUse& use, const Array<double>& x, const Array<double>& w,
                                       const double* bias) {
  Shape sx = use.x;
  const bool one = sx.size() == use.rank() + 1;
  if (one) sx.insert(sx.begin(), 1);
  const std::size_t groups = std::size_t(use.groups);
  Shape to{sx[0], use.transposed ? use.weight[1] * groups : use.weight[0]};
  for (std::size_t d = 0; d < use.rank(); ++d) {
    const std::ptrdiff_t extent = std::ptrdiff_t(sx[2 + d]),
                         window = use.number(use.dilation, d) * (std::ptrdiff_t(use.weight[2 + d]) - 1) + 1,
                         around = 2 * use.number(use.padding, d), stride = use.number(use.stride, d);
    to.push_back(std::size_t(use.transposed
                                 ? (extent - 1) * stride + window - around + use.number(use.output_padding, d)
                                 : (extent + around - window) / stride + 1));
  }
  Array<double> y = array_of(to, [bias](const Shape& i) { return bias == nullptr ? 0.0 : bias[i[1]]; });
  // Each element of the result of the convolution meets each of the weights of its group.
  const Shape &results = use.transposed ? sx : to, &data = use.transposed ? to : sx;
  const std::size_t of_group = use.weight[0] / groups;
  for_each_index(results, [&](const Shape& o) {
    for_each_index(use.weight, [&](const Shape& k) {
      if (k[0] != o[1]) return;
      Shape i{o[0], o[1] / of_group * use.weight[1] + k[1]};
      for (std::size_t d = 0; d < use.rank(); ++d) {
        const std::ptrdiff_t at = std::ptrdiff_t(o[2 + d]) * use.number(use.stride, d) +
                                  std::ptrdiff_t(k[2 + d]) * use.number(use.dilation, d) - use.number(use.padding, d);
        if (at < 0 || at >= std::ptrdiff_t(data[2 + d])) return;
        i.push_back(std::size_t(at));
      }
      const double weight = w.data()[offset_of(use.weight, k)];
      if (use.transposed) {
        y.data()[offset_of(to, i)] += weight * x.data()[offset_of(sx, o)];
      } else {
        y.data()[offset_of(to, o)] += weight * x.data()[offset_of(sx, i)];
      }
    });
  });
  if (one) y.reshape(std::vector<std::size_t>(to.begin() + 1, to.end()));
  return y;
}

template <class T>
Var<T> convolution_of(const ConvolutionUse& use, const Var<T>& x, const Var<T>& w, const auto&... bias) {
  const ConvOptions options{use.stride, use.padding, use.dilation, use.groups};
  const ConvTransposeOptions transposed{use.stride, use.padding,
                                        use.output_padding.empty() ? PerDimension(0) : use.output_padding, use.groups,
                                        use.dilation};
  if (use.rank() == 1) {
    return use.transposed ? conv_transpose1d(x, w, bias..., transposed) : conv1d(x, w, bias..., options);
  }
  if (use.rank() == 2) {
    return use.transposed ? conv_transpose2d(x, w, bias..., transposed) : conv2d(x, w, bias..., options);
  }
  return use.transposed ? conv_transpose3d(x, w, bias..., transposed) : conv3d(x, w, bias..., options);
}

/// One, two and three dimensions; strides that leave places out, windows with holes, groups, more channels than a
/// register holds, one image without a batch, no images and no channels.
inline const std::vector<ConvolutionUse>& convolution_uses() {
  static const std::vector<ConvolutionUse> uses{
      {{2, 3, 7}, {4, 3, 3}, {1}, {0}, {1}},
      {{3, 6}, {2, 3, 2}, {2}, {1}, {1}},
      {{2, 1, 4, 4}, {1, 1, 4, 4}, {1}, {0}, {1}},
      {{2, 2, 5, 6}, {3, 2, 3, 2}, {2, 1}, {1, 2}, {1, 2}},
      {{1, 4, 4, 5}, {6, 2, 2, 3}, {1, 2}, {1}, {2, 1}, 2},
      {{1, 3, 3, 4}, {6, 1, 2, 2}, {1}, {1}, {1}, 3},
      {{2, 5, 4, 6}, {5, 1, 3, 2}, {2, 1}, {1}, {1, 2}, 5},
      {{1, 2, 3, 3}, {18, 2, 2, 2}, {1}, {0}, {1}},
      {{2, 1, 3, 4, 3}, {2, 1, 2, 2, 3}, {1, 2, 1}, {1, 0, 1}, {1, 2, 1}},
      {{2, 4, 4, 3}, {2, 2, 3, 3, 2}, {2}, {1}, {1}},
      {{0, 2, 5}, {3, 2, 2}, {1}, {0}, {1}},
      {{2, 0, 4}, {3, 0, 2}, {1}, {0}, {1}},
      {{2, 2, 4}, {0, 2, 2}, {1}, {0}, {1}},
      {{2, 3, 4}, {3, 4, 3}, {1}, {0}, {1}, 1, {}, true},
      {{3, 4}, {3, 2, 2}, {3}, {1}, {1}, 1, {2}, true},
      {{2, 2, 3, 3}, {2, 1, 4, 4}, {2}, {1}, {1}, 1, {}, true},
      {{1, 4, 3, 2}, {4, 3, 2, 3}, {1, 2}, {0, 1}, {2, 1}, 2, {1}, true},
      {{2, 3, 2, 3}, {3, 1, 3, 2}, {2}, {1}, {1}, 3, {1}, true},
      {{1, 2, 2, 3, 2}, {2, 2, 2, 1, 3}, {2, 1, 1}, {0, 0, 1}, {1, 1, 2}, 1, {1, 0, 1}, true},
      {{0, 2, 3}, {2, 1, 2}, {1}, {0}, {1}, 1, {}, true}};
  return uses;
}

inline StructuralCases cases(const op::Convolution&) {
  StructuralCases result;
  for (const ConvolutionUse& use : convolution_uses()) {
    result.push_back({use.transposed ? "conv_transpose" : "conv",
                      {use.x, use.weight},
                      function_of<2>([use](const auto& x, const auto& w) { return convolution_of(use, x, w); }),
                      [use](const Arrays& a) { return naive_convolution(use, a[0], a[1], nullptr); }});
  }
  return result;
}

inline StructuralCases cases(const op::BiasedConvolution&) {
  StructuralCases result;
  for (const ConvolutionUse& use : convolution_uses()) {
    const Shape bias{use.transposed ? use.weight[1] * std::size_t(use.groups) : use.weight[0]};
    result.push_back(
        {use.transposed ? "conv_transpose with a bias" : "conv with a bias",
         {use.x, use.weight, bias},
         function_of<3>([use](const auto& x, const auto& w, const auto& b) { return convolution_of(use, x, w, b); }),
         [use](const Arrays& a) { return naive_convolution(use, a[0], a[1], a[2].data()); }});
  }
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

/// The layers of a small network of images, one with few and one with many channels.
inline OpSamples convolution_samples(bool bias) {
  OpSamples result;
  for (const std::size_t channels : {1, 32}) {
    const std::size_t extent = channels == 1 ? 28 : 14, batch = 128, out = 2 * std::max<std::size_t>(16, channels);
    const std::vector<Shape> shapes{{batch, channels, extent, extent}, {out, channels, 4, 4}, {out}};
    const auto apply = [bias](auto x) {
      const ConvOptions options{.stride = 2, .padding = 1};
      return bias ? conv2d(x[0], x[1], x[2], options) : conv2d(x[0], x[1], options);
    };
    OpSample sample{"", std::to_string(channels) + "x" + std::to_string(extent) + "x" + std::to_string(extent), shapes,
                    apply, 2.0 * double(batch * out * channels * 16 * extent * extent / 4)};
    if (!bias) sample.shapes.pop_back();
    sample.sweep_flop = 2 * sample.flop;
    result.push_back(sample);
  }
  return result;
}
inline OpSamples samples(const op::Convolution&) {
  return convolution_samples(false);
}
inline OpSamples samples(const op::BiasedConvolution&) {
  return convolution_samples(true);
}

}  // namespace xtape::benchmarks

#include "docs/reference/example.hpp"

EXAMPLE("conv1d, ConvOptions") {
  // (batch, channels, length), and a kernel that takes differences.
  const xt::xarray<double> x{{{1, 4, 9, 16, 25}}}, w{{{-1, 0, 1}}};
  std::cout << conv1d(x, w);  // [[[ 8. 12. 16.]]]
  const std::vector bias{0.5};
  const ConvOptions options{.stride = 2, .padding = 1};
  std::cout << conv1d(x, w, bias, options);    // [[[  4.5  12.5 -15.5]]]
  std::cout << conv1d(x, w, {.dilation = 2});  // [[[24.]]]
  // Two channels without a batch, each with a kernel of its own.
  const xt::xarray<double> channels{{1, 2, 3}, {4, 5, 6}},
      kernels{{{1, 1}}, {{2, 2}}};
  std::cout << conv1d(channels, kernels, {.groups = 2});  // [[ 3.  5.]
                                                          //  [18. 22.]]
}

EXAMPLE("conv2d") {
  Tape<double> tape;
  const xt::xarray<double> x{{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}};
  const Var<double> w = tape.watch(xt::xarray<double>{{{{1, 0}, {0, -1}}}});
  const Var<double> y = conv2d(x, w);
  std::cout << y;                         // [[[-4. -4.]
                                          //   [-4. -4.]]]
  std::cout << tape.gradient(sum(y), w);  // [[[[12. 16.]
                                          //    [24. 28.]]]]
  // As many places as before, by one zero at each end.
  const auto images = zeros<float>({16, 1, 28, 28}),
             weight = zeros<float>({8, 1, 3, 3}), bias = zeros<float>({8});
  const Var<float> same = conv2d(images, weight, bias, {.padding = 1}),
                   lower = conv2d(images, weight, {.stride = {2, 1}});
  std::cout << to_string(same.shape());   // (16, 8, 28, 28)
  std::cout << to_string(lower.shape());  // (16, 8, 13, 26)
}

EXAMPLE("conv3d") {
  const auto x = ones<double>({1, 1, 2, 2, 3}), w = ones<double>({1, 1, 2, 2, 2});
  std::cout << ravel(conv3d(x, w));                    // [8. 8.]
  std::cout << ravel(conv3d(x, w, std::vector{0.5}));  // [8.5 8.5]
}

EXAMPLE("conv_transpose1d, ConvTransposeOptions") {
  // Each element lays the kernel down, times itself.
  const xt::xarray<double> x{{{1, 2, 3}}}, w{{{1, 10}}};
  std::cout << conv_transpose1d(x, w);  // [[[ 1. 12. 23. 30.]]]
  const std::vector bias{0.5};
  const ConvTransposeOptions options{.stride = 2, .padding = 1};
  std::cout << conv_transpose1d(x, w, bias, options);    // [[[10.5  2.5 20.5  3.5]]]
  std::cout << conv_transpose1d(x, w, {.dilation = 2});  // [[[ 1.  2. 13. 20. 30.]]]
  // By a stride of 2 the convolution makes 3 of 6 as of 7.
  const Var<double> longer =
      conv_transpose1d(x, w, {.stride = 2, .output_padding = 1});
  std::cout << longer;  // [[[ 1. 10.  2. 20.  3. 30.  0.]]]
  // (in, out / groups, kernel)
  const xt::xarray<double> channels{{1, 2}, {3, 4}}, kernels{{{1, 1}}, {{10, 0}}};
  std::cout << conv_transpose1d(channels, kernels, {.groups = 2});  // [[ 1.  3.  2.]
                                                                    //  [30. 40.  0.]]
}

EXAMPLE("conv_transpose2d, conv_transpose3d") {
  const xt::xarray<double> x{{{1, 2}}}, w{{{{1, 1}, {1, 0}}}};
  std::cout << conv_transpose2d(x, w);  // [[[1. 3. 2.]
                                        //   [1. 2. 0.]]]
  // Twice as high and wide.
  const auto codes = zeros<float>({16, 8, 7, 7}), weight = zeros<float>({8, 4, 4, 4}),
             bias = zeros<float>({4});
  const ConvTransposeOptions options{.stride = 2, .padding = 1};
  const Var<float> images = conv_transpose2d(codes, weight, bias, options);
  std::cout << to_string(images.shape());  // (16, 4, 14, 14)
  const auto volume = zeros<float>({1, 1, 2, 3, 4}),
             cube = zeros<float>({1, 1, 2, 2, 2});
  std::cout << to_string(conv_transpose3d(volume, cube).shape());  // (1, 1, 3, 4, 5)
}

EXAMPLE("max_pool1d, MaxPoolOptions") {
  Tape<double> tape;
  const Var<double> x = tape.watch({{1, 5, 2, 2, 4}});
  std::cout << max_pool1d(x, 2);                                // [[5. 2.]]
  std::cout << tape.gradient(sum(max_pool1d(x, 2)), x);         // [[0. 1. 1. 0. 0.]]
  std::cout << max_pool1d(x, 2, {.stride = 1});                 // [[5. 5. 2. 4.]]
  std::cout << max_pool1d(x, 2, {.padding = 1});                // [[1. 5. 4.]]
  std::cout << max_pool1d(x, 2, {.stride = 1, .dilation = 3});  // [[2. 5.]]
  // A last window that holds the 4 alone.
  const MaxPoolOptions options{.ceil_mode = true};
  std::cout << max_pool1d(x, 2, options);  // [[5. 2. 4.]]
}

EXAMPLE("max_pool2d, max_pool3d") {
  const xt::xarray<double> x{{{1, 2, 3, 4}, {5, 6, 7, 8}}};
  std::cout << max_pool2d(x, 2);       // [[[6. 8.]]]
  std::cout << max_pool2d(x, {1, 2});  // [[[2. 4.]
                                       //   [6. 8.]]]
  const Var<float> halves = max_pool3d(zeros<float>({1, 3, 8, 8, 8}), 2);
  std::cout << to_string(halves.shape());  // (1, 3, 4, 4, 4)
}

EXAMPLE("avg_pool1d, AvgPoolOptions") {
  const xt::xarray<double> x{{2, 4, 6, 8, 10}};
  std::cout << avg_pool1d(x, 2);                       // [[3. 7.]]
  std::cout << avg_pool1d(x, 2, {.stride = 1});        // [[3. 5. 7. 9.]]
  std::cout << avg_pool1d(x, 2, {.ceil_mode = true});  // [[ 3.  7. 10.]]
  // The zero of the padding counts, or does not.
  std::cout << avg_pool1d(x, 2, {.padding = 1});  // [[1. 5. 9.]]
  const AvgPoolOptions options{.padding = 1, .count_include_pad = false};
  std::cout << avg_pool1d(x, 2, options);  // [[2. 5. 9.]]
  // The sums.
  std::cout << avg_pool1d(x, 2, {.divisor_override = 1});  // [[ 6. 14.]]
}

EXAMPLE("avg_pool2d, avg_pool3d") {
  const xt::xarray<double> x{{{1, 2, 3, 4}, {5, 6, 7, 8}}};
  std::cout << avg_pool2d(x, 2);       // [[[3.5 5.5]]]
  std::cout << avg_pool2d(x, {2, 1});  // [[[3. 4. 5. 6.]]]
  const Var<float> halves = avg_pool3d(zeros<float>({1, 3, 8, 8, 8}), 2);
  std::cout << to_string(halves.shape());  // (1, 3, 4, 4, 4)
}

EXAMPLE("adaptive_max_pool1d, adaptive_avg_pool1d") {
  // Of five places, the windows are [0, 2), [1, 4) and [3, 5).
  const xt::xarray<double> x{{5, 3, 1, 2, 4}};
  std::cout << adaptive_max_pool1d(x, 3);  // [[5. 3. 4.]]
  std::cout << adaptive_avg_pool1d(x, 3);  // [[4. 2. 3.]]
}

EXAMPLE("adaptive_max_pool2d, adaptive_avg_pool2d") {
  const xt::xarray<double> x{{{1, 2, 3}, {4, 5, 6}}};
  std::cout << adaptive_max_pool2d(x, {2, 1});  // [[[3.]
                                                //   [6.]]]
  // The mean over all places, for each channel.
  std::cout << adaptive_avg_pool2d(x, 1);  // [[[3.5]]]
}

EXAMPLE("adaptive_max_pool3d, adaptive_avg_pool3d") {
  const Var<double> x = reshape(arange<double>(0, 8), {1, 2, 2, 2});
  std::cout << ravel(adaptive_max_pool3d(x, {1, 1, 2}));  // [6. 7.]
  std::cout << ravel(adaptive_avg_pool3d(x, {1, 1, 2}));  // [3. 4.]
}

EXAMPLE("unfold, fold, UnfoldOptions") {
  const xt::xarray<double> x{{{1, 2, 3}, {4, 5, 6}}};
  // A column each window of 2 by 2.
  const Var<double> columns = unfold(x, 2);
  std::cout << columns;  // [[1. 2.]
                         //  [2. 3.]
                         //  [4. 5.]
                         //  [5. 6.]]
  // 2 and 5 were in both.
  std::cout << fold(columns, {2, 3}, 2);  // [[[ 1.  4.  3.]
                                          //   [ 4. 10.  6.]]]
  const UnfoldOptions options{.dilation = {1, 2}, .padding = {1, 0}, .stride = 2};
  std::cout << unfold(x, 2, options);  // [[0. 4.]
                                       //  [0. 6.]
                                       //  [1. 0.]
                                       //  [3. 0.]]
  // A convolution is a matrix product with the columns.
  const xt::xarray<double> w{{{{1, 0}, {0, -1}}}};
  std::cout << matmul(reshape(w, {1, 4}), columns);  // [[-4. -4.]]
  std::cout << conv2d(x, w);                         // [[[-4. -4.]]]
}

EXAMPLE("interpolate, Interpolation, InterpolateOptions") {
  // (batch, channels, length)
  const xt::xarray<double> x{{{0, 4, 8}}};
  std::cout << interpolate(x, {.scale_factor = 2});  // [[[0. 0. 4. 4. 8. 8.]]]
  InterpolateOptions options{.size = 5, .mode = Interpolation::kLinear};
  std::cout << interpolate(x, options);  // [[[0.  1.6 4.  6.4 8. ]]]
  options.align_corners = true;
  std::cout << interpolate(x, options);  // [[[0. 2. 4. 6. 8.]]]
  const auto images = zeros<float>({16, 3, 14, 14});
  const Var<float> resized = interpolate(images, {.size = {28, 20}});
  std::cout << to_string(resized.shape());  // (16, 3, 28, 20)
}

EXAMPLE("PerDimension") {
  const PerDimension same = 2, each = {2, 1};
  // In an operation of your own: as many as it has dimensions, none below 1.
  std::cout << to_string(same.of("blur", "a stride", 3, 1));     // (2, 2, 2)
  std::cout << to_string(each.of("blur", "a stride", 2, 1));     // (2, 1)
  std::cout << each.empty() << " " << PerDimension({}).empty();  // 0 1
  try {
    each.of("blur", "a stride", 3, 1);
  } catch (const ShapeError& error) {
    std::cout << error.what();  // [blur] a stride: one number or 3 of them
                                // expected, got 2
  }
}

#include "docs/reference/example.hpp"

EXAMPLE("Linear") {
  Random rng(1);
  const nn::Linear<double> layer(2, 3, rng);
  layer.weight().set(xt::xarray<double>{{1, 0}, {0, 1}, {1, 1}});
  layer.bias().set(xt::xarray<double>{10, 20, 30});
  std::cout << layer(xt::xarray<double>{{1, 2}, {3, 4}});  // [[11. 22. 33.]
                                                           //  [13. 24. 37.]]
}

EXAMPLE("Mlp") {
  Random rng(1);
  const nn::Mlp<float> network({784, 400, 20}, rng);
  std::cout << to_string(network(zeros<float>({128, 784})).shape());  // (128, 20)
  std::cout << network.depth();                                       // 2
  std::cout << to_string(network.layer(1).weight().shape());          // (20, 400)
  // With another nonlinearity than ReLU.
  const auto activation = [](const Var<float>& h) { return tanh(h); };
  const nn::Mlp<float> smooth({784, 400, 20}, activation, rng);
  std::cout << smooth.parameter_count();  // 322020
}

EXAMPLE("Linear, LinearOptions") {
  Random rng(1);
  const nn::Linear<float> layer(2, 3, rng, nn::LinearOptions{.bias = false});
  std::cout << layer.has_bias() << " " << layer.parameter_count();  // 0 6
}

EXAMPLE("Layer") {
  Random rng(1);
  // Layers without parts may be moved until they are added to a module.
  std::vector<nn::Linear<float>> layers;
  for (int l = 0; l < 3; ++l) layers.emplace_back(4, 4, rng);
  const nn::Layer<float>& first = layers[0];
  std::cout << first.parameter_count();  // 20
}

EXAMPLE("Sequential") {
  Random rng(1);
  const nn::Sequential<float> network(
      nn::Linear<float>(784, 400, rng), nn::Relu(), nn::Linear<float>(400, 10, rng),
      [](const Var<float>& h) { return log_softmax(h); });
  std::cout << to_string(network(zeros<float>({128, 784})).shape());  // (128, 10)
  std::cout << network.size() << " "
            << network.named_parameters()[2].name;  // 4 2.weight
  // A layer, as what it is.
  const auto& head = network.layer<nn::Linear<float>>(2);
  std::cout << to_string(head.weight().shape());  // (10, 400)
  // Models with parts are put in as pointers.
  nn::Sequential<float> more;
  more.append(
      std::make_unique<nn::Mlp<float>>(std::vector<std::size_t>{4, 3, 2}, rng));
  more.append(nn::Tanh());
  std::cout << more;  // Sequential, 23 parameters
                      //   0: Mlp, 23 parameters
                      //     0: Linear, 15 parameters
                      //       weight (3, 4)
                      //       bias (3,)
                      //     1: Linear, 8 parameters
                      //       weight (2, 3)
                      //       bias (2,)
                      //   1: Tanh, 0 parameters
}

EXAMPLE("Residual") {
  Random rng(1);
  const nn::Residual<double> block(nn::Linear<double>(2, 2, rng), nn::Relu());
  block.layer<nn::Linear<double>>(0).weight().set(zeros<double>({2, 2}));
  block.layer<nn::Linear<double>>(0).bias().set(ones<double>({2}));
  std::cout << block(std::vector{3.0, -4.0});  // [ 4. -3.]
}

EXAMPLE("Relu, LeakyRelu, Elu, Gelu, Silu, Sigmoid, Tanh, Softplus, Softmax") {
  const Var<double> x(std::vector{-1.0, 0.0, 1.0});
  std::cout << nn::Relu()(x);                            // [0. 0. 1.]
  std::cout << nn::LeakyRelu{.negative_slope = 0.5}(x);  // [-0.5  0.   1. ]
  std::cout << nn::Elu{.alpha = 2}(x);     // [-1.26424112  0.          1.        ]
  std::cout << nn::Gelu()(x);              // [-0.15865525  0.          0.84134475]
  std::cout << nn::Silu()(x);              // [-0.26894142  0.          0.73105858]
  std::cout << nn::Sigmoid()(x);           // [0.26894142 0.5        0.73105858]
  std::cout << nn::Tanh()(x);              // [-0.76159416  0.          0.76159416]
  std::cout << nn::Softplus()(x);          // [0.31326169 0.69314718 1.31326169]
  std::cout << nn::Softmax{.axis = 0}(x);  // [0.09003057 0.24472847 0.66524096]
}

EXAMPLE("Flatten") {
  const nn::Flatten<float> flatten;
  std::cout << to_string(flatten(zeros<float>({8, 3, 4, 4})).shape());  // (8, 48)
}

EXAMPLE("Dropout") {
  Random rng(1);
  nn::Dropout<double> dropout(0.5, rng);
  std::cout << dropout(ones<double>({8})) << " " << dropout.p()
            << dropout.description();  // [2. 2. 2. 2. 2. 2. 0. 0.] 0.50.5
  dropout.eval();
  std::cout << dropout(ones<double>({3}));     // [1. 1. 1.]
  std::cout << (dropout.generator() == &rng);  // 1
}

EXAMPLE("Embedding, EmbeddingOptions") {
  Random rng(1);
  const nn::Embedding<float> words(1000, 16, rng, nn::EmbeddingOptions{.padding = 0});
  const Var<float> vectors = words(xt::xtensor<int, 2>{{5, 17, 0}, {3, 0, 0}});
  std::cout << to_string(vectors.shape());         // (2, 3, 16)
  std::cout << sum(abs(vectors[0][2]));            // 0.0
  std::cout << to_string(words.weight().shape());  // (1000, 16)
}

EXAMPLE("LayerNorm, LayerNormOptions") {
  const nn::LayerNorm<double> norm(2);
  std::cout << norm(
      xt::xarray<double>{{1, 3}, {10, 30}});  // [[-0.999995    0.999995  ]
                                              //  [-0.99999995  0.99999995]]
  const nn::LayerNorm<double> plain(
      2, nn::LayerNormOptions{.epsilon = 1e-3, .affine = false, .bias = false});
  std::cout << plain.parameter_count();  // 0
}

EXAMPLE("GroupNorm, GroupNormOptions") {
  const nn::GroupNorm<float> norm(
      4, 32, nn::GroupNormOptions{.epsilon = 1e-5, .affine = true});
  std::cout << to_string(norm(ones<float>({8, 32, 7, 7})).shape());  // (8, 32, 7, 7)
}

EXAMPLE("BatchNorm, BatchNorm1d, BatchNorm2d, BatchNormOptions") {
  nn::BatchNorm1d<double> norm(1,
                               nn::BatchNormOptions{.epsilon = 0, .momentum = 0.5});
  std::cout << norm(xt::xtensor<double, 2>{{1}, {3}});  // [[-1.]
                                                        //  [ 1.]]
  const nn::BatchNorm<double>& base = norm;
  std::cout << base.running_mean() << " " << base.running_var() << " "
            << base.num_batches_tracked().value();  // [1.] [1.5] 1
  norm.eval();
  std::cout << norm(xt::xtensor<double, 2>{{1}});  // [[0.]]
  const nn::BatchNorm2d<float> images(
      3, {.affine = false, .track_running_stats = false});
  std::cout << images.state().size();  // 0
}

EXAMPLE("Convolution, Conv1d, Conv2d, ConvLayerOptions") {
  Random rng(1);
  const nn::Conv2d<float> conv(3, 16, 3, rng,
                               nn::ConvLayerOptions{.stride = 2, .padding = 1});
  std::cout << to_string(
      conv(zeros<float>({8, 3, 32, 32})).shape());  // (8, 16, 16, 16)
  const nn::Convolution<float>& base = conv;
  std::cout << to_string(base.weight().shape()) << " "
            << to_string(base.bias().shape());  // (16, 3, 3, 3) (16,)
  const nn::Conv1d<float> of_sequences(4, 8, 5, rng,
                                       {.dilation = 2, .groups = 4, .bias = false});
  std::cout << of_sequences.has_bias() << " "
            << to_string(of_sequences.weight().shape());  // 0 (8, 1, 5)
}

EXAMPLE("ConvTranspose2d, ConvTransposeLayerOptions") {
  Random rng(1);
  const nn::ConvTranspose2d<float> up(
      16, 3, 3, rng, {.stride = 2, .padding = 1, .output_padding = 1});
  std::cout << to_string(
      up(zeros<float>({8, 16, 16, 16})).shape());  // (8, 3, 32, 32)
  const nn::ConvTransposeLayerOptions defaults;
  std::cout << defaults.groups << defaults.bias << defaults.dilation.empty();  // 110
}

EXAMPLE("MaxPool1d, MaxPool2d, AvgPool1d, AvgPool2d") {
  const Array<float> images = zeros<float>({8, 3, 32, 32});
  std::cout << to_string(nn::MaxPool2d<float>(2)(images).shape());  // (8, 3, 16, 16)
  std::cout << to_string(
      nn::AvgPool2d<float>(3, {.stride = 1})(images).shape());  // (8, 3, 30, 30)
  const Var<float> sequence(xt::xarray<float>{{{1, 3, 2, 6}}});
  std::cout << nn::MaxPool1d<float>(2)(sequence);  // [[[3. 6.]]]
  std::cout << nn::AvgPool1d<float>(2)(sequence);  // [[[2. 4.]]]
}

EXAMPLE("Recurrent, Rnn, Gru, RecurrentOptions, Recurrence") {
  Random rng(1);
  const nn::Gru<float> gru(3, 16, rng,
                           nn::RecurrentOptions{.layers = 2, .batch_first = true});
  const Array<float> x = zeros<float>({8, 20, 3});
  const nn::Recurrence<float> result = gru(x);
  std::cout << to_string(result.output.shape());  // (8, 20, 16)
  std::cout << to_string(result.hidden.shape());  // (2, 8, 16)
  // On from where it ended.
  std::cout << to_string(gru(x, result.hidden).output.shape());  // (8, 20, 16)
  const nn::Rnn<float> rnn(3, 16, rng, {.bias = false});
  const nn::Recurrent<float>& base = rnn;
  std::cout << base.layers() << " " << base.hidden();  // 1 16
}

EXAMPLE("Lstm, LstmRecurrence") {
  Random rng(1);
  const nn::Lstm<float> lstm(3, 16, rng);
  const Array<float> x = zeros<float>({20, 8, 3});
  const nn::LstmRecurrence<float> result = lstm(x);
  std::cout << to_string(result.output.shape()) << " "
            << to_string(result.cell.shape());  // (20, 8, 16) (1, 8, 16)
  std::cout << to_string(
      lstm(x, result.hidden, result.cell).hidden.shape());  // (1, 8, 16)
}

EXAMPLE("RecurrentState") {
  Random rng(1);
  const nn::Gru<float> gru(3, 16, rng);
  nn::RecurrentState<float> state;
  std::cout << state.parts.size();  // 0
  const Array<float> x = rng.normal<float>({20, 8, 3});
  const Var<float> y = concatenate({gru(slice(x, {{0, 12}}), state).output,
                                    gru(slice(x, {{12, 20}}), state).output});
  std::cout << to_string(shape_of(state.parts[0]));      // (1, 8, 16)
  std::cout << (max(abs(y - gru(x).output)) < 1e-6f)();  // 1.0
}

EXAMPLE("MultiheadAttention, AttentionOptions, AttentionMask") {
  Random rng(1);
  const nn::MultiheadAttention<float> attention(
      16, 4, rng,
      nn::AttentionOptions{.dropout = 0.1, .bias = true, .batch_first = true});
  const Array<float> x = zeros<float>({8, 5, 16}), source = zeros<float>({8, 7, 16});
  std::cout << to_string(
      attention(x, nn::AttentionMask<float>{.causal = true}).shape());  // (8, 5, 16)
  // Of one sequence to another one, which is filled up.
  Array<bool> padding = zeros<bool>({8, 7});
  padding(0, 6) = true;
  const Var<float> scores = ones<float>({5, 7});
  const Var<float> seen =
      attention(x, source, source, {.padding = padding, .scores = scores});
  std::cout << to_string(seen.shape());  // (8, 5, 16)
}

EXAMPLE("TransformerEncoderLayer, TransformerOptions") {
  Random rng(1);
  const nn::TransformerEncoderLayer<float> layer(
      16, 4, rng,
      nn::TransformerOptions<float>{.feedforward = 32,
                                    .dropout = 0.1,
                                    .activation = nn::Gelu(),
                                    .epsilon = 1e-5,
                                    .batch_first = true,
                                    .norm_first = true,
                                    .bias = true});
  std::cout << to_string(layer(zeros<float>({8, 5, 16})).shape());  // (8, 5, 16)
}

EXAMPLE("TransformerEncoder") {
  Random rng(1);
  const nn::TransformerEncoder<float> encoder(
      3, 16, 4, rng, {.feedforward = 32, .batch_first = true});
  std::cout << encoder.depth() << " " << encoder.layer(2).path();  // 3 layers.2
  const Array<float> x = zeros<float>({8, 5, 16});
  std::cout << to_string(encoder(x, {.causal = true}).shape());  // (8, 5, 16)
}

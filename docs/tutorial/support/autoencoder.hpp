#pragma once
// What the chapters on autoencoders share: the model, its losses, training, and samples for the linear case.

#include "docs/tutorial/support/chapter.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace tutorial {

/// A network f that makes codes, and a network g that makes images (or their logits) of codes.
template <class T>
struct Autoencoder : xtape::nn::Module<T> {
  xtape::nn::Mlp<T> encoder, decoder;

  Autoencoder(const std::vector<std::size_t>& encoder_sizes, const std::vector<std::size_t>& decoder_sizes,
              xtape::Random& rng)
      : encoder(encoder_sizes, rng), decoder(decoder_sizes, rng) {
    this->add("encoder", encoder);
    this->add("decoder", decoder);
  }
  xtape::Var<T> operator()(const xtape::Var<T>& x) const { return decoder(encoder(x)); }
};

/// |x - r|² of each image: (..., pixels) -> (...).
template <class T>
xtape::Var<T> squared_error(const xtape::Var<T>& x, const xtape::Var<T>& r) {
  return sum(square(x - r), -1);
}
/// -Σ (x ln r + (1 - x) ln (1 - r)) of each image, for r = sigmoid(logits).
template <class T>
xtape::Var<T> cross_entropy(const xtape::Var<T>& x, const xtape::Var<T>& logits) {
  return -xtape::nn::bernoulli_log_prob(x, logits);
}

/// Steps of Adam along the gradient of the mean of `loss`, which gives a number for each image of a batch.
template <class Loss>
void train(xtape::nn::Module<float>& model, const xtape::nn::ImageSet& images, std::size_t batch, int epochs,
           const Loss& loss) {
  xtape::nn::Adam<float> adam(model.parameters(), {.learning_rate = 2e-3});
  xtape::nn::DataLoader loader(images, {.batch_size = batch, .shuffle = true, .seed = 1});
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (const auto& part : loader) {
      xtape::Tape<float> tape;
      adam.step(tape.gradient(mean(loss(xtape::Var<float>(part.images))), model.parameters()));
    }
  }
}

/// Steps of Adam along the gradient of a loss that is drawn anew each time.
template <class Loss>
void steps(xtape::nn::Module<double>& model, int count, double learning_rate, const Loss& loss) {
  xtape::nn::Adam<double> adam(model.parameters(), {.learning_rate = learning_rate});
  for (int step = 0; step < count; ++step) {
    xtape::Tape<double> tape;
    adam.step(tape.gradient(loss(), model.parameters()));
  }
}

/// The least value of `loss`, by L-BFGS from where the model is; leaves it there.
template <class Loss>
double minimized(xtape::nn::Module<double>& model, const Loss& loss) {
  const auto objective = [&] {
    xtape::Tape<double> tape;
    const xtape::Var<double> value = loss();
    return std::pair(value.item(), tape.gradient(value, model.parameters()));
  };
  return xtape::nn::minimize<double>(model.parameters(), objective, {.max_iterations = 5000}).value;
}

/// 300 samples of eight numbers that vary along five directions, unequally, and a little along all.
inline xtape::Var<double> linear_samples(xtape::Random& rng) {
  const xtape::Var<double> scale = std::vector<double>{3, 2.2, 1.5, 1, 0.6};
  const xtape::Var<double> signal = matmul(scale * rng.normal({300, 5}), rng.normal({5, 8}));
  return signal + 0.5 * rng.normal({300, 8}) + 1.0;
}

/// The standard error of the mean of numbers.
template <class T>
double standard_error(const xtape::Var<T>& numbers) {
  return stddev(numbers).item() / std::sqrt(double(numbers.size()));
}

/// A mean over draws, and its standard error as NAME_error.
template <class T>
void estimate(Chapter& c, const std::string& name, const xtape::Var<T>& draws) {
  c.number(name, mean(draws).item());
  c.number(name + "_error", standard_error(draws));
}

/// tr Var g of a random gradient g: half the mean of |g - g'|² over independent pairs.
template <class Draw>
double gradient_variance(int pairs, const Draw& draw) {
  double total = 0;
  for (int k = 0; k < pairs; ++k) {
    const std::vector<xtape::Array<float>> one = draw(), other = draw();
    for (std::size_t i = 0; i < one.size(); ++i) total += sum(square(xtape::Var<float>(one[i]) - other[i])).item() / 2;
  }
  return total / pairs;
}

/// Images of a set, drawn with replacement: (count, pixels).
inline xtape::Array<float> drawn_images(const xtape::nn::ImageSet& images, std::size_t count, xtape::Random& rng) {
  std::vector<std::size_t> which(count);
  for (std::size_t& i : which) i = rng.below(images.size());
  return images.gather<float>(which);
}

/// Eight points in the plane, on a circle of radius 2: (8, 2).
inline xtape::Var<double> circle_points() {
  std::vector<std::vector<double>> points;
  for (int k = 0; k < 8; ++k) points.push_back({2 * std::cos(k * M_PI / 4), 2 * std::sin(k * M_PI / 4)});
  return points;
}

/// Rows of a matrix, drawn with replacement.
inline xtape::Var<double> drawn_rows(const xtape::Var<double>& matrix, std::size_t count, xtape::Random& rng) {
  const xtape::Array<double> places = rng.uniform<double>({count}, 0, double(matrix.shape(0)));
  return take(matrix, xtape::Indices(xt::cast<std::int64_t>(places)), 0);
}

/// The expected error of a linear denoising autoencoder, exactly.
inline xtape::Var<double> exact_error(const xtape::nn::LinearDenoising& problem, const Autoencoder<double>& model) {
  return problem.error(model.encoder.layer(0), model.decoder.layer(0));
}

/// A column of a matrix, for figures.
inline Figure::Numbers column(const xtape::Var<double>& matrix, int index) {
  const xtape::Array<double> numbers = transpose(matrix)[index].value();
  return {numbers.begin(), numbers.end()};
}

}  // namespace tutorial

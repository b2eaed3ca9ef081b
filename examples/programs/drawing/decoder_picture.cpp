#include "examples/programs/drawing/decoder_picture.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/text.hpp"
#include "examples/programs/drawing/image_grid.hpp"
#include "examples/programs/drawing/pictures.hpp"

namespace programs {
namespace {

using xtape::Array;
using xtape::Random;
using xtape::Var;
using Layer = ExploredDecoder::Layer;

constexpr std::size_t kMostWeights = 1'000'000;

/// inputs: (n, latent + classes) -> (n, pixels)
Array<float> images_of(const std::vector<Layer>& layers, bool sigmoid, const Array<float>& inputs) {
  Var<float> h = inputs;
  for (std::size_t l = 0; l < layers.size(); ++l)
    h = xtape::linear(l == 0 ? h : xtape::relu(h), layers[l].weight, layers[l].bias);
  return (sigmoid ? xtape::sigmoid(h) : h).value();
}

/// A code with those values of its first units and a label, joined: what the decoder is given.
void set_input(float* input, const ExploredDecoder& decoder, std::span<const double> values, std::size_t label) {
  std::copy(decoder.code.begin(), decoder.code.end(), input);
  for (std::size_t k = 0; k < values.size(); ++k) input[decoder.units[k].unit] = static_cast<float>(values[k]);
  for (std::size_t k = 0; k < decoder.classes.size(); ++k) input[decoder.code.size() + k] = k == label ? 1.0f : 0.0f;
}

/// 256 codes, each unit anywhere in its range, and one label after the other.
Array<float> sample_inputs(const ExploredDecoder& decoder) {
  constexpr std::size_t kCodes = 256;
  Random rng(1);
  Array<float> inputs = xtape::empty<float>({kCodes, decoder.code.size() + decoder.classes.size()});
  for (std::size_t i = 0; i < kCodes; ++i) {
    std::vector<double> values;
    for (const ExploredDecoder::Unit& unit : decoder.units)
      values.push_back(unit.low + (unit.high - unit.low) * rng.uniform<double>({1}, 0, 1)(0));
    set_input(&inputs(i, 0), decoder, values, decoder.classes.empty() ? 0 : i % decoder.classes.size());
  }
  return inputs;
}

/// A row of weights is whole numbers of 16 bits, times its scale.
struct PackedLayer {
  std::vector<std::int16_t> weight;
  std::vector<float> scale;
};

PackedLayer packed(const Layer& layer) {
  constexpr float kMost = 32767;
  const std::size_t rows = layer.weight.shape(0), columns = layer.weight.shape(1);
  PackedLayer result;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::span<const float> weights(layer.weight.data() + row * columns, columns);
    float largest = std::abs(layer.bias(row));  // which is kept as it is, and only checked
    if (!std::isfinite(largest)) throw std::runtime_error("its weights are not finite");
    largest = 0;
    for (const float weight : weights) {
      if (!std::isfinite(weight)) throw std::runtime_error("its weights are not finite");
      largest = std::max(largest, std::abs(weight));
    }
    const float scale = largest / kMost;
    result.scale.push_back(scale);
    for (const float weight : weights)
      result.weight.push_back(
          scale > 0 ? static_cast<std::int16_t>(std::lround(std::clamp(weight / scale, -kMost, kMost))) : 0);
  }
  return result;
}

/// The weights that the script reads out of it.
Layer unpacked(const PackedLayer& packed, const Layer& like) {
  Layer layer = like;
  const std::size_t columns = like.weight.shape(1);
  for (std::size_t i = 0; i < packed.weight.size(); ++i)
    layer.weight.data()[i] = static_cast<float>(packed.weight[i]) * packed.scale[i / columns];
  return layer;
}

template <class T>
std::string base64_of(const T* data, std::size_t size) {
  static_assert(std::endian::native == std::endian::little, "browsers' typed arrays are");
  const auto bytes = std::as_bytes(std::span(data, size));
  return base64(Png(bytes.begin(), bytes.end()));
}

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

}  // namespace

PackedDecoder packed_decoder(const ExploredDecoder& decoder, const xtape::nn::ImageSet& like) {
  std::size_t weights = 0;
  for (const Layer& layer : decoder.layers) weights += layer.weight.size();
  if (weights > kMostWeights)
    throw std::runtime_error("it has " + with_commas(weights) + " weights, and a page has room for " +
                             with_commas(kMostWeights));
  nlohmann::json layers, units, points = nlohmann::json::array();
  std::vector<Layer> read;
  for (const Layer& layer : decoder.layers) {
    const PackedLayer one = packed(layer);
    layers.push_back({{"weight", base64_of(one.weight.data(), one.weight.size())},
                      {"scale", base64_of(one.scale.data(), one.scale.size())},
                      {"bias", base64_of(layer.bias.data(), layer.bias.size())}});
    read.push_back(unpacked(one, layer));
  }
  for (const auto& [unit, low, high, label] : decoder.units)
    units.push_back({{"unit", unit}, {"low", rounded(low)}, {"high", rounded(high)}, {"label", label}});
  for (const auto& [code, label] : decoder.points)
    points.push_back({{"at", {rounded(double(code[0])), rounded(double(code[1]))}}, {"label", label}});

  const Array<float> inputs = sample_inputs(decoder);
  const Array<float> there = images_of(read, decoder.sigmoid, inputs),
                     here = images_of(decoder.layers, decoder.sigmoid, inputs);
  const double difference = static_cast<double>(xt::amax(xt::abs(there - here))());
  if (!(difference <= 1.0 / 255)) throw std::runtime_error("weights of 16 bits are too coarse for it");
  const nlohmann::json model{
      {"height", like.height()},    {"width", like.width()}, {"output", decoder.sigmoid ? "sigmoid" : "identity"},
      {"classes", decoder.classes}, {"code", decoder.code},  {"units", units},
      {"points", points},           {"layers", layers}};
  std::string json;
  for (const char letter : model.dump()) json += letter == '<' ? std::string("\\u003c") : std::string(1, letter);
  return {std::move(json), difference};  // no '<': nothing in it ends the element that it stands in
}

Picture draw_decoder(const ExploredDecoder& decoder, const xtape::nn::ImageSet& like) {
  constexpr std::size_t kSteps = 7, kMostClasses = 10;
  PackedDecoder model = packed_decoder(decoder, like);
  const auto value = [&](std::size_t unit, std::size_t step) {
    const auto& [number, low, high, label] = decoder.units[unit];
    return low + (high - low) * double(step) / double(kSteps - 1);
  };
  const bool plane = decoder.classes.empty() && decoder.units.size() > 1;
  const std::size_t rows = plane ? kSteps : std::clamp<std::size_t>(decoder.classes.size(), 1, kMostClasses);
  GridLook look;
  look.columns_title = decoder.units[0].label;
  if (plane) look.rows_title = decoder.units[1].label;
  Array<float> inputs = xtape::empty<float>({rows * kSteps, decoder.code.size() + decoder.classes.size()});
  for (std::size_t step = 0; step < kSteps; ++step) look.column_labels.push_back(fixed(value(0, step), 1));
  for (std::size_t row = 0; row < rows; ++row) {
    if (!decoder.classes.empty()) look.row_labels.push_back(decoder.classes[row]);
    if (plane) look.row_labels.push_back(fixed(value(1, kSteps - 1 - row), 1));  // upwards, as in a chart
    for (std::size_t step = 0; step < kSteps; ++step) {
      const std::array values{value(0, step), plane ? value(1, kSteps - 1 - row) : 0};
      set_input(&inputs(row * kSteps + step, 0), decoder, std::span(values).first(plane ? 2 : 1), row);
    }
  }
  const std::string difference = fixed(std::ceil(model.difference * 1e6) / 1e6, 6);
  const std::string how = decoder.code.size() == 2 ? "Drag over the plane of codes, or take the arrow keys"
                                                   : "Move numbers of the code, ranked by their " + decoder.rank;
  return {kDecoderFile,
          "The decoder, to be played with where scripts run. " + how +
              (decoder.classes.empty() ? "" : ", and pick a class") +
              ": the image is made by the trained weights, which are in this page in 16 bits each. At 256 codes no "
              "pixel was more than " +
              difference + " off what the program computes; a grey level is 1/255.",
          "Images that the decoder makes of codes along the first units",
          draw_image_grid(as_images(images_of(decoder.layers, decoder.sigmoid, inputs), like), kSteps, look),
          std::move(model.json)};
}

}  // namespace programs

#pragma once
// The networks that the autoencoders train.

#include <cstddef>
#include <string>
#include <vector>

#include "examples/programs/models/expected_tensors.hpp"
#include "nn/layers/mlp.hpp"

namespace programs {

struct AutoencoderShape {
  std::size_t pixels, hidden, latent;
  bool linear = false;  ///< affine encoder and decoder, `hidden` being 0

  std::string to_text() const;      ///< "784-400-20", the widths up to the code
  ExpectedTensors tensors() const;  ///< the parameters of the model
};

/// An encoder of images and a decoder of codes, each with one hidden layer of ReLU; without hidden layers one layer
/// each, σ(W x + b), or W x + b where it is linear.
class Autoencoder : public xtape::nn::Module<float> {
 public:
  Autoencoder(const AutoencoderShape& shape, xtape::Random& rng);

  /// (batch, pixels) -> (batch, latent).
  xtape::Var<float> encode(const xtape::Var<float>& x) const;
  /// What the decoder says of codes: logits of the pixels, or the pixels where it is linear: (batch, latent) ->
  /// (batch, pixels).
  xtape::Var<float> output(const xtape::Var<float>& z) const { return decoder_(z); }
  /// The image that this stands for, in the same shape.
  xtape::Var<float> image(const xtape::Var<float>& output) const { return shape_.linear ? output : sigmoid(output); }
  /// Both at once: the images that images come to.
  xtape::Var<float> reconstruct(const xtape::Var<float>& x) const { return image(output(encode(x))); }

  /// How far the image made of `seen`, which is x or x corrupted, is from x, for each image: (batch, pixels) ->
  /// (batch).
  xtape::Var<float> squared_error(const xtape::Var<float>& x, const xtape::Var<float>& seen) const;
  xtape::Var<float> cross_entropy(const xtape::Var<float>& x, const xtape::Var<float>& seen) const;  ///< not if linear

  bool linear() const { return shape_.linear; }
  const xtape::nn::Mlp<float>& encoder() const { return encoder_; }
  const xtape::nn::Mlp<float>& decoder() const { return decoder_; }

 private:
  AutoencoderShape shape_;
  xtape::nn::Mlp<float> encoder_, decoder_;
};

}  // namespace programs

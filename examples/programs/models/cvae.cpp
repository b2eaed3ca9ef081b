#include "examples/programs/models/cvae.hpp"

#include "autodiff/autodiff.hpp"

namespace programs {

using xtape::Array;
using xtape::Var;

std::string CvaeShape::to_text() const {
  return std::to_string(pixels) + "+" + std::to_string(classes) + "-" + std::to_string(hidden) + "-" +
         std::to_string(latent);
}

ExpectedTensors CvaeShape::tensors() const {
  ExpectedTensors all;
  expect_mlp(all, "encoder", {pixels + classes, hidden});
  expect_linear(all, "mean_head", hidden, latent);
  expect_linear(all, "log_sigma_head", hidden, latent);
  expect_mlp(all, "decoder", {latent + classes, hidden, pixels});
  return all;
}

Cvae::Cvae(const CvaeShape& shape, xtape::Random& rng)
    : encoder_({shape.pixels + shape.classes, shape.hidden}, rng),
      mean_head_(shape.hidden, shape.latent, rng),
      log_sigma_head_(shape.hidden, shape.latent, rng),
      decoder_({shape.latent + shape.classes, shape.hidden, shape.pixels}, rng) {
  add("encoder", encoder_);
  add("mean_head", mean_head_);
  add("log_sigma_head", log_sigma_head_);
  add("decoder", decoder_);
}

Posterior Cvae::posterior(const Var<float>& x, const Array<float>& y) const {
  const Var<float> h = relu(encoder_(xtape::concatenate({x, Var<float>(y)}, -1)));
  return {mean_head_(h), log_sigma_head_(h)};
}

Var<float> Cvae::decode(const Var<float>& z, const Array<float>& y) const {
  xtape::Shape labels = z.shape();  // every sample of a code has the label of its image
  labels.back() = y.shape(1);
  return decoder_(xtape::concatenate({z, xtape::broadcast_to(y, labels)}, -1));
}

NegativeBound Cvae::negative_bound(const Var<float>& x, const Array<float>& y, const Array<float>& epsilon) const {
  const Posterior q = posterior(x, y);
  return programs::negative_bound(likelihood_, x, decode(q.at(epsilon), y), q);
}

Var<float> Cvae::log_weights(const Var<float>& x, const Array<float>& y, const Array<float>& epsilon) const {
  const Posterior q = posterior(x, y);
  const Var<float> z = q.at(epsilon);
  return programs::log_weights(likelihood_, x, decode(z, y), z, q);
}

}  // namespace programs

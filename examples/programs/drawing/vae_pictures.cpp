#include "examples/programs/drawing/vae_pictures.hpp"

#include "examples/programs/drawing/decoder_picture.hpp"
#include "examples/programs/drawing/image_grid.hpp"
#include "examples/programs/drawing/latent_pictures.hpp"
#include "examples/programs/drawing/pictures.hpp"
#include "examples/programs/drawing/sample_pictures.hpp"

namespace programs {
namespace {

using xtape::Array;
using xtape::Random;

/// z: (64, latent)
Picture draw_samples(const Map& decode, const Array<float>& z, const xtape::nn::ImageSet& like) {
  return {
      kSamplesFile,
      "64 new images: codes drawn from the prior N(0, I), decoded. Shown is the mean of p(x|z), not a draw from it.",
      "A grid of eight by eight images made by the decoder", draw_image_grid(as_images(decode(z), like), 8)};
}

}  // namespace

std::vector<std::string> vae_picture_files() {
  return {kReconstructionsFile, kSamplesFile,  kDrawsFile, kNearestFile,   kInterpolationsFile, kTraversalsFile,
          kCodesFile,           kManifoldFile, kSweepFile, kGeneratedFile, kDecoderFile};
}

std::vector<Drawing> draw_vae(const Vae& model, const xtape::nn::LatentUse& use, const Dataset& data,
                              std::uint64_t seed) {
  constexpr std::size_t kShown = 10;
  const Map encode = [&model](const Array<float>& x) { return model.posterior(x).mu.value(); };
  const Map decode = [&model](const Array<float>& z) { return model.mean_image(z).value(); };
  const std::size_t latent = use.kl.size();
  Random rng(seed);
  const Array<float> many = rng.normal<float>({64, latent}), few = rng.normal<float>({kShown, latent});
  std::vector<Drawing> drawings{{kReconstructionsFile,
                                 [=, &data] {
                                   return draw_reconstructions(
                                       data.test, [&](const Array<float>& x) { return decode(encode(x)); },
                                       "what the decoder makes of the mean of their codes");
                                 }},
                                {kSamplesFile, [=, &data] { return draw_samples(decode, many, data.test); }},
                                {kDrawsFile,
                                 [=, &model, &data] {
                                   Random draws = rng;
                                   return draw_means_and_draws(
                                       decode(few), model.likelihood().draw(model.decode(few), draws), data.test);
                                 }},
                                {kNearestFile, [=, &data] { return draw_nearest(decode(few), data.train); }}};
  if (data.test.size() > 1)
    drawings.push_back({kInterpolationsFile, [=, &data] { return draw_interpolations(data.test, encode, decode); }});
  drawings.push_back(
      {kTraversalsFile, [=, &use, &data] {
         return draw_traversals(decode, xtape::zeros<float>({latent}), {use.kl.begin(), use.kl.end()}, data.test);
       }});
  if (latent == 2) {
    drawings.push_back({kCodesFile, [=, &data] { return draw_codes(data, encode, PriorCircle::kDrawn); }});
    drawings.push_back({kManifoldFile, [=, &data] { return draw_manifold(decode, data.test); }});
  }
  drawings.push_back({kDecoderFile, [&model, &data] { return draw_decoder(explored(model, data.test), data.test); }});
  return drawings;
}

}  // namespace programs

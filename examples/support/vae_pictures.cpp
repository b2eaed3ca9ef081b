#include "examples/support/vae_pictures.hpp"

#include "examples/support/image_grid.hpp"
#include "examples/support/latent_pictures.hpp"
#include "examples/support/pictures.hpp"
#include "examples/support/sample_pictures.hpp"

namespace examples {
namespace {

using xtape::Array;
using xtape::Random;

Picture draw_samples(const Map& decode, std::size_t latent, const xtape::nn::ImageSet& like, Random& rng) {
  return {
      kSamplesFile,
      "64 new images: codes drawn from the prior N(0, I), decoded. Shown is the mean of p(x|z), not a draw from it.",
      "A grid of eight by eight images made by the decoder",
      draw_image_grid(as_images(decode(rng.normal<float>({64, latent})), like), 8)};
}

}  // namespace

std::vector<std::string> vae_picture_files() {
  return {kReconstructionsFile, kSamplesFile, kDrawsFile,    kNearestFile, kInterpolationsFile,
          kTraversalsFile,      kCodesFile,   kManifoldFile, kSweepFile,   kGeneratedFile};
}

std::vector<Picture> draw_vae(const Vae& model, const xtape::nn::LatentUse& use, const Dataset& data,
                              std::uint64_t seed) {
  constexpr std::size_t kColumns = 10;
  const Map encode = [&](const Array<float>& x) { return model.posterior(x).mu.value(); };
  const Map decode = [&](const Array<float>& z) { return model.mean_image(z).value(); };
  const std::size_t latent = use.kl.size();
  Random rng(seed);
  std::vector<Picture> pictures{draw_reconstructions(
                                    data.test, [&](const Array<float>& x) { return decode(encode(x)); },
                                    "what the decoder makes of the mean of their codes"),
                                draw_samples(decode, latent, data.test, rng)};
  const xtape::Var<float> output = model.decode(rng.normal<float>({kColumns, latent}));
  const Array<float> means = model.likelihood().mean(output).value();
  pictures.push_back(draw_means_and_draws(means, model.likelihood().draw(output, rng), data.test));
  pictures.push_back(draw_nearest(means, data.train));
  if (data.test.size() > 1) pictures.push_back(draw_interpolations(data.test, encode, decode));
  pictures.push_back(draw_traversals(decode, xtape::zeros<float>({latent}), {use.kl.begin(), use.kl.end()}, data.test));
  if (latent != 2) return pictures;
  pictures.push_back(draw_codes(data, encode, PriorCircle::kDrawn));
  pictures.push_back(draw_manifold(decode, data.test));
  return pictures;
}

}  // namespace examples

#include "examples/programs/report/compared_models.hpp"

#include <algorithm>
#include <cmath>

#include "examples/programs/command_line/text.hpp"
#include "examples/programs/drawing/image_grid.hpp"
#include "nn/inference/latent_use.hpp"

namespace programs {
namespace {

using xtape::Array;
using xtape::Random;
using xtape::nn::ImageSet;

constexpr std::size_t kCodes = 500, kSamples = 12;

/// The numbers of a code, as many as a table has room for.
std::string text_of(const Array<float>& code) {
  constexpr std::size_t kMost = 4;
  std::string text;
  for (std::size_t j = 0; j < std::min(kMost, code.size()); ++j)
    text += (j == 0 ? "" : ", ") + fixed(static_cast<double>(code.data()[j]), 3);
  return text + (code.size() > kMost ? ", ..." : "");
}

}  // namespace

Table compare_losses(const std::vector<ComparedModel>& models, Story& story) {
  Table table{"On test images, nats per image", {"model", "reconstruction", "KL", "bound"}, {}};
  for (const ComparedModel& model : models) {
    const double kl = model.test.kl.value_or(0), reconstruction = model.test.loss - kl;
    const bool has_kl = model.test.kl.has_value();
    table.rows.push_back({model.name, fixed(reconstruction, 2), has_kl ? fixed(kl, 2) : "none",
                          has_kl ? fixed(-model.test.loss, 2) : "none"});
    story.figures.push_back({"Reconstruction, " + model.name, model.key + "_reconstruction", reconstruction});
    if (has_kl) story.figures.push_back({"KL, " + model.name, model.key + "_kl", kl});
  }
  return table;
}

Table encode_twice(const std::vector<ComparedModel>& models, const ImageSet& test, std::uint64_t seed) {
  Table table{"One image encoded twice", {"model", "first code", "second code"}, {}};
  const Array<float> x = test.first<float>(1);
  for (const ComparedModel& model : models) {
    Random rng(seed);
    const Array<float> first = model.encode(x, rng), second = model.encode(x, rng);
    table.rows.push_back({model.name, text_of(first), text_of(second)});
  }
  return table;
}

Picture draw_codes(const std::vector<ComparedModel>& models, const Dataset& data, std::uint64_t seed) {
  std::vector<Encoder> encoders;
  for (const ComparedModel& model : models)
    encoders.push_back({model.name, [&model, seed](const Array<float>& x) {
                          Random rng(seed);
                          return model.encode(x, rng);
                        }});
  return draw_codes(data, encoders, PriorCircle::kDrawn, kCodes);
}

Picture draw_prior_samples(const std::vector<ComparedModel>& models, std::size_t latent, const ImageSet& test,
                           std::uint64_t seed) {
  const Array<float> z = Random(seed).normal<float>({kSamples, latent});
  std::vector<LabelledRow> rows;
  for (const ComparedModel& model : models) rows.push_back({model.name, as_images(model.decode(z), test)});
  return {
      kSamplesFile,
      "What each model makes of the same codes, drawn from the prior N(0, I). An autoencoder has not learnt what lies "
      "between its codes, nor where they should be.",
      "A row of images for each model", draw_comparison(rows, 1)};
}

void add_codes_kl(const ComparedModel& model, const ImageSet& test, std::uint64_t seed, Story& story) {
  Random rng(seed);
  const Array<float> codes = model.encode(test.first<float>(kCodes), rng);
  if (codes.shape(0) <= codes.shape(1)) return;  // before their covariance takes memory for nothing
  const double kl = xtape::nn::normal_kl(xtape::nn::moments(Array<double>(xt::cast<double>(codes))));
  if (!std::isfinite(kl)) return;
  const std::string count = std::to_string(codes.shape(0));
  story.figures.push_back({"KL from N(0, I) of the codes of " + count + " test images together, " + model.name,
                           model.key + "_codes_kl", kl});
}

}  // namespace programs

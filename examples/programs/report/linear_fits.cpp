#include "examples/programs/report/linear_fits.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/text.hpp"
#include "examples/programs/drawing/image_grid.hpp"
#include "examples/programs/drawing/pictures.hpp"

namespace programs {

using xtape::Array;
using xtape::Var;
namespace nn = xtape::nn;

namespace {

double norm(const Array<double>& a) {
  return std::sqrt(sum(square(Var<double>(a))).item());
}

}  // namespace

LinearFit fit_of(const std::string& name, const std::string& key, const nn::LinearVae<double>& vae,
                 const nn::Moments& data, const std::string& iterations) {
  const nn::LinearPosterior exact = nn::posterior(vae.decoder());
  const Array<double> difference = Var<double>(Var<double>(vae.encoder().weight) - exact.weight).value();
  return {name, key, vae.decoder(), vae.bound(data).item(), iterations, norm(difference) / norm(exact.weight)};
}

std::string iterations_text(std::size_t iterations, std::size_t most) {
  return with_commas(iterations) + (iterations < most ? "" : ", not at its end");
}

/// The first ten columns of each W as images: grey is 0.
Picture draw_factors(const std::vector<LinearFit>& fits, const nn::ImageSet& like) {
  std::vector<LabelledRow> rows;
  for (const LinearFit& fit : fits) {
    const std::size_t shown = std::min<std::size_t>(10, fit.model.weight.shape(1));
    Array<float> images = xtape::zeros<float>({shown, like.pixels()});
    for (std::size_t k = 0; k < shown; ++k) {
      double largest = 1e-12;
      for (std::size_t i = 0; i < like.pixels(); ++i) largest = std::max(largest, std::abs(fit.model.weight(i, k)));
      for (std::size_t i = 0; i < like.pixels(); ++i)
        images(k, i) = static_cast<float>(0.5 + 0.5 * fit.model.weight(i, k) / largest);
    }
    rows.push_back({fit.name, as_images(std::move(images), like)});
  }
  return {
      kFactorsFile,
      "The directions in which each model's codes move an image, columns of W: white adds, black takes away. Turning "
      "the codes does not change the likelihood, so that EM comes to any rotation of PCA's directions; the diagonal "
      "posterior of a linear VAE singles them out again, in an order of its own.",
      "A row of images for each model", draw_comparison(rows, 1)};
}

Table to_table(const std::vector<LinearFit>& fits, const nn::Moments& train, const nn::Moments& test) {
  Table table{
      "Nats an image",
      {"model", "bound", "ln p(x)", "gap", "ln p(x) of test images", "iterations", "encoder against the E-step"},
      {}};
  for (const LinearFit& fit : fits) {
    const double exact = nn::log_likelihood(fit.model, train);
    table.rows.push_back({fit.name, fixed(fit.bound, 3), fixed(exact, 3), fixed(exact - fit.bound, 3),
                          fixed(nn::log_likelihood(fit.model, test), 3), fit.iterations,
                          fit.encoder_difference == 0 ? "" : fixed(fit.encoder_difference, 6)});
  }
  return table;
}

}  // namespace programs

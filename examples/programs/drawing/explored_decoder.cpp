#include "examples/programs/drawing/explored_decoder.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/text.hpp"
#include "examples/programs/data/labels.hpp"
#include "nn/distributions/likelihood.hpp"
#include "nn/inference/latent_use.hpp"

namespace programs {
namespace {

using xtape::Array;
using xtape::Var;
using xtape::nn::ImageSet;
using Unit = ExploredDecoder::Unit;

constexpr std::size_t kMostUnits = 12, kMostPoints = 500;

std::vector<ExploredDecoder::Layer> layers_of(const xtape::nn::Mlp<float>& decoder) {
  std::vector<ExploredDecoder::Layer> layers;
  for (std::size_t l = 0; l < decoder.depth(); ++l)
    layers.push_back({decoder.layer(l).weight().value(), decoder.layer(l).bias().value()});
  return layers;
}

/// Units in the order of `by`, the largest first.
void rank(ExploredDecoder& decoder, std::span<const double> by, const std::function<Unit(std::size_t)>& unit) {
  std::vector<std::size_t> order(by.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return by[a] > by[b]; });
  order.resize(std::min(order.size(), kMostUnits));
  for (const std::size_t one : order) decoder.units.push_back(unit(one));
}

void add_points(ExploredDecoder& decoder, const Array<float>& codes, const xtape::nn::ImageSet& test) {
  if (codes.shape(1) != 2) return;
  for (std::size_t i = 0; i < std::min(kMostPoints, codes.shape(0)); ++i)
    decoder.points.push_back({{codes(i, 0), codes(i, 1)}, test.has_labels() ? test.label(i) : 0});
}

/// Units, where they start, and points, of codes from N(0, I).
void set_codes(ExploredDecoder& decoder, const Array<float>& mu, const Array<float>& log_sigma, const ImageSet& test) {
  const xtape::nn::LatentUse use = xtape::nn::latent_use(mu, log_sigma);
  decoder.code.assign(use.kl.size(), 0);
  decoder.rank = "KL from the prior";
  rank(decoder, std::span(use.kl.data(), use.kl.size()), [&](std::size_t unit) {
    return Unit{unit, -3, 3, "unit " + std::to_string(unit) + ": " + fixed(use.kl(unit), 2) + " nats"};
  });
  add_points(decoder, mu, test);
}

}  // namespace

ExploredDecoder explored(const xtape::nn::Mlp<float>& decoder, bool sigmoid, std::vector<std::string> classes,
                         const Array<float>& mu, const Array<float>& log_sigma, const ImageSet& test) {
  ExploredDecoder result{layers_of(decoder), sigmoid, std::move(classes)};
  set_codes(result, mu, log_sigma, test);
  return result;
}

ExploredDecoder explored(const Vae& model, const ImageSet& test) {
  const Posterior q = model.posterior(test.first<float>(test.size()));
  const bool bernoulli = dynamic_cast<const xtape::nn::BernoulliLikelihood<float>*>(&model.likelihood()) != nullptr;
  return explored(model.decoder(), bernoulli, {}, q.mu.value(), q.log_sigma.value(), test);
}

ExploredDecoder explored(const Cvae& model, const Dataset& data, std::size_t classes) {
  std::vector<std::string> names;
  for (std::size_t label = 0; label < classes; ++label) names.push_back(data.class_name(label));
  const std::size_t n = data.test.size();
  const Posterior q =
      model.posterior(data.test.first<float>(n), xtape::one_hot<float>(first_labels(data.test, n), classes));
  return explored(model.decoder(), true, std::move(names), q.mu.value(), q.log_sigma.value(), data.test);
}

ExploredDecoder explored(const xtape::nn::LinearVae<float>& model, const ImageSet& test) {
  const xtape::nn::LinearGaussian p = model.decoder();
  const xtape::nn::LinearPosterior q = model.encoder();
  const Array<float> mean = xt::cast<float>(p.mean), v = xt::cast<float>(q.weight),
                     log_sigma = 0.5f * xt::log(xt::cast<float>(xt::diagonal(q.covariance)));
  const Var<float> mu = matmul(Var<float>(test.first<float>(test.size())) - mean, transpose(Var<float>(v)));
  ExploredDecoder result{{{xt::cast<float>(p.weight), mean}}, false};
  set_codes(result, mu.value(), broadcast_to(log_sigma, mu.shape()).value(), test);
  return result;
}

ExploredDecoder explored(const Autoencoder& model, const ImageSet& test) {
  const Array<float> codes = model.encode(test.first<float>(test.size())).value();
  const std::size_t latent = codes.shape(1);
  const Var<double> z(Array<double>(xt::cast<double>(codes)));
  const Array<double> center = mean(z, 0).value(), variance = var(z, 0).value(), low = min(z, 0).value(),
                      high = max(z, 0).value();
  ExploredDecoder decoder{layers_of(model.decoder()), !model.linear()};
  for (std::size_t unit = 0; unit < latent; ++unit) decoder.code.push_back(static_cast<float>(center(unit)));
  decoder.rank = "variance over test images";
  rank(decoder, std::span(variance.data(), latent), [&](std::size_t unit) {
    const double more = high(unit) > low(unit) ? 0 : 1;  // one that never varies is moved all the same
    return Unit{unit, low(unit) - more, high(unit) + more,
                "unit " + std::to_string(unit) + ": variance " + fixed(variance(unit), 2)};
  });
  add_points(decoder, codes, test);
  return decoder;
}

}  // namespace programs

// A variational autoencoder of images: D. Kingma and M. Welling, "Auto-encoding variational Bayes", 2014.
//
// The encoder gives q(z|x) = N(mu, diag(sigma²)), the decoder p(x|z), and p(z) = N(0, I). Training maximizes the
// evidence lower bound  ELBO(x) = E_q[ln p(x|z)] - KL(q(z|x) || p(z)) <= ln p(x)  by gradients that pass through the
// sample z = mu + sigma * epsilon.  Layers and settings are those of the VAE in PyTorch's examples: 784-400-20, ReLU,
// Adam.

#include <cstdint>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/support/image_grid.hpp"
#include "examples/support/pictures.hpp"
#include "examples/support/program.hpp"
#include "examples/support/results.hpp"
#include "examples/support/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

constexpr const char* kSamples = "samples.png";

/// How a pixel is distributed, given the code.
enum class Likelihood {
  kBernoulli,  ///< the decoder gives the logit of its probability
  kGaussian    ///< the decoder gives its mean; the standard deviation is 1
};

struct Vae : nn::Module<float> {
  nn::Linear<float> encoder, mean_head, log_sigma_head, hidden, decoder;
  Likelihood likelihood;

  Vae(std::size_t pixels, std::size_t width, std::size_t latent, Likelihood of_pixels, Random& rng)
      : encoder(pixels, width, rng),
        mean_head(width, latent, rng),
        log_sigma_head(width, latent, rng),
        hidden(latent, width, rng),
        decoder(width, pixels, rng),
        likelihood(of_pixels) {
    add("encoder", encoder);
    add("mean_head", mean_head);
    add("log_sigma_head", log_sigma_head);
    add("hidden", hidden);
    add("decoder", decoder);
  }

  /// What the decoder says of codes z: (..., latent) -> (..., pixels).
  Var<float> decode(const Var<float>& z) const { return decoder(relu(hidden(z))); }

  /// ln p(x|z) of each image: x: (batch, pixels), z: (..., batch, latent) -> (..., batch).
  Var<float> log_prob(const Var<float>& x, const Var<float>& z) const {
    if (likelihood == Likelihood::kBernoulli) return nn::bernoulli_log_prob(x, decode(z));
    return nn::normal_log_prob(x, decode(z), 0.0f);
  }

  /// The evidence lower bound of each image, estimated from `samples` codes: (batch, pixels) -> (batch).
  Var<float> elbo(const Var<float>& x, std::size_t samples, Random& rng) const {
    const Var<float> h = relu(encoder(x));
    const Var<float> mu = mean_head(h), log_sigma = log_sigma_head(h);  // (batch, latent)
    const Array<float> epsilon = rng.normal<float>({samples, mu.shape()[0], mu.shape()[1]});
    const Var<float> z = mu + exp(log_sigma) * epsilon;  // the reparameterization trick: (samples, batch, latent)
    return mean(log_prob(x, z), 0) - nn::kl_standard_normal(mu, log_sigma);
  }

  /// The most probable code of each image: (batch, pixels) -> (batch, latent).
  Var<float> mean_code(const Var<float>& x) const { return mean_head(relu(encoder(x))); }

  /// The mean of p(x|z), a picture of grey levels: (batch, latent) -> (batch, pixels).
  Var<float> mean_image(const Var<float>& z) const {
    return likelihood == Likelihood::kBernoulli ? sigmoid(decode(z)) : decode(z);
  }
};

struct Options : examples::TrainingOptions {
  std::string likelihood = "bernoulli";
  std::size_t samples = 1;
  bool binarize = false;

  explicit Options(examples::OptionParser& parser) {
    out = "out/vae";
    declare(parser);
    parser.choice("likelihood", likelihood, "How a pixel is distributed, given the code", {"bernoulli", "gaussian"});
    parser.count("samples", samples, "Codes drawn for each image in training", 1, 10'000);
    parser.flag("binarize", binarize, "Draw pixels that are 0 or 1 from the grey levels, anew for each batch");
  }

  void check() const {
    if (binarize && likelihood == "gaussian")
      throw examples::UserError(
          "--binarize makes pixels 0 or 1, which --likelihood gaussian does not describe; leave one out");
  }

  /// Grey levels are no outcomes of a Bernoulli distribution: against them its term is a cross-entropy and not a
  /// log-likelihood.
  bool grey_targets() const { return likelihood == "bernoulli" && !binarize; }

  /// What the loss is made of.
  std::string loss() const {
    return grey_targets() ? "cross-entropy + KL" : binarize ? "-ln p(x|z) + KL of binarized images" : "-ln p(x|z) + KL";
  }
};

examples::Picture draw_samples(const Vae& model, std::size_t latent, const nn::ImageSet& like, std::uint64_t seed) {
  Random rng(seed);
  const Array<float> images = model.mean_image(rng.normal<float>({64, latent})).value();
  return {
      kSamples,
      "64 new images: codes drawn from the prior N(0, I), decoded. Shown is the mean of p(x|z), not a draw from it.",
      "A grid of eight by eight images made by the decoder",
      examples::draw_image_grid(examples::as_images(images, like), 8)};
}

examples::Story describe(const Options& options, const examples::Run& run) {
  examples::Story story;
  story.title = "VAE " + std::to_string(run.data.test.pixels()) + "-" + std::to_string(options.hidden) + "-" +
                std::to_string(options.latent) + " on " + run.data.name;
  story.introduction =
      "A variational autoencoder: the encoder gives each image a normal distribution of codes, the decoder makes "
      "images of codes.";
  story.loss = options.loss();
  if (options.grey_targets()) story.floor = examples::grey_level_entropy(run.data.test);
  return story;
}

void run_vae(int argc, char** argv) {
  examples::OptionParser parser("vae", "Trains a variational autoencoder on images, and draws what it has learnt.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  options.check();
  std::vector<std::string> files{examples::kReconstructionsFile, kSamples};
  if (options.latent == 2) files.push_back(examples::kCodesFile);
  const examples::Run run = examples::prepare_run("vae", parser, options, files);
  const nn::ImageSet& test = run.data.test;

  Random rng(options.seed);
  const Likelihood likelihood = options.likelihood == "gaussian" ? Likelihood::kGaussian : Likelihood::kBernoulli;
  Vae model(test.pixels(), options.hidden, options.latent, likelihood, rng);
  const examples::Story story = describe(options, run);
  announce(run, story, model.parameter_count());

  const auto loss = [&](std::size_t samples) {
    return [&model, &options, samples](const examples::Trainer::Batch& batch, Random& random) {
      return -mean(model.elbo(options.binarize ? random.bernoulli(batch.images) : batch.images, samples, random));
    };
  };
  examples::Trainer trainer(run, model, rng);
  trainer.train(loss(options.samples), loss(1));

  const auto code = [&](const Array<float>& x) { return model.mean_code(x).value(); };
  const auto reconstruct = [&](const Array<float>& x) { return model.mean_image(model.mean_code(x)).value(); };
  std::vector<examples::Picture> pictures{
      examples::draw_reconstructions(test, reconstruct, "what the decoder makes of the mean of their codes"),
      draw_samples(model, options.latent, test, options.seed)};
  if (options.latent == 2) pictures.push_back(examples::draw_codes(test, code));
  write_results(run, trainer, story, pictures);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_program("vae", {"--batch-size", "--samples", "--hidden", "--latent"},
                               [&] { run_vae(argc, argv); });
}

// From an autoencoder to a variational one, by two changes and nothing else.
//
// An autoencoder's encoder ends in a bottleneck: z = f(u), u being its hidden layer. Here it is trained first. Then f
// is replaced by two affine heads, mu = g(u) and log sigma = h(u), so that an image has a distribution of codes q(z|x)
// = N(mu, diag(sigma²)); and to the reconstruction term, now -E_q[ln p(x|z)], the term KL(q(z|x) || N(0, I)) is added.
// Encoder and decoder keep their weights and are trained on. The heads are affine since mu may be any number:
// --sigmoid-mean keeps it in (0, 1), and shows what that costs.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/models/autoencoder.hpp"
#include "examples/models/vae.hpp"
#include "examples/support/bound_loss.hpp"
#include "examples/support/compared_models.hpp"
#include "examples/support/program.hpp"
#include "examples/support/results.hpp"
#include "examples/support/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

constexpr const char *kRetrained = "retrained", *kFromScratch = "from-scratch";  // phases after the autoencoder's

struct Options : examples::TrainingOptions {
  bool sigmoid_mean = false;

  explicit Options(examples::OptionParser& parser) {
    out = "out/ae_to_vae";
    latent = 2;
    declare(parser);
    parser.flag("sigmoid-mean", sigmoid_mean, "Keep mu in (0, 1) by a sigmoid, to see what that costs");
  }

  examples::AutoencoderShape shape(const examples::Dataset& set) const { return {set.test.pixels(), hidden, latent}; }
  examples::VaeShape vae_shape(std::size_t pixels) const { return {pixels, hidden, latent, sigmoid_mean}; }
};

examples::Trainer::Loss loss_of(const examples::Autoencoder& model) {
  return [&model](const examples::Trainer::Batch& batch, Random&) {
    return examples::BatchLoss(mean(model.cross_entropy(batch.images, batch.images)));
  };
}

/// The model that the autoencoder becomes: its encoder and decoder, with heads that nothing has trained.
std::unique_ptr<examples::Vae> make_vae(const Options& options, std::size_t pixels, Random& rng) {
  return std::make_unique<examples::Vae>(options.vae_shape(pixels), std::make_unique<nn::BernoulliLikelihood<float>>(),
                                         rng);
}

examples::ComparedModel compared(const examples::Autoencoder& ae, const examples::TestLoss& test) {
  return {"autoencoder", "ae", test, [&](const Array<float>& x, Random&) { return ae.encode(x).value(); },
          [&](const Array<float>& z) { return ae.image(ae.output(z)).value(); }};
}

examples::ComparedModel compared(const std::string& name, const std::string& key, const examples::Vae& vae,
                                 const examples::TestLoss& test) {
  const auto encode = [&](const Array<float>& x, Random& rng) {
    const examples::Posterior q = vae.posterior(x);
    return q.at(rng.normal<float>(q.mu.shape())).value();
  };
  return {name, key, test, encode, [&](const Array<float>& z) { return vae.mean_image(z).value(); }};
}

examples::Story describe(const std::string& what, const std::string& loss, const Options& options,
                         const examples::Run& run) {
  examples::Story story;
  story.title = what + " " + options.shape(run.data).to_text() + " on " + run.data.name;
  story.introduction =
      "An autoencoder, and what becomes of it when its bottleneck is replaced by a mean and a standard deviation, and "
      "the KL term is added to its loss.";
  story.loss = loss;
  story.floor = examples::grey_level_entropy(run.data.test);
  return story;
}

/// Trains an autoencoder, a variational one that begins with its encoder and decoder, and one from scratch.
void run_ae_to_vae(int argc, char** argv) {
  examples::OptionParser parser("ae_to_vae",
                                "Trains an autoencoder, makes a variational one of it, and compares them.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  const examples::Run run = examples::prepare_run("ae_to_vae", parser, options, [&] {
    examples::RunPlan plan{{examples::kSamplesFile, examples::kCodesFile}, {kRetrained, kFromScratch}};
    plan.tensors = [&](const examples::Dataset& data, const std::string& phase) {
      return phase.empty() ? options.shape(data).tensors() : options.vae_shape(data.test.pixels()).tensors();
    };
    return plan;
  });
  const nn::ImageSet& test = run.data.test;

  Random rng(options.seed);
  examples::Autoencoder ae(options.shape(run.data), rng);
  announce(run, describe("Autoencoder", "cross-entropy", options, run), ae.parameter_count());
  examples::Trainer ae_trainer(run, ae, rng, {.name = "autoencoder"});
  ae_trainer.train(loss_of(ae), loss_of(ae));

  Random of_heads(options.seed);
  const auto converted = make_vae(options, test.pixels(), of_heads),
             retrained = make_vae(options, test.pixels(), of_heads);
  nn::copy_shared_parameters(ae, *converted);  // all but the heads
  nn::copy_parameters(*converted, *retrained);
  examples::Story story = describe("From an autoencoder to a VAE", "cross-entropy + KL", options, run);
  announce(run, story, retrained->parameter_count());
  examples::Trainer trainer(run, *retrained, of_heads, {.name = "retrained", .phase = kRetrained});
  trainer.train(examples::bound_loss(*retrained, options.latent), examples::bound_loss(*retrained, options.latent));

  Random again(options.seed);
  const auto scratch = make_vae(options, test.pixels(), again);
  announce(run, describe("A VAE from scratch,", "cross-entropy + KL", options, run), scratch->parameter_count());
  examples::Trainer scratch_trainer(run, *scratch, again, {.name = "from scratch", .phase = kFromScratch});
  scratch_trainer.train(examples::bound_loss(*scratch, options.latent), examples::bound_loss(*scratch, options.latent));

  write_model(run, trainer);

  std::vector<examples::ComparedModel> models{compared(ae, examples::test_loss(run, loss_of(ae)))};
  const auto add = [&](const std::string& name, const std::string& key, const examples::Vae& vae) {
    models.push_back(compared(name, key, vae, examples::test_loss(run, examples::bound_loss(vae, options.latent))));
  };
  add("converted, untrained", "converted", *converted);
  add("retrained", "retrained", *retrained);
  add("from scratch", "scratch", *scratch);
  story.tables = {compare_losses(models, story), encode_twice(models, test, options.seed)};
  examples::attempt("the KL of all codes together", [&] {
    add_codes_kl(models.front(), test, options.seed, run.published("33.7 (PyTorch)"), story);
    add_codes_kl(models.back(), test, options.seed, run.published("0.25 (PyTorch)"), story);
  });
  std::vector<examples::Drawing> drawings;
  if (options.latent > 1)
    drawings.push_back({examples::kCodesFile, [&] { return draw_codes(models, run.data, options.seed); }});
  drawings.push_back(
      {examples::kSamplesFile, [&] { return draw_prior_samples(models, options.latent, test, options.seed); }});
  write_results(run, trainer, story, std::move(drawings), {&ae_trainer, &trainer, &scratch_trainer});
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_program("ae_to_vae", {"--batch-size", "--hidden", "--latent"},
                               [&] { run_ae_to_vae(argc, argv); });
}

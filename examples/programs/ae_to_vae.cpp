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
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/drawing/decoder_picture.hpp"
#include "examples/programs/models/autoencoder.hpp"
#include "examples/programs/models/vae.hpp"
#include "examples/programs/report/compared_models.hpp"
#include "examples/programs/report/results.hpp"
#include "examples/programs/run/bound_loss.hpp"
#include "examples/programs/run/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

constexpr const char *kRetrained = "retrained", *kFromScratch = "from-scratch";  // phases after the autoencoder's

struct Options : programs::TrainingOptions {
  bool sigmoid_mean = false;

  explicit Options(programs::OptionParser& parser) {
    out = "out/ae_to_vae";
    latent = 2;
    declare(parser);
    parser.flag("sigmoid-mean", sigmoid_mean, "Keep mu in (0, 1) by a sigmoid, to see what that costs");
  }

  programs::AutoencoderShape shape(const programs::Dataset& set) const { return {set.test.pixels(), hidden, latent}; }
  programs::VaeShape vae_shape(std::size_t pixels) const { return {pixels, hidden, latent, sigmoid_mean}; }
};

programs::Trainer::Loss loss_of(const programs::Autoencoder& model) {
  return [&model](const programs::Trainer::Batch& batch, Random&) {
    return programs::BatchLoss(mean(model.cross_entropy(batch.images, batch.images)));
  };
}

/// The model that the autoencoder becomes: its encoder and decoder, with heads that nothing has trained.
std::unique_ptr<programs::Vae> make_vae(const Options& options, std::size_t pixels, Random& rng) {
  return std::make_unique<programs::Vae>(options.vae_shape(pixels), std::make_unique<nn::BernoulliLikelihood<float>>(),
                                         rng);
}

programs::ComparedModel compared(const programs::Autoencoder& ae, const programs::TestLoss& test) {
  return {"autoencoder", "ae", test, [&](const Array<float>& x, Random&) { return ae.encode(x).value(); },
          [&](const Array<float>& z) { return ae.image(ae.output(z)).value(); }};
}

programs::ComparedModel compared(const std::string& name, const std::string& key, const programs::Vae& vae,
                                 const programs::TestLoss& test) {
  const auto encode = [&](const Array<float>& x, Random& rng) {
    const programs::Posterior q = vae.posterior(x);
    return q.at(rng.normal<float>(q.mu.shape())).value();
  };
  return {name, key, test, encode, [&](const Array<float>& z) { return vae.mean_image(z).value(); }};
}

programs::Story describe(const std::string& what, const std::string& loss, const Options& options,
                         const programs::Run& run) {
  programs::Story story;
  story.title = what + " " + options.shape(run.data).to_text() + " on " + run.data.name;
  story.introduction =
      "An autoencoder, and what becomes of it when its bottleneck is replaced by a mean and a standard deviation, and "
      "the KL term is added to its loss.";
  story.loss = loss;
  story.floor = programs::grey_level_entropy(run.data.test);
  return story;
}

/// Trains an autoencoder, a variational one that begins with its encoder and decoder, and one from scratch.
void run_ae_to_vae(int argc, char** argv) {
  programs::OptionParser parser("ae_to_vae",
                                "Trains an autoencoder, makes a variational one of it, and compares them.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  const programs::Run run = programs::prepare_run("ae_to_vae", parser, options, [&] {
    programs::RunPlan plan{{programs::kSamplesFile, programs::kCodesFile, programs::kDecoderFile},
                           {kRetrained, kFromScratch}};
    plan.tensors = [&](const programs::Dataset& data, const std::string& phase) {
      return phase.empty() ? options.shape(data).tensors() : options.vae_shape(data.test.pixels()).tensors();
    };
    return plan;
  });
  const nn::ImageSet& test = run.data.test;

  Random rng(options.seed);
  programs::Autoencoder ae(options.shape(run.data), rng);
  announce(run, describe("Autoencoder", "cross-entropy", options, run), ae.parameter_count());
  programs::Trainer ae_trainer(run, ae, rng, {.name = "autoencoder"});
  ae_trainer.train(loss_of(ae), loss_of(ae));

  Random of_heads(options.seed);
  const auto converted = make_vae(options, test.pixels(), of_heads),
             retrained = make_vae(options, test.pixels(), of_heads);
  nn::copy_shared_parameters(ae, *converted);  // all but the heads
  nn::copy_parameters(*converted, *retrained);
  programs::Story story = describe("From an autoencoder to a VAE", "cross-entropy + KL", options, run);
  announce(run, story, retrained->parameter_count());
  programs::Trainer trainer(run, *retrained, of_heads, {.name = "retrained", .phase = kRetrained});
  trainer.train(programs::bound_loss(*retrained, options.latent), programs::bound_loss(*retrained, options.latent));

  Random again(options.seed);
  const auto scratch = make_vae(options, test.pixels(), again);
  announce(run, describe("A VAE from scratch,", "cross-entropy + KL", options, run), scratch->parameter_count());
  programs::Trainer scratch_trainer(run, *scratch, again, {.name = "from scratch", .phase = kFromScratch});
  scratch_trainer.train(programs::bound_loss(*scratch, options.latent), programs::bound_loss(*scratch, options.latent));

  write_model(run, trainer);

  std::vector<programs::ComparedModel> models{compared(ae, programs::test_loss(run, loss_of(ae)))};
  const auto add = [&](const std::string& name, const std::string& key, const programs::Vae& vae) {
    models.push_back(compared(name, key, vae, programs::test_loss(run, programs::bound_loss(vae, options.latent))));
  };
  add("converted, untrained", "converted", *converted);
  add("retrained", "retrained", *retrained);
  add("from scratch", "scratch", *scratch);
  story.tables = {compare_losses(models, story), encode_twice(models, test, options.seed)};
  programs::attempt("the KL of all codes together", [&] {
    add_codes_kl(models.front(), test, options.seed, story);
    add_codes_kl(models.back(), test, options.seed, story);
  });
  std::vector<programs::Drawing> drawings;
  if (options.latent > 1)
    drawings.push_back({programs::kCodesFile, [&] { return draw_codes(models, run.data, options.seed); }});
  drawings.push_back(
      {programs::kSamplesFile, [&] { return draw_prior_samples(models, options.latent, test, options.seed); }});
  drawings.push_back({programs::kDecoderFile, [&] { return draw_decoder(explored(*retrained, test), test); }});
  write_results(run, trainer, story, std::move(drawings), {&ae_trainer, &trainer, &scratch_trainer});
}

}  // namespace

int main(int argc, char** argv) {
  return programs::run_program("ae_to_vae", {"--batch-size", "--hidden", "--latent"},
                               [&] { run_ae_to_vae(argc, argv); });
}

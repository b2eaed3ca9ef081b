// A variational autoencoder of images: D. Kingma and M. Welling, "Auto-encoding variational Bayes", 2014.
//
// The encoder gives q(z|x) = N(mu, diag(sigma²)), the decoder p(x|z), and p(z) = N(0, I). Training maximizes the
// evidence lower bound  ELBO(x) = E_q[ln p(x|z)] - KL(q(z|x) || p(z)) <= ln p(x)  by gradients that pass through the
// sample z = mu + sigma * epsilon: see models/vae.hpp. Layers and settings are those of the VAE in PyTorch's examples:
// 784-400-20, ReLU, Adam.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/command_line/text.hpp"
#include "examples/programs/command_line/vae_options.hpp"
#include "examples/programs/drawing/decoder_picture.hpp"
#include "examples/programs/drawing/line_chart.hpp"
#include "examples/programs/drawing/sample_pictures.hpp"
#include "examples/programs/drawing/vae_pictures.hpp"
#include "examples/programs/models/vae.hpp"
#include "examples/programs/report/evidence.hpp"
#include "examples/programs/report/results.hpp"
#include "examples/programs/run/bound_loss.hpp"
#include "examples/programs/run/saved_model.hpp"
#include "examples/programs/run/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

/// A model, trained, and what trained it.
struct Trained {
  programs::Vae model;
  programs::Trainer trainer;

  Trained(const programs::VaeOptions& options, const programs::Run& run, std::size_t latent, Random rng,
          const programs::Story& story)
      : model(options.shape(run.data, latent), options.pixels.make_likelihood(run.data.test.pixels()), rng),
        trainer(run, model, rng,
                {.name = "codes of " + std::to_string(latent),
                 .phase = options.phase_of(latent),
                 .transform = options.pixels.transform()}) {
    announce(run, story, model.parameter_count());
    const auto weight = [&] { return options.kl_weight(trainer.epochs_done()); };
    trainer.train(programs::bound_loss(model, latent, options.samples, weight), programs::bound_loss(model, latent));
  }

  nn::LatentUse use(const nn::ImageSet& test) const {
    const programs::Posterior q = model.posterior(test.first<float>(test.size()));
    return nn::latent_use(q.mu.value(), q.log_sigma.value());
  }
};

programs::Story describe(const programs::VaeOptions& options, const programs::Run& run, std::size_t latent) {
  programs::Story story;
  story.title = "VAE " + options.shape(run.data, latent).to_text() + " on " + run.data.name;
  story.introduction =
      "A variational autoencoder: the encoder gives each image a normal distribution of codes, the decoder makes "
      "images of codes.";
  story.loss = options.loss();
  if (options.pixels.grey_targets()) story.floor = programs::grey_level_entropy(run.data.test);
  return story;
}

/// What the bound, its KL term and the units in use are for codes of each size.
void sweep(const programs::VaeOptions& options, const programs::Run& run) {
  programs::Story story = describe(options, run, options.latent_sizes().back());
  programs::Table table{"Size of the code", {"latent", "test loss", "KL", "active units"}, {}};
  programs::Series bound{"test loss", programs::kBlue, {}};
  std::vector<std::unique_ptr<Trained>> models;
  for (const std::size_t latent : options.latent_sizes()) {
    models.push_back(
        std::make_unique<Trained>(options, run, latent, Random(options.seed), describe(options, run, latent)));
    const programs::EpochRecord& end = models.back()->trainer.epochs().back();
    const std::size_t active = models.back()->use(options.pixels.as_seen(run.data.test, options.seed)).active();
    const std::string size = std::to_string(latent);
    table.rows.push_back(
        {size, programs::fixed(end.test_loss, 2), programs::fixed(*end.test_kl, 2), std::to_string(active)});
    story.figures.push_back({"Test loss, codes of " + size, "test_loss_" + size, end.test_loss});
    story.figures.push_back({"KL, codes of " + size, "test_kl_" + size, *end.test_kl});
    story.figures.push_back({"Active units of " + size, "active_units_" + size, static_cast<double>(active), 0});
    bound.points.emplace_back(static_cast<double>(latent), end.test_loss);
  }
  write_model(run, models.back()->trainer);
  story.tables = {std::move(table)};
  std::vector<const programs::Trainer*> trainers;
  for (const auto& model : models) trainers.push_back(&model->trainer);
  const auto draw = [&] {
    return programs::Picture{programs::kSweepFile, "The loss on test images after training with codes of each size.",
                             "A curve that falls and then stays level",
                             programs::draw_line_chart({bound}, "numbers in the code", "test loss, " + story.unit)};
  };
  const nn::ImageSet test = options.pixels.as_seen(run.data.test, options.seed);
  write_results(run, models.back()->trainer, story,
                {{programs::kSweepFile, draw},
                 {programs::kDecoderFile, [&] { return draw_decoder(explored(models.back()->model, test), test); }}},
                trainers);
}

/// Makes images with the weights of a trained decoder alone.
void generate(programs::VaeOptions& options, programs::OptionParser& parser) {
  parser.refuse({"data", "epochs", "latent", "evidence-images", "evidence-samples"},
                "--generate, which draws with a model as it is");
  const programs::SavedModel saved("vae", parser, options);
  const std::size_t latent = options.latent_sizes().back();  // of a sweep, the model that is saved is its last
  const programs::VaeShape shape{saved.like().pixels(), options.hidden, latent};
  saved.check(shape.tensors());
  Random rng(options.seed);
  nn::Mlp<float> decoder(shape.decoder_sizes(), rng);
  const auto likelihood = options.pixels.make_likelihood(saved.like().pixels());
  saved.load("decoder", decoder);
  saved.load("likelihood", *likelihood);
  const Var<float> output = decoder(rng.normal<float>({options.generate, latent}));
  programs::Picture picture =
      programs::draw_means_and_draws(likelihood->mean(output).value(), likelihood->draw(output, rng), saved.like());
  picture.file = programs::kGeneratedFile;  // beside that of the run
  saved.write(picture);
}

void run_vae(int argc, char** argv) {
  programs::OptionParser parser("vae", "Trains a variational autoencoder on images, and draws what it has learnt.");
  programs::VaeOptions options(parser);
  if (!parser.parse(argc, argv)) return;
  if (options.generate > 0) return generate(options, parser);
  programs::Run run = programs::prepare_run("vae", parser, options, [&] {
    options.settle(parser);
    programs::RunPlan plan{programs::vae_picture_files(), options.more_phases(),
                           programs::VaeOptions::phases_of_sweeps()};
    plan.tensors = [&](const programs::Dataset& data, const std::string& phase) {
      return options.shape(data, options.latent_size_of(phase)).tensors();
    };
    return plan;
  });
  options.pixels.prepare(run.data, options.seed);
  if (options.sweep == "latent") return sweep(options, run);

  programs::Story story = describe(options, run, options.latent);
  const Trained trained(options, run, options.latent, Random(options.seed), story);
  write_model(run, trained.trainer);
  programs::Dataset seen = run.data;
  seen.test = options.pixels.as_seen(run.data.test, options.seed);
  const nn::LatentUse use = trained.use(seen.test);
  story.figures = {{"KL of test images", "test_kl", *trained.trainer.epochs().back().test_kl},
                   {"Active units", "active_units", static_cast<double>(use.active()), 0}};
  const auto log_weights = [&](const Array<float>& x, std::size_t samples, Random& rng) {
    return trained.model.log_weights(x, rng.normal<float>({samples, x.shape(0), options.latent})).value();
  };
  programs::attempt("ln p(x)", [&] { add_evidence(run.data, options.evidence_plan(), log_weights, story); });
  write_results(run, trained.trainer, story, programs::draw_vae(trained.model, use, seen, options.seed));
}

}  // namespace

int main(int argc, char** argv) {
  return programs::run_program("vae", {"--batch-size", "--samples", "--hidden", "--latent"},
                               [&] { run_vae(argc, argv); });
}

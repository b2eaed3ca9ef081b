// From an autoencoder to a variational one, by two changes and nothing else.
//
// An autoencoder's encoder ends in a bottleneck z = f(h). Here it is trained first. Then f is replaced by two affine
// heads, mu = g(h) and log sigma = h'(h), so that an image has a distribution of codes q(z|x) = N(mu, diag(sigma²));
// and to the reconstruction term, now -E_q[ln p(x|z)], the term KL(q(z|x) || N(0, I)) is added. Encoder and decoder
// keep their weights and are trained on. The heads are affine since mu may be any number: --sigmoid-mean keeps it in
// (0, 1), and shows what that costs.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/models/autoencoder.hpp"
#include "examples/models/vae.hpp"
#include "examples/support/image_grid.hpp"
#include "examples/support/pictures.hpp"
#include "examples/support/program.hpp"
#include "examples/support/results.hpp"
#include "examples/support/text.hpp"
#include "examples/support/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

constexpr const char* kSamples = "samples.png";
constexpr const char *kRetrained = "retrained", *kFromScratch = "from-scratch";  // phases after the autoencoder's
constexpr std::size_t kCodes = 500;

struct Options : examples::TrainingOptions {
  bool sigmoid_mean = false;

  explicit Options(examples::OptionParser& parser) {
    out = "out/ae_to_vae";
    latent = 2;
    declare(parser);
    parser.flag("sigmoid-mean", sigmoid_mean, "Keep mu in (0, 1) by a sigmoid, to see what that costs");
  }
};

examples::Trainer::Loss loss_of(const examples::Autoencoder& model) {
  return [&model](const examples::Trainer::Batch& batch, Random&) {
    return examples::BatchLoss(-mean(nn::bernoulli_log_prob(batch.images, model.output(model.encode(batch.images)))));
  };
}

examples::Trainer::Loss loss_of(const examples::Vae& model, const Options& options) {
  return [&model, latent = options.latent](const examples::Trainer::Batch& batch, Random& rng) {
    const auto [reconstruction, kl] = model.negative_bound(batch.images, rng.normal<float>({1, batch.size(), latent}));
    return examples::BatchLoss(mean(reconstruction), mean(kl));
  };
}

/// The model that the autoencoder becomes: its encoder and decoder, with heads that nothing has trained.
std::unique_ptr<examples::Vae> make_vae(const Options& options, std::size_t pixels, Random& rng) {
  return std::make_unique<examples::Vae>(
      examples::VaeShape{pixels, options.hidden, options.latent, options.sigmoid_mean},
      std::make_unique<nn::BernoulliLikelihood<float>>(), rng);
}

/// The two terms of a model's loss, as far as it has them.
void add_row(const std::string& name, const std::string& key, const examples::TestLoss& test, examples::Table& table,
             examples::Story& story) {
  const double kl = test.kl.value_or(0);
  table.rows.push_back({name, examples::fixed(test.loss - kl, 2), test.kl ? examples::fixed(kl, 2) : "none",
                        test.kl ? examples::fixed(-test.loss, 2) : "none"});
  story.figures.push_back({"Reconstruction, " + name, key + "_reconstruction", test.loss - kl});
  if (test.kl) story.figures.push_back({"KL, " + name, key + "_kl", kl});
}

/// A code of each image: that of the autoencoder, or a draw from q(z|x).
Array<float> sampled_codes(const examples::Vae& model, const Array<float>& x, Random& rng) {
  const examples::Posterior q = model.posterior(x);
  return q.at(rng.normal<float>(q.mu.shape())).value();
}

/// The code of the first test image, encoded twice by each model: only one of them has one code for it.
examples::Table encode_twice(const examples::Autoencoder& ae, const examples::Vae& vae, const nn::ImageSet& test,
                             std::uint64_t seed) {
  const Array<float> x = test.first<float>(1);
  Random rng(seed);
  const auto text = [](const Array<float>& z) {
    std::string numbers;
    for (std::size_t j = 0; j < std::min<std::size_t>(4, z.size()); ++j)
      numbers += (j == 0 ? "" : ", ") + examples::fixed(double(z.data()[j]), 3);
    return numbers + (z.size() > 4 ? ", ..." : "");
  };
  const Array<float> first = sampled_codes(vae, x, rng), second = sampled_codes(vae, x, rng);
  return {"One image encoded twice",
          {"model", "first code", "second code"},
          {{"autoencoder", text(ae.encode(x).value()), text(ae.encode(x).value())},
           {"retrained VAE", text(first), text(second)}}};
}

/// Codes from N(0, I), decoded by each model: what it would make of codes that no image has.
examples::Picture draw_samples(const std::vector<std::pair<std::string, examples::Map>>& decoders,
                               const Options& options, const nn::ImageSet& test) {
  Random rng(options.seed);
  const Array<float> z = rng.normal<float>({12, options.latent});
  std::vector<examples::LabelledRow> rows;
  for (const auto& [name, decode] : decoders) rows.push_back({name, examples::as_images(decode(z), test)});
  return {kSamples,
          "What each model makes of the same codes, drawn from the prior N(0, I): the autoencoder never learnt "
          "what lies between its codes.",
          "A row of images for each model", examples::draw_comparison(rows, 1)};
}

examples::Story describe(const std::string& what, const std::string& loss, const Options& options,
                         const examples::Run& run) {
  const examples::AutoencoderShape shape{run.data.test.pixels(), options.hidden, options.latent};
  examples::Story story;
  story.title = what + " " + shape.to_text() + " on " + run.data.name;
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
  const examples::Run run = examples::prepare_run("ae_to_vae", parser, options, [] {
    return examples::RunPlan{{kSamples, examples::kCodesFile}, {kRetrained, kFromScratch}};
  });
  const nn::ImageSet& test = run.data.test;

  Random rng(options.seed);
  examples::Autoencoder ae({test.pixels(), options.hidden, options.latent}, rng);
  announce(run, describe("Autoencoder", "cross-entropy", options, run), ae.parameter_count());
  examples::Trainer ae_trainer(run, ae, rng);
  ae_trainer.train(loss_of(ae), loss_of(ae));

  Random of_heads(options.seed);
  const auto converted = make_vae(options, test.pixels(), of_heads),
             retrained = make_vae(options, test.pixels(), of_heads);
  nn::copy_shared_parameters(ae, *converted);  // all but the heads
  nn::copy_parameters(*converted, *retrained);
  examples::Story story = describe("From an autoencoder to a VAE", "cross-entropy + KL", options, run);
  announce(run, story, retrained->parameter_count());
  examples::Trainer trainer(run, *retrained, of_heads, {.phase = kRetrained});
  trainer.train(loss_of(*retrained, options), loss_of(*retrained, options));

  Random again(options.seed);
  const auto scratch = make_vae(options, test.pixels(), again);
  announce(run, describe("A VAE from scratch,", "cross-entropy + KL", options, run), scratch->parameter_count());
  examples::Trainer scratch_trainer(run, *scratch, again, {.phase = kFromScratch});
  scratch_trainer.train(loss_of(*scratch, options), loss_of(*scratch, options));

  const std::vector<std::pair<std::string, const examples::Vae*>> vaes{
      {"converted, untrained", converted.get()}, {"retrained", retrained.get()}, {"from scratch", scratch.get()}};
  const auto sample_codes = [&](const examples::Vae& vae) {
    return [&vae, seed = options.seed](const Array<float>& x) {
      Random draws(seed);
      const examples::Posterior q = vae.posterior(x);
      return q.at(draws.normal<float>(q.mu.shape())).value();
    };
  };
  std::vector<examples::Encoder> encoders{{"autoencoder", [&](const Array<float>& x) { return ae.encode(x).value(); }}};
  std::vector<std::pair<std::string, examples::Map>> decoders{
      {"autoencoder", [&](const Array<float>& z) { return ae.image(ae.output(z)).value(); }}};
  examples::Table table{"On test images, nats per image", {"model", "reconstruction", "KL", "bound"}, {}};
  add_row("autoencoder", "ae", examples::test_loss(run, loss_of(ae)), table, story);
  for (const auto& [name, vae] : vaes) {
    encoders.push_back({name, sample_codes(*vae)});
    decoders.emplace_back(name, [vae = vae](const Array<float>& z) { return vae->mean_image(z).value(); });
    add_row(name,
            vae == converted.get()   ? "converted"
            : vae == retrained.get() ? "retrained"
                                     : "scratch",
            examples::test_loss(run, loss_of(*vae, options)), table, story);
  }
  const bool known = run.plain && run.data.name == "mnist";
  const auto add_codes_kl = [&](const examples::Encoder& encoder, const std::string& key, const char* in_pytorch) {
    const Array<float> codes = encoder.encode(test.first<float>(kCodes));
    story.figures.push_back({"KL from N(0, I) of the codes of all images together, " + encoder.title, key,
                             nn::gaussian_kl(nn::moments(Array<double>(xt::cast<double>(codes)))), 2,
                             known ? in_pytorch : ""});
  };
  add_codes_kl(encoders.front(), "ae_codes_kl", "33.7 (PyTorch)");
  add_codes_kl(encoders.back(), "vae_codes_kl", "0.25 (PyTorch)");
  story.tables = {table, encode_twice(ae, *retrained, test, options.seed)};
  write_results(run, trainer, story,
                {draw_samples(decoders, options, test), examples::draw_codes(test, encoders, kCodes)});
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_program("ae_to_vae", {"--batch-size", "--hidden", "--latent"},
                               [&] { run_ae_to_vae(argc, argv); });
}

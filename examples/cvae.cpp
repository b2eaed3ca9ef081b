// A conditional variational autoencoder of images: K. Sohn, H. Lee and X. Yan, "Learning structured output
// representation using deep conditional generative models", 2015.
//
// The label y, a one-hot vector, is joined to what goes into the encoder and to the code: q(z|x, y) and p(x|z, y), with
// p(z) = N(0, I) whatever the label: see models/cvae.hpp. Training maximizes a bound of ln p(x|y),
//     E_q[ln p(x|z, y)] - KL(q(z|x, y) || p(z)) <= ln p(x|y),
// which is not one of ln p(x): labels alone can be worth ln 10 = 2.30 nats. So a VAE of the same size is trained beside
// it, and compared in both ways: by each model's own bound, and with the label summed out,
//     ln p(x) >= E ln (1/10) Σ_y p(x, z_y|y) / q(z_y|x, y),  z_y from q(z|x, y).
// The code z need not say what the label says already; what is left in it is the style.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/models/cvae.hpp"
#include "examples/support/bound_loss.hpp"
#include "examples/support/cvae_pictures.hpp"
#include "examples/support/label_accuracy.hpp"
#include "examples/support/labels.hpp"
#include "examples/support/program.hpp"
#include "examples/support/results.hpp"
#include "examples/support/saved_model.hpp"
#include "examples/support/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

constexpr const char* kVae = "vae";  // the phase after the first
constexpr std::size_t kRows = 8;

struct Options : examples::TrainingOptions {
  std::size_t label = 0, style = 0;

  explicit Options(examples::OptionParser& parser) {
    out = "out/cvae";
    declare(parser);
    parser.count("label", label, "Draw images of this label with the model saved in the --out folder", 0);
    parser.count("style", style, "Draw them in the style of this test image", 0);
    parser.keep_out_of_values("label");
    parser.keep_out_of_values("style");
  }
};

/// How well a linear classifier finds the labels of test images in their codes, mu.
template <class Encode>
double label_accuracy(const Encode& encode, const examples::Dataset& data, std::size_t classes) {
  const auto codes_of = [&](const nn::ImageSet& images) {
    const Array<std::int64_t> labels = examples::first_labels(images, images.size());
    return examples::LabelledCodes{encode(images.first<float>(images.size()), labels), labels};
  };
  return examples::linear_label_accuracy(codes_of(data.train), codes_of(data.test), classes);
}

examples::Story describe(const std::string& what, const examples::Run& run) {
  examples::Story story;
  story.title = what + " on " + run.data.name;
  story.introduction =
      "A conditional variational autoencoder is told the class of each image: its code has to hold the style alone.";
  story.loss = "cross-entropy + KL";
  story.floor = examples::grey_level_entropy(run.data.test);
  return story;
}

/// Draws what the user asks of a model that is there: a class, the classes in a style, or a class in a style.
void draw_chosen(Options& options, examples::OptionParser& parser) {
  parser.refuse({"epochs"}, "--label and --style, which draw with a model as it is");
  if (parser.given("style")) parser.refuse({"seed"}, "--style, which draws nothing at random");
  if (!parser.given("style")) parser.refuse({"data"}, "--label without --style, which needs no image");
  const examples::SavedModel saved("cvae", parser, options);
  const examples::Dataset data = examples::load_dataset(options.data);
  const nn::ImageSet& test = data.test;
  const std::size_t classes = examples::count_classes(data);
  if (test.pixels() != saved.like().pixels())
    throw examples::UserError("the model was trained on images of another size than those in " + options.data);
  if (options.label >= classes)
    throw examples::UserError("--label takes a number from 0 to " + std::to_string(classes - 1) + ", got " +
                              std::to_string(options.label));
  if (options.style >= test.size())
    throw examples::UserError("--style takes the number of a test image, from 0 to " + std::to_string(test.size() - 1) +
                              ", got " + std::to_string(options.style));
  Random rng(options.seed);
  examples::Cvae model({test.pixels(), options.hidden, options.latent, classes}, rng);
  saved.load(model);
  const std::vector<std::size_t> chosen{options.style};
  if (!parser.given("label")) {
    examples::Picture picture = draw_styles(model, chosen, classes, data);
    picture.file = examples::kChosenFile;  // beside that of the run
    return saved.write(picture);
  }
  if (parser.given("style")) return saved.write(draw_label(model, options.style, options.label, classes, data));
  saved.write(draw_label(model, rng.normal<float>({kRows * kRows, options.latent}), options.label, classes, data));
}

void run_cvae(int argc, char** argv) {
  examples::OptionParser parser("cvae", "Trains a variational autoencoder that is told the labels of images.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  if (parser.given("label") || parser.given("style")) return draw_chosen(options, parser);
  const examples::Run run = examples::prepare_run("cvae", parser, options, [] {
    return examples::RunPlan{{examples::kClassesFile, examples::kStylesFile, examples::kChosenFile},
                             {kVae},
                             {},
                             [](const examples::Dataset& data) { examples::count_classes(data); }};
  });
  const nn::ImageSet& test = run.data.test;
  const std::size_t latent = options.latent, classes = examples::count_classes(run.data);

  Random rng(options.seed);
  const examples::CvaeShape shape{test.pixels(), options.hidden, latent, classes};
  examples::Cvae model(shape, rng);
  examples::Story story = describe("CVAE " + shape.to_text(), run);
  announce(run, story, model.parameter_count());
  examples::Trainer trainer(run, model, rng, {.name = "CVAE"});
  trainer.train(examples::bound_loss(model, latent, classes), examples::bound_loss(model, latent, classes));

  Random same(options.seed);
  const examples::VaeShape vae_shape{test.pixels(), options.hidden, latent};
  examples::Vae vae(vae_shape, std::make_unique<nn::BernoulliLikelihood<float>>(), same);
  announce(run, describe("VAE " + vae_shape.to_text(), run), vae.parameter_count());
  examples::Trainer vae_trainer(run, vae, same, {.name = "VAE", .phase = kVae});
  vae_trainer.train(examples::bound_loss(vae, latent), examples::bound_loss(vae, latent));

  const auto vae_code = [&](const Array<float>& x, const Array<std::int64_t>&) { return vae.posterior(x).mu.value(); };
  const auto code = [&](const Array<float>& x, const Array<std::int64_t>& y) {
    return model.posterior(x, one_hot<float>(y, classes)).mu.value();
  };
  story.figures = {
      {"Test loss of the VAE", "vae_test_loss", vae_trainer.epochs().back().test_loss, 2,
       run.published("105.56 (PyTorch)")},
      {"Test loss of the CVAE, its own: of ln p(x|y)", "cvae_test_loss", trainer.epochs().back().test_loss, 2,
       run.published("101.79 (PyTorch)")},
      {"Test loss of the CVAE, the label summed out: of ln p(x)", "cvae_marginalized_loss",
       examples::test_loss(run, examples::marginalized_loss(model, latent, classes)).loss, 2,
       run.published("about 103.2 (PyTorch)")},
      {"Label accuracy from the code of the VAE", "vae_label_accuracy", label_accuracy(vae_code, run.data, classes), 3,
       run.published("0.83 (PyTorch, its classifier not known)")},
      {"Label accuracy from the code of the CVAE", "cvae_label_accuracy", label_accuracy(code, run.data, classes), 3,
       run.published("0.37 (PyTorch, its classifier not known)")}};
  write_results(run, trainer, story,
                {draw_classes(model, Random(options.seed).normal<float>({kRows, latent}), classes, run.data),
                 draw_styles(model, examples::one_of_each_class(test, kRows), classes, run.data)},
                {&vae_trainer, &trainer});
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_program("cvae", {"--batch-size", "--hidden", "--latent"}, [&] { run_cvae(argc, argv); });
}

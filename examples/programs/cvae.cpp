// A conditional variational autoencoder of images: K. Sohn, H. Lee and X. Yan, "Learning structured output
// representation using deep conditional generative models", 2015.
//
// The label y, a one-hot vector, is joined to what goes into the encoder and to the code: q(z|x, y) and p(x|z, y), with
// p(z) = N(0, I) whatever the label: see models/cvae.hpp. Training maximizes a bound of ln p(x|y),
//     E_q[ln p(x|z, y)] - KL(q(z|x, y) || p(z)) <= ln p(x|y),
// which is not one of ln p(x): labels alone can be worth ln K nats, with K the number of classes. So a VAE of the same
// size is trained beside it, and compared in both ways: by each model's own bound, and with the label summed out,
//     ln p(x) >= E ln (1/K) Σ_y p(x, z_y|y) / q(z_y|x, y),  z_y from q(z|x, y).
// The classes are the labels of the training images, whatever their numbers, and each is as probable as another.
// The code z need not say what the label says already; what is left in it is the style.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/data/labels.hpp"
#include "examples/programs/drawing/cvae_pictures.hpp"
#include "examples/programs/drawing/decoder_picture.hpp"
#include "examples/programs/models/cvae.hpp"
#include "examples/programs/report/label_accuracy.hpp"
#include "examples/programs/report/results.hpp"
#include "examples/programs/run/bound_loss.hpp"
#include "examples/programs/run/saved_model.hpp"
#include "examples/programs/run/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

constexpr const char* kVae = "vae";        // the phase after the first
constexpr const char* kLabels = "labels";  // a note in the saved model
constexpr std::size_t kRows = 8;

struct Options : programs::TrainingOptions {
  std::size_t label = 0, style = 0;

  explicit Options(programs::OptionParser& parser) {
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
double label_accuracy(const Encode& encode, const programs::Dataset& data, std::size_t classes) {
  const auto codes_of = [&](const nn::ImageSet& images) {
    const Array<std::int64_t> labels = programs::first_labels(images, images.size());
    return programs::LabelledCodes{encode(images.first<float>(images.size()), labels), labels};
  };
  return programs::linear_label_accuracy(codes_of(data.train), codes_of(data.test), classes);
}

programs::Story describe(const std::string& what, const programs::Run& run) {
  programs::Story story;
  story.title = what + " on " + run.data.name;
  story.introduction =
      "A conditional variational autoencoder is told the class of each image: its code has to hold the style alone.";
  story.loss = "cross-entropy + KL";
  story.floor = programs::grey_level_entropy(run.data.test);
  return story;
}

/// The classes of the saved model, as text in its file: "1,2,26".
std::string to_note(const std::vector<std::uint8_t>& labels) {
  std::string text;
  for (const std::uint8_t label : labels) text += (text.empty() ? "" : ",") + std::to_string(label);
  return text;
}

/// The same back; those of the data for a model that was saved without.
std::vector<std::uint8_t> labels_of(const programs::SavedModel& saved, const programs::Dataset& data) {
  std::vector<std::uint8_t> labels;
  std::istringstream note(saved.note(kLabels));
  for (std::string number; std::getline(note, number, ',');) {
    unsigned label = 256;
    std::from_chars(number.data(), number.data() + number.size(), label);
    if (label > 255 || (!labels.empty() && label <= labels.back()))
      throw programs::UserError("the model in the --out folder is damaged: its note 'labels' cannot be read");
    labels.push_back(static_cast<std::uint8_t>(label));
  }
  return labels.empty() ? programs::seen_labels(data) : labels;
}

/// Draws what the user asks of a model that is there: a class, the classes in a style, or a class in a style.
void draw_chosen(Options& options, programs::OptionParser& parser) {
  const bool by_label = parser.given("label"), by_style = parser.given("style");
  parser.refuse({"epochs"}, "--label and --style, which draw with a model as it is");
  if (by_style) parser.refuse({"seed"}, "--style, which draws nothing at random");
  if (!by_style) parser.refuse({"data"}, "--label without --style, which needs no image");
  const programs::SavedModel saved("cvae", parser, options);
  programs::Dataset data = programs::load_dataset(options.data);
  if (data.test.pixels() != saved.like().pixels())
    throw programs::UserError("the model was trained on images of another size than those in " +
                              text::path(data.source));
  const std::vector<std::uint8_t> labels = labels_of(saved, data);
  const auto place = std::find(labels.begin(), labels.end(), options.label);
  if (by_label && place == labels.end())
    throw programs::UserError("--label takes " + programs::listed(labels) + ", which the model was trained with, got " +
                              std::to_string(options.label));
  if (options.style >= data.test.size())
    throw programs::UserError("--style takes the number of a test image, from 0 to " +
                              std::to_string(data.test.size() - 1) + ", got " + std::to_string(options.style));
  if (by_style && !data.test.has_labels())
    throw programs::UserError("the test images in " + text::path(data.source) +
                              " have no labels, which the model is told; choose other --data");
  data.train = {};
  data.test = by_style ? data.test.slice(options.style, 1) : saved.like();  // no other one counts
  data = programs::with_classes(data, labels);
  const std::size_t classes = labels.size(), label = static_cast<std::size_t>(place - labels.begin());
  const programs::CvaeShape shape{data.test.pixels(), options.hidden, options.latent, classes};
  saved.check(shape.tensors());
  Random rng(options.seed);
  programs::Cvae model(shape, rng);
  saved.load(model);
  const std::vector<std::size_t> chosen{0};
  if (!by_label) {
    programs::Picture picture = draw_styles(model, chosen, classes, data);
    picture.file = programs::kChosenFile;  // beside that of the run
    return saved.write(picture);
  }
  if (by_style) return saved.write(draw_label(model, chosen.front(), label, classes, data));
  saved.write(draw_label(model, rng.normal<float>({kRows * kRows, options.latent}), label, classes, data));
}

programs::RunPlan plan_of(const Options& options) {
  programs::RunPlan plan{{programs::kClassesFile, programs::kStylesFile, programs::kChosenFile, programs::kDecoderFile},
                         {kVae}};
  plan.check_data = [](const programs::Dataset& data) { programs::seen_labels(data); };
  plan.tensors = [&options](const programs::Dataset& data, const std::string& phase) {
    const std::size_t pixels = data.test.pixels();
    if (phase == kVae) return programs::VaeShape{pixels, options.hidden, options.latent}.tensors();
    return programs::CvaeShape{pixels, options.hidden, options.latent, programs::seen_labels(data).size()}.tensors();
  };
  plan.reads_labels = true;
  return plan;
}

void run_cvae(int argc, char** argv) {
  programs::OptionParser parser("cvae", "Trains a variational autoencoder that is told the labels of images.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  if (parser.given("label") || parser.given("style")) return draw_chosen(options, parser);
  programs::Run run = programs::prepare_run("cvae", parser, options, [&] { return plan_of(options); });
  const std::vector<std::uint8_t> labels = programs::seen_labels(run.data);
  run.data = programs::with_classes(run.data, labels);
  const nn::ImageSet& test = run.data.test;
  const std::size_t latent = options.latent, classes = labels.size();

  Random rng(options.seed);
  const programs::CvaeShape shape{test.pixels(), options.hidden, latent, classes};
  programs::Cvae model(shape, rng);
  programs::Story story = describe("CVAE " + shape.to_text(), run);
  announce(run, story, model.parameter_count());
  programs::Trainer trainer(run, model, rng, {.name = "CVAE"});
  trainer.train(programs::bound_loss(model, latent, classes), programs::bound_loss(model, latent, classes));

  Random same(options.seed);
  const programs::VaeShape vae_shape{test.pixels(), options.hidden, latent};
  programs::Vae vae(vae_shape, std::make_unique<nn::BernoulliLikelihood<float>>(), same);
  announce(run, describe("VAE " + vae_shape.to_text(), run), vae.parameter_count());
  programs::Trainer vae_trainer(run, vae, same, {.name = "VAE", .phase = kVae});
  vae_trainer.train(programs::bound_loss(vae, latent), programs::bound_loss(vae, latent));

  const auto vae_code = [&](const Array<float>& x, const Array<std::int64_t>&) { return vae.posterior(x).mu.value(); };
  const auto code = [&](const Array<float>& x, const Array<std::int64_t>& y) {
    return model.posterior(x, one_hot<float>(y, classes)).mu.value();
  };
  write_model(run, trainer, {{kLabels, to_note(labels)}});

  story.figures = {
      {"Test loss of the VAE", "vae_test_loss", vae_trainer.epochs().back().test_loss},
      {"Test loss of the CVAE, its own: of ln p(x|y)", "cvae_test_loss", trainer.epochs().back().test_loss}};
  const auto add = [&](const std::string& name, const std::string& key, int decimals,
                       const std::function<double()>& measure) {
    programs::attempt(name, [&] { story.figures.push_back({name, key, measure(), decimals}); });
  };
  add("Test loss of the CVAE, the label summed out: of ln p(x)", "cvae_marginalized_loss", 2,
      [&] { return programs::test_loss(run, programs::marginalized_loss(model, latent, classes)).loss; });
  add("Label accuracy from the code of the VAE", "vae_label_accuracy", 3,
      [&] { return label_accuracy(vae_code, run.data, classes); });
  add("Label accuracy from the code of the CVAE", "cvae_label_accuracy", 3,
      [&] { return label_accuracy(code, run.data, classes); });
  write_results(run, trainer, story,
                {{programs::kClassesFile,
                  [&] {
                    const Array<float> z = Random(options.seed).normal<float>({kRows, latent});
                    return draw_classes(model, z, classes, run.data);
                  }},
                 {programs::kStylesFile,
                  [&] { return draw_styles(model, programs::one_of_each_class(test, kRows), classes, run.data); }},
                 {programs::kDecoderFile, [&] { return draw_decoder(explored(model, run.data, classes), test); }}},
                {&vae_trainer, &trainer});
}

}  // namespace

int main(int argc, char** argv) {
  return programs::run_program("cvae", {"--batch-size", "--hidden", "--latent"}, [&] { run_cvae(argc, argv); });
}

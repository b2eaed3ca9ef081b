// An autoencoder of images: an encoder f makes a code z = f(x) of each image x, a decoder g an image g(z) of the code,
// and both are trained until g(f(x)) is like x. G. Hinton and R. Salakhutdinov, "Reducing the dimensionality of data
// with neural networks", 2006.
//
// The loss is the expectation under the data of the squared error |x - g(f(x))|² or of the cross-entropy
// -Σ [x ln g + (1 - x) ln(1 - g)], over the pixels of g = g(f(x)). With --hidden 0 encoder and decoder are one layer
// each, σ(W x + b). With --linear they are affine, and the best that training can come to is known: the squared error
// that principal component analysis leaves, Σ_{i>q} λ_i for codes of q numbers.

#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/drawing/decoder_picture.hpp"
#include "examples/programs/drawing/pictures.hpp"
#include "examples/programs/models/autoencoder.hpp"
#include "examples/programs/report/results.hpp"
#include "examples/programs/run/linear_autoencoder.hpp"
#include "examples/programs/run/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

struct Options : programs::TrainingOptions {
  std::string loss = "cross-entropy";
  bool linear = false;

  explicit Options(programs::OptionParser& parser) {
    out = "out/ae";
    declare(parser, Hidden::kPerhaps);
    parser.choice("loss", loss, "What becomes small", {"squared-error", "cross-entropy"});
    parser.flag("linear", linear, "Affine encoder and decoder with the squared error, whose optimum is that of PCA");
  }

  void settle(const programs::OptionParser& parser) {
    if (!linear) return;
    if (parser.given("loss") && loss != "squared-error")
      throw programs::UserError("--linear is for --loss squared-error; leave one of the two out");
    loss = "squared-error";
    programs::settle_linear(*this, parser);
  }

  programs::AutoencoderShape shape(const programs::Dataset& set) const {
    return {set.test.pixels(), hidden, latent, linear};
  }
};

/// Of each image: (batch, pixels) -> (batch).
Var<float> loss_of(const programs::Autoencoder& model, const Options& options, const Var<float>& x) {
  return options.loss == "squared-error" ? model.squared_error(x, x) : model.cross_entropy(x, x);
}

programs::Story describe(const Options& options, const programs::AutoencoderShape& shape, const programs::Run& run) {
  programs::Story story;
  story.title = (options.linear ? "Linear autoencoder " : "Autoencoder ") + shape.to_text() + " on " + run.data.name;
  story.introduction =
      "An autoencoder: the encoder makes a short code of each image, the decoder an image of the code.";
  story.loss = options.loss == "squared-error" ? "squared error" : "cross-entropy";
  if (options.loss == "cross-entropy") story.floor = programs::grey_level_entropy(run.data.test);
  story.unit = options.loss == "squared-error" ? "per image, summed over the pixels" : "nats per image";
  return story;
}

void run_ae(int argc, char** argv) {
  programs::OptionParser parser("ae", "Trains an autoencoder on images, and draws what it has learnt.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  const programs::Run run = programs::prepare_run("ae", parser, options, [&] {
    options.settle(parser);
    programs::RunPlan plan{{programs::kReconstructionsFile, programs::kCodesFile, programs::kDecoderFile}};
    plan.check_data = [&](const programs::Dataset& data) {
      if (options.linear) programs::check_linear_memory(data);
    };
    plan.tensors = [&](const programs::Dataset& data, const std::string&) { return options.shape(data).tensors(); };
    return plan;
  });
  const nn::ImageSet& test = run.data.test;

  Random rng(options.seed);
  const programs::AutoencoderShape shape = options.shape(run.data);
  programs::Autoencoder model(shape, rng);
  programs::Story story = describe(options, shape, run);
  announce(run, story, model.parameter_count());

  const auto loss = [&](const programs::Trainer::Batch& batch, Random&) {
    return mean(loss_of(model, options, batch.images));
  };
  programs::Trainer trainer(run, model, rng, {.unit = story.unit});
  trainer.train(loss, loss);
  write_model(run, trainer);
  if (options.linear)
    refine_linear(
        model, [&] { return nn::LinearDenoising::gaussian(nn::moments(run.data.train), 0); }, loss, run, trainer,
        story);

  std::vector<programs::Drawing> drawings{{programs::kReconstructionsFile, [&] {
                                             return programs::draw_reconstructions(
                                                 test,
                                                 [&](const Array<float>& x) { return model.reconstruct(x).value(); },
                                                 "what the decoder makes of their codes");
                                           }}};
  if (options.latent == 2)
    drawings.push_back({programs::kCodesFile, [&] {
                          return programs::draw_codes(
                              run.data, [&](const Array<float>& x) { return model.encode(x).value(); },
                              programs::PriorCircle::kNone);
                        }});
  drawings.push_back({programs::kDecoderFile, [&] { return draw_decoder(explored(model, test), test); }});
  write_results(run, trainer, story, drawings);
}

}  // namespace

int main(int argc, char** argv) {
  return programs::run_program("ae", {"--batch-size", "--hidden", "--latent"}, [&] { run_ae(argc, argv); });
}

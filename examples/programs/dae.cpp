// A denoising autoencoder: P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, "Extracting and composing robust
// features with denoising autoencoders", 2008.
//
// Each image x is corrupted to x̃ (pixels set to zero, or Gaussian noise), and encoder f and decoder g are trained until
// g(f(x̃)) is like the clean x: they minimize E_x E_{x̃|x} loss(x, g(f(x̃))). The inner expectation is a mean over
// --samples L corruptions, drawn anew for every batch. With --linear, f and g are affine and the loss is the squared
// error, whose least value is known: tr S - Σ_{i≤q} eig_i(C A⁻¹ Cᵀ) with S = cov(x), A = cov(x̃), C = cov(x, x̃).

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

constexpr const char* kDenoised = "denoised.png";

struct Options : programs::TrainingOptions {
  std::string noise = "masking";
  double rate = 0.25, sigma = 0.5;
  std::size_t samples = 1;
  bool linear = false;

  explicit Options(programs::OptionParser& parser) {
    out = "out/dae";
    declare(parser, Hidden::kPerhaps);
    parser.choice("noise", noise, "Pixels set to zero, or noise added to all", {"masking", "gaussian"});
    parser.positive("rate", rate, "How likely a pixel is to be set to zero", 1);
    parser.positive("sigma", sigma, "Standard deviation of the Gaussian noise", 1e6);
    parser.count("samples", samples, "Corruptions of each image in a step", 1, 1000);
    parser.flag("linear", linear, "Affine encoder and decoder with the squared error, whose optimum is known");
  }

  void settle(const programs::OptionParser& parser) {
    if (noise == "gaussian" && parser.given("rate"))
      throw programs::UserError("--rate is for --noise masking; leave one of the two out");
    if (noise == "masking" && parser.given("sigma"))
      throw programs::UserError("--sigma is for --noise gaussian; add that, or leave --sigma out");
    if (linear) programs::settle_linear(*this, parser);
  }

  programs::AutoencoderShape shape(const programs::Dataset& set) const {
    return {set.test.pixels(), hidden, latent, linear};
  }
  nn::Transform<float> corruption() const {
    return noise == "masking" ? nn::random_masking<float>(rate) : nn::gaussian_noise<float>(sigma);
  }
  /// What the linear model makes small, exactly.
  nn::LinearDenoising problem(const nn::Moments& clean) const {
    return noise == "masking" ? nn::LinearDenoising::masking(clean, rate) : nn::LinearDenoising::gaussian(clean, sigma);
  }
};

/// The mean over images x: (batch, pixels), and over `samples` corruptions of each.
Var<float> loss_of(const programs::Autoencoder& model, const Options& options, const Array<float>& x,
                   std::size_t samples, Random& rng) {
  const nn::Transform<float> corrupt = options.corruption();
  Var<float> total = 0.0f;
  for (std::size_t l = 0; l < samples; ++l) {
    const Array<float> seen = corrupt(x, rng);
    total = total + mean(options.linear ? model.squared_error(x, seen) : model.cross_entropy(x, seen));
  }
  return total / static_cast<float>(samples);
}

programs::Picture draw_denoised(const programs::Autoencoder& model, const Options& options, const nn::ImageSet& test) {
  Random rng(options.seed);
  Array<float> corrupted;
  const std::vector<programs::RowMaker> makers{
      {"corrupted", [&](const Array<float>& x) { return corrupted = options.corruption()(x, rng); }},
      {"reconstruction", [&](const Array<float>&) { return model.reconstruct(corrupted).value(); }},
      {"clean", [](const Array<float>& x) { return x; }}};
  return {kDenoised, "Test images, corrupted; what the model makes of them; and as they were.",
          "Three rows of test images: corrupted, reconstructed, clean", draw_test_images(test, makers)};
}

programs::Story describe(const Options& options, const programs::AutoencoderShape& shape, const programs::Run& run) {
  programs::Story story;
  story.title = std::string(options.linear ? "Linear denoising" : "Denoising") + " autoencoder " + shape.to_text() +
                " on " + run.data.name;
  story.introduction = "A denoising autoencoder: images are corrupted on their way in, and the clean ones are wanted.";
  story.loss = options.linear ? "squared error" : "cross-entropy";
  if (options.linear) story.unit = "per image, summed over the pixels";
  if (!options.linear) story.floor = programs::grey_level_entropy(run.data.test);
  return story;
}

void run_dae(int argc, char** argv) {
  programs::OptionParser parser("dae", "Trains a denoising autoencoder on images, and draws what it has learnt.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  const programs::Run run = programs::prepare_run("dae", parser, options, [&] {
    options.settle(parser);
    programs::RunPlan plan{{kDenoised, programs::kDecoderFile}};
    plan.check_data = [&](const programs::Dataset& data) {
      if (options.linear) programs::check_linear_memory(data);
    };
    plan.tensors = [&](const programs::Dataset& data, const std::string&) { return options.shape(data).tensors(); };
    return plan;
  });

  Random rng(options.seed);
  const programs::AutoencoderShape shape = options.shape(run.data);
  programs::Autoencoder model(shape, rng);
  programs::Story story = describe(options, shape, run);
  announce(run, story, model.parameter_count());

  const auto loss = [&](std::size_t samples) {
    return [&model, &options, samples](const programs::Trainer::Batch& batch, Random& random) {
      return loss_of(model, options, batch.images, samples, random);
    };
  };
  programs::Trainer trainer(run, model, rng, {.unit = story.unit});
  trainer.train(loss(options.samples), loss(1));
  write_model(run, trainer);
  if (options.linear)
    refine_linear(
        model, [&] { return options.problem(nn::moments(run.data.train)); }, loss(1), run, trainer, story);
  const nn::ImageSet& test = run.data.test;
  write_results(run, trainer, story,
                {{kDenoised, [&] { return draw_denoised(model, options, test); }},
                 {programs::kDecoderFile, [&] { return draw_decoder(explored(model, test), test); }}});
}

}  // namespace

int main(int argc, char** argv) {
  return programs::run_program("dae", {"--batch-size", "--samples", "--hidden", "--latent"},
                               [&] { run_dae(argc, argv); });
}

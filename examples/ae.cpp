// An autoencoder of images: an encoder f makes a code z = f(x) of each image x, a decoder g an image g(z) of the code,
// and both are trained until g(f(x)) is like x. G. Hinton and R. Salakhutdinov, "Reducing the dimensionality of data
// with neural networks", 2006.
//
// The loss is the expectation under the data of the squared error |x - g(f(x))|² or of the cross-entropy
// -Σ x ln g + (1 - x) ln(1 - g), over the pixels of g = g(f(x)). With --hidden 0 encoder and decoder are one layer
// each, σ(W x + b). With --linear they are affine, and the best that training can come to is known: the squared error
// that principal component analysis leaves, Σ_{i>q} λ_i for codes of q numbers.

#include <cmath>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/support/pictures.hpp"
#include "examples/support/program.hpp"
#include "examples/support/results.hpp"
#include "examples/support/text.hpp"
#include "examples/support/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

constexpr std::size_t kIterations = 500;  // of L-BFGS at most, after which the linear model is at its optimum

struct Options : examples::TrainingOptions {
  std::string loss = "cross-entropy";
  bool linear = false;

  explicit Options(examples::OptionParser& parser) {
    out = "out/ae";
    declare(parser, 0);
    parser.choice("loss", loss, "What becomes small", {"squared-error", "cross-entropy"});
    parser.flag("linear", linear, "Affine encoder and decoder with the squared error, whose optimum is that of PCA");
  }

  void settle(const examples::OptionParser& parser) {
    if (!linear) return;
    if (parser.given("hidden") && hidden > 0)
      throw examples::UserError("--linear has no hidden layers; leave --hidden out, or make it 0");
    if (parser.given("loss") && loss != "squared-error")
      throw examples::UserError("--linear is for --loss squared-error; leave one of the two out");
    loss = "squared-error";
    hidden = 0;
  }
};

struct Ae : nn::Module<float> {
  Options options;
  nn::Mlp<float> encoder, decoder;

  Ae(std::size_t pixels, const Options& how, Random& rng)
      : options(how),
        encoder(sizes(pixels, how.latent), relu_of, rng),
        decoder(sizes(how.latent, pixels), relu_of, rng) {
    add("encoder", encoder);
    add("decoder", decoder);
    if (!options.linear) return;
    // Encoder and decoder of one size: the minimum of their product is much harder to find between a small and a large
    // factor.
    const nn::Parameter<float>& weight = decoder.layer(0).weight();
    const float shrink = std::sqrt(static_cast<float>(options.latent) / static_cast<float>(pixels));
    weight.set(Var<float>(weight.value() * shrink).value());
  }

  /// The code of each image: (batch, pixels) -> (batch, latent).
  Var<float> encode(const Var<float>& x) const {
    const bool one_layer = options.hidden == 0 && !options.linear;
    return one_layer ? sigmoid(encoder(x)) : encoder(x);
  }

  /// What the decoder makes of codes: (batch, latent) -> (batch, pixels).
  Var<float> decode(const Var<float>& z) const { return options.linear ? decoder(z) : sigmoid(decoder(z)); }

  /// Of each image: (batch, pixels) -> (batch).
  Var<float> loss(const Var<float>& x) const {
    const Var<float> z = encode(x);
    if (options.loss == "squared-error") return sum(square(decode(z) - x), -1);
    return -nn::bernoulli_log_prob(x, decoder(z));  // of the logits, so that no logarithm is taken of a 0
  }

 private:
  std::vector<std::size_t> sizes(std::size_t in, std::size_t out) const {
    return options.hidden == 0 ? std::vector{in, out} : std::vector{in, options.hidden, out};
  }
  static Var<float> relu_of(const Var<float>& x) { return relu(x); }
};

examples::Story describe(const Options& options, const examples::Run& run) {
  const std::string pixels = std::to_string(run.data.test.pixels()), hidden = std::to_string(options.hidden);
  const std::string widths = options.hidden == 0 ? pixels + "-" : pixels + "-" + hidden + "-";
  examples::Story story;
  story.title = (options.linear ? "Linear autoencoder " : "Autoencoder ") + widths + std::to_string(options.latent) +
                " on " + run.data.name;
  story.introduction =
      "An autoencoder: the encoder makes a short code of each image, the decoder an image of the code.";
  story.loss = options.loss == "squared-error" ? "squared error" : "cross-entropy";
  if (options.loss == "cross-entropy") story.floor = examples::grey_level_entropy(run.data.test);
  story.unit = options.loss == "squared-error" ? "summed over the pixels, per image" : "nats per image";
  return story;
}

void run_ae(int argc, char** argv) {
  examples::OptionParser parser("ae", "Trains an autoencoder on images, and draws what it has learnt.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  options.settle(parser);
  std::vector<std::string> files{examples::kReconstructionsFile};
  if (options.latent == 2) files.push_back(examples::kCodesFile);
  const examples::Run run = examples::prepare_run("ae", parser, options, files);
  const nn::ImageSet& test = run.data.test;

  Random rng(options.seed);
  Ae model(test.pixels(), options, rng);
  examples::Story story = describe(options, run);
  announce(run, story, model.parameter_count());

  const auto loss = [&](const examples::Trainer::Batch& batch, Random&) { return mean(model.loss(batch.images)); };
  examples::Trainer trainer(run, model, rng, story.unit);
  trainer.train(loss, loss);
  if (options.linear) {
    trainer.refine(trainer.over_all_images(loss), loss, kIterations);
    const double least = nn::principal_components(nn::moments(run.data.train)).residual(options.latent);
    story.figures = {{"Squared error on the training images", examples::fixed(trainer.epochs().back().train_loss, 4)},
                     {"The least possible, PCA's", examples::fixed(least, 4)}};
  }

  std::vector<examples::Picture> pictures{examples::draw_reconstructions(
      test, [&](const Array<float>& x) { return model.decode(model.encode(x)).value(); },
      "what the decoder makes of their codes")};
  if (options.latent == 2)
    pictures.push_back(examples::draw_codes(test, [&](const Array<float>& x) { return model.encode(x).value(); }));
  write_results(run, trainer, story, pictures);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_program("ae", {"--batch-size", "--hidden", "--latent"}, [&] { run_ae(argc, argv); });
}

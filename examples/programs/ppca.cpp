// Linear models with Gaussian latent variables, by gradients and by EM: probabilistic PCA, factor analysis, and the
// variational autoencoder that both are special cases of.
//
// All have a decoder x = W z + m + ε with z ~ N(0, I) and ε ~ N(0, Ψ): Ψ = σ² I in probabilistic PCA (Tipping and
// Bishop 1999), any diagonal Ψ in factor analysis. Here ln p(x) and p(z|x) are known. EM's E-step computes p(z|x) = N(V
// (x - m), Σ); a linear VAE (Lucas et al. 2019) has an encoder instead, which learns V and a diagonal Σ, and its bound
//     ELBO = E_q[ln p(x|z)] - KL(q(z|x) || p(z)) <= ln p(x)
// can be held against ln p(x) itself. With a full Σ its bound is tight, and training it is maximum likelihood by
// gradients.

#include <string>
#include <utility>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/memory.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/drawing/decoder_picture.hpp"
#include "examples/programs/report/linear_fits.hpp"
#include "examples/programs/report/results.hpp"
#include "examples/programs/run/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

struct Options : programs::TrainingOptions {
  std::size_t iterations = 1500;
  double floor = 1e-3;

  explicit Options(programs::OptionParser& parser) {
    out = "out/ppca";
    declare(parser, Hidden::kNever);
    parser.count("iterations", iterations, "Of EM and of L-BFGS, at most", 1, 1'000'000);
    parser.positive("noise-floor", floor, "Least variance of a pixel's noise in factor analysis", 1);
  }

  void settle(const programs::OptionParser& parser) {
    if (quick && !resume && !parser.given("iterations")) iterations = 20;
  }

  void check(const programs::Dataset& set) const {
    const std::size_t pixels = set.train.pixels();
    if (programs::all_alike(set.train))
      throw programs::UserError("the training images in " + set.source + " are all alike; choose other --data");
    if (latent >= pixels)
      throw programs::UserError("--latent takes a number below that of the pixels, at most " +
                                std::to_string(pixels - 1) + ", got " + std::to_string(latent));
    constexpr double kArrays = 10;  // of pixels x pixels at the same time, as measured
    programs::check_memory_for_covariances(pixels, kArrays, set.source);
  }
};

/// Maximizes the bound, its expectations exact.
programs::LinearFit by_gradients(const std::string& name, const std::string& key, const nn::LinearGaussian& start,
                                 const nn::LinearVaeOptions& kind, const nn::Moments& data, std::size_t iterations) {
  const nn::LinearVae<double> vae(start, kind);
  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> loss = -vae.bound(data);
    return std::pair(loss.item(), tape.gradient(loss, vae.parameters()));
  };
  const nn::MinimizeResult result = nn::minimize<double>(
      vae.parameters(), objective, {.max_iterations = iterations, .history = 30, .change_tolerance = 1e-9});
  return programs::fit_of(name, key, vae, data, programs::iterations_text(result.iterations, iterations));
}

programs::LinearFit by_em(const std::string& name, const std::string& key, const nn::LinearGaussian& start,
                          nn::NoiseKind noise, const nn::Moments& data, const Options& options) {
  const double floor = noise == nn::NoiseKind::kDiagonal ? options.floor : 0;
  const nn::EmResult result = nn::expectation_maximization(
      start, data,
      {.noise = noise, .max_iterations = options.iterations, .change_tolerance = 1e-9, .noise_floor = floor});
  return {name, key, result.model, result.log_likelihood,
          programs::iterations_text(result.iterations, options.iterations)};
}

/// All models but the one that Adam has trained, whose decoder is `decoder`. One that cannot be fitted is left out.
std::vector<programs::LinearFit> fit_all(const Options& options, const nn::LinearGaussian& start,
                                         const nn::LinearGaussian& decoder, const nn::Moments& train) {
  const nn::LinearVaeOptions kind{}, full{.posterior = nn::PosteriorKind::kFull},
      factors{nn::NoiseKind::kDiagonal, nn::PosteriorKind::kFull, options.floor};
  std::vector<programs::LinearFit> fits;
  const auto add_exact = [&](const std::string& name, const std::string& key) {
    programs::attempt(name, [&] {
      const nn::LinearGaussian exact = nn::probabilistic_pca(train, options.latent);
      fits.push_back({name, key, exact, nn::log_likelihood(exact, train)});
    });
  };
  const auto add_em = [&](const std::string& name, const std::string& key, nn::NoiseKind noise) {
    programs::attempt(name, [&] { fits.push_back(by_em(name, key, start, noise, train, options)); });
  };
  const auto add_gradients = [&](const std::string& name, const std::string& key, const nn::LinearGaussian& from,
                                 const nn::LinearVaeOptions& vae) {
    programs::attempt(name, [&] { fits.push_back(by_gradients(name, key, from, vae, train, options.iterations)); });
  };
  add_exact("probabilistic PCA, closed form", "ppca_exact");
  add_em("probabilistic PCA by EM", "ppca_em", nn::NoiseKind::kIsotropic);
  add_gradients("probabilistic PCA by gradients", "ppca_gradients", start, full);
  add_gradients("linear VAE by gradients", "linear_vae", decoder, kind);
  add_em("factor analysis by EM", "fa_em", nn::NoiseKind::kDiagonal);
  add_gradients("factor analysis by gradients", "fa_gradients", start, factors);
  return fits;
}

void run_ppca(int argc, char** argv) {
  programs::OptionParser parser("ppca", "Fits linear models with Gaussian latent variables, by gradients and by EM.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  const programs::Run run = programs::prepare_run("ppca", parser, options, [&] {
    options.settle(parser);
    programs::RunPlan plan{{programs::kFactorsFile, programs::kDecoderFile}};
    plan.check_data = [&](const programs::Dataset& set) { options.check(set); };
    plan.tensors = [&](const programs::Dataset& set, const std::string&) {
      const std::size_t pixels = set.train.pixels();
      return programs::ExpectedTensors{{"weight", {pixels, options.latent}, nn::dtype_of<float>()},
                                       {"encoder_weight", {options.latent, pixels}, nn::dtype_of<float>()}};
    };
    return plan;
  });
  const nn::Moments train = nn::moments(run.data.train), test = nn::moments(run.data.test);

  Random rng(options.seed);
  const nn::LinearGaussian start = nn::LinearGaussian::start(train, options.latent, rng);
  nn::LinearVae<float> vae(start);  // of one variance, and a diagonal posterior
  programs::Story story;
  story.title = "Linear VAE " + std::to_string(run.data.test.pixels()) + "-" + std::to_string(options.latent) + " on " +
                run.data.name;
  story.introduction =
      "Probabilistic PCA and factor analysis, by EM and by gradients, and the linear variational autoencoder beside "
      "them.";
  story.loss = "-bound of ln p(x)";
  story.test_loss = "Test loss of the linear VAE, by Adam";
  announce(run, story, vae.parameter_count());
  const auto loss = [&](const programs::Trainer::Batch& batch, Random& random) {
    const auto [log_prob, kl] = vae.terms(batch.images, random.normal<float>({1, batch.size(), options.latent}));
    programs::BatchLoss value(-mean(log_prob - kl));
    value.kl = mean(kl);
    return value;
  };
  programs::Trainer trainer(run, vae, rng);
  trainer.train(loss, loss);

  write_model(run, trainer);

  const std::vector<programs::LinearFit> fits = fit_all(options, start, vae.decoder(), train);
  for (const programs::LinearFit& fit : fits) story.figures.push_back({"Bound, " + fit.name, fit.key, fit.bound, 3});
  programs::attempt("the table", [&] { story.tables = {programs::to_table(fits, train, test)}; });
  const nn::ImageSet& test_images = run.data.test;
  write_results(run, trainer, story,
                {{programs::kFactorsFile, [&] { return programs::draw_factors(fits, test_images); }},
                 {programs::kDecoderFile,
                  [&] { return programs::draw_decoder(programs::explored(vae, test_images), test_images); }}});
}

}  // namespace

int main(int argc, char** argv) {
  return programs::run_program("ppca", {"--batch-size", "--latent"}, [&] { run_ppca(argc, argv); });
}

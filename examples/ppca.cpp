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
#include "examples/support/linear_fits.hpp"
#include "examples/support/memory.hpp"
#include "examples/support/program.hpp"
#include "examples/support/results.hpp"
#include "examples/support/training.hpp"
#include "nn/nn.hpp"

using namespace xtape;

namespace {

struct Options : examples::TrainingOptions {
  std::size_t iterations = 1500;
  double floor = 1e-3;

  explicit Options(examples::OptionParser& parser) {
    out = "out/ppca";
    declare(parser, Hidden::kNever);
    parser.count("iterations", iterations, "Of EM and of L-BFGS, at most", 1, 1'000'000);
    parser.positive("noise-floor", floor, "Least variance of a pixel's noise in factor analysis", 1);
  }

  void settle(const examples::OptionParser& parser) {
    if (quick && !resume && !parser.given("iterations")) iterations = 20;
  }

  void check(const examples::Dataset& set) const {
    const std::size_t pixels = set.train.pixels();
    if (examples::all_alike(set.train))
      throw examples::UserError("the training images in " + set.source + " are all alike; choose other --data");
    if (latent >= pixels)
      throw examples::UserError("--latent takes a number below that of the pixels, at most " +
                                std::to_string(pixels - 1) + ", got " + std::to_string(latent));
    constexpr double kArrays = 10;  // of pixels x pixels at the same time, as measured
    examples::check_memory_for_covariances(pixels, kArrays, set.source);
  }
};

/// Maximizes the bound, its expectations exact.
examples::LinearFit by_gradients(const std::string& name, const std::string& key, const nn::LinearGaussian& start,
                                 const nn::LinearVaeOptions& kind, const nn::Moments& data, std::size_t iterations) {
  const nn::LinearVae<double> vae(start, kind);
  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> loss = -vae.bound(data);
    return std::pair(loss.item(), tape.gradient(loss, vae.parameters()));
  };
  const nn::LbfgsResult result = nn::minimize<double>(
      vae.parameters(), objective, {.max_iterations = iterations, .history = 30, .change_tolerance = 1e-9});
  return examples::fit_of(name, key, vae, data, examples::iterations_text(result.iterations, iterations));
}

examples::LinearFit by_em(const std::string& name, const std::string& key, const nn::LinearGaussian& start,
                          nn::NoiseKind noise, const nn::Moments& data, const Options& options) {
  const double floor = noise == nn::NoiseKind::kDiagonal ? options.floor : 0;
  const nn::EmResult result = nn::expectation_maximization(
      start, data,
      {.noise = noise, .max_iterations = options.iterations, .change_tolerance = 1e-9, .noise_floor = floor});
  return {name, key, result.model, result.log_likelihood,
          examples::iterations_text(result.iterations, options.iterations)};
}

/// All models but the one that Adam has trained, whose decoder is `decoder`. One that cannot be fitted is left out.
std::vector<examples::LinearFit> fit_all(const Options& options, const nn::LinearGaussian& start,
                                         const nn::LinearGaussian& decoder, const nn::Moments& train) {
  const nn::LinearVaeOptions kind{}, full{.posterior = nn::PosteriorKind::kFull},
      factors{nn::NoiseKind::kDiagonal, nn::PosteriorKind::kFull, options.floor};
  std::vector<examples::LinearFit> fits;
  const auto add_exact = [&](const std::string& name, const std::string& key) {
    examples::attempt(name, [&] {
      const nn::LinearGaussian exact = nn::probabilistic_pca(train, options.latent);
      fits.push_back({name, key, exact, nn::log_likelihood(exact, train)});
    });
  };
  const auto add_em = [&](const std::string& name, const std::string& key, nn::NoiseKind noise) {
    examples::attempt(name, [&] { fits.push_back(by_em(name, key, start, noise, train, options)); });
  };
  const auto add_gradients = [&](const std::string& name, const std::string& key, const nn::LinearGaussian& from,
                                 const nn::LinearVaeOptions& vae) {
    examples::attempt(name, [&] { fits.push_back(by_gradients(name, key, from, vae, train, options.iterations)); });
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
  examples::OptionParser parser("ppca", "Fits linear models with Gaussian latent variables, by gradients and by EM.");
  Options options(parser);
  if (!parser.parse(argc, argv)) return;
  const examples::Run run = examples::prepare_run("ppca", parser, options, [&] {
    options.settle(parser);
    examples::RunPlan plan{{examples::kFactorsFile}};
    plan.check_data = [&](const examples::Dataset& set) { options.check(set); };
    plan.tensors = [&](const examples::Dataset& set, const std::string&) {
      const std::size_t pixels = set.train.pixels();
      return examples::ExpectedTensors{{"weight", {pixels, options.latent}},
                                       {"encoder_weight", {options.latent, pixels}}};
    };
    return plan;
  });
  const nn::Moments train = nn::moments(run.data.train), test = nn::moments(run.data.test);

  Random rng(options.seed);
  const nn::LinearGaussian start = nn::LinearGaussian::start(train, options.latent, rng);
  nn::LinearVae<float> vae(start);  // of one variance, and a diagonal posterior
  examples::Story story;
  story.title = "Linear VAE " + std::to_string(run.data.test.pixels()) + "-" + std::to_string(options.latent) + " on " +
                run.data.name;
  story.introduction =
      "Probabilistic PCA and factor analysis, by EM and by gradients, and the linear variational autoencoder beside "
      "them.";
  story.loss = "-bound of ln p(x)";
  story.test_loss = "Test loss of the linear VAE, by Adam";
  announce(run, story, vae.parameter_count());
  const auto loss = [&](const examples::Trainer::Batch& batch, Random& random) {
    const auto [log_prob, kl] = vae.terms(batch.images, random.normal<float>({1, batch.size(), options.latent}));
    examples::BatchLoss value(-mean(log_prob - kl));
    value.kl = mean(kl);
    return value;
  };
  examples::Trainer trainer(run, vae, rng);
  trainer.train(loss, loss);

  write_model(run, trainer);

  const std::vector<examples::LinearFit> fits = fit_all(options, start, vae.decoder(), train);
  for (const examples::LinearFit& fit : fits) story.figures.push_back({"Bound, " + fit.name, fit.key, fit.bound, 3});
  examples::attempt("the table", [&] { story.tables = {examples::to_table(fits, train, test)}; });
  write_results(run, trainer, story,
                {{examples::kFactorsFile, [&] { return examples::draw_factors(fits, run.data.test); }}});
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_program("ppca", {"--batch-size", "--latent"}, [&] { run_ppca(argc, argv); });
}

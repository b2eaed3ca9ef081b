// Probabilistic PCA by gradients: a linear variational autoencoder, whose best bound is the likelihood of the closed
// form. M. Tipping and C. Bishop, "Probabilistic principal component analysis", 1999; J. Lucas, G. Tucker, R. Grosse
// and M. Norouzi, "Don't blame the ELBO! A linear VAE perspective on posterior collapse", 2019.
//
//   ppca [FOLDER [ITERATIONS]]    FOLDER with IDX files named as MNIST's are; by default Fashion-MNIST's, and 1000
//
// Prints the bound that L-BFGS comes to, and ln p(x) in closed form, in nats an image: 396.7 and 396.8 for
// Fashion-MNIST.

#include <nn/nn.hpp>

#include <cmath>
#include <iostream>
#include <numbers>
#include <string>
#include <utility>

using namespace xtape;

/// p(x|z) = N(W z + m, s² I) and q(z|x) = N(V (x - m), diag(t²)), m being the mean of the images.
struct LinearVae : nn::Module<double> {
  nn::Parameter<double> weight, log_s, encoder, log_t;  // W: (pixels, latent), V: (latent, pixels)

  LinearVae(std::size_t pixels, std::size_t latent, Random& rng)
      : weight(Array<double>(0.01 * rng.normal({pixels, latent}))),
        log_s(-1.5),
        encoder(Array<double>(0.01 * rng.normal({latent, pixels}))),
        log_t(zeros<double>({latent})) {
    add("weight", weight);
    add("log_s", log_s);
    add("encoder", encoder);
    add("log_t", log_t);
  }

  /// The mean of the bound over images with covariance C, nothing sampled: E z z' = M = V C V' + diag(t²).
  Var<double> elbo(const Var<double>& c) const {
    const double pixels = double(weight.shape(0)), latent = double(weight.shape(1));
    const Var<double> w = weight, v = encoder, vc = matmul(v, c), t2 = exp(2 * log_t), s2 = exp(2 * log_s);
    const Var<double> m = matmul(vc, transpose(v)) + t2 * xt::eye<double>(w.shape(1));
    // E|x - m - W z|² = tr(C - 2 W V C + W M W')
    const Var<double> error = sum(c * xt::eye<double>(w.shape(0))) + sum(w * (matmul(w, m) - 2 * transpose(vc)));
    const Var<double> log_prob = -error / s2 / 2 - pixels * (log_s + std::log(2 * std::numbers::pi) / 2);
    const Var<double> kl = (sum(m * xt::eye<double>(w.shape(1))) - latent) / 2 - sum(log_t);
    return log_prob - kl;
  }
};

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const std::size_t iterations = argc > 2 ? std::stoul(argv[2]) : 1000;
  const nn::Moments moments = nn::moments(nn::load_image_set(folder, nn::DataPart::kTrain));
  const Var<double> covariance = moments.covariance;

  Random rng(1);
  const LinearVae model(moments.mean.size(), 20, rng);
  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> loss = -model.elbo(covariance);
    return std::pair(loss.item(), tape.gradient(loss, model.parameters()));
  };
  const nn::MinimizeResult result = nn::minimize<double>(
      model.parameters(), objective, {.max_iterations = iterations, .history = 30, .change_tolerance = 1e-9});
  std::cout << "bound after " << result.iterations << " iterations: " << -result.value
            << "\nln p(x) in closed form: " << nn::log_likelihood(nn::probabilistic_pca(moments, 20), moments) << "\n";
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: ppca [FOLDER [ITERATIONS]], FOLDER with four IDX files named as MNIST's are\n";
  return 2;
}

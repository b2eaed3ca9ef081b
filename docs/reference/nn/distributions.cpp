#include "docs/reference/example.hpp"

EXAMPLE("normal_log_prob") {
  const xt::xarray<double> x{{0, 0}, {1, 2}};
  std::cout << nn::normal_log_prob(x, 0, 0);  // [-1.83787707 -4.33787707]
}

EXAMPLE("gaussian_kl, kl_standard_normal") {
  Tape<double> tape;
  const Var<double> mu = tape.watch({1, 2}), log_sigma = tape.watch({0, 0});
  const Var<double> kl = nn::kl_standard_normal(mu, log_sigma);
  std::cout << kl.item() << " "
            << nn::gaussian_kl(mu, log_sigma, 0, 0).item();  // 2.5 2.5
  std::cout << tape.gradient(kl, mu);                        // [1. 2.]
}

EXAMPLE("bernoulli_log_prob") {
  const xt::xarray<double> x{{0, 1}, {1, 1}}, logits{0, 1000};
  std::cout << nn::bernoulli_log_prob(x, logits);  // [-0.69314718 -0.69314718]
}

EXAMPLE("Likelihood, BernoulliLikelihood") {
  Random rng(1);
  const nn::BernoulliLikelihood<double> bernoulli;
  // What a decoder says, whichever likelihood it is for.
  const nn::Likelihood<double>& likelihood = bernoulli;
  const Var<double> output(std::vector{0.0, 1000.0});
  std::cout << likelihood.mean(output);                                // [0.5 1. ]
  std::cout << likelihood.log_prob(std::vector{1, 1}, output).item();  // -0.693147
  std::cout << likelihood.draw(output, rng);                           // [0. 1.]
}

EXAMPLE("GaussianLikelihood, Sigma") {
  // A learnt σ for each of two numbers, 0.5 at the start and never below 0.1.
  Random rng(1);
  const nn::GaussianLikelihood<double> likelihood(nn::Sigma::kEach, 2, 0.5, 0.1);
  const Var<double> output(std::vector{1.0, -1.0});
  std::cout << exp(likelihood.log_sigma());                 // [0.5 0.5]
  std::cout << likelihood.mean(output);                     // [ 1. -1.]
  std::cout << likelihood.log_prob(output, output).item();  // -0.451583
  std::cout << likelihood.draw(output, rng);  // [ 0.9431599  -1.22893482]
  const nn::GaussianLikelihood<double> shared(nn::Sigma::kShared, 2);
  const nn::GaussianLikelihood<double> fixed(nn::Sigma::kFixed, 2);
  std::cout << shared.parameter_count() << " " << fixed.parameter_count();  // 1 0
}

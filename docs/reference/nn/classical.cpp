#include "docs/reference/example.hpp"

EXAMPLE("moments, Moments") {
  const nn::Moments m = nn::moments(Array<double>{{1, 0}, {3, 0}, {1, 2}, {3, 2}});
  std::cout << m.mean;        // [2. 1.]
  std::cout << m.covariance;  // [[1. 0.]
                              //  [0. 1.]]
}

EXAMPLE("principal_components, PrincipalComponents") {
  const nn::Moments data{.mean = {3, 0}, .covariance = {{1, 0}, {0, 4}}};
  const nn::PrincipalComponents pca = nn::principal_components(data);
  std::cout << pca.variances;    // [4. 1.]
  std::cout << abs(pca.axes);    // [[0. 1.]
                                 //  [1. 0.]]
  std::cout << pca.mean;         // [3. 0.]
  std::cout << pca.residual(1);  // 1
}

EXAMPLE("LinearGaussian, log_likelihood") {
  const nn::LinearGaussian model{
      .mean = {0, 0}, .weight = ones<double>({2, 1}), .noise = {1, 1}};
  const nn::Moments data{.mean = {0, 0}, .covariance = {{2, 1}, {1, 2}}};
  std::cout << nn::log_likelihood(model, data);  // -3.38718
  // Where training can start.
  Random rng(1);
  std::cout << nn::LinearGaussian::start(data, 1, rng).noise;  // [1. 1.]
}

EXAMPLE("posterior, LinearPosterior") {
  const nn::LinearGaussian model{
      .mean = {0, 0}, .weight = ones<double>({2, 1}), .noise = {1, 1}};
  const nn::LinearPosterior exact = nn::posterior(model);
  std::cout << exact.weight;      // [[0.33333333 0.33333333]]
  std::cout << exact.covariance;  // [[0.33333333]]
}

EXAMPLE("probabilistic_pca") {
  const nn::Moments data{.mean = {0, 0}, .covariance = {{1, 0}, {0, 5}}};
  const nn::LinearGaussian model = nn::probabilistic_pca(data, 1);
  std::cout << abs(model.weight);  // [[0.]
                                   //  [2.]]
  std::cout << model.noise;        // [1. 1.]
}

EXAMPLE("expectation_maximization, EmOptions, EmResult, NoiseKind") {
  const nn::Moments data{.mean = {0, 0}, .covariance = {{1, 0}, {0, 5}}};
  const nn::LinearGaussian start{
      .mean = {0, 0}, .weight = ones<double>({2, 1}), .noise = {1, 1}};
  const nn::EmOptions options{.noise = nn::NoiseKind::kIsotropic,
                              .max_iterations = 500,
                              .change_tolerance = 1e-14,
                              .noise_floor = 1e-3};
  const nn::EmResult result = nn::expectation_maximization(start, data, options);
  // It comes to what the closed form says.
  const double best = nn::log_likelihood(nn::probabilistic_pca(data, 1), data);
  std::cout << (std::abs(result.log_likelihood - best) < 1e-9);  // 1
  std::cout << (std::abs(result.model.noise(0) - 1) < 1e-4);     // 1
  std::cout << (result.iterations < 500);                        // 1
}

EXAMPLE("LinearVae, LinearVaeOptions, PosteriorKind") {
  const nn::Moments data{.mean = {0, 0}, .covariance = {{1, 0}, {0, 5}}};
  const nn::LinearGaussian best = nn::probabilistic_pca(data, 1);
  // With one latent number the bound is tight at the likeliest model.
  const nn::LinearVae<double> vae(best);
  const double gap = nn::log_likelihood(best, data) - vae.bound(data).item();
  std::cout << (std::abs(gap) < 1e-12);    // 1
  std::cout << abs(vae.decoder().weight);  // [[0.]
                                           //  [2.]]
  std::cout << vae.encoder().covariance;   // [[0.2]]
  // Of three samples, each with a z of its own.
  const auto x = zeros<double>({3, 2}), epsilon = zeros<double>({3, 1});
  const auto [log_prob, divergence] = vae.terms(x, epsilon);
  std::cout << to_string((log_prob - divergence).shape());  // (3,)
  const nn::LinearVaeOptions options{.noise = nn::NoiseKind::kDiagonal,
                                     .posterior = nn::PosteriorKind::kFull,
                                     .noise_floor = 0.01};
  std::cout << nn::LinearVae<double>(best, options).parameter_count();  // 10
}

EXAMPLE("LinearDenoising") {
  const nn::Moments clean{.mean = {0, 0}, .covariance = {{1, 0}, {0, 4}}};
  std::cout << nn::LinearDenoising::masking(clean, 0.5).optimum(2);  // 2.5
  const nn::LinearDenoising noisy = nn::LinearDenoising::gaussian(clean, 1);
  std::cout << noisy.optimum(1) << " " << noisy.optimum(2);  // 1.8 1.3
  // An autoencoder that has learnt nothing gives 0 for every x.
  Random rng(1);
  const nn::Linear<double> encoder(2, 1, rng), decoder(1, 2, rng);
  decoder.weight().set(zeros<double>({2, 1}));
  decoder.bias().set(zeros<double>({2}));
  std::cout << noisy.error(encoder, decoder).item();  // 5
}

#include "docs/reference/example.hpp"

EXAMPLE("ImportanceSampler, LogEvidence") {
  // Two weights of each of two x: 1 and 3, whose mean is 2, and 5 and 5.
  const Array<double> weights{{1, 5}, {3, 5}};
  nn::ImportanceSampler sampler;
  sampler.add(Array<double>(log(weights)));
  const std::vector<nn::LogEvidence> evidence = sampler.result();
  std::cout << std::exp(evidence[0].log_prob) << " "
            << std::exp(evidence[1].log_prob);  // 2 5
  std::cout << evidence[0].standard_error << " "
            << evidence[1].standard_error;  // 0.5 0
  std::cout << evidence[0].effective_sample_size << " of "
            << sampler.count();  // 1.6 of 2
}

EXAMPLE("log_evidence") {
  // Each x is a number here, and has weights x and 3 x: their mean is 2 x.
  nn::DataLoader loader(Array<double>{1, 2, 3}, {.batch_size = 2});
  const auto weights = [](const auto& batch) {
    const Var<double> x = batch.images;
    return log(stack({x, 3 * x}));
  };
  for (const nn::LogEvidence& one : nn::log_evidence(loader, weights, 2))
    std::cout << std::exp(one.log_prob) << " ";  // 2 4 6
}

EXAMPLE("latent_use, LatentUse") {
  // Two samples; the second unit says the same of both, and costs nothing.
  const Array<double> mu{{1, 0}, {-1, 0}}, log_sigma = zeros<double>({2, 2});
  const nn::LatentUse use = nn::latent_use(mu, log_sigma);
  std::cout << use.kl;        // [0.5 0. ]
  std::cout << use.variance;  // [1. 0.]
  std::cout << use.active();  // 1
}

EXAMPLE("normal_kl") {
  const nn::Moments codes{.mean = {1, 0}, .covariance = {{1, 0}, {0, 1}}};
  std::cout << nn::normal_kl(codes);  // 0.5
}

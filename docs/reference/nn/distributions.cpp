#include "docs/reference/example.hpp"

EXAMPLE("normal_log_prob") {
  const xt::xarray<double> x{{0, 0}, {1, 2}};
  std::cout << nn::normal_log_prob(x, 0, 0);  // [-1.83787707 -4.33787707]
}

EXAMPLE("normal_kl, kl_standard_normal") {
  Tape<double> tape;
  const Var<double> mu = tape.watch({1, 2}), log_sigma = tape.watch({0, 0});
  const Var<double> kl = nn::kl_standard_normal(mu, log_sigma);
  std::cout << kl.item() << " "
            << nn::normal_kl(mu, log_sigma, 0, 0).item();  // 2.5 2.5
  std::cout << tape.gradient(kl, mu);                      // [1. 2.]
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
  std::cout << bernoulli.distribution(output).entropy().item();        // 0.693147
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
  std::cout << likelihood.distribution(output).entropy().item();  // 1.45158
  const nn::GaussianLikelihood<double> shared(nn::Sigma::kShared, 2);
  const nn::GaussianLikelihood<double> fixed(nn::Sigma::kFixed, 2);
  std::cout << shared.parameter_count() << " " << fixed.parameter_count();  // 1 0
}

// Of any of them.
template <class... Law>
double spread(const nn::Factorized<Law...>& p) {
  return sum(sqrt(p.variance())).item();
}
EXAMPLE("Factorized, Normal") {
  Tape<double> tape;
  Random rng(1);
  const Var<double> mu = tape.watch({1, 2}), log_sigma = tape.watch({0, -1});
  // Its last dimension is one event.
  const nn::Normal q{mu, log_sigma};
  std::cout << q.log_prob(mu).item() << " "
            << q.entropy().item();        // -0.837877 1.83788
  std::cout << q.mean() << q.variance();  // [1. 2.][1. 0.13533528]
  std::cout << q.cdf(mu) << spread(q);    // [0.5 0.5]1.36788
  // A draw is reparameterized: its gradients go to mu and log_sigma.
  const Var<double> z = q.sample(rng), many = q.sample(rng, {100});
  std::cout << tape.gradient(sum(z), q.mu());                    // [1. 1.]
  std::cout << to_string(many.shape()) << to_string(q.shape());  // (100, 2)(2,)
  // Each number for itself.
  const nn::Normal each = q.with_event_dims(0);
  std::cout << each.event_dims() << each.log_prob(mu);  // 0[-0.91893853 0.08106147]
  std::cout << each.log_sigma() << q.parameters().size();  // [ 0. -1.]2
}

// One of one's own: directions in the plane, each of which is equally likely.
struct Directions : nn::EventDims<Directions> {
  Shape whole;
  explicit Directions(std::size_t count)
      : EventDims("Directions", 1, 1), whole{count, 2} {}
  const Shape& shape() const { return whole; }
  Var<double> log_prob(const Var<double>& x) const {
    check_further("Directions::log_prob", x.shape());
    return summed(Var<double>(0.0 * sum(x, -1) - std::log(6.28318530718)));
  }
  double in_an_event() const { return further_dims() == 0 ? 1 : double(whole[0]); }
};
EXAMPLE("EventDims") {
  const Directions each(3), all = each.with_event_dims(2);
  const auto x = zeros<double>({3, 2});
  std::cout << each.event_dims()
            << each.log_prob(x);  // 1[-1.83787707 -1.83787707 -1.83787707]
  std::cout << all.event_dims() << all.log_prob(x).item()
            << all.in_an_event();  // 2-5.513633
}

EXAMPLE("Bernoulli") {
  Random rng(1);
  const nn::Bernoulli p{std::vector{0.0, 1000.0}};
  std::cout << p.mean();                              // [0.5 1. ]
  std::cout << p.log_prob(std::vector{1, 1}).item();  // -0.693147
  std::cout << p.sample(rng) << p.entropy().item();   // [0. 1.]0.693147
  std::cout << p.logits();                            // [ 0. 1000.]
}

EXAMPLE("kl, kl_monte_carlo") {
  Random rng(1);
  const nn::Normal q{std::vector{1.0, 2.0}, std::vector{0.0, -1.0}};
  const nn::Normal prior{0, 0};
  std::cout << nn::kl(q, prior).item();                          // 3.06767
  std::cout << nn::kl_monte_carlo(q, prior, rng, 10000).item();  // 3.05166
}

EXAMPLE("Laplace") {
  const nn::Laplace p{0, 2};
  std::cout << p.log_prob(1).item();                           // -1.88629
  std::cout << p.mean().item() << " " << p.variance().item();  // 0 8
  std::cout << p.cdf(1).item();                                // 0.696735
  std::cout << p.entropy().item();                             // 2.38629
  std::cout << p.mu().item() << " " << p.scale().item();       // 0 2
}

EXAMPLE("Cauchy") {
  const nn::Cauchy p{0, 2};
  std::cout << p.log_prob(1).item();                           // -2.06102
  std::cout << p.mean().item() << " " << p.variance().item();  // nan nan
  std::cout << p.cdf(1).item();                                // 0.647584
  std::cout << p.entropy().item();                             // 3.22417
  std::cout << p.mu().item() << " " << p.scale().item();       // 0 2
}

EXAMPLE("Uniform") {
  const nn::Uniform p{0, 2};
  std::cout << p.log_prob(1).item();                           // -0.693147
  std::cout << p.mean().item() << " " << p.variance().item();  // 1 0.333333
  std::cout << p.cdf(1).item();                                // 0.5
  std::cout << p.entropy().item();                             // 0.693147
  std::cout << p.low().item() << " " << p.high().item();       // 0 2
}

EXAMPLE("Exponential") {
  const nn::Exponential p{2};
  std::cout << p.log_prob(1).item();                           // -1.30685
  std::cout << p.mean().item() << " " << p.variance().item();  // 0.5 0.25
  std::cout << p.cdf(1).item();                                // 0.864665
  std::cout << p.entropy().item();                             // 0.306853
  std::cout << p.rate().item();                                // 2
}

EXAMPLE("LogNormal") {
  const nn::LogNormal p{0, 0};
  std::cout << p.log_prob(1).item();                           // -0.918939
  std::cout << p.mean().item() << " " << p.variance().item();  // 1.64872 4.67077
  std::cout << p.cdf(1).item();                                // 0.5
  std::cout << p.entropy().item();                             // 1.41894
  std::cout << p.mu().item() << " " << p.log_sigma().item();   // 0 0
}

EXAMPLE("Gamma") {
  const nn::Gamma p{3, 2};
  std::cout << p.log_prob(1).item();                                // -0.613706
  std::cout << p.mean().item() << " " << p.variance().item();       // 1.5 0.75
  std::cout << p.cdf(1).item();                                     // 0.323324
  std::cout << p.entropy().item();                                  // 1.15443
  std::cout << p.concentration().item() << " " << p.rate().item();  // 3 2
}

EXAMPLE("InverseGamma") {
  const nn::InverseGamma p{3, 2};
  std::cout << p.log_prob(1).item();                                 // -0.613706
  std::cout << p.mean().item() << " " << p.variance().item();        // 1 1
  std::cout << p.cdf(1).item();                                      // 0.676676
  std::cout << p.entropy().item();                                   // 0.695157
  std::cout << p.concentration().item() << " " << p.scale().item();  // 3 2
}

EXAMPLE("Beta") {
  const nn::Beta p{2, 3};
  std::cout << p.log_prob(0.5).item();                         // 0.405465
  std::cout << p.mean().item() << " " << p.variance().item();  // 0.4 0.04
  std::cout << p.cdf(0.5).item();                              // 0.6875
  std::cout << p.entropy().item();                             // -0.234907
  std::cout << p.a().item() << " " << p.b().item();            // 2 3
}

EXAMPLE("StudentT") {
  const nn::StudentT p{3, 0, 1};
  std::cout << p.log_prob(1).item();                           // -1.57625
  std::cout << p.mean().item() << " " << p.variance().item();  // 0 3
  std::cout << p.cdf(1).item();                                // 0.804499
  std::cout << p.entropy().item();                             // 1.77348
  std::cout << p.df().item() << " " << p.mu().item() << " "
            << p.scale().item();  // 3 0 1
}

EXAMPLE("Poisson") {
  const nn::Poisson p{2.5};
  std::cout << p.log_prob(2).item();                           // -1.36057
  std::cout << p.mean().item() << " " << p.variance().item();  // 2.5 2.5
  std::cout << p.cdf(2).item();                                // 0.543813
  std::cout << p.rate().item();                                // 2.5
}

EXAMPLE("Binomial") {
  const nn::Binomial p{10, 0};
  std::cout << p.log_prob(5).item();                           // -1.40204
  std::cout << p.mean().item() << " " << p.variance().item();  // 5 2.5
  std::cout << p.cdf(5).item();                                // 0.623047
  std::cout << p.count().item() << " " << p.logits().item();   // 10 0
}

EXAMPLE("NegativeBinomial") {
  const nn::NegativeBinomial p{3, 0};
  std::cout << p.log_prob(2).item();                           // -1.67398
  std::cout << p.mean().item() << " " << p.variance().item();  // 3 6
  std::cout << p.cdf(2).item();                                // 0.5
  std::cout << p.count().item() << " " << p.logits().item();   // 3 0
}

EXAMPLE("ContinuousBernoulli") {
  const nn::ContinuousBernoulli p{1};
  std::cout << p.log_prob(0.5).item();                         // -0.0413249
  std::cout << p.mean().item() << " " << p.variance().item();  // 0.581977 0.0793264
  std::cout << p.cdf(0.5).item();                              // 0.377541
  std::cout << p.entropy().item();                             // -0.0406519
  std::cout << p.logits().item();                              // 1
}

EXAMPLE("Categorical, OneHotCategorical") {
  Random rng(1);
  const nn::Categorical p{xt::xarray<double>{{0, 0}, {0, 1000}}};
  std::cout << p.log_prob({0, 1})
            << p.entropy();  // [-0.69314718  0.        ][0.69314718 0.        ]
  std::cout << p.probabilities()(0, 0).item() << " "
            << p.log_probabilities()(0, 0).item();  // 0.5 -0.693147
  for (std::ptrdiff_t label : p.sample(rng, {3}).values())
    std::cout << label;                                                // 011111
  std::cout << to_string(p.shape()) << p.event_dims() << p.classes();  // (2,)02
  const nn::OneHotCategorical rows{p.log_probabilities()};
  std::cout << rows.log_prob(
      xt::xarray<double>{{1, 0}, {0, 1}});  // [-0.69314718  0.        ]
  std::cout << rows.sample(rng)
            << rows.entropy();  // [[0. 1.] [0. 1.]][0.69314718 0.        ]
  std::cout << rows.mean()
            << rows.variance();  // [[0.5 0.5] [0.  1. ]][[0.25 0.25] [0.   0.  ]]
  std::cout << to_string(rows.shape()) << rows.event_dims()
            << rows.labels().classes();  // (2, 2)12
}

EXAMPLE("MultivariateNormal, LowRankNormal") {
  Random rng(1);
  const xt::xarray<double> covariance{{1, 0.5}, {0.5, 2}};
  const nn::MultivariateNormal p{std::vector{1.0, 2.0}, cholesky(covariance)};
  std::cout << p.log_prob(std::vector{1, 1}).item() << " "
            << p.entropy().item();  // -2.4034 3.11768
  std::cout << p.mean() << p.variance()
            << p.covariance();  // [1. 2.][1. 2.][[1.  0.5] [0.5 2. ]]
  std::cout << p.sample(rng) << to_string(p.shape())
            << p.event_dims();                        // [0.8863198  1.33745531](2,)1
  std::cout << p.scale_tril() << p.log_det().item();  // [[1.         0.        ] [0.5
                                                      // 1.32287566]]0.279808
  std::cout << p.squared_distance(p.mu()).item();     // 2.28571
  // W Wᵀ + diag(σ²)
  const auto w = array_of<double>(std::vector<std::vector<double>>{{1}, {0.5}});
  const nn::LowRankNormal q{std::vector{1.0, 2.0}, w, 0};
  std::cout << q.log_prob(std::vector{1, 1}).item() << " "
            << q.entropy().item();  // -2.68779 3.24334
  std::cout << q.mean() << q.variance()
            << q.sample(rng);  // [1. 2.][2.   1.25][1.66531366 1.34361583]
  std::cout << q.mu() << q.factor() << q.log_sigma().item();  // [1. 2.][[1. ] [0.5]]0
  std::cout << to_string(q.shape()) << q.event_dims();        // (2,)1
}

EXAMPLE("Dirichlet") {
  Random rng(1);
  const nn::Dirichlet p{std::vector{1.0, 2.0, 1.0}};
  std::cout << p.log_prob(std::vector{0.25, 0.5, 0.25}).item();  // 1.09861
  std::cout << p.mean() << p.variance()
            << p.entropy().item();  // [0.25 0.5  0.25][0.0375 0.05   0.0375]-0.958426
  std::cout << sum(p.sample(rng)).item();  // 1
  std::cout << p.concentration() << to_string(p.shape())
            << p.event_dims();  // [1. 2. 1.](3,)1
}

EXAMPLE("Mixture") {
  Random rng(1);
  // Two normal numbers, and two normal vectors.
  const nn::Mixture p{std::vector{0.0, 0.0},
                      nn::Normal{std::vector{-2.0, 2.0}, 0}.with_event_dims(0)};
  std::cout << p.log_prob(std::vector{0, 2});  // [-2.91893853 -1.61175031]
  std::cout << p.mean().item() << " " << p.variance().item();  // 0 5
  std::cout << to_string(p.sample(rng, {5}).shape()) << to_string(p.shape())
            << p.event_dims();  // (5,)()0
  std::cout << p.weights().probabilities()
            << p.components().mean();  // [0.5 0.5][-2.  2.]
  const xt::xarray<double> means{{0, 0}, {1, 4}};
  std::cout << nn::Mixture{std::vector{0.0, 1.0}, nn::Normal{means, 0}}
                   .mean();  // [0.73105858 2.92423431]
}

EXAMPLE("VonMises") {
  Random rng(1);
  const nn::VonMises p{0, 2};
  std::cout << p.log_prob(1).item();                           // -1.58127
  std::cout << p.mean().item() << " " << p.variance().item();  // 0 0.302225
  std::cout << p.entropy().item() << " "
            << p.sample(rng).item();                              // 1.26632 -0.794246
  std::cout << p.mu().item() << " " << p.concentration().item();  // 0 2
}

EXAMPLE("RelaxedOneHotCategorical, RelaxedBernoulli") {
  Tape<double> tape;
  Random rng(1);
  const Var<double> logits = tape.watch({0, 1});
  const nn::RelaxedOneHotCategorical p{0.5, logits};
  const Var<double> x = p.sample(rng);
  std::cout << x
            << tape.gradient(
                   x(0), logits,
                   {.retain =
                        true});  // [0.55918869 0.44081131][ 0.4929934 -0.4929934]
  std::cout << p.log_prob(x).item()
            << p.log_probabilities();  // -0.976955[-1.31326169 -0.31326169]
  std::cout << p.temperature().item() << to_string(p.shape())
            << p.event_dims();  // 0.5(2,)1
  const nn::RelaxedBernoulli q{0.5, logits};
  std::cout << q.sample(rng);                              // [0.9796802  0.96415171]
  std::cout << q.log_prob(std::vector{0.25, 0.5}).item();  // -1.41335
  std::cout << q.temperature().item() << q.logits();       // 0.5[0. 1.]
  std::cout << to_string(q.shape()) << q.event_dims();     // (2,)1
}

EXAMPLE("Transformed, Bijection, Flow, CouplingFlow, AffineFlow") {
  Random rng(1);
  std::vector<std::unique_ptr<nn::Bijection<double>>> parts;
  parts.push_back(std::make_unique<nn::CouplingFlow<double>>(2, 16, false, rng));
  parts.push_back(std::make_unique<nn::CouplingFlow<double>>(2, 16, true, rng));
  parts.push_back(std::make_unique<nn::AffineFlow<double>>(2));
  const nn::Flow<double> flow(std::move(parts));
  const nn::Transformed p{nn::Normal{zeros<double>({2}), 0}, flow};
  const auto [x, log_prob] = p.sample_with_log_prob(rng, {3});
  std::cout << sum(abs(p.log_prob(x) - log_prob) < 1e-12).item();  // 3
  // What p.log_prob(x) is made of.
  const auto [z, log_det] = flow.inverse(x);
  const nn::Bijection<double>::Result back = flow.forward(z);
  std::cout << sum(abs(back.first - x) < 1e-12).item();         // 6
  std::cout << sum(abs(back.second + log_det) < 1e-12).item();  // 3
  std::cout << to_string(p.sample(rng).shape()) << to_string(p.shape())
            << p.event_dims();   // (2,)(2,)1
  std::cout << p.base().mean();  // [0. 0.]
}

EXAMPLE("coupling_layers") {
  Random rng(1);
  const nn::Flow<double> flow(nn::coupling_layers<double>(4, 16, 3, rng));
  std::cout << flow.parameters().size();  // 12
}

EXAMPLE("PlanarFlow, planar_flow, AutoregressiveFlow") {
  Random rng(1);
  const Array<double> z = rng.normal({4, 3});
  const nn::PlanarFlow<double> planar(3, rng);
  const auto [x, log_det] = planar.forward(z);
  std::cout << to_string(x.shape()) << to_string(log_det.shape());  // (4, 3)(4,)
  // The same with parameters of each vector's own, as an encoder gives them.
  const Var<double> u = rng.normal({4, 3}), w = rng.normal({4, 3});
  const auto own = nn::planar_flow<double>(z, u, w, zeros<double>({4}));
  std::cout << to_string(own.first.shape());  // (4, 3)
  const nn::AutoregressiveFlow<double> masked(3, 16, rng);
  const auto there = masked.forward(z), back = masked.inverse(there.first);
  std::cout << sum(abs(back.first - z) < 1e-12).item();              // 12
  std::cout << sum(abs(back.second + there.second) < 1e-12).item();  // 4
}

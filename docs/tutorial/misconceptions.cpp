// Statements about variational autoencoders that circulate and are wrong, and the numbers that show it.

#include "docs/tutorial/support/chapter.hpp"
#include "docs/tutorial/support/code_statistics.hpp"
#include "docs/tutorial/support/quadrature.hpp"

#include <cmath>
#include <string>
#include <vector>

using namespace xtape;
using namespace tutorial;

namespace {

// Of a generative model with W turned, so that its exact posterior has correlations.
void bounds(Chapter& c) {
  Random rng(2);
  const Array<double> samples = rng.normal({500, 2}), noise = rng.normal({500, 6});
  const Array<double> w = matmul(xt::xarray<double>{{1, 0}, {0.8, 0.4}}, rng.normal({2, 6}));
  const Array<double> x = matmul(samples, w) + noise * xt::xarray<double>{0.2, 0.4, 0.6, 0.8, 1.0, 1.2};
  const nn::Moments data = nn::moments(x);
  nn::LinearVae<double> model(nn::LinearGaussian{data.mean, Array<double>(transpose(w)), full<double>({6}, 0.5)});
  std::vector<nn::Parameter<double>> encoder;
  for (const auto& [name, parameter] : model.named_parameters())
    if (name == "encoder_weight" || name == "log_sigma") encoder.push_back(parameter);
  encoder[0].set(zeros<double>(encoder[0].shape()));  // an encoder that ignores the data
  c.number("bound-before", model.bound(data).item());
  c.number("evidence-before", nn::log_likelihood(model.decoder(), data));
  c.number("bound-after", -least(encoder, [&] { return -model.bound(data); }));
  c.number("evidence-after", nn::log_likelihood(model.decoder(), data));
  const Array<double> exact = nn::posterior(model.decoder()).covariance;
  c.number("correlation", exact(0, 1) / std::sqrt(exact(0, 0) * exact(1, 1)));
  c.number("gap", nn::log_likelihood(model.decoder(), data) - model.bound(data).item());
  c.number("gap-from-correlation", -0.5 * std::log(1 - exact(0, 1) * exact(0, 1) / (exact(0, 0) * exact(1, 1))));

  // Another basis of the code, the same p(x): a dimension means nothing by itself.
  nn::LinearGaussian turned = model.decoder();
  turned.weight = matmul(turned.weight, xt::xarray<double>{{0.8, -0.6}, {0.6, 0.8}}).value();
  c.number("evidence-turned", nn::log_likelihood(turned, data));

  // Factor analysis beside probabilistic PCA; a linear autoencoder beside the principal components.
  const auto factors =
      nn::expectation_maximization(nn::LinearGaussian::start(data, 2, rng), data, {.noise_floor = 1e-3});
  c.number("factor-analysis", factors.log_likelihood);
  c.number("ppca", nn::log_likelihood(nn::probabilistic_pca(data, 2), data));
  c.number("psi-least", min(Var<double>(factors.model.noise)).item());
  c.number("psi-most", max(Var<double>(factors.model.noise)).item());
  const nn::PrincipalComponents axes = nn::principal_components(data);
  const nn::Parameter<double> encode(rng.normal({6, 2})), decode(rng.normal({2, 6}));
  c.number("autoencoder-error", least({encode, decode}, [&] {
             return sum(square(x - data.mean - matmul(matmul(x - data.mean, encode.var()), decode.var()))) / 500;
           }));
  c.number("pca-error", axes.residual(2));
  const Var<double> row = decode.var()[0] / norm(decode.var()[0]);
  c.number("cosine-first-axis", std::abs(dot(row, Var<double>(axes.axes)[0]).item()));
  c.number("in-the-plane", norm(matmul(slice(Var<double>(axes.axes), {{0, 2}}), row)).item());
}

// Of one-dimensional distributions, by quadrature.
void densities(Chapter& c) {
  const double mu = 0.8, sigma = 0.5, log_sigma = std::log(sigma);
  const Var<double> q = log_normal(mu, log_sigma);
  c.number("kl-quadrature", integral(exp(q) * (q - log_normal(0, 0))));
  c.number("kl-right", nn::kl_standard_normal(std::vector{mu}, std::vector{log_sigma}).item());
  c.number("kl-said", sigma * sigma * mu * mu - log_sigma - 1);
  c.number("kl-said-wide", -std::log(10) - 1);  // mu = 0, sigma = 10
  c.number("kl-right-wide", nn::kl_standard_normal(std::vector{0.0}, std::vector{std::log(10)}).item());
  c.number("normal-right", nn::normal_log_prob(std::vector{1.0}, std::vector{mu}, std::vector{log_sigma}).item());
  c.number("normal-said", -(1 - mu) * (1 - mu));

  // Variations: of all densities on a grid the one of greatest bound, for x = 1, z from N(0, 1), x from N(z, 1).
  const Array<double> z = xt::linspace<double>(-4.0, 5.0, 181);
  const Var<double> joint = -0.5 * square(z) - 0.5 * square(1.0 - Var<double>(z)) - kLog2Pi;
  const nn::Parameter<double> logits(zeros<double>({181}));
  c.number("variations-bound", -least({logits}, [&] {
             const Var<double> log_q = log_softmax(logits.var()) - std::log(0.05);
             return -0.05 * sum(exp(log_q) * (joint - log_q));
           }));
  c.number("variations-evidence", -0.25 - std::log(2.0) / 2 - kLog2Pi / 2);  // ln N(1; 0, 2)
  const Var<double> found = softmax(logits.var());
  c.number("variations-mean", sum(found * z).item());
  c.number("variations-variance", (sum(found * square(z)) - square(sum(found * z))).item());

  // A code that both x share: ln p(x1, x2) is no sum.
  const nn::LinearGaussian pair{zeros<double>({2}), ones<double>({2, 1}), ones<double>({2})};
  const nn::LinearGaussian one{zeros<double>({1}), ones<double>({1, 1}), ones<double>({1})};
  const Var<double> two(std::vector{1.0, 1.5});
  c.number("shared", nn::log_likelihood(pair, nn::moments(reshape(two, {1, 2}).value())));
  c.number("apart", 2 * nn::log_likelihood(one, nn::moments(reshape(two, {2, 1}).value())));

  // Ten classes far apart: what the label alone is worth.
  const Var<double> given = log_normal(6.0 * xt::arange<double>(10).reshape({10, 1}), std::vector{0.0});
  const Var<double> marginal = logsumexp(given, -1) - std::log(10.0);
  c.number("given-label", kStep * sum(exp(given) * given).item() / 10);
  c.number("label-most", std::log(10));
  c.number("without-label", integral(exp(marginal) * marginal));

  // The two directions of the KL, for p with modes at -2 and 2.
  const Var<double> modes = log_normal(std::vector<std::vector<double>>{{-2}, {2}}, std::vector{std::log(0.5)});
  const Var<double> p = logsumexp(modes, -1) - std::log(2.0);
  const nn::Parameter<double> m(std::vector{1.5}), s(std::vector{-0.5});
  std::vector<Array<double>> curves{exp(p).value()};
  for (const bool reverse : {true, false}) {
    const double kl = least({m, s}, [&] {
      const Var<double> log_q = log_normal(m, s);
      return kStep * (reverse ? sum(exp(log_q) * (log_q - p)) : sum(exp(p) * (p - log_q)));
    });
    const std::string name = reverse ? "reverse" : "forward";
    c.number(name + "-kl", kl);
    c.number(name + "-mean", m.value()(0));
    c.number(name + "-sigma", std::exp(s.value()(0)));
    curves.push_back(exp(log_normal(m, s)).value());
  }
  Figure figure({"z"}, {"density", false, {}, 1.1}, "Two modes, and a normal distribution");
  for (std::size_t k = 0; k < 3; ++k) {
    std::vector<double> at_z, density;
    for (std::size_t i = 600; i < 2600; i += 10)
      at_z.push_back(kFrom + kStep * double(i)), density.push_back(curves[k](i));
    figure.line(k == 0 ? "p" : k == 1 ? "least KL(q || p)" : "least KL(p || q)", at_z, density);
  }
  c.draw("directions", {figure});

  // The scale of a normal distribution: its constraint, its units, and the path of the gradient through a draw.
  Tape<double> tape;
  const Var<double> width = tape.watch({0.1}), log_width = tape.watch({std::log(0.1)});
  const Array<double> plain = tape.gradient(sum(log(width)), width), in_log = tape.gradient(sum(log_width), log_width);
  c.number("step-in-sigma", 0.1 - 0.02 * plain(0));
  c.number("step-in-log-sigma", std::exp(std::log(0.1) - 0.02 * in_log(0)));
  Random rng(4);
  const Array<double> epsilon = rng.normal({100000});
  c.number("variance-right", var(Var<double>(0.25 * epsilon)).item());
  c.number("variance-said", var(Var<double>(0.5 * epsilon)).item());
  const Var<double> centre = tape.watch(0.8), code = centre + 0.5 * epsilon;
  c.number("path-gradient", tape.gradient(mean(square(code)), centre)());
  c.number("cut-gradient", tape.gradient(mean(square(stop_gradient(code))), centre, {.allow_unused = true})());
  c.number("sigmoid-mean-cost",
           nn::normal_kl(std::vector{0.0}, std::vector{log_sigma}, std::vector{-1.5}, std::vector{log_sigma}).item());
}

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("misconceptions", argc, argv, [](Chapter& c) {
    bounds(c);
    densities(c);
    measure_codes(c);
  });
}

// What goes wrong with variational autoencoders: each mistake in a run that fails, and beside it the run that mends it.

#include "docs/tutorial/support/chapter.hpp"
#include "docs/tutorial/support/vae_with_mistakes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

using namespace xtape;
using tutorial::Figure, tutorial::Outcome, tutorial::Vae;

int main(int argc, char** argv) {
  return tutorial::run("failures", argc, argv, [](tutorial::Chapter& c) {
    const auto report = [&c](const std::string& what, const Outcome& o) {
      c.number(what + "-reconstruction", o.reconstruction);
      c.number(what + "-kl", o.kl);
      c.number(what + "-loss", o.reconstruction + o.kl);
      c.number(what + "-active", double(o.active));
      return o;
    };
    const auto bernoulli = [] { return std::make_unique<nn::BernoulliLikelihood<float>>(); };
    const auto gaussian = [](nn::Sigma kind, double sigma) {
      return std::make_unique<nn::GaussianLikelihood<float>>(kind, 784, sigma);
    };

    Random noise(3);

    // Posterior collapse: noise wider than the data, and a decoder that needs no code.
    const nn::Moments data = nn::moments(c.train().slice(0, std::min<std::size_t>(5000, c.train().size())));
    const Array<double> along = nn::principal_components(data).variances;
    const double widest = along(0), sigma = std::sqrt(2 * widest);
    c.number("largest-variance", widest);
    c.number("wide-sigma", sigma);
    const Var<double> above = maximum(Var<double>(along), 1);  // than sigma² = 1
    c.number("directions-above-1", sum(above > 1).item());
    c.number("linear-kl-1", sum(log(above)).item() / 2);
    report("wide", tutorial::trained(c, gaussian(nn::Sigma::kFixed, sigma), {}));
    const Outcome learnt = report(
        "learnt",
        tutorial::trained(
            c, gaussian(nn::Sigma::kShared, std::sqrt(mean(Var<double>(xt::diagonal(data.covariance))).item())), {}));
    const Outcome context = report("context", tutorial::trained(c, bernoulli(), {.autoregressive = true}));
    const Outcome warm = report("warm", tutorial::trained(c, bernoulli(), {.warm_up = 0.5, .autoregressive = true}));
    const Outcome plain = report("plain", tutorial::trained(c, bernoulli(), {}));
    c.draw("collapse", {Figure({"step"}, {"KL in nats", false, 0, 30}, "Three runs")
                            .line("each pixel from the code alone", plain.step, plain.kl_at)
                            .line("the decoder sees pixels, warm-up", warm.step, warm.kl_at)
                            .line("the decoder sees pixels", context.step, context.kl_at)});

    // A mean over pixels where a sum belongs, and the weight beta on purpose: rate against distortion.
    report("mean", tutorial::trained(c, bernoulli(), {.mean_over_pixels = true}));
    const Array<float> seen = nn::threshold_binarization<float>()(c.train().first<float>(c.pick(5000, 500)), noise);
    const Var<double> ink = clip(mean(Var<double>(xt::cast<double>(seen)), 0), 1e-6, 1 - 1e-6);
    c.number("no-code", -sum(ink * log(ink) + (1 - ink) * log(1 - ink)).item());  // entropy of the pixels' means
    std::vector<double> rate, distortion;
    for (const double beta : {0.25, 1.0, 4.0, 16.0, 64.0}) {
      if (beta > c.pick(100.0, 20.0)) break;
      const Outcome o = beta == 1 ? plain : tutorial::trained(c, bernoulli(), {.beta = beta});
      report("beta-" + std::to_string(int(100 * beta)), o);
      if (const std::size_t k = rate.size(); k > 0) {
        c.number("slope-" + std::to_string(k), (o.reconstruction - distortion.back()) / (rate.back() - o.kl));
      }
      rate.push_back(o.kl);
      distortion.push_back(o.reconstruction);
    }
    c.draw("beta", {Figure({"rate: KL in nats"}, {"distortion: reconstruction in nats"}, "Weights 64, 16, 4, 1, 1/4")
                        .line("", rate, distortion)
                        .points("", rate, distortion)});

    // A loss below zero: densities have units. The same images with grey levels up to 255, and the loss is positive.
    c.number("learnt-sigma", learnt.sigma);
    c.number("learnt-peak-density", 1 / (learnt.sigma * std::sqrt(2 * std::numbers::pi)));
    c.number("units-shift", 784 * std::log(255));
    c.number("learnt-loss-255", learnt.reconstruction + learnt.kl + 784 * std::log(255));

    // A free sigma of each pixel. Means are those of the data, so that the squared errors are the variances.
    const Array<double> some = c.train().first<double>(200);
    const Var<double> variances = var(Var<double>(some), 0);
    c.number("constant-pixels", sum(variances < 1e-12).item());
    std::vector<std::vector<double>> losses(2);
    std::vector<double> at, floors = {0, 0.01};
    for (std::size_t k = 0; k < 2; ++k) {
      nn::Parameter<double> free(zeros<double>({784}));
      nn::Adam<double> optimizer({free}, {.learning_rate = 0.01});
      for (int step = 1; step <= 4000; ++step) {
        Tape<double> tape;
        const Var<double> s = floors[k] + exp(free);
        const Var<double> loss = sum(variances / (2 * square(s)) + log(s)) + 392 * std::log(2 * std::numbers::pi);
        if (step % 40 == 0) losses[k].push_back(loss.item());
        if (k == 0 && step % 40 == 0) at.push_back(step);
        optimizer.step(tape.gradient(loss, std::vector{free}));
      }
      const std::string name = k == 0 ? "free" : "floor";
      for (const std::size_t step : {1000, 2000, 4000})
        c.number(name + "-loss-" + std::to_string(step), losses[k][step / 40 - 1]);
      c.number(name + "-log10-sigma", std::log10(floors[k] + std::exp(min(free).item())));
    }
    c.number("fall", losses[0][49] - losses[0][99]);  // of the free one, from step 2,000 to step 4,000
    c.draw("unbounded", {Figure({"step"}, {"negative log-likelihood"}, "A standard deviation of each pixel")
                             .line("with a floor of 0.01", at, losses[1])
                             .line("free", at, losses[0])});

    // exp overflows in float32 above ln of the largest number.
    c.number("exp-limit", std::log(double(std::numeric_limits<float>::max())));
    c.number("exp-limit-double", std::log(std::numeric_limits<double>::max()));
    c.number("kl-limit", std::log(double(std::numeric_limits<float>::max())) / 2);
    Vae model(10, bernoulli(), false, noise);
    model.log_sigma_head.bias().set(full<float>({10}, 100));
    const Array<float> few = slice(Var<float>(seen), {{0, 10}}).value();
    c.number("overflow-loss-finite", std::isfinite(model.terms(few, noise).log_prob(0).item()));
    try {
      Tape<float> tape({.check_finite = true});
      model.terms(few, noise);
    } catch (const NumericError& error) {
      std::puts(error.what());
      c.number("overflow-found-in-exp", std::string(error.what()).starts_with("[exp] the result is not finite"));
    }
    c.number("clipped-log-prob", mean(model.terms(few, noise, 5).log_prob).item());
    c.number("clipped-kl", mean(model.terms(few, noise, 5).kl).item());
    model.log_sigma_head.bias().set(zeros<float>({10}));
    c.number("mended-log-prob", mean(model.terms(few, noise).log_prob).item());
    c.number("mended-kl", mean(model.terms(few, noise).kl).item());

    // A value that left the tape has no derivative: an error, and not a gradient of zeros.
    try {
      Tape<float> tape;
      const Array<float> code = model.mean_head(relu(model.encoder(few))).value();
      tape.gradient(-mean(model.pixels->log_prob(few, model.decoder(code))), model.parameters());
    } catch (const TapeError& error) {
      std::puts(error.what());
      c.number("silent-zero-refused", 1);
    }
  });
}

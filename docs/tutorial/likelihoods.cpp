// What a decoder's output says of pixels: Bernoulli and Gaussian likelihoods with their constants, what σ does to the
// KL term, why a σ for each pixel has no bound, and what L samples buy.

#include "docs/tutorial/support/chapter.hpp"
#include "docs/tutorial/support/estimates.hpp"
#include "docs/tutorial/support/small_vae.hpp"
#include "examples/programs/data/datasets.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <numbers>

using namespace xtape;
using Numbers = std::vector<double>;
using programs::Vae, tutorial::Course, tutorial::Estimates, tutorial::noise;

namespace {

constexpr std::size_t kLatent = 10;

/// All of a gradient in one row.
Var<double> row(const std::vector<Array<float>>& parts) {
  std::vector<Var<float>> flat;
  for (const Array<float>& part : parts) flat.push_back(ravel(Var<float>(part)));
  return Array<double>(reshape(concatenate(flat, 0), {1, -1}).value());
}

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("likelihoods", argc, argv, [](tutorial::Chapter& c) {
    const nn::ImageSet set = c.train().slice(0, std::min<std::size_t>(c.pick(5000, 500), c.train().size()));
    const std::size_t pixels = set.pixels();
    const Array<float> images = set.first<float>(set.size()), tests = c.test().first<float>(c.pick(1000, 100));
    const double constants = 0.5 * double(pixels) * std::log(2 * std::numbers::pi);
    c.number("floor-train", programs::grey_level_entropy(c.train()));
    const double floor_of_tests = programs::grey_level_entropy(c.test().slice(0, tests.shape(0)));
    c.number("floor-test", floor_of_tests), c.number("constants", constants);
    double above = 0, nats = 0;  // directions that vary more than σ = 1 does, and the KL that they are worth
    for (const double l : nn::principal_components(nn::moments(set)).variances) {
      if (l > 1) above += 1, nats += 0.5 * std::log(l);
    }
    c.number("linear-units", above), c.number("linear-kl", nats);

    Random rng(1);
    const programs::VaeShape shape{pixels, c.pick<std::size_t>(200, 64), kLatent};
    const auto gaussian = [&](nn::Sigma kind, double start, double floor) {
      return Vae(shape, std::make_unique<nn::GaussianLikelihood<float>>(kind, pixels, start, floor), rng);
    };
    const Vae grey(shape, std::make_unique<nn::BernoulliLikelihood<float>>(), rng);
    const Vae fixed = gaussian(nn::Sigma::kFixed, 1, 0), learned = gaussian(nn::Sigma::kShared, 1, 0);
    tutorial::Figure chart({"unit, that of most KL first"}, {"KL, nats"});
    for (const auto& [name, vae] : {std::pair("Bernoulli", &grey), {"fixed", &fixed}, {"learned", &learned}}) {
      tutorial::train(*vae, images, kLatent, c.pick(20, 30), false);
      const programs::Posterior q = vae->posterior(tests);
      const Var<float> output = vae->decode(q.at(noise(1, tests, kLatent, rng)));
      const nn::LatentUse use = nn::latent_use(q.mu.value(), q.log_sigma.value());
      const std::string of = std::string(name) + "-";
      c.number(of + "loss", -mean(vae->likelihood().log_prob(tests, output)).item());
      c.number(of + "squared", mean(sum(square(tests - vae->likelihood().mean(output)), -1)).item());
      c.number(of + "kl", xt::sum(use.kl)()), c.number(of + "active", double(use.active()));
      Numbers rank = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, kl(use.kl.begin(), use.kl.end());
      std::sort(kl.rbegin(), kl.rend());
      chart.line(vae == &grey ? name : std::string("Gaussian, σ ") + name, rank, kl);
      if (vae != &grey) continue;
      c.number("above-floor", -mean(vae->likelihood().log_prob(tests, output)).item() - floor_of_tests);
      double mass = 0;  // ln of ∫ π^x (1-π)^(1-x) dx over [0, 1], which is tanh(l/2) / l for the logit l of π
      for (const double l : output.value()) mass += std::abs(l) < 1e-6 ? -std::log(2) : std::log(std::tanh(l / 2) / l);
      c.number("ln-mass", mass / double(tests.shape(0)));
    }
    c.draw("use", {chart});
    const Var<float> mean_images = learned.decode(learned.posterior(images).at(noise(1, images, kLatent, rng)));
    const double rms = std::sqrt(mean(square(images - mean_images)).item());
    c.number("rms", rms), c.number("sigma", std::exp(learned.likelihood().parameters()[0].value()(0)));
    c.number("best-loss", 0.5 * double(pixels) * (1 + 2 * std::log(rms)) + constants);
    c.number("loss", -mean(learned.likelihood().log_prob(images, mean_images)).item());

    // A σ for each pixel, where some are constant: in the images of one class.
    std::vector<std::size_t> of_class, held_out;
    for (std::size_t i = 0, found = 0; i < c.train().size(); ++i) {
      if (c.pick(c.train().label(i) == 7, true)) (found++ % 3 == 2 ? held_out : of_class).push_back(i);
    }
    of_class.resize(std::min<std::size_t>(of_class.size(), 2000));
    const Array<float> shoes = c.train().gather<float>(of_class), unseen = c.train().gather<float>(held_out);
    const auto still = [](const nn::Moments& of) { return double(xt::sum(xt::diagonal(of.covariance) < 1e-12)()); };
    c.number("constant-pixels", still(nn::moments(Array<double>(shoes))));
    c.number("constant-in-all", still(nn::moments(c.train()))), c.number("uniform-sigma", 1 / (256 * std::sqrt(12.0)));
    c.number("constants-256", double(pixels) * std::log(256.0));
    tutorial::Figure losses({"epoch"}, {"loss, nats an image"}), sigmas({"epoch"}, {"smallest σ", true});
    for (const std::string name : {"free", "floor", "dequantized"}) {
      const double floor = name == "floor" ? 0.01 : 0;
      const Vae vae = gaussian(nn::Sigma::kEach, 0.3, floor);
      const Course course = tutorial::train(vae, shoes, kLatent, 80, name == "dequantized");
      Numbers sigma;
      for (const double s : course.least_s) sigma.push_back(floor + std::exp(s));
      for (const std::size_t at : {20, 40, 60, 80}) {
        c.number(name + "-loss-" + std::to_string(at), course.loss[at - 1]);
        c.number(name + "-sigma-" + std::to_string(at), sigma[at - 1]);
      }
      const Array<float> other = name == "dequantized" ? tutorial::dequantized(unseen, rng) : unseen;
      c.number(name + "-unseen", tutorial::loss(vae, other, kLatent, rng).item());
      losses.line(name, course.epoch, course.loss), sigmas.line(name, course.epoch, sigma);
    }
    c.draw("sigma", {losses, sigmas});

    // L samples: the noise of an image's bound, of the gradient of one batch and of that of new ones; and the time.
    const int repeats = c.pick(40, 8);
    Numbers ls, laws, bounds, gradients, totals, times;
    for (std::size_t samples = 1; samples <= c.pick<std::size_t>(32, 16); samples *= 2) {
      Estimates of_bound, of_gradient, of_batches;
      Numbers clocks;
      for (int i = 0; i < 3 * repeats; ++i) {
        const std::vector<std::size_t> order = rng.permutation(set.size());
        const bool same = i < repeats;
        const Array<float> x = same ? set.first<float>(100) : set.gather<float>(std::span(order).first(100));
        const Array<float> epsilon = noise(samples, x, kLatent, rng);
        const std::clock_t begin = std::clock();

        Tape<float> tape;
        const auto [reconstruction, kl] = grey.negative_bound(x, epsilon);
        const std::vector<Array<float>> gradient = tape.gradient(mean(reconstruction + kl), grey.parameters());

        clocks.push_back(double(std::clock() - begin));
        (same ? of_gradient : of_batches).add(row(gradient));
        if (same) of_bound.add(row({reconstruction.value()}));
      }
      ls.push_back(double(samples)), laws.push_back(1 / double(samples));
      times.push_back(*std::min_element(clocks.begin(), clocks.end()));
      bounds.push_back(of_bound.variance()), gradients.push_back(of_gradient.variance());
      totals.push_back(of_batches.variance());
    }
    c.number("bound-error", std::sqrt(bounds[0] / 100)), c.number("noise-share", gradients[0] / totals[0]);
    c.number("predicted-16", 1 - gradients[0] / totals[0] * 15 / 16);
    for (auto& [name, values] :
         {std::pair("bound", &bounds), {"gradient", &gradients}, {"total", &totals}, {"time", &times}}) {
      for (std::size_t i = values->size(); i-- > 0;) {
        (*values)[i] /= values->front();
        c.number(std::string(name) + "-" + std::to_string(1 << i), (*values)[i]);
      }
    }
    tutorial::Figure variance({"L", true}, {"variance, L = 1 is 1", true, {}, 6.0}),
        cost({"L", true}, {"processor time, L = 1 is 1", true});
    variance.points("bound", ls, bounds).points("gradient, one batch", ls, gradients);
    variance.points("gradient, new batches", ls, totals).dashed("1/L", ls, laws);
    c.draw("samples", {variance, cost.line("", ls, times)});
  });
}

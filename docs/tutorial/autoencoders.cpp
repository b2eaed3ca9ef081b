// The autoencoder: its loss as an expectation, one layer and several, two losses, the linear case, what its codes lack.

#include "docs/tutorial/support/autoencoder.hpp"

#include <algorithm>

using namespace xtape;
using tutorial::Autoencoder, tutorial::cross_entropy, tutorial::squared_error;
using Numbers = tutorial::Figure::Numbers;

// z = μ + σ ε and KL(q(z|x) ‖ N(0, I)), for an encoder that gives μ and ln σ side by side.
std::pair<Var<float>, Var<float>> draw_code(const Autoencoder<float>& vae, const Var<float>& x, Random& rng) {
  const std::vector<Var<float>> heads = split(vae.encoder(x), 2, -1);
  return {heads[0] + exp(heads[1]) * rng.normal<float>(heads[0].shape()), nn::kl_standard_normal(heads[0], heads[1])};
}

// KL(N(m, Σ) ‖ N(0, I)) of the mean m and the covariance Σ of codes: (n, 2).
double moment_kl(const Array<double>& codes) {
  const auto [m, s] = nn::moments(codes);
  const double det = s(0, 0) * s(1, 1) - s(0, 1) * s(1, 0);
  return 0.5 * (s(0, 0) + s(1, 1) + m(0) * m(0) + m(1) * m(1) - 2 - std::log(det));
}

// The codes moved and stretched to mean 0 and covariance I.
Array<double> whitened(const Array<double>& codes) {
  const nn::PrincipalComponents pca = nn::principal_components(nn::moments(codes));
  const Var<double> turned = matmul(codes - Var<double>(pca.mean), transpose(Var<double>(pca.axes)));
  return Var<double>(turned / sqrt(Var<double>(pca.variances))).value();
}

// How far the nearest code is from a draw of N(0, I), on average.
double gap(const Array<double>& codes) {
  const Var<double> draws = expand_dims(Var<double>(Random(5).normal({1000, 2})), {1});
  return mean(sqrt(min(sum(square(draws - codes), -1), 1))).item();
}

tutorial::Figure scatter(const std::string& title, const Array<double>& codes, const nn::ImageSet& images) {
  const std::vector<int> classes{0, 1, 5, 8, 9};
  std::vector<Numbers> x(classes.size() + 1), y = x;
  for (std::size_t i = 0; i < codes.shape(0); ++i) {
    const auto at = std::size_t(std::find(classes.begin(), classes.end(), images.label(i)) - classes.begin());
    x[at].push_back(codes(i, 0));
    y[at].push_back(codes(i, 1));
  }
  const Var<double> across = transpose(Var<double>(codes))[0];
  const double right = (max(across) + 0.3 * (max(across) - min(across))).item();  // room for the legend
  tutorial::Figure figure({"z₁", false, {}, right}, {"z₂"}, title);
  for (std::size_t k = 0; k < classes.size(); ++k) figure.points("class " + std::to_string(classes[k]), x[k], y[k]);
  return figure.points("others", x.back(), y.back());
}

void linear_case(tutorial::Chapter& c) {
  Random rng(7);
  const Var<double> x = tutorial::linear_samples(rng);
  const nn::PrincipalComponents pca = nn::principal_components(nn::moments(x.value()));
  c.number("variance", pca.residual(0));
  Numbers sizes, closed, trained;
  for (std::size_t d = 1; d <= 6; ++d) {
    Autoencoder<double> model({8, d}, {d, 8}, rng);
    sizes.push_back(double(d));
    closed.push_back(pca.residual(d));
    trained.push_back(tutorial::minimized(model, [&] { return mean(squared_error(x, model(x))); }));
    c.number("excess_" + std::to_string(d), std::abs(trained.back() / closed.back() - 1));
    if (d != 2) continue;
    c.number("pca_loss", closed.back());
    c.number("linear_loss", trained.back());
    // W_g W_f is the projection onto the plane of the first two axes; the columns of W_g are not those axes.
    const Var<double> axes = slice(Var<double>(pca.axes), {{{}, 2}}), w = model.decoder.layer(0).weight().var();
    const Var<double> product = matmul(w, model.encoder.layer(0).weight().var());
    c.number("projection_difference", max(abs(product - matmul(transpose(axes), axes))).item());
    const Var<double> columns = w / sqrt(sum(square(w), 0));
    c.number("axis_cosine", min(max(abs(matmul(axes, columns)), 0)).item());
    c.number("columns_cosine", abs(matmul(transpose(columns), columns)(0, 1)).item());
    // Another basis of the same plane: codes R z, decoded by W_g R⁻¹.
    const Array<double> r{{2.0, 1.0}, {0.0, 3.0}}, inverse{{0.5, -1 / 6.0}, {0.0, 1 / 3.0}};
    const Var<double> codes = model.encoder(x), others = matmul(codes, transpose(Var<double>(r)));
    const Var<double> decoded = linear(others, matmul(w, inverse), model.decoder.layer(0).bias().var());
    c.number("change_of_images", max(abs(decoded - model(x))).item());
    c.number("moment_kl_codes", moment_kl(codes.value()));
    c.number("moment_kl_other_codes", moment_kl(others.value()));
  }
  tutorial::Figure figure({"size of the code"}, {"squared error", true}, "Linear autoencoders and PCA");
  c.draw("linear", {figure.line("what PCA leaves", sizes, closed).points("trained", sizes, trained)});
}

void four_autoencoders(tutorial::Chapter& c, const nn::ImageSet& images, const Var<float>& x, std::size_t batch) {
  const std::size_t pixels = images.pixels();
  for (const std::string depth : {"one", "deep"}) {
    for (const std::string loss : {"_squared", "_cross"}) {
      Random rng(1);
      const bool deep = depth == "deep";
      const std::vector<std::size_t> sizes = deep ? std::vector{pixels, 256ul, 20ul} : std::vector{pixels, 20ul};
      Autoencoder<float> model(sizes, {sizes.rbegin(), sizes.rend()}, rng);
      const auto logits = [&](const Var<float>& part) {
        return deep ? model(part) : model.decoder(sigmoid(model.encoder(part)));
      };
      tutorial::train(model, images, batch, c.pick(4, 15), [&](const Var<float>& part) {
        return loss == "_cross" ? cross_entropy(part, logits(part)) : squared_error(part, sigmoid(logits(part)));
      });
      const Var<float> losses = cross_entropy(x, logits(x)), some = slice(losses, {{{}, 100}});
      c.number(depth + loss + "_squared_error", mean(squared_error(x, sigmoid(logits(x)))).item());
      c.number(depth + loss + "_cross_entropy", mean(losses).item());
      c.number(depth + loss + "_error_of_all", tutorial::standard_error(losses));
      c.number(depth + loss + "_of_100", mean(some).item());
      c.number(depth + loss + "_error_of_100", tutorial::standard_error(some));
    }
  }
}

int main(int argc, char** argv) {
  return tutorial::run("autoencoders", argc, argv, [](tutorial::Chapter& c) {
    linear_case(c);
    const nn::ImageSet images = c.train().slice(0, std::min(c.pick<std::size_t>(20000, 500), c.train().size()));
    const Var<float> x = c.test().first<float>(c.pick<std::size_t>(10000, 100)), shown = c.test().first<float>(500);
    const auto constant = [&](const std::string& name, const Var<float>& image) {
      const Var<float> r = clip(image, 1e-7, 1 - 1e-7);  // finite logits
      c.number(name + "_squared_error", mean(squared_error(x, r)).item());
      c.number(name + "_cross_entropy", mean(cross_entropy(x, log(r) - log(1.0f - r))).item());
    };
    constant("perfect", x);
    constant("mean_image", mean(Var<float>(images.first<float>(images.size())), 0));
    const std::size_t pixels = images.pixels(), batch = c.pick<std::size_t>(128, 25);
    const int epochs = c.pick(8, 30);
    four_autoencoders(c, images, x, batch);
    Random rng(1), noise(2);
    Autoencoder<float> ae({pixels, 256, 2}, {2, 256, pixels}, rng), vae({pixels, 256, 4}, {2, 256, pixels}, rng);
    tutorial::train(ae, images, batch, epochs, [&](const Var<float>& part) { return cross_entropy(part, ae(part)); });
    tutorial::train(vae, images, batch, epochs, [&](const Var<float>& part) {
      const auto [z, kl] = draw_code(vae, part, noise);
      return cross_entropy(part, vae.decoder(z)) + kl;
    });
    const auto report = [&](const std::string& name, const Array<double>& codes) {
      c.number(name + "_moment_kl", moment_kl(codes));
      c.number(name + "_gap", gap(codes));
      c.number(name + "_white_moment_kl", std::abs(moment_kl(whitened(codes))));
      c.number(name + "_white_gap", gap(whitened(codes)));
    };
    const auto [sampled, kl] = draw_code(vae, shown, noise);
    const Array<double> of_ae = xt::cast<double>(ae.encoder(shown).value());
    const Array<double> of_vae = xt::cast<double>(sampled.value());
    report("ae", of_ae);
    report("vae", of_vae);
    report("means", xt::cast<double>(split(vae.encoder(shown), 2, -1)[0].value()));
    report("prior", Random(4).normal(shape_of(of_vae)));
    c.number("codes", double(of_ae.shape(0)));
    c.number("kl_per_image", mean(kl).item());
    c.draw("codes", {scatter("Autoencoder", of_ae, c.test()), scatter("Variational autoencoder", of_vae, c.test())});
  });
}

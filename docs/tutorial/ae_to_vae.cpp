// An autoencoder becomes a variational one by two changes: the heads, and the KL term.

#include "docs/tutorial/support/chapter.hpp"

#include <cmath>

using namespace xtape;

namespace {

constexpr std::size_t kWidth = 200, kCode = 2;

enum class Kind { kAutoencoder, kVae, kSigmoidMean };

struct Terms {
  Var<float> code, mu, log_sigma, reconstruction, kl;  // (batch, kCode) three times, (batch) twice
};

struct Model : nn::Module<float> {
  Kind kind;
  nn::Linear<float> encoder, g, h;  // up to the hidden layer; the heads: the bottleneck or the mean, and ln sigma
  nn::Mlp<float> decoder;

  Model(std::size_t d, Kind of, Random r = Random(1))
      : kind(of), encoder(d, kWidth, r), g(kWidth, kCode, r), h(kWidth, kCode, r), decoder({kCode, kWidth, d}, r) {
    add("encoder", encoder);
    add("decoder", decoder);
    add(kind == Kind::kAutoencoder ? "bottleneck" : "mean_head", g);
    if (kind != Kind::kAutoencoder) add("log_sigma_head", h);
  }

  Terms terms(const Var<float>& x, Random& rng) const {
    const Var<float> u = relu(encoder(x)), mu = kind == Kind::kSigmoidMean ? sigmoid(g(u)) : g(u), log_sigma = h(u);
    if (kind == Kind::kAutoencoder)
      return {mu, mu, mu, -nn::bernoulli_log_prob(x, decoder(mu)), zeros<float>({x.shape()[0]})};
    const Var<float> z = mu + exp(log_sigma) * rng.normal<float>(mu.shape());
    return {z, mu, log_sigma, -nn::bernoulli_log_prob(x, decoder(z)), nn::kl_standard_normal(mu, log_sigma)};
  }
};

constexpr auto mean_of = [](const Var<float>& x) { return xt::mean(xt::cast<double>(x.value()))(); };

tutorial::Figure codes(const std::string& title, const Var<float>& code, const nn::ImageSet& labelled) {
  const Array<float> z = slice(code, {{{}, 500}}).value();
  const double side = 1.1 * xt::amax(xt::abs(z))();
  const tutorial::Axis axis{"", false, -side, side};
  tutorial::Figure figure(axis, axis, title);
  for (int label = 0; label < 6; ++label) {
    std::vector<double> a, b;
    for (std::size_t i = 0; i < z.shape(0); ++i)
      if (labelled.label(i) == label) a.push_back(z(i, 0)), b.push_back(z(i, 1));
    figure.points("class " + std::to_string(label), a, b);
  }
  return figure;
}

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("ae_to_vae", argc, argv, [](tutorial::Chapter& c) {
    const Array<float> x = xt::cast<float>(c.train().first<float>(c.pick(15000u, 500u)) > 0.5f);
    const Array<float> test = xt::cast<float>(c.test().first<float>(10000) > 0.5f);
    const int epochs = c.pick(8, 30);
    c.number("epochs", epochs);

    // The reconstruction term is divided by `averaged_over`: 1 for its sum over pixels, D for its mean.
    const auto train = [&](const Model& model, float averaged_over = 1) {
      Random rng(1);
      nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
      nn::DataLoader loader(x, {.batch_size = c.pick(100u, 25u), .shuffle = true, .seed = 1});
      for (int epoch = 0; epoch < epochs; ++epoch)
        for (const auto& batch : loader) {
          Tape<float> tape;
          const Terms t = model.terms(batch.images, rng);
          optimizer.step(tape.gradient(mean(t.reconstruction / averaged_over + t.kl), model.parameters()));
        }
    };
    std::vector<std::string> names;
    std::vector<double> reconstructions, kls;
    const auto report = [&](const std::string& name, const Model& model) {
      Random noise(2);
      const Terms t = model.terms(test, noise);
      names.push_back(name), reconstructions.push_back(mean_of(t.reconstruction)), kls.push_back(mean_of(t.kl));
      c.number(name + "-reconstruction", reconstructions.back());
      c.number(name + "-kl", kls.back());
      c.number(name + "-loss", reconstructions.back() + kls.back());
      c.number(name + "-together", nn::normal_kl(nn::moments(xt::cast<double>(t.code.value()))));
      return t;
    };

    const std::size_t d = c.train().pixels();
    const Model ae(d, Kind::kAutoencoder), scratch(d, Kind::kVae);
    Model converted(d, Kind::kVae), retrained(d, Kind::kVae), same(d, Kind::kVae), averaged(d, Kind::kVae),
        squashed(d, Kind::kSigmoidMean);
    train(ae);
    for (Model* vae : {&converted, &retrained, &same, &squashed, &averaged}) nn::copy_shared_parameters(ae, *vae);
    train(retrained), train(scratch), train(squashed), train(averaged, float(d));
    // The same function as before, by heads that nothing had to train: the bottleneck as mean, and a sigma of e^-5.
    same.g.weight().set(ae.g.weight().value()), same.g.bias().set(ae.g.bias().value());
    same.h.weight().set(zeros<float>({kCode, kWidth})), same.h.bias().set(full<float>({kCode}, -5));

    const Terms before = report("ae", ae);
    report("same", same);
    const Terms after = report("retrained", retrained);
    report("scratch", scratch);
    const Terms t = report("sigmoid", squashed);
    c.draw("terms", {tutorial::Figure({""}, {"nats an image"}, "Reconstruction").bars(names, reconstructions),
                     tutorial::Figure({""}, {"nats an image"}, "KL").bars(names, kls)});
    c.draw("codes", {codes("Autoencoder", before.code, c.test()), codes("Retrained as a VAE", after.code, c.test())});
    report("converted", converted);
    report("averaged", averaged);
    const Var<float> grey = clip(mean(Var<float>(x), 0), 1e-3, 1 - 1e-3);  // the best image that ignores the code
    c.number("constant-reconstruction", -mean_of(nn::bernoulli_log_prob(test, log(grey) - log(1 - grey))));
    train(scratch);  // now it has had as many epochs as the retrained one
    report("scratch-long", scratch);

    // One image encoded twice; then how far two codes of an image are apart.
    Random draws(3);
    for (const char* which : {"ae-draw1", "ae-draw2"}) c.number(which, ae.terms(test, draws).code(0, 0).item());
    for (const char* which : {"draw1", "draw2"}) c.number(which, retrained.terms(test, draws).code(0, 0).item());
    c.number("apart", mean_of(sum(square(after.code - retrained.terms(test, draws).code), -1)));
    c.number("apart-expected", mean_of(2 * sum(exp(2 * after.log_sigma), -1)));
    c.number("log-sigma-least", min(after.log_sigma).item());
    c.number("log-sigma-most", max(after.log_sigma).item());
    c.number("means-inside", mean_of(min(after.mu > 0 && after.mu < 1, -1)));
    c.number("prior-inside", std::pow(0.5 * std::erf(std::sqrt(0.5)), 2));
    c.number("ae-half-square", mean_of(0.5 * sum(square(before.code), -1)));

    // Scale moved from a layer of the encoder to the next: other parameters, the same codes.
    nn::copy_parameters(retrained, converted);
    for (const auto& p : converted.encoder.parameters()) p.set(2 * p.value());
    for (const auto* head : {&converted.g, &converted.h}) head->weight().set(head->weight().value() / 2);
    report("rescaled", converted);

    // Standardized codes, their scale and place given to the decoder's first layer: the same images, less KL.
    const Var<float> m = mean(t.mu, 0), v = mean(square(t.mu) + exp(2 * t.log_sigma), 0) - square(m);
    const Var<float> kl = nn::kl_standard_normal((t.mu - m) / sqrt(v), t.log_sigma - 0.5 * log(v));
    const Var<float> w = squashed.decoder.layer(0).weight(), b = squashed.decoder.layer(0).bias();
    const Var<float> z = (t.code - m) / sqrt(v), a = linear(z, w * sqrt(v), b + matmul(w, m));
    c.number("standardized-reconstruction", -mean_of(nn::bernoulli_log_prob(test, squashed.decoder.layer(1)(relu(a)))));
    c.number("standardized-kl", mean_of(kl));
    c.number("sigmoid-waste", 0.5 * sum(square(m) + v - log(v) - 1).item());

    Tape<float> tape;
    const Var<float> kl_term = mean(retrained.terms(test, draws).kl);
    const auto pull = tape.gradient(kl_term, retrained.decoder.parameters(), {.allow_unused = true});
    c.number("kl-pull-on-decoder", double(xt::amax(xt::abs(pull[0]))()));
  });
}

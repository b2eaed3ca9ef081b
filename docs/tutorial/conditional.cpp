// A conditional variational autoencoder beside a plain one: what a label is worth, and what is left to the code.

#include "docs/tutorial/support/chapter.hpp"
#include "examples/programs/drawing/decoder_picture.hpp"
#include "examples/programs/drawing/image_grid.hpp"

#include <cmath>

using namespace xtape;

namespace {

constexpr std::size_t kWidth = 200, kCode = 10, kLabels = 10;

struct Model : nn::Module<float> {
  std::size_t labels;  // kLabels, or 0: a plain one, which is told none
  nn::Mlp<float> encoder, decoder;

  Model(std::size_t d, std::size_t k, std::size_t code = kCode, std::size_t width = kWidth, Random r = Random(1))
      : labels(k), encoder({d + k, width, 2 * code}, r), decoder({code + k, width, d}, r) {
    add("encoder", encoder);
    add("decoder", decoder);
  }

  /// One-hot labels y: (batch, kLabels) beside images or codes: (batch, ...).
  Var<float> join(const Var<float>& a, const Var<float>& y) const { return labels > 0 ? concatenate({a, y}, -1) : a; }
  Var<float> decode(const Var<float>& z, const Var<float>& y) const { return decoder(join(z, y)); }
  Var<float> mu(const Var<float>& x, const Var<float>& y) const { return split(encoder(join(x, y)), 2, -1)[0]; }

  /// A lower bound of ln p(x|y): (batch). Of `sampled` ones, with the KL term by the drawn code: a log-weight.
  Var<float> bound(const Var<float>& x, const Var<float>& y, Random& rng, bool sampled = false) const {
    const std::vector<Var<float>> heads = split(encoder(join(x, y)), 2, -1);  // mu and ln sigma
    const Var<float> z = heads[0] + exp(heads[1]) * rng.normal<float>(heads[0].shape());
    const Var<float> fit = nn::bernoulli_log_prob(x, decode(z, y));
    if (!sampled) return fit - nn::kl_standard_normal(heads[0], heads[1]);
    return fit + nn::normal_log_prob(z, 0, 0) - nn::normal_log_prob(z, heads[0], heads[1]);
  }
};

/// What softmax regression, p(y|a) = softmax(W a + b) fitted to samples a with labels y, makes of others.
Var<float> classified(const Var<float>& others, const Var<float>& a, const Var<float>& y) {
  Random rng(1);
  const nn::Linear<float> scores(a.shape(-1), kLabels, rng);
  const auto objective = [&] {
    Tape<float> tape;
    const Var<float> loss = 1e-4 * sum(square(scores.weight().var())) - mean(sum(y * log_softmax(scores(a)), -1));
    return std::pair(double(loss.item()), tape.gradient(loss, scores.parameters()));
  };
  nn::minimize<float>(scores.parameters(), objective, {.max_iterations = 60, .change_tolerance = 1e-5});
  return scores(others);
}

/// The share of rows whose largest score is that of the label.
constexpr auto accuracy = [](const auto& a, const auto& y) { return mean(sum(a * y, -1) >= max(a, -1)).item(); };

}  // namespace

int main(int argc, char** argv) {
  return tutorial::run("conditional", argc, argv, [](tutorial::Chapter& c) {
    const nn::ImageSet train = c.train().slice(0, c.pick(30000u, 500u)), tests = c.test().slice(0, c.pick(1000u, 100u));
    const auto labels_of = [](const nn::ImageSet& set) {
      std::vector<int> labels;
      for (std::size_t i = 0; i < set.size(); ++i) labels.push_back(set.label(i));
      return Var<float>(one_hot<float>(labels, kLabels));
    };
    const auto binary = [](const Array<float>& grey) { return Var<float>(grey) > 0.5f; };
    const Var<float> x = binary(train.first<float>(train.size())), y = labels_of(train);
    const Var<float> test = binary(tests.first<float>(tests.size())), test_y = labels_of(tests), hot = test_y;
    const std::ptrdiff_t n = std::ptrdiff_t(tests.size()), draws = c.pick(400, 40);

    const Model vae(train.pixels(), 0), cvae(train.pixels(), kLabels), plane(train.pixels(), kLabels, 2, 100);
    for (const Model* model : {&vae, &cvae, &plane}) {
      Random rng(1);
      nn::DataLoader loader(train, {.batch_size = c.pick(50u, 25u), .shuffle = true, .seed = 1});
      nn::Adam<float> fast(model->parameters(), {3e-3}), slow(model->parameters(), {5e-4});
      for (int epoch = 0, epochs = c.pick(12, 40); epoch < epochs; ++epoch)  // the last quarter slowly
        for (const auto& batch : loader) {
          Tape<float> tape;
          const Var<float> bound = model->bound(binary(batch.images), one_hot<float>(batch.labels, kLabels), rng);
          (4 * epoch < 3 * epochs ? fast : slow).step(tape.gradient(-mean(bound), model->parameters()));
        }
    }
    // ln p(x) by importance sampling: of the VAE, of the CVAE given each label, and of the CVAE with labels summed out.
    Random noise(2);
    const auto told = [](std::size_t label, std::size_t rows) {
      return Var<float>(one_hot<float>(std::vector(rows, label), kLabels));
    };
    std::vector<Var<float>> of_vae, of_cvae;
    for (std::ptrdiff_t k = 0; k < draws; ++k) {
      std::vector<Var<float>> given;
      for (std::size_t label = 0; label < kLabels; ++label)
        given.push_back(cvae.bound(test, told(label, n), noise, true));
      of_cvae.push_back(stack(given, 1)), of_vae.push_back(vae.bound(test, hot, noise, true));
    }
    const Var<float> v = stack(of_vae), w = stack(of_cvae);  // log-weights: (draws, n) and (draws, n, kLabels)
    const float ln10 = std::log(10.0f), ln_draws = std::log(float(draws));
    // Means of log-weights are the bounds; the logarithms of mean weights are estimates.
    c.mean("vae-bound", mean(v, 0)), c.mean("cvae-bound", sum(mean(w, 0) * hot, -1));
    c.mean("summed-bound", mean(logsumexp(w, -1) - ln10, 0));
    c.mean("gain-summed-bounds", mean(logsumexp(w, -1) - ln10, 0) - mean(v, 0));
    const Var<float> plain = logsumexp(v, 0) - ln_draws, by_label = logsumexp(w, 0) - ln_draws;
    const Var<float> right = sum(by_label * hot, -1), out = logsumexp(by_label, -1) - ln10;
    c.mean("vae-evidence", plain), c.mean("cvae-told", right), c.mean("cvae-summed", out);
    const double gain = c.mean("gain-told", right - plain), fair = c.mean("gain-summed", out - plain);
    const double worth = c.mean("worth", right - out), doubt = c.mean("doubt", logsumexp(by_label, 1) - right);
    c.number("sum", worth + doubt), c.number("ln10", std::log(10)), c.number("commonest", max(mean(test_y, 0)).item());
    c.number("images", double(n)), c.number("draws", double(draws)),
        c.number("bayes-accuracy", accuracy(by_label, hot));

    // The label in the code.
    const Var<float> z = cvae.mu(test, test_y), plain_z = vae.mu(test, test_y), train_z = vae.mu(x, y);
    const double of_plain = accuracy(classified(plain_z, train_z, y), test_y);
    const double of_told = accuracy(classified(z, cvae.mu(x, y), y), test_y);
    const auto winner = [](const Var<float>& a) { return abs(a) >= max(abs(a), -1, true); };
    const double by_unit = accuracy(matmul(winner(plain_z), matmul(transpose(winner(train_z)), y)), test_y);
    c.number("vae-accuracy", of_plain), c.number("cvae-accuracy", of_told), c.number("unit-accuracy", by_unit);
    c.draw("label", {tutorial::Figure({""}, {"nats an image"}, "Above the plain VAE's ln p(x)")
                         .bars({"ln p(x|y)", "ln p(x)", "ln 10"}, {gain, fair, ln10}),
                     tutorial::Figure({""}, {"share of test images"}, "Label found in the code")
                         .bars({"VAE", "CVAE", "VAE, largest unit"}, {of_plain, of_told, by_unit})});

    // Every code with every label: whether it is obeyed, and a picture.
    std::vector<Var<float>> seen{test}, asked, tiles;
    std::vector<std::string> heads{"image"}, names;
    for (std::size_t k = 0; k < kLabels; ++k) {
      heads.push_back(std::to_string(k)), names.push_back(c.data().class_name(k));
      asked.push_back(told(k, n)), seen.push_back(sigmoid(cvae.decode(z, asked[k])));
    }
    const Var<float> scores = classified(concatenate(seen, 0), x, y);
    c.number("pixel-accuracy", accuracy(slice(scores, {{{}, n}}), test_y));
    c.number("obeyed", accuracy(slice(scores, {{n, {}}}), concatenate(asked, 0)));
    for (std::ptrdiff_t row = 0; row < 8; ++row) {  // four codes from the prior, then those of four test images
      const Var<float> code = row < 4 ? Var<float>(noise.normal<float>({kCode})) : z[5 * row - 17];
      tiles.push_back(row < 4 ? Var<float>(ones<float>({train.pixels()})) : test[5 * row - 17]);
      for (std::size_t k = 0; k < kLabels; ++k) tiles.push_back(sigmoid(cvae.decode(code, told(k, 1)[0])));
    }
    const Array<float> grid = reshape(stack(tiles), {88, std::ptrdiff_t(tests.height()), -1}).value();
    programs::GridLook look{.column_labels = heads, .wide_gaps_after_columns = {0}, .wide_gaps_after_rows = {3}};
    look.scale = 2;
    c.write("styles.png", programs::draw_image_grid(grid, 11, look));

    // Codes of two numbers, to be dragged over on the page.
    const std::vector<Var<float>> q = split(plane.encoder(plane.join(test, test_y)), 2, -1);
    const auto explored = programs::explored(plane.decoder, true, names, q[0].value(), q[1].value(), tests);
    const programs::PackedDecoder packed = programs::packed_decoder(explored, tests);
    c.write("decoder.json", packed.json + "\n");
    c.number("decoder-difference", packed.difference), c.mean("plane-bound", plane.bound(test, test_y, noise));
  });
}

// Variational autoencoders whose q(z|x) or p(z) is no normal distribution.
//
//   flow_vae [FOLDER [EPOCHS [KIND [SAMPLES [IMAGES [SEED]]]]]]
//
//   FOLDER   with IDX files named as MNIST's are; by default Fashion-MNIST's
//   EPOCHS   of 5/6 of the training images, 3; the weights are those with the best bound of the others
//   KIND     plain   both normal
//            planar  q by 8 planar flows for each image: D. Rezende, S. Mohamed, "Variational inference with
//            normalizing
//                    flows", 2015
//            q-flow  q by 4 coupling layers: L. Dinh, J. Sohl-Dickstein, S. Bengio, "Density estimation using Real NVP"
//            p-flow  p by them
//            vamp    p is the mean of q(z|u) of 100 images u that are learnt: J. Tomczak, M. Welling, "VAE with a
//                    VampPrior", 2018
//            all     one after the other, which is the default
//   SAMPLES  of each of the first IMAGES test images, for -ln p(x); by default 1000 and 100
//
// 40 codes, two gated hidden layers of 300, images binarized at random. Prints the negative bound of the images held
// out, in nats an image, after each epoch, and of all test images; and -ln p(x) with its standard error.

#include <nn/nn.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

using namespace xtape;

constexpr std::size_t kCodes = 40, kWidth = 300, kPlanar = 8, kPseudo = 100;

/// The first half of the numbers times the sigmoid of the others.
Var<float> gate(const Var<float>& h) {
  const auto halves = split(h, 2, -1);
  return halves[0] * sigmoid(halves[1]);
}

struct FlowVae : nn::Module<float> {
  const std::string kind;
  nn::Linear<float> in, inner, head, planar;
  nn::Sequential<float> decoder;
  nn::Flow<float> flow;
  nn::Parameter<float> pseudo;

  FlowVae(const std::string& which, const nn::ImageSet& images, Random& rng)
      : kind(which),
        in(images.pixels(), 2 * kWidth, rng),
        inner(kWidth, 2 * kWidth, rng),
        head(kWidth, 2 * kCodes, rng),
        planar(kWidth, kPlanar * (2 * kCodes + 1), rng),
        decoder(nn::Linear<float>(kCodes, 2 * kWidth, rng), gate, nn::Linear<float>(kWidth, 2 * kWidth, rng), gate,
                nn::Linear<float>(kWidth, images.pixels(), rng)),
        flow(nn::coupling_layers<float>(kCodes, 100, 4, rng)),
        pseudo(images.first<float>(kPseudo)) {
    add("in", in);
    add("inner", inner);
    add("head", head);
    add("decoder", decoder);
    if (kind == "planar") add("planar", planar);
    if (kind.ends_with("flow")) add("flow", flow);
    if (kind == "vamp") add("pseudo", pseudo);
  }

  Var<float> hidden(const Var<float>& x) const { return gate(inner(gate(in(x)))); }
  nn::Normal<float> normal(const Var<float>& h) const {
    const auto halves = split(head(h), 2, -1);
    return {halves[0], halves[1]};
  }

  /// `k` samples z of q(z|x) for each image, and ln q(z|x): (k, batch, codes) and (k, batch).
  std::pair<Var<float>, Var<float>> sample(const Var<float>& x, std::size_t k, Random& rng) const {
    const Var<float> h = hidden(x);
    if (kind == "q-flow") return nn::Transformed(normal(h), flow).sample_with_log_prob(rng, {k});
    Var<float> z = normal(h).sample(rng, {k}), log_q = normal(h).log_prob(z);
    if (kind != "planar") return {z, log_q};
    for (const Var<float>& step : split(planar(h), kPlanar, -1)) {
      const Var<float> u = slice(step, {{}, {0, kCodes}}), w = slice(step, {{}, {kCodes, 2 * kCodes}});
      const auto [moved, log_det] = nn::planar_flow<float>(z, u, w, slice(step, {{}, -1}));
      z = moved;
      log_q = log_q - log_det;
    }
    return {z, log_q};
  }
  /// ln p(x|z) + beta (ln p(z) - ln q(z|x)): (batch, pixels) -> (k, batch).
  Var<float> log_weights(const Var<float>& x, std::size_t k, Random& rng, float beta = 1) const {
    const auto [z, log_q] = sample(x, k, rng);
    Var<float> log_p = nn::normal_log_prob(z, 0.0f, 0.0f);
    if (kind == "p-flow") log_p = nn::Transformed(nn::Normal(zeros<float>({kCodes}), 0.0f), flow).log_prob(z);
    if (kind == "vamp") log_p = nn::Mixture(zeros<float>({kPseudo}), normal(hidden(pseudo))).log_prob(z);
    return nn::bernoulli_log_prob(x, decoder(z)) + beta * (log_p - log_q);
  }
};

int main(int argc, char** argv) try {
  const auto number = [&](int i, std::size_t otherwise) { return argc > i ? std::stoul(argv[i]) : otherwise; };
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist",
                    only = argc > 3 ? argv[3] : "all";
  const std::size_t epochs = number(2, 3), samples = number(4, 1000), seed = number(6, 1);
  std::vector<std::string> kinds{"plain", "planar", "q-flow", "p-flow", "vamp"};
  if (only != "all") std::erase_if(kinds, [&](const std::string& kind) { return kind != only; });
  if (kinds.empty()) throw Error("there is no KIND " + only);
  const nn::ImageSet all = nn::load_image_set(folder, nn::DataPart::kTrain),
                     test = nn::load_image_set(folder, nn::DataPart::kTest);
  const std::size_t held_out = all.size() / 6, trained = all.size() - held_out;
  const auto binary = [](const nn::ImageSet& set, std::size_t n) { return Random(2).bernoulli(set.first<float>(n)); };
  nn::DataLoader validation(binary(all.slice(trained, held_out), held_out), {.batch_size = 500});
  nn::DataLoader tests(binary(test, test.size()), {.batch_size = 500});
  nn::DataLoader few_tests(binary(test, number(5, 100)), {.batch_size = 50});
  nn::DataLoader loader(all.slice(0, trained), {.batch_size = 100, .shuffle = true, .seed = seed});
  loader.transform(nn::random_binarization<float>());

  for (const std::string& kind : kinds) {
    Random rng(seed);
    FlowVae model(kind, all, rng);
    nn::Adam<float> optimizer(model.parameters());
    const auto loss = [&](const auto& batch, Random& r) { return -mean(model.log_weights(batch.images, 1, r)); };
    const auto training_loss = [&](const auto& batch, Random& r) {  // in a long run the prior comes slowly
      const std::size_t epoch = 1 + optimizer.state().step / loader.batches();
      return -mean(model.log_weights(batch.images, 1, r, std::min(1.0f, float(epoch) / float(1 + epochs / 10))));
    };
    nn::Trainer<float> trainer(model, optimizer, rng,
                               {.epochs = epochs,
                                .learning_rate = nn::cosine(1e-3, epochs * loader.batches()),
                                .early_stopping = nn::EarlyStoppingOptions{.patience = epochs},
                                .progress = &std::cout});
    loader.seek({});
    trainer.validate(validation, loss).fit(loader, training_loss);
    Random noise(4);
    std::cout << kind << ": " << nn::mean_loss(tests, loss, noise) << " on test images, -ln p(x) ";
    const auto weights = [&](const auto& batch) { return model.log_weights(batch.images, 100, noise); };
    std::vector<double> nll;
    for (const nn::LogEvidence& one : nn::log_evidence(few_tests, weights, samples)) nll.push_back(-one.log_prob);
    const Var<double> all_nll(nll);
    std::cout << mean(all_nll).item() << " +- " << stddev(all_nll).item() / std::sqrt(double(nll.size())) << std::endl;
  }
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: flow_vae [FOLDER [EPOCHS [KIND [SAMPLES [IMAGES [SEED]]]]]]\n";
  return 2;
}

// A variational autoencoder with two latent layers, and the free bits that keep the upper one alive: D. Kingma,
// T. Salimans, R. Jozefowicz, X. Chen, I. Sutskever and M. Welling, "Improved variational inference with inverse
// autoregressive flow", 2016, appendix C.8.
//
//   hvae [FOLDER [EPOCHS [SEED [FREE]]]]    FOLDER with IDX files named as MNIST's are; by default Fashion-MNIST's
//
// p(z2) p(z1|z2) p(x|z1) and q(z2|x) q(z1|x, z2), of images whose pixels become 0 or 1, drawn anew in every epoch.
// Trains twice: by the bound itself, and by one to which the first FREE nats of each latent number's divergence, by
// default 0.1, are no cost. Prints after each epoch, by default 4, of test images: the negative bound itself, in nats
// an image, both layers' parts of it, and how many numbers of the upper one are active, as Burda, Grosse and
// Salakhutdinov (2015) count them. Draws ten images of each model, a row each, into samples.pgm.

#include <nn/nn.hpp>

#include <fstream>
#include <iostream>
#include <string>

using namespace xtape;

constexpr std::size_t kHidden = 200, kLower = 40, kUpper = 10;

/// Of an output (batch, 2 n) distributions (batch, n), each number for itself.
nn::Normal<float> normals(const Var<float>& output) {
  const auto parts = split(output, 2, -1);
  return nn::Normal<float>(parts[0], parts[1]).with_event_dims(0);
}

/// The parts of the bound of each image, and q(z2|x).
struct Terms {
  Var<float> likelihood;    // ln p(x|z1): (batch)
  Var<float> lower, upper;  // the divergence of each latent number: (batch, kLower), (batch, kUpper)
  nn::Normal<float> q2;

  /// -ELBO, but that a number whose mean divergence is below `free` costs as much.
  Var<float> loss(float free) const {
    const auto cost = [&](const Var<float>& kl) { return sum(maximum(mean(kl, 0), free)); };
    return cost(lower) + cost(upper) - mean(likelihood);
  }
};

struct Hvae : nn::Module<float> {
  nn::Mlp<float> features, upper_posterior, lower_posterior, lower_prior, decoder;

  Hvae(std::size_t pixels, Random& rng)
      : features({pixels, kHidden, kHidden}, rng),
        upper_posterior({kHidden, kHidden, 2 * kUpper}, rng),
        lower_posterior({kHidden + kUpper, kHidden, 2 * kLower}, rng),
        lower_prior({kUpper, kHidden, 2 * kLower}, rng),
        decoder({kLower, kHidden, kHidden, pixels}, rng) {
    add("features", features);
    add("upper_posterior", upper_posterior);
    add("lower_posterior", lower_posterior);
    add("lower_prior", lower_prior);
    add("decoder", decoder);
  }

  /// From the top down: z2 from q(z2|x), then z1 from q(z1|x, z2). x: (batch, pixels).
  Terms operator()(const Var<float>& x, Random& rng) const {
    const Var<float> h = relu(features(x));
    const nn::Normal<float> q2 = normals(upper_posterior(h));
    const Var<float> z2 = q2.sample(rng);
    const nn::Normal<float> q1 = normals(lower_posterior(concatenate({h, z2}, -1)));
    const nn::Bernoulli p(decoder(q1.sample(rng)));
    return {p.log_prob(x), nn::kl(q1, normals(lower_prior(z2))), nn::kl(q2, nn::Normal<float>(0, 0)), q2};
  }

  /// Means of images drawn from the model: (count, pixels).
  Var<float> draw(std::size_t count, Random& rng) const {
    const Var<float> z2 = rng.normal<float>({count, kUpper});
    return sigmoid(decoder(normals(lower_prior(z2)).sample(rng)));
  }
};

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const int epochs = argc > 2 ? std::stoi(argv[2]) : 4;
  const std::size_t seed = argc > 3 ? std::stoul(argv[3]) : 1;
  const float given = argc > 4 ? std::stof(argv[4]) : 0.1f;
  const nn::ImageSet train = nn::load_image_set(folder, nn::DataPart::kTrain);
  const nn::ImageSet test = nn::load_image_set(folder, nn::DataPart::kTest);
  const Var<float> x = Random(2).bernoulli(test.first<float>(test.size()));

  std::ofstream picture("samples.pgm", std::ios::binary);
  picture << "P5 " << 10 * test.width() << " " << 2 * test.height() << " 255\n";
  for (const float free : {0.0f, given}) {
    Random rng(seed);
    const Hvae model(train.pixels(), rng);
    nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
    nn::DataLoader loader(train, {.batch_size = 128, .shuffle = true, .seed = seed});
    loader.transform(nn::random_binarization<float>());
    for (int epoch = 1; epoch <= epochs; ++epoch) {
      for (const auto& batch : loader) {
        Tape<float> tape;
        optimizer.step(tape.gradient(model(batch.images, rng).loss(free), model.parameters()));
      }
      Random noise(3);  // the same after every epoch
      const Terms terms = model(x, noise);
      std::cout << free << " nats free, epoch " << epoch << ": " << terms.loss(0).item() << " on test images, KL "
                << sum(mean(terms.lower, 0)).item() << " below, " << sum(mean(terms.upper, 0)).item() << " above, "
                << nn::latent_use(terms.q2.mu().value(), terms.q2.log_sigma().value()).active() << " of " << kUpper
                << " active" << std::endl;
    }
    const Var<float> images = reshape(model.draw(10, rng), Shape{10, test.height(), test.width()});
    for (const float grey : transpose(images, {1, 0, 2}).value()) picture.put(char(int(255 * grey)));
  }
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: hvae [FOLDER [EPOCHS [SEED [FREE]]]], FOLDER with four IDX files named as "
            << "MNIST's are\n";
  return 2;
}

// Associative recall, which attention is made for: J. Ba and others, "Using fast weights to attend to the recent past",
// arXiv:1610.06258. A transformer's encoder (A. Vaswani and others, "Attention is all you need", 2017) reads pairs of a
// key and a value, all keys different, and then the keys again in another order; at each it says the value that came
// with it.
//
//   transformer [STEPS [SEED]]    steps of Adam, 1200 unless said; seed, 1
//
// One layer does not do: keys and values are symbols of their own, so that the first layer has to bind each value to
// the key before it, and the second one to look the key up. Until both do, the best is a guess among the values that
// were seen, and the loss stands still for a while. Prints the accuracy while it learns, and in the end that of 2,000
// fresh sequences: near 1.

#include <nn/nn.hpp>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

using namespace xtape;

constexpr std::size_t kSymbols = 8, kPairs = 4, kTimes = 3 * kPairs;  // so many keys, and as many values

struct Recall : nn::Module<float> {
  nn::Embedding<float> symbols, places;
  nn::TransformerEncoder<float> encoder;
  nn::Linear<float> head;

  Recall(std::size_t size, std::size_t heads, Random& rng)
      : symbols(2 * kSymbols, size, rng),
        places(kTimes, size, rng),
        encoder(2, size, heads, rng, {.feedforward = 2 * size, .dropout = 0, .batch_first = true}),
        head(size, kSymbols, rng) {
    add("symbols", symbols);
    add("places", places);
    add("encoder", encoder);
    add("head", head);
  }
  /// Logits of the values that are asked for: sequences (batch, times) -> (batch, pairs, values).
  Var<float> operator()(const Indices& x) const {
    const Var<float> y = encoder(symbols(x) + places.weight());
    return head(slice(y, {{}, {2 * kPairs, {}}}));
  }
};

/// Sequences key, value, key, value, ..., key, key, ...: (batch, times); and the values of the last keys: (batch,
/// pairs).
std::pair<Indices, Indices> draw(std::size_t batch, Random& rng) {
  std::vector<std::size_t> x, answers;
  for (std::size_t i = 0; i < batch; ++i) {
    const std::vector<std::size_t> keys = rng.choice(kSymbols, kPairs, false), values = rng.choice(kSymbols, kPairs);
    for (std::size_t k = 0; k < kPairs; ++k) x.insert(x.end(), {keys[k], kSymbols + values[k]});
    for (const std::size_t k : rng.permutation(kPairs)) {
      x.push_back(keys[k]);
      answers.push_back(values[k]);
    }
  }
  return {Indices(x).reshaped({batch, kTimes}), Indices(answers).reshaped({batch, kPairs})};
}

int main(int argc, char** argv) try {
  const std::size_t steps = argc > 1 ? std::stoul(argv[1]) : 1200;
  Random rng(argc > 2 ? std::stoul(argv[2]) : 1);
  const Recall model(64, 4, rng);
  nn::Adam<float> optimizer(model.parameters());
  const nn::Schedule rate = nn::warm_up(100, nn::cosine(3e-3, steps));
  const auto accuracy = [&](std::size_t sequences) {
    const auto [x, answers] = draw(sequences, rng);
    return mean(argmax(model(x), -1) == answers)();
  };

  for (std::size_t step = 0; step < steps; ++step) {
    const auto [x, answers] = draw(64, rng);
    Tape<float> tape;
    const Var<float> loss = nn::cross_entropy(model(x), answers);
    optimizer.set_learning_rate(rate(step));
    optimizer.step(tape.gradient(loss, model.parameters()));
    if ((step + 1) % 200 == 0) {
      std::cout << "step " << step + 1 << ": loss " << loss << ", accuracy " << accuracy(500) << std::endl;
    }
  }
  std::cout << "in the end: accuracy " << accuracy(2000) << "\n";
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: transformer [STEPS [SEED]], two numbers\n";
  return 2;
}

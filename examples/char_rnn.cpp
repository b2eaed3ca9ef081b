// A language model that reads a text character by character, and writes: A. Graves, "Generating sequences with
// recurrent neural networks", arXiv:1308.0850.
//
//   char_rnn [EPOCHS [SEED [FILE...]]]    10 epochs and seed 1 unless said; a text, else the licences that Debian has
//
// An LSTM says after each character how likely each is to come next. It is trained on the first nine tenths of the
// text, in 16 streams side by side, by chunks of 32 characters, each from the state that the one before ended with.
// Prints -ln p of a character of the last tenth after each epoch, in nats; in the end in bits too; and lines that the
// model writes.

#include <nn/nn.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <numbers>
#include <set>
#include <string>
#include <vector>

using namespace xtape;

constexpr std::size_t kHidden = 128, kStreams = 16, kTimes = 32;

struct CharRnn : nn::Module<float> {
  nn::Embedding<float> symbols;
  nn::Lstm<float> lstm;
  nn::Dropout<float> dropout;
  nn::Linear<float> head;

  CharRnn(std::size_t count, Random& rng)
      : symbols(count, 32, rng), lstm(32, kHidden, rng), dropout(0.2, rng), head(kHidden, count, rng) {
    add("symbols", symbols);
    add("lstm", lstm);
    add("dropout", dropout);
    add("head", head);
  }
  /// Logits of what comes next, (times, streams, symbols), after each of x: (times, streams). The state moves along.
  Var<float> operator()(const Indices& x, nn::RecurrentState<float>& state) const {
    return head(dropout(lstm(symbols(x), state).output));
  }
};

/// What stands at `start` and behind it in each of the streams that a text is cut into: (times, streams).
Indices chunk(const std::vector<std::ptrdiff_t>& text, std::size_t streams, std::size_t start, std::size_t times) {
  std::vector<std::ptrdiff_t> x;
  for (std::size_t t = start; t < start + times; ++t)
    for (std::size_t s = 0; s < streams; ++s) x.push_back(text[s * (text.size() / streams) + t]);
  return Indices({times, streams}, std::move(x));
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DataError("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int main(int argc, char** argv) try {
  const int epochs = argc > 1 ? std::stoi(argv[1]) : 10;
  Random rng(argc > 2 ? std::stoul(argv[2]) : 1);
  std::string text;
  for (int i = 3; i < argc; ++i) text += read(argv[i]);
  for (const char* licence : {"Apache-2.0", "Artistic", "CC0-1.0", "GFDL-1.3", "GPL-2", "LGPL-2.1", "GPL-3", "MPL-2.0"})
    if (argc <= 3) text += read(std::string("/usr/share/common-licenses/") + licence);
  if (text.size() < 2500) throw DataError("the text has less than 2,500 characters");
  const std::set<char> kinds(text.begin(), text.end());
  const std::string alphabet(kinds.begin(), kinds.end());
  std::vector<std::ptrdiff_t> all;
  for (const char c : text) all.push_back(std::ptrdiff_t(alphabet.find(c)));
  const auto end = all.begin() + std::ptrdiff_t(all.size() * 9 / 10);
  const std::vector<std::ptrdiff_t> train(all.begin(), end), test(end, all.end());

  CharRnn model(alphabet.size(), rng);
  nn::Adam<float> optimizer(model.parameters());
  const std::size_t steps = (train.size() / kStreams - 1) / kTimes;  // of an epoch
  const nn::Schedule rate = nn::cosine(4e-3, std::uint64_t(epochs) * steps);
  double nats = 0;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    nn::RecurrentState<float> state;
    for (std::size_t step = 0; step < steps; ++step) {
      Tape<float> tape;
      const Var<float> logits = model(chunk(train, kStreams, step * kTimes, kTimes), state);
      const Var<float> loss = nn::cross_entropy(logits, chunk(train, kStreams, step * kTimes + 1, kTimes));
      auto gradients = tape.gradient(loss, model.parameters());
      nn::clip_by_global_norm(gradients, 1);
      optimizer.set_learning_rate(rate(optimizer.state().step));
      optimizer.step(gradients);
    }
    model.eval();
    nn::RecurrentState<float> alone;
    const Var<float> logits = model(chunk(test, 1, 0, test.size() - 1), alone);
    nats = nn::cross_entropy(logits, chunk(test, 1, 1, test.size() - 1)).item();
    model.train();
    std::cout << "epoch " << epoch << ": " << nats << " nats a character" << std::endl;
  }
  std::cout << "held out: " << nats << " nats, " << nats / std::numbers::ln2 << " bits a character\n";

  // Each character is drawn from what the model says behind those before it, its logits made greater: less surprising.
  model.eval();
  const double temperature = 0.7;
  nn::RecurrentState<float> state;
  Indices last({1, 1}, {train[0]});
  for (int i = 0; i < 400; ++i) {
    last = nn::Categorical(model(last, state) / temperature).sample(rng);
    std::cout << alphabet[std::size_t(last.item())];
  }
  std::cout << "\n";
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: char_rnn [EPOCHS [SEED [FILE...]]], a text of at least 2,500 characters\n";
  return 2;
}

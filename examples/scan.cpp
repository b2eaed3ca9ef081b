// A recurrent network by `scan`: the loop's gradient in memory for the root of its length.
//
//   scan [STEPS]    steps of Adam; by default 150
//
// A gated recurrent unit (Cho et al., arXiv:1406.1078) reads a noisy sine of unknown frequency, number by number, and
// says the next one. Prints the error after training, well below that of repeating the last number; then what
// the tape keeps of the loop written out and of scan, and that both gradients are the same to the bit.

#include <nn/nn.hpp>

#include <iostream>
#include <string>

using namespace xtape;

constexpr std::size_t kHidden = 16, kBatch = 32, kSteps = 100;

struct Gru : nn::Module<float> {
  nn::Linear<float> gates, candidate, output;

  explicit Gru(Random& rng)
      : gates(1 + kHidden, 2 * kHidden, rng), candidate(1 + kHidden, kHidden, rng), output(kHidden, 1, rng) {
    add("gates", gates);
    add("candidate", candidate);
    add("output", output);
  }

  /// (batch, hidden) and (batch, 1) -> the next (batch, hidden), and a guess of the next number.
  auto operator()(const Var<float>& h, const Var<float>& x) const {
    const auto both = split(sigmoid(gates(concatenate({x, h}, -1))), 2, -1);
    const Var<float> reset = both[0], update = both[1];
    const Var<float> fresh = tanh(candidate(concatenate({x, reset * h}, -1)));
    const Var<float> next = update * h + (1 - update) * fresh;
    return std::pair(next, Var<float>(output(next)));
  }
};

/// (steps + 1, batch, 1): waves with frequencies and phases of their own.
Array<float> waves(Random& rng) {
  const Var<float> frequency(rng.uniform<float>({kBatch, 1})), phase(rng.uniform<float>({kBatch, 1}));
  const Var<float> time = reshape(Var<float>(xt::arange<float>(0, kSteps + 1)), {-1, 1, 1});
  const Var<float> clean = sin((0.2f + 0.3f * frequency) * time + 6.28f * phase);
  return (clean + 0.05f * rng.normal<float>(clean.shape())).value();
}

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::stoi(argv[1]) : 150;
  Random rng(1);
  const Gru gru(rng);
  const auto step = [&](const Var<float>& h, const Var<float>& x) { return gru(h, x); };
  const Array<float> start = zeros<float>({kBatch, kHidden});
  const auto error = [](const Var<float>& guess, const Var<float>& wave) {
    return mean(square(guess - slice(wave, {{1, {}}})));
  };
  const auto inputs = [](const Var<float>& wave) { return slice(wave, {{0, -1}}); };

  nn::Adam<float> optimizer(gru.parameters(), {.learning_rate = 1e-2});
  for (int i = 0; i < steps; ++i) {
    const Var<float> wave = waves(rng);
    Tape<float> tape;
    const Var<float> loss = error(scan(step)(start, inputs(wave)).second, wave);
    optimizer.step(tape.gradient(loss, gru.parameters()));
  }
  const Var<float> wave = waves(rng), x = inputs(wave);
  std::cout << "error " << error(scan(step)(start, x).second, wave) << ", of the last number " << error(x, wave)
            << "\n";

  Tape<float> of_scan;
  const Var<float> loss = error(scan(step)(start, x).second, wave);
  std::cout << "scan:\n" << of_scan.summary() << "\n";
  const auto gradients = of_scan.gradient(loss, gru.parameters());

  Tape<float> of_loop;
  Var<float> h = start;
  std::vector<Var<float>> guesses;
  for (std::size_t i = 0; i < kSteps; ++i) {
    auto [next, guess] = step(h, x[i]);
    h = next;
    guesses.push_back(guess);
  }
  const Var<float> same = error(stack(guesses), wave);
  std::cout << "loop:\n" << of_loop.summary() << "\n";
  const auto expected = of_loop.gradient(same, gru.parameters());
  std::cout << "gradients " << (gradients == expected ? "are" : "are not") << " the same\n";
}

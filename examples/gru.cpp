// The adding problem, which asks a network to remember over a long time: S. Hochreiter and J. Schmidhuber, "Long
// short-term memory", 1997, in the form of Q. Le, N. Jaitly and G. Hinton, arXiv:1504.00941.
//
//   gru [STEPS [LENGTH [SEED]]]    steps of Adam, 600 unless said; numbers in a sequence, 50; seed, 1
//
// A gated recurrent unit reads numbers from [0, 1), two of which are marked, one in each half, and says their sum at
// the end. Prints the mean squared error of a batch while it learns, and in the end that of 2,000 fresh sequences
// beside that of saying 1 whatever comes: 1/6, the variance of a sum of two such numbers (0.1767 in the papers).

#include <nn/nn.hpp>

#include <iostream>
#include <string>

using namespace xtape;

struct Adder : nn::Module<float> {
  nn::Gru<float> gru;
  nn::Linear<float> head;

  Adder(std::size_t hidden, Random& rng) : gru(2, hidden, rng, {.batch_first = true}), head(hidden, 1, rng) {
    add("gru", gru);
    add("head", head);
  }
  /// (batch, length, 2) -> (batch)
  Var<float> operator()(const Var<float>& x) const { return squeeze(head(gru(x).hidden[0]), -1); }
};

struct Sequences {
  Var<float> x;    ///< numbers and marks: (batch, length, 2)
  Var<float> sum;  ///< of the marked ones: (batch)
};

Sequences draw(std::size_t batch, std::size_t length, Random& rng) {
  const std::ptrdiff_t half = std::ptrdiff_t(length / 2), end = std::ptrdiff_t(length);
  const Var<float> numbers = rng.uniform<float>({batch, length});
  const Var<float> marks =
      one_hot<float>(rng.integers({batch}, 0, half), length) + one_hot<float>(rng.integers({batch}, half, end), length);
  return {stack({numbers, marks}, -1), sum(numbers * marks, -1)};
}

int main(int argc, char** argv) try {
  const std::size_t steps = argc > 1 ? std::stoul(argv[1]) : 600, length = argc > 2 ? std::stoul(argv[2]) : 50;
  Random rng(argc > 3 ? std::stoul(argv[3]) : 1);
  const Adder model(64, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 5e-3});
  const nn::Schedule rate = nn::cosine(5e-3, steps);

  for (std::size_t step = 0; step < steps; ++step) {
    const Sequences batch = draw(64, length, rng);
    Tape<float> tape;
    const Var<float> loss = nn::mse(model(batch.x), batch.sum);
    auto gradients = tape.gradient(loss, model.parameters());
    nn::clip_by_global_norm(gradients, 1);
    optimizer.set_learning_rate(rate(step));
    optimizer.step(gradients);
    if ((step + 1) % 100 == 0) std::cout << "step " << step + 1 << ": " << loss << std::endl;
  }

  const Sequences test = draw(2000, length, rng);
  std::cout << "error " << nn::mse(model(test.x), test.sum) << ", of saying 1 always "
            << nn::mse(ones<float>({2000}), test.sum) << "\n";
} catch (const std::exception& error) {
  std::cerr << error.what() << "; usage: gru [STEPS [LENGTH [SEED]]], three numbers, LENGTH at least 2\n";
  return 2;
}

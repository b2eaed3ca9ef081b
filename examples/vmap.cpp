// The gradient of each example by itself, by `vmap`: how much signal a batch's gradient has, and training that no
// single example can turn.
//
//   vmap [STEPS]    steps of Adam; by default 100
//
// A classifier of points on three arms of a spiral, of which one point in eight has a wrong label. Prints, as it
// learns, the norm of the mean of the examples' gradients, the signal-to-noise ratio of the gradient (McCandlish et
// al., arXiv:1812.06162), and the largest share that one example has in it, with parts clipped to a norm of 1 as
// differential privacy asks (Abadi et al., arXiv:1607.00133). The mean of the examples' gradients is the gradient of
// the mean loss: the largest difference is printed last, and is of rounding.

#include <nn/nn.hpp>

#include <cmath>
#include <cstdio>
#include <map>
#include <string>

using namespace xtape;

constexpr std::size_t kClasses = 3, kExamples = 128;
using ByName = std::map<std::string, Var<float>>;

struct Network : nn::Module<float> {
  nn::Linear<float> hidden, output;
  explicit Network(Random& rng) : hidden(2, 32, rng), output(32, kClasses, rng) {
    add("hidden", hidden);
    add("output", output);
  }
  Var<float> operator()(const Var<float>& x) const { return output(tanh(hidden(x))); }
};

struct Examples {
  Var<float> points, labels;  // (examples, 2), (examples, classes)
};
Examples draw(Random& rng) {
  Array<float> x = empty<float>({kExamples, 2});
  std::vector<int> arms;
  for (std::size_t i = 0; i < kExamples; ++i) {
    const float radius = 0.2f + rng.uniform<float>({1})(0), turn = rng.normal<float>({1})(0);
    const float angle = 2 * radius + 0.1f * turn + 2.0944f * float(i % kClasses);
    x(i, 0) = radius * std::cos(angle), x(i, 1) = radius * std::sin(angle);
    arms.push_back(int((i + (i % 8 == 0 ? 1 : 0)) % kClasses));
  }
  return {x, one_hot<float>(arms, kClasses)};
}

/// The norm of each example's gradient, all parameters taken together: (examples,).
Var<float> norms(const ByName& each) {
  Var<float> total(0.0f);
  for (const auto& [name, gradient] : each) total = total + sum(square(reshape(gradient, {kExamples, -1})), 1);
  return sqrt(total);
}

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::stoi(argv[1]) : 100;
  Random rng(1);
  const Network network(rng);
  nn::Adam<float> optimizer(network.parameters(), {.learning_rate = 2e-2});
  const auto loss = [](const Network& m, const Var<float>& point, const Var<float>& label) {
    return -sum(label * log_softmax(m(point)));
  };

  std::printf("step   loss   norm  signal/noise  largest share  clipped\n");
  Examples batch = draw(rng);
  float first = 0, last = 0;  // losses
  for (int step = 0; step <= steps; ++step, batch = draw(rng)) {
    // Written for one example; vmap makes all gradients at once.
    const auto one = [&](const Var<float>& point, const Var<float>& label) {
      const auto [value, gradient] = value_and_grad(loss, argnums<0>)(network, point, label);
      return std::pair(value, gradient);
    };
    const auto [losses, each] = vmap(one)(batch.points, batch.labels);

    const Var<float> size = norms(each), factor = minimum(1.0f, 1.0f / size);
    std::vector<Array<float>> clipped;
    float signal = 0;
    for (const auto& [name, parameter] : network.named_parameters()) {
      const Var<float>& g = each.at(name);
      signal += sum(square(mean(g, 0))).item();
      const Var<float> scaled = reshape(g, {kExamples, -1}) * reshape(factor, {kExamples, 1});
      clipped.push_back(reshape(mean(scaled, 0), parameter.shape()).value());
    }
    const float power = mean(square(size)).item();
    if (step % 20 == 0) {
      std::printf("%4d %6.3f %6.3f %13.3f %14.3f %8.3f\n", step, double(mean(losses).item()), std::sqrt(double(signal)),
                  double(signal / (power - signal)), double((max(size) / sum(size)).item()),
                  double((max(size * factor) / sum(size * factor)).item()));
    }
    optimizer.step(clipped);
    last = mean(losses).item();
    if (step == 0) first = last;
  }

  Tape<float> tape;
  const Var<float> total = mean(vmap(loss)(network, batch.points, batch.labels));
  const auto expected = tape.gradient(total, network.parameters());
  const ByName each = vmap(grad(loss, argnums<0>))(network, batch.points, batch.labels);
  float difference = 0;
  std::size_t k = 0;
  for (const auto& [name, parameter] : network.named_parameters()) {
    difference = std::max(difference, max(abs(mean(each.at(name), 0) - expected[k++])).item());
  }
  std::printf("loss from %.3f to %.3f\n", double(first), double(last));
  std::printf("mean of gradients - gradient of the mean: %.1e\n", double(difference));
}

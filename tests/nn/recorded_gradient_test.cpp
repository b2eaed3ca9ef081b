// Second derivatives of a model: gradients by its parameters, recorded and differentiated in turn.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <vector>

namespace xtape::nn {
namespace {

using Arrays = std::vector<Array<double>>;
using Vars = std::vector<Var<double>>;

struct Problem {
  Random rng{1};
  Mlp<double> model{{3, 5, 2}, [](const Var<double>& h) { return tanh(h); }, rng};
  std::vector<Parameter<double>> parameters = model.parameters();
  Array<double> x = rng.normal({7, 3}), y = rng.normal({7, 2});
  Arrays direction;

  Problem() {
    for (const auto& p : parameters) direction.push_back(rng.normal(p.shape()));
  }
  Var<double> loss() const { return mean(square(model(x) - y)); }
  Arrays gradient() const {
    Tape<double> tape;
    return tape.gradient(loss(), parameters);
  }
  void step(double size) {
    for (std::size_t k = 0; k < parameters.size(); ++k) parameters[k].set(parameters[k].value() + size * direction[k]);
  }
};

TEST(RecordedGradient, GivesTheHessianOfAModelTimesAVector) {
  Problem problem;
  Tape<double> tape;
  const Vars g = tape.gradient(problem.loss(), problem.parameters, {.record = true});
  Var<double> along = sum(g[0] * problem.direction[0]);
  for (std::size_t k = 1; k < g.size(); ++k) along = along + sum(g[k] * problem.direction[k]);
  const Arrays product = tape.gradient(along, problem.parameters);

  const double h = 1e-5;
  problem.step(h);
  const Arrays ahead = problem.gradient();
  problem.step(-2 * h);
  const Arrays behind = problem.gradient();
  ASSERT_EQ(product.size(), 4u);
  for (std::size_t k = 0; k < product.size(); ++k) {
    EXPECT_TRUE(close(product[k], Array<double>((ahead[k] - behind[k]) / (2 * h)), 1e-8)) << "parameter " << k;
  }
}

// A penalty on the gradient's size, as a loss of its own.
TEST(RecordedGradient, IsPartOfALoss) {
  Problem problem;
  const auto penalty = [&] {
    Tape<double> tape;
    Var<double> squares = Var<double>(0.0);
    for (const auto& g : tape.gradient(problem.loss(), problem.parameters, {.record = true})) {
      squares = squares + sum(square(g));
    }
    return std::pair(squares.item(), tape.gradient(squares, problem.parameters));
  };
  const Arrays slope = penalty().second;
  double expected = 0;
  for (std::size_t k = 0; k < slope.size(); ++k) expected += xt::sum(slope[k] * problem.direction[k])();
  const double h = 1e-5;
  problem.step(h);
  const double ahead = penalty().first;
  problem.step(-2 * h);
  EXPECT_NEAR((ahead - penalty().first) / (2 * h), expected, 1e-8 * (1 + std::abs(expected)));
}

TEST(RecordedGradient, TellsOfParametersWithoutAPart) {
  Problem problem;
  Random rng(2);
  const Linear<double> other(3, 2, rng);
  Tape<double> tape;
  const Var<double> loss = problem.loss();
  const std::string message = message_of<TapeError>([&] { tape.gradient(loss, other.parameters(), {.record = true}); });
  EXPECT_TRUE(has(message, {"[gradient]", "parameter 0 of 2", "allow_unused"})) << message;
  const Vars none = tape.gradient(loss, other.parameters(), {.record = true, .allow_unused = true});
  EXPECT_EQ(none[0].value(), zeros<double>({2, 3}));
  EXPECT_EQ(tape.gradient(loss, problem.parameters[0], {.record = true}).shape(), (Shape{5, 3}));
}

}  // namespace
}  // namespace xtape::nn

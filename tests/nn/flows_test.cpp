// Flows: that they invert, the determinants of their Jacobians, and the distributions that they make.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

/// One of each, with parameters that are not those of the start.
struct Case {
  std::string name;
  std::unique_ptr<Bijection<double>> flow;
  bool inverts = true;
};

std::vector<Case> cases(std::size_t size) {
  Random rng(1);
  std::vector<Case> all;
  all.push_back({"affine", std::make_unique<AffineFlow<double>>(size)});
  all.push_back({"planar", std::make_unique<PlanarFlow<double>>(size, rng), false});
  all.push_back({"coupling", std::make_unique<CouplingFlow<double>>(size, 8, false, rng)});
  all.push_back({"swapped", std::make_unique<CouplingFlow<double>>(size, 8, true, rng)});
  all.push_back({"autoregressive", std::make_unique<AutoregressiveFlow<double>>(size, 8, rng)});
  std::vector<std::unique_ptr<Bijection<double>>> parts;
  parts.push_back(std::make_unique<CouplingFlow<double>>(size, 8, false, rng));
  parts.push_back(std::make_unique<CouplingFlow<double>>(size, 8, true, rng));
  parts.push_back(std::make_unique<AffineFlow<double>>(size));
  all.push_back({"chain", std::make_unique<Flow<double>>(std::move(parts))});
  for (const Case& each : all) {
    for (auto& parameter : each.flow->parameters()) {
      parameter.set(Array<double>(0.7 * rng.normal<double>(shape_of(parameter.value()))));
    }
  }
  return all;
}

TEST(Flows, InvertWithTheDeterminantsOfTheirJacobians) {
  for (const std::size_t size : {2u, 5u}) {
    for (const Case& each : cases(size)) {
      SCOPED_TRACE(each.name + " of " + std::to_string(size));
      Random rng(2);
      const Array<double> z = rng.normal<double>({3, size});
      const auto [x, log_det] = each.flow->forward(z);
      EXPECT_EQ(x.shape(), (Shape{3, size}));
      for (std::size_t i = 0; i < 3; ++i) {
        const Array<double> row = Var<double>(Var<double>(z)[i]).value();
        const Array<double> slopes = jacobian([&](const auto& v) { return each.flow->forward(v).first; })(row);
        EXPECT_NEAR(log_det.value()(i), slogdet(Var<double>(slopes))[1].item(), 1e-12);
      }
      if (!each.inverts) {
        EXPECT_TRUE(has(message_of<Error>([&, f = each.flow.get(), &to = x] { f->inverse(to); }),
                        {"[PlanarFlow::inverse]", "sample_with_log_prob"}));
        continue;
      }
      const auto [back, log_det_back] = each.flow->inverse(x);
      EXPECT_TRUE(close(back.value(), z, 1e-12));
      EXPECT_TRUE(close(log_det_back.value(), Var<double>(-log_det).value(), 1e-12));
    }
  }
}

// Parameters of each vector's own: the same as a PlanarFlow of each, and a determinant that is the Jacobian's.
TEST(Flows, PlanarFlowTakesParametersOfEachVector) {
  Random rng(3);
  const Var<double> z = rng.normal<double>({2, 4, 3}), u = 3 * Var<double>(rng.normal<double>({4, 3}));
  const Var<double> w = rng.normal<double>({4, 3}), b = rng.normal<double>({4});
  const auto [x, log_det] = planar_flow(z, u, w, b);
  EXPECT_EQ(x.shape(), z.shape());
  EXPECT_EQ(log_det.shape(), (Shape{2, 4}));
  for (std::size_t s = 0; s < 2; ++s) {
    for (std::size_t i = 0; i < 4; ++i) {
      const Var<double> row = z[s][i];
      const auto of_row = [&](const auto& v) { return planar_flow<double>(v, u[i], w[i], b[i]).first; };
      EXPECT_TRUE(close(x[s][i].value(), of_row(row).value(), 1e-12));
      const auto [sign, logdet] = slogdet(Var<double>(jacobian(of_row)(row)));
      EXPECT_EQ(sign.item(), 1);  // it does not fold space
      EXPECT_NEAR(log_det(s, i).item(), logdet.item(), 1e-12);
    }
  }
}

TEST(Flows, MakeDensitiesThatIntegrateToOne) {
  const Array<double> line = linspace<double>(-25, 25, 501);
  const auto grid = meshgrid<Var<double>>({Var<double>(line), Var<double>(line)});
  const Var<double> points = reshape(stack({grid[0], grid[1]}, -1), {-1, 2});
  for (const Case& each : cases(2)) {
    SCOPED_TRACE(each.name);
    const Transformed p{Normal{zeros<double>({2}), 0.0}, *each.flow};
    if (each.inverts) {
      EXPECT_NEAR(sum(exp(p.log_prob(points))).item() * 0.01, 1, 2e-3);
    }
    Random rng(1);
    const auto [x, log_prob] = p.sample_with_log_prob(rng, {100});
    EXPECT_EQ(x.shape(), (Shape{100, 2}));
    if (each.inverts) {
      EXPECT_TRUE(close(log_prob.value(), p.log_prob(x).value(), 1e-10));
    }
  }
}

// Half circles: after some steps a flow says more of them than a normal distribution can.
TEST(Flows, LearnADistribution) {
  Random rng(1);
  const Array<double> angle = rng.uniform<double>({256}, 0, 3.0), noise = rng.normal<double>({256, 2});
  const Var<double> a(angle), data = stack({2.0 * cos(a), 2.0 * sin(a)}, -1) + 0.1 * Var<double>(noise);
  auto parts = coupling_layers<double>(2, 16, 4, rng);
  parts.push_back(std::make_unique<AffineFlow<double>>(2));
  const Flow<double> flow(std::move(parts));
  const Transformed p{Normal{zeros<double>({2}), 0.0}, flow};
  Adam<double> optimizer(flow.parameters(), {.learning_rate = 1e-2});
  double loss_now = 0;
  for (int step = 0; step < 200; ++step) {
    Tape<double> tape;
    const Var<double> loss = -mean(p.log_prob(data));
    optimizer.step(tape.gradient(loss, flow.parameters()));
    loss_now = loss.item();
  }
  const Var<double> centred = data - mean(data, 0), covariance = matmul(transpose(centred), centred) / 256.0;
  const double of_normal = MultivariateNormal{zeros<double>({2}), cholesky(covariance)}.entropy().item();
  EXPECT_LT(loss_now, of_normal - 0.7);
}

TEST(Flows, RefuseWhatDoesNotFit) {
  Random rng(1);
  const AffineFlow<double> affine(3);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { affine.forward(zeros<double>({2})); }),
                  {"[AffineFlow] vectors of 3 numbers expected", "(2,)"}));
  const Var<double> three = zeros<double>({3}), two = zeros<double>({2}), one(0.0);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { planar_flow(three, two, three, one); }),
                  {"[planar_flow] vectors of 3 numbers expected", "(2,)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { planar_flow(three, three, two, one); }), {"[planar_flow]", "(2,)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { planar_flow(one, three, three, one); }), {"[planar_flow]", "()"}));
  EXPECT_THROW((CouplingFlow<double>(1, 4, false, rng)), Error);
  EXPECT_THROW((Flow<double>({})), Error);
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    Transformed{Normal{0, 0}, affine};
                  }),
                  {"[Transformed]", "events of 1"}));
}

}  // namespace
}  // namespace xtape::nn

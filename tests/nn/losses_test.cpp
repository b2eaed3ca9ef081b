// Distributions and losses: against closed forms and PyTorch, at extremes, and their gradients.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace xtape::nn {
namespace {

template <class T>
class AgainstPyTorch : public ::testing::Test {
 protected:
  static constexpr bool kDouble = sizeof(T) == 8;
  const Golden golden{"torch_nn"};

  Var<T> input(const char* name) const { return Var<T>(golden[name]); }

  // f's value, and the gradients of the sum of its squares.
  template <class F>
  void expect_same(const std::string& name, const F& f, const std::vector<std::string>& arguments) const {
    const std::string key = name + (kDouble ? "64" : "32");
    const double tolerance = kDouble ? 1e-11 : 2e-5;
    Tape<T> tape;
    std::vector<Var<T>> x;
    for (const std::string& argument : arguments) x.push_back(tape.watch(golden[argument]));
    const Var<T> y = f(x);
    EXPECT_TRUE(close(y.value(), golden[key], tolerance)) << name;
    const auto d = tape.gradient(sum(square(y)), x);
    for (std::size_t k = 0; k < x.size(); ++k) {
      const bool is_x_of_bernoulli = name == "bernoulli" && arguments[k] == "grey";
      const std::string& wrt = is_x_of_bernoulli ? "x" : arguments[k];
      EXPECT_TRUE(close(d[k], golden[key + "_d" + wrt], tolerance)) << name << " with respect to " << wrt;
    }
  }
};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(AgainstPyTorch, Precisions);

TYPED_TEST(AgainstPyTorch, Densities) {
  this->expect_same("bernoulli", [](const auto& x) { return bernoulli_log_prob(x[0], x[1]); }, {"grey", "logits"});
  this->expect_same("normal", [](const auto& x) { return normal_log_prob(x[0], x[1], x[2]); },
                    {"x", "mu", "log_sigma"});
}

TYPED_TEST(AgainstPyTorch, Divergences) {
  this->expect_same("gaussian_kl", [](const auto& x) { return normal_kl(x[0], x[1], x[2], x[3]); },
                    {"mu", "log_sigma", "prior_mu", "prior_log_sigma"});
  this->expect_same("kl_standard", [](const auto& x) { return kl_standard_normal(x[0], x[1]); }, {"mu", "log_sigma"});
}

TYPED_TEST(AgainstPyTorch, Losses) {
  this->expect_same("mse", [](const auto& x) { return mse(x[0], x[1]); }, {"logits", "grey"});
  this->expect_same("bce", [](const auto& x) { return bce_with_logits(x[0], x[1]); }, {"logits", "grey"});
  const xt::xarray<int> labels{2, 0, 1, 1};
  this->expect_same("nll", [&](const auto& x) { return nll_loss(log_softmax(x[0]), labels); }, {"logits"});
}

template <class T>
class Extremes : public ::testing::Test {};
TYPED_TEST_SUITE(Extremes, Precisions);

// At logits of ±1e4 the cross-entropy is max(l, 0) - l y, and its gradient sigmoid(l) - y, also for grey targets.
TYPED_TEST(Extremes, OfTheCrossEntropies) {
  using T = TypeParam;
  const Array<T> logits{T(1e4), T(1e4), T(-1e4), T(-1e4), T(1e4), T(-1e4)}, target{1, 0, 0, 1, T(0.25), T(0.25)};
  const std::vector<double> log_prob{0, -1e4, 0, -1e4, -7500, -2500}, slope{0, -1, 0, 1, -0.75, 0.25};
  Tape<T> tape;
  const Var<T> l = tape.watch(logits), column = expand_dims(l, 1), y(target);
  const Var<T> each = bernoulli_log_prob(expand_dims(y, 1), column);
  const double tolerance = sizeof(T) == 8 ? 1e-14 : 1e-7;
  EXPECT_TRUE(close(each.value(), log_prob, tolerance));
  EXPECT_TRUE(close(tape.gradient(sum(each), l), slope, tolerance));
  const Array<T> mean_slope = tape.gradient(bce_with_logits(l, y), l);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(double(mean_slope(i)), -slope[i] / 6, tolerance);
  const auto recorded = grad([&](const auto& v) { return sum(bernoulli_log_prob(y, v)); })(l);
  EXPECT_TRUE(close(recorded.value(), slope, tolerance));
}

TYPED_TEST(Extremes, OfTheNegativeLogLikelihood) {
  using T = TypeParam;
  const Array<T> logits{{T(1e4), T(-1e4)}, {T(1e4), T(-1e4)}};
  Tape<T> tape;
  const Var<T> l = tape.watch(logits), loss = nll_loss(log_softmax(l), std::vector<int>{0, 1});
  EXPECT_EQ(loss.item(), T(1e4));
  EXPECT_TRUE(close(tape.gradient(loss, l), Shape{2, 2}, {0, 0, 0.5, -0.5}));
  // a class of probability 0 that is no label does not matter
  const Array<T> certain{{T(0), -std::numeric_limits<T>::infinity()}};
  const Var<T> c = tape.watch(certain);
  EXPECT_EQ(nll_loss(c, std::vector<int>{0}).item(), T(0));
}

TYPED_TEST(Extremes, OfTheNormal) {
  using T = TypeParam;
  const Array<T> x{T(1e4), T(0)}, zero{0, 0}, narrow{T(-40), T(-40)};
  EXPECT_NEAR(double(normal_log_prob(x, zero, zero).item()), -0.5e8 - std::log(2 * std::numbers::pi), 8);
  EXPECT_NEAR(double(kl_standard_normal(zero, narrow).item()), 2 * (40 - 0.5), 1e-5);  // σ = e⁻⁴⁰
  EXPECT_NEAR(double(kl_standard_normal(x, zero).item()), 0.5e8, 8);
  EXPECT_EQ(kl_standard_normal(zero, full<T>({2}, T(1e4))).item(), std::numeric_limits<T>::infinity());
}

// Where e^(2 log sigma) overflows, the derivative of mu is still mu: no 0 times infinity leaks into it.
TEST(Slopes, OfAnOverflowingDivergence) {
  const auto divergence = [](const auto& mu, const auto& log_sigma) { return sum(kl_standard_normal(mu, log_sigma)); };
  const xt::xarray<float> mu{0.5f, -2.0f}, log_sigma{50.0f, 0.0f};
  const auto [value, slopes] = value_and_grad(divergence)(mu, log_sigma);
  EXPECT_EQ(value, std::numeric_limits<float>::infinity());
  EXPECT_EQ(std::get<0>(slopes)(0), 0.5f);
  EXPECT_EQ(std::get<0>(slopes)(1), -2.0f);
  EXPECT_EQ(std::get<1>(slopes)(0), std::numeric_limits<float>::infinity());
  EXPECT_EQ(std::get<1>(slopes)(1), 0.0f);
}

TEST(ClosedForms, OfTheBernoulliDensity) {
  const xt::xarray<double> p{{0.1, 0.5, 0.9}, {0.2, 0.7, 0.3}}, x{{1, 0, 1}, {0, 0, 1}};
  const Array<double> got = bernoulli_log_prob(x, xt::xarray<double>(xt::log(p / (1 - p)))).value();
  EXPECT_TRUE(close(got, {std::log(0.1 * 0.5 * 0.9), std::log(0.8 * 0.3 * 0.3)}));
}

TEST(ClosedForms, OfTheNormalDensity) {
  const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
  const xt::xarray<double> x{1, 2}, mu{0, 2.5}, sigma{2, 0.5};
  const double expected = -0.125 - std::log(2) - 0.5 - std::log(0.5) - 2 * half_log_two_pi;
  EXPECT_NEAR(normal_log_prob(x, mu, xt::xarray<double>(xt::log(sigma))).item(), expected, 1e-14);
  EXPECT_NEAR(normal_log_prob(x, 0.0, 0.0).item(), -2.5 - 2 * half_log_two_pi, 1e-14);  // numbers broadcast
}

TEST(ClosedForms, OfTheDivergences) {
  const xt::xarray<double> mu{{1, -2}, {0, 0}}, sigma{{0.5, 2}, {1, 1}};
  const xt::xarray<double> log_sigma = xt::log(sigma);
  const double expected = 0.5 * (1 + 0.25 - 2 * std::log(0.5) - 1) + 0.5 * (4 + 4 - 2 * std::log(2) - 1);
  EXPECT_TRUE(close(kl_standard_normal(mu, log_sigma).value(), {expected, 0}));
  EXPECT_TRUE(close(normal_kl(mu, log_sigma, 0.0, 0.0).value(), {expected, 0}));
  EXPECT_TRUE(close(normal_kl(mu, log_sigma, mu, log_sigma).value(), {0, 0}));
  // Near the prior the divergence is mu²/2 + (ln sigma)², small but not cancelled away.
  const Array<double> tiny = kl_standard_normal(xt::xarray<double>{0, 1e-9}, xt::xarray<double>{1e-7, 0}).value();
  EXPECT_NEAR(tiny(), 1e-14 + 0.5e-18, 1e-21 + 1e-23);
}

TEST(ClosedForms, OfTheLosses) {
  const Var<double> prediction(xt::xarray<double>{1, 2, 4});
  EXPECT_NEAR(mse(prediction, xt::xarray<double>{0, 2, 1}).item(), 10.0 / 3, 1e-14);
  EXPECT_NEAR(bce_with_logits(Var<double>(0.0), 0.3).item(), std::log(2), 1e-14);
  const Var<double> log_probs(xt::xarray<double>{{-1, -2, -3}, {-4, -5, -6}});
  EXPECT_NEAR(nll_loss(log_probs, std::vector<int>{2, 0}).item(), 3.5, 1e-14);
}

TEST(Labels, ThatAreNoClassesAreRefused) {
  const Var<double> log_probs(xt::xarray<double>{{-1, -2, -3}, {-4, -5, -6}});
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    nll_loss(log_probs, std::vector<int>{0, 3});
                  }),
                  {"[nll_loss]", "label 3", "3 classes"}));
  EXPECT_THROW(nll_loss(log_probs, std::vector<int>{-1, 0}), ShapeError);
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    nll_loss(log_probs, std::vector<int>{0, 1, 2});
                  }),
                  {"[nll_loss]", "(2, 3)", "(3,)"}));
  EXPECT_THROW(nll_loss(Var<double>(1.0), std::vector<int>{0}), ShapeError);
}

TEST(Shapes, ThatDoNotFitAreRefused) {
  const Var<double> two(xt::xarray<double>{1, 2}), three(xt::xarray<double>{1, 2, 3});
  EXPECT_THROW(mse(two, three), ShapeError);
  EXPECT_THROW(bce_with_logits(two, three), ShapeError);
  EXPECT_THROW(bernoulli_log_prob(two, three), ShapeError);
  EXPECT_THROW(kl_standard_normal(two, three), ShapeError);
  EXPECT_THROW(normal_log_prob(two, two, three), ShapeError);
  EXPECT_THROW(bernoulli_log_prob(Var<double>(1.0), Var<double>(1.0)), ShapeError);  // there is no last dimension
}

TEST(Gradients, AreThoseOfTheFunctions) {
  const xt::xarray<float> a{{0.5f, -1, 2}, {1, 0.3f, -0.7f}}, b{{0.1f, 0.9f, 0.4f}, {0.2f, 0.6f, 0.8f}};
  const xt::xarray<double> row{0.3, -0.2, 0.1};
  const auto accepted = [&](const auto& f, const auto&... x) {
    const GradientReport report = check_gradient(f, x...);
    EXPECT_TRUE(report.ok()) << report.message;
  };
  accepted([](const auto& x, const auto& l) { return bernoulli_log_prob(x, l); }, b, a);
  accepted([](const auto& x, const auto& m, const auto& s) { return normal_log_prob(x, m, s); }, a, row, b);
  accepted([](const auto& m, const auto& s) { return kl_standard_normal(m, s); }, a, row);
  accepted([](const auto& m, const auto& s, const auto& m0, const auto& s0) { return normal_kl(m, s, m0, s0); }, a, b,
           row, row);
  accepted([](const auto& p, const auto& y) { return mse(p, y); }, a, b);
  accepted([](const auto& l, const auto& y) { return bce_with_logits(l, y); }, a, b);
  accepted([](const auto& x) { return nll_loss(log_softmax(x), std::vector<int>{2, 0}); }, a);
}

}  // namespace
}  // namespace xtape::nn

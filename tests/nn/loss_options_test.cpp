// Losses with their options: against PyTorch, far out, and what they refuse.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using Doubles = xt::xarray<double>;

const std::vector<std::pair<std::string, LossReduction>> kReductions{
    {"_mean", LossReduction::kMean}, {"_sum", LossReduction::kSum}, {"_none", LossReduction::kNone}};

template <class T>
class LossOptionsTest : public ::testing::Test {
 protected:
  const Golden golden{"losses"};
  const std::vector<int> labels{2, 0, 3, 1, 1};
  const std::vector<double> weights{0.5, 2, 0, 1.5};

  template <class F>
  void expect_same(const std::string& name, const F& f, const std::vector<std::string>& arguments,
                   double of_floats = 2e-5) const {
    const double tolerance = sizeof(T) == 8 ? 1e-12 : of_floats;
    Tape<T> tape;
    std::vector<Var<T>> x;
    for (const std::string& argument : arguments) x.push_back(tape.watch(golden[argument]));
    const Var<T> y = f(x);
    EXPECT_TRUE(close(y.value(), golden[name], tolerance)) << name;
    const auto d = tape.gradient(sum(square(y)), x);
    for (std::size_t k = 0; k < x.size(); ++k) {
      EXPECT_TRUE(close(d[k], golden[name + "_d" + arguments[k]], tolerance)) << name << " in " << arguments[k];
    }
  }
};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(LossOptionsTest, Precisions);

TYPED_TEST(LossOptionsTest, OfElementsAreAsPyTorchs) {
  for (const auto& [suffix, reduction] : kReductions) {
    const LossOptions options{.reduction = reduction};
    const HuberOptions of_huber{.delta = 0.7, .reduction = reduction};
    this->expect_same("mse" + suffix, [&](const auto& x) { return mse(x[0], x[1], options); }, {"x", "y"});
    this->expect_same("l1" + suffix, [&](const auto& x) { return l1(x[0], x[1], options); }, {"x", "y"});
    this->expect_same("huber" + suffix, [&](const auto& x) { return huber(x[0], x[1], of_huber); }, {"x", "y"});
    this->expect_same("bce" + suffix, [&](const auto& x) { return bce(x[0], x[1], options); }, {"p", "grey"});
    this->expect_same("logits" + suffix, [&](const auto& x) { return bce_with_logits(x[0], x[1], options); },
                      {"x", "grey"});
  }
}

TYPED_TEST(LossOptionsTest, OfClassesAreAsPyTorchs) {
  using T = TypeParam;
  const Array<T> soft = this->golden["soft"];
  for (const auto& [suffix, reduction] : kReductions) {
    const std::vector<std::pair<std::string, ClassLossOptions>> all{
        {"", {.reduction = reduction}},
        {"_smooth", {.reduction = reduction, .label_smoothing = 0.1}},
        {"_weights", {.reduction = reduction, .class_weights = this->weights}},
        {"_all", {.reduction = reduction, .label_smoothing = 0.3, .class_weights = this->weights}}};
    for (const auto& [kind, options] : all) {
      const ClassLossOptions& o = options;
      this->expect_same("ce" + kind + suffix, [&](const auto& x) { return cross_entropy(x[0], this->labels, o); },
                        {"logits"});
      this->expect_same("soft" + kind + suffix, [&](const auto& x) { return cross_entropy(x[0], soft, o); },
                        {"logits"});
      ClassLossOptions ignoring = options;
      ignoring.ignored = 1;
      this->expect_same("ignored" + kind + suffix,
                        [&](const auto& x) { return cross_entropy(x[0], this->labels, ignoring); }, {"logits"});
      if (o.label_smoothing > 0) continue;
      this->expect_same("nll" + kind + suffix,
                        [&](const auto& x) { return nll_loss(log_softmax(x[0]), this->labels, o); }, {"logits"});
    }
    const LossOptions options{.reduction = reduction};
    this->expect_same("kl" + suffix,
                      [&](const auto& x) { return kl_div(log_softmax(x[0]), log_softmax(x[1]), options); },
                      {"logits", "other"});
  }
}

TYPED_TEST(LossOptionsTest, BroadcastWhereTheyAreTold) {
  this->expect_same("broadcast", [](const auto& x) { return mse(x[0], x[1], {.broadcast = true}); }, {"x", "row"});
  EXPECT_THROW(mse(this->golden["x"], this->golden["row"]), ShapeError);
}

// Logits of ±1e4.
TYPED_TEST(LossOptionsTest, NeitherOverflowNorVanish) {
  using T = TypeParam;
  const Array<T> soft = this->golden["soft"];
  const ClassLossOptions none{.reduction = LossReduction::kNone}, smooth{.label_smoothing = 0.1};
  const LossOptions each{.reduction = LossReduction::kNone};
  this->expect_same("extreme_ce", [&](const auto& x) { return cross_entropy(x[0], this->labels, none); }, {"extreme"});
  this->expect_same("extreme_smooth", [&](const auto& x) { return cross_entropy(x[0], this->labels, smooth); },
                    {"extreme"});
  this->expect_same("extreme_soft", [&](const auto& x) { return cross_entropy(x[0], soft); }, {"extreme"});
  this->expect_same("extreme_logits", [&](const auto& x) { return bce_with_logits(x[0], soft, each); }, {"extreme"});
  this->expect_same("extreme_huber",
                    [&](const auto& x) { return huber(x[0], soft, {.reduction = LossReduction::kNone}); }, {"extreme"});
}

// A class that cannot be, and is not: 0 ln 0.
TEST(LossOptionsOf, ClassesWithoutATarget) {
  const double infinity = std::numeric_limits<double>::infinity();
  Tape<double> tape;
  const Var<double> logits = tape.watch(Doubles{{1, 1, -infinity}});
  const Var<double> labels = cross_entropy(logits, {0}), targets = cross_entropy(logits, Doubles{{0.5, 0.5, 0}});
  const Var<double> divergence = kl_div(log_softmax(Var<double>(Doubles{1, 1, 5})), log_softmax(logits)[0]);
  EXPECT_NEAR(labels.item(), std::log(2), 1e-15);
  EXPECT_NEAR(targets.item(), std::log(2), 1e-15);
  EXPECT_NEAR(divergence.item(), std::log(2 + std::exp(4)) - std::log(2), 1e-14);
  EXPECT_TRUE(close(tape.gradient(labels + targets, logits), {1, 3}, {-0.5, 0.5, 0}));
}

// What fills up a sequence has any label, and any logits.
TEST(LossOptionsOf, LabelsThatAreIgnored) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Doubles logits{{{0.3, -1}, {1, 0}}, {{2, 0.5}, {-infinity, 0}}};
  const Indices labels(xt::xarray<int>{{1, 0}, {1, -100}});
  Tape<double> tape;
  const Var<double> x = tape.watch(logits), loss = cross_entropy(x, labels, {.ignored = -100});
  const Var<double> others = cross_entropy(Doubles{{0.3, -1}, {1, 0}, {2, 0.5}}, {1, 0, 1});
  EXPECT_NEAR(loss.item(), others.item(), 1e-15);
  const Array<double> slopes = tape.gradient(loss, x);
  EXPECT_EQ(slopes(1, 1, 0), 0);
  EXPECT_EQ(slopes(1, 1, 1), 0);
  EXPECT_NE(slopes(1, 0, 1), 0);
  EXPECT_TRUE(std::isnan(cross_entropy(Doubles{{1, 2}}, {7}, {.ignored = 7}).item())) << "as PyTorch's: of nothing";
  EXPECT_EQ(cross_entropy(Doubles{{1, 2}}, {7}, {.reduction = LossReduction::kSum, .ignored = 7}).item(), 0);
}

// Beyond the bound of a logarithm the value is PyTorch's, and the slope 0.
TEST(LossOptionsOf, ProbabilitiesThatAreZeroOrOne) {
  Tape<double> tape;
  const Var<double> p = tape.watch(Doubles{0, 1, 0, 1});
  const Var<double> losses = bce(p, Doubles{1, 0, 0, 1}, {.reduction = LossReduction::kNone});
  EXPECT_TRUE(close(losses.value(), {100, 100, 0, 0}));
  for (const double slope : tape.gradient(sum(losses), p)) EXPECT_TRUE(std::isfinite(slope));
}

TEST(LossOptionsOf, HaveSecondDerivatives) {
  const Doubles logits{{0.3, -1, 2}, {1, 0, -0.5}}, soft{{0.2, 0.3, 0.5}, {0, 1, 0}};
  EXPECT_EQ(check_gradient(
                [&](const auto& l) {
                  return cross_entropy(l, {2, 0}, {.label_smoothing = 0.2});
                },
                logits)
                .message,
            "");
  EXPECT_EQ(check_gradient([&](const auto& l) { return cross_entropy(l, soft); }, logits).message, "");
  EXPECT_EQ(check_gradient([&](const auto& l) { return huber(l, 0.1, {.delta = 0.7}); }, logits).message, "");
  EXPECT_EQ(check_gradient([&](const auto& l) { return kl_div(log_softmax(l), log_softmax(2 * l)); }, logits).message,
            "");
  EXPECT_EQ(check_gradient([&](const auto& p) { return bce(p, 0.3); }, soft * 0.8 + 0.1).message, "");
}

// Each example of vmap has a label of its own.
TEST(LossOptionsOf, GoThroughVmap) {
  const Doubles logits{{0.3, -1, 2}, {1, 0, -0.5}};
  const auto each = vmap([](const auto& l) { return cross_entropy(l, argmax(l, -1)); })(logits);
  const auto all = cross_entropy(logits, {2, 0}, {.reduction = LossReduction::kNone});
  EXPECT_TRUE(close(Var<double>(each).value(), all.value()));
}

TEST(LossOptionsOf, RefuseBadInput) {
  const Doubles logits{{0, 1, 2}, {3, 4, 5}};
  const Array<double> column = ones<double>({2, 1});
  const auto shapes = [](const auto& f) { return message_of<ShapeError>(f); };
  const auto error = [](const auto& f) { return message_of<Error>(f); };
  EXPECT_TRUE(has(shapes([&] { l1(logits, column); }), {"[l1]", "(2, 3)", "(2, 1)", "{.broadcast = true}"}));
  EXPECT_TRUE(has(shapes([&] { huber(logits, column); }), {"[huber]", "(2, 3)", "(2, 1)"}));
  EXPECT_TRUE(has(shapes([&] { bce(column, logits); }), {"[bce]", "probabilities is (2, 1)", "target is (2, 3)"}));
  EXPECT_TRUE(has(shapes([&] { kl_div(logits, column); }), {"[kl_div]", "log_probs is (2, 3)"}));
  EXPECT_TRUE(has(shapes([&] { kl_div(Var<double>(1.0), 1.0); }), {"[kl_div]", "got a number"}));
  EXPECT_TRUE(
      has(shapes([&] { cross_entropy(logits, {0}); }), {"[cross_entropy]", "logits is (2, 3)", "labels is (1,)"}));
  EXPECT_TRUE(has(shapes([&] { cross_entropy(logits, {0, 3}); }), {"label 3 is not one of 3 classes"}));
  EXPECT_TRUE(has(shapes([&] { nll_loss(logits, {0, -1}); }), {"[nll_loss]", "label -1"}));
  EXPECT_TRUE(has(shapes([&] { nll_loss(logits, {0, -1}, {.ignored = 0}); }), {"[nll_loss]", "label -1"}));
  EXPECT_TRUE(has(shapes([&] { cross_entropy(logits, column); }), {"[cross_entropy]", "probabilities is (2, 1)"}));
  EXPECT_TRUE(has(shapes([&] { cross_entropy(Var<double>(1.0), {0}); }), {"[cross_entropy]", "got a number"}));
  EXPECT_TRUE(has(message_of<DataError>([&] { bce(logits, 0.5); }), {"[bce] probabilities in [0, 1] expected"}));
  EXPECT_TRUE(has(message_of<DataError>([&] { cross_entropy(logits, logits); }), {"[cross_entropy]", "in [0, 1]"}));
  EXPECT_TRUE(has(error([&] { huber(logits, 0.0, {.delta = 0}); }), {"[huber] delta > 0 expected, got 0"}));
  EXPECT_TRUE(has(error([&] { cross_entropy(logits, {0, 1}, {.label_smoothing = 1.5}); }), {"label_smoothing", "1.5"}));
  EXPECT_TRUE(has(error([&] { cross_entropy(logits, {0, 1}, {.class_weights = {1, 2}}); }), {"3 class_weights", "2"}));
  EXPECT_TRUE(has(error([&] { nll_loss(logits, {0, 1}, {.class_weights = {1, 2, -1}}); }), {"[nll_loss]", "got -1"}));
}

}  // namespace
}  // namespace xtape::nn

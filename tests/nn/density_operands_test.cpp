// Which operands losses and densities take: shapes that broadcast to what is meant, and data that are probabilities.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>

namespace xtape::nn {
namespace {

using Doubles = xt::xarray<double>;

Array<double> some(const Shape& shape) {
  Array<double> x = zeros<double>(shape);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = double(i % 7) / 8;
  return x;
}

TEST(LossShapes, ThatDifferAreRefused) {
  for (const auto& [a, b] : std::vector<std::pair<Shape, Shape>>{
           {{4}, {4, 1}}, {{4, 1}, {4}}, {{4, 3}, {3}}, {{4, 3}, {4, 1}}, {{4}, {1}}, {{2, 4}, {1, 4}}, {{}, {4}}}) {
    const Var<double> prediction(some(a)), target(some(b));
    EXPECT_TRUE(has(message_of<ShapeError>([&] { mse(prediction, target); }),
                    {"[mse]", "prediction is " + to_string(a), "target is " + to_string(b), "reshape"}));
    EXPECT_TRUE(has(message_of<ShapeError>([&] { bce_with_logits(prediction, target); }),
                    {"[bce_with_logits]", "logits is " + to_string(a), "target is " + to_string(b)}));
  }
}

TEST(LossShapes, OfATargetMayBeThatOfANumber) {
  const Var<double> prediction(Doubles{{1, 2}, {3, 4}});
  EXPECT_DOUBLE_EQ(mse(prediction, 1.0).item(), 14.0 / 4);
  EXPECT_DOUBLE_EQ(mse(prediction, Var<double>(1.0)).item(), 14.0 / 4);
  EXPECT_DOUBLE_EQ(mse(prediction, Doubles{{1, 2}, {3, 4}}).item(), 0);
  EXPECT_DOUBLE_EQ(bce_with_logits(Var<double>(Doubles{0, 0}), 0.25).item(), std::log(2));
}

TEST(DensityShapes, OfDataThatWouldBeStretchedAreRefused) {
  const auto x = some({4, 1}), logits = some({4, 7});
  EXPECT_TRUE(has(message_of<ShapeError>([&] { bernoulli_log_prob(x, logits); }),
                  {"[bernoulli_log_prob]", "x is (4, 1)", "logits is (4, 7)", "broadcast_to"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { bernoulli_log_prob(logits, x); }), {"logits must have"}));
  EXPECT_THROW(bernoulli_log_prob(some({4}), some({4, 1})), ShapeError);
  EXPECT_THROW(bernoulli_log_prob(some({1}), some({4})), ShapeError);
  EXPECT_THROW(normal_log_prob(x, logits, 0.0), ShapeError);
  EXPECT_THROW(normal_log_prob(some({4}), some({4, 1}), some({4})), ShapeError);
  EXPECT_THROW(normal_log_prob(some({4}), 0.0, some({4, 1})), ShapeError);
  EXPECT_THROW(normal_log_prob(logits, x, 0.0), ShapeError);
  EXPECT_THROW(kl_standard_normal(some({4}), some({4, 1})), ShapeError);
  EXPECT_THROW(kl_standard_normal(some({4, 1}), some({4})), ShapeError);
  EXPECT_THROW(normal_kl(some({4}), some({4}), some({4, 1}), 0.0), ShapeError);
  EXPECT_THROW(normal_kl(some({4}), some({4}), 0.0, some({4, 1})), ShapeError);
}

TEST(DensityShapes, ThatAreMeantToBroadcastDo) {
  const auto x = some({4, 7});
  EXPECT_EQ(bernoulli_log_prob(x, some({3, 4, 7})).shape(), (Shape{3, 4}));  // samples of the latent
  EXPECT_EQ(bernoulli_log_prob(some({4, 1, 7}), some({4, 3, 7})).shape(), (Shape{4, 3}));
  EXPECT_EQ(bernoulli_log_prob(some({4, 1, 7}), some({3, 7})).shape(),
            (Shape{4, 3}));  // each beside each, as asked for
  EXPECT_EQ(bernoulli_log_prob(x, some({7})).shape(), Shape{4});
  EXPECT_EQ(bernoulli_log_prob(x, 0.5).shape(), Shape{4});
  EXPECT_EQ(bernoulli_log_prob(0.5, x).shape(), Shape{4});
  EXPECT_EQ(bernoulli_log_prob(some({4, 1}), some({4, 1})).shape(), Shape{4});
  for (const Shape& sigma : {Shape{}, Shape{1}, Shape{7}, Shape{4, 1}, Shape{4, 7}}) {
    EXPECT_EQ(normal_log_prob(x, some({4, 7}), some(sigma)).shape(), Shape{4}) << to_string(sigma);
    EXPECT_EQ(kl_standard_normal(x, some(sigma)).shape(), Shape{4}) << to_string(sigma);
    EXPECT_EQ(normal_kl(x, x, 0.0, some(sigma)).shape(), Shape{4}) << to_string(sigma);
  }
  for (const Shape& prior : {Shape{}, Shape{1}, Shape{7}, Shape{4, 7}, Shape{3, 1, 7}}) {
    EXPECT_EQ(normal_kl(x, x, some(prior), 0.0).dimension(), prior.size() == 3 ? 2u : 1u) << to_string(prior);
    EXPECT_EQ(normal_log_prob(x, some(prior), some({1})).dimension(), prior.size() == 3 ? 2u : 1u) << to_string(prior);
  }
  EXPECT_EQ(normal_log_prob(some({4, 1, 7}), some({3, 7}), some({3, 1})).shape(), (Shape{4, 3}));  // a mixture
}

TEST(Probabilities, OutsideOfZeroToOneAreRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {2.5, -0.42, 1.0001, -1e-6, nan, infinity, -infinity}) {
    for (const std::size_t size : {1u, 5u, 16u, 1000u, 100000u}) {
      for (const std::size_t place : {std::size_t(0), size / 2, size - 1}) {
        Array<double> x = some({size});
        x(place) = bad;
        const auto logits = some({size});
        const std::string element = "element " + std::to_string(place) + " of";
        EXPECT_TRUE(has(message_of<DataError>([&] { bernoulli_log_prob(x, logits); }),
                        {"[bernoulli_log_prob] x in [0, 1] expected", element}));
        EXPECT_TRUE(has(message_of<DataError>([&] { bce_with_logits(logits, x); }),
                        {"[bce_with_logits] target in [0, 1] expected", element}));
        const Array<float> narrow = xt::cast<float>(x), zero = zeros<float>({size});
        EXPECT_THROW(bernoulli_log_prob(narrow, zero), DataError);
      }
    }
  }
  EXPECT_THROW(bce_with_logits(Var<double>(Doubles{1, 2}), 1.5), DataError);
}

TEST(Probabilities, AreTakenWithTheirEndsAndRoundings) {
  const Doubles x{0, 1, -0.0, 0.5, 1 + 2e-16, -1e-16};
  EXPECT_TRUE(std::isfinite(bernoulli_log_prob(x, Doubles{1, 2, 3, 4, 5, 6}).item()));
  const xt::xarray<float> third{1.0f / 3 + 2.0f / 3, 1.0000001f};
  EXPECT_TRUE(std::isfinite(bce_with_logits(Var<float>(xt::xarray<float>{1, 2}), third).item()));
  EXPECT_EQ(bernoulli_log_prob(zeros<double>({0, 3}), zeros<double>({0, 3})).size(), 0u);
}

}  // namespace
}  // namespace xtape::nn

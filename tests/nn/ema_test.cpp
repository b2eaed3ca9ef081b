// Averages of weights: against PyTorch, in and out of a model, and what they refuse.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <vector>

namespace xtape::nn {
namespace {

template <class T>
class EmaTest : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(EmaTest, Precisions);

template <class T>
void train(const Parameter<T>& w, Ema<T>& average, int from, int to) {
  for (int i = from; i < to; ++i) {
    w.set({{T(i), T(i * i), T(1.0 / (1 + i))}});
    average.update();
  }
}

TYPED_TEST(EmaTest, AveragesAsPyTorchDoes) {
  using T = TypeParam;
  const Parameter<T> w(zeros<T>({1, 3}));
  Ema<T> average({w}, {.decay = 0.9});
  train(w, average, 0, 6);
  EXPECT_TRUE(close(average.averages()[0], Golden("optimizers")["ema"], sizeof(T) == 8 ? 1e-14 : 1e-6));
  EXPECT_EQ(average.updates(), 6u);
}

TYPED_TEST(EmaTest, GoesOnFromAveragesThatWereSaved) {
  using T = TypeParam;
  const Parameter<T> w(zeros<T>({1, 3}));
  Ema<T> whole({w}), first({w}), second({w});
  train(w, whole, 0, 7);
  train(w, first, 0, 4);
  second.set_averages(first.averages(), first.updates());
  train(w, second, 4, 7);
  EXPECT_TRUE(close(second.averages()[0], whole.averages()[0], 0));
}

TYPED_TEST(EmaTest, GoesIntoTheModelAndOutAgain) {
  using T = TypeParam;
  const Parameter<T> w(zeros<T>({1, 3})), other(zeros<T>({1, 3}));
  Ema<T> average({w}, {.decay = 0.5});
  train(w, average, 1, 4);
  const Array<T> weights = w.value(), averages = average.averages()[0];
  average.swap();
  EXPECT_TRUE(average.swapped());
  EXPECT_TRUE(close(w.value(), averages, 0));
  EXPECT_TRUE(has(message_of<Error>([&] { average.update(); }), {"[Ema]", "swap() back first"}));
  EXPECT_THROW(average.averages(), Error);
  average.swap();
  EXPECT_TRUE(close(w.value(), weights, 0));
  EXPECT_TRUE(close(average.averages()[0], averages, 0));
  average.copy_to({other});
  EXPECT_TRUE(close(other.value(), averages, 0));
}

TEST(Ema, RefusesBadInput) {
  const Parameter<double> w(zeros<double>({2}));
  EXPECT_TRUE(has(message_of<Error>([] { Ema<double>({}); }), {"[Ema]", "empty list"}));
  EXPECT_TRUE(has(message_of<Error>([&] { Ema<double>({w, w}); }), {"[Ema]", "numbers 0 and 1"}));
  for (const double decay : {-0.1, 1.0, std::nan("")}) {
    EXPECT_TRUE(has(message_of<Error>([&] { Ema<double>({w}, {.decay = decay}); }), {"[Ema] decay in [0, 1)"}));
  }
  Ema<double> average({w});
  EXPECT_THROW(average.copy_to({}), ShapeError);
  EXPECT_THROW(average.set_averages({zeros<double>({3})}, 1), ShapeError);
}

}  // namespace
}  // namespace xtape::nn

// map gives the bits that the same operations give one by one, wherever an element stands.

#include "autodiff/autodiff.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace xtape {
namespace {

template <class T>
void expect_same_bits(const Array<T>& a, const Array<T>& b, const char* what) {
  ASSERT_EQ(shape_of(a), shape_of(b)) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::memcmp(a.data() + i, b.data() + i, sizeof(T)), 0)
        << what << " of " << a.size() << " elements at " << i << ": " << a.data()[i] << " and " << b.data()[i];
  }
}

// Every family of element-wise functions, on operands of which one stands still.
template <class T>
void check_bits() {
  const auto exponentials = [](const auto& x, const auto& y) {
    return exp(x) * log(1.5 + abs(y)) - log1p(square(x)) / (2.0 + expm1(y)) +
           sqrt(1.0 + x * x) * power(2.0 + sin(y), x);
  };
  const auto activations = [](const auto& x, const auto& y) {
    return tanh(x) + sigmoid(y) * softplus(x) - log_sigmoid(x - y) + relu(y) * cos(x) + clip(x, -0.5, 0.5);
  };
  const auto choices = [](const auto& x, const auto& y) {
    return where(x > y, maximum(x, 0.25), minimum(y, x)) + sign(x) * (x >= y) - equal(x, y) + (x <= 0.0) * -y;
  };
  Random rng(1);
  for (std::size_t n = 1; n <= 70; n += n < 34 ? 1 : 9) {
    for (const Shape& other : {Shape{n}, Shape{1}, Shape{2, 1}}) {
      const Var<T> x(rng.normal<T>({n})), y(rng.normal<T>(other));
      expect_same_bits(map(exponentials, x, y).value(), exponentials(x, y).value(), "exponentials");
      expect_same_bits(map(activations, x, y).value(), activations(x, y).value(), "activations");
      expect_same_bits(map(choices, x, y).value(), choices(x, y).value(), "choices");
    }
  }
}

TEST(MapBits, AreThoseOfTheOperationsOneByOne) {
  check_bits<float>();
  check_bits<double>();
}

// Gradients of map go through the derivatives of the same operations, added up in another order.
TEST(MapBits, HaveGradientsLikeThoseOfTheOperationsOneByOne) {
  const auto f = [](const auto& x, const auto& y) {
    return tanh(x) * exp(-square(y)) + softplus(x * y) / (1.0 + abs(y)) + maximum(x, y) * sin(x) +
           power(2.0 + cos(x), y);
  };
  const Array<double> x = Random(2).normal<double>({3, 37}), y = Random(3).normal<double>({37});
  const auto fused = grad([&f](const auto& a, const auto& b) { return sum(map(f, a, b)); })(x, y);
  const auto single = grad([&f](const auto& a, const auto& b) { return sum(f(a, b)); })(x, y);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(std::get<0>(fused).data()[i], std::get<0>(single).data()[i], 1e-13);
  }
  for (std::size_t i = 0; i < y.size(); ++i) {
    EXPECT_NEAR(std::get<1>(fused).data()[i], std::get<1>(single).data()[i], 1e-13);
  }
}

}  // namespace
}  // namespace xtape

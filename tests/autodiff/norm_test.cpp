// norm and std over all exponents: neither overflows nor underflows unless the result does.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace xtape {
namespace {

template <class T>
class Norms : public ::testing::Test {
 protected:
  static constexpr int kLow = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits,
                       kHigh = std::numeric_limits<T>::max_exponent;
  static constexpr double kRounding = 8 * double(std::numeric_limits<T>::epsilon());
};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Norms, Precisions);

// Rows of every exponent beside one another, along either axis: values, and slopes x / norm.
TYPED_TEST(Norms, AreRightForAllExponents) {
  using T = TypeParam;
  Random rng(5);
  const std::size_t rows = std::size_t(this->kHigh - this->kLow) - 4, length = 9;
  for (const std::ptrdiff_t axis : {1, 0}) {
    Array<T> x =
        axis == 1 ? rng.uniform<T>({rows, length}, T(-0.3), T(0.3)) : rng.uniform<T>({length, rows}, T(-0.3), T(0.3));
    const auto element = [&](auto& a, std::size_t r, std::size_t l) -> auto& {
      return axis == 1 ? a.data()[r * length + l] : a.data()[l * rows + r];
    };
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t l = 0; l < length; ++l) element(x, r, l) = std::ldexp(element(x, r, l), this->kLow + 4 + int(r));
    }
    Tape<T> tape;
    const Var<T> v = tape.watch(x), y = norm(v, axis);
    const Array<T> slopes = tape.gradient(sum(y), v);
    for (std::size_t r = 0; r < rows; ++r) {
      long double sum = 0;
      for (std::size_t l = 0; l < length; ++l) sum += static_cast<long double>(element(x, r, l)) * element(x, r, l);
      const long double expected = std::sqrt(sum), least = std::numeric_limits<T>::denorm_min();
      EXPECT_NEAR(double(y.value()(r) / expected), 1, this->kRounding + double(least / (expected + least))) << r;
      const double rounded = this->kRounding + double(2 * least / (expected + least));  // of a denormal norm
      for (std::size_t l = 0; l < length; ++l) {
        EXPECT_NEAR(double(element(slopes, r, l)), double(element(x, r, l) / expected), rounded) << r;
      }
    }
  }
}

TYPED_TEST(Norms, OfSpecialNumbers) {
  using T = TypeParam;
  const T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T most = std::numeric_limits<T>::max(), least = std::numeric_limits<T>::denorm_min();
  const auto of = [](const Array<T>& x) { return norm(Var<T>(x)).item(); };
  EXPECT_EQ(of({T(0), T(-0.0)}), 0);
  EXPECT_EQ(of({infinity, T(1)}), infinity);
  EXPECT_EQ(of({T(1), -infinity}), infinity);
  EXPECT_TRUE(std::isnan(of({nan, T(1)})));
  EXPECT_TRUE(std::isnan(of({nan, infinity})));
  EXPECT_EQ(of({most, T(0)}), most);
  EXPECT_EQ(of({most, most}), infinity);
  EXPECT_EQ(of({T(0), -least}), least);
  EXPECT_EQ(of({T(3) * least, T(4) * least}), T(5) * least);
  EXPECT_EQ(norm(Var<T>(Array<T>::from_shape({0}))).item(), 0);
  EXPECT_EQ(norm(Var<T>(T(-3))).item(), 3);
}

TYPED_TEST(Norms, HaveSecondDerivatives) {
  using T = TypeParam;
  const auto f = [](const auto& v) { return norm(v); };  // H = (I - x xᵀ / r²) / r
  const auto H = hessian(f)(Array<T>{T(3), T(4)});
  EXPECT_TRUE(close(Array<T>(H), Shape{2, 2}, {16 / 125.0, -12 / 125.0, -12 / 125.0, 9 / 125.0}, this->kRounding));
}

TYPED_TEST(Norms, MakeStandardDeviationsOfAnySize) {
  using T = TypeParam;
  for (const int exponent : {this->kLow + std::numeric_limits<T>::digits + 4, -50, 0, 50, this->kHigh - 4}) {
    const T unit = std::ldexp(T(1), exponent);
    const Array<T> x{unit, T(3) * unit, unit, T(3) * unit};
    Tape<T> tape;
    const Var<T> v = tape.watch(x), y = std(v);
    EXPECT_EQ(y.item(), unit) << exponent;
    EXPECT_TRUE(close(tape.gradient(y, v), {-0.25, 0.25, -0.25, 0.25}, this->kRounding)) << exponent;
  }
  const auto deviation = [](const Array<T>& x, double ddof) { return std(Var<T>(x), {}, false, ddof).item(); };
  EXPECT_TRUE(std::isnan(deviation(Array<T>{T(1)}, 1)));
  EXPECT_EQ(deviation(Array<T>{T(1)}, 0), 0);
  EXPECT_EQ(deviation(Array<T>{T(1), T(3)}, 2), std::numeric_limits<T>::infinity());
  EXPECT_TRUE(std::isnan(deviation(Array<T>::from_shape({0}), 0)));
}

}  // namespace
}  // namespace xtape

// Densities and divergences over all exponents of their arguments, values and slopes, against closed forms in long
// double, whose range is so wide that they are written as they stand.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace xtape::nn {
namespace {

using Long = long double;

template <class T>
class Densities : public ::testing::Test {
 protected:
  static constexpr Long kEpsilon = std::numeric_limits<T>::epsilon(), kMost = std::numeric_limits<T>::max();
  static constexpr double kLargestLog = sizeof(T) == 4 ? 88 : 709;
  Random rng{17};

  T uniform(double low, double high) { return rng.uniform<T>({}, T(low), T(high))(); }
  // Any number, its exponent uniform over all that there are.
  T any() {
    constexpr int kLow = std::numeric_limits<T>::min_exponent - 20, kHigh = std::numeric_limits<T>::max_exponent;
    const int exponent = int(std::floor(uniform(kLow, kHigh + 1)));  // drawn first, whatever the compiler's order
    const T size = std::ldexp(uniform(0.5, 1), exponent);
    return std::clamp(uniform(-1, 1) < 0 ? -size : size, std::numeric_limits<T>::lowest(),
                      std::numeric_limits<T>::max());
  }
  // A log sigma: mostly where sigma is about in range, sometimes anything.
  T any_log() { return uniform(0, 1) < 0.9 ? uniform(-1.6 * kLargestLog, 1.6 * kLargestLog) : any(); }

  // `got` within `units` roundings of `scale`, or beyond the range where `expected` is.
  ::testing::AssertionResult near(T got, Long expected, Long units, Long scale) const {
    if (std::abs(expected) >= kMost * (1 - 4 * units * kEpsilon)) {
      const bool large = std::abs(Long(got)) >= kMost * (1 - 8 * units * kEpsilon);
      if (large && std::signbit(got) == std::signbit(expected)) return ::testing::AssertionSuccess();
    } else if (std::abs(Long(got) - expected) <=
               units * kEpsilon * std::abs(scale) + 4 * Long(std::numeric_limits<T>::denorm_min())) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "got " << double(got) << ", expected " << double(expected);
  }
};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Densities, Precisions);

// f's value and its slopes at numbers, by the fused sweep and by the recorded one, which agree.
template <class T>
struct Point {
  T value;
  std::vector<T> slopes;
};
template <class T, class F>
Point<T> at(const F& f, const std::vector<T>& numbers) {
  std::vector<Point<T>> points;
  for (const bool record : {false, true}) {
    Tape<T> tape;
    std::vector<Var<T>> x;
    for (const T number : numbers) x.push_back(tape.watch(full<T>({1}, number)));
    const Var<T> y = f(x);
    Point<T> point{y.item(), {}};
    if (record) {
      for (const Var<T>& d : recorded_gradients<T>(*tape.record(), y, Var<T>(ones<T>(y.shape())), x)) {
        point.slopes.push_back(d.item());
      }
    } else {
      for (const Array<T>& d : tape.gradient(y, x)) point.slopes.push_back(d.data()[0]);
    }
    points.push_back(point);
  }
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    EXPECT_TRUE(points[0].slopes[k] == points[1].slopes[k] ||
                std::abs(points[0].slopes[k] - points[1].slopes[k]) <=
                    8 * std::numeric_limits<T>::epsilon() * std::abs(points[0].slopes[k]))
        << points[0].slopes[k] << " and " << points[1].slopes[k] << " with respect to argument " << k;
  }
  return points[0];
}

// d e^-s and d e^-2s; 0 where d is, also beyond the range of long double.
Long score(Long d, Long s) {
  return d == 0 ? 0 : d * std::exp(std::clamp<Long>(-s, -5000, 5000));
}
Long precise(Long d, Long s) {
  return d == 0 ? 0 : d * std::exp(std::clamp<Long>(-2 * s, -5000, 5000));
}
// ½ (e^2t - 1) - t, by its series near 0.
Long divergence_of_scale(Long t) {
  if (t > 5000) return std::numeric_limits<Long>::infinity();
  if (std::abs(t) > 0.25L) return std::expm1(2 * t) / 2 - t;
  Long sum = 0, term = 2 * t;
  for (int k = 2; k < 40; ++k) sum += term *= 2 * t / k;
  return sum / 2;
}

TYPED_TEST(Densities, OfTheNormalOverAllExponents) {
  using T = TypeParam;
  const Long c = 0.5L * std::log(2 * std::numbers::pi_v<Long>);
  const T tiny = std::numeric_limits<T>::denorm_min();
  {  // a difference of few digits, scaled up to where a number has all
    const T s = T(std::log(std::numeric_limits<T>::min()) / 6);
    const Point<T> got =
        at<T>([](const auto& v) { return normal_log_prob(v[0], v[1], v[2]); }, {15 * tiny, 10 * tiny, s});
    EXPECT_TRUE(this->near(got.slopes[1], precise(5 * Long(tiny), s), 16, precise(5 * Long(tiny), s)));
  }
  for (int draw = 0; draw < 2000; ++draw) {
    const T mu = this->any(), x = draw % 4 == 0 ? mu : draw % 4 == 1 ? T(mu * (1 + this->uniform(-1, 1))) : this->any();
    const T s = this->any_log();
    const Long d = T(x - mu), z = score(d, s), p = precise(d, s);
    if (!std::isfinite(T(x - mu))) continue;
    const Point<T> got = at<T>([](const auto& v) { return normal_log_prob(v[0], v[1], v[2]); }, {x, mu, s});
    const auto where = ::testing::Message() << double(x) << " " << double(mu) << " " << double(s);
    EXPECT_TRUE(this->near(got.value, -z * z / 2 - s - c, 16, z * z / 2 + std::abs(Long(s)) + c)) << where;
    EXPECT_TRUE(this->near(got.slopes[0], -p, 16, p)) << where;
    EXPECT_TRUE(this->near(got.slopes[1], p, 16, p)) << where;
    EXPECT_TRUE(this->near(got.slopes[2], z * z - 1, 16, z * z + 1)) << where;
  }
}

TYPED_TEST(Densities, OfTheDivergenceOverAllExponents) {
  using T = TypeParam;
  for (int draw = 0; draw < 2000; ++draw) {
    const T m = this->any(), m0 = draw % 3 == 0 ? m : this->any(), s0 = this->any_log();
    const T s = draw % 2 == 0 ? this->any_log() : T(s0 + this->any());
    const T d = m - m0, t = s - s0;
    if (!std::isfinite(d) || !std::isfinite(t)) continue;
    const Long z = score(d, s0), p = precise(d, s0), h = divergence_of_scale(t);
    const Long slope = std::expm1(std::min<Long>(2 * Long(t), 5000)), units = 16 + 4 * std::min<Long>(std::abs(t), 800);
    const auto kl = [](const auto& v) { return normal_kl(v[0], v[1], v[2], v[3]); };
    const Point<T> got = at<T>(kl, {m, s, m0, s0});
    const auto where = ::testing::Message() << double(m) << " " << double(s) << " " << double(m0) << " " << double(s0);
    EXPECT_GE(got.value, 0) << where;
    EXPECT_TRUE(this->near(got.value, h + z * z / 2, units, h + z * z / 2)) << where;
    EXPECT_TRUE(this->near(got.slopes[0], p, 16, p)) << where;
    EXPECT_TRUE(this->near(got.slopes[1], slope, units, slope)) << where;
    EXPECT_TRUE(this->near(got.slopes[2], -p, 16, p)) << where;
    EXPECT_TRUE(this->near(got.slopes[3], -slope - z * z, units, std::abs(slope) + z * z)) << where;
  }
}

TYPED_TEST(Densities, OfTheDivergenceFromTheStandardNormalOverAllExponents) {
  using T = TypeParam;
  for (int draw = 0; draw < 2000; ++draw) {
    const T m = draw % 3 == 0 ? T(0) : this->any(), s = draw % 2 == 0 ? this->any_log() : this->any();
    const Long h = divergence_of_scale(s), slope = std::expm1(std::min<Long>(2 * Long(s), 5000));
    const Long value = h + Long(m) * m / 2;
    const Point<T> got = at<T>([](const auto& v) { return kl_standard_normal(v[0], v[1]); }, {m, s});
    const auto where = ::testing::Message() << double(m) << " " << double(s);
    EXPECT_GE(got.value, 0) << where;
    EXPECT_TRUE(this->near(got.value, value, 16, value)) << where;
    EXPECT_EQ(got.slopes[0], m) << where;
    EXPECT_TRUE(this->near(got.slopes[1], slope, 16, slope)) << where;
  }
}

// ln p = -((1 - x) l + ln(1 + e^-l)) for l > 0, and -(-x l + ln(1 + e^l)) else: sums of one sign.
TYPED_TEST(Densities, OfTheBernoulliOverAllExponents) {
  using T = TypeParam;
  for (int draw = 0; draw < 2000; ++draw) {
    const T x = draw % 3 == 0 ? T(0) : draw % 3 == 1 ? T(1) : this->uniform(0, 1);
    const T l = draw % 2 == 0 ? this->uniform(-this->kLargestLog, this->kLargestLog) : this->any();
    const Long tail = std::exp(-std::abs(Long(l))), share = tail / (1 + tail);
    const Long linear = l > 0 ? (1 - Long(x)) * l : -Long(x) * l, value = -(linear + std::log1p(tail));
    const Long slope = l > 0 ? Long(x) - 1 + share : Long(x) - share;
    const Point<T> got = at<T>([](const auto& v) { return bernoulli_log_prob(v[0], v[1]); }, {x, l});
    const Point<T> loss = at<T>([](const auto& v) { return bce_with_logits(v[1], v[0]); }, {x, l});
    const auto where = ::testing::Message() << double(x) << " " << double(l);
    EXPECT_TRUE(this->near(got.value, value, 8, value)) << where;
    EXPECT_TRUE(this->near(loss.value, -value, 8, value)) << where;
    EXPECT_EQ(got.slopes[0], l) << where;
    EXPECT_TRUE(this->near(got.slopes[1], slope, 8, std::abs(l > 0 ? x - 1 : x) + share)) << where;
    EXPECT_TRUE(this->near(loss.slopes[1], -slope, 8, std::abs(l > 0 ? x - 1 : x) + share)) << where;
  }
}

TEST(DensitiesAt, LogSigmasWhoseExponentialOverflows) {
  const Point<float> narrow =
      at<float>([](const auto& v) { return normal_log_prob(v[0], v[1], v[2]); }, {0.25f, 0.25f, -89.0f});
  EXPECT_FLOAT_EQ(narrow.value, 88.0810615f);
  EXPECT_EQ(narrow.slopes, (std::vector<float>{0, 0, -1}));
  const Point<double> in_double =
      at<double>([](const auto& v) { return normal_log_prob(v[0], v[1], v[2]); }, {0.25, 0.25, -710.0});
  EXPECT_DOUBLE_EQ(in_double.value, 709.0810614667953);
  EXPECT_EQ(in_double.slopes, (std::vector<double>{0, 0, -1}));
  const Point<float> equal =
      at<float>([](const auto& v) { return normal_kl(v[0], v[1], v[2], v[3]); }, {1.0f, -200.0f, 1.0f, -200.0f});
  EXPECT_EQ(equal.value, 0);
  EXPECT_EQ(equal.slopes, (std::vector<float>{0, 0, 0, 0}));
}

// The sum of 20,000 divergences near 0, each of which is t² + ⅔ t³ + ...
TEST(DensitiesAt, DivergencesNearZeroDoNotCancel) {
  Random rng(3);
  const Array<float> s = rng.uniform<float>({1000, 20}, -1e-4f, 1e-4f), zero = zeros<float>({1000, 20});
  long double expected = 0, got = 0, got_standard = 0;
  for (const float t : s) expected += divergence_of_scale(t);
  const Array<float> each = normal_kl(zero, s, 0.0f, 0.0f).value(), same = kl_standard_normal(zero, s).value();
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_GT(each(i), 0);
    got += each(i);
    got_standard += same(i);
  }
  EXPECT_NEAR(double(got / expected), 1, 1e-6);
  EXPECT_NEAR(double(got_standard / expected), 1, 1e-6);
  const Array<float> one{0.5f}, wide{0.3001f}, prior{0.3f};
  EXPECT_NEAR(
      double(normal_kl(one, wide, one, prior).item()) / double(divergence_of_scale(Long(wide(0)) - Long(prior(0)))), 1,
      1e-6);
}

// d²/dμ² = -1/σ², d²/dμ ds = -2 (x - μ)/σ², d²/ds² = -2 ((x - μ)/σ)², where 1/σ alone overflows in the last case.
TEST(DensitiesAt, SecondDerivativesOfNarrowNormals) {
  const auto f = [](const auto& mu, const auto& s) { return sum(normal_log_prob(Array<double>{0.25}, mu, s)); };
  for (const double s : {0.3, -20.0, -300.0, -720.0}) {
    const auto H = hessian(f)(Array<double>{0.25}, Array<double>{s});
    const double precision = std::exp(-2 * s), got = std::get<0>(std::get<0>(H))(0, 0);
    EXPECT_TRUE(got == -precision || std::abs(got / -precision - 1) < 1e-13) << got << " at " << s;
    EXPECT_EQ(std::get<1>(std::get<0>(H))(0, 0), 0) << s;
    EXPECT_EQ(std::get<0>(std::get<1>(H))(0, 0), 0) << s;
    EXPECT_EQ(std::get<1>(std::get<1>(H))(0, 0), 0) << s;
  }
  const auto H = hessian(f)(Array<double>{0.5}, Array<double>{-0.5});
  EXPECT_NEAR(std::get<1>(std::get<0>(H))(0, 0), 0.5 * std::exp(1.0), 1e-14);
  EXPECT_NEAR(std::get<1>(std::get<1>(H))(0, 0), -0.125 * std::exp(1.0), 1e-14);
}

TEST(DensitiesAt, TheKinkOfTheirFormsAreSmooth) {
  const auto f = [](const auto& l) { return sum(bernoulli_log_prob(Array<double>{0.25}, l)); };
  EXPECT_DOUBLE_EQ(grad(f)(Array<double>{0.0})(0), -0.25);
  EXPECT_DOUBLE_EQ(hessian(f)(Array<double>{0.0})(0, 0), -0.25);
}

}  // namespace
}  // namespace xtape::nn

// Special functions against mpmath and SciPy (tests/golden/special.txt): values, first and second derivatives, ends.

#include "autodiff/autodiff.hpp"
#include "tests/autodiff/ops/elementwise.hpp"
#include "tests/golden.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

namespace xtape::tests {
namespace {

/// A function, and by how much values, first and second derivatives may be off: relatively, and where derivatives are
/// differences of what is much larger, absolutely.
struct SpecialCase {
  std::string name;
  std::size_t arity;
  Function function;
  double value = 1e-14, first = 2e-14, second = 1e-13, absolute = 0;
};

void PrintTo(const SpecialCase& one, std::ostream* to) {
  *to << one.name;
}

template <std::size_t N, class F>
SpecialCase case_for(const char* name, const F& f, double value = 1e-14, double first = 2e-14, double second = 1e-13,
                     double absolute = 0) {
  return {name, N, function_of<N>(f), value, first, second, absolute};
}

std::vector<SpecialCase> special_cases() {
  return {
      case_for<1>("erf", [](const auto& x) { return erf(x); }),
      case_for<1>("erfc", [](const auto& x) { return erfc(x); }),
      case_for<1>("erfcx", [](const auto& x) { return erfcx(x); }),
      case_for<1>("ndtr", [](const auto& x) { return ndtr(x); }),
      case_for<1>(
          "log_ndtr", [](const auto& x) { return log_ndtr(x); }, 1e-14, 5e-13, 2e-12),
      case_for<1>(
          "ndtri", [](const auto& x) { return ndtri(x); }, 1e-14, 1e-12, 2e-12),
      case_for<1>(
          "erfinv", [](const auto& x) { return erfinv(x); }, 1e-14, 1e-13, 2e-13),
      case_for<1>(
          "erfcinv", [](const auto& x) { return erfcinv(x); }, 1e-14, 1e-12, 2e-12, 1e-15),
      case_for<1>("gammaln", [](const auto& x) { return gammaln(x); }),
      case_for<1>("digamma", [](const auto& x) { return digamma(x); }),
      case_for<1>("polygamma_1", [](const auto& x) { return polygamma(1, x); }),
      case_for<1>("polygamma_4", [](const auto& x) { return polygamma(4, x); }),
      case_for<1>("multigammaln_3", [](const auto& x) { return multigammaln(x, 3); }),
      case_for<2>(
          "beta", [](const auto& a, const auto& b) { return beta(a, b); }, 2e-14, 1e-12, 1e-11),
      case_for<2>(
          "betaln", [](const auto& a, const auto& b) { return betaln(a, b); }, 1e-14, 1e-13, 1e-13, 2e-14),
      case_for<2>(
          "gammainc", [](const auto& a, const auto& x) { return gammainc(a, x); }, 2e-13, 1e-12, 1e-10),
      case_for<2>(
          "gammaincc", [](const auto& a, const auto& x) { return gammaincc(a, x); }, 2e-13, 1e-12, 1e-10),
      case_for<3>(
          "betainc", [](const auto& a, const auto& b, const auto& x) { return betainc(a, b, x); }, 1e-13, 1e-11, 1e-9),
      case_for<2>(
          "zeta", [](const auto& s, const auto& q) { return zeta(s, q); }, 1e-14, 1e-13, 1e-12),
      case_for<1>("i0", [](const auto& x) { return i0(x); }),
      case_for<1>("i1", [](const auto& x) { return i1(x); }),
      case_for<1>(
          "i0e", [](const auto& x) { return i0e(x); }, 1e-14, 1e-12, 1e-10),
      case_for<1>(
          "i1e", [](const auto& x) { return i1e(x); }, 1e-14, 1e-12, 1e-10),
      case_for<1>(
          "lambertw", [](const auto& x) { return lambertw(x); }, 1e-14, 1e-11, 1e-11),
  };
}

class Special : public testing::TestWithParam<SpecialCase> {
 protected:
  static const Golden& golden() {
    static const Golden arrays("special");
    return arrays;
  }
  Array<double> array(const std::string& what) const { return golden()[GetParam().name + "." + what]; }
  std::vector<Array<double>> arguments(const std::string& letter) const {
    std::vector<Array<double>> x;
    for (std::size_t k = 0; k < GetParam().arity; ++k) x.push_back(array(letter + std::to_string(k)));
    return x;
  }
  void expect_close(const Array<double>& got, const std::string& what, double tolerance, double absolute) const {
    const Array<double> expected = array(what);
    ASSERT_EQ(got.size(), expected.size());
    const auto x = arguments("x");
    for (std::size_t i = 0; i < got.size(); ++i) {
      // What underflows has fewer digits.
      const double allowed = tolerance * std::fabs(expected(i)) + absolute + 1e-307;
      EXPECT_TRUE(got(i) == expected(i) || std::fabs(got(i) - expected(i)) <= allowed)
          << std::fabs(got(i) / expected(i) - 1) << " is too much. " << GetParam().name << ": " << what << " at "
          << x.front()(i) << ", " << x.back()(i) << ": got " << got(i) << ", expected " << expected(i);
    }
  }
};

std::string name_of(const testing::TestParamInfo<SpecialCase>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Functions, Special, testing::ValuesIn(special_cases()), name_of);

TEST_P(Special, ValuesAndDerivativesToSecondOrderAgree) {
  const SpecialCase& one = GetParam();
  Tape<double> tape;
  std::vector<Var<double>> x;
  for (const Array<double>& argument : arguments("x")) x.push_back(tape.watch(argument));
  const Var<double> y = one.function.f64(x);
  expect_close(y.value(), "y", one.value, one.absolute);
  const Var<double> ones(xtape::ones<double>(y.shape()));
  const std::vector<Var<double>> slopes = recorded_gradients<double>(*tape.record(), y, ones, x);
  const auto fused = tape.gradient(std::vector<Var<double>>{y}, x, {ones.value()}, {.retain = true});
  for (std::size_t k = 0; k < one.arity; ++k) {
    const std::string number = std::to_string(k);
    expect_close(slopes[k].value(), "d" + number, one.first, one.absolute);
    expect_close(fused[k], "d" + number, one.first, one.absolute);
    const auto second = tape.gradient(std::vector<Var<double>>{slopes[k]}, x, {ones.value()}, {.retain = true});
    for (std::size_t j = 0; j < one.arity; ++j) {
      const std::string both = std::to_string(std::min(j, k)) + std::to_string(std::max(j, k));
      expect_close(second[j], "dd" + both, one.second, 10 * one.absolute);
    }
  }
}

// float32 is the rounded float64 result of its own arguments, to a few units in the last place.
TEST_P(Special, Float32AgreesWithFloat64) {
  const SpecialCase& one = GetParam();
  std::vector<Var<float>> narrow;
  std::vector<Var<double>> wide;
  for (const Array<double>& argument : arguments("x")) {
    narrow.emplace_back(Array<float>(argument));
    wide.emplace_back(Array<double>(narrow.back().value()));
  }
  const Array<float> y = one.function.f32(narrow).value();
  const Array<double> expected = one.function.f64(wide).value();
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double magnitude = std::fabs(expected(i));
    if (!(magnitude < 1e38)) continue;
    EXPECT_LE(std::fabs(double(y(i)) - expected(i)), 2e-6 * magnitude + 1e-37) << one.name << " at number " << i;
  }
}

// All but those whose ends follow from others': of a polygamma function of another order, and of sums of gammaln.
std::vector<SpecialCase> cases_with_ends() {
  std::vector<SpecialCase> cases = special_cases();
  std::erase_if(cases, [](const SpecialCase& one) {
    return one.name == "polygamma_4" || one.name == "multigammaln_3" || one.name == "beta" || one.name == "betaln";
  });
  return cases;
}

struct SpecialEnds : Special {};
INSTANTIATE_TEST_SUITE_P(Functions, SpecialEnds, testing::ValuesIn(cases_with_ends()), name_of);

TEST_P(SpecialEnds, AreThoseOfSciPy) {
  const SpecialCase& one = GetParam();
  const std::vector<Array<double>> x = arguments("e");
  const Array<double> y = one.function.f64(std::vector<Var<double>>(x.begin(), x.end())).value(),
                      expected = array("ey");
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (std::isfinite(expected(i))) {
      EXPECT_NEAR(y(i), expected(i), 1e-13 * (1 + std::fabs(expected(i)))) << one.name << " at " << x[0](i);
    } else {
      EXPECT_TRUE(y(i) == expected(i) || (std::isnan(y(i)) && std::isnan(expected(i))))
          << one.name << " at " << x.front()(i) << ", " << x.back()(i) << ": got " << y(i) << ", expected "
          << expected(i);
    }
  }
}

// In units in the last place: far out a rounding of the exponent counts as often as the exponent says.
void expect_right(const std::string& name, const Function& function, std::size_t arity, double units) {
  const Golden golden("special");
  std::vector<Array<double>> x;
  for (std::size_t k = 0; k < arity; ++k) x.push_back(golden[name + "_large.x" + std::to_string(k)]);
  const Array<double> expected = golden[name + "_large.y"],
                      y = function.f64(std::vector<Var<double>>(x.begin(), x.end())).value();
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double allowed = (units - 4 * std::log(expected(i) + 1e-308)) * 0x1p-52 * expected(i) + 1e-307;
    EXPECT_LE(std::fabs(y(i) - expected(i)), allowed)
        << name << " at " << x.front()(i) << ", " << x.back()(i) << ": got " << y(i) << ", expected " << expected(i);
  }
}
TEST(SpecialLargeParameters, KeepTheDigits) {
  const auto lower = function_of<2>([](const auto& a, const auto& x) { return gammainc(a, x); });
  const auto upper = function_of<2>([](const auto& a, const auto& x) { return gammaincc(a, x); });
  const auto beta = function_of<3>([](const auto& a, const auto& b, const auto& x) { return betainc(a, b, x); });
  expect_right("gammainc", lower, 2, 100);
  expect_right("gammaincc", upper, 2, 100);
  expect_right("betainc", beta, 3, 150);
  // Of the largest there are.
  EXPECT_NEAR(gammainc(Var<double>(1e300), 1e300).item(), 0.5, 1e-15);
  EXPECT_EQ(gammainc(Var<double>(1e300), 1.1e300).item(), 1);
  EXPECT_EQ(gammaincc(Var<double>(1e300), 1.1e300).item(), 0);
  EXPECT_NEAR(betainc(Var<double>(1e300), 1e300, 0.5).item(), 0.5, 1e-15);
  EXPECT_EQ(betainc(Var<double>(1e300), 1e300, 0.4).item(), 0);
}

TEST(SpecialErrors, SayWhatOrderIsExpected) {
  const Var<double> x(1.5);
  EXPECT_THROW(polygamma(-1, x), Error);
  EXPECT_THROW(polygamma(101, x), Error);
  EXPECT_THROW(multigammaln(x, 0), Error);
  try {
    polygamma(-1, x);
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[polygamma] expected an order from 0 to 100, came -1");
  }
}

// x^(a - 1) (1 - x)^(b - 1) / B(a, b), and what its derivatives tend to.
TEST(SpecialBetainc, HasItsDensityAtTheEnds) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const auto density = [](double a, double b, double x) {
    return grad([&](const auto& v) { return betainc(a, b, v); })(x)();
  };
  EXPECT_EQ(density(0.5, 3, 0), kInf);
  EXPECT_EQ(density(1, 3, 0), 3);
  EXPECT_EQ(density(2, 3, 0), 0);
  EXPECT_EQ(density(3, 0.5, 1), kInf);
  EXPECT_EQ(density(3, 1, 1), 3);
  EXPECT_EQ(density(3, 2, 1), 0);
  const auto slope_along_a = [](double a, double b, double x) {
    const auto of_x = [&](const auto& v) {
      return grad([&](const auto& w) { return betainc(v, b, w); })(Var<double>(x));
    };
    return grad(of_x)(a)();
  };
  EXPECT_EQ(slope_along_a(2, 3, 0), 0);
  EXPECT_TRUE(std::isnan(slope_along_a(0.5, 3, 0)));
}

// Beside its entry in special_traits.hpp, whose bound has to hold near the zeros below 0 too.
template <class T>
void expect_right_above_zero() {
  Random rng(5);
  Array<T> x = draw_all_exponents<T>(5000, rng);
  for (std::size_t i = 0; i < x.size(); ++i) x(i) = i % 2 == 0 ? std::fabs(x(i)) : T(12 * double(i) / 5000);
  const Array<T> y = digamma(Var<T>(x)).value();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::fabs(y(i)) < 1e-3) continue;  // so near to the zero the reference has too few digits
    EXPECT_LE(ulps(y(i), special::digamma(x(i))), 6) << "of " << x(i);
  }
}
TEST(SpecialDigamma, IsRightToSomeUnitsInTheLastPlaceAboveZero) {
  expect_right_above_zero<double>();
  expect_right_above_zero<float>();
}

// Of a draw x of Gamma(a, 1): E[x] = a, so the mean of dx/da over draws at equidistant quantiles is 1.
TEST(SpecialImplicitReparameterization, MovesTheMeanOfAGammaVariableAsItsShape) {
  constexpr std::size_t kCount = 400;
  Array<double> x = empty<double>({kCount});
  for (std::size_t i = 0; i < kCount; ++i) x(i) = 20.0 * (double(i) + 0.5) / kCount;
  Tape<double> tape;
  const Var<double> a = tape.watch(Array<double>(3.0)), t = tape.watch(x);
  const Var<double> p = gammainc(a, t);
  const Array<double> density = tape.gradient(sum(p), t, {.retain = true});
  double mean = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    Array<double> one = zeros<double>({kCount});
    one(i) = 1;
    const auto slope = tape.gradient(std::vector<Var<double>>{p}, std::vector<Var<double>>{a}, {one}, {.retain = true});
    mean -= slope[0]() * 20.0 / kCount;  // density times -slope / density
    EXPECT_GT(density(i), 0);
  }
  EXPECT_NEAR(mean, 1, 1e-4);
}

}  // namespace
}  // namespace xtape::tests

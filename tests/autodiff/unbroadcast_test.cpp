// Gradients of operands that broadcast: the sums over what was repeated, for every pair of shapes, to second order.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <cmath>

namespace xtape {
namespace {

// Distinct numbers around 1.
Array<double> numbers(const Shape& shape, double phase) {
  Array<double> result = empty<double>(shape);
  for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = 1 + 0.5 * std::sin(phase + 1.7 * double(i));
  return result;
}

// Where element `flat` of an array of shape `out` comes from in an operand of shape `from`.
std::size_t origin(std::size_t flat, const Shape& out, const Shape& from) {
  std::size_t place = 0, stride = 1;
  for (std::size_t d = out.size(), missing = out.size() - from.size(); d-- > 0; flat /= out[d]) {
    if (d < missing) continue;
    if (from[d - missing] != 1) place += flat % out[d] * stride;
    stride *= from[d - missing];
  }
  return place;
}

struct Case {
  Shape a, b, out;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> result;
    for (const Shape& b : std::vector<Shape>{{},
                                             {1},
                                             {4},
                                             {1, 1},
                                             {1, 4},
                                             {3, 1},
                                             {3, 4},
                                             {1, 1, 1},
                                             {2, 1, 1},
                                             {1, 3, 1},
                                             {1, 1, 4},
                                             {2, 3, 1},
                                             {2, 1, 4},
                                             {1, 3, 4},
                                             {2, 3, 4}}) {
      result.push_back({{2, 3, 4}, b, {2, 3, 4}});
      result.push_back({b, {2, 3, 4}, {2, 3, 4}});
    }
    result.push_back({{3, 1}, {1, 4}, {3, 4}});  // both repeat
    result.push_back({{4}, {3, 1}, {3, 4}});
    result.push_back({{2, 1, 4}, {3, 1}, {2, 3, 4}});
    result.push_back({{1, 2, 1, 2}, {3, 1, 2, 1}, {3, 2, 2, 2}});
    result.push_back({{}, {}, {}});
    result.push_back({{1}, {}, {1}});
    result.push_back({{0, 3}, {3}, {0, 3}});  // nothing to sum: zeros
    result.push_back({{0, 3}, {1, 1}, {0, 3}});
    result.push_back({{2, 0}, {2, 1}, {2, 0}});
    result.push_back({{3, 70'000}, {3, 1}, {3, 70'000}});  // on several threads
    result.push_back({{70'000}, {3, 1}, {3, 70'000}});
    result.push_back({{}, {200'000}, {200'000}});
    return result;
  }();
  return all;
}

// Both gradients of sum(w * f(a, b)) against sums of w * df/da and w * df/db, element by element.
template <class F, class Da, class Db>
void expect_sums(const F& f, const Da& da, const Db& db, const char* what) {
  for (const auto& [a_shape, b_shape, out] : cases()) {
    SCOPED_TRACE(std::string(what) + " of " + to_string(a_shape) + " and " + to_string(b_shape));
    const Array<double> a = numbers(a_shape, 0), b = numbers(b_shape, 1), w = numbers(out, 2);
    Array<double> to_a = zeros<double>(a_shape), to_b = zeros<double>(b_shape);
    for (std::size_t i = 0; i < w.size(); ++i) {
      const std::size_t ia = origin(i, out, a_shape), ib = origin(i, out, b_shape);
      to_a.data()[ia] += w.data()[i] * da(a.data()[ia], b.data()[ib]);
      to_b.data()[ib] += w.data()[i] * db(a.data()[ia], b.data()[ib]);
    }
    const auto weighted = [&](const auto& x, const auto& y) { return sum(w * f(x, y)); };
    const auto [swept_a, swept_b] = grad(weighted)(a, b);
    EXPECT_TRUE(close(swept_a, to_a));
    EXPECT_TRUE(close(swept_b, to_b));
    Tape<double> tape;
    const auto [recorded_a, recorded_b] = grad(weighted)(tape.watch(a), tape.watch(b));
    EXPECT_TRUE(close(recorded_a.value(), to_a));
    EXPECT_TRUE(close(recorded_b.value(), to_b));
    EXPECT_TRUE(close(grad([&](const auto& y) { return weighted(a, y); })(b), to_b));  // one side alone
    EXPECT_TRUE(close(grad([&](const auto& x) { return weighted(x, b); })(a), to_a));
  }
}

TEST(UnBroadcasting, SumsOverWhatWasRepeated) {
  const auto one = [](double, double) { return 1.0; };
  const auto first = [](double a, double) { return a; };
  const auto second = [](double, double b) { return b; };
  expect_sums([](const auto& a, const auto& b) { return a + b; }, one, one, "add");
  expect_sums([](const auto& a, const auto& b) { return a * b; }, second, first, "multiply");
  expect_sums([](const auto& a, const auto& b) { return map([](auto x, auto y) { return x * y * y; }, a, b); },
              [](double, double b) { return b * b; }, [](double a, double b) { return 2 * a * b; }, "map");
}

// sum(w a^2 b^2): its derivatives in b twice, and in a and b.
TEST(UnBroadcasting, ToSecondOrder) {
  for (const auto& [a_shape, b_shape, out] : cases()) {
    if (size_of(out) > 1000) continue;
    SCOPED_TRACE(to_string(a_shape) + " and " + to_string(b_shape));
    const Array<double> a = numbers(a_shape, 0), b = numbers(b_shape, 1), w = numbers(out, 2);
    Array<double> twice = zeros<double>(b_shape), mixed = zeros<double>(a_shape);
    for (std::size_t i = 0; i < w.size(); ++i) {
      const std::size_t ia = origin(i, out, a_shape), ib = origin(i, out, b_shape);
      const double x = a.data()[ia], y = b.data()[ib];
      twice.data()[ib] += w.data()[i] * 2 * x * x;
      mixed.data()[ia] += w.data()[i] * 4 * x * y;
    }
    const auto slopes = [&](const auto& x, const auto& y) {  // the sum over b of the gradient in b
      return sum(grad([&](const auto& v) { return sum(w * square(x * v)); })(y));
    };
    const auto [to_a, to_b] = grad(slopes)(a, b);
    EXPECT_TRUE(close(to_a, mixed));
    EXPECT_TRUE(close(to_b, twice));
  }
}

// Several uses of one variable, each with another shape of contribution, add up in its one place.
TEST(UnBroadcasting, ContributionsOfAllShapesAddUp) {
  const auto f = [](const auto& b) {
    return sum(b) + sum(b * ones<double>({5, 1, 3})) + sum(broadcast_to(b, {2, 4, 3})) + sum(expand_dims(b, 0) * b);
  };
  EXPECT_TRUE(close(grad(f)(xt::xarray<double>{1, 2, 3}), {1 + 5 + 8 + 2, 1 + 5 + 8 + 4, 1 + 5 + 8 + 6}));
}

// The gradient of a sum's operand is one number, yet to be broadcast: a sum and a difference hand it on as it is only
// to an operand of the result's shape.
TEST(UnBroadcasting, OfAGradientThatIsANumber) {
  for (const auto& [a_shape, b_shape, out] : cases()) {
    SCOPED_TRACE(to_string(a_shape) + " and " + to_string(b_shape));
    const Array<double> a = numbers(a_shape, 0), b = numbers(b_shape, 1);
    const auto counts = [&, &out = out](const Shape& shape, double sign) {
      Array<double> count = zeros<double>(shape);
      for (std::size_t i = 0; i < size_of(out); ++i) count.data()[origin(i, out, shape)] += sign;
      return count;
    };
    const auto [sum_a, sum_b] = grad([](const auto& x, const auto& y) { return sum(x + y); })(a, b);
    EXPECT_TRUE(close(sum_a, counts(a_shape, 1)));
    EXPECT_TRUE(close(sum_b, counts(b_shape, 1)));
    const auto [minuend, subtrahend] = grad([](const auto& x, const auto& y) { return sum(x - y); })(a, b);
    EXPECT_TRUE(close(minuend, counts(a_shape, 1)));
    EXPECT_TRUE(close(subtrahend, counts(b_shape, -1)));
    const auto mapped = [](const auto& x, const auto& y) {
      return sum(map([](auto u, auto v) { return u - v; }, x, y));
    };
    const auto [map_a, map_b] = grad(mapped)(a, b);
    EXPECT_TRUE(close(map_a, counts(a_shape, 1)));
    EXPECT_TRUE(close(map_b, counts(b_shape, -1)));
  }
}

// One variable on both sides, and one that is used again after g was handed on.
TEST(UnBroadcasting, OfOneVariableOnBothSides) {
  const xt::xarray<double> at{1, 2, 3};
  EXPECT_TRUE(close(grad([](const auto& x) { return sum(x + x); })(at), {2, 2, 2}));
  EXPECT_TRUE(close(grad([](const auto& x) { return sum(x - x); })(at), {0, 0, 0}));
  EXPECT_TRUE(close(grad([](const auto& x) {
                      const auto y = x + square(x);
                      return sum((y - x) * y) + sum(y + y);
                    })(at),
                    {2 * 1 * 2 + 1 * 3 + 2 * 3., 2 * 2 * 6 + 4 * 5 + 2 * 5., 2 * 3 * 12 + 9 * 7 + 2 * 7.}));
}

}  // namespace
}  // namespace xtape

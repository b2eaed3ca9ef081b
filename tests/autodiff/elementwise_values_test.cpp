// Every element-wise op against its reference: ordinary numbers, extremes, NaN and infinity, and every place in an
// array.

#include "tests/autodiff/ops/elementwise.hpp"
#include "tests/sanitized.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace xtape::tests {

const std::vector<ElementwiseCase>& elementwise_cases() {
  static const std::vector<ElementwiseCase> cases = cases_of(ElementwiseOps{});
  return cases;
}

namespace {

class ElementwiseValues : public testing::TestWithParam<ElementwiseCase> {};

std::string name_of(const testing::TestParamInfo<ElementwiseCase>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Ops, ElementwiseValues, testing::ValuesIn(elementwise_cases()), name_of);

template <class T>
T evaluate(const detail::ErasedFunction<T>& f, const std::vector<T>& x) {
  std::vector<Var<T>> operands;
  for (const T value : x) operands.emplace_back(value);
  return f(operands).item();
}

template <class T>
bool any_nan(const std::vector<T>& numbers) {
  return std::any_of(numbers.begin(), numbers.end(), [](T x) { return std::isnan(x); });
}

// float32 is held against the long double result of its own arguments. Zeros have the reference's sign. Of an op
// without a reference: NaN comes from NaN.
template <class T>
void check_values(const ElementwiseCase& op, const detail::ErasedFunction<T>& f, const std::vector<Array<T>>& in) {
  const Array<T> y = f(std::vector<Var<T>>(in.begin(), in.end())).value();
  for (std::size_t i = 0; i < y.size(); ++i) {
    std::vector<long double> numbers;
    for (const Array<T>& operand : in) numbers.push_back(operand.data()[i]);
    if (op.reference == nullptr) {
      ASSERT_TRUE(std::isnan(y.data()[i]) || !any_nan(numbers)) << op.name << " of NaN: got " << y.data()[i];
      continue;
    }
    const long double exact = op.reference(numbers);
    ASSERT_LE(ulps(y.data()[i], exact, op.terms == nullptr ? 0 : op.terms(numbers)), op.allowed<T>(exact))
        << op.name << " of " << numbers[0] << ", " << numbers.back() << ": got " << y.data()[i];
    if (T(exact) == 0 && y.data()[i] == 0) {
      ASSERT_EQ(std::signbit(y.data()[i]), std::signbit(exact))
          << op.name << " of " << numbers[0] << ", " << numbers.back();
    }
  }
}

constexpr std::size_t kDrawn = 20000, kCount = kSanitized ? kDrawn / 4 : kDrawn;

template <class T>
void check_all_exponents(const ElementwiseCase& op, const detail::ErasedFunction<T>& f) {
  Random rng(7);
  std::vector<Array<T>> x, moderate;
  for (std::size_t k = 0; k < op.arity; ++k) {
    x.push_back(first_of(draw_all_exponents<T>(kDrawn, rng), kCount));
    moderate.emplace_back(first_of(draw({kDrawn}, {-80, 80}, rng), kCount));
  }
  check_values<T>(op, f, x);
  check_values<T>(op, f, moderate);
}

TEST_P(ElementwiseValues, AgreeWithTheReferenceAtAllExponents) {
  check_all_exponents<double>(GetParam(), GetParam().function.f64);
  check_all_exponents<float>(GetParam(), GetParam().function.f32);
}

// Where expm1, log1p, sin, tanh and log lose all digits if they are computed as they are written.
TEST_P(ElementwiseValues, AgreeWithTheReferenceNearZeroAndNearOne) {
  Random rng(17);
  std::vector<Array<double>> small, near_one;
  for (std::size_t k = 0; k < GetParam().arity; ++k) {
    Array<double> x = first_of(draw({kDrawn}, {-30, 0}, rng), kCount);
    for (std::size_t i = 0; i < kCount; ++i) x.data()[i] = (i % 2 == 0 ? 1 : -1) * std::pow(10, x.data()[i]);
    small.push_back(x);
    for (double& value : x) value += 1;
    near_one.push_back(x);
  }
  for (const auto& x : {small, near_one}) {
    check_values<double>(GetParam(), GetParam().function.f64, x);
    check_values<float>(GetParam(), GetParam().function.f32, {x.begin(), x.end()});
  }
}

// All tuples of special values of a number of operands.
template <class T>
std::vector<std::vector<T>> specials(std::size_t arity) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  const std::vector<T> values{std::numeric_limits<T>::quiet_NaN(),
                              kInfinity,
                              -kInfinity,
                              T(0),
                              T(-0.0),
                              T(1),
                              T(-1),
                              T(0.5),
                              T(-2),
                              T(1e4),
                              T(-1e4)};
  std::vector<std::vector<T>> tuples{{}};
  for (std::size_t k = 0; k < arity; ++k) {
    std::vector<std::vector<T>> longer;
    for (const auto& tuple : tuples) {
      for (const T value : values) {
        longer.push_back(tuple);
        longer.back().push_back(value);
      }
    }
    tuples = longer;
  }
  return tuples;
}

template <class T>
void check_specials(const ElementwiseCase& op, const detail::ErasedFunction<T>& f) {
  for (const std::vector<T>& x : specials<T>(op.arity)) {
    const std::vector<long double> numbers(x.begin(), x.end());
    if (op.reference == nullptr) {
      EXPECT_TRUE(std::isnan(evaluate(f, x)) || !any_nan(numbers)) << op.name << " of NaN: got " << evaluate(f, x);
      continue;
    }
    const long double expected = op.reference(numbers);
    EXPECT_LE(ulps(evaluate(f, x), expected, op.terms == nullptr ? 0 : op.terms(numbers)), op.allowed<T>(expected))
        << op.name << " of " << x[0] << ", " << x.back() << ": got " << evaluate(f, x) << ", expected " << T(expected);
  }
}

TEST_P(ElementwiseValues, AreRightAtZeroExtremesInfinityAndNan) {
  check_specials<double>(GetParam(), GetParam().function.f64);
  check_specials<float>(GetParam(), GetParam().function.f32);
}

template <class T>
bool same_bits(T a, T b) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

// Arrays of 1 to 70 elements that begin at every offset: each element must come out as in the longest array.
template <class T>
void check_places(const ElementwiseCase& op, const detail::ErasedFunction<T>& f) {
  constexpr std::size_t kLength = 70;
  Random rng(11);
  std::vector<Array<T>> x;
  for (std::size_t k = 0; k < op.arity; ++k) {
    x.push_back(draw_all_exponents<T>(kLength, rng));
    const Array<T> moderate(draw({kLength}, kAny, rng));
    for (std::size_t i = 0; i < kLength; ++i) {
      if ((i + k) % 3 != 0) x[k](i) = moderate(i);
    }
  }
  const Array<T> whole = f(std::vector<Var<T>>(x.begin(), x.end())).value();
  for (std::size_t length = 1; length < kLength; ++length) {
    for (std::size_t offset = 0; offset + length <= kLength; offset += 1 + length / 4) {
      std::vector<Var<T>> part;
      for (const Array<T>& operand : x) {
        Array<T> some = empty<T>({length});
        std::copy_n(operand.data() + offset, length, some.data());
        part.emplace_back(std::move(some));
      }
      const Array<T> y = f(part).value();
      for (std::size_t i = 0; i < length; ++i) {
        ASSERT_TRUE(same_bits(y.data()[i], whole.data()[offset + i]))
            << op.name << ": element " << offset + i << " as number " << i << " of " << length;
      }
    }
  }
}

TEST_P(ElementwiseValues, DoNotDependOnThePlaceInTheArray) {
  check_places<double>(GetParam(), GetParam().function.f64);
  check_places<float>(GetParam(), GetParam().function.f32);
}

// An operand that stands still, or moves along another dimension, takes another path through the loop.
TEST_P(ElementwiseValues, DoNotDependOnBroadcasting) {
  const ElementwiseCase& op = GetParam();
  Random rng(13);
  const std::vector<Shape> shapes{{3, 1, 19}, {2, 1}, {}};
  std::vector<Var<double>> x, spread;
  for (std::size_t k = 0; k < op.arity; ++k) {
    x.emplace_back(draw(shapes[k], {-50, 50}, rng));
    spread.push_back(broadcast_to(x[k], {3, 2, 19}));
  }
  const Array<double> expected = op.function.f64(spread).value(), narrow = op.function.f64(x).value();
  const Var<double> y = broadcast_to(Var<double>(narrow), {3, 2, 19});
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(same_bits(expected.data()[i], y.value().data()[i])) << op.name << " at " << i;
  }
}

TEST_P(ElementwiseValues, OfNothingAreNothing) {
  const ElementwiseCase& op = GetParam();
  const std::vector<Shape> first{{0}, {0, 3}, {3, 0}, {2, 0, 1}, {0, 1}}, second{{1}, {3}, {1, 1}, {}, {1, 4}},
      result{{0}, {0, 3}, {3, 0}, {2, 0, 1}, {0, 4}};
  for (std::size_t s = 0; s < first.size(); ++s) {
    std::vector<Var<double>> x{zeros<double>(first[s]), zeros<double>(second[s]), zeros<double>(second[s])};
    x.resize(op.arity);
    const Shape& expected = op.arity == 1 ? first[s] : result[s];
    EXPECT_EQ(op.function.f64(x).shape(), expected) << op.name;
  }
}

}  // namespace
}  // namespace xtape::tests

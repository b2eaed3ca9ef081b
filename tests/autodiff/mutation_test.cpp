// A test of the test: check_gradient must refuse every deliberately wrong derivative, naming the argument and the
// entry, and accept the right one beside it.

#include "tests/autodiff/ops/mutants.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace xtape::tests {
namespace {

using Erased = detail::ErasedFunction<double>;

struct Mutant {
  std::string name;
  Erased right, wrong;
  std::vector<Shape> shapes;
  std::string what, argument, entry = "";  // that the message must tell; an empty entry: any
};

void PrintTo(const Mutant& mutant, std::ostream* to) {
  *to << mutant.name;
}

template <std::size_t N, class Op>
Erased elementwise(const Op&) {
  return erased<double, N>([](const auto&... x) { return apply<Op>(x...); });
}

template <std::size_t N, class Op>
Erased structural(const Op&) {
  return erased<double, N>([](const auto&... x) { return xtape::apply(Op{}, x...); });
}

const char* const kFirst = "the derivative of";
const char* const kSecond = "the second derivative (along a random tangent) of";
const char* const kArgument0 = "argument 0";
const char* const kArgument1 = "argument 1";

template <template <Mistake> class Op, std::size_t N, Mistake mistake>
Mutant elementwise_mutant(const char* name, const std::vector<Shape>& shapes, const char* what, const char* argument) {
  return {name, elementwise<N>(Op<Mistake::kNone>{}), elementwise<N>(Op<mistake>{}), shapes, what, argument};
}

template <template <bool> class Op, std::size_t N>
Mutant structural_mutant(const char* name, const std::vector<Shape>& shapes, const char* argument,
                         const char* entry = "") {
  return {name, structural<N>(Op<false>{}), structural<N>(Op<true>{}), shapes, kFirst, argument, entry};
}

std::vector<Mutant> elementwise_mutants() {
  const std::vector<Shape> one{{3, 4}}, two{{3, 4}, {4}};
  return {
      elementwise_mutant<Quotient, 2, Mistake::kSign>("Sign", two, kFirst, kArgument1),
      elementwise_mutant<CoshLike, 1, Mistake::kSign>("SignOfAHyperbolicFunction", one, kFirst, kArgument0),
      elementwise_mutant<LogAddExpLike, 2, Mistake::kSwappedArguments>("SwappedShares", two, kFirst, kArgument0),
      elementwise_mutant<Cube, 1, Mistake::kFactor>("Factor", one, kFirst, kArgument0),
      elementwise_mutant<Product, 2, Mistake::kSwappedArguments>("SwappedArguments", two, kFirst, kArgument0),
      elementwise_mutant<XSinX, 1, Mistake::kForgottenTerm>("ForgottenTermOfAProductRule", one, kFirst, kArgument0),
      elementwise_mutant<Product, 2, Mistake::kForgottenCotangent>("ForgottenCotangent", two, kFirst, kArgument0),
      elementwise_mutant<Product, 2, Mistake::kForgottenArgument>("ForgottenArgument", two, kFirst, kArgument1),
      elementwise_mutant<TanhLike, 1, Mistake::kInputForOutput>("InputInsteadOfOutput", one, kFirst, kArgument0),
      elementwise_mutant<LogLike, 1, Mistake::kOutputForInput>("OutputInsteadOfInput", one, kFirst, kArgument0),
      elementwise_mutant<Larger, 2, Mistake::kOtherBranch>("TheSmallerOne", {{3, 4}, {3, 4}}, kFirst, kArgument0),
      elementwise_mutant<Cube, 1, Mistake::kDetached>("DetachedSecondOrder", one, kSecond, kArgument0),
      // Only the mixed second derivative is lost.
      elementwise_mutant<Product, 2, Mistake::kDetachedInOneFactor>("DetachedInOneFactor", two, kSecond, kArgument0),
  };
}

std::vector<Mutant> structural_mutants() {
  using M = MatmulMistake;
  using E = EntryMistake;
  const std::vector<Shape> square{{3, 3}, {3, 3}}, table{{4, 5}};
  const Erased matmul_right = structural<2>(SquareMatmul<M::kNone>{});
  const Erased square_right = structural<1>(SquareButOne<E::kNone>{});
  return {
      structural_mutant<ScaleColumns, 2>("MissingUnbroadcast", {{3, 4}, {4}}, kArgument1),
      structural_mutant<RowSums, 1>("WrongAxis", {{3, 3}}, kArgument0),
      structural_mutant<ColumnMeans, 1>("WrongCountInMean", {{2, 3}}, kArgument0),
      structural_mutant<MiddleSlice, 1>("OffByOneSlice", {{5}}, kArgument0),
      structural_mutant<RunningSum, 1>("SummedTheSameWay", {{5}}, kArgument0),
      structural_mutant<Ordered, 1>("OrderedInsteadOfBack", {{5}}, kArgument0),
      structural_mutant<MainDiagonal, 1>("OffByOneDiagonal", {{3, 3}}, kArgument0),
      structural_mutant<SecondReplaced, 2>("GradientOfWhatWasReplaced", {{4}, {}}, kArgument0, "(1,)"),
      structural_mutant<TurnAxes, 1>("WrongPermutation", {{2, 2, 2}}, kArgument0),
      structural_mutant<TakeTwice, 1>("OneOfTwoGradientsLost", {{3}}, kArgument0, "(2,)"),
      structural_mutant<StridedConvolution, 2>("ReversedKernel", {{2, 1, 5}, {2, 1, 3}}, kArgument0),
      structural_mutant<RowSoftmax, 1>("ForgottenSharedTerm", {{2, 3}}, kArgument0),
      structural_mutant<ShiftedInverse, 1>("ForgottenTransposes", {{2, 2}}, kArgument0),
      {"TransposedOperand", matmul_right, structural<2>(SquareMatmul<M::kTransposedOperand>{}), square, kFirst,
       kArgument0},
      {"DetachedOperand", matmul_right, structural<2>(SquareMatmul<M::kDetachedOperand>{}), square, kSecond,
       kArgument1},
      {"OneEntryByOnePercent", square_right, structural<1>(SquareButOne<E::kSlope>{}), table, kFirst, kArgument0,
       "(2, 3)"},
      {"OneEntryIsNan", square_right, structural<1>(SquareButOne<E::kNan>{}), table, kFirst, kArgument0, "(2, 3)"},
      {"OneEntryAtSecondOrder", square_right, structural<1>(SquareButOne<E::kCurvature>{}), table, kSecond, kArgument0,
       "(2, 3)"},
  };
}

// Positive, different from each other, away from 1 (where ln x is 0), and not symmetric.
std::vector<Array<double>> arguments(const Mutant& mutant) {
  Random rng(31);
  std::vector<Array<double>> x;
  for (const Shape& shape : mutant.shapes) {
    x.push_back(draw_distinct(shape, rng));
    for (double& value : x.back()) value = 2.6 + 0.6 * value + 0.01 * double(x.size());
  }
  return x;
}

class Mutation : public testing::TestWithParam<Mutant> {};

std::string name_of(const testing::TestParamInfo<Mutant>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(OfElementwiseOps, Mutation, testing::ValuesIn(elementwise_mutants()), name_of);
INSTANTIATE_TEST_SUITE_P(OfStructuralOps, Mutation, testing::ValuesIn(structural_mutants()), name_of);

TEST_P(Mutation, IsRefusedForEverySeedAndItsRightTwinAccepted) {
  const Mutant& mutant = GetParam();
  const std::vector<Array<double>> x = arguments(mutant);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const GradientCheckOptions options{.seed = seed};
    const GradientReport right = detail::check_gradient(mutant.right, {}, x, options);
    EXPECT_TRUE(right.ok()) << right.message;
    const GradientReport wrong = detail::check_gradient(mutant.wrong, {}, x, options);
    ASSERT_FALSE(wrong.ok()) << "seed " << seed;
    for (const std::string& part : {std::string("[check_gradient]"), mutant.what, mutant.argument,
                                    "entry " + mutant.entry, std::string("expected")}) {
      EXPECT_NE(wrong.message.find(part), std::string::npos) << part << " is not in: " << wrong.message;
    }
  }
}

// What is only wrong at second order passes a check of the first one.
TEST_P(Mutation, OfTheSecondOrderIsNotSeenAtFirstOrder) {
  const Mutant& mutant = GetParam();
  const GradientReport report = detail::check_gradient(mutant.wrong, {}, arguments(mutant), {.order = 1});
  EXPECT_EQ(report.ok(), mutant.what == kSecond) << report.message;
}

// Float32 gradients are held against float64 ones, not against differences.
TEST(MutationOfFloat32, IsRefused) {
  const std::vector<Array<double>> x{Array<double>{0.5, 1.5, 2.5}};
  const Erased right = elementwise<1>(Cube<Mistake::kNone>{});
  const auto right32 = erased<float, 1>([](const auto& v) { return apply<Cube<Mistake::kNone>>(v); });
  const auto wrong32 = erased<float, 1>([](const auto& v) { return 1.001 * apply<Cube<Mistake::kNone>>(v); });
  EXPECT_TRUE(detail::check_gradient(right, right32, x, {}).ok());
  const GradientReport report = detail::check_gradient(right, wrong32, x, {});
  EXPECT_NE(report.message.find("the float32 derivative of argument 0 at entry"), std::string::npos) << report.message;
}

}  // namespace
}  // namespace xtape::tests

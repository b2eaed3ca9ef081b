// What holds for every structural op: values against plain loops in both precisions, and derivatives to second order.
// The ops stand in structural_<family>_test.cpp.

#include "tests/autodiff/ops/structural_ops.hpp"

#include <gtest/gtest.h>

namespace xtape::tests {
namespace {

// A case must use the op that it is listed for.
bool records(const StructuralCase& use, const std::string& name) {
  Tape<double> tape;
  std::vector<Var<double>> x;
  for (const Shape& shape : use.shapes) x.push_back(tape.watch(ones<double>(shape)));
  static_cast<void>(use.function.f64(x));
  for (NodeIndex i = 0; i < tape.record()->size(); ++i) {
    if (tape.record()->node(i).name() == name) return true;
  }
  return false;
}

TEST_P(StructuralOpTest, IsWhatItsCasesUse) {
  EXPECT_FALSE(GetParam().cases().empty());
  for (const StructuralCase& use : GetParam().cases()) EXPECT_TRUE(records(use, GetParam().name)) << use.title;
}

template <class T>
void expect_values(const StructuralCase& use, const detail::ErasedFunction<T>& f, const Arrays& drawn,
                   double tolerance) {
  Arrays x;  // both see the same numbers
  for (const Array<double>& array : drawn) x.emplace_back(Array<T>(array));
  const Array<T> got = f(constants<T>(x)).value();
  const Array<double> expected = use.reference(x);
  ASSERT_EQ(shape_of(got), shape_of(expected)) << use.title << " of shapes " << shapes_to_string(x);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double a = double(got.data()[i]), b = expected.data()[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    ASSERT_LE(std::abs(a - b), use.moves_only ? 0.0 : tolerance * (1 + std::abs(b)))
        << use.title << " of shapes " << shapes_to_string(x) << " at element " << i << ": " << a << ", expected " << b;
  }
}

TEST_P(StructuralOpTest, AgreesWithPlainLoops) {
  Random rng(21);
  for (const StructuralCase& use : GetParam().cases()) {
    const Arrays x = use.draw_arguments(rng);
    expect_values<double>(use, use.function.f64, x, 1e-14);
    expect_values<float>(use, use.function.f32, x, 2e-6);
  }
}

TEST_P(StructuralOpTest, HasRightDerivativesToSecondOrderAndInFloat32) {
  Random rng(23);
  for (const StructuralCase& use : GetParam().cases()) {
    const Arrays x = use.draw_arguments(rng);
    const GradientReport report = detail::check_gradient(use.function.f64, use.function.f32, x, {});
    EXPECT_TRUE(report.ok()) << use.title << " of shapes " << shapes_to_string(x) << ": " << report.message;
  }
}

// With the others constant, when what only their derivatives read is not kept.
TEST_P(StructuralOpTest, HasTheSameGradientInEachArgumentAlone) {
  Random rng(24);
  for (const StructuralCase& use : GetParam().cases()) {
    const Arrays x = use.draw_arguments(rng);
    const std::vector<Array<double>> all = gradients<double>(use.function.f64, x);
    for (std::size_t k = 0; k < x.size(); ++k) {
      Tape<double> tape;
      std::vector<Var<double>> arguments = constants<double>(x);
      arguments[k] = tape.watch(x[k]);
      const Var<double> y = use.function.f64(arguments);
      const Array<double> one = ones<double>(y.shape());
      const std::vector<Var<double>> alone{arguments[k]};
      const Array<double> recorded = recorded_gradients<double>(*tape.record(), y, Var<double>(one), alone)[0].value();
      const Array<double> fused = tape.gradient(std::vector<Var<double>>{y}, alone, {one}, {.allow_unused = true})[0];
      for (std::size_t i = 0; i < x[k].size(); ++i) {
        const double tolerance = 1e-13 * (1 + std::abs(all[k].data()[i]));
        ASSERT_NEAR(fused.data()[i], all[k].data()[i], tolerance) << use.title << ", argument " << k;
        ASSERT_NEAR(recorded.data()[i], all[k].data()[i], tolerance) << use.title << ", argument " << k;
      }
    }
  }
}

// Also of empty arrays: gradients of the arguments' shapes, and zero for what was not used.
TEST_P(StructuralOpTest, HasTheSameGradientsFusedAndRecorded) {
  Random rng(25);
  for (const StructuralCase& use : GetParam().cases()) {
    const Arrays x = use.draw_arguments(rng);
    const auto fused = gradients<double>(use.function.f64, x), recorded = recorded_gradients_of(use.function.f64, x);
    for (std::size_t k = 0; k < x.size(); ++k) {
      ASSERT_EQ(shape_of(fused[k]), shape_of(x[k])) << use.title;
      ASSERT_EQ(shape_of(recorded[k]), shape_of(x[k])) << use.title;
      for (std::size_t i = 0; i < x[k].size(); ++i) {
        ASSERT_NEAR(fused[k].data()[i], recorded[k].data()[i], 1e-13 * (1 + std::abs(fused[k].data()[i]))) << use.title;
      }
    }
  }
}

}  // namespace
}  // namespace xtape::tests

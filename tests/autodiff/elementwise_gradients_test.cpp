// The derivatives of every element-wise op to second order, over ranks, broadcasting and repeated operands.

#include "tests/autodiff/ops/elementwise_case.hpp"
#include "tests/sanitized.hpp"

#include <gtest/gtest.h>

namespace xtape::tests {
namespace {

class ElementwiseGradients : public testing::TestWithParam<ElementwiseCase> {};

std::string name_of(const testing::TestParamInfo<ElementwiseCase>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Ops, ElementwiseGradients, testing::ValuesIn(elementwise_cases()), name_of);

// Shapes that broadcast with one another: ranks 0 to 4, axes of extent 1, rows longer than a SIMD register.
const std::vector<std::vector<Shape>>& families() {
  static const std::vector<std::vector<Shape>> shapes{
      {{}, {1}, {1, 1}, {5}},
      {{2, 3}, {3}, {2, 1}, {1, 3}, {1, 1}, {}},
      {{2, 1, 4}, {3, 1}, {1, 3, 4}, {2, 3, 1}, {4}},
      {{1, 2, 1, 3}, {2, 1, 2, 1}, {2, 2, 2, 3}, {2, 3}, {}},
      {{3, 19}, {19}, {3, 1}, {1}},
  };
  return shapes;
}

// Calls test(shapes) for each choice of one shape an operand from each family; of three, for one in seven under a
// sanitizer, since betainc's density takes long there.
template <class Test>
void over_shapes(std::size_t arity, const Test& test) {
  for (const std::vector<Shape>& family : families()) {
    std::vector<std::size_t> choice(arity, 0);
    std::size_t count = 0;
    for (bool more = true; more;) {
      std::vector<Shape> shapes;
      for (const std::size_t c : choice) shapes.push_back(family[c]);
      if (!kSanitized || arity < 3 || count++ % 7 == 0) test(shapes);
      more = false;
      for (std::size_t& c : choice) {  // like an odometer
        if (more = ++c < family.size(); more) break;
        c = 0;
      }
    }
  }
}

// What the operation must look like in a function: its result must vary with a random weight, so that a gradient that
// is right only in sum does not pass; check_gradient's cotangent does that.
void expect_right(const Function& f, const std::vector<Array<double>>& x, const std::string& what) {
  const GradientReport report = detail::check_gradient(f.f64, f.f32, x, {});
  EXPECT_TRUE(report.ok()) << what << " of shapes " << shapes_to_string(x) << ": " << report.message;
}

TEST_P(ElementwiseGradients, AreRightToSecondOrderAndInFloat32) {
  const ElementwiseCase& op = GetParam();
  Random rng(3);
  over_shapes(op.arity, [&](const std::vector<Shape>& shapes) {
    expect_right(op.function, op.draw_arguments(shapes, rng), op.name);
  });
}

// With the other operands constant the fused sweep takes another path.
TEST_P(ElementwiseGradients, AreRightForOneOperandAlone) {
  const ElementwiseCase& op = GetParam();
  Random rng(5);
  over_shapes(op.arity, [&](const std::vector<Shape>& shapes) {
    const std::vector<Array<double>> x = op.draw_arguments(shapes, rng);
    for (std::size_t k = 0; k < op.arity; ++k) {
      const auto fixed = [&x, k](const auto& f, auto zero) {
        using T = decltype(zero);
        return [&x, &f, k](std::span<const Var<T>> free) {
          std::vector<Var<T>> all = constants<T>(x);
          all[k] = free[0];
          return f(all);
        };
      };
      const Function alone{fixed(op.function.f64, 0.0), fixed(op.function.f32, 0.0f)};
      expect_right(alone, {x[k]}, op.name + " in operand " + std::to_string(k));
    }
  });
}

TEST_P(ElementwiseGradients, AddUpForAVariableInEveryPlace) {
  const ElementwiseCase& op = GetParam();
  Random rng(9);
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 19}}) {
    // Inside the domain of all operands.
    Interval common = op.domain[0];
    for (const Interval& domain : op.domain) {
      common = {std::max(common.low, domain.low), std::min(common.high, domain.high)};
    }
    const auto all = [&op](const auto& f, auto zero) {
      using T = decltype(zero);
      // Times x², as x / x and x · x / (x² + x²) are constant: nothing to measure an error against.
      return [&f, &op](std::span<const Var<T>> x) { return x[0] * x[0] * f(std::vector<Var<T>>(op.arity, x[0])); };
    };
    const Function same{all(op.function.f64, 0.0), all(op.function.f32, 0.0f)};
    const Array<double> x = op.kinks ? draw_off_kinks(shape, common, 0, 1, rng) : draw(shape, common, rng);
    expect_right(same, {x}, op.name + "(x, x)");
  }
}

// Two sweeps, one text: the fused one on SIMD registers and the recorded one on variables.
TEST_P(ElementwiseGradients, AreTheSameFusedAndRecorded) {
  const ElementwiseCase& op = GetParam();
  Random rng(15);
  const std::vector<Shape> shapes{{3, 21}, {3, 1}, {21}};
  const std::vector<Array<double>> x = op.draw_arguments({shapes.begin(), shapes.begin() + long(op.arity)}, rng);
  const auto fused = gradients<double>(op.function.f64, x),
             recorded = recorded_gradients_of<double>(op.function.f64, x);
  for (std::size_t k = 0; k < op.arity; ++k) {
    ASSERT_EQ(shape_of(fused[k]), shape_of(x[k])) << op.name;
    ASSERT_EQ(shape_of(recorded[k]), shape_of(x[k])) << op.name;
    for (std::size_t i = 0; i < x[k].size(); ++i) {
      EXPECT_NEAR(fused[k].data()[i], recorded[k].data()[i], 1e-13 * (1 + std::abs(fused[k].data()[i]))) << op.name;
    }
  }
}

TEST_P(ElementwiseGradients, OfNothingAreNothingAndOfWhatWasBroadcastToNothingAreZero) {
  const ElementwiseCase& op = GetParam();
  const std::vector<Shape> first{{0}, {0, 3}, {3, 0}, {2, 0, 1}}, other{{1}, {3}, {3, 1}, {}};
  for (std::size_t s = 0; s < first.size(); ++s) {
    std::vector<Array<double>> x{zeros<double>(first[s]), ones<double>(other[s]), ones<double>(other[s])};
    x.resize(op.arity);
    for (const auto& found :
         {gradients<double>(op.function.f64, x), recorded_gradients_of<double>(op.function.f64, x)}) {
      for (std::size_t k = 0; k < op.arity; ++k) {
        ASSERT_EQ(shape_of(found[k]), shape_of(x[k])) << op.name;
        for (const double g : found[k]) EXPECT_EQ(g, 0) << op.name;
      }
    }
  }
}

}  // namespace
}  // namespace xtape::tests

#pragma once
// What holds for every op inside of vmap and of jvp.

#include "autodiff/transforms/jacobian.hpp"
#include "autodiff/transforms/vmap.hpp"
#include "tests/autodiff/ops/functions.hpp"
#include "tests/testing.hpp"

namespace xtape::tests {

using Points = std::vector<Array<double>>;

// As close() with NaN alike, and infinities.
inline testing::AssertionResult alike(Array<double> got, Array<double> expected, double tolerance) {
  for (Array<double>* const array : {&got, &expected}) {
    for (double& number : *array)
      number = std::isnan(number) ? 1e300 : std::isinf(number) ? std::copysign(1e299, number) : number;
  }
  return close(got, expected, tolerance);
}

// f, and the gradient in each argument of what a fixed cotangent makes of it.
template <class F>
detail::VarList<double> value_and_gradients(const F& f, const detail::VarList<double>& x) {
  Tape<double> tape;
  detail::VarList<double> leaves;
  for (const Var<double>& each : x) leaves.push_back(tape.watch(each));
  const Var<double> y = f(leaves);
  Array<double> cotangent = empty<double>(y.shape());
  for (std::size_t i = 0; i < cotangent.size(); ++i) cotangent.data()[i] = 0.5 + double(i % 7) / 4;
  detail::VarList<double> result = recorded_gradients<double>(*tape.record(), y, Var<double>(cotangent), leaves);
  result.insert(result.begin(), y);
  for (Var<double>& each : result) each = each.constant();
  return result;
}

/// That f and its gradients are on a batch, of which some arguments are the same for all examples, what they are of
/// each example.
inline void expect_same_of_a_batch(const detail::ErasedFunction<double>& f, const std::vector<Points>& examples,
                                   const std::string& what, double tolerance) {
  const std::size_t arguments = examples[0].size();
  for (std::size_t alone = 0; alone <= (arguments > 1 ? arguments : 0); ++alone) {  // one batched, or all
    detail::VarList<double> parts;
    detail::PartShapes places;
    std::vector<OptionalAxis> axes;
    for (std::size_t k = 0; k < arguments; ++k) {
      const bool batched = alone == arguments || arguments == 1 || alone == k;
      std::vector<Var<double>> each;
      for (const Points& x : examples) each.emplace_back(x[k]);
      parts.push_back(batched ? stack(each) : each[0]);
      axes.push_back(batched ? OptionalAxis(0) : OptionalAxis());
      places.emplace_back("argument", parts.back().shape());
    }
    const detail::BatchOfExamples<double> batch(places, parts, axes, detail::Loops::kQuiet);
    const detail::VarList<double> got = batch.all(value_and_gradients(f, batch.examples()), {0});
    for (std::size_t i = 0; i < examples.size(); ++i) {
      detail::VarList<double> x;
      for (std::size_t k = 0; k < arguments; ++k) x.emplace_back(axes[k] ? examples[i][k] : examples[0][k]);
      const detail::VarList<double> expected = value_and_gradients(f, x);
      for (std::size_t k = 0; k < got.size(); ++k) {
        EXPECT_TRUE(alike(got[k][std::ptrdiff_t(i)].value(), expected[k].value(), tolerance))
            << what << ", " << (k == 0 ? "the value" : "gradient " + std::to_string(k - 1)) << " of example " << i
            << ", batched argument " << alone;
      }
    }
  }
}

/// That tangents worked out forwards are those that two sweeps backwards give, for f and for its gradients.
inline void expect_same_forwards(const detail::ErasedFunction<double>& f, const Points& x, const Points& v,
                                 const std::string& what, double tolerance) {
  const auto as_vars = [](const Points& arrays) { return detail::VarList<double>(arrays.begin(), arrays.end()); };
  const detail::Direction<double> direction("jvp", as_vars(x), as_vars(v));
  const auto compare = [&](const Var<double>& got, const auto& function, const std::string& of) {
    Tape<double> tape;
    detail::VarList<double> leaves;
    for (const Array<double>& each : x) leaves.push_back(tape.watch(each));
    const Var<double> y = function(leaves);
    const Array<double> expected =
        detail::recorded_tangents<double>(*tape.record(), {y}, leaves, as_vars(v))[0].value();
    EXPECT_TRUE(alike(direction.value_of(got).value(), y.value(), tolerance)) << what << ", " << of;
    EXPECT_TRUE(alike(direction.tangent_of(got).value(), expected, tolerance)) << what << ", the tangent of " << of;
  };
  compare(f(direction.variables()), f, "the value");
  const detail::VarList<double> all = value_and_gradients(f, direction.variables());
  for (std::size_t k = 0; k < x.size(); ++k) {
    const auto gradient = [&](const detail::VarList<double>& at) {
      Record<double>& record = *LiveTapes<double>::innermost();
      const Var<double> y = f(at);
      Array<double> cotangent = empty<double>(y.shape());
      for (std::size_t i = 0; i < cotangent.size(); ++i) cotangent.data()[i] = 0.5 + double(i % 7) / 4;
      return recorded_gradients<double>(record, y, Var<double>(cotangent), std::span<const Var<double>>(at))[k];
    };
    compare(all[1 + k], gradient, "gradient " + std::to_string(k));
  }
}

}  // namespace xtape::tests

// An operation of one's own: ln cosh x, a smooth |x|, in a form that does not overflow, and its slope, tanh x.
//
// One struct says value and derivative of one number. Arrays, broadcasting, SIMD, higher orders and check_gradient
// follow from it. Prints value and slope at 1000, which are 999.307 and 1, the second derivative at 0, which is 1, and
// what check_gradient says of this derivative and of one with a mistake.

#include <autodiff/autodiff.hpp>

#include <array>
#include <iostream>
#include <numbers>

using namespace xtape;

struct LogCosh : Operation<"log_cosh", kInput> {  // its derivative reads x, and not y
  static auto eval(const auto& x) { return abs(x) + log1p(exp(-2.0 * abs(x))) - std::numbers::ln2; }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * tanh(x)}; }
};

/// The same with a wrong derivative.
struct Mistaken : Operation<"mistaken", kInput> {
  static auto eval(const auto& x) { return LogCosh::eval(x); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * sigmoid(2.0 * x)}; }
};

int main() {
  const auto log_cosh = [](const auto& x) { return apply<LogCosh>(x); };
  const auto [value, slope] = value_and_grad(log_cosh)(1000.0);
  std::cout << "at 1000: " << value << ", slope " << slope << "\n";
  std::cout << "second derivative at 0: " << grad(grad(log_cosh))(0.0) << "\n";

  const xt::xarray<double> x{{-2, -0.3}, {0.1, 5}};
  const GradientReport right = check_gradient(log_cosh, x);
  const GradientReport wrong = check_gradient([](const auto& v) { return apply<Mistaken>(v); }, x);
  std::cout << "log_cosh: " << (right.ok() ? "right" : right.message) << "\n";
  std::cout << "mistaken: " << (wrong.ok() ? "right" : wrong.message) << "\n";
  return right.ok() && !wrong.ok() ? 0 : 1;
}

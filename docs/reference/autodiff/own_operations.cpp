#include "docs/reference/example.hpp"

// y = a b; da = g b, db = g a: each derivative reads the other operand.
struct Times : Operation<"times", operand(1), operand(0)> {
  static auto eval(const auto& a, const auto& b) { return a.v * b.v; }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    return std::array{g * b, g * a};
  }
};
EXAMPLE("Operation, operand, apply, ElementwiseOp") {
  static_assert(ElementwiseOp<Times, 2>);
  Tape<double> tape;
  const Var<double> a = tape.watch({1, 2}), y = apply<Times>(a, 5);
  std::cout << y;                                                      // [ 5. 10.]
  std::cout << tape.gradient(sum(y), a);                               // [5. 5.]
  std::cout << Times::name << " " << (Times::saves[0] == operand(1));  // times 1
}

// y = 1 / (1 + e⁻ˣ); dx = g y (1 - y).
struct Logistic : Operation<"logistic", kOutput> {
  static auto eval(const auto& x) { return 1.0 / (1.0 + xsimd::exp(-x.v)); }
  static auto vjp(const auto& g, const auto& y, const auto&) {
    return std::array{g * y * (1 - y)};
  }
};
EXAMPLE("kNothing, kOutput, kInput") {
  static_assert(Logistic::saves == kOutput && kNothing == 0 &&
                (operand(3) & kInput) != 0);
  std::cout << grad([](const auto& x) { return apply<Logistic>(x); })(0.0);  // 0.25
}

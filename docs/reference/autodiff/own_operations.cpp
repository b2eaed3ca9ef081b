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

// y = the trace of each matrix: the same op on stacks of them, and linear.
struct Traces : MatrixOperation<"traces"> {
  static constexpr Linearity linear = Linearity::kTogether;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return trace(Var<T>(x), 0, -2, -1).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const {
    return expand_dims(g, {-2, -1}) * eye<T>(x.shape().back());
  }
};
EXAMPLE("MatrixOperation, Linearity") {
  static_assert(MatrixOperation<"traces">::any_leading);
  const xt::xarray<double> a{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}};
  const auto f = [](const auto& matrix) { return apply(Traces{}, matrix); };
  std::cout << vmap(f)(a);            // [ 5. 13.]
  std::cout << jvp(f)(a, a).tangent;  // [ 5. 13.]
}

// y = x backwards along an axis; in a batch it is the next one.
struct Backwards : Operation<"backwards"> {
  std::size_t axis = 0;
  Backwards in_batch(BatchSize n) const {
    std::cout << n.size << " examples, " << (n.level > 0 ? "inside" : "") << " ";
    return {{}, axis + 1};
  }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return flip(Var<T>(x), std::ptrdiff_t(axis)).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return flip(g, std::ptrdiff_t(axis));
  }
};
EXAMPLE("BatchSize") {
  const auto f = [](const auto& x) { return apply(Backwards{}, x); };
  std::cout << vmap(f)(
      xt::xarray<double>{{1, 2}, {3, 4}});  // 2 examples, inside [[2. 1.] [4. 3.]]
}

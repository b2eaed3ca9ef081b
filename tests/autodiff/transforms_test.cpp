// grad, value_and_grad, vjp, jvp, jacobian, hessian and hvp: against closed forms, for every kind and number of
// arguments, and nested.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

const auto kRosenbrock = [](const auto& x) {
  const auto a = slice(x, {{{}, -1}}), b = slice(x, {{1, {}}});
  return sum(100.0 * square(b - square(a)) + square(1.0 - a));
};

TEST(Rosenbrock, HasItsClosedForms) {
  const Doubles x{-1.2, 1.0, 0.7, 0.3};
  Array<double> gradient = zeros<double>({4}), hessian_of = zeros<double>({4, 4});
  double value_expected = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double a = x(i), b = x(i + 1);
    value_expected += 100 * (b - a * a) * (b - a * a) + (1 - a) * (1 - a);
    gradient(i) += -400 * a * (b - a * a) - 2 * (1 - a);
    gradient(i + 1) += 200 * (b - a * a);
    hessian_of(i, i) += 1200 * a * a - 400 * b + 2;
    hessian_of(i + 1, i + 1) += 200;
    hessian_of(i, i + 1) = hessian_of(i + 1, i) = -400 * a;
  }
  const auto [value, slope] = value_and_grad(kRosenbrock)(x);
  EXPECT_NEAR(value, value_expected, 1e-10);
  EXPECT_TRUE(close(slope, gradient));
  EXPECT_TRUE(close(hessian(kRosenbrock)(x), hessian_of));
  EXPECT_TRUE(close(jacobian(grad(kRosenbrock))(x), hessian_of));
  const Doubles v{1, -2, 0.5, 3};
  const Array<double> product = hvp(kRosenbrock)(x, v);
  for (std::size_t i = 0; i < 4; ++i) {
    double expected = 0;
    for (std::size_t j = 0; j < 4; ++j) expected += hessian_of(i, j) * v(j);
    EXPECT_NEAR(product(i), expected, 1e-9);
  }
}

// f(x, y) = x' A y + |x|^2 |y|^2 / 2.
const Doubles kA{{1, 2, -1}, {0, 3, 2}};
const auto kForm = [](const auto& x, const auto& y) {
  return sum(matmul(x, kA) * y) + 0.5 * sum(square(x)) * sum(square(y));
};

TEST(SeveralArguments, HaveTheirClosedForms) {
  const Doubles x{0.5, -2}, y{1, 3, -1};
  const double xx = 4.25, yy = 11;
  const auto [value, slopes] = value_and_grad(kForm)(x, y);
  EXPECT_NEAR(value, 0.5 * (1 * 1 + 2 * 3 + 1) - 2 * (9 - 2) + 0.5 * xx * yy, 1e-12);
  EXPECT_TRUE(close(std::get<0>(slopes), {8 + 0.5 * yy, 7 - 2 * yy}));
  EXPECT_TRUE(close(std::get<1>(slopes), {0.5 + xx, 1 - 6 + 3 * xx, -0.5 - 4 - xx}));

  const auto second = hessian(kForm)(x, y);
  const auto &to_x = std::get<0>(second), &to_y = std::get<1>(second);
  EXPECT_TRUE(close(std::get<0>(to_x), Shape{2, 2}, {yy, 0, 0, yy}));
  std::vector<double> mixed, turned(6);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      mixed.push_back(kA(i, j) + 2 * x(i) * y(j));
      turned[j * 2 + i] = mixed.back();
    }
  }
  EXPECT_TRUE(close(std::get<1>(to_x), Shape{2, 3}, mixed));
  EXPECT_TRUE(close(std::get<0>(to_y), Shape{3, 2}, turned));
  EXPECT_TRUE(close(std::get<1>(to_y), Shape{3, 3}, {xx, 0, 0, 0, xx, 0, 0, 0, xx}));

  const Doubles v{1, 0}, w{0, 0, 2};
  const auto product = hvp(kForm)(x, y, v, w);
  EXPECT_TRUE(close(std::get<0>(product), {yy + 2 * mixed[2], 2 * mixed[5]}));
  EXPECT_TRUE(close(std::get<1>(product), {mixed[0], mixed[1], mixed[2] + 2 * xx}));
}

TEST(SeveralArguments, InJacobiansAndTheirProducts) {
  const auto f = [](const auto& x, const auto& y) { return expand_dims(x, 1) * y; };
  const Doubles x{2, 3}, y{5, 7, 11};
  const auto [dx, dy] = jacobian(f)(x, y);
  ASSERT_EQ(shape_of(dx), (Shape{2, 3, 2}));
  ASSERT_EQ(shape_of(dy), (Shape{2, 3, 3}));
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 2; ++k) EXPECT_EQ(dx(i, j, k), i == k ? y(j) : 0);
      for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(dy(i, j, k), j == k ? x(i) : 0);
    }
  }
  const auto [value, tangent] = jvp(f)(x, y, Doubles{1, 0}, Doubles{0, 1, 0});
  EXPECT_TRUE(close(value, Shape{2, 3}, {10, 14, 22, 15, 21, 33}));
  EXPECT_TRUE(close(tangent, Shape{2, 3}, {5, 7 + 2, 11, 0, 3, 0}));
  const auto [same, pullback] = vjp(f)(x, y);
  EXPECT_TRUE(close(same, value));
  for (int time = 0; time < 2; ++time) {  // as often as one likes
    const auto [px, py] = pullback(Doubles{{1, 0, 0}, {0, 0, 1}});
    EXPECT_TRUE(close(px, {5, 11}));
    EXPECT_TRUE(close(py, {2, 0, 3}));
  }
}

TEST(Arguments, OfEveryKind) {
  const auto f = [](const auto& x) { return sum(x * x * x); };
  const xt::xarray<double> plain{1, 2};
  const xt::xtensor<double, 1> fixed_rank{1, 2};
  const xt::xarray<double, xt::layout_type::column_major> columns{{1, 2}, {3, 4}};
  EXPECT_TRUE(close(grad(f)(plain), {3, 12}));
  EXPECT_TRUE(close(grad(f)(fixed_rank), {3, 12}));
  EXPECT_TRUE(close(grad(f)(columns), Shape{2, 2}, {3, 12, 27, 48}));
  EXPECT_TRUE(close(grad(f)(2.0 * plain - 1.0), {3, 27}));  // an expression
  EXPECT_TRUE(close(grad(f)(xt::xarray<int>{1, 2}), {3, 12}));
  const Array<float> coarse = grad(f)(xt::xarray<float>{1, 2});
  EXPECT_TRUE(close(coarse, {3, 12}));
  EXPECT_TRUE(close(grad(f)(Doubles::from_shape({0, 3})), Shape{0, 3}, std::vector<double>{}));
}

TEST(Arguments, Numbers) {
  const auto f = [](const auto& x) { return x * exp(x); };
  const double at = 0.5, e = std::exp(at);
  const auto [value, slope] = value_and_grad(f)(at);
  EXPECT_NEAR(value, at * e, 1e-15);
  EXPECT_TRUE(close(slope, Shape{}, {(1 + at) * e}));
  EXPECT_TRUE(close(hessian(f)(at), Shape{}, {(2 + at) * e}));
  EXPECT_TRUE(close(jacobian(f)(at), Shape{}, {(1 + at) * e}));
  EXPECT_TRUE(close(hvp(f)(at, 2.0), Shape{}, {2 * (2 + at) * e}));
  EXPECT_TRUE(close(jvp(f)(at, 2.0).tangent, Shape{}, {2 * (1 + at) * e}));
  EXPECT_TRUE(close(vjp(f)(at).pullback(3.0), Shape{}, {3 * (1 + at) * e}));
  EXPECT_TRUE(close(grad([](const auto& x) { return x * x; })(3), Shape{}, {6}));  // an integer counts as double
  const Array<float> coarse = grad(f)(0.5f);
  EXPECT_TRUE(close(coarse, Shape{}, {(1 + at) * e}, 1e-6));
  const auto mixed = grad([](const auto& x, const auto& c) { return sum(x) * c; })(Doubles{1, 2}, 4.0);
  EXPECT_TRUE(close(std::get<0>(mixed), {4, 4}));
  EXPECT_TRUE(close(std::get<1>(mixed), Shape{}, {3}));
}

TEST(Functions, ThatReturnMoreThanOneNumberAreRefused) {
  const auto f = [](const auto& x) { return x * x; };
  const Doubles x{1, 2};
  const auto refused = [](const auto& call, const char* name) {
    EXPECT_TRUE(has(message_of<ShapeError>(call), {name, "(2,)", "sum or mean"}));
  };
  refused([&] { grad(f)(x); }, "[grad]");
  refused([&] { value_and_grad(f)(x); }, "[grad]");
  refused([&] { grad(f)(Var<double>(x)); }, "[grad]");
  refused([&] { hessian(f)(x); }, "[hessian]");
  refused([&] { hvp(f)(x, x); }, "[hvp]");
  EXPECT_TRUE(close(grad(f)(full<double>({1, 1}, 3)), Shape{1, 1}, {6}));  // one element of any rank will do
}

TEST(Functions, DirectionsAndCotangentsMustFit) {
  const auto f = [](const auto& x) { return sum(x * x, 0); };
  const Doubles x{{1, 2}, {3, 4}}, wrong{1, 2, 3};
  EXPECT_TRUE(has(message_of<ShapeError>([&] { jvp(f)(x, wrong); }), {"[jvp]", "(2, 2)", "(3,)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { vjp(f)(x).pullback(wrong); }), {"[vjp]", "(2,)", "(3,)"}));
  const auto g = [](const auto& v) { return sum(v * v); };
  EXPECT_TRUE(has(message_of<ShapeError>([&] { hvp(g)(x, wrong); }), {"[hvp]", "(2, 2)", "(3,)"}));
}

template <class F>
void expect_constant(const F& f) {
  const Doubles x{1, 2}, v{3, 4};
  EXPECT_TRUE(close(grad(f)(x), {0, 0}));
  EXPECT_TRUE(close(grad(f)(Var<double>(x)).value(), {0, 0}));
  EXPECT_TRUE(close(hessian(f)(x), Shape{2, 2}, {0, 0, 0, 0}));
  EXPECT_TRUE(close(hvp(f)(x, v), {0, 0}));
  EXPECT_TRUE(close(jacobian(f)(x), Shape{2}, {0, 0}));
  EXPECT_TRUE(close(jvp(f)(x, v).tangent, Shape{}, {0}));
  EXPECT_TRUE(close(vjp(f)(x).pullback(2.0), {0, 0}));
}

TEST(Functions, ThatAreConstantHaveZeroDerivatives) {
  expect_constant([](const auto&) { return 5.0; });
  expect_constant([](const auto&) { return Var<double>(5.0); });
  expect_constant([](const auto& x) { return stop_gradient(sum(x)); });
  expect_constant([](const auto& x) { return sum(x > 1.5); });
  Tape<double> outer;
  Var<double> outside = outer.watch(1.0);
  for (int i = 0; i < 100; ++i) outside = outside * 1.0;  // far up on a tape of its own
  expect_constant([&](const auto&) { return stop_gradient(outside); });
  EXPECT_THROW(grad([&](const auto&) { return outside; })(Doubles{1, 2}), TapeError);  // its value would be lost
  const auto [dx, dy] = grad([](const auto& x, const auto&) { return sum(x * x); })(Doubles{1, 2}, Doubles{{3, 4}});
  EXPECT_TRUE(close(dx, {2, 4}));
  EXPECT_TRUE(close(dy, Shape{1, 2}, {0, 0}));
}

TEST(Functions, ThatAreLinearHaveAZeroHessian) {
  EXPECT_TRUE(close(hessian([](const auto& x) { return sum(3.0 * x); })(Doubles{1, 2}), Shape{2, 2}, {0, 0, 0, 0}));
}

TEST(Jacobian, OfEmptyArrays) {
  const auto f = [](const auto& x) { return x * x; };
  EXPECT_EQ(shape_of(jacobian(f)(Doubles::from_shape({0}))), (Shape{0, 0}));
  const auto g = [](const auto& x) { return slice(x, {{0, 0}}); };
  EXPECT_EQ(shape_of(jacobian(g)(Doubles{1, 2, 3})), (Shape{0, 3}));
}

TEST(Transforms, LeaveNoTapeBehind) {
  const Doubles x{1, 2};
  hessian(kRosenbrock)(x);
  EXPECT_THROW(grad([](const auto&) -> Var<double> { throw std::runtime_error("no"); })(x), std::runtime_error);
  EXPECT_EQ(LiveTapes<double>::innermost(), nullptr);
}

}  // namespace
}  // namespace xtape

// Parameters: operands like any other, shared, copied on write, one leaf a tape.

#include "tests/nn/modules_for_tests.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

using Doubles = xt::xarray<double>;

TEST(Parameter, PrintsItsValue) {
  std::ostringstream out;
  out << Parameter<float>(Array<float>{1, -0.5f});
  EXPECT_EQ(out.str(), "[ 1.  -0.5]");
}

TEST(Parameter, IsAnOperand) {
  const Parameter<double> mu(std::vector<double>{1, 2, 3});
  const Doubles x{4, 5, 6};
  Tape<double> tape;
  const std::vector<std::pair<Var<double>, std::vector<double>>> cases{
      {x - mu, {3, 3, 3}},
      {mu * 2, {2, 4, 6}},
      {mu + mu, {2, 4, 6}},
      {-mu, {-1, -2, -3}},
      {Var<double>(x) / mu, {4, 2.5, 2}},
      {square(mu), {1, 4, 9}},
      {slice(mu, {{1, {}}}), {2, 3}},
      {take(mu, 0), {1}},
      {sum(mu), {6}},
      {mean(mu, 0), {2}},
      {transpose(reshape(mu, {3, 1})), {1, 2, 3}},
      {maximum(mu, 2), {2, 2, 3}},
      {where(mu > 1, mu, 0), {0, 2, 3}},
      {concatenate({mu, mu}), {1, 2, 3, 1, 2, 3}},
      {matmul(mu, x), {32}},
      {map([](auto a, auto b) { return a * b; }, mu, x), {4, 10, 18}},
      {logsumexp(mu * 0.0), {std::log(3.0)}}};
  for (const auto& [got, elements] : cases) {
    ASSERT_EQ(got.size(), elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i) EXPECT_NEAR(got.value().data()[i], elements[i], 1e-12);
    EXPECT_NE(got.node(), kConstant);
  }
  EXPECT_TRUE(close(tape.gradient(sum(square(x - mu)), mu), {-6, -6, -6}));
  EXPECT_TRUE(close(grad([](const auto& v) { return sum(v * v); })(mu).value(), {2, 4, 6}));
}

TEST(Parameter, SetWantsTheSameShape) {
  const Parameter<double> p(Array<double>{1, 2});
  p.set(Array<double>{3, 4});
  EXPECT_TRUE(close(p.value(), {3, 4}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { p.set(Array<double>{1, 2, 3}); }), {"[Parameter]", "(2,)", "(3,)"}));
}

TEST(Parameter, IsStillGoodWhenMovedFrom) {
  Parameter<double> p(Array<double>{1, 2}), q(Array<double>(3.0));
  Parameter<double> moved = std::move(p);
  EXPECT_EQ(p.size(), 2u);
  EXPECT_EQ(p.key(), moved.key());
  moved.set(Array<double>{5, 6});
  EXPECT_TRUE(close(p.value(), {5, 6}));
  p = std::move(q);
  EXPECT_EQ(q.key(), p.key());
  EXPECT_EQ(q.value()(), 3);
}

TEST(Parameter, RefusesAnArrayThatWasMovedFrom) {
  Array<double> array{1, 2};
  const Parameter<double> p(std::move(array));
  const auto refused = [](const auto& f) { return has(message_of<TapeError>(f), {"moved from"}); };
  EXPECT_TRUE(refused([&] { Parameter<double> other(array); }));
  EXPECT_TRUE(refused([&] { p.set(array); }));
  EXPECT_TRUE(close(p.value(), {1, 2}));
  EXPECT_EQ(Parameter<double>().value()(), 0);
}

TEST(Parameter, IsChangedInPlaceIfNobodySeesIt) {
  const Parameter<double> p(Array<double>{1, 2}), same = p;
  const double* where = p.value().data();
  {
    Tape<double> tape;
    const Array<double> d = tape.gradient(sum(p.var() * p.var()), std::vector{p})[0];
    EXPECT_TRUE(close(d, {2, 4}));
    EXPECT_EQ(p.mutable_data(), where);  // the sweep let go of the value, though the tape lives
  }
  p.mutable_data()[0] = 10;
  EXPECT_EQ(same.value()(0), 10);
}

TEST(Parameter, IsCopiedWhileAVarSeesIt) {
  const Parameter<double> p(Array<double>{1, 2}), q(Array<double>{1, 2});
  const Var<double> old = p.var(), old_q = q;
  Adam<double> optimizer({p, q}, {.learning_rate = 0.5});
  optimizer.step({Array<double>{1, 1}, Array<double>{1, 1}});
  q.set(Array<double>{7, 7});
  EXPECT_TRUE(close(old.value(), {1, 2}));
  EXPECT_TRUE(close(old_q.value(), {1, 2}));
  EXPECT_TRUE(close(p.value(), {0.5, 1.5}, 1e-6));
  const double* where = p.value().data();
  optimizer.step({Array<double>{1, 1}, Array<double>{1, 1}});
  EXPECT_EQ(p.value().data(), where);  // in place from now on
}

// A tape that has not been swept still needs the old value.
TEST(Parameter, IsCopiedWhileATapeNeedsIt) {
  const Parameter<double> p(Array<double>{1, 2});
  Tape<double> tape;
  const Var<double> y = sum(p.var() * p.var());
  Adam<double>({p}, {.learning_rate = 1}).step({Array<double>{1, 1}});
  EXPECT_TRUE(close(tape.gradient(y, std::vector{p})[0], {2, 4}));
}

TEST(Parameter, HasOneLeafATape) {
  Random rng(1);
  const Linear<double> layer(2, 2, rng);
  Tape<double> tape;
  const Var<double> x(Doubles{1, 2});
  const Var<double> y = sum(layer(layer(x)));  // used twice: contributions add up
  EXPECT_EQ(layer.weight().var().node(), layer.weight().var().node());
  const auto d = tape.gradient(y, layer.parameters());
  const auto f = [&](const auto& w, const auto& b) { return sum(linear(linear(x, w, b), w, b)); };
  const auto [dw, db] = grad(f)(layer.weight().value(), layer.bias().value());
  EXPECT_TRUE(close(d[0], dw));
  EXPECT_TRUE(close(d[1], db));
}

TEST(Parameter, ChangedBetweenTwoUsesSumsBoth) {
  const Parameter<double> p(Array<double>(3.0));
  Tape<double> tape;
  const Var<double> before = p.var();
  p.set(Array<double>(5.0));
  const Var<double> product = before * p.var();
  EXPECT_EQ(product.item(), 15);
  EXPECT_EQ(tape.gradient(product, std::vector{p})[0](), 8);
}

// A module that comes to lie where another one was does not inherit its leaf.
TEST(Parameter, IsKnownByMoreThanItsAddress) {
  Tape<double> tape;
  Var<double> total(0.0);
  for (int i = 0; i < 20; ++i) {
    const auto part = std::make_unique<Scale>();
    total = total + sum(part->factor.var() * double(i));
  }
  const Scale last;
  total = total + sum(last.factor.var() * 100.0);
  EXPECT_TRUE(close(tape.gradient(total, last.parameters())[0], {100, 100}));
}

TEST(Parameter, OutsideOfATapeIsAConstant) {
  const Parameter<double> p(Array<double>{1, 2});
  EXPECT_EQ(p.var().node(), kConstant);
  Tape<double> outer;
  const Var<double> a = p.var();
  {
    Tape<double> inner;  // each tape has a leaf of its own
    EXPECT_TRUE(close(inner.gradient(sum(p.var() * a), std::vector{p})[0], {1, 2}));
  }
  EXPECT_TRUE(close(outer.gradient(sum(a * p.var()), std::vector{p})[0], {2, 4}));
}

// A value that is set is another array; the shape is not that array's.
TEST(Parameter, ItsShapeOutlivesItsArray) {
  const Parameter<double> parameter(Array<double>{{1, 2, 3}, {4, 5, 6}});
  const Shape& shape = parameter.shape();
  parameter.set(zeros<double>({2, 3}));
  EXPECT_EQ(shape, (Shape{2, 3}));
}

}  // namespace
}  // namespace xtape::nn

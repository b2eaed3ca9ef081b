// with_event_dims of distributions of vectors, rows and classes: sums of what each draw has by itself.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <cstddef>
#include <string>
#include <type_traits>

namespace xtape::nn {
namespace {

/// Asks of a distribution p of shape (..., 3, single draw), whose single draw has `own` dimensions: densities, draws
/// with their densities, entropies, divergences are those of single draws, summed.
template <class P>
void expect_sums(const char* name, const P& p, std::size_t own) {
  SCOPED_TRACE(name);
  Random rng(1);
  const P single = p.with_event_dims(own), rows = p.with_event_dims(own + 1), all = p.with_event_dims(own + 2);
  EXPECT_EQ(rows.event_dims(), own + 1);
  EXPECT_EQ(rows.shape(), p.shape());
  const auto x = p.sample(rng, {5});
  const auto each = single.log_prob(x);
  ASSERT_EQ(each.shape(), (Shape{5, 2, 3}));
  EXPECT_TRUE(close(rows.log_prob(x).value(), sum(each, -1).value(), 1e-12));
  EXPECT_TRUE(close(all.log_prob(x).value(), sum(each, {-2, -1}).value(), 1e-12));
  if constexpr (requires { p.entropy(); }) {
    EXPECT_TRUE(close(rows.entropy().value(), sum(single.entropy(), -1).value(), 1e-12));
  }
  if constexpr (requires { p.sample_with_log_prob(rng); }) {
    const auto [y, log_prob] = rows.sample_with_log_prob(rng, {5});
    EXPECT_TRUE(close(log_prob.value(), sum(single.log_prob(y), -1).value(), 1e-10));
  }
  // A row of three would be taken for each of two.
  const auto refused = [&](const auto& row) {
    EXPECT_TRUE(has(message_of<ShapeError>([&] { all.log_prob(row); }), {"log_prob] an event of shape (2, 3"}));
  };
  if constexpr (std::is_same_v<decltype(x), const Indices>) {
    refused(Indices{0, 1, 2});
  } else {
    refused(p.sample(rng)[0]);
  }
  EXPECT_TRUE(has(message_of<ShapeError>([&] { p.with_event_dims(own + 3); }), {"[", name, "an event of at most"}));
  if (own > 0) {
    EXPECT_TRUE(has(message_of<ShapeError>([&] { p.with_event_dims(own - 1); }), {name, "at least the last"}));
  }
}

/// The same of divergences, and what does not go together.
template <class P>
void expect_divergences(const P& p, const P& q, std::size_t own) {
  const auto each = kl(p.with_event_dims(own), q.with_event_dims(own));
  ASSERT_EQ(each.shape(), (Shape{2, 3}));
  EXPECT_TRUE(close(kl(p.with_event_dims(own + 1), q.with_event_dims(own + 1)).value(), sum(each, -1).value(), 1e-12));
  EXPECT_TRUE(close(kl(p.with_event_dims(own + 2), q.with_event_dims(own + 2)).value(), sum(each).value(), 1e-12));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { kl(p.with_event_dims(own + 1), q.with_event_dims(own)); }),
                  {"kl", "events of as many dimensions expected", "with_event_dims says how many"}));
}

Array<double> numbers(const Shape& shape, std::uint64_t seed = 1) {
  return Random(seed).normal<double>(shape);
}
Array<double> triangle() {
  return {{1, 0}, {0.5, 2}};
}

TEST(EventDims, SumWhatSingleDrawsHave) {
  Random rng(3);
  const AutoregressiveFlow<double> flow(2, 4, rng);
  const Array<double> mu = numbers({2, 3, 2}), many = numbers({2, 3, 4});
  expect_sums("MultivariateNormal", MultivariateNormal{mu, triangle()}, 1);
  expect_sums("LowRankNormal", LowRankNormal{mu, numbers({2, 1}), 0.3}, 1);
  expect_sums("Dirichlet", Dirichlet{exp(Var<double>(many))}, 1);
  expect_sums("Categorical", Categorical{many}, 0);
  expect_sums("OneHotCategorical", OneHotCategorical{many}, 1);
  expect_sums("RelaxedOneHotCategorical", RelaxedOneHotCategorical{0.7, many}, 1);
  expect_sums("RelaxedBernoulli", RelaxedBernoulli{0.7, numbers({2, 3})}, 0);
  expect_sums("Mixture", Mixture{numbers({2}), Normal{mu, 0.2}.with_event_dims(0)}, 0);
  expect_sums("Mixture", Mixture{numbers({4}), Normal{numbers({2, 3, 4, 2}), 0.2}}, 1);
  expect_sums("Mixture", Mixture{numbers({4}), MultivariateNormal{numbers({2, 3, 4, 2}), triangle()}}, 1);
  expect_sums("Transformed", Transformed{Normal{mu, 0.2}, flow}, 1);
  expect_sums("Normal", Normal{numbers({2, 3}), 0.2}, 0);
}

TEST(EventDims, SumDivergences) {
  const auto positive = [](std::uint64_t seed) { return exp(Var<double>(numbers({2, 3, 4}, seed))); };
  expect_divergences(MultivariateNormal{numbers({2, 3, 2}), triangle()},
                     MultivariateNormal{numbers({2, 3, 2}, 2), triangle()}, 1);
  expect_divergences(Dirichlet{positive(1)}, Dirichlet{positive(2)}, 1);
  expect_divergences(Categorical{numbers({2, 3, 4})}, Categorical{numbers({2, 3, 4}, 2)}, 0);
  expect_divergences(OneHotCategorical{numbers({2, 3, 4})}, OneHotCategorical{numbers({2, 3, 4}, 2)}, 1);
  const Categorical<double> one = Categorical{numbers({1, 4})}.with_event_dims(1);
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    kl(Categorical{numbers({3, 4})}.with_event_dims(1), one);
                  }),
                  {"[kl of Categorical] events of equal shape expected", "(3,)", "(1,)"}));
  // A single one counts for each label of the other, as numbers do.
  EXPECT_EQ(kl(Categorical{numbers({3, 4})}.with_event_dims(1), Categorical{numbers({4})}).shape(), Shape{});
}

// Where p and q have events of other sizes, draws are compared as p's events.
TEST(EventDims, OfPAreThoseOfADivergenceByDraws) {
  Random rng(1);
  const MultivariateNormal p = MultivariateNormal{numbers({3, 2}), triangle()}.with_event_dims(2);
  EXPECT_EQ(kl_monte_carlo(p, Normal{0, 0}, rng, 10).shape(), Shape{});
  EXPECT_EQ(kl_monte_carlo(p, Normal{numbers({3, 2}), 0}, rng, 10).shape(), Shape{});
}

}  // namespace
}  // namespace xtape::nn

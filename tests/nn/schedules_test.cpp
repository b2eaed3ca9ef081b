// Learning rates that change: against PyTorch, how they compose and resume, and where they end.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

TEST(Schedules, GoAsPyTorchsDo) {
  const Golden golden("schedules");
  const std::vector<std::pair<std::string, Schedule>> schedules{
      {"step", step_decay(0.5, 4, 0.3)},
      {"multi_step", multi_step(0.5, {3, 4, 11}, 0.2)},
      {"exponential", exponential_decay(0.5, 0.9)},
      {"cosine", cosine(0.5, 19, 0.05)},
      {"warm_up", warm_up(5, cosine(0.5, 15, 0.05))},
      {"one_cycle", one_cycle(0.5, 20)},
      {"one_cycle_options", one_cycle(0.5, 30, {.rise = 0.45, .start_divisor = 7, .end_divisor = 30})},
  };
  for (const auto& [name, schedule] : schedules) {
    const Array<double>& expected = golden[name];
    for (std::size_t t = 0; t < expected.size(); ++t) {
      EXPECT_NEAR(schedule(t), expected(t), 1e-13 * expected(t)) << name << " at " << t;
    }
  }
}

TEST(Schedules, FallWhereALossStandsStillAsPyTorchsDo) {
  const Golden golden("schedules");
  ReduceOnPlateau plain(0.5, {.factor = 0.5, .patience = 2});
  ReduceOnPlateau cooling(0.5, {.factor = 0.2, .patience = 1, .threshold = 0.05, .cooldown = 3, .least = 0.03});
  const Array<double>& losses = golden["losses"];
  for (std::size_t t = 0; t < losses.size(); ++t) {
    EXPECT_DOUBLE_EQ(plain(losses(t)), golden["plateau"](t)) << t;
    EXPECT_DOUBLE_EQ(cooling(losses(t)), golden["plateau_cooldown"](t)) << t;
    // One that goes on from the state is the same.
    ReduceOnPlateau resumed(9, {.factor = 0.2, .patience = 1, .threshold = 0.05, .cooldown = 3, .least = 0.03});
    resumed.set_state(cooling.state());
    std::swap(cooling, resumed);
  }
}

// Of a negative loss, as a log-likelihood's, a better one is further down.
TEST(Schedules, TakeNegativeLosses) {
  ReduceOnPlateau rate(1, {.patience = 0, .threshold = 0.1});
  EXPECT_EQ(rate(-100), 1);
  EXPECT_EQ(rate(-120), 1);
  EXPECT_DOUBLE_EQ(rate(-125), 0.1);
}

TEST(Schedules, Compose) {
  const Schedule rate = warm_up(4, constant_rate(2));
  EXPECT_EQ(rate(0), 0.5);
  EXPECT_EQ(rate(3), 2);
  EXPECT_EQ(rate(1'000'000), 2);
  const Schedule own = warm_up(2, [](std::uint64_t step) { return 1 / std::sqrt(double(step + 1)); });
  EXPECT_EQ(own(0), 0.5);
  EXPECT_EQ(own(5), 0.5);
}

// With the optimizer's own count of steps, a schedule goes on where a checkpoint was.
TEST(Schedules, NeedNoStateButTheStep) {
  const Parameter<double> whole(ones<double>({3})), split(ones<double>({3}));
  Sgd<double> straight({whole}), first({split}), second({split});
  const Schedule rate = warm_up(3, cosine(0.1, 5));
  const auto step = [&](Sgd<double>& optimizer) {
    optimizer.set_learning_rate(rate(optimizer.state().step));
    optimizer.step({full<double>({3}, 1.0)});
  };
  for (int i = 0; i < 8; ++i) {
    if (i == 4) second.set_state(first.state());
    step(straight), step(i < 4 ? first : second);
  }
  EXPECT_TRUE(close(split.value(), whole.value(), 0));
}

// An end that training goes past is a mistake; the others never end.
TEST(Schedules, ThrowPastTheirEnd) {
  EXPECT_EQ(cosine(1, 10, 0.25)(10), 0.25);
  EXPECT_TRUE(has(message_of<Error>([] { cosine(1, 10)(11); }), {"[cosine]", "at most 10", "got 11", "is over"}));
  EXPECT_DOUBLE_EQ(one_cycle(1, 20)(20), one_cycle(1, 20)(19));
  EXPECT_TRUE(has(message_of<Error>([] { one_cycle(1, 20)(21); }), {"[one_cycle]", "at most 20", "got 21"}));
  EXPECT_EQ(warm_up(5, cosine(1, 10))(15), 0);
  EXPECT_THROW(warm_up(5, cosine(1, 10))(16), Error);
  EXPECT_EQ(multi_step(1, {1}, 0.5)(1'000'000'000'000), 0.5);
  EXPECT_EQ(exponential_decay(1, 0.5)(1'000'000'000'000), 0);
}

TEST(Schedules, RefuseBadInput) {
  const auto message = [](const auto& make) { return message_of<Error>(make); };
  for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_TRUE(has(message([&] { constant_rate(bad); }), {"[constant_rate]", "0 or more"}));
    EXPECT_TRUE(has(message([&] { step_decay(1, 2, bad); }), {"[step_decay]", "0 or more"}));
    EXPECT_TRUE(has(message([&] { multi_step(bad, {1}); }), {"[multi_step]", "0 or more"}));
    EXPECT_TRUE(has(message([&] { exponential_decay(1, bad); }), {"[exponential_decay]", "0 or more"}));
    EXPECT_TRUE(has(message([&] { cosine(1, 5, bad); }), {"[cosine]", "0 or more"}));
    EXPECT_TRUE(has(message([&] { one_cycle(bad, 50); }), {"[one_cycle]", "0 or more"}));
    EXPECT_TRUE(has(message([&] { ReduceOnPlateau{bad}; }), {"[ReduceOnPlateau]", "0 or more"}));
    EXPECT_TRUE(has(message([&] { ReduceOnPlateau(1, {.factor = bad}); }), {"[ReduceOnPlateau]", "factor"}));
  }
  EXPECT_TRUE(has(message([] { step_decay(1, 0); }), {"[step_decay] 1 step or more"}));
  EXPECT_TRUE(has(message([] { cosine(1, 0); }), {"[cosine] 1 step or more"}));
  EXPECT_TRUE(has(message([] { warm_up(0, constant_rate(1)); }), {"[warm_up] 1 step or more"}));
  EXPECT_TRUE(has(message([] { warm_up(1, nullptr); }), {"[warm_up]", "empty function"}));
  EXPECT_TRUE(has(message([] { multi_step(1, {3, 3}); }), {"[multi_step] milestones that increase"}));
  EXPECT_TRUE(has(message([] { one_cycle(1, 3); }), {"[one_cycle] a rise below 1 and of more than one step"}));
  EXPECT_TRUE(has(message([] { one_cycle(1, 30, {.rise = 1}); }), {"[one_cycle]", "got 1 of 30 steps"}));
}

}  // namespace
}  // namespace xtape::nn

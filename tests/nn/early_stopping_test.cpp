// When training ends, and which weights stay.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <vector>

namespace xtape::nn {
namespace {

struct Model : Module<double> {
  Parameter<double> w{Array<double>{0}};
  Buffer<double> running{Array<double>{0}};
  Counter batches;
  Model() {
    add("w", w);
    add("running", running);
    add("batches", batches);
  }
  void set(int to) {
    w.set({double(to)});
    running.set({10.0 * to});
    batches.set(100 * to);
  }
  bool is(int expected) const {
    return w.value()(0) == expected && running.value()(0) == 10.0 * expected && batches.value() == 100 * expected;
  }
};

struct Case {
  EarlyStoppingOptions options;
  std::vector<double> values;
  std::uint64_t ends_at, best;  // counted from 1; 0: does not end, has none
};

TEST(EarlyStopping, EndsWhereNothingBecomesBetterAndRestoresTheBest) {
  const double nan = std::nan(""), inf = INFINITY;
  const Case cases[] = {
      {{.patience = 2}, {3, 2, 1, 1, 1}, 5, 3},
      {{.patience = 2}, {3, 2, 2.5, 1, 0.5}, 0, 5},
      {{.patience = 1}, {3, 3}, 2, 1},
      {{.patience = 2, .min_improvement = 0.5}, {3, 2.6, 2.5, 2.4}, 3, 1},
      {{.patience = 2, .min_improvement = 0.5}, {3, 2.6, 2.4, 2.3, 2.2}, 5, 3},
      {{.patience = 2, .larger_is_better = true}, {0.5, 0.7, 0.6, 0.7}, 4, 2},
      {{.patience = 2}, {nan, nan}, 2, 0},
      {{.patience = 2}, {nan, 4, nan, nan}, 4, 2},
      {{.patience = 2}, {inf, 4, -inf, -inf, -inf}, 5, 3},
  };
  for (const Case& c : cases) {
    Model model;
    EarlyStopping<double> stopping(model, c.options);
    std::uint64_t ended = 0;
    for (std::size_t i = 1; i <= c.values.size() && ended == 0; ++i) {
      model.set(int(i));
      if (stopping.update(c.values[i - 1])) ended = i;
      EXPECT_EQ(stopping.improved(), stopping.state().best_update == i);
    }
    EXPECT_EQ(ended, c.ends_at);
    EXPECT_EQ(stopping.state().best_update, c.best);
    if (c.best == 0) {
      EXPECT_TRUE(has(message_of<Error>([&] { stopping.restore(); }), {"[EarlyStopping] nothing to restore"}));
      continue;
    }
    EXPECT_EQ(*stopping.state().best, c.values[c.best - 1]);
    stopping.restore();
    EXPECT_TRUE(model.is(int(c.best)));
  }
}

TEST(EarlyStopping, GoesOnFromAnother) {
  Model model, copy;
  EarlyStopping<double> first(model, {.patience = 2}), second(copy, {.patience = 2});
  model.set(1);
  first.update(5);
  model.set(2);
  first.update(6);
  second.set_state(first.state());
  for (std::size_t i = 0; i < first.kept().size(); ++i) {
    EXPECT_EQ(second.kept()[i].name, first.kept()[i].name);
    EXPECT_EQ(second.kept()[i].shape(), first.kept()[i].shape());
  }
  EXPECT_EQ(second.state(), first.state());
  EXPECT_TRUE(second.update(5)) << "as good as the best is no improvement";
}

TEST(EarlyStopping, RefusesWhatMakesNoSense) {
  Model model;
  const auto refused = [&](EarlyStoppingOptions options) {
    return message_of<Error>([&] { EarlyStopping<double>(model, options); });
  };
  EXPECT_TRUE(has(refused({.patience = 0}), {"[EarlyStopping] a patience of at least 1 expected, got 0"}));
  EXPECT_TRUE(has(refused({.min_improvement = -1}), {"min_improvement >= 0 expected, got -1"}));
  EXPECT_TRUE(has(refused({.min_improvement = std::nan("")}), {"min_improvement >= 0 expected, got nan"}));
  EarlyStopping<double> stopping(model);
  EXPECT_TRUE(has(message_of<Error>([&] { stopping.set_state({.best = 1, .updates = 2, .best_update = 3}); }),
                  {"a best update among the 2 so far expected, got 3"}));
  EXPECT_TRUE(has(message_of<Error>([&] { stopping.set_state({.updates = 2, .best_update = 1}); }), {"got 1"}));
}

}  // namespace
}  // namespace xtape::nn

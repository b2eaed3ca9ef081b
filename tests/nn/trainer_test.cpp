// The Trainer: the steps of a loop of one's own, and what comes beside them.

#include "nn/nn.hpp"
#include "tests/nn/files_for_tests.hpp"
#include "tests/nn/trainer_for_tests.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace xtape::nn {
namespace {

using testing::AdamSession;
using testing::kBatch;
using testing::kBatches;
using testing::kSamples;
using testing::noisy_samples;
using testing::NoisyMlp;
using testing::OneWeight;
using testing::read_bytes;
using testing::ScratchFolder;
using Batch = DataLoader<float>::Batch;

TEST(Trainer, TakesTheStepsOfALoopOfOnesOwn) {
  AdamSession session(AdamOptions{.learning_rate = 0.01}, {.epochs = 3});
  const TrainingResult result = session.fit();
  Random rng(1);
  NoisyMlp model(rng);
  Adam<float> optimizer(model.parameters(), {.learning_rate = 0.01});
  DataLoader<float> loader(noisy_samples(2), {.batch_size = kBatch, .shuffle = true, .seed = 3});
  std::vector<double> expected;
  for (int epoch = 0; epoch < 3; ++epoch) {
    double total = 0;
    for (const auto& batch : loader) {
      Tape<float> tape;
      const Var<float> loss = model.loss(batch.images, rng);
      optimizer.step(tape.gradient(loss, model.parameters()));
      total += double(loss.item()) * double(batch.size());
    }
    expected.push_back(total / double(kSamples));
  }
  for (std::size_t k = 0; k < model.parameters().size(); ++k) {
    EXPECT_EQ(session.model.parameters()[k].value(), model.parameters()[k].value());
  }
  EXPECT_EQ(session.rng.state(), rng.state());
  EXPECT_EQ(result.ending, Ending::kDone);
  EXPECT_EQ(result.steps, 3 * kBatches);
  ASSERT_EQ(result.epochs.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(result.epochs[i].loss, expected[i]);
    EXPECT_EQ(result.epochs[i].epoch, i + 1);
    EXPECT_EQ(result.epochs[i].step, kBatches * (i + 1));
    EXPECT_EQ(result.epochs[i].learning_rate, 0.01);
    EXPECT_GT(result.epochs[i].seconds, 0);
  }
  EXPECT_EQ(model.running.value()(0), 3 * kBatches) << "not while it is measured";
  EXPECT_EQ(session.model.running.value()(0), 3 * kBatches);
  EXPECT_LT(result.epochs.back().metrics.at("validation_loss"), result.epochs.front().metrics.at("validation_loss"));
  EXPECT_TRUE(session.model.training());
}

TEST(Trainer, EarlyStoppingEndsWithTheBestWeights) {
  AdamSession session(AdamOptions{.learning_rate = 0.01},
                      {.epochs = 50, .early_stopping = EarlyStoppingOptions{.patience = 3}, .monitor = "score"});
  std::vector<std::vector<float>> after;
  session.trainer.measure("score", [&] {
    EXPECT_FALSE(session.model.training());
    after.push_back(session.bits());
    return std::abs(double(after.size()) - 4);  // best in epoch 4
  });
  const TrainingResult result = session.fit();
  EXPECT_EQ(result.ending, Ending::kStoppedEarly);
  EXPECT_EQ(std::string(result.message()), "stopped early");
  ASSERT_EQ(result.epochs.size(), 7u);
  EXPECT_EQ(result.best_epoch, 4u);
  const std::size_t of_model = 1 + session.model.parameter_count();
  const auto first = [&](std::vector<float> bits) {
    return std::vector(bits.begin(), bits.begin() + std::ptrdiff_t(of_model));
  };
  EXPECT_EQ(first(session.bits()), first(after[3]));
  EXPECT_NE(first(session.bits()), first(after[6]));
}

TEST(Trainer, MeasuresAndEndsWithAverages) {
  AdamSession session(AdamOptions{.learning_rate = 0.01}, {.epochs = 2, .ema = EmaOptions{.decay = 0.9}});
  Array<float> measured;
  session.trainer.measure("w", [&] {
    measured = session.model.layers.layer(0).weight().value();
    return 0.0;
  });
  AdamSession twin(AdamOptions{.learning_rate = 0.01}, {.epochs = 2});
  Ema<float> average(twin.model.parameters(), {.decay = 0.9});
  Trainer<float> by_hand(twin.model, twin.optimizer, twin.rng, {.epochs = 2, .on_step = [&](const auto&) {
                                                                  average.update();
                                                                  return true;
                                                                }});
  session.fit();
  by_hand.fit(twin.loader, twin.loss());
  EXPECT_EQ(session.model.layers.layer(0).weight().value(), average.averages()[0]);
  EXPECT_EQ(measured, average.averages()[0]);
  EXPECT_NE(measured, twin.model.layers.layer(0).weight().value());
}

TEST(Trainer, AccumulatesClipsAndChangesTheRate) {
  // Steps of SGD at rate 1 are gradients: of two batches, weighted by their samples, and no longer than the bound.
  const auto run = [](TrainerOptions options) {
    std::vector<double> norms;
    Random rng(1);
    Linear<float> model(3, 1, rng);
    Sgd<float> sgd(model.parameters(), {.learning_rate = 1});
    const std::vector<Array<float>> batches{rng.normal<float>({4, 3}), rng.normal<float>({2, 3}),
                                            rng.normal<float>({3, 3})};
    options.epochs = 1;
    options.on_step = [&](const TrainingRecord& record) {
      norms.push_back(record.metrics.contains("gradient_norm") ? record.metrics.at("gradient_norm") : 0);
      EXPECT_EQ(record.learning_rate, options.learning_rate ? 1.0 / double(record.step) : 1);
      return true;
    };
    const TrainerOptions copy = options;
    Trainer<float> trainer(model, sgd, rng, copy);
    trainer.fit(batches, [&](const Array<float>& x, Random&) { return mean(square(model(x))); });
    return std::pair(model.weight().value(), norms);
  };
  Random rng(1);
  Linear<float> model(3, 1, rng);
  Sgd<float> sgd(model.parameters(), {.learning_rate = 1});
  const std::vector<Array<float>> batches{rng.normal<float>({4, 3}), rng.normal<float>({2, 3}),
                                          rng.normal<float>({3, 3})};
  std::vector<double> norms;
  const auto step = [&](std::initializer_list<std::size_t> of) {
    GradientAccumulator<float> accumulated;
    for (const std::size_t k : of) {
      Tape<float> tape;
      accumulated.add(tape.gradient(mean(square(model(batches[k]))), model.parameters()), double(batches[k].shape(0)));
    }
    auto gradients = accumulated.take();
    norms.push_back(clip_by_global_norm(gradients, 0.1));
    sgd.step(gradients);
  };
  step({0, 1});
  sgd.set_learning_rate(0.5);
  step({2});
  const auto got =
      run({.learning_rate = [](std::uint64_t t) { return 1.0 / double(t + 1); }, .clip_norm = 0.1, .accumulate = 2});
  EXPECT_EQ(got.first, model.weight().value());
  EXPECT_EQ(got.second, norms);
  EXPECT_NE(run({.accumulate = 2}).first, got.first);
  EXPECT_NE(run({}).first, run({.accumulate = 2}).first);
}

TEST(Trainer, NamesWhatIsNotFiniteAndKeepsTheLastCheckpoint) {
  const ScratchFolder folder;
  AdamSession session(AdamOptions{}, {.epochs = 3, .checkpoint = folder / "run"});
  std::string saved;
  std::vector<float> before;
  const auto loss = [&](const Batch& batch, Random& r) {
    before = session.bits();
    const Var<float> value = session.model.loss(batch.images, r);
    if (session.optimizer.state().step < 9) return value;
    saved = read_bytes(folder / "run");
    return value + mean(log(-exp(value)));
  };
  const std::string message = message_of<NotFiniteError>([&] { session.trainer.fit(session.loader, loss); });
  EXPECT_TRUE(has(message, {"[Trainer] epoch 2, after 9 steps: ", "a loss of nan: [log]", "is kept in", "run"}));
  EXPECT_EQ(session.bits(), before);
  EXPECT_EQ(read_bytes(folder / "run"), saved);
  EXPECT_FALSE(saved.empty());

  AdamSession measured(AdamOptions{}, {.epochs = 3, .ema = EmaOptions{}});
  Trainer<float> trainer(measured.model, measured.optimizer, measured.rng, {.epochs = 1});
  trainer.validate(measured.held_out, [&](const Batch& batch, Random&) { return mean(log(Var<float>(batch.images))); });
  EXPECT_TRUE(has(message_of<NotFiniteError>([&] { trainer.fit(measured.loader, measured.loss()); }),
                  {"[mean_loss] a finite loss expected, got nan: [log]"}));
  EXPECT_TRUE(measured.model.training());
}

TEST(Trainer, PrintsALineAnEpoch) {
  std::ostringstream progress;
  AdamSession session(
      AdamOptions{},
      {.epochs = 10, .progress = &progress, .on_epoch = [](const TrainingRecord& record) { return record.epoch < 2; }});
  EXPECT_EQ(session.fit().ending, Ending::kStopped);
  std::istringstream lines(progress.str());
  std::string line;
  for (const std::string begin : {"epoch  1/10  loss ", "epoch  2/10  loss "}) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_TRUE(line.starts_with(begin)) << line;
    EXPECT_TRUE(has(line, {"  validation_loss ", " s  ", " samples/s"}));
  }
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(Trainer, CountsSamplesOfAnyBatch) {
  EXPECT_EQ(samples_of(Array<float>{{1, 2}, {3, 4}, {5, 6}}), 3);
  EXPECT_EQ(samples_of(Var<float>(zeros<float>({2, 7}))), 2);
  EXPECT_EQ(samples_of(std::vector<int>{1, 2, 3, 4}), 4);
  EXPECT_EQ(samples_of(std::pair(1, 2)), 1);
  Random rng(1);
  const std::vector<Array<double>> batches{Array<double>{1, 1, 1}, Array<double>{5}};
  EXPECT_EQ(mean_loss(
                batches, [](const Array<double>& x, Random&) { return mean(Var<double>(x)); }, rng),
            2);
}

TEST(Trainer, ValidatesFromTheFirstBatchOn) {
  Random rng(1);
  OneWeight model;
  Sgd<float> sgd(model.parameters(), {.learning_rate = 0});
  const std::vector<Array<float>> batches{{1}};
  std::vector<Array<float>> held_out{{1}, {2}, {3}, {4}};
  Trainer<float> trainer(model, sgd, rng, {.epochs = 1});
  bool once = false;
  trainer.validate(held_out, [&](const Array<float>& x, Random&) {
    if (x(0) == 2 && !std::exchange(once, true)) throw std::runtime_error("no more");
    return Var<float>(x(0));
  });
  const auto loss = [&](const Array<float>&, Random&) { return model.loss(); };
  EXPECT_THROW(trainer.fit(batches, loss), std::runtime_error);
  const TrainingResult result = trainer.fit(batches, loss);
  EXPECT_EQ(result.epochs.at(0).metrics.at("validation_loss"), 2.5);

  // A loader in the middle of an epoch is walked through whole, and stays there.
  DataLoader<float> loader(Array<float>{{1, 0}, {2, 0}, {3, 0}, {4, 0}}, {.batch_size = 1, .shuffle = true, .seed = 1});
  loader.seek({3, 2});
  Trainer<float> other(model, sgd, rng, {.epochs = 1});
  std::vector<float> seen;
  other.validate(loader, [&](const Batch& b, Random&) {
    seen.push_back(b.images(0, 0));
    return Var<float>(b.images(0, 0));
  });
  EXPECT_EQ(other.fit(batches, loss).epochs.at(0).metrics.at("validation_loss"), 2.5);
  EXPECT_EQ(loader.position(), (LoaderPosition{3, 2}));
  std::vector<float> first;
  loader.seek({});
  for (const auto& b : loader) first.push_back(b.images(0, 0));
  EXPECT_EQ(seen, first);
}

/// A layer with a BatchNorm, and what it takes to train it.
struct Normalized : Module<float> {
  Linear<float> linear;
  BatchNorm1d<float> norm{4};
  explicit Normalized(Random& rng) : linear(2, 4, rng) {
    add("linear", linear);
    add("norm", norm);
  }
  Var<float> loss(const Array<float>& x, Random& rng) const {
    return mean(square(norm(linear(x + 0.1f * rng.normal<float>({8, 2})))));
  }
};

TEST(Trainer, LeavesPartsInEvalThatWere) {
  Random rng(1);
  Normalized model(rng);
  model.norm.eval();
  Sgd<float> sgd(model.parameters());
  std::vector<Array<float>> batches(3, rng.normal<float>({8, 2}));
  Trainer<float> trainer(model, sgd, rng, {.epochs = 2});
  bool measured = false;
  trainer.measure("mode", [&] {
    measured = true;
    return double(model.training() || model.linear.training());
  });
  const auto loss = [&](const Array<float>& x, Random& r) {
    EXPECT_TRUE(model.training() && model.linear.training());
    return model.loss(x, r);
  };
  const TrainingResult result = trainer.fit(batches, loss);
  EXPECT_TRUE(measured);
  EXPECT_EQ(result.epochs.back().metrics.at("mode"), 0);
  EXPECT_EQ(model.norm.num_batches_tracked().value(), 0);
  EXPECT_FALSE(model.norm.training());
  EXPECT_TRUE(model.training() && model.linear.training());

  model.eval();  // as a whole: it is trained, and put back
  Trainer<float>(model, sgd, rng, {.epochs = 1}).fit(batches, [&](const Array<float>& x, Random& r) {
    EXPECT_TRUE(model.norm.training());
    return model.loss(x, r);
  });
  EXPECT_EQ(model.norm.num_batches_tracked().value(), 3);
  EXPECT_FALSE(model.training() || model.norm.training());
}

TEST(Trainer, TakesAStepsBatchesAgainWhereOneThrew) {
  const auto run = [](int throws_at) {
    Random rng(1);
    Normalized model(rng);
    Sgd<float> sgd(model.parameters(), {.learning_rate = 0.1});
    DataLoader<float> loader(rng.normal<float>({32, 2}), {.batch_size = 8, .shuffle = true, .seed = 2});
    Trainer<float> trainer(model, sgd, rng, {.epochs = 2, .accumulate = 2});
    int batch = 0;
    const auto loss = [&](const Batch& b, Random& r) {
      const Var<float> value = model.loss(b.images, r);
      if (++batch == throws_at) throw std::runtime_error("no more");
      return value;
    };
    if (throws_at > 0) {
      EXPECT_THROW(trainer.fit(loader, loss), std::runtime_error);
    }
    trainer.fit(loader, loss);
    std::vector<float> all{float(model.norm.num_batches_tracked().value()), float(sgd.state().step),
                           rng.normal<float>({1})(0)};
    for (const NamedState<float>& named : model.state()) {
      if (const auto* buffer = std::get_if<Buffer<float>>(&named.kept)) {
        all.insert(all.end(), buffer->value().begin(), buffer->value().end());
      } else if (named.parameter() != nullptr) {
        all.insert(all.end(), named.parameter()->value().begin(), named.parameter()->value().end());
      }
    }
    return all;
  };
  const std::vector<float> whole = run(0);
  EXPECT_EQ(whole[0], 8);
  for (const int throws_at : {1, 2, 4, 5, 8}) EXPECT_EQ(run(throws_at), whole) << throws_at;
}

}  // namespace
}  // namespace xtape::nn

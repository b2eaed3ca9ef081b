// The Trainer: the steps of a loop of one's own, what comes beside them, and that a stopped run goes on to the same
// bits.

#include "nn/nn.hpp"
#include "tests/nn/files_for_tests.hpp"
#include "tests/testing.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace xtape::nn {
namespace {

using testing::read_bytes;
using testing::ScratchFolder;
using testing::write_bytes;
using Batch = DataLoader<float>::Batch;

constexpr std::size_t kSamples = 50, kBatch = 8, kBatches = 7;

/// An Mlp that guesses a number from others, with noise of its own, and counts what it sees while it trains.
struct Model : Module<float> {
  Mlp<float> layers;
  Buffer<float> running{Array<float>{0}};
  explicit Model(Random& rng) : layers({3, 5, 1}, rng) {
    add("layers", layers);
    add("running", running);
  }
  Var<float> loss(const Array<float>& samples, Random& rng) const {
    if (training()) running.mutable_data()[0] += 1;
    const Var<float> all(samples), x = slice(all, {Range(), Range(0, 3)}), y = slice(all, {Range(), Range(3, 4)});
    const Var<float> guess = layers(x + 0.1f * rng.normal<float>(x.shape()));
    return mse(guess, y);
  }
};

Array<float> samples(std::uint64_t seed) {
  Random rng(seed);
  Array<float> all = rng.normal<float>({kSamples, 4});
  for (std::size_t i = 0; i < kSamples; ++i) all(i, 3) = all(i, 0) - std::abs(all(i, 1));
  return all;
}

template <class Optimizer>
struct Session {
  Random rng{1};
  Model model{rng};
  Optimizer optimizer;
  DataLoader<float> loader{samples(2), {.batch_size = kBatch, .shuffle = true, .seed = 3}};
  DataLoader<float> held_out{samples(4), {.batch_size = kBatch}};
  Trainer<float> trainer;

  template <class Options>
  Session(const Options& of_optimizer, TrainerOptions options)
      : optimizer(model.parameters(), of_optimizer), trainer(model, optimizer, rng, std::move(options)) {
    trainer.validate(held_out, loss());
  }
  auto loss() const {
    return [this](const Batch& batch, Random& r) { return model.loss(batch.images, r); };
  }
  TrainingResult fit() { return trainer.fit(loader, loss()); }

  std::vector<float> bits() const {  // of all that the model has, and the optimizer
    std::vector<float> all(model.running.value().begin(), model.running.value().end());
    for (const auto& p : model.parameters()) all.insert(all.end(), p.value().begin(), p.value().end());
    for (const auto& [name, arrays] : optimizer.state().slots) {
      for (const auto& array : arrays) all.insert(all.end(), array.begin(), array.end());
    }
    return all;
  }
};
using AdamSession = Session<Adam<float>>;

std::vector<double> losses(const std::vector<TrainingRecord>& records) {
  std::vector<double> all;
  for (const TrainingRecord& record : records) {
    all.push_back(record.loss);
    for (const auto& [name, value] : record.metrics) all.push_back(value);
  }
  return all;
}

TEST(Trainer, TakesTheStepsOfALoopOfOnesOwn) {
  AdamSession session(AdamOptions{.learning_rate = 0.01}, {.epochs = 3});
  const TrainingResult result = session.fit();
  Random rng(1);
  Model model(rng);
  Adam<float> optimizer(model.parameters(), {.learning_rate = 0.01});
  DataLoader<float> loader(samples(2), {.batch_size = kBatch, .shuffle = true, .seed = 3});
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

/// All that a run may have, stopped by `stop` in each of its steps and measures, and resumed; the same in the end.
template <class Optimizer, class Options>
void expect_the_same_bits(const Options& of_optimizer) {
  const ScratchFolder folder;
  const auto options = [&](const std::string& name) {
    TrainerOptions all{.epochs = 4,
                       .learning_rate = [](std::uint64_t t) { return 0.02 / (1.0 + double(t)); },
                       .clip_norm = 0.5,
                       .accumulate = 2,
                       .ema = EmaOptions{.decay = 0.8},
                       .early_stopping = EarlyStoppingOptions{.patience = 3},
                       .log = folder / (name + ".jsonl"),
                       .log_every = 1,
                       .checkpoint = folder / (name + ".safetensors"),
                       .resume = true};
    return all;
  };
  Session<Optimizer> whole(of_optimizer, options("whole"));
  const TrainingResult expected = whole.fit();
  ASSERT_EQ(expected.ending, Ending::kDone);
  const std::uint64_t steps = expected.steps;
  ASSERT_EQ(steps, 4u * 4);  // 7 batches, two a step
  for (std::uint64_t at = 1; at <= steps; at += 5) {
    const std::string name = "at-" + std::to_string(at);
    {
      TrainerOptions stopped = options(name);
      stopped.on_step = [at](const TrainingRecord& record) { return record.step != at; };
      Session<Optimizer> session(of_optimizer, std::move(stopped));
      const TrainingResult result = session.fit();
      EXPECT_EQ(result.ending, Ending::kStopped);
      EXPECT_EQ(result.steps, at);
    }
    Session<Optimizer> resumed(of_optimizer, options(name));
    const TrainingResult result = resumed.fit();
    EXPECT_EQ(resumed.bits(), whole.bits()) << "stopped after " << at;
    EXPECT_EQ(resumed.rng.state(), whole.rng.state());
    EXPECT_EQ(losses(result.epochs), losses(expected.epochs));
    EXPECT_EQ(result.best_epoch, expected.best_epoch);
    const auto lines = read_training_log(folder / (name + ".jsonl"));
    EXPECT_EQ(losses(lines), losses(read_training_log(folder / "whole.jsonl")))
        << "no line is missing, none is there twice";
    EXPECT_EQ(lines.size(), steps + 4);
  }
}

TEST(Trainer, AStoppedRunGoesOnToTheSameBits) {
  expect_the_same_bits<Adam<float>>(AdamOptions{});
  expect_the_same_bits<Sgd<float>>(SgdOptions{.learning_rate = 0.05, .momentum = 0.9});
}

// Without a stop there is no checkpoint but those after some steps; what comes after the last is lost, and done again.
TEST(Trainer, AKilledRunGoesOnToTheSameBits) {
  const ScratchFolder folder;
  const auto options = [&](const std::string& name) {
    return TrainerOptions{.epochs = 3,
                          .log = folder / (name + ".jsonl"),
                          .log_every = 2,
                          .checkpoint = folder / (name + ".safetensors"),
                          .checkpoint_every = 4,
                          .resume = true};
  };
  AdamSession whole(AdamOptions{}, options("whole"));
  whole.fit();
  for (const std::uint64_t at : {2u, 7u, 15u}) {
    const std::string name = "killed-" + std::to_string(at);
    {
      TrainerOptions killed = options(name);
      killed.on_step = [at](const TrainingRecord& record) {
        if (record.step == at) throw std::runtime_error("killed");
        return true;
      };
      AdamSession session(AdamOptions{}, std::move(killed));
      EXPECT_THROW(session.fit(), std::runtime_error);
    }
    AdamSession resumed(AdamOptions{}, options(name));
    resumed.fit();
    EXPECT_EQ(resumed.bits(), whole.bits()) << at;
    EXPECT_EQ(losses(read_training_log(folder / (name + ".jsonl"))), losses(read_training_log(folder / "whole.jsonl")));
  }
}

TEST(Trainer, ASignalStopsItAfterTheStep) {
  const ScratchFolder folder;
  for (const bool in_measure : {false, true}) {
    const std::string name = in_measure ? "measure" : "step";
    AdamSession whole(AdamOptions{}, {.epochs = 3});
    whole.trainer.measure("other", [] { return 1.0; });
    const TrainingResult expected = whole.fit();
    {
      AdamSession session(AdamOptions{}, {});
      int calls = 0;
      const auto interrupt = [&](int at) {
        if (++calls == at) std::raise(SIGINT);
      };
      Trainer<float> trainer(session.model, session.optimizer, session.rng, {.epochs = 3, .checkpoint = folder / name});
      trainer.validate(session.held_out, [&](const Batch& batch, Random& r) {
        if (in_measure) interrupt(10);  // in that of epoch 2
        return session.model.loss(batch.images, r);
      });
      trainer.measure("other", [] { return 1.0; });
      ::testing::internal::CaptureStderr();
      const TrainingResult result = trainer.fit(session.loader, [&](const Batch& batch, Random& r) {
        if (!in_measure) interrupt(10);
        return session.model.loss(batch.images, r);
      });
      EXPECT_TRUE(has(::testing::internal::GetCapturedStderr(), {"stopping after this batch to save"}));
      EXPECT_EQ(result.ending, Ending::kInterrupted);
      EXPECT_EQ(result.signal, SIGINT);
      EXPECT_EQ(result.steps, in_measure ? 14u : 10u);
      EXPECT_EQ(result.epochs.size(), 1u);
    }
    AdamSession resumed(AdamOptions{}, {.epochs = 3, .checkpoint = folder / name, .resume = true});
    resumed.trainer.measure("other", [] { return 1.0; });
    EXPECT_EQ(losses(resumed.fit().epochs), losses(expected.epochs));
    EXPECT_EQ(resumed.bits(), whole.bits());
  }
}

TEST(Trainer, CanBeLeftForALoopOfOnesOwnAndComeBackTo) {
  AdamSession whole(AdamOptions{}, {.epochs = 2}),
      left(AdamOptions{}, {.epochs = 2, .on_step = [](const auto&record) { return record.step != 3; }});
  whole.fit();
  EXPECT_EQ(left.fit().ending, Ending::kStopped);
  EXPECT_EQ(left.loader.position(), (LoaderPosition{0, 3}));
  EXPECT_EQ(left.fit().ending, Ending::kDone);
  EXPECT_EQ(left.bits(), whole.bits());
  EXPECT_EQ(left.fit().steps, 2 * kBatches) << "nothing is left to do";
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

TEST(Trainer, ALongerRunGoesOnFromAShorterOne) {
  const ScratchFolder folder;
  AdamSession whole(AdamOptions{}, {.epochs = 4}), first(AdamOptions{}, {.epochs = 2, .checkpoint = folder / "run"});
  whole.fit();
  first.fit();
  AdamSession second(AdamOptions{}, {.epochs = 4, .checkpoint = folder / "run", .resume = true});
  EXPECT_EQ(second.fit().epochs.size(), 4u);
  EXPECT_EQ(second.bits(), whole.bits());
  // A loop of one's own may go on from it as well.
  AdamSession plain(AdamOptions{}, {});
  EXPECT_EQ(load_checkpoint(folder / "run", "model", plain.model, plain.optimizer).position, (LoaderPosition{4, 0}));
  EXPECT_EQ(plain.bits(), whole.bits());
}

TEST(Trainer, RefusesOptionsThatMakeNoSense) {
  const auto refused = [](TrainerOptions options) {
    return message_of<Error>([&] { AdamSession(AdamOptions{}, options); });
  };
  EXPECT_TRUE(has(refused({.accumulate = 0}), {"[Trainer] accumulate of at least 1 expected, got 0"}));
  EXPECT_TRUE(has(refused({.clip_norm = -1.0}), {"[Trainer] clip_norm >= 0 expected, got -1"}));
  EXPECT_TRUE(has(refused({.resume = true}), {"[Trainer] the path of a checkpoint expected"}));
  EXPECT_TRUE(has(refused({.checkpoint_every = 1}), {"[Trainer] the path of a checkpoint expected"}));
  EXPECT_TRUE(has(refused({.log_every = 1}), {"[Trainer] the path of a log expected"}));
  EXPECT_TRUE(has(refused({.monitor = "loss"}), {"[Trainer] early_stopping expected with monitor"}));
  EXPECT_TRUE(has(refused({.ema = EmaOptions{.decay = 1}}), {"[Ema] decay in [0, 1) expected, got 1"}));
  EXPECT_TRUE(has(refused({.early_stopping = EarlyStoppingOptions{.patience = 0}}), {"[EarlyStopping] a patience"}));
  AdamSession session(AdamOptions{}, {.early_stopping = EarlyStoppingOptions{}, .monitor = "accuracy"});
  EXPECT_TRUE(has(message_of<Error>([&] { session.fit(); }), {"[Trainer] monitor: ", "\"accuracy\""}));
  EXPECT_TRUE(has(message_of<Error>([&] { session.trainer.measure("validation_loss", [] { return 0.0; }); }),
                  {"\"validation_loss\" is measured already"}));
  EXPECT_TRUE(has(message_of<Error>([&] { session.trainer.measure("empty", {}); }), {"a function expected"}));
  EXPECT_TRUE(has(message_of<Error>([&] { session.trainer.measure("step", [] { return 0.0; }); }), {"\"step\""}));
  AdamSession rates(AdamOptions{}, {.learning_rate = [](std::uint64_t) { return -1.0; }});
  EXPECT_TRUE(has(message_of<Error>([&] { rates.fit(); }), {"learning_rate >= 0 expected, got -1"}));
  const std::vector<Batch> none;
  AdamSession empty(AdamOptions{}, {});
  EXPECT_TRUE(has(message_of<Error>([&] { empty.trainer.fit(none, empty.loss()); }), {"at least one batch"}));
  Random rng(1);
  EXPECT_TRUE(has(message_of<Error>([&] { mean_loss(none, empty.loss(), rng); }), {"[mean_loss] at least one batch"}));
}

TEST(Trainer, RefusesACheckpointThatIsNoneOfATrainer) {
  const ScratchFolder folder;
  const auto resume = [&](const std::string& name) {
    AdamSession session(AdamOptions{}, {.checkpoint = folder / "run", .resume = true, .name = name});
    const std::vector<float> before = session.bits();
    const std::string message = message_of<DataError>([&] { session.fit(); });
    EXPECT_EQ(session.bits(), before);
    return message;
  };
  AdamSession other(AdamOptions{}, {.epochs = 1, .checkpoint = folder / "run"});
  save_checkpoint(folder / "run", other.model, other.optimizer, {"model", other.rng.state(), {}, {}});
  EXPECT_TRUE(has(resume("model"), {"[Trainer] ", "run: expected a Trainer's checkpoint", "trainer.epochs"}));
  other.fit();
  EXPECT_TRUE(has(resume("another"), {"expected a checkpoint of the model \"another\", got one of \"model\""}));
  const TensorFile file = read_safetensors(folder / "run");
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{{"note.trainer.epochs", "no\n"},
                                                                                   {"note.trainer.samples", "-1"},
                                                                                   {"note.trainer.seconds", "nan"},
                                                                                   {"note.trainer.trained", "1"},
                                                                                   {"note.trainer.best_update", "7"}}) {
    Metadata metadata = file.metadata();
    ASSERT_TRUE(metadata.contains(key)) << key;
    metadata[key] = value;
    write_safetensors(folder / "run", file.tensors(), metadata);
    EXPECT_TRUE(has(resume("model"), {"expected"})) << key;
  }
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

struct OneWeight : Module<float> {
  Parameter<float> w{Array<float>{1, 1}};
  OneWeight() { add("w", w); }
  Var<float> loss() const { return sum(w * w); }
};

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

TEST(Trainer, RefusesARangeWithoutBatchesEachTime) {
  Random rng(1);
  OneWeight model;
  Sgd<float> sgd(model.parameters());
  std::vector<Array<float>> none;
  Trainer<float> trainer(model, sgd, rng, {.epochs = 2});
  for (int k = 0; k < 2; ++k) {
    EXPECT_TRUE(
        has(message_of<Error>([&] { trainer.fit(none, [&](const Array<float>&, Random&) { return model.loss(); }); }),
            {"[Trainer] at least one batch in an epoch expected, got none"}));
  }
  EXPECT_TRUE(trainer.epochs().empty());
}

TEST(Trainer, RefusesBeforeTheFirstStepWhatCouldNotBeSaved) {
  const ScratchFolder folder;
  Random rng(1);
  OneWeight model, other;
  Sgd<float> sgd(model.parameters()), of_other(other.parameters());
  const std::vector<Array<float>> batches{{1}};
  const auto refusal = [&](Optimizer<float>& optimizer, const TrainerOptions& options) {
    return message_of<Error>([&] {
      Trainer<float>(model, optimizer, rng, options).fit(batches, [&](const Array<float>&, Random&) {
        return model.loss() + other.loss();
      });
    });
  };
  EXPECT_TRUE(has(refusal(sgd, {.epochs = 1, .checkpoint = folder / "nowhere/c.safetensors"}),
                  {"[Trainer] checkpoint: a folder that files can be written to expected, got", "nowhere"}));
  EXPECT_TRUE(has(refusal(of_other, {.epochs = 1}),
                  {"[Trainer] an optimizer of the model's own parameters expected, number 0, of shape (2,), is none"}));
  EXPECT_TRUE(has(refusal(sgd, {.epochs = 1, .log = folder / "same", .checkpoint = folder / "./same"}),
                  {"[Trainer] a log and a checkpoint of different paths expected, got", "same"}));
  EXPECT_EQ(sgd.state().step, 0u);
  EXPECT_EQ(of_other.state().step, 0u);
}

}  // namespace
}  // namespace xtape::nn

// A Trainer that was stopped, killed or interrupted goes on to the same bits.

#include "nn/nn.hpp"
#include "tests/nn/files_for_tests.hpp"
#include "tests/nn/trainer_for_tests.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

using testing::AdamSession;
using testing::kBatches;
using testing::losses_of;
using testing::ScratchFolder;
using testing::TrainingSession;
using Batch = DataLoader<float>::Batch;

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
  TrainingSession<Optimizer> whole(of_optimizer, options("whole"));
  const TrainingResult expected = whole.fit();
  ASSERT_EQ(expected.ending, Ending::kDone);
  const std::uint64_t steps = expected.steps;
  ASSERT_EQ(steps, 4u * 4);  // 7 batches, two a step
  for (std::uint64_t at = 1; at <= steps; at += 5) {
    const std::string name = "at-" + std::to_string(at);
    {
      TrainerOptions stopped = options(name);
      stopped.on_step = [at](const TrainingRecord& record) { return record.step != at; };
      TrainingSession<Optimizer> session(of_optimizer, std::move(stopped));
      const TrainingResult result = session.fit();
      EXPECT_EQ(result.ending, Ending::kStopped);
      EXPECT_EQ(result.steps, at);
    }
    TrainingSession<Optimizer> resumed(of_optimizer, options(name));
    const TrainingResult result = resumed.fit();
    EXPECT_EQ(resumed.bits(), whole.bits()) << "stopped after " << at;
    EXPECT_EQ(resumed.rng.state(), whole.rng.state());
    EXPECT_EQ(losses_of(result.epochs), losses_of(expected.epochs));
    EXPECT_EQ(result.best_epoch, expected.best_epoch);
    const auto lines = read_training_log(folder / (name + ".jsonl"));
    EXPECT_EQ(losses_of(lines), losses_of(read_training_log(folder / "whole.jsonl")))
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
    EXPECT_EQ(losses_of(read_training_log(folder / (name + ".jsonl"))),
              losses_of(read_training_log(folder / "whole.jsonl")));
  }
}

// The rate falls twice an epoch or so: what is remembered of the losses has to come back with it.
TEST(Trainer, ARateThatFallsOnAPlateauGoesOnToTheSameBits) {
  const ScratchFolder folder;
  const auto options = [&](const std::string& name) {
    return TrainerOptions{.epochs = 7,
                          .plateau = PlateauOptions{.factor = 0.5, .patience = 1, .threshold = 0.9, .cooldown = 1},
                          .monitor = "validation_loss",
                          .checkpoint = folder / name,
                          .resume = true};
  };
  const auto rates_of = [](const TrainingResult& result) {
    std::vector<double> rates;
    for (const TrainingRecord& record : result.epochs) rates.push_back(record.learning_rate);
    return rates;
  };
  AdamSession whole(AdamOptions{.learning_rate = 0.01}, options("whole"));
  const TrainingResult expected = whole.fit();
  EXPECT_EQ(rates_of(expected), (std::vector{0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.0025}));
  for (std::uint64_t at = 1; at < 7 * kBatches; at += 4) {
    const std::string name = "at-" + std::to_string(at);
    {
      TrainerOptions stopped = options(name);
      stopped.on_step = [at](const TrainingRecord& record) { return record.step != at; };
      AdamSession session(AdamOptions{.learning_rate = 0.01}, std::move(stopped));
      EXPECT_EQ(session.fit().ending, Ending::kStopped);
    }
    AdamSession resumed(AdamOptions{.learning_rate = 0.01}, options(name));
    EXPECT_EQ(rates_of(resumed.fit()), rates_of(expected)) << at;
    EXPECT_EQ(resumed.bits(), whole.bits()) << at;
  }
  // A run without a plateau may go on with one.
  AdamSession plain(AdamOptions{.learning_rate = 0.01}, {.epochs = 1, .checkpoint = folder / "plain"});
  plain.fit();
  AdamSession later(AdamOptions{.learning_rate = 0.5}, options("plain"));
  EXPECT_EQ(later.fit().epochs.back().learning_rate, 0.25) << "from its optimizer's rate on";
}

// What it changes is saved with the epoch that it was called after, and not done twice.
TEST(Trainer, WhatACallbackChangesAfterAnEpochIsSavedWithIt) {
  const ScratchFolder folder;
  const auto run = [&](const std::string& name, std::uint64_t stop_after, std::uint64_t throw_after) {
    AdamSession session(AdamOptions{.learning_rate = 0.01}, {});
    Trainer<float> trainer(
        session.model, session.optimizer, session.rng,
        {.epochs = 4, .checkpoint = folder / name, .resume = true, .on_epoch = [&](const TrainingRecord& record) {
           session.optimizer.set_learning_rate(session.optimizer.learning_rate() * 0.5);
           session.model.running.mutable_data()[0] += 1000;
           (void)session.rng.uniform<float>({3});
           if (record.epoch == throw_after) throw std::runtime_error("killed");
           return record.epoch != stop_after;
         }});
    const auto fit = [&] { return trainer.fit(session.loader, session.loss()); };
    if (throw_after > 0) {
      EXPECT_THROW(fit(), std::runtime_error);
    } else {
      EXPECT_EQ(fit().ending, stop_after > 0 ? Ending::kStopped : Ending::kDone);
    }
    return session.bits();
  };
  const auto whole = run("whole", 0, 0);
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    run("stopped", epoch, 0);
    EXPECT_EQ(run("stopped", 0, 0), whole) << epoch;
    std::filesystem::remove(folder / "stopped");
    run("killed", 0, epoch);
    EXPECT_EQ(run("killed", 0, 0), whole) << epoch;
    std::filesystem::remove(folder / "killed");
  }
}

/// A layer with noise from a generator that the Trainer knows nothing of.
struct WithDropout : Module<float> {
  Random own{17};
  Mlp<float> layers;
  Dropout<float> dropout;
  explicit WithDropout(Random& rng) : layers({3, 5, 1}, rng), dropout(0.5, own) {
    add("layers", layers);
    add("dropout", dropout);
  }
  Var<float> loss(const Array<float>& samples) const {
    const Var<float> all(samples), x = slice(all, {Range(), Range(0, 3)}), y = slice(all, {Range(), Range(3, 4)});
    return mse(layers(dropout(x)), y);
  }
};

TEST(Trainer, GeneratorsOfPartsGoOnToo) {
  const ScratchFolder folder;
  const auto run = [&](const std::string& name, std::uint64_t stop_at, std::size_t accumulate, bool throws = false) {
    Random rng(1);
    WithDropout model(rng);
    Sgd<float> optimizer(model.parameters(), {.learning_rate = 0.05});
    DataLoader<float> loader(testing::noisy_samples(2), {.batch_size = testing::kBatch});
    std::size_t calls = 0;
    const auto loss = [&](const Batch& batch, Random&) {
      const Var<float> value = model.loss(batch.images);
      if (throws && ++calls == 4) throw std::runtime_error("once");
      return value;
    };
    Trainer<float> trainer(model, optimizer, rng,
                           {.epochs = 2,
                            .accumulate = accumulate,
                            .checkpoint = folder / name,
                            .resume = true,
                            .on_step = [&](const TrainingRecord& record) { return record.step != stop_at; }});
    if (throws) {
      EXPECT_THROW(trainer.fit(loader, loss), std::runtime_error);
    }
    trainer.fit(loader, loss);
    return std::pair(model.layers.layer(0).weight().value(), model.own.state());
  };
  for (const std::size_t accumulate : {1u, 2u}) {
    const std::string name = std::to_string(accumulate);
    const auto whole = run("whole" + name, 0, accumulate);
    run("stopped" + name, 3, accumulate);
    EXPECT_EQ(run("stopped" + name, 0, accumulate), whole);
    EXPECT_EQ(run("thrown" + name, 0, accumulate, true), whole) << "a step that was not made draws again";
  }
  // Where another generator took its place, what comes back would not be that run.
  AdamSession other(AdamOptions{}, {});
  Random rng(1);
  WithDropout model(rng);
  EXPECT_EQ(model.generators(), std::vector<Random*>{&model.own});
  Sgd<float> optimizer(model.parameters());
  save_checkpoint(folder / "model", model, optimizer,
                  {.model = "m", .random = rng.state(), .position = {}, .notes = {}});
  struct Without : Module<float> {
    Mlp<float> layers;
    explicit Without(Random& r) : layers({3, 5, 1}, r) { add("layers", layers); }
  } without(rng);
  Sgd<float> of_other(without.parameters());
  const std::string message =
      testing::data_error_of([&] { load_checkpoint(folder / "model", "m", without, of_other); });
  EXPECT_SAYS(message, "the states of 0 generators that parts of the model draw from, got 1");
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
    EXPECT_EQ(losses_of(resumed.fit().epochs), losses_of(expected.epochs));
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

}  // namespace
}  // namespace xtape::nn

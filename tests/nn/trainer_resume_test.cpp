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

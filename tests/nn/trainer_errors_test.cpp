// What a Trainer refuses, before it has trained anything.

#include "nn/nn.hpp"
#include "tests/nn/files_for_tests.hpp"
#include "tests/nn/trainer_for_tests.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

using testing::AdamSession;
using testing::OneWeight;
using testing::ScratchFolder;
using Batch = DataLoader<float>::Batch;

TEST(Trainer, RefusesOptionsThatMakeNoSense) {
  const auto refused = [](TrainerOptions options) {
    return message_of<Error>([&] { AdamSession(AdamOptions{}, options); });
  };
  EXPECT_TRUE(has(refused({.accumulate = 0}), {"[Trainer] accumulate of at least 1 expected, got 0"}));
  EXPECT_TRUE(has(refused({.clip_norm = -1.0}), {"[Trainer] clip_norm >= 0 expected, got -1"}));
  EXPECT_TRUE(has(refused({.resume = true}), {"[Trainer] the path of a checkpoint expected"}));
  EXPECT_TRUE(has(refused({.checkpoint_every = 1}), {"[Trainer] the path of a checkpoint expected"}));
  EXPECT_TRUE(has(refused({.log_every = 1}), {"[Trainer] the path of a log expected"}));
  EXPECT_TRUE(has(refused({.monitor = "loss"}), {"[Trainer] early_stopping or plateau expected with monitor"}));
  EXPECT_TRUE(has(refused({.learning_rate = [](std::uint64_t) { return 0.1; }, .plateau = PlateauOptions{}}),
                  {"[Trainer] learning_rate or plateau expected", "got both"}));
  EXPECT_TRUE(has(refused({.plateau = PlateauOptions{.factor = 2}}), {"[ReduceOnPlateau]", "factor"}));
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

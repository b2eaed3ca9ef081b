// The training loop: what it saves, when it stops, and that it goes on to the same bits.

#include "examples/programs/run/training.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "examples/programs/command_line/program.hpp"
#include "tests/examples/process.hpp"
#include "tests/examples/tiny_data.hpp"
#include "tests/testing.hpp"

namespace {

using namespace programs;
using xtape::Random;
using xtape::Var;

constexpr std::size_t kTrainImages = 50, kTestImages = 20;

/// Guesses an image from noise that is added to it.
struct Model : xtape::nn::Module<float> {
  xtape::nn::Linear<float> layer;
  explicit Model(Random& rng) : layer(64, 64, rng) { add("layer", layer); }

  Var<float> loss(const Trainer::Batch& batch, Random& rng) const {
    const Var<float> noisy = batch.images + rng.normal<float>(batch.images.shape());
    return mean(sum(square(layer(noisy) - batch.images), -1));
  }
};

/// A run on small images, in this process.
struct Session {
  OptionParser parser{"program", "Trains"};
  TrainingOptions options;
  Run run;
  Random rng{1};
  Model model{rng};
  Trainer trainer;

  explicit Session(std::vector<std::string> arguments)
      : run(prepare(arguments)), rng(options.seed), trainer(run, model, rng) {}

  Run prepare(const std::vector<std::string>& arguments) {
    options.declare(parser);
    std::vector<const char*> argv{"program"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    parser.parse(static_cast<int>(argv.size()), argv.data());
    return prepare_run("program", parser, options, [] { return RunPlan{{"picture.png"}}; });
  }
  Trainer::Loss loss() {
    return [this](const Trainer::Batch& batch, Random& random) { return model.loss(batch, random); };
  }
  void train() { trainer.train(loss(), loss()); }
  std::vector<float> weights() const {
    std::vector<float> all;
    for (const auto& parameter : model.parameters())
      all.insert(all.end(), parameter.value().begin(), parameter.value().end());
    return all;
  }
};

struct Training : testing::Test {
  const testing_support::TemporaryFolder folder;

  Training() {
    testing_support::write_tiny_data(folder / "tiny", kTrainImages, kTestImages, 8);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
  }
  ~Training() override {
    testing::internal::GetCapturedStdout();
    testing::internal::GetCapturedStderr();
  }

  std::vector<std::string> arguments(const std::string& out, std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"--data",       (folder / "tiny").string(),
                                 "--out",        (folder / out).string(),
                                 "--batch-size", "8",
                                 "--threads",    "1",
                                 "--epochs",     "4"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::vector<std::string> resume(const std::string& out) const {
    return {"--out", (folder / out).string(), "--resume"};
  }

  std::string checkpoint(const std::string& out) const {
    std::ifstream file(folder / (out + "/checkpoint.safetensors"), std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

  /// Presses Ctrl-C in the call of the training loss (or of the test loss) that `calls` counts down to.
  static Trainer::Loss with_interrupt(const Trainer::Loss& loss, std::size_t calls) {
    return [loss, calls](const Trainer::Batch& batch, Random& rng) mutable {
      if (--calls == 0) std::raise(SIGINT);
      return loss(batch, rng);
    };
  }
};

TEST_F(Training, LearnsAndKeepsItsHistory) {
  Session session(arguments("whole"));
  session.train();
  const auto& epochs = session.trainer.epochs();
  ASSERT_EQ(epochs.size(), 4u);
  EXPECT_LT(epochs.back().test_loss, epochs.front().test_loss);
  EXPECT_LT(epochs.back().train_loss, epochs.front().train_loss);
  EXPECT_GT(session.trainer.images_per_second(), 0);
}

// 50 images in batches of 8 are 7 batches: interrupts in the middle of an epoch, in its last batch, in the first of the
// next, and in the last of all.
TEST_F(Training, GoesOnToTheSameBitsFromAnyBatch) {
  Session whole(arguments("whole"));
  whole.train();
  for (const std::size_t at : {1u, 3u, 7u, 8u, 12u, 28u}) {
    const std::string out = "stopped-at-" + std::to_string(at);
    {
      Session stopped(arguments(out));
      EXPECT_THROW(stopped.trainer.train(with_interrupt(stopped.loss(), at), stopped.loss()), Interrupted);
    }
    Session resumed(resume(out));
    resumed.train();
    EXPECT_EQ(resumed.weights(), whole.weights()) << at;
    ASSERT_EQ(resumed.trainer.epochs().size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(resumed.trainer.epochs()[i].train_loss, whole.trainer.epochs()[i].train_loss) << at << ", epoch " << i;
      EXPECT_EQ(resumed.trainer.epochs()[i].test_loss, whole.trainer.epochs()[i].test_loss) << at << ", epoch " << i;
    }
  }
}

TEST_F(Training, GoesOnToTheSameBitsFromTheTest) {
  Session whole(arguments("whole"));
  whole.train();
  {
    Session stopped(arguments("stopped"));
    EXPECT_THROW(stopped.trainer.train(stopped.loss(), with_interrupt(stopped.loss(), 5)), Interrupted);
  }
  Session resumed(resume("stopped"));
  resumed.train();
  EXPECT_EQ(resumed.weights(), whole.weights());
  EXPECT_EQ(resumed.trainer.epochs().back().test_loss, whole.trainer.epochs().back().test_loss);
}

TEST_F(Training, SaysHowToGoOn) {
  Session session(arguments("stopped"));
  try {
    session.trainer.train(with_interrupt(session.loss(), 10), session.loss());
    FAIL() << "not interrupted";
  } catch (const Interrupted& stop) {
    const std::string message = stop.what();
    EXPECT_NE(message.find("in epoch 2 after 24 of 50 images"), std::string::npos) << message;
    EXPECT_NE(message.find("--resume"), std::string::npos) << message;
  }
}

TEST_F(Training, NamesWhatIsNotFiniteAndKeepsTheLastCheckpoint) {
  Session session(arguments("broken"));
  std::size_t calls = 0;
  std::string before;
  const auto loss = [&](const Trainer::Batch& batch, Random& rng) {
    if (++calls < 10) return session.model.loss(batch, rng);
    if (before.empty()) before = checkpoint("broken");
    return session.model.loss(batch, rng) + mean(log(Var<float>(batch.images) - 2.0f));  // of negative numbers
  };
  try {
    session.trainer.train(loss, session.loss());
    FAIL() << "not stopped";
  } catch (const xtape::NumericError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("in epoch 2 after 16 of 50 images"), std::string::npos) << message;
    EXPECT_NE(message.find("[log]"), std::string::npos) << message;
    EXPECT_NE(message.find("after epoch 1 is kept"), std::string::npos) << message;
  }
  EXPECT_FALSE(before.empty());
  EXPECT_EQ(checkpoint("broken"), before);
}

TEST_F(Training, AGradientThatIsNotFiniteDoesNotReachTheWeights) {
  Session session(arguments("broken"));
  std::vector<float> before;
  const auto loss = [&](const Trainer::Batch& batch, Random& rng) {
    before = session.weights();
    // The root is 0, a finite loss; its derivative there is infinite.
    return session.model.loss(batch, rng) + sqrt(sum(square(session.model.layer.weight().var())) * 0.0f);
  };
  try {
    session.trainer.train(loss, session.loss());
    FAIL() << "not stopped";
  } catch (const xtape::NumericError& error) {
    EXPECT_NE(std::string(error.what()).find("gradient"), std::string::npos) << error.what();
  }
  EXPECT_EQ(session.weights(), before);
  for (const float weight : before) EXPECT_TRUE(std::isfinite(weight));
}

TEST_F(Training, AnInterruptIsForgottenAfterIt) {
  Session first(arguments("first"));
  EXPECT_THROW(first.trainer.train(with_interrupt(first.loss(), 2), first.loss()), Interrupted);
  Session second(arguments("second"));
  EXPECT_NO_THROW(second.train());
}

TEST_F(Training, ANewRunReplacesTheOldOne) {
  const std::vector<std::string> old{"model.safetensors", "summary.json", "report.html", "loss.png", "picture.png"};
  const std::vector<std::string> own{"notes.txt", "holiday.png", "samples.png.bak", "my report.html"};
  std::filesystem::create_directories(folder / "out");
  for (const auto* files : {&old, &own})
    for (const std::string& file : *files) std::ofstream(folder / "out" / file) << "old";
  Session session(arguments("out"));
  for (const std::string& file : old)
    EXPECT_TRUE(std::filesystem::exists(folder / "out" / file)) << file << " is gone, and nothing new is there";
  session.train();
  for (const std::string& file : old)
    EXPECT_FALSE(std::filesystem::exists(folder / "out" / file)) << "an old " << file << " beside a new checkpoint";
  for (const std::string& file : own)
    EXPECT_TRUE(std::filesystem::exists(folder / "out" / file)) << file << " is the user's own";
  EXPECT_FALSE(checkpoint("out").empty());
}

TEST_F(Training, RemovesFilesOnly) {
  Session session(arguments("out"));
  std::filesystem::create_directories(folder / "out/report.html");  // since the run has looked
  std::ofstream(folder / "elsewhere.json") << "of somebody else";
  std::filesystem::create_symlink(folder / "elsewhere.json", folder / "out/summary.json");
  session.train();
  EXPECT_TRUE(std::filesystem::is_directory(folder / "out/report.html"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "out/summary.json"));
  EXPECT_TRUE(std::filesystem::exists(folder / "elsewhere.json"));
}

TEST_F(Training, AFolderIsOneRunsAlone) {
  {
    Session first(arguments("out"));
    for (const auto& second : {arguments("out"), resume("out")}) {
      const std::string refused = xtape::message_of<UserError>([&] { Session session(second); });
      EXPECT_NE(refused.find("is in use by another run"), std::string::npos) << refused;
    }
    EXPECT_NO_THROW(Session(arguments("elsewhere")));
    first.train();
  }
  EXPECT_NO_THROW(Session(resume("out")));
}

TEST_F(Training, AKilledRunLeavesNoLock) {
  std::filesystem::create_directories(folder / "out");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const FolderLock lock(folder / "out");
    (void)!write(ready[1], "x", 1);
    for (;;) pause();
  }
  char letter = 0;
  ASSERT_EQ(read(ready[0], &letter, 1), 1);
  EXPECT_THROW(FolderLock(folder / "out"), UserError);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(FolderLock(folder / "out").held());
  EXPECT_TRUE(std::filesystem::is_empty(folder / "out"));
  close(ready[0]);
  close(ready[1]);
}

TEST_F(Training, RefusesACheckpointThatIsInTwoPlacesAtOnce) {
  {
    Session stopped(arguments("out"));
    EXPECT_THROW(stopped.trainer.train(with_interrupt(stopped.loss(), 10), stopped.loss()), Interrupted);
  }
  const std::filesystem::path path = folder / "out/checkpoint.safetensors";
  const xtape::nn::TensorFile file = xtape::nn::read_safetensors(path);
  const auto with_note = [&](const std::string& key, const std::string& value) {
    xtape::nn::Metadata notes = file.metadata();
    EXPECT_TRUE(notes.contains(key)) << key;
    notes[key] = value;
    xtape::nn::write_safetensors(path, file.tensors(), notes);
    return xtape::message_of<UserError>([&] { Session session(resume("out")); });
  };
  EXPECT_NE(with_note("note.part.images", "16").find("two places"), std::string::npos);
  EXPECT_NE(with_note("note.part.seconds", "nan").find("'part.seconds' is missing or damaged"), std::string::npos);
}

TEST_F(Training, AResumedRunKeepsItsResults) {
  Session(arguments("out")).train();
  std::ofstream(folder / "out/report.html") << "of this run";
  std::vector<std::string> more = resume("out");
  more.insert(more.end(), {"--epochs", "5"});
  Session(more).train();
  EXPECT_TRUE(std::filesystem::exists(folder / "out/report.html"));
}

TEST_F(Training, ResumesARunOfMoreEpochsThanTheDefault) {
  std::vector<std::string> many = arguments("out");
  many.back() = "12";
  Session(many).train();
  Session again(resume("out"));
  again.train();
  EXPECT_EQ(again.trainer.epochs().size(), 12u);
}

TEST_F(Training, WritesOnlyFilesThatWereAnnounced) {
  const Session session(arguments("out"));
  session.run.out.write("picture.png", "a picture");
  EXPECT_TRUE(std::filesystem::exists(folder / "out/picture.png"));
  EXPECT_THROW(session.run.out.write("other.png", "a picture"), std::logic_error);
}

TEST_F(Training, SeesBeforeItTrainsThatAResultCannotBeWritten) {
  std::filesystem::create_directories(folder / "out/picture.png");
  std::filesystem::create_directories(folder / "out/probe");  // no file of ours
  EXPECT_THROW(Session(arguments("out")), UserError);
  std::filesystem::remove(folder / "out/picture.png");
  EXPECT_NO_THROW(Session(arguments("out")));
}

TEST_F(Training, PublishedFiguresAreOfMnistAndOfTheseOptions) {
  Session plain(arguments("a")), other(arguments("b"));
  plain.run.model = "vae";
  other.run.model = "vae";
  plain.run.changes.clear();
  other.run.changes = {{"likelihood", "gaussian"}};
  EXPECT_EQ(plain.run.published("test_loss"), "") << "on other images";
  plain.run.data_fingerprint = kMnistFingerprint;
  other.run.data_fingerprint = kMnistFingerprint;
  EXPECT_EQ(plain.run.published("test_loss"), "105.56, 105.59, 105.61 (PyTorch's examples, log variances)");
  EXPECT_EQ(plain.run.published("test_kl"), "");
  EXPECT_EQ(other.run.published("test_loss"), "");
  EXPECT_EQ(other.run.published("test_kl"), "5.8 (PyTorch)");
  other.run.model = "cvae";
  EXPECT_EQ(other.run.published("test_kl"), "");
}

}  // namespace

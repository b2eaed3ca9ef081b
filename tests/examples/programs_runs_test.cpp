// What every program does alike: it repeats itself, takes a first look, and goes on after Ctrl-C and other signals.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/examples/one_program.hpp"
#include "tests/sanitized.hpp"

namespace {

namespace fs = std::filesystem;
using namespace testing_support;

/// A program, and what it says when it begins to train each of its models, which has a checkpoint of its own.
struct Kind {
  struct Phase {
    std::string title, checkpoint;
  };
  std::string name;
  std::vector<Phase> phases;
};

const std::string kFirst = "checkpoint.safetensors";

const std::vector<Kind> kKinds{
    {"ae", {{"Autoencoder 784", kFirst}}},
    {"dae", {{"Denoising autoencoder 784", kFirst}}},
    {"vae", {{"VAE 784", kFirst}}},
    {"ae_to_vae",
     {{"Autoencoder 784", kFirst},
      {"From an autoencoder", "checkpoint-retrained.safetensors"},
      {"A VAE from scratch", "checkpoint-from-scratch.safetensors"}}},
    {"cvae", {{"CVAE 784", kFirst}, {"\nVAE 784", "checkpoint-vae.safetensors"}}},
    {"ppca", {{"Linear VAE 784", kFirst}}},
};

struct EveryRun : OneProgram, testing::WithParamInterface<Kind> {
  EveryRun() : OneProgram(GetParam().name) {}

  /// The numbers of summary.json, but for times and memory.
  nlohmann::json lasting_summary(const std::string& out) const {
    nlohmann::json result = summary(out);
    for (const char* key : {"images_per_second", "peak_rss_bytes"}) result.erase(key);
    for (auto& epoch : result["epochs"]) epoch.erase("seconds");
    if (result.contains("more_models"))
      for (auto& epochs : result["more_models"])
        for (auto& epoch : epochs) epoch.erase("seconds");
    return result;
  }
  void expect_same_results(const std::string& a, const std::string& b) const {
    EXPECT_EQ(files_in(folder / a), files_in(folder / b));
    for (const std::string& file : files_in(folder / a))
      if (file.ends_with(".png") || file == "model.safetensors") {
        EXPECT_EQ(read(folder / a / file), read(folder / b / file)) << file;
      }
    EXPECT_EQ(lasting_summary(a), lasting_summary(b));
  }
};

std::string title(const testing::TestParamInfo<Kind>& kind) {
  return kind.param.name;
}

INSTANTIATE_TEST_SUITE_P(Programs, EveryRun, testing::ValuesIn(kKinds), title);

TEST(Programs, HaveARunAndASectionOnTheirPage) {
  const std::string page = read(XTAPE_SOURCE_DIR "/examples/programs/README.md");
  for (const std::string& name : names_of_programs()) {
    const bool runs = std::any_of(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return kind.name == name; });
    EXPECT_TRUE(runs) << name << " is not in kKinds";
    EXPECT_NE(page.find("\n## " + name + "\n"), std::string::npos) << name;
  }
}

TEST_P(EveryRun, SameSeedSameFiles) {
  ASSERT_EQ(train({"--epochs", "2", "--out", "a"}).exit_code, 0);
  ASSERT_EQ(train({"--epochs", "2", "--out", "b"}).exit_code, 0);
  expect_same_results("a", "b");
  if (xtape::kSanitized) return;  // numbers, which need no third run there
  ASSERT_EQ(train({"--epochs", "2", "--out", "c", "--seed", "2"}).exit_code, 0);
  EXPECT_NE(read(folder / "a/model.safetensors"), read(folder / "c/model.safetensors"));
}

TEST_P(EveryRun, CodesOfOneNumber) {
  std::vector<std::string> arguments{"--data", "tiny",      "--latent", "1",     "--epochs",
                                     "1",      "--threads", "1",        "--out", "result"};
  if (called == "vae") arguments.insert(arguments.end(), {"--evidence-samples", "20"});
  if (called == "ppca") arguments.insert(arguments.end(), {"--iterations", "5"});
  const Outcome outcome = run_program(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(files_in(folder / "result").contains("report.html"));
}

TEST_P(EveryRun, AFirstLookTakesTwoEpochs) {
  const Outcome outcome = train({"--quick", "--out", "result"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(summary("result")["epochs"].size(), 2u);
  EXPECT_EQ(summary("result")["options"]["epochs"], 2);
}

TEST_P(EveryRun, ASignalInAnyPhaseGoesOnToTheSameResults) {
  const std::vector<int> signals{SIGINT, SIGTERM, SIGHUP};
  const auto arguments = [&](const std::string& out) {
    return small_model({"--epochs", kManyEpochs, "--out", out}, "8");
  };
  ASSERT_EQ(run_program(arguments("whole")).exit_code, 0);
  std::set<std::string> checkpoints;
  for (const Kind::Phase& phase : GetParam().phases) {
    checkpoints.insert(phase.checkpoint);
    // Each phase stops and goes on in the same code; the last one, with the checkpoints of all before it, is enough
    // there.
    if (xtape::kSanitized && &phase != &GetParam().phases.back()) continue;
    fs::remove_all(folder / "parts");
    Invocation interrupted = invocation(arguments("parts"));
    interrupted.interrupt_after = phase.title;
    interrupted.interrupt_at = "epoch  1/" + kManyEpochs;
    // Each in turn: Ctrl-C, the end of a batch system's time, a closed terminal.
    interrupted.signal = signals[(called.size() + checkpoints.size()) % signals.size()];
    const Outcome stopped = run(interrupted);
    ASSERT_EQ(stopped.exit_code, 128 + interrupted.signal) << stopped.out << stopped.err;
    EXPECT_EQ(files_in(folder / "parts"), checkpoints);
    const Outcome resumed = paste(after("to go on: ", stopped.err));
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_NE(resumed.out.find("going on in epoch "), std::string::npos) << "it started anew\n" << resumed.out;
    expect_same_results("whole", "parts");
  }
}

struct AeRun : ExampleProgram {
  AeRun() : ExampleProgram("ae") {}
};

// Names from files and command lines: nothing that a terminal or a browser does is in them.
TEST_F(AeRun, NamesOfFoldersAreShownAndNothingElse) {
  const std::string nasty = "n\x1b]0;title\a\xc2\x9b";
  fs::rename(data, folder / nasty);
  const auto arguments = [&](const std::string& epochs) {
    return std::vector<std::string>{"--data",    nasty,      "--out",    nasty + "-out", "--hidden",
                                    "8",         "--latent", "2",        "--batch-size", "8",
                                    "--threads", "1",        "--epochs", epochs};
  };
  Invocation interrupted = invocation(arguments("30"));
  interrupted.interrupt_at = "epoch  1/30";
  const Outcome stopped = run(interrupted), resumed = paste(after("to go on: ", stopped.err));
  EXPECT_EQ(stopped.exit_code, 130);
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  const std::string shown = stopped.out + stopped.err + resumed.out + resumed.err +
                            read(folder / (nasty + "-out") / "report.html") +
                            read(folder / (nasty + "-out") / "summary.json");
  for (const char* raw : {"\x1b", "\a"}) EXPECT_EQ(shown.find(raw), std::string::npos);
  EXPECT_NE(resumed.out.find("n\\u001b]0;title\\u0007\\u009b"), std::string::npos) << resumed.out;
  EXPECT_EQ(summary(nasty + "-out")["options"]["data"], (folder / nasty).string());
}

// A closed terminal takes the reader of a pipe with it.
TEST_F(AeRun, GoesOnWithoutAReader) {
  const Outcome outcome = paste(program + " --data tiny --hidden 8 --epochs 2 --out result | true");
  EXPECT_NE(outcome.err.find("standard output could not be written"), std::string::npos) << outcome.err;
  EXPECT_TRUE(files_in(folder / "result").contains("report.html"));
}

// The checkpoint stays that of the last epoch, so that what comes after it is done again, and in the same way.
struct LinearRun : ExampleProgram, testing::WithParamInterface<const char*> {
  LinearRun() : ExampleProgram(GetParam()) {
    if (xtape::kSanitized) write_tiny_data(data, 200, 50, 14);  // fewer pixels, whose covariance takes most of the time
  }
  std::vector<std::string> linear(const std::string& epochs, const std::string& out) const {
    const std::string codes = xtape::kSanitized ? "1" : "3";  // fewer steps to the optimum
    return {"--data", "tiny",     "--linear", "--latent", codes, "--batch-size", "20", "--threads",
            "1",      "--epochs", epochs,     "--out",    out};
  }
  void expect_same_model(const std::string& a, const std::string& b) const {
    EXPECT_EQ(read(folder / a / "model.safetensors"), read(folder / b / "model.safetensors"));
    EXPECT_EQ(summary(a)["figures"], summary(b)["figures"]);
    EXPECT_EQ(summary(a)["test_loss"], summary(b)["test_loss"]);
  }
};

std::string name_of(const testing::TestParamInfo<const char*>& program) {
  return program.param;
}

INSTANTIATE_TEST_SUITE_P(Programs, LinearRun, testing::Values("ae", "dae"), name_of);

TEST_P(LinearRun, GoesOnToTheSameOptimum) {
  ASSERT_EQ(run_program(linear("4", "whole")).exit_code, 0);
  Invocation interrupted = invocation(linear("4", "parts"));
  interrupted.interrupt_at = "epoch 4/4";  // and so in L-BFGS
  const Outcome stopped = run(interrupted);
  ASSERT_EQ(stopped.exit_code, 130) << stopped.out << stopped.err;
  EXPECT_NE(stopped.err.find("stopped after training"), std::string::npos) << stopped.err;
  ASSERT_EQ(paste(after("to go on: ", stopped.err)).exit_code, 0);
  expect_same_model("whole", "parts");
  ASSERT_EQ(run_program({"--out", "parts", "--resume"}).exit_code, 0);
  expect_same_model("whole", "parts");
  ASSERT_EQ(run_program(linear("2", "longer")).exit_code, 0);
  ASSERT_EQ(run_program({"--out", "longer", "--resume", "--epochs", "4"}).exit_code, 0);
  expect_same_model("whole", "longer");
}

}  // namespace

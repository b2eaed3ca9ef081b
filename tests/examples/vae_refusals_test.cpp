// The program vae: what it refuses or cannot do, and in what words.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "examples/programs/command_line/text.hpp"
#include "tests/examples/vae_program.hpp"
#include "tests/sanitized.hpp"

namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using programs::shell_word;

using VaeRefusals = VaeExample;

TEST_F(VaeRefusals, SaysWhatTakesMemory) {
  if (xtape::kSanitized) GTEST_SKIP() << "a sanitizer needs more than the limit";
  const Outcome outcome =
      paste("ulimit -v 4000000; " + shell_word(program) + " --data tiny --samples 10000 --latent 16384 --threads 1");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, "vae: out of memory; try a smaller --batch-size, --samples, --hidden or --latent\n");
}

TEST_F(VaeRefusals, StopsAtALossThatIsNotFinite) {
  const Outcome outcome = run_program(small({"--epochs", "3", "--out", "result", "--learning-rate", "1e30"}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_TRUE(
      std::regex_search(outcome.err, std::regex(R"(not finite in epoch 1 after [\d,]+ of 200 images: \[\w+\])")))
      << outcome.err;
  EXPECT_NE(outcome.err.find("no checkpoint was saved before"), std::string::npos) << outcome.err;
  EXPECT_EQ(files_in(folder / "result"), std::set<std::string>{});
}

TEST_F(VaeRefusals, RefusesOptions) {
  expect_refused({"--epocs", "3"}, {"--epocs", "did you mean --epochs?"});
  expect_refused({"--likelihood", "poisson"}, {"--likelihood takes bernoulli or gaussian", "poisson"});
  expect_refused({"--epochs", "0"}, {"--epochs takes a whole number from 1", "'0'"});
  expect_refused({"--samples", "0"}, {"--samples takes a whole number from 1", "'0'"});
  expect_refused({"--learning-rate", "-1"}, {"--learning-rate takes a number above 0", "'-1'"});
  expect_refused({"--threads", "many"}, {"--threads takes a whole number", "'many'"});
  expect_refused(small({"--binarize", "--likelihood", "gaussian"}),
                 {"--binarize", "--likelihood gaussian", "leave one out"});
}

TEST_F(VaeRefusals, RefusesDataThatIsMissingOrDamaged) {
  const auto refused = [&](const std::vector<std::string>& words) {
    expect_refused({"--data", "tiny", "--out", "result"}, words);
    write_tiny_data(data, 200, 50);
  };
  expect_refused({"--data", "nothing"}, {"no folder 'nothing'"});
  expect_refused({"--data", "mnits"}, {"did you mean mnist?"});
  fs::resize_file(data / "train-images-idx3-ubyte", 1000);
  refused({"train-images-idx3-ubyte"});
  fs::resize_file(data / "t10k-images-idx3-ubyte", 3);
  refused({"t10k-images-idx3-ubyte"});
  std::ofstream(data / "t10k-labels-idx1-ubyte", std::ios::binary) << "\x89PNG\r\n\x1a\n not an IDX file";
  refused({"t10k-labels-idx1-ubyte", "magic"});
  fs::copy_file(data / "train-labels-idx1-ubyte", data / "train-images-idx3-ubyte",
                fs::copy_options::overwrite_existing);
  refused({"train-images-idx3-ubyte", "expected the magic number 0x00000803", "got 0x00000801"});
  write_labels(data / "train-labels-idx1-ubyte", 199);
  refused({"199", "200"});
  write_images(data / "t10k-images-idx3-ubyte", 50, 14);
  refused({"differ in size"});
}

TEST_F(VaeRefusals, RefusesAnOutputFolderThatCannotBe) {
  std::ofstream(folder / "file") << "in the way";
  expect_refused(small({"--out", "file"}), {"file", "--out"});
  expect_refused(small({"--out", "file/below"}), {"file/below", "--out"});
  expect_refused(small({"--out", "/proc/nothing"}), {"/proc/nothing", "--out"});
  expect_refused(small({"--out", "/proc"}), {"/proc", "--out"});
}

TEST_F(VaeRefusals, RefusesResultsThatCannotBeWrittenBeforeItTrains) {
  for (const char* file : {"checkpoint.safetensors", "model.safetensors", "summary.json", "report.html", "loss.png",
                           "reconstructions.png", "samples.png"}) {
    const std::string out = "out-" + std::string(file);
    fs::create_directories(folder / out / file);
    expect_refused(small({"--out", out}), {file, "Is a directory", "--out"});
    EXPECT_EQ(files_in(folder / out), std::set<std::string>{file});
  }
}

TEST_F(VaeRefusals, FailsWhereItsOutputIsLost) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const auto lost = [&](const std::string& arguments) {
    const Outcome outcome = paste(shell_word(program) + " --evidence-samples 20 " + arguments + " > /dev/full");
    EXPECT_EQ(outcome.exit_code, 1) << arguments;
    EXPECT_TRUE(outcome.err.starts_with("vae: standard output could not be written")) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  };
  lost("--help");
  lost("--version");
  lost("--data tiny --hidden 4 --latent 2 --epochs 1 --threads 1 --out result");
  EXPECT_TRUE(fs::exists(folder / "result/report.html")) << "the results are there all the same";
}

TEST_F(VaeRefusals, RefusesToResumeWhatDoesNotFit) {
  expect_refused({"--out", "nowhere", "--resume"}, {"no checkpoint", "nowhere"});
  ASSERT_EQ(run_program(small({"--epochs", "2", "--out", "result"})).exit_code, 0);
  const std::string kept = read(folder / "result/checkpoint.safetensors");
  const auto refused = [&](std::vector<std::string> more, const std::vector<std::string>& words) {
    more.insert(more.begin(), {"--out", "result", "--resume"});
    expect_refused(more, words);
    EXPECT_EQ(read(folder / "result/checkpoint.safetensors"), kept);
  };
  refused({"--hidden", "17"}, {"--hidden 17", "16"});
  refused({"--likelihood", "gaussian"}, {"--likelihood gaussian", "bernoulli"});
  refused({"--seed", "2"}, {"--seed 2"});
  refused({"--epochs", "1"}, {"--epochs 1", "2"});
  write_tiny_data(folder / "other", 200, 40);
  refused({"--data", "other"}, {"other", "other images"});
}

TEST_F(VaeRefusals, RefusesADamagedCheckpoint) {
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "result"})).exit_code, 0);
  const fs::path checkpoint = folder / "result/checkpoint.safetensors";
  fs::copy_file(folder / "result/model.safetensors", checkpoint, fs::copy_options::overwrite_existing);
  expect_refused({"--out", "result", "--resume"}, {"checkpoint"});
  std::ofstream(checkpoint) << "not a checkpoint";
  expect_refused({"--out", "result", "--resume"}, {"checkpoint"});
}

}  // namespace

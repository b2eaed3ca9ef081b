// The program vae, run as a user runs it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "nn/files/safetensors.hpp"
#include "tests/examples/png.hpp"
#include "tests/examples/process.hpp"
#include "tests/examples/tiny_data.hpp"

namespace {

namespace fs = std::filesystem;
using testing_support::Invocation;
using testing_support::Outcome;
using testing_support::TemporaryFolder;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> files_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

testing_support::PngSize size_of_picture(const fs::path& path) {
  const std::string bytes = read(path);
  return testing_support::png_size(std::as_bytes(std::span(bytes)));
}

/// A folder with a small data set in it; the program runs there.
struct VaeProgram : testing::Test {
  const TemporaryFolder folder;
  const fs::path data = folder / "tiny";

  VaeProgram() { testing_support::write_tiny_data(data, 200, 50); }

  Invocation invocation(std::vector<std::string> arguments) const {
    Invocation result;
    result.arguments = std::move(arguments);
    result.arguments.insert(result.arguments.begin(), XTAPE_EXAMPLES_DIR "/vae");
    result.directory = folder.path();
    result.environment = {{"XTAPE_DATA_DIR", folder.path().string()}, {"OMP_NUM_THREADS", "2"}};
    return result;
  }
  Outcome vae(std::vector<std::string> arguments) const { return run(invocation(std::move(arguments))); }

  /// A model that trains in no time.
  static std::vector<std::string> small(std::vector<std::string> more = {}, const std::string& batch_size = "64") {
    std::vector<std::string> arguments{"--data", "tiny",         "--hidden", "16",        "--latent",
                                       "3",      "--batch-size", batch_size, "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  /// The user's mistake gets exit code 2 and one line that holds `words`, and leaves nothing behind.
  void expect_refused(const std::vector<std::string>& arguments, const std::vector<std::string>& words) const {
    const std::set<std::string> before = files_in(folder.path());
    const Outcome outcome = vae(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("vae: ")) << outcome.err;
    for (const std::string& word : words)
      EXPECT_NE(outcome.err.find(word), std::string::npos) << word << " in " << outcome.err;
    EXPECT_EQ(outcome.out.find("epoch"), std::string::npos) << "it trained:\n" << outcome.out;
    EXPECT_EQ(files_in(folder.path()), before);
  }
};

TEST_F(VaeProgram, TrainsAndLeavesItsResults) {
  const Outcome outcome = vae(small({"--epochs", "3", "--out", "result"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(files_in(folder / "result"),
            (std::set<std::string>{"checkpoint.safetensors", "loss.png", "model.safetensors", "reconstructions.png",
                                   "report.html", "samples.png", "summary.json"}));
  const std::regex line(R"(epoch 3/3  train \d+\.\d\d  test \d+\.\d\d nats per image  \d+\.\d s  [\d,]+ images/s)");
  EXPECT_TRUE(std::regex_search(outcome.out, line)) << outcome.out;
  EXPECT_EQ(outcome.out.find('\r'), std::string::npos) << "a bar, drawn into a pipe";
  EXPECT_NE(outcome.out.find("cross-entropy"), std::string::npos);
  EXPECT_NE(outcome.out.find("entropy of the test images' grey levels"), std::string::npos);
  EXPECT_EQ(outcome.out.find("likelihood"), std::string::npos) << "grey levels have none";
}

TEST_F(VaeProgram, SummaryHoldsTheRun) {
  ASSERT_EQ(vae(small({"--epochs", "3", "--out", "result", "--seed", "5"})).exit_code, 0);
  const auto summary = nlohmann::ordered_json::parse(read(folder / "result/summary.json"));
  std::vector<std::string> names;
  for (const auto& [name, value] : summary.items()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"model", "data", "options", "version", "parameters", "epochs", "test_loss",
                                             "images_per_second", "peak_rss_bytes"}));
  EXPECT_EQ(summary["model"], "vae");
  EXPECT_EQ(summary["data"], "tiny");
  EXPECT_EQ(summary["options"]["seed"], 5);
  EXPECT_EQ(summary["options"]["hidden"], 16);
  EXPECT_EQ(summary["options"]["learning-rate"], 1e-3);
  EXPECT_EQ(summary["options"]["likelihood"], "bernoulli");
  EXPECT_EQ(summary["options"]["binarize"], false);
  EXPECT_EQ(summary["version"], "0.1.0");
  EXPECT_EQ(summary["parameters"], 784 * 16 + 16 + 2 * (16 * 3 + 3) + 3 * 16 + 16 + 16 * 784 + 784);
  ASSERT_EQ(summary["epochs"].size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(summary["epochs"][i]["epoch"], i + 1);
    EXPECT_GT(summary["epochs"][i]["seconds"], 0.0);
  }
  EXPECT_GT(summary["epochs"][0]["train_loss"], summary["epochs"][2]["train_loss"]);
  EXPECT_GT(summary["epochs"][0]["test_loss"], summary["epochs"][2]["test_loss"]);
  EXPECT_EQ(summary["epochs"][2]["test_loss"], summary["test_loss"]);
  EXPECT_LT(summary["test_loss"], 784 * std::log(2.0)) << "no better than a coin for each pixel";
  EXPECT_GT(summary["images_per_second"], 0.0);
  EXPECT_GT(summary["peak_rss_bytes"], 1'000'000);
}

TEST_F(VaeProgram, PicturesAreWhole) {
  ASSERT_EQ(vae(small({"--epochs", "1", "--out", "result"})).exit_code, 0);
  const auto samples = size_of_picture(folder / "result/samples.png");
  EXPECT_EQ(samples.width, 24 + 8 * 84 + 7 * 4u);
  EXPECT_EQ(samples.height, samples.width);
  const auto reconstructions = size_of_picture(folder / "result/reconstructions.png");
  EXPECT_GT(reconstructions.width, 10 * 84u);
  EXPECT_GT(reconstructions.height, 4 * 84u);
  const auto loss = size_of_picture(folder / "result/loss.png");
  EXPECT_EQ(loss.width, 1200u);
  EXPECT_EQ(loss.height, 720u);
}

TEST_F(VaeProgram, ReportOpensOffline) {
  ASSERT_EQ(vae(small({"--epochs", "2", "--out", "result"})).exit_code, 0);
  const std::string html = read(folder / "result/report.html");
  EXPECT_TRUE(html.starts_with("<!doctype html>"));
  EXPECT_TRUE(html.ends_with("</html>\n"));
  for (const char* outside : {"http:", "https:", "src=\"/", "<link", "<script", "@import", "url("})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  const auto count = [&html](std::string_view text) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = html.find(text, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  EXPECT_EQ(count("<img "), 3u);
  EXPECT_EQ(count("src=\"data:image/png;base64,iVBORw0KGgo"), 3u);  // a PNG file's signature
  for (const char* text : {"viewport", "VAE 784-16-3 on tiny", "--learning-rate", "0.001", "Test loss", "xtape 0.1.0"})
    EXPECT_NE(html.find(text), std::string::npos) << text;
}

TEST_F(VaeProgram, SameSeedSameBits) {
  ASSERT_EQ(vae(small({"--epochs", "2", "--out", "a"})).exit_code, 0);
  ASSERT_EQ(vae(small({"--epochs", "2", "--out", "b"})).exit_code, 0);
  ASSERT_EQ(vae(small({"--epochs", "2", "--out", "c", "--seed", "2"})).exit_code, 0);
  EXPECT_EQ(read(folder / "a/model.safetensors"), read(folder / "b/model.safetensors"));
  EXPECT_EQ(read(folder / "a/samples.png"), read(folder / "b/samples.png"));
  EXPECT_NE(read(folder / "a/model.safetensors"), read(folder / "c/model.safetensors"));
}

TEST_F(VaeProgram, OptionsOfItsOwnTrainToo) {
  const Outcome gaussian = vae(small({"--epochs", "2", "--out", "gaussian", "--likelihood", "gaussian"}));
  ASSERT_EQ(gaussian.exit_code, 0) << gaussian.err;
  EXPECT_EQ(gaussian.out.find("cross-entropy"), std::string::npos);
  const auto summary = nlohmann::json::parse(read(folder / "gaussian/summary.json"));
  const double constant = 784 / 2.0 * std::log(2 * 3.14159265358979);  // of the normal densities with sigma = 1
  EXPECT_GT(summary["test_loss"], constant);
  EXPECT_LT(summary["test_loss"], constant + 100);

  const Outcome binarized = vae(small({"--epochs", "2", "--out", "binarized", "--binarize", "--samples", "5"}));
  ASSERT_EQ(binarized.exit_code, 0) << binarized.err;
  EXPECT_EQ(binarized.out.find("cross-entropy"), std::string::npos);
}

TEST_F(VaeProgram, DrawsABarOnATerminal) {
  Invocation on_terminal = invocation(small({"--epochs", "2", "--out", "result"}));
  on_terminal.terminal_width = 60;
  on_terminal.environment.insert(on_terminal.environment.end(), {{"TERM", "xterm"}, {"LC_ALL", "C"}});
  const Outcome outcome = run(on_terminal);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::size_t bar = outcome.out.find("\repoch 1/2");
  ASSERT_NE(bar, std::string::npos) << outcome.out;
  const std::size_t end = outcome.out.find('\x1b', bar);
  EXPECT_LT(end - bar, 61u) << "wider than the terminal";
  EXPECT_NE(outcome.out.substr(bar, end - bar).find(" left"), std::string::npos);
  EXPECT_NE(outcome.out.find("\x1b[Kepoch 2/2"), std::string::npos) << "the bar is not erased before the line";
}

TEST_F(VaeProgram, DrawsDigitsWhereTheDefaultIsNotInstalled) {
  Invocation bare =
      invocation({"--epochs", "1", "--hidden", "4", "--latent", "2", "--batch-size", "500", "--out", "result"});
  bare.environment.emplace_back("XDG_DATA_DIRS", (folder / "nothing").string());
  const Outcome outcome = run(bare);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("fashion-mnist is not installed (Debian's package dataset-fashion-mnist)"))
      << outcome.out;
  const auto summary = nlohmann::json::parse(read(folder / "result/summary.json"));
  EXPECT_EQ(summary["data"], "digits");
  EXPECT_EQ(summary["options"]["data"], "digits");

  bare.arguments.insert(bare.arguments.end(), {"--data", "fashion-mnist"});
  const Outcome asked_for = run(bare);
  EXPECT_EQ(asked_for.exit_code, 2);
  EXPECT_NE(asked_for.err.find("fashion-mnist is not in"), std::string::npos) << asked_for.err;
  EXPECT_NE(asked_for.err.find("dataset-fashion-mnist"), std::string::npos) << asked_for.err;
}

TEST_F(VaeProgram, CtrlCSavesAndResumesToTheSameBits) {
  const auto arguments = [](const char* out) { return small({"--epochs", "30", "--out", out}, "4"); };
  ASSERT_EQ(vae(arguments("whole")).exit_code, 0);

  Invocation interrupted = invocation(arguments("parts"));
  interrupted.interrupt_at = "epoch  2/30";
  const Outcome stopped = run(interrupted);
  ASSERT_EQ(stopped.exit_code, 130) << stopped.out << stopped.err;
  EXPECT_NE(stopped.err.find("to go on: vae --out parts --resume"), std::string::npos) << stopped.err;
  EXPECT_EQ(std::count(stopped.err.begin(), stopped.err.end(), '\n'), 1);
  EXPECT_EQ(files_in(folder / "parts"), (std::set<std::string>{"checkpoint.safetensors"}));

  const Outcome resumed = vae({"--out", "parts", "--resume"});  // all else is in the checkpoint
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(resumed.out.find("epoch  1/30"), std::string::npos) << "it started anew";
  EXPECT_EQ(read(folder / "whole/model.safetensors"), read(folder / "parts/model.safetensors"));
  EXPECT_EQ(read(folder / "whole/samples.png"), read(folder / "parts/samples.png"));
  const auto whole = nlohmann::json::parse(read(folder / "whole/summary.json"));
  const auto parts = nlohmann::json::parse(read(folder / "parts/summary.json"));
  ASSERT_EQ(parts["epochs"].size(), 30u);
  for (std::size_t i = 0; i < 30; ++i)
    for (const char* loss : {"train_loss", "test_loss"})
      EXPECT_EQ(parts["epochs"][i][loss], whole["epochs"][i][loss]) << i;
}

TEST_F(VaeProgram, TrainsOnAfterItsLastEpoch) {
  ASSERT_EQ(vae(small({"--epochs", "4", "--out", "whole"})).exit_code, 0);
  ASSERT_EQ(vae(small({"--epochs", "2", "--out", "parts"})).exit_code, 0);
  ASSERT_EQ(vae({"--epochs", "4", "--out", "parts", "--resume"}).exit_code, 0);
  EXPECT_EQ(read(folder / "whole/model.safetensors"), read(folder / "parts/model.safetensors"));
}

TEST_F(VaeProgram, StopsAtALossThatIsNotFinite) {
  const Outcome outcome = vae(small({"--epochs", "3", "--out", "result", "--learning-rate", "1e30"}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_TRUE(
      std::regex_search(outcome.err, std::regex(R"(not finite in epoch 1 after [\d,]+ of 200 images: \[\w+\])")))
      << outcome.err;
  EXPECT_NE(outcome.err.find("no checkpoint was saved before"), std::string::npos) << outcome.err;
  EXPECT_EQ(files_in(folder / "result"), std::set<std::string>{});
}

TEST_F(VaeProgram, AnswersHelpAndVersion) {
  const Outcome help = vae({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* option :
       {"--data", "--epochs", "--batch-size", "--latent", "--hidden", "--learning-rate", "--seed", "--threads", "--out",
        "--resume", "--help", "--version", "--likelihood", "--samples", "--binarize"})
    EXPECT_NE(help.out.find(option), std::string::npos) << option;
  const Outcome version = vae({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.out, "vae (xtape) 0.1.0\n");
}

TEST_F(VaeProgram, RefusesOptions) {
  expect_refused({"--epocs", "3"}, {"--epocs", "did you mean --epochs?"});
  expect_refused({"--likelihood", "poisson"}, {"--likelihood takes bernoulli or gaussian", "poisson"});
  expect_refused({"--epochs", "0"}, {"--epochs takes a whole number from 1", "'0'"});
  expect_refused({"--samples", "0"}, {"--samples takes a whole number from 1", "'0'"});
  expect_refused({"--learning-rate", "-1"}, {"--learning-rate takes a number above 0", "'-1'"});
  expect_refused({"--threads", "many"}, {"--threads takes a whole number", "'many'"});
  expect_refused(small({"--binarize", "--likelihood", "gaussian"}),
                 {"--binarize", "--likelihood gaussian", "leave one out"});
}

TEST_F(VaeProgram, RefusesDataThatIsMissingOrDamaged) {
  const auto refused = [&](const std::vector<std::string>& words) {
    expect_refused({"--data", "tiny", "--out", "result"}, words);
    testing_support::write_tiny_data(data, 200, 50);
  };
  expect_refused({"--data", "nothing"}, {"no folder 'nothing'"});
  expect_refused({"--data", "mnits"}, {"did you mean mnist?"});
  fs::remove(data / "train-labels-idx1-ubyte");
  refused({"train-labels-idx1-ubyte"});
  fs::resize_file(data / "train-images-idx3-ubyte", 1000);
  refused({"train-images-idx3-ubyte"});
  fs::resize_file(data / "t10k-images-idx3-ubyte", 3);
  refused({"t10k-images-idx3-ubyte"});
  std::ofstream(data / "t10k-labels-idx1-ubyte", std::ios::binary) << "\x89PNG\r\n\x1a\n not an IDX file";
  refused({"t10k-labels-idx1-ubyte", "magic"});
  testing_support::write_labels(data / "train-labels-idx1-ubyte", 199);
  refused({"199", "200"});
  testing_support::write_images(data / "t10k-images-idx3-ubyte", 50, 14);
  refused({"differ in size"});
}

TEST_F(VaeProgram, RefusesAnOutputFolderThatCannotBe) {
  std::ofstream(folder / "file") << "in the way";
  expect_refused(small({"--out", "file"}), {"file", "--out"});
  expect_refused(small({"--out", "file/below"}), {"file/below", "--out"});
  expect_refused(small({"--out", "/proc/nothing"}), {"/proc/nothing", "--out"});
  expect_refused(small({"--out", "/proc"}), {"/proc", "--out"});
}

TEST_F(VaeProgram, RefusesToResumeWhatDoesNotFit) {
  expect_refused({"--out", "nowhere", "--resume"}, {"no checkpoint", "nowhere"});
  ASSERT_EQ(vae(small({"--epochs", "2", "--out", "result"})).exit_code, 0);
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
  testing_support::write_tiny_data(folder / "other", 200, 40);
  refused({"--data", "other"}, {"other", "other images"});
}

TEST_F(VaeProgram, RefusesADamagedCheckpoint) {
  ASSERT_EQ(vae(small({"--epochs", "1", "--out", "result"})).exit_code, 0);
  const fs::path checkpoint = folder / "result/checkpoint.safetensors";
  fs::copy_file(folder / "result/model.safetensors", checkpoint, fs::copy_options::overwrite_existing);
  expect_refused({"--out", "result", "--resume"}, {"checkpoint"});
  std::ofstream(checkpoint) << "not a checkpoint";
  expect_refused({"--out", "result", "--resume"}, {"checkpoint"});
}

}  // namespace

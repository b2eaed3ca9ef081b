// The program vae: what it trains, what it leaves behind, and how it goes on.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <span>

#include "examples/programs/command_line/text.hpp"
#include "tests/examples/png.hpp"
#include "tests/examples/vae_program.hpp"

namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using programs::shell_word;

PngSize size_of_picture(const fs::path& path) {
  const std::string bytes = read(path);
  return png_size(std::as_bytes(std::span(bytes)));
}

using VaeProgram = VaeExample;

TEST_F(VaeProgram, TrainsAndLeavesItsResults) {
  const Outcome outcome = run_program(small({"--epochs", "3", "--out", "result"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(
      files_in(folder / "result"),
      (std::set<std::string>{"checkpoint.safetensors", "decoder.png", "draws.png", "interpolations.png", "loss-kl.png",
                             "loss-reconstruction.png", "loss.png", "model.safetensors", "nearest.png",
                             "reconstructions.png", "report.html", "samples.png", "summary.json", "traversals.png"}));
  const std::regex line(R"(epoch 3/3  train \d+\.\d\d  test \d+\.\d\d nats per image  \d+\.\d s  [\d,]+ images/s)");
  EXPECT_TRUE(std::regex_search(outcome.out, line)) << outcome.out;
  EXPECT_EQ(outcome.out.find('\r'), std::string::npos) << "a bar, drawn into a pipe";
  EXPECT_NE(outcome.out.find("cross-entropy"), std::string::npos);
  EXPECT_NE(outcome.out.find("entropy of the test images' grey levels"), std::string::npos);
  EXPECT_EQ(outcome.out.find("likelihood"), std::string::npos) << "grey levels have none";
}

// Spectra: pictures of them as they are would be longer than cairo can draw.
TEST_F(VaeProgram, DrawsImagesOfOneLongRow) {
  for (const auto& [part, count] : {std::pair("train", 12u), {"t10k", 6u}}) {
    std::vector<std::uint8_t> pixels;
    for (std::size_t i = 0; i < count * 3300; ++i) pixels.push_back(static_cast<std::uint8_t>(i % 251));
    xtape::nn::write_idx(data / (part + std::string("-images-idx3-ubyte")), {{count, 1, 3300}, std::move(pixels)});
    fs::remove(data / (part + std::string("-labels-idx1-ubyte")));
  }
  const Outcome outcome = run_program(small({"--epochs", "1", "--out", "result"}));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "") << "no picture is left out";
  EXPECT_TRUE(files_in(folder / "result").contains("traversals.png"));
}

TEST_F(VaeProgram, SummaryHoldsTheRun) {
  ASSERT_EQ(run_program(small({"--epochs", "3", "--out", "result", "--seed", "5"})).exit_code, 0);
  const auto summary = nlohmann::ordered_json::parse(read(folder / "result/summary.json"));
  std::vector<std::string> names;
  for (const auto& [name, value] : summary.items()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"model", "data", "options", "version", "parameters", "epochs", "test_loss",
                                             "images_per_second", "peak_rss_bytes", "figures"}));
  EXPECT_EQ(summary["model"], "vae");
  EXPECT_EQ(summary["data"], "tiny");
  EXPECT_EQ(summary["options"]["seed"], 5);
  EXPECT_EQ(summary["options"]["hidden"], 16);
  EXPECT_EQ(summary["options"]["learning-rate"], 1e-3);
  EXPECT_EQ(summary["options"]["likelihood"], "bernoulli");
  EXPECT_EQ(summary["options"]["binarize"], "none");
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
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "result"})).exit_code, 0);
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
  ASSERT_EQ(run_program(small({"--epochs", "2", "--out", "result"})).exit_code, 0);
  const std::string html = read(folder / "result/report.html");
  EXPECT_TRUE(html.starts_with("<!doctype html>"));
  EXPECT_TRUE(html.ends_with("</html>\n"));
  for (const char* outside : {"https:", "src=\"/", "<link", "<script src", "@import", "url(", "fetch(", "import "})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  const auto count = [&html](std::string_view text) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = html.find(text, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  EXPECT_EQ(count("http:"), count("http://www.w3.org/2000/svg")) << "the name of a namespace, which nobody loads";
  EXPECT_EQ(count("<img "), 10u);
  EXPECT_EQ(count("src=\"data:image/png;base64,iVBORw0KGgo"), 10u);  // a PNG file's signature
  for (const char* text : {"viewport", "VAE 784-16-3 on tiny", "--learning-rate", "0.001", "Test loss", "xtape 0.1.0"})
    EXPECT_NE(html.find(text), std::string::npos) << text;
}

TEST_F(VaeProgram, OptionsOfItsOwnTrainToo) {
  const Outcome gaussian = run_program(small({"--epochs", "2", "--out", "gaussian", "--likelihood", "gaussian"}));
  ASSERT_EQ(gaussian.exit_code, 0) << gaussian.err;
  EXPECT_EQ(gaussian.out.find("cross-entropy"), std::string::npos);
  const auto summary = this->summary("gaussian");
  const double constant = 784 / 2.0 * std::log(2 * 3.14159265358979);  // of the normal densities with sigma = 1
  EXPECT_GT(summary["test_loss"], constant);
  EXPECT_LT(summary["test_loss"], constant + 100);

  const Outcome binarized = run_program(small({"--epochs", "2", "--out", "binarized", "--binarize", "--samples", "5"}));
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
  Invocation bare = invocation({"--epochs", "1", "--hidden", "4", "--latent", "2", "--batch-size", "500",
                                "--evidence-samples", "20", "--out", "result"});
  bare.environment.emplace_back("XDG_DATA_DIRS", (folder / "nothing").string());
  const Outcome outcome = run(bare);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("fashion-mnist is not installed (Debian's package dataset-fashion-mnist)"))
      << outcome.out;
  const auto summary = this->summary("result");
  EXPECT_EQ(summary["data"], "digits");
  EXPECT_EQ(summary["options"]["data"], "digits");

  bare.arguments.insert(bare.arguments.end(), {"--data", "fashion-mnist"});
  const Outcome asked_for = run(bare);
  EXPECT_EQ(asked_for.exit_code, 2);
  EXPECT_NE(asked_for.err.find("fashion-mnist is not in"), std::string::npos) << asked_for.err;
  EXPECT_NE(asked_for.err.find("dataset-fashion-mnist"), std::string::npos) << asked_for.err;
}

TEST_F(VaeProgram, CtrlCSavesAndResumesToTheSameBits) {
  const auto arguments = [](const char* out) { return small({"--epochs", kManyEpochs, "--out", out}, "4"); };
  ASSERT_EQ(run_program(arguments("whole")).exit_code, 0);

  Invocation interrupted = invocation(arguments("parts"));
  interrupted.interrupt_at = "epoch  2/" + kManyEpochs;
  const Outcome stopped = run(interrupted);
  ASSERT_EQ(stopped.exit_code, 130) << stopped.out << stopped.err;
  EXPECT_EQ(after("to go on: ", stopped.err), shell_word(program) + " --out parts --resume");
  EXPECT_TRUE(stopped.err.starts_with("stopping after this batch to save; press Ctrl-C again to leave")) << stopped.err;
  EXPECT_EQ(std::count(stopped.err.begin(), stopped.err.end(), '\n'), 2);
  EXPECT_EQ(files_in(folder / "parts"), (std::set<std::string>{"checkpoint.safetensors"}));

  const Outcome resumed = run_program({"--out", "parts", "--resume"});  // all else is in the checkpoint
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(resumed.out.find("epoch  1/" + kManyEpochs), std::string::npos) << "it started anew";
  EXPECT_EQ(read(folder / "whole/model.safetensors"), read(folder / "parts/model.safetensors"));
  EXPECT_EQ(read(folder / "whole/samples.png"), read(folder / "parts/samples.png"));
  const auto whole = this->summary("whole");
  const auto parts = this->summary("parts");
  ASSERT_EQ(parts["epochs"].size(), std::stoul(kManyEpochs));
  for (std::size_t i = 0; i < parts["epochs"].size(); ++i)
    for (const char* loss : {"train_loss", "test_loss"})
      EXPECT_EQ(parts["epochs"][i][loss], whole["epochs"][i][loss]) << i;
}

TEST_F(VaeProgram, SaysHowToGoOnInWordsForTheShell) {
  fs::create_directory(folder / "it's built");
  fs::create_symlink(program, folder / "it's built/vae");
  const std::string latin = "\xe9t\xe9";  // a folder's name that is not UTF-8, which the checkpoint cannot keep
  fs::rename(data, folder / latin);
  Invocation interrupted = invocation(small({"--epochs", kManyEpochs, "--out=-my $runs"}, "4"));
  interrupted.arguments[0] = "it's built/vae";
  std::replace(interrupted.arguments.begin(), interrupted.arguments.end(), std::string("tiny"), latin);
  interrupted.interrupt_at = "epoch  2/" + kManyEpochs;
  const Outcome stopped = run(interrupted);
  ASSERT_EQ(stopped.exit_code, 130) << stopped.out << stopped.err;
  const std::string command = after("to go on: ", stopped.err);
  EXPECT_EQ(command, "'it'\\''s built/vae' --out='-my $runs' --resume --data \"$(printf '" + folder.path().string() +
                         "/\\351t\\351')\"");

  const Outcome resumed = paste(command);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_NE(resumed.out.find("going on in epoch "), std::string::npos) << resumed.out;
  EXPECT_EQ(resumed.out.find("epoch  1/" + kManyEpochs), std::string::npos) << "it started anew";
  const auto summary = this->summary("-my $runs");
  EXPECT_EQ(summary["epochs"].size(), std::stoul(kManyEpochs));
}

TEST_F(VaeProgram, ReportSaysHowToRepeatTheRun) {
  ASSERT_EQ(run_program(small({"--epochs", "2", "--out", "my runs", "--binarize"})).exit_code, 0);
  const std::string model = read(folder / "my runs/model.safetensors");
  fs::remove_all(folder / "my runs");
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "my runs", "--binarize"})).exit_code, 0);
  ASSERT_EQ(run_program({"--epochs", "2", "--out", "my runs", "--resume"}).exit_code, 0);
  const std::string html = read(folder / "my runs/report.html");
  fs::remove_all(folder / "my runs");
  const std::string footer = after("<footer>Made by xtape 0.1.0 with ", html);
  const std::string command = footer.substr(0, footer.find("</footer>"));
  EXPECT_TRUE(command.starts_with(shell_word(program) + " --data ")) << command;

  const Outcome repeated = paste(command);
  ASSERT_EQ(repeated.exit_code, 0) << command << "\n" << repeated.err;
  EXPECT_EQ(read(folder / "my runs/model.safetensors"), model);
}

TEST_F(VaeProgram, TrainsOnAfterItsLastEpoch) {
  ASSERT_EQ(run_program(small({"--epochs", "4", "--out", "whole"})).exit_code, 0);
  ASSERT_EQ(run_program(small({"--epochs", "2", "--out", "parts"})).exit_code, 0);
  ASSERT_EQ(run_program({"--epochs", "4", "--out", "parts", "--resume"}).exit_code, 0);
  EXPECT_EQ(read(folder / "whole/model.safetensors"), read(folder / "parts/model.safetensors"));
  const Outcome again = run_program({"--out", "parts", "--resume"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.out.find("\nall 4 epochs are done; making the results anew"), std::string::npos) << again.out;
  EXPECT_EQ(again.out.find("going on"), std::string::npos) << again.out;
}

TEST_F(VaeProgram, ANewRunRemovesTheResultsOfTheOldOne) {
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "result"})).exit_code, 0);
  std::ofstream(folder / "result/holiday.png") << "the user's own";
  Invocation interrupted = invocation(small({"--epochs", kManyEpochs, "--out", "result", "--seed", "2"}, "4"));
  interrupted.interrupt_at = "epoch  2/" + kManyEpochs;
  ASSERT_EQ(run(interrupted).exit_code, 130);
  EXPECT_EQ(files_in(folder / "result"), (std::set<std::string>{"checkpoint.safetensors", "holiday.png"}));
}

TEST_F(VaeProgram, AnswersHelpAndVersion) {
  const Outcome help = run_program({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* option :
       {"--data", "--epochs", "--batch-size", "--latent", "--hidden", "--learning-rate", "--seed", "--threads", "--out",
        "--resume", "--help", "--version", "--likelihood", "--samples", "--binarize"})
    EXPECT_NE(help.out.find(option), std::string::npos) << option;
  const Outcome version = run_program({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.out, "vae (xtape) 0.1.0\n");
}

}  // namespace

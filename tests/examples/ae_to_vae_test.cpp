// The program ae_to_vae: its three models, what it measures of them, and how it goes on.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/examples/example_program.hpp"

namespace {

namespace fs = std::filesystem;
using namespace testing_support;

struct AeToVaeProgram : ExampleProgram {
  AeToVaeProgram() : ExampleProgram("ae_to_vae") {}
};

TEST_F(AeToVaeProgram, TrainsThreeModelsAndLeavesItsResults) {
  const Outcome outcome = run_program(small({"--epochs", "3", "--out", "result"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(files_in(folder / "result"),
            (std::set<std::string>{"checkpoint-from-scratch.safetensors", "checkpoint-retrained.safetensors",
                                   "checkpoint.safetensors", "codes.png", "decoder.png", "loss-kl.png",
                                   "loss-reconstruction.png", "loss.png", "model.safetensors", "report.html",
                                   "samples.png", "summary.json"}));
  for (const char* text : {"Autoencoder 784-16-3 on tiny", "From an autoencoder to a VAE 784-16-3 on tiny",
                           "A VAE from scratch, 784-16-3 on tiny", "One image encoded twice"})
    EXPECT_NE(outcome.out.find(text), std::string::npos) << text;
  const auto result = summary("result");
  EXPECT_EQ(result["model"], "ae_to_vae");
  EXPECT_EQ(result["parameters"], 784 * 16 + 16 + 2 * (16 * 3 + 3) + 3 * 16 + 16 + 16 * 784 + 784) << "of the VAE";
  EXPECT_EQ(result["epochs"].size(), 3u);
  for (const char* model : {"autoencoder", "from scratch"}) EXPECT_EQ(result["more_models"][model].size(), 3u) << model;
  const std::string report = read(folder / "result/report.html");
  for (const char* title : {"Epochs, retrained", "Epochs, autoencoder", "Epochs, from scratch"})
    EXPECT_NE(report.find(title), std::string::npos) << title;
  EXPECT_NE(outcome.out.find("the codes of 50 test images together, autoencoder: "), std::string::npos) << outcome.out;
}

TEST_F(AeToVaeProgram, FiguresAreOfWhatItComparesWithWhat) {
  ASSERT_EQ(run_program(small({"--epochs", "4", "--learning-rate", "0.005", "--out", "result"})).exit_code, 0);
  const auto result = summary("result");
  const auto& figures = result["figures"];
  EXPECT_FALSE(figures.contains("ae_kl")) << "an autoencoder has no such term";
  EXPECT_NEAR(double(figures["retrained_reconstruction"]) + double(figures["retrained_kl"]),
              double(result["test_loss"]), 1e-3);
  EXPECT_GT(figures["retrained_reconstruction"], figures["grey_level_entropy"]);
  // The autoencoder's decoder, fed with codes of heads that nothing has trained, cannot do as well.
  EXPECT_GT(figures["converted_reconstruction"], figures["ae_reconstruction"]);
  EXPECT_LT(double(figures["retrained_reconstruction"]) + double(figures["retrained_kl"]),
            double(figures["converted_reconstruction"]) + double(figures["converted_kl"]));
  for (const char* key : {"scratch_reconstruction", "scratch_kl", "ae_codes_kl", "scratch_codes_kl"})
    EXPECT_GT(figures[key], 0.0) << key;
  EXPECT_GT(figures["ae_codes_kl"], figures["scratch_codes_kl"])
      << "nothing draws the autoencoder's codes to the prior";
}

TEST_F(AeToVaeProgram, AnImageHasOneCodeOrMany) {
  const Outcome outcome = run_program(small({"--epochs", "1", "--out", "result"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto codes = [&](const std::string& model) {
    const std::string table = outcome.out.substr(outcome.out.find("One image encoded twice"));
    std::istringstream words(after("  " + model, table));
    std::vector<std::string> numbers;
    for (std::string word; words >> word;) numbers.push_back(word.substr(0, word.find(',')));
    return numbers;
  };
  const auto ae = codes("autoencoder"), vae = codes("retrained");
  ASSERT_EQ(ae.size(), 6u) << outcome.out;
  ASSERT_EQ(vae.size(), 6u) << outcome.out;
  for (std::size_t j = 0; j < 3; ++j) {
    EXPECT_EQ(ae[j], ae[j + 3]);
    EXPECT_NE(vae[j], vae[j + 3]);
  }
}

TEST_F(AeToVaeProgram, SigmoidMeanIsAnotherModel) {
  ASSERT_EQ(run_program(small({"--epochs", "2", "--out", "free"})).exit_code, 0);
  ASSERT_EQ(run_program(small({"--epochs", "2", "--out", "kept", "--sigmoid-mean"})).exit_code, 0);
  EXPECT_EQ(summary("kept")["options"]["sigmoid-mean"], true);
  EXPECT_EQ(summary("kept")["figures"]["ae_reconstruction"], summary("free")["figures"]["ae_reconstruction"]);
  EXPECT_NE(summary("kept")["figures"]["converted_kl"], summary("free")["figures"]["converted_kl"]);
}

TEST_F(AeToVaeProgram, GoesOnWhereAllIsDone) {
  ASSERT_EQ(run_program(small({"--epochs", "2", "--out", "result"})).exit_code, 0);
  const std::string model = read(folder / "result/model.safetensors");
  const Outcome again = run_program({"--out", "result", "--resume"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(read(folder / "result/model.safetensors"), model);
  EXPECT_NE(again.out.find("all 2 epochs are done\n"), std::string::npos) << again.out;
  expect_refused({"--out", "result", "--resume", "--epochs", "3"}, {"--epochs 3", "after 2", "leave the option out"});
}

TEST_F(AeToVaeProgram, RefusesOptionsAndCheckpointsThatDoNotFit) {
  expect_refused(small({"--hidden", "0"}), {"--hidden is given twice"});
  expect_refused({"--data", "tiny", "--hidden", "0"}, {"--hidden takes a whole number from 1", "'0'"});
  expect_refused({"--data", "tiny", "--latent", "0"}, {"--latent takes a whole number from 1", "'0'"});
  expect_refused({"--data", "tiny", "--sigmoid-mean=no"}, {"--sigmoid-mean takes no value"});
  expect_refused({"--data", "tiny", "--generate", "3"}, {"there is no option '--generate'"});
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "result"})).exit_code, 0);
  expect_refused({"--out", "result", "--resume", "--sigmoid-mean"}, {"--sigmoid-mean yes", "made with no"});
  expect_refused({"--out", "result", "--resume", "--latent", "4"}, {"--latent 4", "made with 3"});
  std::ofstream(folder / "result/checkpoint-retrained.safetensors") << "not a checkpoint";
  expect_refused({"--out", "result", "--resume"}, {"checkpoint-retrained.safetensors", "without --resume"});
}

}  // namespace

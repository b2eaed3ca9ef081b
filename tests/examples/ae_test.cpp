// The program ae: its kinds of models, what they leave behind, and what it refuses.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/examples/example_program.hpp"

namespace {

using namespace testing_support;

struct AeProgram : ExampleProgram {
  AeProgram() : ExampleProgram("ae") {}

  nlohmann::json summary_of(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--out", "result"});
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return this->summary("result");
  }
};

TEST_F(AeProgram, TrainsAndLeavesItsResults) {
  const auto summary = summary_of(small({"--epochs", "3"}));
  EXPECT_EQ(files_in(folder / "result"),
            (std::set<std::string>{"checkpoint.safetensors", "decoder.png", "loss.png", "model.safetensors",
                                   "reconstructions.png", "report.html", "summary.json"}));
  EXPECT_EQ(summary["model"], "ae");
  EXPECT_EQ(summary["parameters"], 784 * 16 + 16 + 16 * 3 + 3 + 3 * 16 + 16 + 16 * 784 + 784);
  EXPECT_GT(summary["epochs"][0]["test_loss"], summary["epochs"][2]["test_loss"]);
  EXPECT_LT(summary["test_loss"], 784 * std::log(2.0)) << "no better than a coin for each pixel";
}

TEST_F(AeProgram, DrawsTheCodesInAPlane) {
  summary_of({"--data", "tiny", "--hidden", "16", "--latent", "2", "--epochs", "1", "--threads", "1"});
  EXPECT_TRUE(files_in(folder / "result").contains("codes.png"));
}

TEST_F(AeProgram, WithoutHiddenLayersIsOneLayerASide) {
  const auto summary = summary_of({"--data", "tiny", "--hidden", "0", "--latent", "3", "--loss", "squared-error",
                                   "--epochs", "2", "--batch-size", "64", "--threads", "1"});
  EXPECT_EQ(summary["parameters"], 784 * 3 + 3 + 3 * 784 + 784);
  EXPECT_EQ(summary["options"]["loss"], "squared-error");
  EXPECT_LT(summary["test_loss"], 784 * 0.25) << "grey everywhere would leave no more";
}

// On few images L-BFGS gets to the optimum that PCA tells.
TEST_F(AeProgram, LinearComesToTheOptimumOfPca) {
  const Outcome outcome = run_program({"--data", "tiny", "--linear", "--latent", "3", "--epochs", "2", "--batch-size",
                                       "20", "--threads", "1", "--out", "result"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const double reached = std::stod(after("Squared error on the training images: ", outcome.out));
  const double least = std::stod(after("The least possible: ", outcome.out));
  EXPECT_GT(least, 0);
  EXPECT_GT(reached, least - 1e-3 * least);
  EXPECT_LT(reached, least + 1e-3 * least);
  const auto summary = this->summary("result");
  EXPECT_EQ(summary["options"]["hidden"], 0);
  EXPECT_EQ(summary["options"]["loss"], "squared-error");
  EXPECT_NE(outcome.out.find("per image, summed over the pixels"), std::string::npos);
  EXPECT_EQ(outcome.out.find("nats"), std::string::npos);
}

TEST_F(AeProgram, RefusesOptionsThatContradict) {
  expect_refused(small({"--linear"}), {"--linear has no hidden layers", "leave --hidden out"});
  expect_refused({"--data", "tiny", "--linear", "--loss", "cross-entropy"}, {"--linear", "--loss squared-error"});
  expect_refused({"--data", "tiny", "--loss", "absolute"}, {"--loss takes squared-error or cross-entropy"});
  expect_refused({"--data", "tiny", "--latent", "0"}, {"--latent takes a whole number from 1"});
}

}  // namespace

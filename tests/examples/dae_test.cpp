// The program dae: its two noises, its closed forms, and what it refuses.

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/examples/example_program.hpp"

namespace {

using namespace testing_support;

struct DaeProgram : ExampleProgram {
  DaeProgram() : ExampleProgram("dae") {}
};

TEST_F(DaeProgram, TrainsAndLeavesItsResults) {
  for (const std::vector<std::string>& noise :
       {std::vector<std::string>{"--rate", "0.5", "--samples", "3"}, {"--noise", "gaussian", "--sigma", "0.3"}}) {
    std::vector<std::string> arguments = small({"--epochs", "3", "--out", "result"});
    arguments.insert(arguments.end(), noise.begin(), noise.end());
    const Outcome outcome = run_program(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(files_in(folder / "result"),
              (std::set<std::string>{"checkpoint.safetensors", "decoder.png", "denoised.png", "loss.png",
                                     "model.safetensors", "report.html", "summary.json"}));
    const auto summary = this->summary("result");
    EXPECT_EQ(summary["model"], "dae");
    EXPECT_GT(summary["epochs"][0]["test_loss"], summary["epochs"][2]["test_loss"]);
    EXPECT_LT(summary["test_loss"], 784 * std::log(2.0)) << "no better than a coin for each pixel";
  }
}

// L-BFGS on the expected error gets to the optimum that the moments of the images tell.
TEST_F(DaeProgram, LinearComesToItsOptimum) {
  for (const std::vector<std::string>& noise :
       {std::vector<std::string>{"--rate", "0.3"}, {"--noise", "gaussian", "--sigma", "0.4"}}) {
    std::vector<std::string> arguments{"--data",       "tiny", "--linear",  "--latent", "3",     "--epochs", "2",
                                       "--batch-size", "20",   "--threads", "1",        "--out", "result"};
    arguments.insert(arguments.end(), noise.begin(), noise.end());
    const Outcome outcome = run_program(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const double reached = std::stod(after("Squared error on the training images: ", outcome.out));
    const double least = std::stod(after("The least possible: ", outcome.out));
    EXPECT_GT(least, 0);
    EXPECT_NEAR(reached, least, 1e-3 * least);
  }
}

TEST_F(DaeProgram, RefusesOptionsThatContradict) {
  expect_refused({"--data", "tiny", "--rate", "1"}, {"--rate takes a number above 0 and below 1", "1"});
  expect_refused({"--data", "tiny", "--rate", "0"}, {"--rate takes a number above 0"});
  expect_refused({"--data", "tiny", "--sigma", "0.2"}, {"--sigma is for --noise gaussian"});
  expect_refused({"--data", "tiny", "--noise", "gaussian", "--rate", "0.2"}, {"--rate is for --noise masking"});
  expect_refused({"--data", "tiny", "--samples", "0"}, {"--samples takes a whole number from 1"});
  expect_refused(small({"--linear"}), {"--linear has no hidden layers", "leave --hidden out"});
}

}  // namespace

// The program ppca: its models agree with one another, and it refuses what it cannot do.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/examples/example_program.hpp"

namespace {

using namespace testing_support;

struct PpcaProgram : ExampleProgram {
  PpcaProgram() : ExampleProgram("ppca") {}

  static std::vector<std::string> small(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"--data", "tiny", "--latent", "3", "--epochs", "1", "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

TEST_F(PpcaProgram, GradientsAndEmComeToTheClosedForm) {
  const Outcome outcome = run_program(small({"--iterations", "300", "--out", "result"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(files_in(folder / "result"), (std::set<std::string>{"checkpoint.safetensors", "decoder.png", "factors.png",
                                                                "loss-kl.png", "loss-reconstruction.png", "loss.png",
                                                                "model.safetensors", "report.html", "summary.json"}));
  const auto figures = this->summary("result")["figures"];
  const double exact = figures["ppca_exact"], tolerance = 1e-4 * std::abs(exact);
  EXPECT_NEAR(figures["ppca_em"].get<double>(), exact, tolerance);
  EXPECT_NEAR(figures["ppca_gradients"].get<double>(), exact, tolerance);
  EXPECT_NEAR(figures["linear_vae"].get<double>(), exact, 10 * tolerance);
  EXPECT_LT(figures["linear_vae"].get<double>(), exact) << "a bound above what it bounds";
  EXPECT_GT(figures["fa_em"].get<double>(), exact) << "factor analysis has more freedom";
  // Noise that goes down to its floor takes gradients longer: nn's tests have them agree.
  const double fa = figures["fa_em"];
  EXPECT_NEAR(figures["fa_gradients"].get<double>(), fa, 0.1 * std::abs(fa));
}

TEST_F(PpcaProgram, RefusesWhatLinearModelsDoNotHave) {
  expect_refused(small({"--hidden", "5"}), {"there is no option '--hidden'"});
  write_tiny_data(folder / "one", 1, 5);
  expect_refused({"--data", "one"}, {"the training images in ", "are all alike", "choose other --data"});
  expect_refused(small({"--noise-floor", "1"}), {"--noise-floor takes a number above 0 and below 1", "1"});
  expect_refused(small({"--iterations", "0"}), {"--iterations takes a whole number from 1", "'0'"});
  expect_refused({"--data", "tiny", "--latent", "0"}, {"--latent takes a whole number from 1", "'0'"});
  expect_refused({"--data", "tiny", "--latent", "784"}, {"--latent", "784", "783"});
}

}  // namespace

// Examples of bounds on ln p(x): importance weights, flows and mixtures, and the gaps that are left.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tests/examples/short_example.hpp"
#include "tests/sanitized.hpp"

namespace {

using namespace testing_support;

struct ExamplesOfBounds : ShortExample {};

TEST_F(ExamplesOfBounds, IwaeLearnsWithSamplesAndLayers) {
  const std::string stages = xtape::kSanitized ? "1" : "3", samples = xtape::kSanitized ? "100" : "300";
  for (const auto& [k, layers] : {std::pair("1", "1"), {"5", "1"}, {"5", "2"}}) {
    SCOPED_TRACE(std::string(layers) + " layers, k = " + k);
    const std::string said = output_of("iwae", {"tiny", k, layers, stages, samples, "50"});
    const std::string last = "stage " + stages + ": ";
    // Of the same images: the estimate of ln p(x) is a bound too, of more samples, and so the larger one.
    EXPECT_LT(number_after(last, "-ln p(x) ", said), number_after(last, " in training, ", said) - 0.5);
    if (xtape::kSanitized) continue;
    EXPECT_LT(number_after("stage 3: ", said), 0.95 * number_after("stage 1: ", said));
    EXPECT_GT(number_after("stage 3: ", "codes in use ", said), 0);  // the posterior has not collapsed
  }
}

TEST_F(ExamplesOfBounds, SviTellsTheGapsApart) {
  const std::string steps = xtape::kSanitized ? "20" : "200";
  const std::string said = output_of("svi", {"tiny", xtape::kSanitized ? "1" : "30", "20", steps});
  const double closed_form = number_after("in closed form ", said);
  EXPECT_GT(closed_form, 0.1);
  EXPECT_NEAR(number_after("linear decoder: approximation gap ", said), closed_form, 1e-5 * closed_form);
  const double gap = number_after("gap of the encoder's bound: ", said);
  const double approximation = number_after("approximation gap: ", said);
  const double amortization = number_after("amortization gap: ", said);
  EXPECT_NEAR(gap, approximation + amortization, 1e-3);
  EXPECT_GT(amortization, 0);
  EXPECT_GT(approximation, 0);
  if (!xtape::kSanitized) {
    EXPECT_LT(std::abs(number_after("less that: ", said)), 0.5 * gap);  // two proposals, one ln p(x)
  }
}

TEST_F(ExamplesOfBounds, FlowVaeHasABoundOfEachKind) {
  const std::string epochs = xtape::kSanitized ? "1" : "12";
  const std::string said = output_of("flow_vae", {"tiny", epochs, "all", "100", "50"});
  for (const std::string kind : {"plain: ", "planar: ", "q-flow: ", "p-flow: ", "vamp: "}) {
    SCOPED_TRACE(kind);
    const double bound = number_after(kind, said);
    EXPECT_LT(number_after(kind, "-ln p(x) ", said), bound - 0.5);
    if (xtape::kSanitized) continue;
    // Pixels without a model cost ln 2 each, 543 nats.
    EXPECT_LT(bound, 400);
  }
}

TEST_F(ExamplesOfBounds, SayInOneLineWhatIsMissing) {
  for (const std::string name : {"iwae", "svi", "flow_vae"}) {
    const Outcome outcome = run_example(name, {"nowhere"});
    EXPECT_EQ(outcome.exit_code, 2) << name;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const std::string& word : {std::string("nowhere"), "usage: " + name + " [FOLDER"})
      EXPECT_NE(outcome.err.find(word), std::string::npos) << word << " in " << outcome.err;
  }
  EXPECT_NE(run_example("flow_vae", {"tiny", "1", "normal"}).err.find("there is no KIND normal"), std::string::npos);
}

}  // namespace

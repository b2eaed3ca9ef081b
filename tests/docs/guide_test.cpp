// The blocks of the guide that have a name.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <iostream>
#include <memory>
#include <string>

using namespace xtape;

namespace {

#include "own_operations/leaky.inc"
#include "own_operations/structural.inc"

TEST(Guide, AnOperationWithSettings) {
#include "own_operations/leaky_use.inc"
  EXPECT_TRUE(report.ok()) << report.message;
  EXPECT_TRUE(close(leaky(Var<double>(std::vector{-2.0, 3.0})).value(), {-0.2, 3}));
}

TEST(Guide, AStructuralOperation) {
  const auto normalize = [](const auto& x) { return apply(Normalize{}, x); };
  const GradientReport report = check_gradient(normalize, xt::xarray<double>{{3, 4}, {1, -2}});
  EXPECT_TRUE(report.ok()) << report.message;
  EXPECT_TRUE(close(normalize(Var<double>(std::vector{3.0, 4.0})).value(), {0.6, 0.8}));
}

#include "structures/line.inc"

TEST(Guide, AStructOfParameters) {
#include "structures/line_use.inc"
  EXPECT_NEAR(gradient.slope.item(), 2 * (0 * -0.5 + 1 * -1.5 + 2 * -2.5) / 3, 1e-12);
}

#include "models/classifier.inc"

TEST(Guide, AModelAndItsTraining) {
#include "models/model.inc"
  EXPECT_EQ(model.parameters().size(), 4u);
#include "models/training.inc"
  EXPECT_LT(loss_of_epoch, 0.05);
}

TEST(Guide, ABoundOfDistributions) {
#include "distributions/bound.inc"
  EXPECT_EQ(bound.shape(), Shape{8});
  EXPECT_EQ(shape_of(slopes[0]), (Shape{8, 2}));
}

TEST(Guide, AFlow) {
#include "distributions/flow.inc"
  EXPECT_LT(-mean(p.log_prob(data)).item(), loss.item());
}

TEST(Guide, EventsOfDistributions) {
  testing::internal::CaptureStdout();
#include "distributions/events.inc"
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "(8,)(8, 5)(8, 5)(100, 5)");
}

#include "layers/net.inc"
#include "layers/scaled.inc"
#include "layers/standardized.inc"

TEST(Guide, LayersAndWhatTheyKeep) {
  ::testing::internal::CaptureStdout();
  {
#include "layers/tree.inc"
    EXPECT_EQ(net.parameter_count(), 483u);
  }
  {
#include "layers/modes.inc"
    EXPECT_FALSE(close(noisy.value(), y.value(), 1e-3));
  }
  {
#include "layers/kept.inc"
    EXPECT_EQ(model.state().size(), 4u);
  }
  {
#include "layers/freezing.inc"
    EXPECT_EQ(gradients.size(), 2u);
  }
  {
#include "layers/copies.inc"
    EXPECT_NE(best->head.weight().key(), net.head.weight().key());
  }
  {
#include "layers/starts.inc"
    EXPECT_EQ(layer.bias().value()(0), 0);
  }
  {
#include "layers/own.inc"
  }
  const std::string printed = ::testing::internal::GetCapturedStdout();
  EXPECT_TRUE(has(printed, {"num_batches_tracked () counter", "5: Dropout(0.2), 0 parameters", "0.0\n",
                            "mean deviation layer.weight layer.bias 2", "387 of 483\n2\n1\n", "[Scaled] 1: ["}))
      << printed;
}

}  // namespace

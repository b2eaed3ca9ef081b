// The options of vae by themselves: which likelihood, which pixels, which weight of the KL term, which models.

#include "examples/programs/command_line/vae_options.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/program.hpp"
#include "tests/testing.hpp"

namespace {

using namespace programs;
using xtape::Array;
using xtape::has;
using xtape::Random;
using xtape::Var;
using xtape::nn::ImageSet;

/// What the user typed.
struct Typed {
  OptionParser parser{"vae", "Trains"};
  VaeOptions options{parser};

  explicit Typed(const std::vector<std::string>& arguments) {
    std::vector<const char*> argv{"vae"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    parser.parse(static_cast<int>(argv.size()), argv.data());
    options.settle(parser);
  }
};

std::string refusal(const std::vector<std::string>& arguments) {
  return xtape::message_of<UserError>([&] { Typed typed(arguments); });
}

TEST(VaeOptions, TheKlTermWeighsBeta) {
  EXPECT_EQ(Typed({}).options.kl_weight(0), 1);
  EXPECT_EQ(Typed({"--beta", "4"}).options.kl_weight(0.5), 4);
}

TEST(VaeOptions, TheWeightRisesInTheWarmUp) {
  const Typed typed({"--beta", "0.5", "--warm-up", "4"});
  EXPECT_EQ(typed.options.kl_weight(0), 0);
  EXPECT_DOUBLE_EQ(typed.options.kl_weight(1), 0.125);
  EXPECT_DOUBLE_EQ(typed.options.kl_weight(2.5), 0.3125);
  EXPECT_EQ(typed.options.kl_weight(4), 0.5);
  EXPECT_EQ(typed.options.kl_weight(100), 0.5);
}

TEST(VaeOptions, ASweepHasAPhaseForEachSize) {
  const Typed one({"--latent", "7"}), sweep({"--sweep", "latent"});
  EXPECT_EQ(one.options.latent_sizes(), std::vector<std::size_t>{7});
  EXPECT_EQ(one.options.phase_of(7), "");
  EXPECT_TRUE(one.options.more_phases().empty());
  EXPECT_EQ(sweep.options.latent_sizes(), (std::vector<std::size_t>{2, 5, 10, 20, 50}));
  EXPECT_EQ(sweep.options.phase_of(2), "");
  EXPECT_EQ(sweep.options.more_phases(), (std::vector<std::string>{"latent-5", "latent-10", "latent-20", "latent-50"}));
}

TEST(VaeOptions, AFirstLookDrawsFewerCodes) {
  EXPECT_EQ(Typed({}).options.evidence_samples, 5000u);
  EXPECT_EQ(Typed({"--quick"}).options.evidence_samples, 200u);
  EXPECT_EQ(Typed({"--quick", "--evidence-samples", "30"}).options.evidence_samples, 30u);
}

TEST(VaeOptions, SayWhatTheLossIs) {
  EXPECT_EQ(Typed({}).options.loss(), "cross-entropy + KL");
  EXPECT_EQ(Typed({"--binarize"}).options.loss(), "-ln p(x|z) + KL of images binarized (dynamic)");
  EXPECT_EQ(Typed({"--binarize", "static"}).options.loss(), "-ln p(x|z) + KL of images binarized (static)");
  EXPECT_EQ(Typed({"--likelihood", "gaussian"}).options.loss(), "-ln p(x|z) + KL");
}

TEST(VaeOptions, RefuseWhatContradicts) {
  EXPECT_TRUE(has(refusal({"--sweep", "latent", "--latent", "3"}), {"--sweep latent", "leave --latent out"}));
  EXPECT_TRUE(has(refusal({"--binarize", "--likelihood", "gaussian"}), {"--binarize", "leave one out"}));
  EXPECT_TRUE(has(refusal({"--sigma", "shared"}), {"--sigma is for --likelihood gaussian", "leave --sigma out"}));
  EXPECT_TRUE(has(refusal({"--sigma-floor", "0.1"}), {"--sigma-floor is for --likelihood gaussian"}));
  EXPECT_TRUE(has(refusal({"--likelihood", "gaussian", "--sigma-floor", "0.1"}), {"--sigma shared or pixel"}));
  for (const char* floor : {"1", "2.5"})
    EXPECT_TRUE(has(refusal({"--likelihood", "gaussian", "--sigma", "pixel", "--sigma-floor", floor}),
                    {"--sigma-floor takes a number above 0 and below 1", floor}));
  // Also where what is typed is the default.
  EXPECT_TRUE(has(refusal({"--sweep", "latent", "--latent", "20"}), {"leave --latent out"}));
  EXPECT_TRUE(has(refusal({"--likelihood", "bernoulli", "--sigma", "fixed"}), {"leave --sigma out"}));
  EXPECT_NO_THROW(Typed({"--likelihood", "gaussian", "--binarize", "none"})) << "that is no contradiction";
}

TEST(PixelOptions, MakeTheLikelihood) {
  constexpr std::size_t kPixels = 6;
  const auto numbers = [](const std::vector<std::string>& arguments) {
    return Typed(arguments).options.pixels.make_likelihood(kPixels)->parameter_count();
  };
  EXPECT_EQ(numbers({}), 0u);
  EXPECT_EQ(numbers({"--likelihood", "gaussian"}), 0u);
  EXPECT_EQ(numbers({"--likelihood", "gaussian", "--sigma", "shared"}), 1u);
  EXPECT_EQ(numbers({"--likelihood", "gaussian", "--sigma", "pixel"}), kPixels);
  // The floor reaches it: at s = -100, sigma is the floor.
  const auto likelihood = Typed({"--likelihood", "gaussian", "--sigma", "shared", "--sigma-floor", "0.25"})
                              .options.pixels.make_likelihood(1);
  likelihood->parameters()[0].set(Array<float>{-100.0f});
  const Var<float> one(Array<float>{1.0f}), zero(Array<float>{0.0f});
  EXPECT_NEAR(likelihood->log_prob(one, zero).item(), -8 - std::log(0.25) - 0.918939, 1e-4);
}

struct Pixels : testing::Test {
  const ImageSet images{10, 10, std::vector<std::uint8_t>(100 * 40, 100)};  // a grey level below one half

  static std::set<std::uint8_t> levels(const ImageSet& set) {
    std::set<std::uint8_t> found;
    for (std::size_t i = 0; i < set.size(); ++i) found.insert(set.image(i).begin(), set.image(i).end());
    return found;
  }
  Dataset prepared(const std::vector<std::string>& arguments, std::uint64_t seed = 1) const {
    Dataset data{"tiny", "tiny", images, images};
    Typed(arguments).options.pixels.prepare(data, seed);
    return data;
  }
  static double mean(const Array<float>& x) {
    double sum = 0;
    for (const float level : x) {
      EXPECT_TRUE(level == 0 || level == 1) << level;
      sum += double(level) / double(x.size());
    }
    return sum;
  }
};

TEST_F(Pixels, StaticBinarizationIsOnceForAll) {
  const Dataset data = prepared({"--binarize", "static"}), again = prepared({"--binarize", "static"}),
                other = prepared({"--binarize", "static"}, 2);
  EXPECT_EQ(levels(data.train), (std::set<std::uint8_t>{0, 255}));
  EXPECT_EQ(levels(data.test), (std::set<std::uint8_t>{0, 255}));
  EXPECT_EQ(data.train.first<float>(40), again.train.first<float>(40));
  EXPECT_NE(data.train.first<float>(40), other.train.first<float>(40));
  EXPECT_NE(data.train.first<float>(40), data.test.first<float>(40)) << "draws of their own";
  EXPECT_FALSE(Typed({"--binarize", "static"}).options.pixels.transform());
}

TEST_F(Pixels, OthersLeaveTheImages) {
  for (const char* how : {"none", "dynamic"})
    EXPECT_EQ(levels(prepared({"--binarize", how}).train), std::set<std::uint8_t>{100}) << how;
}

TEST_F(Pixels, TheThresholdIsOneHalf) {
  std::vector<std::uint8_t> levels_of_all(256);
  for (std::size_t level = 0; level < 256; ++level) levels_of_all[level] = static_cast<std::uint8_t>(level);
  const ImageSet ramp(16, 16, levels_of_all, {7});
  Dataset data{"ramp", "ramp", ramp, ramp};
  const auto pixels = Typed({"--binarize", "threshold"}).options.pixels;
  pixels.prepare(data, 1);
  Random rng(1);
  EXPECT_EQ(data.train.first<float>(1), xtape::nn::threshold_binarization<float>()(ramp.first<float>(1), rng));
  EXPECT_EQ(data.test.label(0), 7);
  EXPECT_FALSE(pixels.transform());
}

TEST_F(Pixels, AreSeenAsInTraining) {
  const auto seen = [&](const char* how) {
    return levels(Typed({"--binarize", how}).options.pixels.as_seen(prepared({"--binarize", how}).test, 1));
  };
  EXPECT_EQ(seen("none"), std::set<std::uint8_t>{100});
  EXPECT_EQ(seen("threshold"), std::set<std::uint8_t>{0});
  EXPECT_EQ(seen("static"), (std::set<std::uint8_t>{0, 255}));
  EXPECT_EQ(seen("dynamic"), (std::set<std::uint8_t>{0, 255}));
}

TEST_F(Pixels, TransformsOfEachBatch) {
  const Array<float> x = images.first<float>(40);
  Random rng(1);
  EXPECT_FALSE(Typed({}).options.pixels.transform());
  for (const std::vector<std::string>& dynamic : {std::vector<std::string>{"--binarize"}, {"--binarize", "dynamic"}}) {
    const auto transform = Typed(dynamic).options.pixels.transform();
    const Array<float> drawn = transform(x, rng);
    EXPECT_NEAR(mean(drawn), 100 / 255.0, 4.5 * std::sqrt(0.24 / 4000));
    EXPECT_NE(transform(x, rng), drawn) << "another draw each time";
  }
}

// ln p(x) is estimated of what the model was trained on: not of draws where it was the threshold.
TEST_F(Pixels, OutcomesAreThoseOfTraining) {
  const Array<float> x = images.first<float>(40);
  Random rng(1);
  EXPECT_EQ(mean(Typed({"--binarize", "threshold"}).options.pixels.outcomes()(x, rng)), 0);
  for (const char* how : {"none", "static", "dynamic"})
    EXPECT_NEAR(mean(Typed({"--binarize", how}).options.pixels.outcomes()(x, rng)), 100 / 255.0,
                4.5 * std::sqrt(0.24 / 4000))
        << how;
  EXPECT_FALSE(Typed({"--likelihood", "gaussian"}).options.pixels.outcomes());
}

}  // namespace

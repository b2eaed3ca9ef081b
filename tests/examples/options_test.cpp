// The command line: what is read, what is refused and how, and what a resumed run takes over.

#include "examples/programs/command_line/options.hpp"

#include <gtest/gtest.h>

#include "examples/programs/command_line/program.hpp"

namespace {

using namespace programs;

/// A program's command line.
struct Command {
  OptionParser parser{"program", "What it does"};
  TrainingOptions options;
  std::string likelihood = "bernoulli";
  bool binarize = false;

  Command() {
    options.out = "out/program";
    options.declare(parser);
    parser.choice("likelihood", likelihood, "How pixels are distributed", {"bernoulli", "gaussian"});
    parser.flag("binarize", binarize, "Draw pixels");
  }

  bool parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "program");
    return parser.parse(static_cast<int>(arguments.size()), arguments.data());
  }
};

std::string refusal(std::vector<const char*> arguments) {
  try {
    Command().parse(std::move(arguments));
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

struct Options : testing::Test, Command {};

TEST_F(Options, ReadsValues) {
  EXPECT_TRUE(parse({"--epochs", "3", "--learning-rate=2e-3", "--data", "digits", "--likelihood", "gaussian",
                     "--binarize", "--seed", "18446744073709551615"}));
  EXPECT_EQ(options.epochs, 3u);
  EXPECT_EQ(options.learning_rate, 2e-3);
  EXPECT_EQ(options.data, "digits");
  EXPECT_EQ(options.seed, 18446744073709551615u);
  EXPECT_EQ(likelihood, "gaussian");
  EXPECT_TRUE(binarize);
  EXPECT_TRUE(parser.given("epochs"));
  EXPECT_FALSE(parser.given("latent"));
  EXPECT_EQ(options.latent, 20u);
}

TEST_F(Options, KeepsDefaults) {
  EXPECT_TRUE(parse({}));
  EXPECT_EQ(options.data, "fashion-mnist");
  EXPECT_EQ(options.epochs, 10u);
  EXPECT_EQ(options.batch_size, 128u);
  EXPECT_EQ(options.latent, 20u);
  EXPECT_EQ(options.hidden, 400u);
  EXPECT_EQ(options.learning_rate, 1e-3);
  EXPECT_FALSE(options.resume);
}

TEST_F(Options, AnswersHelpAndVersion) {
  testing::internal::CaptureStdout();
  EXPECT_FALSE(parse({"--help"}));
  const std::string help = testing::internal::GetCapturedStdout();
  for (const char* option : {"--data", "--epochs", "--batch-size", "--latent", "--hidden", "--learning-rate", "--seed",
                             "--threads", "--out", "--resume", "--likelihood", "--binarize", "--help", "--version"})
    EXPECT_NE(help.find(option), std::string::npos) << option;
  EXPECT_NE(help.find("(default 128)"), std::string::npos);
  EXPECT_NE(help.find("Draw pixels"), std::string::npos);
}

TEST_F(Options, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refusal({"--epocs", "3"}), "there is no option '--epocs'; did you mean --epochs?");
  EXPECT_EQ(refusal({"--zebra"}), "there is no option '--zebra'; program --help lists what there is");
  EXPECT_EQ(refusal({"extra"}), "there is no option 'extra'; program --help lists what there is");
  EXPECT_EQ(refusal({"--likelihood", "poisson"}), "--likelihood takes bernoulli or gaussian, got 'poisson'");
}

TEST_F(Options, SaysTheProgramAsItWasCalled) {
  EXPECT_EQ(parser.called_as(), "program");
  const std::vector<const char*> arguments{"my build/program", "--zebra"};
  try {
    parser.parse(static_cast<int>(arguments.size()), arguments.data());
    FAIL() << "not refused";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "there is no option '--zebra'; 'my build/program' --help lists what there is");
  }
  EXPECT_EQ(parser.called_as(), "'my build/program'");
}

TEST_F(Options, RefusesWhatIsOutOfRange) {
  for (const char* number : {"0", "-3", "1000001", "3.5", "abc", "3x", " 3", "0x10", "99999999999999999999"})
    EXPECT_EQ(refusal({"--epochs", number}),
              "--epochs takes a whole number from 1 to 1000000, got '" + std::string(number) + "'");
  for (const char* number : {"0", "-1", "nan", "inf", "1e999", "abc"})
    EXPECT_EQ(refusal({"--learning-rate", number}),
              "--learning-rate takes a number above 0, got '" + std::string(number) + "'");
  EXPECT_EQ(refusal({"--seed", "18446744073709551616"}),
            "--seed takes a whole number from 0 up, got '18446744073709551616'");
}

TEST_F(Options, RefusesValuesThatAreMissingTwiceOrTooMany) {
  EXPECT_EQ(refusal({"--epochs"}), "--epochs needs a value; program --help lists what there is");
  EXPECT_EQ(refusal({"--epochs", "1", "--epochs", "2"}), "--epochs is given twice; say it once");
  EXPECT_EQ(refusal({"--binarize=yes"}), "--binarize takes no value; program --help lists what there is");
  EXPECT_NE(refusal({"--data="}), "");
}

TEST_F(Options, ResumedRunTakesOverWhatWasSaved) {
  ASSERT_TRUE(parse({"--epochs", "30", "--hidden", "100"}));
  parser.adopt({{"epochs", std::uint64_t{10}},
                {"hidden", std::uint64_t{100}},
                {"latent", std::uint64_t{5}},
                {"learning-rate", 0.1 + 0.2},
                {"binarize", true},
                {"likelihood", std::string("gaussian")}});
  EXPECT_EQ(options.epochs, 30u) << "typed";
  EXPECT_EQ(options.latent, 5u);
  EXPECT_EQ(options.learning_rate, 0.1 + 0.2);
  EXPECT_EQ(likelihood, "gaussian");
  EXPECT_TRUE(binarize);
}

TEST_F(Options, ResumedRunRefusesContradictions) {
  ASSERT_TRUE(parse({"--hidden", "100"}));
  EXPECT_THROW(parser.adopt({{"hidden", std::uint64_t{400}}}), UserError);
  EXPECT_THROW(parser.adopt({{"no-such-option", std::uint64_t{1}}}), UserError);
  EXPECT_THROW(parser.adopt({{"latent", std::uint64_t{0}}}), UserError);
}

TEST_F(Options, ValuesDescribeTheRun) {
  ASSERT_TRUE(parse({"--out", "somewhere", "--resume"}));
  const OptionValues values = parser.values();
  EXPECT_EQ(values.front().first, "data");
  for (const auto& [name, value] : values) EXPECT_TRUE(name != "out" && name != "resume") << name;
  EXPECT_EQ(values.size(), 11u);
}

TEST_F(Options, ChangesAreWhatIsNotAsDeclared) {
  ASSERT_TRUE(parse({"--out", "somewhere", "--data", "mnist", "--seed", "7", "--threads", "1", "--epochs", "10"}));
  EXPECT_TRUE(parser.changes().empty()) << "whatever the data, the seed and the threads; ten epochs are the default";
  options.hidden = 0;
  EXPECT_EQ(parser.changes(), (OptionValues{{"hidden", std::uint64_t{0}}}));
}

TEST_F(Options, SaysWhichOneIsOfNoUse) {
  ASSERT_TRUE(parse({"--epochs", "10"}));
  EXPECT_NO_THROW(parser.refuse({"seed", "latent"}, "--this"));
  try {
    parser.refuse({"seed", "epochs"}, "--this, which trains nothing");
    ADD_FAILURE() << "accepted";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "--epochs is not for --this, which trains nothing; leave one of the two out");
  }
}

}  // namespace

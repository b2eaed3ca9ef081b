// Each short example prints what its first lines promise.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/examples/short_example.hpp"
#include "tests/sanitized.hpp"

namespace {

using namespace testing_support;

struct ShortExamples : ShortExample {};
struct ShortExamplesThatTrain : ShortExample {};  // on images

TEST_F(ShortExamples, FitFindsTheCurve) {
  const std::string said = output_of("fit");
  EXPECT_NEAR(number_after("y = ", said), 2, 0.03);
  EXPECT_NEAR(number_after("exp(-", said), 1.5, 0.03);
  EXPECT_NEAR(number_after("x) + ", said), 0.5, 0.03);
  EXPECT_NEAR(number_after("mean squared error ", said), 0.0025, 0.0005);
}

TEST_F(ShortExamples, LaplaceIsExactForALine) {
  const std::string said = output_of("laplace");
  EXPECT_NEAR(number_after("intercept ", said), 0.5, 0.15);
  EXPECT_NEAR(number_after("slope ", said), -2, 0.25);
  EXPECT_LT(number_after("largest difference: ", said), 1e-12);
}

TEST_F(ShortExamples, MixtureIsAtAFixedPointOfEm) {
  const std::string said = output_of("mixture");
  EXPECT_NEAR(number_after("weights [", said), 0.3, 0.05);
  EXPECT_NEAR(number_after("means [", said), -2, 0.05);
  EXPECT_NEAR(number_after("deviations [", said), 0.5, 0.05);
  EXPECT_LT(number_after("EM would move the means by ", said), 1e-6);
}

TEST_F(ShortExamples, OdeFindsTheParameters) {
  const std::string said = output_of("ode");
  EXPECT_NEAR(number_after("k = ", said), 9.81, 1e-6);
  EXPECT_NEAR(number_after("c = ", said), 0.25, 1e-6);
}

TEST_F(ShortExamples, CustomOpIsRightAndAMistakeIsSeen) {
  const std::string said = output_of("custom_op");
  EXPECT_NEAR(number_after("at 1000: ", said), 1000 - std::log(2.0), 1e-3);
  EXPECT_EQ(number_after("slope ", said), 1);
  EXPECT_EQ(number_after("second derivative at 0: ", said), 1);
  EXPECT_NE(said.find("log_cosh: right\n"), std::string::npos) << said;
  EXPECT_NE(said.find("mistaken: [check_gradient] the derivative of argument 0 at entry "), std::string::npos) << said;
}

TEST_F(ShortExamples, FusedKeepsLess) {
  const std::string said = output_of("fused"), of_fused = said.substr(said.find("fused\n"));
  for (const std::string& summary : {said, of_fused}) EXPECT_NE(summary.find(" MiB\n"), std::string::npos) << said;
  const auto total = [](const std::string& text) {  // "total 10 19.1 MiB"
    std::istringstream line(after("\ntotal", text));
    double calls = 0, bytes = 0;
    line >> calls >> bytes;
    return bytes;
  };
  EXPECT_GT(total(of_fused), 0);
  EXPECT_LT(total(of_fused), total(said) / 2);
  EXPECT_LT(number_after("largest difference of the gradients: ", said), 1e-6);
}

TEST_F(ShortExamples, NewtonConverges) {
  const std::string said = output_of("newton");
  EXPECT_GT(number_after("step 1: ", "|gradient| ", said), 1e-3);
  EXPECT_LT(number_after("step 6: ", "|gradient| ", said), 1e-10);
  EXPECT_EQ(said.find("step 7"), std::string::npos) << said;
}

TEST_F(ShortExamples, PinnSolvesTheEquation) {
  EXPECT_LT(number_after("largest difference from sin(pi x) ", output_of("pinn")), 1e-4);
}

TEST_F(ShortExamples, ImplicitFindsTheBestPenalty) {
  const std::string said = output_of("implicit");
  EXPECT_LT(std::abs(number_after("its slope ", said)), 1e-9);
  EXPECT_LT(number_after("is better by ", said), 1e-12);
}

TEST_F(ShortExamples, SparseFindsScherksSurface) {
  const std::string said = output_of("sparse");
  EXPECT_LT(number_after("step 9: ", "|gradient| ", said), 1e-10);
  EXPECT_EQ(number_after("entries ", said), 21025);
  EXPECT_LE(number_after("products ", said), 12);
  EXPECT_LT(number_after("Scherk's surface ", said), 1e-4);
}

TEST_F(ShortExamples, OdeintFindsTheRates) {
  const std::string said = output_of("odeint");
  EXPECT_NEAR(number_after("rates [", said), 1.5, 0.05);
  EXPECT_LT(number_after("largest difference of the adjoints ", said), 1e-5);
}

TEST_F(ShortExamples, LorenzFindsTheParameters) {
  const std::string said = output_of("lorenz");
  EXPECT_NEAR(number_after("found [", said), 10, 0.01);
  EXPECT_GT(number_after("steps: ", said), 0);
}

TEST_F(ShortExamples, VmapGivesTheGradientOfEachExample) {
  const std::string said = output_of("vmap", {xtape::kSanitized ? "1" : "100"});
  EXPECT_LT(number_after("gradient of the mean: ", said), 1e-6);
  if (!xtape::kSanitized) {
    EXPECT_LT(number_after(" to ", said), 0.8 * number_after("loss from ", said));
  }
}

TEST_F(ShortExamples, ScanIsTheLoop) {
  const std::string said = output_of("scan", {xtape::kSanitized ? "5" : "150"});
  if (!xtape::kSanitized) {
    EXPECT_LT(number_after("error ", said), 0.6 * number_after("of the last number ", said));
  }
  EXPECT_NE(said.find("gradients are the same\n"), std::string::npos) << said;
}

TEST_F(ShortExamples, LaplaceNetworkIsSurestAtTheData) {
  const std::string said = output_of("laplace_network");
  for (const std::string matrix : {"", "matrix "}) {
    const double at_data = number_after("at 1.5: ", matrix + "+- ", said);
    EXPECT_LT(at_data, 0.1);
    for (const std::string away : {"at 0.0: ", "at 2.5: ", "at 4.0: "}) {
      EXPECT_GT(number_after(away, matrix + "+- ", said), 2 * at_data) << away << matrix;
    }
    EXPECT_GT(number_after("at 4.0: ", matrix + "+- ", said), number_after("at 2.5: ", matrix + "+- ", said));
  }
  EXPECT_LT(number_after("mean is off by ", said), 1e-4);
  EXPECT_LT(number_after("covariance by ", said), 1e-8);
  EXPECT_LT(number_after("log evidence ", " by ", said), 1e-8);
}

TEST_F(ShortExamples, InfluenceSaysWhatTrainingAnewComesTo) {
  const std::string said = output_of("influence", {xtape::kSanitized ? "15" : "150"});
  EXPECT_GT(number_after("right of 150 ", said), 135);
  EXPECT_GT(number_after("correlation ", said), 0.99);
}

TEST_F(ShortExamples, NaturalGradientComesToTheMaximum) {
  const std::string said = output_of("natural_gradient");
  EXPECT_GT(number_after("natural step 1: ", "by ", said), 1e-2);
  EXPECT_LT(std::abs(number_after("natural step 12: ", "by ", said)), 1e-10);
  EXPECT_GT(number_after("steps of gradient descent: by ", said), 1e-2);
  EXPECT_LT(number_after("off least squares by ", said), 1e-5);
}

TEST_F(ShortExamples, NewtonCgMakesTheStudentTheTeacher) {
  const std::string said = output_of("newton_cg");
  const std::string last = said.substr(said.rfind("step "));
  EXPECT_LT(number_after("|gradient| ", last), 1e-10);
  EXPECT_LT(number_after("Newton's method: loss ", said), 1e-14);
  EXPECT_LT(number_after("Newton's method: ", "off by at most ", said), 1e-6);
  EXPECT_GT(number_after("Adam after ", "off by at most ", said), 1e-5);
}

TEST_F(ShortExamplesThatTrain, PpcaComesToTheClosedForm) {
  const std::string said = output_of("ppca", {"tiny", xtape::kSanitized ? "100" : "300"});
  const double exact = number_after("ln p(x) in closed form: ", said), bound = number_after("iterations: ", said);
  EXPECT_LT(bound, exact + 1e-3);
  EXPECT_GT(bound, exact - 0.01 * std::abs(exact));
}

/// The picture is a PGM of this size, with grey levels of more than one kind.
void expect_picture(const std::filesystem::path& path, std::size_t width, std::size_t height) {
  std::ifstream file(path, std::ios::binary);
  std::string format;
  std::size_t found_width = 0, found_height = 0, largest = 0;
  file >> format >> found_width >> found_height >> largest;
  EXPECT_EQ(format, "P5") << path;
  EXPECT_EQ(found_width, width) << path;
  EXPECT_EQ(found_height, height) << path;
  EXPECT_EQ(largest, 255u) << path;
  file.get();
  const std::string pixels(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(pixels.size(), width * height) << path;
  EXPECT_NE(pixels.find_first_not_of(pixels.front()), std::string::npos) << path;
}

TEST_F(ShortExamplesThatTrain, LeavePicturesAndWeights) {
  output_of("ae", {"tiny", "1"});
  expect_picture(folder / "reconstructions.pgm", 280, 56);
  output_of("dae", {"tiny", "1"});
  expect_picture(folder / "denoised.pgm", 280, 84);
  output_of("ae_to_vae", {"tiny", "1"});
  expect_picture(folder / "samples.pgm", 280, 56);
  output_of("cvae", {"tiny", "1"});
  expect_picture(folder / "styles.pgm", 280, 224);
  output_of("vae", {"tiny", "1"});
  expect_picture(folder / "samples.pgm", 280, 28);
  EXPECT_TRUE(std::filesystem::exists(folder / "vae.safetensors"));
}

TEST_F(ShortExamplesThatTrain, SayInOneLineWhatIsMissing) {
  for (const char* name : {"ae", "ae_to_vae", "cvae", "dae", "ppca", "vae"}) {
    const Outcome outcome = run_example(name, {"nowhere"});
    EXPECT_EQ(outcome.exit_code, 2) << name;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const std::string& word : {std::string("nowhere"), std::string("usage: ") + name + " [FOLDER"})
      EXPECT_NE(outcome.err.find(word), std::string::npos) << word << " in " << outcome.err;
  }
}

// Where a short example and a program train the same model, their losses are the same.

TEST_F(ShortExamplesThatTrain, TrainAsTheProgramsDo) {
  for (const std::string name : {"ae", "cvae", "dae", "vae"}) {
    const std::string said = output_of(name, {"tiny", "2"});
    const nlohmann::json epochs = summary_of_program(name, {"--epochs", "2"}).at("epochs");
    for (const std::size_t epoch : {0u, 1u}) {
      const double expected = epochs.at(epoch).at("train_loss");
      EXPECT_NEAR(number_after("epoch " + std::to_string(epoch + 1) + ": ", said), expected, 1e-5 * expected)
          << name << ", epoch " << epoch + 1;
    }
    // Not of the same draws of codes, or of noise.
    const double test = epochs.at(1).at("test_loss");
    EXPECT_NEAR(number_after("epoch 2: ", "in training, ", said), test, 0.01 * test) << name;
  }
}

TEST_F(ShortExamplesThatTrain, AeToVaeTrainsAsTheProgramDoes) {
  const std::string said = output_of("ae_to_vae", {"tiny", "2"});
  const nlohmann::json summary = summary_of_program("ae_to_vae", {"--epochs", "2"}), &figures = summary.at("figures");
  const double expected = summary.at("epochs").at(1).at("train_loss");
  EXPECT_NEAR(number_after("variational, epoch 2: ", said), expected, 1e-5 * expected);
  const double ae = figures.at("ae_reconstruction");
  EXPECT_NEAR(number_after("autoencoder: ", said), ae, 1e-5 * ae);
  const double converted =
      figures.at("converted_reconstruction").get<double>() + figures.at("converted_kl").get<double>();
  EXPECT_NEAR(number_after("converted: ", said), converted, 0.05 * converted);
}

TEST_F(ShortExamplesThatTrain, PpcaAgreesWithTheProgram) {
  const std::string said = output_of("ppca", {"tiny", "1"});
  const double exact =
      summary_of_program("ppca", {"--epochs", "1", "--iterations", "1"}).at("figures").at("ppca_exact");
  EXPECT_NEAR(number_after("ln p(x) in closed form: ", said), exact, 1e-5 * std::abs(exact));
}

}  // namespace

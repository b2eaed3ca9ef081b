// The program vae: its kinds of pixels, weights of the KL term, sweep, first look, and images from a saved decoder.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>
#include <span>

#include "tests/examples/png.hpp"
#include "tests/examples/vae_program.hpp"

namespace {

namespace fs = std::filesystem;
using namespace testing_support;

struct VaeVariants : VaeExample {
  nlohmann::json summary_of(std::vector<std::string> more, const std::string& out = "result") const {
    more.insert(more.end(), {"--out", out});
    const Outcome outcome = run_program(small(std::move(more)));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return summary(out);
  }
  Outcome generate(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--out", "result", "--generate", "7", "--threads", "1"});
    return run_program(more);
  }
  void keep_the_model_alone() const {
    for (const std::string& name : files_in(folder / "result"))
      if (name != "model.safetensors") fs::remove(folder / "result" / name);
    fs::remove_all(data);
  }
};

TEST_F(VaeVariants, EveryKindOfPixelsTrains) {
  const double coin = 784 * std::log(2.0), unit_normal = 784 / 2.0 * std::log(2 * std::numbers::pi);
  for (const char* how : {"threshold", "static", "dynamic"}) {
    const auto summary = summary_of({"--epochs", "2", "--binarize", how});
    EXPECT_EQ(summary["options"]["binarize"], how);
    EXPECT_LT(summary["test_loss"], coin) << how;
    EXPECT_FALSE(summary["figures"].contains("grey_level_entropy")) << how;
  }
  const std::size_t parameters = summary_of({"--epochs", "2"})["parameters"];
  for (const auto& [sigma, learnt] : {std::pair("fixed", 0), std::pair("shared", 1), std::pair("pixel", 784)}) {
    const auto summary =
        summary_of({"--epochs", "3", "--learning-rate", "0.01", "--likelihood", "gaussian", "--sigma", sigma});
    EXPECT_EQ(summary["options"]["sigma"], sigma);
    EXPECT_EQ(summary["parameters"], parameters + std::size_t(learnt));
    const double loss = summary["test_loss"];
    EXPECT_EQ(loss<unit_normal, learnt> 0) << "a sigma that is learnt is soon below 1: " << sigma << " " << loss;
  }
}

TEST_F(VaeVariants, StaticBinarizationGoesOnWithTheSameImages) {
  summary_of({"--epochs", "4", "--binarize", "static"}, "whole");
  summary_of({"--epochs", "2", "--binarize", "static"}, "parts");
  ASSERT_EQ(run_program({"--epochs", "4", "--out", "parts", "--resume"}).exit_code, 0);
  EXPECT_EQ(read(folder / "whole/model.safetensors"), read(folder / "parts/model.safetensors"));
}

// The losses shown have the weight 1 whatever is trained: a heavy KL term is made small, a light one is not.
TEST_F(VaeVariants, BetaWeighsTheKlTermInTrainingAlone) {
  const auto heavy = summary_of({"--epochs", "4", "--learning-rate", "0.01", "--beta", "100"}, "heavy")["epochs"][3],
             light = summary_of({"--epochs", "4", "--learning-rate", "0.01", "--beta", "1e-3"}, "light")["epochs"][3];
  EXPECT_LT(heavy["test_kl"], 1.0);
  EXPECT_GT(light["test_kl"], 5.0);
  EXPECT_LT(heavy["test_loss"], 784 * std::log(2.0) + 1) << "not a hundred times the KL term";
  for (const auto& epoch : {heavy, light}) {
    EXPECT_GT(epoch["test_loss"], epoch["test_kl"]);
    EXPECT_GT(epoch["train_loss"], epoch["train_kl"]);
  }
}

TEST_F(VaeVariants, AWarmUpStartsWithoutTheKlTerm) {
  const auto plain = summary_of({"--epochs", "2", "--learning-rate", "0.01"}, "plain")["epochs"],
             warmed = summary_of({"--epochs", "2", "--learning-rate", "0.01", "--warm-up", "2"}, "warmed")["epochs"];
  EXPECT_GT(warmed[0]["test_kl"], plain[0]["test_kl"]);
}

TEST_F(VaeVariants, AWarmUpGoesOnWhereItStopped) {
  summary_of({"--epochs", "4", "--warm-up", "3"}, "whole");
  const Outcome part = run_program(small({"--epochs", "2", "--warm-up", "3", "--out", "parts"}));
  ASSERT_EQ(part.exit_code, 0) << part.err;
  EXPECT_NE(part.out.find("KL weighted by 1 in training, by less until epoch 3 is over: for all of this run"),
            std::string::npos)
      << part.out;
  ASSERT_EQ(run_program({"--epochs", "4", "--out", "parts", "--resume"}).exit_code, 0);
  EXPECT_EQ(read(folder / "whole/model.safetensors"), read(folder / "parts/model.safetensors"));
}

TEST_F(VaeVariants, MeasuresEvidenceAndUseOfTheCode) {
  const Outcome outcome = run_program(small({"--epochs", "2", "--out", "result", "--binarize", "threshold"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("Estimated ln p(x), nats, of 10 images each, binarized at 0.5, from 20 codes"),
            std::string::npos);
  for (const char* images : {"test images", "the same, pixels shuffled", "noise", "test images of mnist"})
    EXPECT_NE(outcome.out.find(images), std::string::npos) << images;
  const auto summary = this->summary("result");
  EXPECT_NEAR(double(summary["figures"]["log_prob"]), -double(summary["test_loss"]), 60)
      << "of the images that it was trained on, not of others drawn from the grey levels";
  EXPECT_GE(summary["figures"]["active_units"], 0);
  EXPECT_LE(summary["figures"]["active_units"], 3);
}

TEST_F(VaeVariants, CtrlCAfterTrainingSaysHowToGoOn) {
  Invocation interrupted =
      invocation(ExampleProgram::small({"--epochs", "1", "--evidence-samples", "1000000", "--out", "result"}));
  interrupted.interrupt_at = "epoch 1/1";
  const Outcome stopped = run(interrupted);
  EXPECT_EQ(stopped.exit_code, 130) << stopped.out << stopped.err;
  EXPECT_NE(stopped.err.find("vae: stopped after training, before all results were written; to go on: "),
            std::string::npos)
      << stopped.err;
  const Outcome resumed = paste(after("to go on: ", stopped.err) + " --evidence-samples 20");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_TRUE(fs::exists(folder / "result/report.html"));
}

TEST_F(VaeVariants, OneImageIsEnough) {
  write_tiny_data(folder / "one", 1, 1);
  const Outcome outcome = run_program({"--data", "one", "--hidden", "16", "--epochs", "1", "--threads", "1",
                                       "--evidence-samples", "20", "--out", "result"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("unknown"), std::string::npos) << "the error of a mean of one\n" << outcome.out;
  EXPECT_FALSE(files_in(folder / "result").contains("interpolations.png"));
}

TEST_F(VaeVariants, AnotherDataSetIsNotTheSame) {
  const Outcome outcome = run_program({"--data", (folder / "mnist").string(), "--hidden", "16", "--epochs", "1",
                                       "--threads", "1", "--evidence-samples", "20", "--out", "result"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.find("test images of mnist"), std::string::npos) << outcome.out;
}

TEST_F(VaeVariants, SaysOfHowManyImagesTheEvidenceIs) {
  const Outcome outcome =
      run_program(ExampleProgram::small({"--epochs", "1", "--evidence-samples", "2", "--out", "result"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("of 50 images each"), std::string::npos) << "there are no more\n" << outcome.out;
}

TEST_F(VaeVariants, AFirstLookTakesTwoEpochs) {
  const Outcome outcome = run_program(ExampleProgram::small({"--quick", "--evidence-images", "10", "--out", "result"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto summary = this->summary("result");
  EXPECT_EQ(summary["epochs"].size(), 2u);
  EXPECT_EQ(summary["options"]["quick"], true);
  EXPECT_EQ(summary["options"]["evidence-samples"], 200);
  EXPECT_EQ(summary_of({"--quick", "--epochs", "3"}, "other")["epochs"].size(), 3u);
  // What was typed then holds when it goes on.
  ASSERT_EQ(run_program({"--out", "other", "--resume"}).exit_code, 0);
  EXPECT_EQ(this->summary("other")["options"]["evidence-samples"], 20);
}

struct VaeSweep : VaeVariants {
  Invocation into(const std::string& out, const std::string& epochs) const {
    return invocation({"--data", "tiny", "--sweep", "latent", "--hidden", "8", "--batch-size", "20", "--threads", "1",
                       "--epochs", epochs, "--out", out});
  }
};

TEST_F(VaeSweep, TrainsAModelForEachSize) {
  const Outcome outcome = run(into("result", "2"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(files_in(folder / "result"),
            (std::set<std::string>{"checkpoint-latent-10.safetensors", "checkpoint-latent-20.safetensors",
                                   "checkpoint-latent-5.safetensors", "checkpoint-latent-50.safetensors",
                                   "checkpoint.safetensors", "decoder.png", "loss-kl.png", "loss-reconstruction.png",
                                   "loss.png", "model.safetensors", "report.html", "summary.json", "sweep.png"}));
  const auto summary = this->summary("result");
  EXPECT_EQ(summary["parameters"], 784 * 8 + 8 + 2 * (8 * 50 + 50) + 50 * 8 + 8 + 8 * 784 + 784) << "of the last";
  for (const char* size : {"2", "5", "10", "20", "50"}) {
    for (const char* key : {"test_loss_", "test_kl_", "active_units_"})
      EXPECT_TRUE(summary["figures"].contains(std::string(key) + size)) << key << size;
    EXPECT_NE(outcome.out.find("VAE 784-8-" + std::string(size) + " on tiny"), std::string::npos);
  }
  EXPECT_NEAR(summary["figures"]["test_loss_50"], summary["test_loss"], 1e-12);
  EXPECT_EQ(summary["more_models"].size(), 4u);
  EXPECT_EQ(summary["more_models"]["codes of 5"].back()["test_loss"], summary["figures"]["test_loss_5"]);

  // Nothing of this kind of run stays beside the results of another one.
  summary_of({"--epochs", "1"}, "plain");
  const Outcome again = run_program(small({"--epochs", "1", "--out", "result"}));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(files_in(folder / "result"), files_in(folder / "plain"));
  ASSERT_EQ(run(into("result", "1")).exit_code, 0);

  keep_the_model_alone();
  const Outcome generated = generate();
  EXPECT_EQ(generated.exit_code, 0) << "the saved model has codes of 50 numbers\n" << generated.err;
  expect_refused({"--out", "result", "--generate", "7", "--latent", "50"}, {"--latent is not for --generate"});
}

TEST_F(VaeSweep, CtrlCInALaterModelGoesOnToTheSameBits) {
  ASSERT_EQ(run(into("whole", kManyEpochs)).exit_code, 0);
  Invocation interrupted = into("parts", kManyEpochs);
  interrupted.interrupt_after = "VAE 784-8-10 on tiny";
  interrupted.interrupt_at = "epoch  1/" + kManyEpochs;
  const Outcome stopped = run(interrupted);
  ASSERT_EQ(stopped.exit_code, 130) << stopped.out << stopped.err;
  EXPECT_FALSE(fs::exists(folder / "parts/model.safetensors"));
  const Outcome resumed = run_program({"--out", "parts", "--resume"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(read(folder / "whole/model.safetensors"), read(folder / "parts/model.safetensors"));
  EXPECT_EQ(this->summary("whole")["figures"], this->summary("parts")["figures"]);
  EXPECT_EQ(resumed.out.find("trains on"), std::string::npos) << "the first of them does not\n" << resumed.out;

  expect_refused({"--out", "parts", "--resume", "--epochs", "31"},
                 {"--epochs 31", "after " + kManyEpochs, "leave the option out"});
  fs::copy_file(folder / "parts/checkpoint-latent-10.safetensors", folder / "parts/checkpoint-latent-20.safetensors",
                fs::copy_options::overwrite_existing);
  const Outcome other = run_program({"--out", "parts", "--resume"});
  EXPECT_EQ(other.exit_code, 2) << "of another architecture";
  EXPECT_EQ(std::count(other.err.begin(), other.err.end(), '\n'), 1) << other.err;
  EXPECT_NE(other.err.find("checkpoint-latent-20"), std::string::npos) << other.err;
}

TEST_F(VaeVariants, GeneratesFromTheModelAlone) {
  summary_of({"--epochs", "1"});
  const fs::path picture = folder / "result/generated.png";
  const std::set<std::string> of_the_run = files_in(folder / "result");
  EXPECT_FALSE(of_the_run.contains("generated.png"));
  ASSERT_EQ(generate().exit_code, 0);
  EXPECT_EQ(files_in(folder / "result").size(), of_the_run.size() + 1) << "beside what the run has left";
  const std::string first = read(picture);
  keep_the_model_alone();
  const Outcome outcome = generate();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "open result/generated.png\n");
  EXPECT_EQ(files_in(folder / "result"), (std::set<std::string>{"generated.png", "model.safetensors"}));
  EXPECT_EQ(read(picture), first);
  const auto size = png_size(std::as_bytes(std::span(first)));
  EXPECT_GT(size.width, 7 * 84u);
  EXPECT_GT(size.height, 2 * 84u) << "means, and a draw below each";
  EXPECT_LT(size.height, 4 * 84u);
  ASSERT_EQ(generate({"--seed", "2"}).exit_code, 0);
  EXPECT_NE(read(picture), first);
}

TEST_F(VaeVariants, GeneratesOfGaussianPixelsToo) {
  for (const char* sigma : {"fixed", "shared", "pixel"}) {
    summary_of({"--epochs", "1", "--likelihood", "gaussian", "--sigma", sigma});
    EXPECT_EQ(generate().exit_code, 0) << sigma;
  }
}

TEST_F(VaeVariants, RefusesToGenerateWithoutAModelThatFits) {
  expect_refused({"--generate", "0"}, {"--generate takes a whole number from 1 to 1000", "'0'"});
  expect_refused({"--generate", "1001"}, {"--generate takes a whole number from 1 to 1000"});
  expect_refused({"--generate"}, {"--generate needs a value"});
  expect_refused({"--out", "nowhere", "--generate", "5"}, {"there is no saved model nowhere/model.safetensors",
                                                           "choose the --out folder of a run that has ended"});
  summary_of({"--epochs", "1"});
  const std::set<std::string> before = files_in(folder / "result");
  expect_refused({"--out", "result", "--generate", "5", "--hidden", "17"},
                 {"--hidden 17", "16", "leave the option out"});
  for (const char* option : {"--data", "--epochs", "--latent", "--evidence-images", "--evidence-samples"})
    expect_refused({"--out", "result", "--generate", "5", option, "3"},
                   {std::string(option) + " is not for --generate", "leave one of the two out"});
  expect_refused({"--out", "result", "--generate", "5", "--resume"}, {"--resume", "leave one of them out"});
  expect_refused({"--out", "result", "--generate", "5", "--sweep", "latent"}, {"--sweep latent", "none"});
  EXPECT_EQ(files_in(folder / "result"), before);
}

}  // namespace

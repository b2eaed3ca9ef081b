// The program cvae: its two models, what it measures of them, how it goes on, and the pictures that one asks for.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>

#include "tests/examples/example_program.hpp"
#include "tests/examples/png.hpp"

namespace {

namespace fs = std::filesystem;
using namespace testing_support;

struct CvaeProgram : ExampleProgram {
  CvaeProgram() : ExampleProgram("cvae") {}

  PngSize size_of_picture(const std::string& file) const {
    const std::string bytes = read(folder / "result" / file);
    return png_size(std::as_bytes(std::span(bytes)));
  }
  /// Labels 0 for all training images, or for one of them `label`.
  void write_other_labels(const fs::path& where, std::size_t count, std::uint8_t label) const {
    std::vector<std::uint8_t> bytes(count);
    bytes.front() = label;
    xtape::nn::write_idx(where, {{count}, std::move(bytes)});
  }
};

TEST_F(CvaeProgram, TrainsTwoModelsAndLeavesItsResults) {
  const Outcome outcome = run_program(small({"--epochs", "4", "--learning-rate", "0.005", "--out", "result"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(files_in(folder / "result"),
            (std::set<std::string>{"checkpoint-vae.safetensors", "checkpoint.safetensors", "classes.png", "decoder.png",
                                   "loss-kl.png", "loss-reconstruction.png", "loss.png", "model.safetensors",
                                   "report.html", "styles.png", "summary.json"}));
  EXPECT_NE(outcome.out.find("CVAE 784+10-16-3 on tiny"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("\nVAE 784-16-3 on tiny"), std::string::npos) << outcome.out;
  const auto result = summary("result");
  EXPECT_EQ(result["model"], "cvae");
  EXPECT_EQ(result["parameters"], 794 * 16 + 16 + 2 * (16 * 3 + 3) + 13 * 16 + 16 + 16 * 784 + 784);
  const auto& figures = result["figures"];
  EXPECT_EQ(figures["cvae_test_loss"], result["test_loss"]);
  ASSERT_EQ(result["more_models"].size(), 1u);
  EXPECT_EQ(result["more_models"]["VAE"].size(), 4u);
  EXPECT_EQ(result["more_models"]["VAE"].back()["test_loss"], figures["vae_test_loss"]);
  EXPECT_LT(figures["vae_test_loss"], 784 * std::log(2.0));
  // One code for each label: the sum over labels is at least the true one's term, and at most ten times the largest.
  EXPECT_LT(figures["cvae_marginalized_loss"], double(figures["cvae_test_loss"]) + std::log(10.0) + 3);
  for (const char* key : {"vae_label_accuracy", "cvae_label_accuracy"}) {
    EXPECT_GE(figures[key], 0.0) << key;
    EXPECT_LE(figures[key], 1.0) << key;
  }
}

TEST_F(CvaeProgram, DrawsTheLabelAndTheStyleThatOneAsksFor) {
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "result"})).exit_code, 0);
  const std::string styles = read(folder / "result/styles.png");
  for (const std::string& name : files_in(folder / "result"))
    if (name != "model.safetensors" && name != "styles.png") fs::remove(folder / "result" / name);
  const auto draw = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"--out", "result", "--threads", "1"});
    const Outcome outcome = run_program(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "open result/chosen.png\n");
    return read(folder / "result/chosen.png");
  };
  const std::string three = draw({"--label", "3"});
  const PngSize grid = size_of_picture("chosen.png");
  EXPECT_GT(grid.height, grid.width) << "eight by eight, and the name of the class";
  EXPECT_EQ(draw({"--label", "3"}), three);
  EXPECT_NE(draw({"--label", "4"}), three);
  EXPECT_NE(draw({"--label", "3", "--seed", "2"}), three) << "other codes";
  const std::string style = draw({"--style", "49"});
  EXPECT_GT(size_of_picture("chosen.png").width, 11 * 84u) << "an original and ten classes";
  EXPECT_NE(draw({"--style", "48"}), style);
  const std::string both = draw({"--label", "3", "--style", "49"});
  EXPECT_LT(size_of_picture("chosen.png").width, 3 * 84u) << "an original and one image";
  EXPECT_NE(draw({"--label", "4", "--style", "49"}), both);
  EXPECT_EQ(read(folder / "result/styles.png"), styles) << "that of the run stays";
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "result", "--seed", "3"})).exit_code, 0);
  EXPECT_FALSE(fs::exists(folder / "result/chosen.png")) << "drawn with the model that was there before";
}

TEST_F(CvaeProgram, RefusesLabelsAndStylesThatThereAreNot) {
  expect_refused({"--label", "-1"}, {"--label takes a whole number from 0", "'-1'"});
  expect_refused({"--style", "first"}, {"--style takes a whole number from 0", "'first'"});
  expect_refused({"--label", "3", "--out", "nowhere"}, {"there is no saved model nowhere/model.safetensors",
                                                        "choose the --out folder of a run that has ended"});
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "result"})).exit_code, 0);
  const std::set<std::string> before = files_in(folder / "result");
  const auto refused = [&](std::vector<std::string> more, const std::vector<std::string>& words) {
    more.insert(more.begin(), {"--out", "result"});
    expect_refused(more, words);
  };
  refused({"--label", "10"}, {"--label takes a number from 0 to 9", "10"});
  refused({"--label", "300"}, {"--label takes a number from 0 to 9", "300"});
  write_tiny_data(folder / "others", 20, 5);
  write_other_labels(folder / "others/t10k-labels-idx1-ubyte", 5, 77);
  refused({"--style", "0", "--data", "others"}, {"the label 77", "trained with a number from 0 to 9"});
  refused({"--label", "3", "--epochs", "5"}, {"--epochs is not for --label and --style"});
  refused({"--label", "3", "--data", "mnist"}, {"--data is not for --label without --style"});
  refused({"--style", "3", "--seed", "2"}, {"--seed is not for --style"});
  refused({"--style", "50"}, {"--style takes the number of a test image, from 0 to 49", "50"});
  refused({"--label", "3", "--latent", "4"}, {"--latent 4", "made with 3", "leave the option out"});
  refused({"--label", "3", "--resume"}, {"--resume", "leave one of them out"});
  refused({"--style", "3", "--data", "nothing"}, {"no folder 'nothing'"});
  write_tiny_data(folder / "smaller", 20, 5, 14);
  refused({"--style", "3", "--data", "smaller"}, {"images of another size", "smaller"});
  EXPECT_EQ(files_in(folder / "result"), before);
}

TEST_F(CvaeProgram, RefusesDataThatHaveNotWhatItNeeds) {
  expect_refused(small({"--latent", "0"}), {"--latent is given twice"});
  expect_refused({"--data", "tiny", "--latent", "0"}, {"--latent takes a whole number from 1", "'0'"});
  expect_refused({"--data", "tiny", "--hidden", "0"}, {"--hidden takes a whole number from 1", "'0'"});
  const fs::path train = data / "train-labels-idx1-ubyte", test = data / "t10k-labels-idx1-ubyte";
  write_other_labels(train, 200, 0);
  expect_refused(small({"--out", "result"}), {"all training images", "label 0", "several classes"});
  write_other_labels(train, 200, 3);
  expect_refused(small({"--out", "result"}), {"a test image", "label 1", "choose other --data"});
  fs::remove(test);
  expect_refused(small({"--out", "result"}), {"t10k-labels-idx1-ubyte"});
}

// The numbers of the labels do not matter: the prior is uniform over those that training images have.
TEST_F(CvaeProgram, LabelsMayHaveGaps) {
  const auto train = [&](std::uint8_t first, std::uint8_t second, const std::string& out) {
    for (const auto& [file, count] : {std::pair("train-labels-idx1-ubyte", 200u), {"t10k-labels-idx1-ubyte", 50u}}) {
      std::vector<std::uint8_t> labels;
      for (unsigned i = 0; i < count; ++i) labels.push_back(i % 2 == 0 ? first : second);
      xtape::nn::write_idx(data / file, {{count}, std::move(labels)});
    }
    const Outcome outcome = run_program(small({"--epochs", "2", "--out", out}));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return summary(out);
  };
  const auto plain = train(0, 1, "plain"), gaps = train(0, 255, "gaps");
  EXPECT_EQ(gaps["parameters"], plain["parameters"]);
  EXPECT_EQ(gaps["figures"], plain["figures"]);
  EXPECT_EQ(read(folder / "gaps/loss.png"), read(folder / "plain/loss.png"));
  EXPECT_EQ(run_program({"--out", "gaps", "--label", "255"}).exit_code, 0);
  EXPECT_EQ(run_program({"--out", "gaps", "--style", "1"}).exit_code, 0);
  expect_refused({"--out", "gaps", "--label", "1"}, {"--label takes 0 or 255", "got 1"});
  EXPECT_EQ(run_program({"--out", "gaps", "--resume"}).exit_code, 0);
  write_other_labels(data / "train-labels-idx1-ubyte", 200, 255);
  expect_refused({"--out", "gaps", "--resume"}, {"trained with other labels", "without --resume"});
}

TEST_F(CvaeProgram, RefusesCheckpointsThatDoNotFit) {
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "result"})).exit_code, 0);
  expect_refused({"--out", "result", "--resume", "--epochs", "2"}, {"--epochs 2", "after 1", "leave the option out"});
  expect_refused({"--out", "result", "--resume", "--hidden", "17"}, {"--hidden 17", "made with 16"});
  ASSERT_EQ(run_program(small({"--epochs", "1", "--out", "other", "--seed", "2"})).exit_code, 0);
  fs::copy_file(folder / "other/checkpoint-vae.safetensors", folder / "result/checkpoint-vae.safetensors",
                fs::copy_options::overwrite_existing);
  expect_refused({"--out", "result", "--resume"}, {"checkpoint-vae.safetensors", "--seed 2", "not 1"});
  fs::copy_file(folder / "result/checkpoint-vae.safetensors", folder / "result/checkpoint.safetensors",
                fs::copy_options::overwrite_existing);  // of another architecture, though of this program
  const Outcome other = run_program({"--out", "result", "--resume"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_EQ(std::count(other.err.begin(), other.err.end(), '\n'), 1) << other.err;
  EXPECT_NE(other.err.find("without --resume"), std::string::npos) << other.err;
}

}  // namespace

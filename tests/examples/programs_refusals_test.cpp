// What every program refuses: options out of their range, files of other programs, and files that are damaged.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "nn/files/tensor_file.hpp"
#include "tests/examples/one_program.hpp"

namespace {

namespace fs = std::filesystem;
using namespace testing_support;

struct EveryProgram : OneProgram, testing::WithParamInterface<std::string> {
  EveryProgram() : OneProgram(GetParam()) {}

  std::string name() const { return GetParam(); }
  /// The others can do without hidden layers.
  bool needs_hidden_layers() const { return name() == "vae" || name() == "ae_to_vae" || name() == "cvae"; }
};

std::string title(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

INSTANTIATE_TEST_SUITE_P(Programs, EveryProgram, testing::ValuesIn(names_of_programs()), title);

TEST_P(EveryProgram, RefusesNumbersOutOfRange) {
  const auto refused = [&](const std::string& option, const std::vector<std::string>& values,
                           const std::string& takes) {
    for (const std::string& value : values)
      expect_refused({"--data", "tiny", "--out", "result", option, value},
                     {option + " takes " + takes, "'" + value + "'"});
  };
  refused("--epochs", {"0", "-1", "1.5", "1000001", "many"}, "a whole number from 1 to 1000000");
  refused("--batch-size", {"0", "1000001"}, "a whole number from 1 to 1000000");
  refused("--latent", {"0", "16385"}, "a whole number from 1 to 16384");
  if (name() != "ppca")
    refused("--hidden", {needs_hidden_layers() ? "0" : "-1", "16385"},
            needs_hidden_layers() ? "a whole number from 1 to 16384" : "a whole number from 0 to 16384");
  refused("--learning-rate", {"0", "-1", "inf", "nan", "1e999", "fast"}, "a number above 0");
  refused("--seed", {"-1", "1e3"}, "a whole number from 0");
  refused("--threads", {"0", "1025"}, "a whole number from 1 to 1024");
}

TEST_P(EveryProgram, RefusesOptionsThatAreNotWords) {
  expect_refused({"--data", ""}, {"--data takes NAME|DIR"});
  expect_refused({"--out", ""}, {"--out takes DIR"});
  expect_refused({"--data"}, {"--data needs a value"});
  expect_refused({"--epochs", "--out", "b"}, {"--epochs needs a value"});
  expect_refused({"--data", "--out", "b"}, {"--data needs a value"});
  expect_refused({"--data", "tiny", "--seed", "1", "--seed", "2"}, {"--seed is given twice"});
  expect_refused({"--quick=3"}, {"--quick takes no value"});
  expect_refused({"--resume=yes"}, {"--resume takes no value"});
  expect_refused({"--quik"}, {"there is no option '--quik'", "did you mean --quick?"});
  expect_refused({"result"}, {"there is no option 'result'", "--help"});
}

TEST_P(EveryProgram, RefusesDataAndFoldersThatAreNot) {
  expect_refused({"--data", "nothing"}, {"there is no folder 'nothing'", "--data takes"});
  fs::create_directory(folder / "empty");
  expect_refused({"--data", "empty"}, {"empty", "train-images"});
  std::ofstream(folder / "file") << "in the way";
  expect_refused({"--data", "tiny", "--out", "file"}, {"file", "choose another folder with --out"});
  expect_refused({"--out", "nowhere", "--resume"}, {"there is no checkpoint nowhere", "leave out --resume"});
}

TEST_P(EveryProgram, RefusesCheckpointsOfOthers) {
  const std::string other = name() == "dae" ? "ae" : "dae";
  Invocation invocation_of_other = invocation(small({"--epochs", "1", "--out", "result"}));
  invocation_of_other.arguments[0] = XTAPE_PROGRAMS_DIR "/" + other;
  ASSERT_EQ(run(invocation_of_other).exit_code, 0);
  const std::string checkpoint = read(folder / "result/checkpoint.safetensors");
  expect_refused({"--out", "result", "--resume"},
                 {"is a checkpoint of " + other + ", not of " + name(), "choose another --out"});
  EXPECT_EQ(read(folder / "result/checkpoint.safetensors"), checkpoint);
}

TEST_P(EveryProgram, RefusesCheckpointsThatAreDamaged) {
  ASSERT_EQ(train({"--epochs", "1", "--out", "result"}).exit_code, 0);
  const fs::path checkpoint = folder / "result/checkpoint.safetensors";
  expect_refused({"--out", "result", "--resume", "--batch-size", "63"}, {"--batch-size 63", "made with 64"});
  expect_refused({"--out", "result", "--resume", "--quick"}, {"--quick yes", "made with no"});
  for (const std::string& file : files_in(folder / "result"))
    if (file.starts_with("checkpoint-"))
      fs::remove(folder / "result" / file);  // of later phases, whose options would differ
  {                                          // a few bytes of options must not ask for gigabytes
    const xtape::nn::TensorFile file = xtape::nn::read_safetensors(checkpoint);
    xtape::nn::Metadata notes = file.metadata();
    std::string& options = notes.at("note.options");
    for (const auto& [from, to] :
         {std::pair("\"hidden\":16,", "\"hidden\":16384,"), {"\"latent\":3,", "\"latent\":700,"}})
      if (const std::size_t at = options.find(from); at != std::string::npos)
        options.replace(at, std::string(from).size(), to);
    xtape::nn::write_safetensors(checkpoint, file.tensors(), notes);
  }
  expect_refused({"--out", "result", "--resume"}, {"does not fit its own options", "start anew without --resume"});
  fs::resize_file(checkpoint, fs::file_size(checkpoint) - 1);
  expect_refused({"--out", "result", "--resume"}, {"checkpoint.safetensors", "start anew without --resume"});
  fs::copy_file(folder / "result/model.safetensors", checkpoint, fs::copy_options::overwrite_existing);
  expect_refused({"--out", "result", "--resume"}, {"checkpoint.safetensors", "start anew without --resume"});
}

struct AePrograms : ExampleProgram, testing::WithParamInterface<std::string> {
  AePrograms() : ExampleProgram(GetParam()) {}
};

INSTANTIATE_TEST_SUITE_P(Programs, AePrograms, testing::Values("ae", "dae"), title);

// Principal components are as many as pixels, and no more.
TEST_P(AePrograms, LinearTakesACodeLargerThanTheImages) {
  write_tiny_data(folder / "small", 60, 20, 4);
  const Outcome outcome = run_program({"--data", "small", "--linear", "--latent", "20", "--epochs", "1",
                                       "--learning-rate", "0.01", "--threads", "1", "--out", "result"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(folder / "result/report.html"));
}

struct PpcaRefusals : ExampleProgram {
  PpcaRefusals() : ExampleProgram("ppca") {}
};

TEST_F(PpcaRefusals, RefusesImagesWhoseCovarianceIsMoreThanThereIsMemory) {
  for (const char* part : {"train", "t10k"}) {
    std::vector<std::uint8_t> pixels(2'000'000);
    pixels.front() = 1;
    xtape::nn::write_idx(data / (part + std::string("-images-idx3-ubyte")), {{2, 1000, 1000}, std::move(pixels)});
    xtape::nn::write_idx(data / (part + std::string("-labels-idx1-ubyte")), {{2}, {0, 1}});
  }
  expect_refused({"--data", "tiny", "--latent", "1"}, {"1,000,000 pixels need about 73 TiB", "and there are"});
  for (const char* other : {"ae", "dae"}) {
    Invocation linear = invocation({"--data", "tiny", "--linear"});
    linear.arguments[0] = std::string(XTAPE_PROGRAMS_DIR "/") + other;
    const Outcome refused = run(linear);
    EXPECT_EQ(refused.exit_code, 2) << refused.err;
    EXPECT_NE(refused.err.find("need about 102 TiB"), std::string::npos) << refused.err;
  }
}

struct DaeRefusals : ExampleProgram {
  DaeRefusals() : ExampleProgram("dae") {}
};

TEST_F(DaeRefusals, RefusesNoiseOutOfRange) {
  for (const char* rate : {"0", "-0.5", "nan"})
    expect_refused({"--data", "tiny", "--rate", rate}, {"--rate takes a number above 0"});
  for (const char* rate : {"1", "1.5"})
    expect_refused({"--data", "tiny", "--rate", rate}, {"--rate takes a number above 0 and below 1", rate});
  expect_refused({"--data", "tiny", "--noise", "gaussian", "--sigma", "0"}, {"--sigma takes a number above 0"});
  expect_refused({"--data", "tiny", "--noise", "gaussian", "--rate", "0.25"}, {"--rate is for --noise masking"});
  expect_refused({"--data", "tiny", "--sigma", "0.5"}, {"--sigma is for --noise gaussian"});
  expect_refused({"--data", "tiny", "--noise", "salt"}, {"--noise takes masking or gaussian", "'salt'"});
  for (const char* samples : {"0", "1001"})
    expect_refused({"--data", "tiny", "--samples", samples}, {"--samples takes a whole number from 1 to 1000"});
}

struct VaeOptionRefusals : ExampleProgram {
  VaeOptionRefusals() : ExampleProgram("vae") {}
};

TEST_F(VaeOptionRefusals, RefusesNumbersOutOfRange) {
  const auto refused = [&](const std::string& option, const std::vector<std::string>& values,
                           const std::string& takes) {
    for (const std::string& value : values)
      expect_refused({"--data", "tiny", "--out", "result", option, value}, {option + " takes " + takes});
  };
  refused("--samples", {"0", "10001"}, "a whole number from 1 to 10000");
  refused("--beta", {"0", "-1", "inf", "1e300"}, "a number above 0 and below 1e+06");
  refused("--warm-up", {"-1", "0.5"}, "a whole number from 0 to 1000000");
  refused("--evidence-images", {"0", "100001"}, "a whole number from 1 to 100000");
  refused("--evidence-samples", {"0", "1000001"}, "a whole number from 1 to 1000000");
  refused("--sigma", {"each"}, "fixed, shared or pixel");
  refused("--sigma-floor", {"0", "-1"}, "a number above 0");
  refused("--binarize", {"often"}, "none, threshold, static or dynamic");
  refused("--sweep", {"hidden"}, "none or latent");
}

TEST_F(VaeOptionRefusals, RefusesOptionsThatContradict) {
  expect_refused({"--data", "tiny", "--sweep", "latent", "--latent", "3"}, {"--sweep latent", "leave --latent out"});
  expect_refused({"--data", "tiny", "--sigma", "pixel"}, {"--sigma is for --likelihood gaussian"});
  expect_refused({"--data", "tiny", "--sigma", "fixed"}, {"--sigma is for --likelihood gaussian"});
  for (const char* option : {"--evidence-images", "--evidence-samples"})
    expect_refused({"--data", "tiny", "--sweep", "latent", option, "10"},
                   {std::string(option) + " is not for --sweep latent", "leave one of the two out"});
  expect_refused({"--data", "tiny", "--likelihood", "gaussian", "--sigma", "pixel", "--sigma-floor", "1"},
                 {"--sigma-floor takes a number above 0 and below 1, got '1'"});
}

}  // namespace

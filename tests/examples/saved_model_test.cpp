// Models that an earlier run has left: what is taken over from them, and which files are refused in what words.

#include "examples/programs/run/saved_model.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "examples/programs/command_line/program.hpp"
#include "examples/programs/run/run.hpp"
#include "nn/layers/mlp.hpp"
#include "tests/examples/process.hpp"
#include "tests/testing.hpp"

namespace {

namespace fs = std::filesystem;
namespace nn = xtape::nn;
using namespace programs;
using xtape::has;
using xtape::message_of;
using xtape::Random;

struct Decoding : nn::Module<float> {
  nn::Mlp<float> decoder;
  explicit Decoding(std::uint64_t seed, std::size_t hidden = 4) : Decoding(Random(seed), hidden) {}
  Decoding(Random rng, std::size_t hidden) : decoder({2, hidden, 6}, rng) { add("decoder", decoder); }
};

/// What a user asks of a saved model.
struct Session {
  OptionParser parser{"program", "Draws"};
  TrainingOptions options;
  SavedModel saved;

  explicit Session(std::vector<std::string> arguments) : saved(parse(std::move(arguments))) {}
  SavedModel parse(std::vector<std::string> arguments) {
    options.declare(parser);
    std::vector<const char*> argv{"program"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    parser.parse(static_cast<int>(argv.size()), argv.data());
    return SavedModel("program", parser, options);
  }
};

struct SavedModels : testing::Test {
  const testing_support::TemporaryFolder folder;
  const fs::path file = folder / kModelFile;
  const nn::Metadata notes{
      {"model", "program"}, {"options", R"({"hidden": 4, "latent": 2, "seed": 77})"}, {"height", "2"}, {"width", "3"}};

  nn::Metadata with(const std::string& key, const std::string& value) const {
    nn::Metadata changed = notes;
    changed[key] = value;
    return changed;
  }
  void save(const nn::Metadata& metadata) const { nn::save(file, Decoding(1), metadata); }
  Session session(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--out", folder.path().string()});
    return Session(std::move(more));
  }
  std::string refusal(std::vector<std::string> more = {}) const {
    return message_of<UserError>([&] { session(std::move(more)); });
  }
};

TEST_F(SavedModels, GiveOptionsWeightsAndTheSizeOfImages) {
  save(notes);
  EXPECT_EQ(session().options.seed, 1u);
  const Session asked = session({"--seed", "5"});
  EXPECT_EQ(asked.options.hidden, 4u);
  EXPECT_EQ(asked.options.latent, 2u);
  EXPECT_EQ(asked.options.seed, 5u) << "of what is drawn now";
  EXPECT_EQ(asked.saved.like().height(), 2u);
  EXPECT_EQ(asked.saved.like().width(), 3u);
  const Decoding original(1);
  Decoding part(2), whole(3);
  asked.saved.load("decoder", part.decoder);
  asked.saved.load(whole);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(part.parameters()[k].value(), original.parameters()[k].value());
    EXPECT_EQ(whole.parameters()[k].value(), original.parameters()[k].value());
  }
}

TEST_F(SavedModels, AreRefusedWhereMissingOrDamaged) {
  const std::string hint = "choose the --out folder of a run that has ended";
  EXPECT_TRUE(has(refusal(), {"there is no saved model " + file.string(), hint}));
  std::ofstream(file) << "no weights";
  EXPECT_TRUE(has(refusal(), {file.string(), hint}));
  save(notes);
  fs::resize_file(file, fs::file_size(file) - 1);
  EXPECT_TRUE(has(refusal(), {file.string(), hint}));
  save({});
  EXPECT_TRUE(has(refusal(), {file.string(), "not saved by this program", "'model'", hint}));
  save(with("model", "other"));
  EXPECT_TRUE(has(refusal(), {file.string(), "a model of other, not of program", hint}));
  save(with("model", "\x1b[2J" + std::string(1'000'000, 'm')));
  EXPECT_TRUE(has(refusal(), {"a model of \\u001b[2Jmmm", "..., not of program"}));
  EXPECT_LT(refusal().size(), 1000u);
}

TEST_F(SavedModels, AreRefusedWhereTheirNotesAreDamaged) {
  for (const char* size : {"0", "-2", "2x", "", "99999999999999999999999"}) {
    save(with("height", size));
    EXPECT_TRUE(has(refusal(), {"is damaged", "'height'", "--out folder"})) << size;
  }
  save(with("width", "60000"));
  EXPECT_TRUE(has(refusal(), {"is damaged", "2 by 60000", "--out folder"}));
  for (const char* options : {"", "{", "[[]]", R"({"hidden": null})"}) {
    save(with("options", options));
    const std::string message = refusal();
    EXPECT_TRUE(has(message, {"is damaged", "'options'", "--out folder"})) << options;
    EXPECT_EQ(message.find("--resume"), std::string::npos) << message;
  }
}

TEST_F(SavedModels, RefuseOptionsThatContradictThem) {
  save(notes);
  const std::string message = refusal({"--hidden", "5"});
  EXPECT_TRUE(has(message, {"--hidden 5", file.string(), "made with 4", "leave the option out"}));
  EXPECT_EQ(message.find("--resume"), std::string::npos) << message;
  EXPECT_TRUE(has(refusal({"--resume"}), {"--resume", "leave one of them out"}));
  save(with("options", R"({"width-of-nothing": 4})"));
  EXPECT_TRUE(has(refusal(), {"'width-of-nothing'", "does not know", "--out folder"}));
}

TEST_F(SavedModels, RefuseAnotherArchitecture) {
  save(notes);
  const Session asked = session();
  Decoding wide(2, 5);
  const xtape::Array<float> before = wide.parameters()[0].value();
  EXPECT_TRUE(has(message_of<UserError>([&] { asked.saved.load("decoder", wide.decoder); }),
                  {file.string(), "decoder.0.weight", "(5, 2)", "(4, 2)", "--out folder"}));
  EXPECT_TRUE(has(message_of<UserError>([&] { asked.saved.load(wide); }), {file.string(), "(5, 2)", "--out folder"}));
  EXPECT_TRUE(
      has(message_of<UserError>([&] { asked.saved.load("encoder", wide.decoder); }), {"encoder.0", "--out folder"}));
  EXPECT_EQ(wide.parameters()[0].value(), before);
}

TEST_F(SavedModels, AreHeldAgainstTheirOptionsBeforeAModelIsMade) {
  save(notes);
  const Session asked = session();
  ExpectedTensors tensors;
  expect_mlp(tensors, "decoder", {2, 4, 6});
  EXPECT_NO_THROW(asked.saved.check(tensors));
  tensors.front().shape = {16384, 2};
  EXPECT_TRUE(has(message_of<UserError>([&] { asked.saved.check(tensors); }),
                  {file.string(), "decoder.0.weight of shape (16384, 2) expected, got (4, 2)", "--out folder"}));
}

TEST_F(SavedModels, WriteAPictureBesideThem) {
  save(notes);
  const Session asked = session();
  testing::internal::CaptureStdout();
  asked.saved.write({"picture.png", "", "", {std::byte{1}}});
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "open " + (folder / "picture.png").string() + "\n");
  EXPECT_EQ(fs::file_size(folder / "picture.png"), 1u);
}

}  // namespace

// Saving and loading a module: exact, complete, and all or nothing.

#include "nn/files/safetensors.hpp"

#include "files_for_tests.hpp"
#include "nn/layers/linear.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::read_bytes;
using testing::ScratchFolder;
using testing::write_bytes;

template <class T>
struct Model : Module<T> {
  Linear<T> hidden, head;

  explicit Model(std::uint64_t seed, std::size_t width = 3) : Model(Random(seed), width) {}
  Model(Random rng, std::size_t width) : hidden(4, width, rng), head(width, 2, rng) {
    this->add("hidden", hidden);
    this->add("head", head);
  }
};

/// All weights in one list.
template <class T>
std::vector<T> weights_of(const Module<T>& module) {
  std::vector<T> all;
  for (const Parameter<T>& parameter : module.parameters()) {
    all.insert(all.end(), parameter.value().data(), parameter.value().data() + parameter.size());
  }
  return all;
}

template <class T>
void expect_exact_round_trip() {
  const ScratchFolder folder;
  const Model<T> model(1);
  save(folder / "model.safetensors", model);
  Model<T> copy(2);
  ASSERT_NE(weights_of(copy), weights_of(model));
  load(folder / "model.safetensors", copy);
  EXPECT_EQ(weights_of(copy), weights_of(model));
}

TEST(Safetensors, AModuleComesBackBitForBit) {
  expect_exact_round_trip<float>();
  expect_exact_round_trip<double>();
}

/// One layer in two places.
struct Tied : Module<double> {
  Linear<double> layer;
  explicit Tied(Random rng) : layer(2, 2, rng) {
    add("encoder", layer);
    add("decoder", layer);
  }
};

TEST(Safetensors, TiedWeightsAreSavedOnce) {
  const ScratchFolder folder;
  const Tied model(Random(1));
  Tied copy(Random(2));
  save(folder / "model", model);
  EXPECT_EQ(read_safetensors(folder / "model").tensors().size(), 2u);
  load(folder / "model", copy);
  EXPECT_EQ(weights_of(copy), weights_of(model));
}

TEST(Safetensors, TheFileHoldsNamesShapesAndMetadata) {
  const ScratchFolder folder;
  save(folder / "model", Model<float>(1), {{"model", "test"}});
  const TensorFile file = read_safetensors(folder / "model");
  EXPECT_EQ(file.metadata().at("model"), "test");
  ASSERT_EQ(file.tensors().size(), 4u);
  EXPECT_EQ(to_string(file.find("hidden.weight")->shape), "(3, 4)") << "(out, in), as PyTorch's";
  EXPECT_EQ(to_string(file.find("hidden.bias")->shape), "(3,)");
  EXPECT_EQ(file.find("head.weight")->dtype, "F32");
}

TEST(Safetensors, LoadingSaysAllThatDiffersAndChangesNothing) {
  const ScratchFolder folder;
  const auto path = folder / "model";
  Model<float> model(1);
  const std::vector<float> before = weights_of(model);
  const auto error = [&] {
    const std::string message = data_error_of([&] { load(path, model); });
    EXPECT_EQ(message.find("[load] " + path.string() + " does not fit the module: "), 0u) << message;
    EXPECT_EQ(weights_of(model), before);
    return message;
  };

  save(path, Model<float>(2, 5));
  EXPECT_SAYS(error(),
              "\"hidden.weight\" expected F32 (3, 4), got F32 (5, 4); \"hidden.bias\" expected F32 (3,), got F32 (5,)");
  EXPECT_SAYS(error(), "\"head.weight\" expected F32 (2, 3), got F32 (2, 5)");
  EXPECT_EQ(error().find("head.bias"), std::string::npos) << "what fits is not listed";

  save(path, Model<double>(2));
  EXPECT_SAYS(error(), "\"head.bias\" expected F32 (2,), got F64 (2,)");

  Random rng(3);
  save(path, Linear<float>(4, 3, rng));
  EXPECT_SAYS(error(), "missing \"hidden.weight\" F32 (3, 4)");
  EXPECT_SAYS(error(), "unexpected \"weight\" F32 (3, 4)");

  std::vector<TensorView> tensors;
  const Array<float> x = zeros<float>({1});
  for (int i = 0; i < 20; ++i) tensors.push_back(view_of("other" + std::to_string(i), x));
  write_safetensors(path, tensors);
  EXPECT_SAYS(error(), "; and 16 more");
}

TEST(Safetensors, DamagedAndMissingFilesChangeNothing) {
  const ScratchFolder folder;
  const auto path = folder / "model";
  Model<float> model(1);
  const std::vector<float> before = weights_of(model);
  EXPECT_SAYS(data_error_of([&] { load(path, model); }), "cannot open it");
  save(path, Model<float>(2));
  const std::string whole = read_bytes(path);
  for (std::size_t length = 0; length < whole.size(); length += 13) {
    write_bytes(path, whole.substr(0, length));
    EXPECT_THROW(load(path, model), DataError);
  }
  EXPECT_EQ(weights_of(model), before);
  EXPECT_SAYS(data_error_of([&] { save(folder / "none/model", model); }), "No such file or directory");
}

TEST(Safetensors, APartIsLoadedFromTheFileOfTheWhole) {
  const ScratchFolder folder;
  const Model<float> model(1);
  save(folder / "model", model);
  Random rng(2);
  Linear<float> head(3, 2, rng);
  ASSERT_NE(weights_of(head), weights_of(model.head));
  load_part(read_safetensors(folder / "model"), "head", head);
  EXPECT_EQ(weights_of(head), weights_of(model.head));
}

TEST(Safetensors, APartThatDoesNotFitStaysAsItWas) {
  const ScratchFolder folder;
  save(folder / "model", Model<float>(1));
  const TensorFile file = read_safetensors(folder / "model");
  Random rng(2);
  Linear<float> part(3, 2, rng), wide(4, 2, rng);
  Linear<double> precise(3, 2, rng);
  const std::vector<float> before = weights_of(part), wide_before = weights_of(wide);
  EXPECT_SAYS(data_error_of([&] { load_part(file, "tail", part); }), "tail.weight");
  EXPECT_EQ(weights_of(part), before);
  const std::string other = data_error_of([&] { load_part(file, "head", wide); });
  EXPECT_SAYS(other, "[load_part] " + (folder / "model").string());
  EXPECT_SAYS(other, "head.weight of shape (2, 4) expected, got (2, 3)");
  EXPECT_EQ(weights_of(wide), wide_before);
  EXPECT_SAYS(data_error_of([&] { load_part(file, "head", precise); }), "F32");
  // The weight fits, and the bias, which comes after it, is not there.
  const Array<float> weight = zeros<float>({2, 3});
  write_safetensors(folder / "half", std::vector{view_of("head.weight", weight)});
  EXPECT_SAYS(data_error_of([&] { load_part(read_safetensors(folder / "half"), "head", part); }), "head.bias");
  EXPECT_EQ(weights_of(part), before);
}

TEST(Safetensors, AModuleWithoutParameters) {
  const ScratchFolder folder;
  struct Nothing : Module<float> {};
  Nothing nothing;
  save(folder / "model", nothing);
  EXPECT_NO_THROW(load(folder / "model", nothing));
}

/// Sets one element of a parameter.
template <class T>
void spoil(const Module<T>& module, const std::string& name, std::size_t element, T value) {
  for (const auto& [own, parameter] : module.named_parameters()) {
    if (own == name) parameter.mutable_data()[element] = value;
  }
}

template <class T>
void expect_refusal_of_what_is_not_finite() {
  const ScratchFolder folder;
  const auto path = folder / "model";
  const T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
  for (const auto& [value, text] : {std::pair{nan, "nan"}, std::pair{std::copysign(nan, T(-1)), "nan"},
                                    std::pair{infinity, "inf"}, std::pair{-infinity, "-inf"}}) {
    Model<T> saved(1), model(2);
    spoil(saved, "head.weight", 4, T(value));
    save(path, saved);
    const std::vector<T> before = weights_of(model);
    const std::string message = data_error_of([&] { load(path, model); });
    EXPECT_EQ(message, "[load] " + path.string() +
                           ": tensor \"head.weight\": expected finite numbers, element 4 of shape (2, 3) is " + text +
                           "; was it saved by a run that diverged?");
    EXPECT_EQ(weights_of(model), before) << "all or nothing";

    const TensorFile file = read_safetensors(path);
    Random rng(3);
    Linear<T> head(3, 2, rng), hidden(4, 3, rng);
    EXPECT_SAYS(data_error_of([&] { load_part(file, "head", head); }),
                "[load_part] " + path.string() + ": tensor \"head.weight\": expected finite numbers, element 4");
    load_part(file, "hidden", hidden);
    EXPECT_EQ(weights_of(hidden), weights_of(saved.hidden)) << "what is not asked for may be what it likes";

    load(path, model, {.allow_non_finite = true});
    load_part(file, "head", head, {.allow_non_finite = true});
    for (const Linear<T>* part : {&model.head, &head}) {
      const T got = part->weight().value().data()[4];
      EXPECT_TRUE(value != value ? got != got : got == T(value));
    }
  }
}

TEST(Safetensors, RefusesWeightsThatAreNotFinite) {
  expect_refusal_of_what_is_not_finite<float>();
  expect_refusal_of_what_is_not_finite<double>();
}

TEST(Safetensors, LooksAtEveryElement) {
  const ScratchFolder folder;
  Random rng(1);
  Linear<float> layer(100, 123, rng), copy(100, 123, rng);
  spoil(layer, "weight", 0, std::numeric_limits<float>::max());
  spoil(layer, "weight", 1, -std::numeric_limits<float>::denorm_min());
  save(folder / "file", layer);
  EXPECT_NO_THROW(load(folder / "file", copy));
  for (const std::size_t element : {0u, 1u, 4095u, 4096u, 8191u, 12298u, 12299u}) {
    Linear<float> bad(100, 123, rng);
    spoil(bad, "weight", element, std::numeric_limits<float>::quiet_NaN());
    save(folder / "file", bad);
    EXPECT_SAYS(data_error_of([&] { load(folder / "file", copy); }),
                "element " + std::to_string(element) + " of shape");
  }
}

// The new weights beside the old ones, and nothing else of that size.
TEST(Safetensors, LoadingTakesTheMemoryOfTheFileOnce) {
  if (!testing::restart_peak()) GTEST_SKIP() << "the peak of memory cannot be told";
  const ScratchFolder folder;
  Random rng(1);
  Linear<float> layer(5000, 4000, rng);
  save(folder / "file", layer);
  const auto bytes = std::filesystem::file_size(folder / "file");
  EXPECT_LT(testing::peak_growth([&] { load(folder / "file", layer); }), bytes / 10 * 11);
}

TEST(Safetensors, MessagesEscapeWhatOthersWrote) {
  const ScratchFolder folder;
  const Array<float> x = zeros<float>({1});
  write_safetensors(folder / "file\x1b", std::vector{view_of("\x1b[2J\u202e" + std::string(5000, 'x'), x)});
  Model<float> model(1);
  const std::string message = data_error_of([&] { load(folder / "file\x1b", model); });
  EXPECT_SAYS(message, "file\\u001b does not fit");
  EXPECT_SAYS(message, "unexpected \"\\u001b[2J\\u202exxx");
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_LT(message.size(), 600u);
}

}  // namespace
}  // namespace xtape::nn

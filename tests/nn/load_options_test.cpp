// Loading what others wrote: other names, element types and extra tensors, from safetensors and .npz.

#include "nn/files/npz.hpp"
#include "nn/files/safetensors.hpp"

#include "files_for_tests.hpp"
#include "nn/layers/linear.hpp"
#include "nn/layers/mlp.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::ScratchFolder;

std::filesystem::path torch_state() {
  return std::filesystem::path(XTAPE_GOLDEN_DIR) / "torch_state.safetensors";
}

Mlp<float> small_mlp(std::uint64_t seed = 1) {
  Random rng(seed);
  return Mlp<float>({4, 3, 2}, rng);
}

// A state_dict of Sequential(Linear, ReLU, Linear), in every type that PyTorch trains in.
template <class T>
void expect_torchs_results(const std::string& kind) {
  Random rng(1);
  Mlp<T> mlp({4, 3, 2}, rng);
  const LoadOptions options{.strict = false, .convert = true, .rename = rename_table({{kind, ""}, {kind + ".2", "1"}})};
  EXPECT_TRUE(load(torch_state(), mlp, options).empty());
  const Golden golden("torch_state");
  const Array<T> x = golden["x"];
  EXPECT_TRUE(close(Array<T>(mlp(Var<T>(x)).value()), golden["y"], sizeof(T) == 4 ? 1e-6 : 1e-14)) << kind;
}

TEST(LoadOptions, APyTorchModelGivesItsResults) {
  for (const char* kind : {"float", "double", "half", "brain"}) {
    expect_torchs_results<float>(kind);
    expect_torchs_results<double>(kind);
  }
}

TEST(LoadOptions, EachHasToBeAskedFor) {
  Mlp<float> mlp = small_mlp();
  const auto error = [&](const LoadOptions& options) {
    return data_error_of([&] { load(torch_state(), mlp, options); });
  };
  const Rename half = rename_table({{"half", ""}, {"half.2", "1"}});
  EXPECT_SAYS(error({.strict = false, .rename = half}), "\"0.weight\" expected F32 (3, 4), got F16 (3, 4)");
  EXPECT_SAYS(error({.convert = true, .rename = half}), "unexpected \"brain.norm.num_batches_tracked\" I64 ()");
  EXPECT_SAYS(error({.strict = false, .convert = true}), "does not fit the module: no name is in both");
  const Rename all_one = [](const std::string&) { return std::string("one"); };
  EXPECT_SAYS(error({.rename = all_one}), "are both renamed to \"one\"");
}

TEST(LoadOptions, WhatTheFileDoesNotHaveStays) {
  const ScratchFolder folder;
  Random rng(3);
  const Linear<float> layer(4, 3, rng);
  save(folder / "layer", layer);
  Mlp<float> mlp = small_mlp();
  const Array<float> before = mlp.layer(1).weight().value();
  const Rename rename = [](const std::string& name) { return "0." + name; };
  const auto kept = load(folder / "layer", mlp, {.strict = false, .rename = rename});
  EXPECT_EQ(kept, (std::vector<std::string>{"1.weight", "1.bias"}));
  EXPECT_EQ(mlp.layer(0).weight().value(), layer.weight().value());
  EXPECT_EQ(mlp.layer(1).weight().value(), before);
  EXPECT_SAYS(data_error_of([&] { load(folder / "layer", mlp, {.rename = rename}); }), "missing \"1.weight\"");
}

TEST(LoadOptions, ATableNamesTensorsAndParts) {
  const Rename rename = rename_table({{"model", ""}, {"model.2", "head"}, {"bias", "b"}});
  const std::pair<const char*, const char*> names[] = {{"model.0.weight", "0.weight"},
                                                       {"model.2.weight", "head.weight"},
                                                       {"model.20.weight", "20.weight"},
                                                       {"models.0", "models.0"},
                                                       {"bias", "b"},
                                                       {"0.bias", "0.bias"},
                                                       {"model", ""},
                                                       {"", ""}};
  for (const auto& [from, to] : names) EXPECT_EQ(rename(from), to);
}

TEST(LoadOptions, OtherTypesAreRefusedWhereNumbersWouldBeLost) {
  const ScratchFolder folder;
  struct Counting : Module<float> {
    Counter steps;
    Counting() { add("steps", steps); }
  } counting;
  const Array<float> floats = Array<float>(3.0f);
  const Array<std::int32_t> integers = Array<std::int32_t>(3);
  const auto load_one = [&](const TensorView& tensor) {
    write_safetensors(folder / "file", {&tensor, 1});
    load(folder / "file", counting, {.convert = true});
  };
  EXPECT_SAYS(data_error_of([&] { load_one(view_of("steps", floats)); }), "\"steps\" expected I64 (), got F32 ()");
  load_one(view_of("steps", integers));
  EXPECT_EQ(counting.steps.value(), 3);

  // A double beyond the floats becomes infinite, and is refused as such.
  Mlp<float> mlp = small_mlp();
  Random rng(1);
  Mlp<double> large({4, 3, 2}, rng);
  large.layer(0).bias().set({1e300, 0, 0});
  save(folder / "file", large);
  EXPECT_SAYS(data_error_of([&] { load(folder / "file", mlp, {.convert = true}); }),
              "tensor \"0.bias\": element 0 is 1e+300, which is too large for a float");
}

TEST(LoadOptions, ModulesGoThroughNpz) {
  const ScratchFolder folder;
  const Mlp<float> mlp = small_mlp(1);
  write_npz(folder / "model.npz", tensors_of(mlp), {.compress = true});
  Mlp<float> copy = small_mlp(2);
  EXPECT_TRUE(load(read_npz(folder / "model.npz"), copy).empty());
  EXPECT_EQ(copy.layer(1).weight().value(), mlp.layer(1).weight().value());

  Random rng(5);
  Mlp<double> wide({4, 3, 2}, rng);
  const TensorFile file = read_npz(folder / "model.npz");
  EXPECT_SAYS(data_error_of([&] { load(file, wide); }), "\"0.weight\" expected F64 (3, 4), got F32 (3, 4)");
  load(file, wide, {.convert = true});
  EXPECT_EQ(wide.layer(0).weight().value()(2, 3), double(mlp.layer(0).weight().value()(2, 3)));
  Linear<double> head(3, 2, rng);
  load_part(file, "head", head, {.convert = true, .rename = rename_table({{"1", "head"}})});
  EXPECT_EQ(head.bias().value()(1), double(mlp.layer(1).bias().value()(1)));
  EXPECT_SAYS(data_error_of([&] { load_part(file, "1", head); }), "tensor \"1.weight\" is F32, expected F64");
}

}  // namespace
}  // namespace xtape::nn

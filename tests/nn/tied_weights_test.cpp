// Tied weights, one parameter under several names: files of PyTorch's and our own, gradients, steps, copies.

#include "files_for_tests.hpp"
#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <memory>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::ScratchFolder;

std::filesystem::path golden_file(const std::string& ending) {
  return std::filesystem::path(XTAPE_GOLDEN_DIR) / ("torch_tied." + ending);
}

/// A last layer whose weight is another's.
template <class T>
struct Head : Module<T> {
  Parameter<T> weight, bias;
  Head(const Parameter<T>& of_other, std::size_t size) : weight(of_other), bias(zeros<T>({size})) {
    this->add("weight", weight);
    this->add("bias", bias);
  }
  Var<T> operator()(const Var<T>& x) const { return linear(x, weight.var(), bias.var()); }
};

/// The model of make_torch_tied.py.
template <class T>
struct Model : Module<T> {
  Embedding<T> embedding;
  Linear<T> layer;
  Head<T> head;
  explicit Model(std::uint64_t seed) : Model(Random(seed)) {}
  explicit Model(Random rng) : embedding(5, 3, rng), layer(3, 3, rng), head(embedding.weight(), 5) {
    this->add("embedding", embedding);
    this->add("first", layer);
    this->add("second", layer);
    this->add("head", head);
  }
  Var<T> operator()(const Indices& symbols) const { return head(layer(tanh(layer(embedding(symbols))))); }
};

/// The same without ties.
struct Untied : Module<double> {
  Embedding<double> embedding;
  Linear<double> first, second, head;
  explicit Untied(Random rng) : embedding(5, 3, rng), first(3, 3, rng), second(3, 3, rng), head(3, 5, rng) {
    add("embedding", embedding);
    add("first", first);
    add("second", second);
    add("head", head);
  }
};

const std::vector<std::string> kNames = {"embedding.weight", "first.weight", "first.bias", "head.bias"};

template <class T>
void expect_torchs_results(const Model<T>& model) {
  const Golden golden("torch_tied");
  const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;
  Tape<T> tape;
  const Var<T> y = model(Indices{4, 0, 2, 2});
  EXPECT_TRUE(close(Array<T>(y.value()), golden["y"], tolerance));
  const auto named = model.named_parameters();
  const auto gradients = tape.gradient(cross_entropy(y, Indices{1, 3, 0, 4}), model.parameters());
  ASSERT_EQ(named.size(), kNames.size());
  for (std::size_t k = 0; k < kNames.size(); ++k) {
    EXPECT_EQ(named[k].name, kNames[k]);
    EXPECT_TRUE(close(gradients[k], golden[kNames[k]], tolerance)) << kNames[k];
  }
}

TEST(TiedWeights, OfPyTorchComeFromBothKindsOfFiles) {
  for (const bool is_npz : {false, true}) {
    Model<double> model(1);
    Model<float> narrow(1);
    const TensorFile file = is_npz ? read_npz(golden_file("npz")) : read_safetensors(golden_file("safetensors"));
    EXPECT_EQ(file.tensors().size(), is_npz ? 7u : 4u) << "all names, and each tensor once";
    EXPECT_TRUE(load(file, model).empty());
    expect_torchs_results(model);
    load(file, narrow, {.convert = true});
    expect_torchs_results(narrow);
  }
  Model<double> model(1);
  EXPECT_TRUE(load(golden_file("safetensors"), model).empty());
  expect_torchs_results(model);
}

TEST(TiedWeights, AreWrittenAsPyTorchWritesThem) {
  const ScratchFolder folder;
  Model<double> model(1);
  load(golden_file("safetensors"), model);
  save(folder / "model", model, {{"second.bias", "a word of one's own"}});
  const TensorFile ours = read_safetensors(folder / "model"), theirs = read_safetensors(golden_file("safetensors"));
  ASSERT_EQ(ours.tensors().size(), theirs.tensors().size());
  for (const TensorView& tensor : theirs.tensors())
    EXPECT_EQ(ours.get<double>(tensor.name), theirs.get<double>(tensor.name));
  Metadata expected = theirs.metadata();
  expected["second.bias"] = "a word of one's own";
  EXPECT_EQ(ours.metadata(), expected);

  write_npz(folder / "model.npz", tensors_of(model));
  const TensorFile all = read_npz(folder / "model.npz"), state_dict = read_npz(golden_file("npz"));
  ASSERT_EQ(all.tensors().size(), state_dict.tensors().size());
  for (const TensorView& tensor : state_dict.tensors())
    EXPECT_EQ(all.get<double>(tensor.name), state_dict.get<double>(tensor.name));

  for (const char* name : {"model", "model.npz"}) {
    Model<double> copy(2);
    load(name == std::string("model") ? read_safetensors(folder / name) : read_npz(folder / name), copy);
    expect_torchs_results(copy);
  }
}

TEST(TiedWeights, TakeOneStep) {
  Model<double> model(1);
  load(golden_file("safetensors"), model);
  const Golden golden("torch_tied");
  const Array<double> before = model.head.weight.value();
  Sgd<double> sgd(model.parameters(), {.learning_rate = 0.5});
  sgd.step({golden[kNames[0]], golden[kNames[1]], golden[kNames[2]], golden[kNames[3]]});
  EXPECT_TRUE(close(model.embedding.weight().value(), Array<double>(before - 0.5 * golden[kNames[0]]), 1e-15));
  EXPECT_EQ(model.head.weight.value(), model.embedding.weight().value());
}

TEST(TiedWeights, AnyOfTheirNamesWillDoAndNumbersHaveToAgree) {
  const ScratchFolder folder;
  const Model<double> model(1);
  std::vector<TensorView> tensors = tensors_of(model);
  std::erase_if(tensors, [](const TensorView& tensor) { return tensor.name == "embedding.weight"; });
  write_safetensors(folder / "second_name", tensors);
  Model<double> copy(2);
  load(folder / "second_name", copy);
  EXPECT_EQ(copy.embedding.weight().value(), model.embedding.weight().value());

  std::erase_if(tensors, [](const TensorView& tensor) { return tensor.name == "head.weight"; });
  write_safetensors(folder / "none", tensors);
  const Array<double> before = copy.embedding.weight().value();
  EXPECT_SAYS(data_error_of([&] { load(folder / "none", copy); }), "missing \"embedding.weight\" F64 (5, 3)");
  EXPECT_EQ(load(folder / "none", copy, {.strict = false}), std::vector<std::string>{"embedding.weight"});

  const Untied untied{Random(3)};
  save(folder / "untied", untied);
  const std::string message = data_error_of([&] { load(folder / "untied", copy); });
  EXPECT_SAYS(message, "[load] " + (folder / "untied").string());
  EXPECT_SAYS(message, "tensors \"embedding.weight\" and \"head.weight\": equal numbers expected");
  EXPECT_SAYS(data_error_of([&] { load(read_safetensors(folder / "untied"), copy); }), "(tied weights)");
  EXPECT_EQ(copy.embedding.weight().value(), before) << "all or nothing";
}

// Their file has a name without a tensor, which the metadata tell.
TEST(TiedWeights, GoToModelsAndPartsWithoutTies) {
  const TensorFile file = read_safetensors(golden_file("safetensors"));
  Untied untied{Random(1)}, other{Random(2)};
  EXPECT_TRUE(load(file, untied).empty());
  EXPECT_EQ(untied.head.weight().value(), untied.embedding.weight().value());
  EXPECT_EQ(untied.second.bias().value(), untied.first.bias().value());
  EXPECT_TRUE(load(golden_file("safetensors"), other).empty());
  EXPECT_EQ(other.second.weight().value(), untied.first.weight().value());
  Random rng(3);
  Linear<double> head(3, 5, rng);
  load_part(file, "head", head);
  EXPECT_EQ(head.weight().value(), untied.embedding.weight().value());

  Linear<double> renamed(3, 5, rng);
  load_part(file, "last", renamed, {.rename = rename_table({{"head", "last"}})});
  EXPECT_EQ(renamed.weight().value(), untied.embedding.weight().value());
}

TEST(TiedWeights, AreSharedWithModelsThatHaveOneOfTheirNames) {
  const Model<double> model(1);
  Head<double> head(Parameter<double>(zeros<double>({5, 3})), 5);
  struct Whole : Module<double> {
    explicit Whole(Module<double>& part) { add("head", part); }
  } whole(head);
  EXPECT_TRUE(copy_shared_parameters<double>(model, whole).empty());
  EXPECT_EQ(head.weight.value(), model.embedding.weight().value());
  Model<double> back(2);
  EXPECT_EQ(copy_shared_parameters<double>(whole, back), (std::vector<std::string>{"first.weight", "first.bias"}));
  EXPECT_EQ(back.embedding.weight().value(), model.embedding.weight().value());
}

TEST(TiedWeights, AreInTheStateUnderAllNames) {
  const Model<double> model(1);
  const auto state = model.state();
  ASSERT_EQ(state.size(), 4u);
  EXPECT_EQ(state[0].other_names, std::vector<std::string>{"head.weight"});
  EXPECT_EQ(state[2].other_names, std::vector<std::string>{"second.bias"});
  EXPECT_TRUE(state[3].other_names.empty());
}

}  // namespace
}  // namespace xtape::nn

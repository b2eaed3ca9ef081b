// Modules beyond their parameters: buffers, counters, freezing, modes, paths, copies, and how they print.

#include "files_for_tests.hpp"
#include "nn/files/checkpoint.hpp"
#include "nn/files/safetensors.hpp"
#include "tests/nn/modules_for_tests.hpp"
#include "tests/testing.hpp"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using Doubles = xt::xarray<double>;

/// (x - mean) times what is learnt, and a count of the calls.
struct Centre : Module<double> {
  using Module<double>::add;
  Buffer<double> mean;
  Parameter<double> slope;
  Counter calls;
  explicit Centre(double at = 1) : mean(Doubles{at, 2}), slope(Doubles{3, 4}) {
    add("mean", mean);
    add("slope", slope);
    add("calls", calls);
  }
  Var<double> operator()(const Var<double>& x) const {
    calls.set(calls.value() + 1);
    return (x - mean) * slope;
  }
};

struct Stack : Module<double> {
  Linear<double> inner;
  Centre encoder, decoder;
  explicit Stack(Random& rng, double at = 1) : inner(2, 2, rng), encoder(at), decoder(at) {
    add("encoder", encoder);
    encoder.add("inner", inner);
    add("decoder", decoder);
  }
  Var<double> operator()(const Var<double>& x) const { return decoder(inner(encoder(x))); }
};

std::vector<std::string> names_of(const auto& list) {
  std::vector<std::string> names;
  for (const auto& named : list) names.push_back(named.name);
  return names;
}

TEST(Buffer, IsAConstantOperand) {
  const Buffer<double> mean(std::vector{1.0, 2.0});
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{4, 6});
  const Var<double> y = sum(square(x - mean) + mean * mean + 0 * maximum(mean, 1));
  EXPECT_EQ(y.item(), 9 + 16 + 1 + 4);
  EXPECT_TRUE(close(tape.gradient(y, x), {6, 8}));
  EXPECT_EQ(mean.var().node(), kConstant);
  EXPECT_EQ(mean.shape(-1), 2u);
  std::ostringstream out;
  out << mean;
  EXPECT_EQ(out.str(), "[1. 2.]");
}

TEST(Buffer, TakesValuesOfItsShape) {
  const Buffer<double> mean(Doubles{1, 2}), same = mean;
  const Var<double> old = mean;
  mean.set(Doubles{3, 4});
  EXPECT_TRUE(close(same.value(), {3, 4}));
  mean.mutable_data()[0] = 5;
  EXPECT_TRUE(close(same.value(), {5, 4}));
  EXPECT_TRUE(close(old.value(), {1, 2}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { mean.set(Doubles{1, 2, 3}); }), {"[Buffer]", "(2,)", "(3,)"}));
}

TEST(Module, ListsWhatItKeepsInOrder) {
  Random rng(1);
  const Stack model(rng);
  EXPECT_EQ(names_of(model.state()),
            (std::vector<std::string>{"encoder.mean", "encoder.slope", "encoder.calls", "encoder.inner.weight",
                                      "encoder.inner.bias", "decoder.mean", "decoder.slope", "decoder.calls"}));
  EXPECT_EQ(names_of(model.named_parameters()),
            (std::vector<std::string>{"encoder.slope", "encoder.inner.weight", "encoder.inner.bias", "decoder.slope"}));
  EXPECT_EQ(model.parameter_count(), 10u);
  EXPECT_EQ(model.state()[2].shape(), Shape{});
  EXPECT_EQ(model.state()[0].parameter(), nullptr);
}

TEST(Module, RefusesWhatWasAddedHereBefore) {
  Free module;
  const Parameter<double> p;
  const Buffer<double> b;
  const Counter c;
  module.add("p", p);
  module.add("b", b);
  module.add("c", c);
  EXPECT_TRUE(has(message_of<Error>([&] { module.add("q", p); }), {"[Module]", "\"q\"", "before", "\"p\""}));
  EXPECT_TRUE(has(message_of<Error>([&] { module.add("d", b); }), {"[Module]", "\"d\"", "\"b\""}));
  EXPECT_THROW(module.add("d", c), Error);
  EXPECT_TRUE(has(message_of<Error>([&] { module.add("p", b); }), {"\"p\"", "added twice"}));
  EXPECT_THROW(module.add("a.b", b), Error);
  EXPECT_EQ(module.state().size(), 3u);
}

TEST(Module, FreezesByName) {
  Random rng(1);
  Stack model(rng);
  const Doubles x{{1, 2}, {3, 5}};
  model.freeze("encoder");
  EXPECT_EQ(names_of(model.named_parameters()), std::vector<std::string>{"decoder.slope"});
  EXPECT_EQ(model.parameter_count(), 2u);
  EXPECT_EQ(model.total_parameter_count(), 10u);
  EXPECT_EQ(model.state().size(), 8u);
  {
    Tape<double> tape;
    EXPECT_EQ(model.inner.weight().var().node(), kConstant);
    EXPECT_EQ(tape.gradient(sum(model(x)), model.parameters()).size(), 1u);  // and nobody calls the others forgotten
  }
  EXPECT_EQ(grad([&](const Stack& m) { return sum(m(x)); })(model).size(), 1u);
  model.unfreeze("encoder.inner.weight");
  EXPECT_EQ(names_of(model.named_parameters()), (std::vector<std::string>{"encoder.inner.weight", "decoder.slope"}));
  model.freeze();
  EXPECT_TRUE(model.parameters().empty());
  model.unfreeze();
  EXPECT_EQ(model.parameter_count(), 10u);
  const std::string message = message_of<Error>([&] { model.freeze("enc"); });
  EXPECT_TRUE(has(message, {"[freeze]", "\"enc\"", "encoder.inner.weight", "decoder.slope"}));
  EXPECT_EQ(message.find("mean"), std::string::npos) << "buffers are not trained anyway";
  EXPECT_THROW(model.unfreeze("encoder.mean"), Error);
}

TEST(Module, FreezesTiedWeightsUnderEachOfTheirNames) {
  Free model;
  Scale part;
  model.add("encoder", part);
  model.add("decoder", part);
  model.freeze("decoder");
  EXPECT_TRUE(model.parameters().empty());
}

TEST(Module, TellsItsPartsWhetherTheyTrain) {
  Random rng(1);
  Stack model(rng);
  EXPECT_TRUE(model.training() && model.inner.training());
  model.eval();
  EXPECT_FALSE(model.training() || model.inner.training() || model.decoder.training());
  model.decoder.train();
  EXPECT_TRUE(model.decoder.training() && !model.training());
  model.train();
  EXPECT_TRUE(model.inner.training());
}

TEST(Module, KnowsItsPath) {
  Random rng(1);
  Linear<double> part(2, 2, rng);
  EXPECT_EQ(part.path(), "");
  {
    Free outer, inner;
    inner.add("hidden", part);
    outer.add("decoder", inner);
    outer.add("again", part);
    EXPECT_EQ(part.path(), "decoder.hidden");
    EXPECT_EQ(outer.path(), "");
    const std::string message = message_of<ShapeError>([&] { part(zeros<double>({2, 3})); });
    EXPECT_TRUE(message.starts_with("[Linear] decoder.hidden: [linear] ")) << message;
  }
  EXPECT_EQ(part.path(), "");  // what contained it is gone
  EXPECT_TRUE(message_of<ShapeError>([&] { part(zeros<double>({2, 3})); }).starts_with("[linear] "));
}

TEST(Module, PrintsItsTree) {
  Random rng(1);
  Stack model(rng);
  model.freeze("encoder.inner");
  std::ostringstream out;
  out << model;
  EXPECT_EQ(out.str(), R"(Stack, 4 parameters, 6 frozen
  encoder: Centre, 2 parameters, 6 frozen
    mean (2,) buffer
    slope (2,)
    calls () counter
    inner: Linear, 0 parameters, 6 frozen
      weight (2, 2) frozen
      bias (2,) frozen
  decoder: Centre, 2 parameters
    mean (2,) buffer
    slope (2,)
    calls () counter)");
  struct Local : Module<float> {};
  EXPECT_EQ(Local().kind(), "Local");
  EXPECT_EQ(Module<float>().kind(), "Module");
  EXPECT_EQ(Mlp<float>({2, 1}, rng).kind(), "Mlp");
}

TEST(Module, AllItKeepsIsCopied) {
  Random rng(1);
  Stack from(rng), to(rng, 7);
  from(Doubles{1, 2});
  copy_parameters(from, to);
  EXPECT_TRUE(close(to.encoder.mean.value(), {1, 2}));
  EXPECT_EQ(to.decoder.calls.value(), 1);
  to.encoder.mean.mutable_data()[0] = 9;
  EXPECT_TRUE(close(from.encoder.mean.value(), {1, 2}));
  Centre centre;
  Free other;
  const Buffer<double> slope(Doubles{3, 4}), mean(Doubles{5, 6});
  other.add("slope", slope);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { copy_shared_parameters<double>(centre, other); }),
                  {"slope of shape (2,)", "the buffer slope"}));
  Free with_mean;
  with_mean.add("mean", mean);
  EXPECT_TRUE(copy_shared_parameters<double>(centre, with_mean).empty());
  EXPECT_TRUE(close(mean.value(), {1, 2}));
}

TEST(Module, AClonesOnItsOwn) {
  Random rng(1);
  Stack model(rng);
  model.freeze("decoder");
  model.encoder.eval();
  model(Doubles{1, 2});
  const std::unique_ptr<Stack> copy = clone(model, rng, 7);
  EXPECT_TRUE(close((*copy)(Doubles{5, 6}).value(), model(Doubles{5, 6}).value(), 0));
  EXPECT_EQ(copy->decoder.calls.value(), 2);
  EXPECT_EQ(names_of(copy->named_parameters()), names_of(model.named_parameters()));
  EXPECT_FALSE(copy->encoder.training());
  EXPECT_TRUE(copy->training());
  copy->inner.weight().set(zeros<double>({2, 2}));
  copy->unfreeze();
  EXPECT_NE(model.inner.weight().value()(0, 0), 0);
  EXPECT_EQ(model.parameters().size(), 3u);
  const Linear<double> layer(2, 2, rng);
  EXPECT_THROW(clone(layer, 2, 3, rng), ShapeError);
}

TEST(Module, AllItKeepsIsSavedAndLoaded) {
  const testing::ScratchFolder folder;
  Random rng(1);
  Stack model(rng), other(rng, 7);
  model(Doubles{1, 2});
  model.encoder.mean.set(Doubles{-1, -2});
  model.freeze("encoder");
  save(folder / "model", model);
  load(folder / "model", other);
  EXPECT_TRUE(close(other.encoder.mean.value(), {-1, -2}, 0));
  EXPECT_TRUE(close(other.inner.weight().value(), model.inner.weight().value(), 0));
  EXPECT_EQ(other.encoder.calls.value(), 1);
  const TensorFile file = read_safetensors(folder / "model");
  EXPECT_EQ(file.find("encoder.calls")->dtype, "I64");
  EXPECT_EQ(file.find("encoder.calls")->shape, Shape{});
  Centre centre(9);
  load_part(file, "encoder", centre);
  EXPECT_TRUE(close(centre.mean.value(), {-1, -2}, 0));
  EXPECT_EQ(centre.calls.value(), 1);
  // Nothing is taken where something does not fit.
  const Array<double> calls(2.0);
  const std::vector<TensorView> tensors{view_of("mean", model.encoder.mean.value()),
                                        view_of("slope", model.encoder.slope.value()), view_of("calls", calls)};
  write_safetensors(folder / "floats", tensors);
  EXPECT_TRUE(has(message_of<DataError>([&] { load(folder / "floats", centre); }), {"\"calls\"", "I64 ()", "F64 ()"}));
  model.decoder.mean.set(Doubles{1, std::nan("")});
  save(folder / "bad", model);
  EXPECT_TRUE(has(message_of<DataError>([&] { load(folder / "bad", other); }), {"decoder.mean", "nan"}));
  EXPECT_TRUE(close(other.decoder.mean.value(), {1, 2}, 0));
}

TEST(Module, CheckpointsHoldBuffersAndFrozenParameters) {
  const testing::ScratchFolder folder;
  Random rng(1);
  Stack model(rng), other(rng, 7);
  for (Stack* each : {&model, &other}) each->freeze("encoder.inner");
  Adam<double> adam(model.parameters(), {.learning_rate = 0.1}), same(other.parameters(), {.learning_rate = 0.1});
  const auto step = [](const Stack& m, Adam<double>& optimizer) {
    Tape<double> tape;
    optimizer.step(tape.gradient(sum(square(m(Doubles{1, 3}))), m.parameters()));
  };
  step(model, adam);
  model.encoder.mean.set(Doubles{-1, -2});
  save_checkpoint(folder / "run", model, adam, {.model = "stack", .random = rng.state(), .position = {}, .notes = {}});
  load_checkpoint(folder / "run", "stack", other, same);
  EXPECT_TRUE(close(other.encoder.mean.value(), {-1, -2}, 0));
  EXPECT_EQ(other.encoder.calls.value(), 1);
  step(model, adam);
  step(other, same);
  const auto expected = model.state(), got = other.state();
  for (std::size_t k = 0; k < expected.size(); ++k) {
    if (expected[k].parameter() == nullptr) continue;
    EXPECT_TRUE(close(got[k].parameter()->value(), expected[k].parameter()->value(), 0)) << expected[k].name;
  }
}

// Frozen parameters and buffers are constants to every transform.
TEST(Module, TransformsTakeWhatIsTrained) {
  Random rng(1);
  Stack model(rng);
  model.freeze("encoder");
  const Doubles x{{1, 2}, {3, 5}};
  const auto f = [&](const Stack& m) { return sum(square(m(x))); };
  EXPECT_EQ(names_of([&] {
              std::vector<NamedParameter<double>> list;
              for (const auto& [name, slope] : grad(f)(model)) list.push_back({name, Parameter<double>(slope)});
              return list;
            }()),
            std::vector<std::string>{"decoder.slope"});
  const auto h = hessian(f)(model);
  EXPECT_EQ(h.size(), 1u);
  const std::map<std::string, Array<double>> along{{"decoder.slope", Array<double>{1, 0}}};
  const auto product = hvp(f)(model, along);
  EXPECT_EQ(product.at("decoder.slope")(0), h.at("decoder.slope").at("decoder.slope")(0, 0));
  const auto each =
      vmap(grad([](const Stack& m, const auto& row) { return sum(m(row)); }, argnums<0>))(model, Var<double>(x));
  EXPECT_EQ(each.at("decoder.slope").shape(), (Shape{2, 2}));
  EXPECT_TRUE(check_gradient(f, model).ok());
}

}  // namespace
}  // namespace xtape::nn

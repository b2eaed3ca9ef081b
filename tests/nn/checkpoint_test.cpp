// Checkpoints: a resumed run gives the bits of an uninterrupted one, and what does not fit is refused.

#include "nn/files/checkpoint.hpp"

#include "files_for_tests.hpp"
#include "nn/layers/linear.hpp"
#include "nn/optim/adam.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::expect_success_or_data_error;
using testing::read_bytes;
using testing::ScratchFolder;

ImageSet small_images() {
  std::vector<std::uint8_t> pixels(50 * 6);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = std::uint8_t(i * 37);
  return ImageSet(2, 3, std::move(pixels));
}

/// A denoising autoencoder with its optimizer, generator and loader: every kind of state that a run has.
template <class T>
struct TrainingRun : Module<T> {
  Random rng;
  Linear<T> encoder, decoder;
  Adam<T> optimizer;
  DataLoader<T> loader;

  explicit TrainingRun(std::uint64_t seed, std::size_t width = 4)
      : rng(seed),
        encoder(6, width, rng),
        decoder(width, 6, rng),
        optimizer(added(), {.learning_rate = 1e-2}),
        loader(small_images(), {.batch_size = 8, .shuffle = true, .seed = seed}) {}

  std::vector<Parameter<T>> added() {
    this->add("encoder", encoder);
    this->add("decoder", decoder);
    return this->parameters();
  }

  /// Trains on up to `most` batches; returns their losses.
  std::vector<T> train(std::size_t most) {
    std::vector<T> losses;
    while (losses.size() < most) {
      for (const auto& batch : loader) {
        Tape<T> tape;
        const Array<T> noise = rng.normal<T>(shape_of(batch.images));
        const Var<T> output = decoder(tanh(encoder(Var<T>(batch.images) + T(0.1) * noise)));
        const Var<T> loss = mean(square(output - batch.images));
        optimizer.step(tape.gradient(loss, this->parameters()));
        losses.push_back(loss.value()());
        if (losses.size() == most) break;
      }
    }
    return losses;
  }

  void save_to(const std::filesystem::path& path) const {
    save_checkpoint(path, *this, optimizer,
                    {"autoencoder", rng.state(), loader.position(), {{"options", "{\"a\": 1}"}}});
  }

  TrainingState resume_from(const std::filesystem::path& path) {
    TrainingState state = load_checkpoint(path, "autoencoder", *this, optimizer);
    rng = Random::from_state(state.random);
    loader.seek(state.position);
    return state;
  }

  /// The bytes of weights and of the optimizer's means.
  std::string numbers() const {
    std::string all;
    const auto append = [&](const Array<T>& array) {
      all.append(reinterpret_cast<const char*>(array.data()), array.size() * sizeof(T));
    };
    for (const Parameter<T>& parameter : this->parameters()) append(parameter.value());
    for (const auto& [name, arrays] : optimizer.state().slots) {
      for (const Array<T>& array : arrays) append(array);
    }
    return all;
  }

  /// Everything that is saved, as the bytes of a file.
  std::string snapshot() const {
    const ScratchFolder folder;
    save_to(folder / "file");
    return read_bytes(folder / "file");
  }
};

template <class T>
void expect_the_same_bits_after_a_resume() {
  const ScratchFolder folder;
  TrainingRun<T> uninterrupted(1);
  const std::vector<T> losses = uninterrupted.train(20);
  for (const std::size_t stop : {1u, 6u, 7u, 8u, 13u}) {  // an epoch has seven batches
    TrainingRun<T> first(1);
    std::vector<T> seen = first.train(stop);
    first.save_to(folder / "checkpoint");
    TrainingRun<T> second(
        2);  // of another seed: all that matters comes from the checkpoint, but for the order of the data
    second.loader = DataLoader<T>(small_images(), first.loader.options());
    second.resume_from(folder / "checkpoint");
    EXPECT_EQ(second.snapshot(), first.snapshot());
    for (const T loss : second.train(20 - stop)) seen.push_back(loss);
    EXPECT_EQ(seen, losses) << "stopped after " << stop;
    EXPECT_EQ(second.snapshot(), uninterrupted.snapshot());
  }
}

TEST(Checkpoint, AResumedRunGivesTheSameBits) {
  expect_the_same_bits_after_a_resume<float>();
  expect_the_same_bits_after_a_resume<double>();
}

// Without one of its pieces a resumed run goes elsewhere: the test above can fail.
TEST(Checkpoint, EveryPieceMatters) {
  const ScratchFolder folder;
  TrainingRun<float> run(1);
  run.train(5);
  run.save_to(folder / "checkpoint");
  const auto resumed_without = [&](const auto& forget) {
    TrainingRun<float> resumed(1);
    resumed.resume_from(folder / "checkpoint");
    forget(resumed);
    return resumed.train(5);
  };
  const auto whole = resumed_without([](TrainingRun<float>&) {});
  EXPECT_EQ(whole, resumed_without([](TrainingRun<float>&) {}));
  EXPECT_NE(whole, resumed_without([](TrainingRun<float>& r) { r.rng = Random(1); }));
  EXPECT_NE(whole, resumed_without([](TrainingRun<float>& r) { r.loader.seek({}); }));
  EXPECT_NE(whole, resumed_without([](TrainingRun<float>& r) {
              r.optimizer = Adam<float>(r.parameters(), {.learning_rate = 1e-2});
            }));
  EXPECT_NE(whole, resumed_without([](TrainingRun<float>& r) {
              auto state = r.optimizer.state();
              state.step = 0;
              r.optimizer.set_state(std::move(state));
            }));
}

TEST(Checkpoint, HoldsTheWholeState) {
  const ScratchFolder folder;
  TrainingRun<float> run(1);
  const std::uint64_t large = std::numeric_limits<std::uint64_t>::max();
  const TrainingState state{
      "autoencoder", {large, {large - 1, large - 2}}, {large, 3}, {{"options", ""}, {"losses", "[1,2]\n"}}};
  save_checkpoint(folder / "file", run, run.optimizer, state);
  for (const TrainingState& read :
       {read_training_state(folder / "file"), load_checkpoint(folder / "file", "autoencoder", run, run.optimizer)}) {
    EXPECT_EQ(read.model, state.model);
    EXPECT_EQ(read.random, state.random);
    EXPECT_EQ(read.position, state.position);
    EXPECT_EQ(read.notes, state.notes);
  }
  EXPECT_EQ(read_safetensors(folder / "file").tensors().size(), 12u) << "weights and two means of each";
}

TEST(Checkpoint, RefusesAnotherModelVersionOrKindOfFile) {
  const ScratchFolder folder;
  const auto path = folder / "file";
  TrainingRun<float> run(1);
  run.train(3);
  const std::string before = run.snapshot();
  const auto error = [&] {
    const std::string message = data_error_of([&] { run.resume_from(path); });
    EXPECT_EQ(message.find('\n'), std::string::npos);
    EXPECT_SAYS(message, path.string());
    EXPECT_EQ(run.snapshot(), before) << "a refused checkpoint changes nothing";
    return message;
  };

  EXPECT_SAYS(error(), "cannot open it");
  write_safetensors(path, {});
  EXPECT_SAYS(error(), "expected a checkpoint, got a safetensors file without one's metadata");
  write_safetensors(path, {}, {{"xtape.checkpoint", "2"}});
  EXPECT_SAYS(error(), "expected a checkpoint of version 1, got version \"2\"");
  save_checkpoint(path, run, run.optimizer, {.model = "vae", .random = {}, .position = {}, .notes = {}});
  EXPECT_SAYS(error(), "expected a checkpoint of the model \"autoencoder\", got one of \"vae\"");
  TrainingRun<float>(2, 5).save_to(path);
  EXPECT_SAYS(error(), "does not fit the model: \"model.encoder.weight\" expected F32 (4, 6), got F32 (5, 6)");
  TrainingRun<double>(2).save_to(path);
  EXPECT_SAYS(error(), "\"model.encoder.weight\" expected F32 (4, 6), got F64 (4, 6)");
}

TEST(Checkpoint, RefusesMissingPieces) {
  const ScratchFolder folder;
  const auto path = folder / "file";
  TrainingRun<float> run(1);
  run.save_to(path);
  const TensorFile whole = read_safetensors(path);
  const auto error = [&](const std::vector<TensorView>& tensors, const Metadata& metadata) {
    write_safetensors(path, tensors, metadata);
    return data_error_of([&] { run.resume_from(path); });
  };
  for (const auto& [key, value] : whole.metadata()) {
    if (key.starts_with("note.")) continue;
    Metadata less = whole.metadata();
    less.erase(key);
    const std::string message = error(whole.tensors(), less);
    EXPECT_SAYS(message, key == "xtape.checkpoint" ? "expected a checkpoint" : "the field \"" + key + "\" is missing");
  }
  for (std::size_t i = 0; i < whole.tensors().size(); ++i) {
    auto less = whole.tensors();
    less.erase(less.begin() + std::ptrdiff_t(i));
    EXPECT_SAYS(error(less, whole.metadata()), "missing \"" + whole.tensors()[i].name + "\" F32");
  }
  for (const char* wrong : {"", "-1", " 1", "1 ", "0x1", "1.0", "18446744073709551616", "one"}) {
    Metadata changed = whole.metadata();
    changed["xtape.adam.step"] = wrong;
    EXPECT_SAYS(error(whole.tensors(), changed), "\"xtape.adam.step\": expected a whole number");
  }
  EXPECT_NO_THROW({
    write_safetensors(path, whole.tensors(), whole.metadata());
    run.resume_from(path);
  });
}

template <class T>
void expect_refusal_of_numbers_that_no_run_has() {
  const ScratchFolder folder;
  const auto path = folder / "file";
  TrainingRun<T> run(1);
  run.train(3);
  run.save_to(path);
  const TensorFile whole = read_safetensors(path);
  const std::string before = run.snapshot();
  const T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
  for (const TensorView& tensor : whole.tensors()) {
    const bool is_square = tensor.name.starts_with("adam.second.");
    for (const T value : {nan, infinity, -infinity, T(-1e-30), T(-0.0)}) {
      Array<T> numbers = whole.get<T>(tensor.name);
      numbers.data()[numbers.size() - 1] = value;
      auto tensors = whole.tensors();
      tensors[std::size_t(&tensor - whole.tensors().data())] = view_of(tensor.name, numbers);
      write_safetensors(path, tensors, whole.metadata());
      if (std::isfinite(value) && (value == 0 || !is_square)) {
        EXPECT_NO_THROW(run.resume_from(path));
      } else {
        const std::string message = data_error_of([&] { run.resume_from(path); });
        EXPECT_SAYS(message, "[load_checkpoint] " + path.string() + ": tensor \"" + tensor.name + "\": expected ");
        EXPECT_SAYS(message, is_square ? "finite and not negative" : "expected finite numbers");
        EXPECT_SAYS(message, ", element " + std::to_string(numbers.size() - 1) + " of shape ");
        EXPECT_EQ(message.find('\n'), std::string::npos);
      }
      EXPECT_NO_THROW(load_checkpoint(path, "autoencoder", run, run.optimizer, {.allow_non_finite = true}));
      write_safetensors(path, whole.tensors(), whole.metadata());
      run.resume_from(path);
      ASSERT_EQ(run.snapshot(), before);
    }
  }
}

TEST(Checkpoint, RefusesNumbersThatNoRunHas) {
  expect_refusal_of_numbers_that_no_run_has<float>();
  expect_refusal_of_numbers_that_no_run_has<double>();
}

TEST(Checkpoint, ARefusedNumberChangesNothing) {
  const ScratchFolder folder;
  TrainingRun<float> bad(1), run(2);
  auto state = bad.optimizer.state();
  state.slots.at("second").back().data()[0] = -1;
  bad.optimizer.set_state(std::move(state));
  bad.save_to(folder / "file");
  const std::string before = run.snapshot();
  EXPECT_THROW(run.resume_from(folder / "file"), DataError);
  EXPECT_EQ(run.snapshot(), before);
}

// After 2^64 - 1 steps the next one is number 0, and divides by 1 - β⁰.
TEST(Checkpoint, RefusesMoreStepsThanAnybodyDoes) {
  const ScratchFolder folder;
  TrainingRun<float> run(1);
  run.save_to(folder / "file");
  const TensorFile whole = read_safetensors(folder / "file");
  const auto resume_after = [&](const std::string& steps) {
    Metadata changed = whole.metadata();
    changed["xtape.adam.step"] = steps;
    write_safetensors(folder / "file", whole.tensors(), changed);
    run.resume_from(folder / "file");
  };
  for (const char* steps : {"18446744073709551615", "9223372036854775808", "9007199254740993"}) {
    EXPECT_SAYS(data_error_of([&] { resume_after(steps); }),
                "the field \"xtape.adam.step\": expected at most 2^53 steps, got " + std::string(steps));
    EXPECT_EQ(run.optimizer.state().step, 0u);
  }
  EXPECT_NO_THROW(resume_after("9007199254740992"));
  for (const float loss : run.train(2)) EXPECT_TRUE(std::isfinite(loss));
  auto state = run.optimizer.state();
  state.step = ~std::uint64_t{0};
  EXPECT_THROW(run.optimizer.set_state(state), Error);
}

// A program makes its model from the notes; the tensors of the file are not its business yet.
TEST(Checkpoint, TheStateAloneTakesNoMemoryForTensors) {
  if (!testing::restart_peak()) GTEST_SKIP() << "the peak of memory cannot be told";
  const ScratchFolder folder;
  TrainingRun<float> run(1, 300'000);
  run.save_to(folder / "file");
  EXPECT_GT(std::filesystem::file_size(folder / "file"), 40'000'000u);
  EXPECT_LT(testing::peak_growth([&] { read_training_state(folder / "file"); }), 4'000'000u);
  EXPECT_LT(testing::peak_growth([&] { run.resume_from(folder / "file"); }),
            std::filesystem::file_size(folder / "file") / 10 * 11);
}

TEST(Checkpoint, RefusesAnOptimizerOfOtherParameters) {
  const ScratchFolder folder;
  TrainingRun<float> run(1), stranger(1);
  Adam<float> other(stranger.parameters());
  EXPECT_THROW(save_checkpoint(folder / "file", run, other, {}), ShapeError);
  run.save_to(folder / "file");
  EXPECT_THROW(load_checkpoint(folder / "file", "autoencoder", run, other), ShapeError);
}

TEST(Checkpoint, AFailedSaveKeepsTheLastCheckpoint) {
  const ScratchFolder folder;
  TrainingRun<float> run(1);
  run.save_to(folder / "file");
  const std::string before = read_bytes(folder / "file");
  run.train(1);
  EXPECT_THROW(save_checkpoint(folder / "file", run, run.optimizer, {"autoencoder", {}, {}, {{"\xff", ""}}}),
               DataError);
  EXPECT_EQ(read_bytes(folder / "file"), before);
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Checkpoint, MutatedFilesAreReadOrRefused) {
  TrainingRun<float> run(1), other(2);
  run.train(3);
  expect_success_or_data_error(run.snapshot(), 5, 3000, [&](const std::filesystem::path& path) {
    const std::string before = other.numbers();
    const std::uint64_t step = other.optimizer.state().step;
    try {
      other.resume_from(path);
    } catch (const DataError&) {
      ASSERT_TRUE(other.numbers() == before && other.optimizer.state().step == step) << "half loaded";
      throw;
    }
  });
}

// What a run has besides: averages, the best weights.
TEST(Checkpoint, TakesMoreThanTheModelByNamesOfItsOwn) {
  const ScratchFolder folder;
  TrainingRun<float> run(1), other(2);
  run.train(3);
  const TrainingState state{"autoencoder", run.rng.state(), run.loader.position(), {}};
  const std::vector<NamedState<float>> more{{"ema.0", Buffer<float>(Array<float>{1, 2})}, {"best", Counter(7)}};
  save_checkpoint(folder / "more", run, run.optimizer, state, more);
  const Buffer<float> average(Array<float>{0, 0});
  const Counter best;
  load_checkpoint(folder / "more", "autoencoder", other, other.optimizer, {},
                  std::vector<NamedState<float>>{{"ema.0", average}, {"best", best}});
  EXPECT_EQ(average.value(), (Array<float>{1, 2}));
  EXPECT_EQ(best.value(), 7);
  EXPECT_EQ(other.numbers(), run.numbers());
  TrainingRun<float> plain(3);
  load_checkpoint(folder / "more", "autoencoder", plain, plain.optimizer);  // passes over it
  EXPECT_EQ(plain.numbers(), run.numbers());
  // Of what is asked for, nothing is missing; else nothing is changed.
  TrainingRun<float> untouched(4);
  const std::string before = untouched.numbers();
  const auto refused = [&](const std::vector<NamedState<float>>& asked) {
    return message_of<DataError>(
        [&] { load_checkpoint(folder / "more", "autoencoder", untouched, untouched.optimizer, {}, asked); });
  };
  EXPECT_TRUE(has(refused({{"ema.0", average}}), {"unexpected \"more.best\""}));
  EXPECT_TRUE(has(refused({{"ema.0", average}, {"best", best}, {"ema.1", average}}), {"missing \"more.ema.1\""}));
  EXPECT_EQ(untouched.numbers(), before);
  EXPECT_TRUE(
      has(message_of<DataError>([&] {
            save_checkpoint(folder / "twice", run, run.optimizer, state, {{"a", Counter(1)}, {"a", Counter(2)}});
          }),
          {"more.a"}));
}

}  // namespace
}  // namespace xtape::nn

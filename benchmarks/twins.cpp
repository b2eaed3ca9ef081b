// Trains the models of the programs, and one with convolutions, for 100 steps on a data set, and writes all that went
// in and the losses that came out, for benchmarks/peers/torch_twins.py to do the same: scripts/twins runs both.
//
//   twins --data DATA --out FILE

#include <map>
#include <string>
#include <vector>

#include "examples/programs/command_line/options.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/data/datasets.hpp"
#include "tests/examples/twins.hpp"

namespace {

using namespace xtape;

constexpr std::size_t kHidden = 400, kWidth = 32, kLatent = 20, kSteps = 100, kBatch = 128;

/// A batch for every step, from as many epochs as that takes.
programs::TwinNumbers draw_numbers(const nn::ImageSet& images, Random& rng) {
  if (!images.has_labels()) throw programs::UserError("the data have no labels, which the cvae needs");
  programs::TwinNumbers numbers{empty<float>({kSteps, kBatch, images.pixels()}), empty<std::int64_t>({kSteps, kBatch}),
                                rng.normal<float>({kSteps, 1, kBatch, kLatent})};
  nn::DataLoader loader(images, {.batch_size = kBatch, .shuffle = true, .seed = 1, .drop_last = true});
  for (std::size_t step = 0; step < kSteps;) {
    for (const auto& batch : loader) {
      if (step == kSteps) break;
      xt::view(numbers.images, step) = batch.images;
      xt::view(numbers.labels, step) = batch.labels;
      ++step;
    }
  }
  return numbers;
}

/// Weights before the training, and losses, by their names in the file.
struct Record {
  std::map<std::string, Array<float>> weights;
  std::map<std::string, Array<double>> losses;
};

Record train_all(const programs::TwinNumbers& numbers, const programs::TwinSizes& sizes, Random& rng) {
  Record record;
  for (const programs::Twin& twin : programs::make_twins(sizes, rng)) {
    for (const auto& [name, parameter] : twin.model->named_parameters())
      record.weights[twin.name + "." + name] = parameter.value();
    record.losses[twin.name + ".losses"] = train(twin, numbers);
  }
  return record;
}

void write(const std::string& path, const programs::TwinNumbers& numbers, const Record& record) {
  std::vector<nn::TensorView> tensors{nn::view_of("images", numbers.images), nn::view_of("labels", numbers.labels),
                                      nn::view_of("epsilon", numbers.epsilon)};
  for (const auto& [name, array] : record.weights) tensors.push_back(nn::view_of(name, array));
  for (const auto& [name, array] : record.losses) tensors.push_back(nn::view_of(name, array));
  nn::write_safetensors(path, tensors);
}

void run_twins(int argc, char** argv) {
  programs::OptionParser parser("twins", "Trains every model for 100 steps, and writes all numbers into a file.");
  std::string data = "fashion-mnist", out = "twins.safetensors";
  parser.text("data", data, "DATA", "A name, or a folder with the four files of MNIST");
  parser.text("out", out, "FILE", "Where to write");
  if (!parser.parse(argc, argv)) return;
  Random rng(1);
  const nn::ImageSet images = programs::load_dataset(data).train;
  const programs::TwinNumbers numbers = draw_numbers(images, rng);
  write(out, numbers, train_all(numbers, {{1, images.height(), images.width()}, kHidden, kWidth, kLatent}, rng));
}

}  // namespace

int main(int argc, char** argv) {
  return programs::run_program("twins", {}, [&] { run_twins(argc, argv); });
}

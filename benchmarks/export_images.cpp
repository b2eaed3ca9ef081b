// Writes the training images of a data set, and their labels where they have some, as safetensors, so that programs in
// Python train on the same ones: images (count, pixels), bytes, and labels (count).
//
//   export_images --data DATA --out FILE

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "examples/programs/command_line/options.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/data/datasets.hpp"
#include "nn/files/tensor_file.hpp"

namespace {

namespace nn = xtape::nn;

void run_export(int argc, char** argv) {
  programs::OptionParser parser("export_images", "Writes the training images of a data set as safetensors.");
  std::string data = "fashion-mnist", out = "images.safetensors";
  parser.text("data", data, "DATA", "A name, or a folder with the four files of MNIST");
  parser.text("out", out, "FILE", "Where to write");
  if (!parser.parse(argc, argv)) return;
  const nn::ImageSet set = programs::load_dataset(data).train;
  auto images = xtape::empty<std::uint8_t>({set.size(), set.pixels()});
  auto labels = xtape::empty<std::int64_t>({set.has_labels() ? set.size() : 0});
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto image = set.image(i);
    std::copy(image.begin(), image.end(), images.data() + i * set.pixels());
    if (set.has_labels()) labels(i) = set.label(i);
  }
  std::vector<nn::TensorView> tensors{nn::view_of("images", images)};
  if (set.has_labels()) tensors.push_back(nn::view_of("labels", labels));
  nn::write_safetensors(out, tensors);
}

}  // namespace

int main(int argc, char** argv) {
  return programs::run_program("export_images", {}, [&] { run_export(argc, argv); });
}

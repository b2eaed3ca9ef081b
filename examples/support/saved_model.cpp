#include "examples/support/saved_model.hpp"

#include <charconv>
#include <filesystem>
#include <iostream>
#include <utility>

#include "autodiff/errors.hpp"
#include "examples/support/program.hpp"
#include "examples/support/run.hpp"
#include "examples/support/summary.hpp"

namespace examples {
namespace {

namespace fs = std::filesystem;
namespace nn = xtape::nn;

const char* const kHint = "; choose the --out folder of a run that has ended";

nn::TensorFile read_file(const fs::path& path) {
  try {
    return nn::read_safetensors(path);
  } catch (const xtape::DataError& error) {
    throw UserError(error.what() + std::string(kHint));
  }
}

const std::string& note(const nn::TensorFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    throw UserError(file.path().string() + " was not saved by this program: it has no note '" + key + "'" + kHint);
  return found->second;
}

std::size_t extent(const nn::TensorFile& file, const std::string& key) {
  const std::string& digits = note(file, key);
  std::size_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  constexpr std::size_t kMost = 1 << 16;
  if (value == 0 || value > kMost)
    throw UserError(file.path().string() + " is damaged: its note '" + key + "' is '" + digits + "'" + kHint);
  return value;
}

}  // namespace

SavedModel::SavedModel(const std::string& model, OptionParser& parser, const TrainingOptions& options)
    : folder_(options.out), file_(read_file(fs::path(options.out) / kModelFile)) {
  if (note(file_, "model") != model)
    throw UserError(file_.path().string() + " is a model of " + note(file_, "model") + ", not of " + model + kHint);
  OptionValues saved = options_from_json(note(file_, "options"));
  std::erase_if(saved, [](const auto& option) { return option.first == "seed"; });  // of what is drawn now
  parser.adopt(saved);
  const std::size_t height = extent(file_, "height"), width = extent(file_, "width");
  like_ = nn::ImageSet(height, width, std::vector<std::uint8_t>(height * width));
}

void SavedModel::load(const std::string& name, nn::Module<float>& part) const {
  try {
    nn::load_part(file_, name, part);
  } catch (const xtape::DataError& error) {
    throw UserError(error.what() + std::string(kHint));
  }
}

void SavedModel::load(nn::Module<float>& whole) const {
  try {
    nn::load(file_.path(), whole);
  } catch (const xtape::DataError& error) {
    throw UserError(error.what() + std::string(kHint));
  }
}

void SavedModel::write(const Picture& picture) const {
  const OutputFolder out(folder_, {picture.file});
  out.write(picture.file, picture.png);
  std::cout << "open " << out.path(picture.file).string() << std::endl;
}

}  // namespace examples

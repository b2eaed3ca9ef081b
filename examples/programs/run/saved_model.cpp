#include "examples/programs/run/saved_model.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "autodiff/errors.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/run/run.hpp"
#include "examples/programs/run/summary.hpp"

namespace programs {
namespace {

namespace fs = std::filesystem;
namespace nn = xtape::nn;

const std::string kHint = "; choose the --out folder of a run that has ended";

nn::TensorFile read_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw UserError("there is no saved model " + xtape::text::path(path) + kHint);
  try {
    return nn::read_safetensors(path);
  } catch (const xtape::DataError& error) {
    throw UserError(error.what() + kHint);
  }
}

const std::string& note(const nn::TensorFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    throw UserError(xtape::text::path(file.path()) + " was not saved by this program: it has no note '" + key + "'" +
                    kHint);
  return found->second;
}

std::size_t extent(const nn::TensorFile& file, const std::string& key) {
  const std::string& digits = note(file, key);
  std::size_t value = 0;
  const char* const end = digits.data() + digits.size();
  constexpr std::size_t kMost = 1 << 16;
  if (std::from_chars(digits.data(), end, value).ptr != end || value == 0 || value > kMost)
    throw UserError(xtape::text::path(file.path()) + " is damaged: its note '" + key + "' is '" +
                    xtape::text::escaped(digits) + "'" + kHint);
  return value;
}

/// The options of the run that saved it, but for its seed, which is of what is drawn now.
OptionValues saved_options(const nn::TensorFile& file) {
  OptionValues saved;
  try {
    saved = options_from_json(note(file, "options"));
  } catch (const UserError&) {
    throw UserError(xtape::text::path(file.path()) + " is damaged: its note 'options' cannot be read" + kHint);
  }
  std::erase_if(saved, [](const auto& option) { return option.first == "seed"; });
  return saved;
}

/// One black image. Its size is that of what the decoder gives, else the file would ask for any amount of memory.
nn::ImageSet black_image(const nn::TensorFile& file) {
  const std::size_t height = extent(file, "height"), width = extent(file, "width");
  const nn::TensorView* bias = file.find("decoder.1.bias");
  if (bias == nullptr || bias->shape != xtape::Shape{height * width})
    throw UserError(xtape::text::path(file.path()) + " is damaged: it has no decoder of images of " +
                    std::to_string(height) + " by " + std::to_string(width) + " pixels" + kHint);
  return nn::ImageSet(height, width, std::vector<std::uint8_t>(height * width));
}

}  // namespace

SavedModel::SavedModel(const std::string& model, OptionParser& parser, const TrainingOptions& options)
    : folder_(options.out), lock_(folder_), file_(read_file(fs::path(options.out) / kModelFile)) {
  if (options.resume)
    throw UserError("--resume trains on, and this draws with a model as it is; leave one of them out");
  if (programs::note(file_, "model") != model)
    throw UserError(xtape::text::path(file_.path()) + " is a model of " +
                    xtape::text::escaped(programs::note(file_, "model")) + ", not of " + model + kHint);
  parser.adopt(saved_options(file_), xtape::text::path(file_.path()), kHint.substr(2));
  like_ = black_image(file_);
  xtape::kernels::set_available_threads(options.threads);
}

std::string SavedModel::note(const std::string& key) const {
  const auto found = file_.metadata().find(key);
  return found == file_.metadata().end() ? "" : found->second;
}

void SavedModel::check(const ExpectedTensors& tensors) const {
  check_tensors(file_, "", tensors, kHint);
}

void SavedModel::load(const std::string& name, nn::Module<float>& part) const {
  try {
    nn::load_part(file_, name, part);
  } catch (const xtape::DataError& error) {
    throw UserError(error.what() + kHint);
  }
}

void SavedModel::load(nn::Module<float>& whole) const {
  try {
    nn::load(file_.path(), whole);
  } catch (const xtape::DataError& error) {
    throw UserError(error.what() + kHint);
  }
}

void SavedModel::write(const Picture& picture) const {
  const OutputFolder out(folder_, {picture.file}, lock_);
  out.write(picture.file, picture.png);
  std::cout << "open " << xtape::text::path(out.path(picture.file)) << std::endl;
}

}  // namespace programs

#include "examples/support/output_folder.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "autodiff/errors.hpp"
#include "examples/support/program.hpp"
#include "nn/files/atomic_file.hpp"

namespace examples {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(const fs::path& folder, std::vector<std::string> files)
    : folder_(folder), files_(std::move(files)) {
  const std::string hint = "; choose another folder with --out DIR";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw UserError("the folder " + folder.string() + " cannot be made: " + error.message() + hint);
  if (!fs::is_directory(folder, error)) throw UserError(folder.string() + " is not a folder" + hint);
  try {
    for (const std::string& file : files_) xtape::nn::AtomicFile(path(file));  // gone again at once
  } catch (const xtape::DataError& refused) {
    throw UserError("the folder " + folder.string() + " cannot be written to: " + refused.what() + hint);
  }
}

fs::path OutputFolder::path(const std::string& file) const {
  if (std::find(files_.begin(), files_.end(), file) == files_.end())
    throw std::logic_error(file + " was not announced as a file of this run");
  return folder_ / file;
}

void OutputFolder::write(const std::string& file, std::span<const std::byte> bytes) const {
  xtape::nn::write_file_atomically(path(file), bytes);
}

void OutputFolder::write(const std::string& file, std::string_view text) const {
  xtape::nn::write_file_atomically(path(file), text);
}

void OutputFolder::clear_except(const std::string& kept) const {
  std::error_code ignored;  // what cannot be removed will fail to be replaced, and say so then
  for (const std::string& file : files_)
    if (file != kept && fs::is_regular_file(fs::symlink_status(path(file), ignored))) fs::remove(path(file), ignored);
}

}  // namespace examples

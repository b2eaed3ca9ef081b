#include "examples/support/output_folder.hpp"

#include "autodiff/errors.hpp"
#include "examples/support/program.hpp"
#include "nn/files/atomic_file.hpp"

namespace examples {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(const fs::path& folder) : folder_(folder) {
  const std::string hint = "; choose another folder with --out DIR";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw UserError("the folder " + folder.string() + " cannot be made: " + error.message() + hint);
  if (!fs::is_directory(folder, error)) throw UserError(folder.string() + " is not a folder" + hint);
  try {
    const xtape::nn::AtomicFile probe(path("probe"));  // gone again at the end of this scope
  } catch (const xtape::DataError& refused) {
    throw UserError("the folder " + folder.string() + " cannot be written to: " + refused.what() + hint);
  }
}

void OutputFolder::write(const std::string& file, std::span<const std::byte> bytes) const {
  xtape::nn::write_file_atomically(path(file), bytes);
}

void OutputFolder::write(const std::string& file, std::string_view text) const {
  xtape::nn::write_file_atomically(path(file), text);
}

void OutputFolder::remove(const std::vector<std::string>& files) const {
  std::error_code ignored;  // what cannot be removed will fail to be replaced, and say so then
  for (const std::string& file : files) fs::remove(path(file), ignored);
}

}  // namespace examples

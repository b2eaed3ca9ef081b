#include "examples/programs/run/output_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"
#include "nn/files/atomic_file.hpp"

namespace programs {

namespace fs = std::filesystem;

FolderLock::FolderLock(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  const std::shared_ptr<const int> owned(new int(descriptor), [](const int* open) {
    ::close(*open);
    delete open;
  });
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    descriptor_ = owned;
  else if (errno == EWOULDBLOCK)
    throw UserError("the folder " + xtape::text::path(folder) +
                    " is in use by another run; let that end, or choose another folder with --out DIR");
}

OutputFolder::OutputFolder(const fs::path& folder, std::vector<std::string> files, FolderLock lock)
    : folder_(folder), files_(std::move(files)), lock_(std::move(lock)) {
  const std::string hint = "; choose another folder with --out DIR", name = xtape::text::path(folder);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw UserError("the folder " + name + " cannot be made: " + error.message() + hint);
  if (!fs::is_directory(folder, error)) throw UserError(name + " is not a folder" + hint);
  if (!lock_.held()) lock_ = FolderLock(folder);
  try {
    for (const std::string& file : files_) xtape::nn::AtomicFile(path(file));  // gone again at once
  } catch (const xtape::DataError& refused) {
    throw UserError("the folder " + name + " cannot be written to: " + refused.what() + hint);
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

}  // namespace programs

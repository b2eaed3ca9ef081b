#include "nn/files/atomic_file.hpp"

#include "autodiff/errors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace xtape::nn {
namespace {

/// The file to replace: where a symbolic link points, else the path itself.
std::filesystem::path resolved(const std::filesystem::path& path) {
  std::error_code error;
  const auto target = std::filesystem::canonical(path, error);
  return error ? path : target;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// A short name, since the name of the file itself may already be as long as names can be.
std::string temporary_name() {
  static std::atomic<unsigned> count{0};
  return ".xtape-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
}

/// Makes the renaming itself durable. A file system that cannot do so has still done the renaming: no error.
void flush_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(resolved(path)) {
  if (path.empty()) throw DataError("[write_file] expected the path of a file, got an empty one");
  struct stat present {};
  const bool exists = ::stat(path_.c_str(), &present) == 0;
  if (exists && S_ISDIR(present.st_mode)) fail("open", EISDIR);
  if (exists && !S_ISREG(present.st_mode)) {
    throw DataError("[write_file] cannot write " + path_.string() + ": it is not a regular file");
  }
  do {  // a name may be taken by what a killed process with the same id left behind
    temporary_ = folder_of(path_) / temporary_name();
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) fail("open", errno);
  if (exists) ::fchmod(descriptor_, present.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(std::size_t(written));
    } else if (errno != EINTR) {
      fail("write", errno);
    }
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail("flush", errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("close", errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("replace", errno);
  temporary_.clear();
  flush_folder(folder_of(path_));
}

void AtomicFile::fail(const char* step, int error_number) const {
  std::string message = "[write_file] cannot " + std::string(step) + " " + path_.string() + ": " +
                        std::generic_category().message(error_number);
  if (error_number == ENOENT) message += "; does the folder " + folder_of(path_).string() + " exist?";
  throw DataError(message);
}

void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace xtape::nn

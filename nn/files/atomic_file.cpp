#include "nn/files/atomic_file.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace xtape::nn {
namespace {

constexpr std::string_view kPrefix = ".xtape-", kEnding = ".tmp";

/// The file to replace: where a chain of symbolic links ends, whether or not there is something.
std::filesystem::path resolved(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as many as the system follows
  std::error_code error;
  for (int links = 0; links < kMostLinks; ++links) {
    const auto target = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;
  }
  return path;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// A short name, since the name of the file itself may already be as long as names can be.
std::string temporary_name() {
  static std::atomic<unsigned> count{0};
  return std::string(kPrefix) + std::to_string(::getpid()) + "-" + std::to_string(count++) + std::string(kEnding);
}

/// The name under which the system knows an open file that has none of its own.
std::string own_link(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

/// Says that a file is being written, until it is closed; the end of the process closes it. A file system without locks
/// does not say so, nor does it let `remove_leftovers` take the lock.
void lock(int descriptor) {
  while (::flock(descriptor, LOCK_EX) != 0 && errno == EINTR) continue;
}

/// Removes a temporary file unless somebody is writing it.
void remove_leftover(const std::filesystem::path& path) {
  const int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  int descriptor = ::open(path.c_str(), O_RDWR | flags);  // some file systems lock only what may be written
  if (descriptor < 0) descriptor = ::open(path.c_str(), O_RDONLY | flags);
  if (descriptor < 0) return;
  struct stat status {};
  const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (is_file && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
  ::close(descriptor);
}

/// Removes what programs that were killed have left in a folder. What cannot be removed does no harm.
void remove_leftovers(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kEnding)) remove_leftover(entry->path());
  }
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
  const bool exists = ::stat(path.c_str(), &present) == 0;
  if (!exists && errno != ENOENT) fail("open", errno);  // a chain of links that ends nowhere, among others
  if (exists && S_ISDIR(present.st_mode)) fail("open", EISDIR);
  if (exists && !S_ISREG(present.st_mode)) {
    throw DataError("[write_file] cannot write " + text::path(path_) + ": it is not a regular file");
  }
  remove_leftovers(folder_of(path_));
  open_without_name();
  if (descriptor_ < 0) open_with_name();
  if (exists) ::fchmod(descriptor_, present.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  if (descriptor_ >= 0) ::close(descriptor_);
}

/// Where file system and system can do it, and give the file a name later.
void AtomicFile::open_without_name() {
#ifdef O_TMPFILE
  descriptor_ = ::open(folder_of(path_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (descriptor_ < 0) return;
  if (::access(own_link(descriptor_).c_str(), F_OK) == 0) return lock(descriptor_);
  ::close(std::exchange(descriptor_, -1));
#endif
}

void AtomicFile::open_with_name() {
  struct stat status {};
  do {  // again where another program took the file for a leftover before it was locked
    if (descriptor_ >= 0) ::close(descriptor_);
    do {  // a name may be taken by what a killed process with the same id left behind
      temporary_ = folder_of(path_) / temporary_name();
      descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);
    if (descriptor_ < 0) fail("open", errno);
    lock(descriptor_);
  } while (::fstat(descriptor_, &status) == 0 && status.st_nlink == 0);
}

/// Only under a name can a file take another's place.
void AtomicFile::give_name() {
  const std::string link = own_link(descriptor_);
  std::filesystem::path name;
  int failed = 0;
  do {
    name = folder_of(path_) / temporary_name();
    failed = ::linkat(AT_FDCWD, link.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW);
  } while (failed != 0 && errno == EEXIST);
  if (failed != 0) fail("name", errno);
  temporary_ = name;
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
  if (temporary_.empty()) give_name();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("replace", errno);
  temporary_.clear();
  ::close(std::exchange(descriptor_, -1));  // only now, for the lock; all has been flushed
  flush_folder(folder_of(path_));
}

void AtomicFile::fail(const char* step, int error_number) const {
  std::string message = "[write_file] cannot " + std::string(step) + " " + text::path(path_) + ": " +
                        std::generic_category().message(error_number);
  if (error_number == ENOENT) message += "; does the folder " + text::path(folder_of(path_)) + " exist?";
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

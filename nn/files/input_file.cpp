#include "nn/files/input_file.hpp"

#include "autodiff/errors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace xtape::nn::detail {

InputFile::InputFile(const std::filesystem::path& path, std::string where) : where_(std::move(where)) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);  // a pipe is opened without a writer, too
  if (descriptor_ < 0) fail("cannot open it: " + std::generic_category().message(errno));
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    size_ = std::uint64_t(status.st_size);
    return;
  }
  ::close(descriptor_);
  fail(known && S_ISDIR(status.st_mode) ? "expected a file, got a folder: it is not a regular file"
                                        : "it is not a regular file");
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

void InputFile::fail(const std::string& what) const {
  throw DataError(where_ + what);
}

std::size_t InputFile::read(std::uint64_t offset, std::span<std::byte> to) const {
  constexpr std::size_t kMost = std::size_t{1} << 30;  // the system may refuse more in one call
  std::size_t done = 0;
  while (done < to.size()) {
    const std::size_t wanted = std::min(kMost, to.size() - done);
    const ::ssize_t got = ::pread(descriptor_, to.data() + done, wanted, ::off_t(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot read it: " + std::generic_category().message(errno));
    if (got == 0) break;
    done += std::size_t(got);
  }
  return done;
}

}  // namespace xtape::nn::detail

#include "nn/files/gzip_file.hpp"

#include <unistd.h>
#include <zlib.h>
#include <algorithm>
#include <new>
#include <utility>

namespace xtape::nn::detail {

void GzipFile::Closer::operator()(void* stream) const {
  ::gzclose(static_cast<::gzFile>(stream));
}

GzipFile::GzipFile(const std::filesystem::path& path, std::string where) : file_(path, std::move(where)) {
  const int descriptor = ::dup(file_.descriptor());  // zlib closes the one that it gets
  stream_.reset(descriptor < 0 ? nullptr : ::gzdopen(descriptor, "rb"));
  if (stream_ == nullptr) {
    if (descriptor >= 0) ::close(descriptor);
    throw std::bad_alloc();
  }
  ::gzbuffer(static_cast<::gzFile>(stream_.get()), 1 << 17);
}

std::size_t GzipFile::read(std::span<std::uint8_t> to) {
  constexpr std::size_t kMost = 1 << 26;  // zlib counts in int
  const auto stream = static_cast<::gzFile>(stream_.get());
  std::size_t done = 0;
  while (done < to.size()) {
    const std::size_t wanted = std::min(kMost, to.size() - done);
    const int got = ::gzread(stream, to.data() + done, unsigned(wanted));
    int code = Z_OK;
    std::string reason = ::gzerror(stream, &code);
    if (const std::size_t name = reason.find(": "); name != std::string::npos) reason.erase(0, name + 2);
    if (got >= 0) offset_ += std::uint64_t(got);
    if (got < 0 || code == Z_BUF_ERROR) {
      fail("damaged or cut off after " + std::to_string(offset_) + " (uncompressed) bytes: " + reason);
    }
    done += std::size_t(got);
    if (std::size_t(got) < wanted) break;
  }
  return done;
}

bool GzipFile::is_compressed() const {
  return ::gzdirect(static_cast<::gzFile>(stream_.get())) == 0;
}

std::uint64_t GzipFile::most_left() const {
  const std::uint64_t most = is_compressed() ? kMostExpansion * size() : size();
  return most - std::min(most, offset_);
}

}  // namespace xtape::nn::detail

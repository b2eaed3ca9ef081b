#include "nn/files/npz.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/atomic_file.hpp"
#include "nn/files/npy_format.hpp"
#include "nn/files/zip.hpp"

#include <zlib.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

constexpr std::string_view kEnding = ".npy";
constexpr std::uint64_t kMostBytes = std::numeric_limits<std::uint32_t>::max() - 1;  // without zip64
constexpr std::size_t kMostMembers = 0xFFFE, kMostName = 60'000;

/// The most that zlib takes at once.
constexpr std::size_t kPiece = std::size_t{1} << 30;

/// Deflates pieces of bytes, one after the other.
class Deflater {
 public:
  Deflater() {
    if (::deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflater() { ::deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void add(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(kPiece, bytes.size()));
      run(piece, Z_NO_FLUSH);
      bytes = bytes.subspan(piece.size());
    }
  }

  std::string finish() {
    run({}, Z_FINISH);
    return std::move(output_);
  }

 private:
  void run(std::span<const std::byte> bytes, int flush) {
    // zlib does not write to what it reads.
    stream_.next_in = const_cast<::Bytef*>(reinterpret_cast<const ::Bytef*>(bytes.data()));
    stream_.avail_in = unsigned(bytes.size());
    std::array<char, 1 << 16> block;
    do {
      stream_.next_out = reinterpret_cast<::Bytef*>(block.data());
      stream_.avail_out = unsigned(block.size());
      ::deflate(&stream_, flush);
      output_.append(block.data(), block.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  ::z_stream stream_{};
  std::string output_;
};

std::uint32_t crc_of(std::uint32_t crc, std::span<const std::byte> bytes) {
  return std::uint32_t(::crc32_z(crc, reinterpret_cast<const ::Bytef*>(bytes.data()), bytes.size()));
}

/// The name that a member's array has.
std::string array_name(const detail::ZipReader& archive, const detail::ZipEntry& entry) {
  const std::string& name = entry.name;
  if (name.size() > kEnding.size() && name.ends_with(kEnding)) return name.substr(0, name.size() - kEnding.size());
  archive.file().fail("expected members NAME.npy, got " + text::quoted(name));
}

}  // namespace

TensorFile read_npz(const std::filesystem::path& path, const NpyLimits& limits) {
  const detail::ZipReader archive(path, "[read_npz] " + text::path(path) + ": ");
  std::vector<std::pair<std::string, AnyArray>> arrays;
  std::uint64_t left = limits.max_bytes;
  for (const detail::ZipEntry& entry : archive.entries()) {
    std::string name = array_name(archive, entry);
    detail::ZipMember member(archive, entry);
    AnyArray array = detail::read_npy_array(member, left);
    left -= array.bytes().size();
    arrays.emplace_back(std::move(name), std::move(array));
  }
  return TensorFile(path, std::move(arrays));
}

void write_npz(const std::filesystem::path& path, std::span<const TensorView> tensors, const NpzOptions& options) {
  const std::string where = "[write_npz] " + text::path(path) + ": ";
  if (tensors.size() > kMostMembers) {
    throw DataError(where + "expected at most " + std::to_string(kMostMembers) + " tensors, got " +
                    std::to_string(tensors.size()));
  }
  std::set<std::string_view> names;
  for (const TensorView& tensor : tensors) {
    const std::string named = where + "tensor " + text::quoted(tensor.name) + ": ";
    if (tensor.name.empty() || tensor.name.size() > kMostName) {
      throw DataError(named + "expected a name of 1 to " + std::to_string(kMostName) + " bytes");
    }
    if (!names.insert(tensor.name).second) throw DataError(named + "the name comes twice");
    if (tensor.bytes.size() != size_of(tensor.shape) * dtype_bytes(tensor.dtype)) {
      throw DataError(named + std::to_string(tensor.bytes.size()) + " bytes do not match " + tensor.dtype +
                      " of shape " + to_string(tensor.shape));
    }
  }
  AtomicFile file(path);
  std::vector<detail::ZipEntry> entries;
  std::uint64_t offset = 0;
  const auto put = [&](const auto& container) {
    const auto bytes = std::as_bytes(std::span(container));
    file.write(bytes);
    offset += bytes.size();
    if (offset > kMostBytes) throw DataError(where + "expected less than 4 GiB, got more");
  };
  for (const TensorView& tensor : tensors) {
    const std::string header = detail::format_npy_header(tensor.dtype, tensor.shape, where);
    const auto header_bytes = std::as_bytes(std::span(header));
    detail::ZipEntry entry;
    entry.name = tensor.name + std::string(kEnding);
    entry.crc = crc_of(crc_of(0, header_bytes), tensor.bytes);
    entry.stored = entry.size = header.size() + tensor.bytes.size();
    entry.offset = offset;
    if (entry.size > kMostBytes) throw DataError(where + "expected less than 4 GiB, got more");
    std::string deflated;
    if (options.compress) {
      Deflater deflater;
      deflater.add(header_bytes);
      deflater.add(tensor.bytes);
      deflated = deflater.finish();
      entry.method = 8;
      entry.stored = deflated.size();
    }
    put(zip_local_header(entry));
    if (options.compress) {
      put(deflated);
    } else {
      put(header);
      put(tensor.bytes);
    }
    entries.push_back(std::move(entry));
  }
  put(zip_directory(entries, offset));
  file.commit();
}

}  // namespace xtape::nn

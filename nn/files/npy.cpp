#include "nn/files/npy.hpp"

#include "autodiff/text.hpp"
#include "nn/files/atomic_file.hpp"
#include "nn/files/gzip_file.hpp"
#include "nn/files/mapping.hpp"
#include "nn/files/npy_format.hpp"

namespace xtape::nn {

AnyArray read_npy(const std::filesystem::path& path, const NpyLimits& limits) {
  detail::GzipFile file(path, "[read_npy] " + text::path(path) + ": ");
  return detail::read_npy_array(file, limits.max_bytes);
}

AnyArray map_npy(const std::filesystem::path& path) {
  detail::GzipFile file(path, "[map_npy] " + text::path(path) + ": ");
  const detail::NpyHeader header = detail::read_npy_header(file);
  const auto refuse = [&](const char* what) {
    file.fail(std::string("expected what can be mapped, got ") + what + "; read_npy reads it");
  };
  if (file.is_compressed()) refuse("a compressed file");
  if (header.is_big_endian && dtype_bytes(header.dtype) > 1) refuse("big-endian numbers");
  if (header.is_fortran && header.shape.size() > 1) refuse("an array in Fortran order");
  const std::uint64_t start = file.offset(), present = file.size() - start;
  if (present != header.data_bytes) {
    file.fail(std::string(present < header.data_bytes ? "truncated: " : "") + "expected " +
              std::to_string(header.data_bytes) + " bytes from byte " + std::to_string(start) + " on for the shape " +
              to_string(header.shape) + ", got " + std::to_string(present));
  }
  return detail::mapped_array(file.file(), start, header.dtype, header.shape);
}

void write_npy(const std::filesystem::path& path, const AnyArray& array) {
  const std::string header =
      detail::format_npy_header(array.dtype(), array.shape(), "[write_npy] " + text::path(path) + ": ");
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(header)));
  file.write(array.bytes());
  file.commit();
}

}  // namespace xtape::nn

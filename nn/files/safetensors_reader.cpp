#include "nn/files/safetensors_reader.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/conversion.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <vector>

namespace xtape::nn::detail {

// The bytes of arrays are written and read as they lie in memory.
static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

namespace {

/// Whether a number of them is not finite, or below zero where `least` is zero. Without a branch, so that it costs less
/// than reading them.
template <class T>
bool has_bad(std::span<const T> numbers, T least) {
  unsigned bad = 0;
  for (const T x : numbers) bad |= unsigned(!(x >= least)) | unsigned(!(x <= std::numeric_limits<T>::max()));
  return bad != 0;
}

}  // namespace

SafetensorsReader::SafetensorsReader(const std::filesystem::path& path, const SafetensorsLimits& limits)
    : path_(path), file_(path, "[read_safetensors] " + text::path(path) + ": ") {
  const std::string header_text = read_header_text();
  header_ = parse_header(header_text, file_.where());
  start_ = 8 + header_text.size();
  const std::uint64_t announced = header_.data_bytes, present = file_.size() - start_;
  if (announced > limits.max_bytes) {
    file_.fail("the tensors announce " + std::to_string(announced) + " bytes, more than the limit of " +
               std::to_string(limits.max_bytes));
  }
  if (present < announced) {
    file_.fail("truncated: expected " + std::to_string(announced) + " bytes of tensors from byte " +
               std::to_string(start_) + " on, got " + std::to_string(present));
  }
  if (present > announced) {
    file_.fail("expected the end of the file after " + std::to_string(announced) + " bytes of tensors from byte " +
               std::to_string(start_) + " on, got more bytes");
  }
  rename({}, "read_safetensors");
}

std::string SafetensorsReader::read_header_text() const {
  std::array<std::byte, 8> prefix{};
  if (const std::size_t got = file_.read(0, prefix); got < prefix.size()) {
    file_.fail("expected at least 8 bytes, got " + std::to_string(got) + "; is this a safetensors file?");
  }
  const auto length = std::bit_cast<std::uint64_t>(prefix);
  if (length > kMostHeaderBytes) {
    file_.fail("expected a header of at most " + std::to_string(kMostHeaderBytes) + " bytes, the length at byte 0 is " +
               std::to_string(length) + "; is this a safetensors file?");
  }
  std::string header(std::size_t(std::min(length, file_.size() - prefix.size())), '\0');
  const std::size_t got = file_.read(prefix.size(), std::as_writable_bytes(std::span(header)));
  if (got < length) {
    file_.fail("truncated: expected a header of " + std::to_string(length) + " bytes from byte 8 on, got " +
               std::to_string(got));
  }
  return header;
}

void SafetensorsReader::read(std::uint64_t offset, std::span<std::byte> to) const {
  if (file_.read(start_ + offset, to) < to.size()) file_.fail("truncated while it was read");
}

void SafetensorsReader::rename(const Rename& rename, std::string_view loader) {
  index_ = index_of(std::span<const HeaderEntry>(header_.entries), rename, path_, loader);
}

template <class T>
Array<T> SafetensorsReader::read_tensor(std::string_view name) const {
  const HeaderEntry& entry = *index_.find(name)->second;
  Array<T> array = empty<T>(entry.shape);
  if (entry.dtype == dtype_of<T>()) {
    read(entry.begin, std::as_writable_bytes(std::span(array.data(), array.size())));
    return array;
  }
  std::vector<std::byte> bytes(std::size_t(entry.end - entry.begin));
  read(entry.begin, bytes);
  convert<T>(entry.dtype, bytes, {array.data(), array.size()}, file_.where() + "tensor " + text::quoted(name) + ": ");
  return array;
}

template <class T>
void check_numbers(const Array<T>& array, std::string_view name, bool is_square, const std::string& where) {
  constexpr std::size_t kBlock = 1 << 12;
  const T least = is_square ? T(0) : std::numeric_limits<T>::lowest();
  const std::span<const T> numbers(array.data(), array.size());
  for (std::size_t begin = 0; begin < numbers.size(); begin += kBlock) {
    const auto block = numbers.subspan(begin, std::min(kBlock, numbers.size() - begin));
    if (!has_bad(block, least)) continue;
    const auto bad =
        std::find_if(block.begin(), block.end(), [&](const T& x) { return has_bad(std::span(&x, 1), least); });
    throw DataError(where + "tensor " + text::quoted(name) + ": expected " +
                    (is_square ? "means of squares, finite and not negative" : "finite numbers") + ", element " +
                    std::to_string(begin + std::size_t(bad - block.begin())) + " of shape " +
                    to_string(shape_of(array)) + " is " + text::number(*bad) +
                    "; was it saved by a run that diverged?");
  }
}

template Array<float> SafetensorsReader::read_tensor(std::string_view) const;
template Array<double> SafetensorsReader::read_tensor(std::string_view) const;
template Array<std::int64_t> SafetensorsReader::read_tensor(std::string_view) const;
template void check_numbers(const Array<float>&, std::string_view, bool, const std::string&);
template void check_numbers(const Array<double>&, std::string_view, bool, const std::string&);

}  // namespace xtape::nn::detail

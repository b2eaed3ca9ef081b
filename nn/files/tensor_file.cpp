#include "nn/files/tensor_file.hpp"

#include "autodiff/errors.hpp"
#include "nn/files/atomic_file.hpp"
#include "nn/files/read_growing.hpp"
#include "nn/files/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <set>
#include <system_error>

namespace xtape::nn {

// The bytes of arrays are written and read as they lie in memory.
static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

namespace {

/// A file read from its beginning.
class InputFile {
 public:
  InputFile(const std::filesystem::path& path, const std::string& where) : where_(where), file_(nullptr, &std::fclose) {
    std::error_code error;  // a pipe or a device might keep us waiting for ever
    if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error)) {
      throw DataError(where_ + "it is not a regular file");
    }
    file_.reset(std::fopen(path.c_str(), "rb"));
    if (file_ == nullptr) fail("cannot open it: ");
  }

  /// Up to `count` bytes; fewer only at the end of the file.
  std::size_t read(void* to, std::size_t count) {
    const std::size_t got = std::fread(to, 1, count, file_.get());
    if (got < count && std::ferror(file_.get()) != 0) fail("cannot read it: ");
    return got;
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw DataError(where_ + what + std::generic_category().message(errno));
  }

  const std::string& where_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

std::string read_header_text(InputFile& file, const std::string& where) {
  std::array<unsigned char, 8> prefix{};
  const std::size_t got = file.read(prefix.data(), prefix.size());
  if (got < prefix.size()) {
    throw DataError(where + "expected at least 8 bytes, got " + std::to_string(got) + "; is this a safetensors file?");
  }
  const auto length = std::bit_cast<std::uint64_t>(prefix);
  if (length > detail::kMostHeaderBytes) {
    throw DataError(where + "expected a header of at most " + std::to_string(detail::kMostHeaderBytes) +
                    " bytes, the length at byte 0 is " + std::to_string(length) + "; is this a safetensors file?");
  }
  const auto text = detail::read_growing<char>(length, [&](char* to, std::size_t most) { return file.read(to, most); });
  if (text.size() < length) {
    throw DataError(where + "truncated: expected a header of " + std::to_string(length) +
                    " bytes from byte 8 on, got " + std::to_string(text.size()));
  }
  return {text.begin(), text.end()};
}

/// A tensor's place in the file, or an error where it cannot be written.
detail::HeaderEntry entry_for(const TensorView& tensor, std::uint64_t begin, std::set<std::string_view>& names) {
  const std::string where = "[write_safetensors] tensor " + detail::printable(tensor.name) + ": ";
  if (tensor.name == "__metadata__") throw DataError(where + "the name is reserved");
  if (!names.insert(tensor.name).second) throw DataError(where + "the name comes twice");
  if (dtype_bytes(tensor.dtype) == 0) throw DataError(where + "unknown dtype " + detail::printable(tensor.dtype));
  if (detail::tensor_bytes(tensor.dtype, tensor.shape) != tensor.bytes.size()) {
    throw DataError(where + std::to_string(tensor.bytes.size()) + " bytes do not match " + tensor.dtype + " of shape " +
                    to_string(tensor.shape));
  }
  return {tensor.name, tensor.dtype, tensor.shape, begin, begin + tensor.bytes.size()};
}

/// The first of many differences in one line.
std::string joined(const std::vector<std::string>& differences) {
  constexpr std::size_t kMostShown = 8;
  std::string line = differences[0];
  for (std::size_t i = 1; i < std::min(differences.size(), kMostShown); ++i) line += "; " + differences[i];
  if (differences.size() > kMostShown) line += "; and " + std::to_string(differences.size() - kMostShown) + " more";
  return line;
}

/// A tensor's type and shape: F32 (2, 3).
std::string described(std::string_view dtype, const Shape& shape) {
  return std::string(dtype) + " " + to_string(shape);
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const Metadata& metadata) {
  std::vector<const TensorView*> order(tensors.size());
  std::transform(tensors.begin(), tensors.end(), order.begin(), [](const TensorView& tensor) { return &tensor; });
  std::stable_sort(order.begin(), order.end(), [](const TensorView* a, const TensorView* b) {
    return dtype_bytes(a->dtype) > dtype_bytes(b->dtype);
  });
  detail::SafetensorsHeader header;
  header.metadata = metadata;
  std::set<std::string_view> names;
  for (const TensorView* tensor : order) {
    header.entries.push_back(entry_for(*tensor, header.data_bytes, names));
    header.data_bytes = header.entries.back().end;
  }
  const std::string text = format_header(header);
  if (text.size() > detail::kMostHeaderBytes) {
    throw DataError("[write_safetensors] " + path.string() + ": expected names and metadata of at most " +
                    std::to_string(detail::kMostHeaderBytes) + " bytes, got " + std::to_string(text.size()));
  }
  const auto prefix = std::bit_cast<std::array<std::byte, 8>>(std::uint64_t(text.size()));
  AtomicFile file(path);
  file.write(prefix);
  file.write(std::as_bytes(std::span(text)));
  for (const TensorView* tensor : order) file.write(tensor->bytes);
  file.commit();
}

TensorFile read_safetensors(const std::filesystem::path& path, const SafetensorsLimits& limits) {
  const std::string where = "[read_safetensors] " + path.string() + ": ";
  InputFile file(path, where);
  const std::string text = read_header_text(file, where);
  detail::SafetensorsHeader header = detail::parse_header(text, where);
  if (header.data_bytes > limits.max_bytes) {
    throw DataError(where + "the tensors announce " + std::to_string(header.data_bytes) +
                    " bytes, more than the limit of " + std::to_string(limits.max_bytes));
  }
  TensorFile result;
  result.path_ = path;
  result.metadata_ = std::move(header.metadata);
  result.data_ = detail::read_growing<std::byte>(header.data_bytes,
                                                 [&](std::byte* to, std::size_t most) { return file.read(to, most); });
  const std::string start = std::to_string(8 + text.size());
  if (result.data_.size() < header.data_bytes) {
    throw DataError(where + "truncated: expected " + std::to_string(header.data_bytes) +
                    " bytes of tensors from byte " + start + " on, got " + std::to_string(result.data_.size()));
  }
  if (std::byte more{}; file.read(&more, 1) != 0) {
    throw DataError(where + "expected the end of the file after " + std::to_string(header.data_bytes) +
                    " bytes of tensors from byte " + start + " on, got more bytes");
  }
  for (detail::HeaderEntry& entry : header.entries) {
    result.index_.emplace(entry.name, result.tensors_.size());
    result.tensors_.push_back({std::move(entry.name), std::move(entry.dtype), std::move(entry.shape),
                               std::span(result.data_).subspan(entry.begin, entry.end - entry.begin)});
  }
  return result;
}

const TensorView* TensorFile::find(std::string_view name) const {
  const auto place = index_.find(name);
  return place == index_.end() ? nullptr : &tensors_[place->second];
}

template <class T>
Array<T> TensorFile::get(std::string_view name) const {
  const std::string where = "[TensorFile::get] " + path_.string() + ": ";
  const TensorView* const tensor = find(name);
  if (tensor == nullptr) throw DataError(where + "no tensor " + detail::printable(name));
  if (tensor->dtype != dtype_of<T>()) {
    throw DataError(where + "tensor " + detail::printable(name) + " is " + tensor->dtype + ", expected " +
                    std::string(dtype_of<T>()));
  }
  Array<T> array = empty<T>(tensor->shape);
  if (!tensor->bytes.empty()) std::memcpy(array.data(), tensor->bytes.data(), tensor->bytes.size());
  return array;
}

template <class T>
std::vector<Array<T>> TensorFile::get_all(std::span<const ExpectedTensor> expected, std::string_view reader,
                                          std::string_view owner) const {
  const std::vector<std::string> differences = differences_from(expected, dtype_of<T>());
  if (!differences.empty()) {
    throw DataError("[" + std::string(reader) + "] " + path_.string() + " does not fit " + std::string(owner) + ": " +
                    joined(differences));
  }
  std::vector<Array<T>> arrays;
  for (const ExpectedTensor& tensor : expected) arrays.push_back(get<T>(tensor.name));
  return arrays;
}

std::vector<std::string> TensorFile::differences_from(std::span<const ExpectedTensor> expected,
                                                      std::string_view dtype) const {
  std::vector<std::string> differences;
  std::set<std::string_view> names;
  for (const auto& [name, shape] : expected) {
    names.insert(name);
    const TensorView* const tensor = find(name);
    const std::string wanted = described(dtype, shape);
    if (tensor == nullptr) {
      differences.push_back("missing " + detail::printable(name) + " " + wanted);
    } else if (tensor->dtype != dtype || tensor->shape != shape) {
      differences.push_back(detail::printable(name) + " expected " + wanted + ", got " +
                            described(tensor->dtype, tensor->shape));
    }
  }
  for (const TensorView& tensor : tensors_) {
    if (names.contains(tensor.name)) continue;
    differences.push_back("unexpected " + detail::printable(tensor.name) + " " + described(tensor.dtype, tensor.shape));
  }
  return differences;
}

template Array<float> TensorFile::get(std::string_view) const;
template Array<double> TensorFile::get(std::string_view) const;
template Array<std::uint8_t> TensorFile::get(std::string_view) const;
template Array<std::int64_t> TensorFile::get(std::string_view) const;
template std::vector<Array<float>> TensorFile::get_all(std::span<const ExpectedTensor>, std::string_view,
                                                       std::string_view) const;
template std::vector<Array<double>> TensorFile::get_all(std::span<const ExpectedTensor>, std::string_view,
                                                        std::string_view) const;

}  // namespace xtape::nn

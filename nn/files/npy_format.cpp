#include "nn/files/npy_format.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/conversion.hpp"
#include "nn/files/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace xtape::nn::detail {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostHeaderLength = 1 << 16;  // NumPy itself reads 10,000 unless told to trust the file
constexpr std::size_t kMostNpyDimensions = 64;      // as NumPy 2; 32 before
constexpr std::size_t kBlock = std::size_t{1} << 22;

/// NumPy's names of elements, without the byte order, and ours.
constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {"b1", "BOOL"}, {"u1", "U8"},  {"u2", "U16"}, {"u4", "U32"}, {"u8", "U64"}, {"i1", "I8"},
    {"i2", "I16"},  {"i4", "I32"}, {"i8", "I64"}, {"f2", "F16"}, {"f4", "F32"}, {"f8", "F64"}};

/// What the first letter of another type stands for.
std::string kind_of(std::string_view type) {
  switch (type.empty() ? ' ' : type[0]) {
    case 'O':
      return "Python objects, which are never read, for to read them is to run what they say";
    case 'U':
    case 'S':
    case 'a':
      return "text";
    case 'c':
      return "complex numbers";
    case 'M':
    case 'm':
      return "dates or times";
    case 'V':
      return "structures";
    default:
      return "elements of another kind";
  }
}

/// The header's literal: a dict of three keys, each once, in any order, as Python may write it.
class Literal {
 public:
  Literal(std::string_view text, const ByteStream& stream, std::uint64_t start)
      : text_(text), stream_(stream), start_(start) {}

  NpyHeader parse() {
    expect('{');
    for (;;) {
      skip_space();
      if (peek() == '}') break;
      const std::string key = string("a key");
      expect(':');
      skip_space();
      field(key);
      skip_space();
      if (peek() != ',') break;
      ++at_;
    }
    expect('}');
    skip_space();
    if (at_ != text_.size()) fail("the end of the header");
    for (const auto& [key, seen] : seen_) {
      if (!seen) stream_.fail("the header has no '" + std::string(key) + "'");
    }
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    stream_.fail("the header at byte " + std::to_string(start_ + at_) + ": expected " + expected + ", got " +
                 (at_ < text_.size() ? text::quoted(text_.substr(at_, 20)) : std::string("the end of the header")));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\t') ++at_;
  }

  void expect(char c) {
    skip_space();
    if (peek() != c) fail(std::string("'") + c + "'");
    ++at_;
  }

  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string string(const std::string& what) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail(what + " in quotes");
    const std::size_t begin = at_ + 1, end = text_.find(quote, begin);
    if (end == std::string_view::npos || text_.substr(begin, end - begin).find('\\') != std::string_view::npos) {
      fail(what + " in quotes");
    }
    at_ = end + 1;
    return std::string(text_.substr(begin, end - begin));
  }

  void field(const std::string& key) {
    const auto place = std::find_if(seen_.begin(), seen_.end(), [&](const auto& seen) { return seen.first == key; });
    if (place == seen_.end()) stream_.fail("the header has an unknown key " + text::quoted(key));
    if (std::exchange(place->second, true)) stream_.fail("the header has '" + key + "' twice");
    if (key == "descr") {
      type();
    } else if (key == "shape") {
      shape();
    } else {
      header_.is_fortran = take("True");
      if (!header_.is_fortran && !take("False")) fail("True or False");
    }
  }

  void type() {
    constexpr const char* kExpected = "expected truth values, integers of 8 to 64 bits or floats of 16 to 64 bits";
    if (peek() == '[' || peek() == '(' || peek() == '{') {
      stream_.fail(std::string("holds structures; ") + kExpected);
    }
    const std::string full = string("the type of the elements");
    std::string_view name = full;
    const char order = name.empty() ? '\0' : name[0];
    if (order == '<' || order == '>' || order == '=' || order == '|') name.remove_prefix(1);
    for (const auto& [numpy, ours] : kTypes) {
      if (name != numpy) continue;
      header_.dtype = ours;
      header_.is_big_endian = order == '>';
      return;
    }
    stream_.fail("holds " + kind_of(name) + " (" + text::quoted(full) + "); " + kExpected);
  }

  void shape() {
    expect('(');
    for (bool comma = true;;) {
      skip_space();
      if (peek() == ')') break;
      std::uint64_t extent = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (!comma || error != std::errc()) fail("an extent of the shape, or )");
      at_ = std::size_t(end - text_.data());
      if (peek() == 'L') ++at_;  // as Python 2 wrote some
      if (header_.shape.size() == kMostNpyDimensions) stream_.fail("the shape has more than 64 dimensions");
      header_.shape.push_back(std::size_t(extent));
      skip_space();
      comma = peek() == ',';
      if (comma) ++at_;
      if (!comma && header_.shape.size() == 1) fail("',' after the only extent of the shape");
    }
    expect(')');
  }

  std::string_view text_;
  const ByteStream& stream_;
  std::uint64_t start_;  // of the text in the file
  std::size_t at_ = 0;
  NpyHeader header_;
  std::array<std::pair<std::string_view, bool>, 3> seen_{
      {{"descr", false}, {"fortran_order", false}, {"shape", false}}};
};

void swap_bytes(std::span<std::byte> bytes, std::size_t width) {
  for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
    std::reverse(bytes.begin() + std::ptrdiff_t(at), bytes.begin() + std::ptrdiff_t(at + width));
  }
}

/// Elements of `width` bytes, whose first index changes fastest, such that the last one does.
void to_row_major(const std::byte* from, std::byte* to, const Shape& shape, std::size_t width) {
  const std::size_t rank = shape.size(), count = size_of(shape);
  std::vector<std::size_t> strides(rank, width), index(rank, 0);
  for (std::size_t axis = 1; axis < rank; ++axis) strides[axis] = strides[axis - 1] * shape[axis - 1];
  std::size_t offset = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(to + i * width, from + offset, width);
    for (std::size_t axis = rank; axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/// Reads the elements: into memory that is taken once, and whose pages are taken as they are written.
std::shared_ptr<std::byte[]> read_elements(ByteStream& stream, const NpyHeader& header) {
  const std::size_t size = std::size_t(header.data_bytes);
  const std::uint64_t start = stream.offset();
  const auto fail_truncated = [&](const std::string& got) {
    stream.fail("truncated: expected " + std::to_string(size) + " bytes from byte " + std::to_string(start) +
                " on for the shape " + to_string(header.shape) + ", got " + got);
  };
  if (stream.most_left() < size) fail_truncated("at most " + std::to_string(stream.most_left()));
  std::shared_ptr<std::byte[]> bytes(new std::byte[size]);
  for (std::size_t done = 0; done < size;) {
    const std::size_t wanted = std::min(kBlock, size - done);
    const std::size_t got = stream.read({reinterpret_cast<std::uint8_t*>(bytes.get()) + done, wanted});
    done += got;
    if (got < wanted) fail_truncated(std::to_string(done));
  }
  std::uint8_t more = 0;
  if (stream.read({&more, 1}) != 0) {  // this read also checks the sums at the end of compressed data
    stream.fail("expected the end of the array at byte " + std::to_string(start + size) + " for the shape " +
                to_string(header.shape) + ", got more bytes");
  }
  return bytes;
}

}  // namespace

NpyHeader read_npy_header(ByteStream& stream) {
  std::array<std::uint8_t, 8> prefix{};
  const std::size_t got = stream.read(prefix);
  const std::string_view magic(reinterpret_cast<const char*>(prefix.data()), std::min(got, kMagic.size()));
  if (magic != kMagic) {
    stream.fail("expected \\x93NUMPY at byte 0, got " + text::quoted(magic) + "; is this an .npy file?");
  }
  if (got < prefix.size()) stream.fail("truncated: expected the version at byte 6, got the end of the file");
  const unsigned major = prefix[6], minor = prefix[7];
  if (major < 1 || major > 3 || minor != 0) {
    stream.fail("expected version 1.0, 2.0 or 3.0 of the format at byte 6, got " + std::to_string(major) + "." +
                std::to_string(minor));
  }
  std::array<std::uint8_t, 4> digits{};
  stream.read_field(std::span(digits).first(major == 1 ? 2 : 4), "the length of the header");
  std::uint32_t length = 0;
  for (std::size_t i = digits.size(); i-- > 0;) length = length << 8 | digits[i];
  if (length > kMostHeaderLength) {
    stream.fail("expected a header of at most " + std::to_string(kMostHeaderLength) +
                " bytes, the length at byte 8 is " + std::to_string(length));
  }
  std::string text(length, '\0');
  const std::uint64_t start = stream.offset();
  stream.read_field({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}, "the header");
  NpyHeader header = Literal(text, stream, start).parse();
  const std::optional<std::uint64_t> bytes = tensor_bytes(header.dtype, header.shape);
  if (!bytes || !is_possible(header.shape)) stream.fail("the size of shape " + to_string(header.shape) + " overflows");
  header.data_bytes = *bytes;
  return header;
}

AnyArray read_npy_array(ByteStream& stream, std::uint64_t max_bytes) {
  const NpyHeader header = read_npy_header(stream);
  if (header.data_bytes > max_bytes) {
    stream.fail("the shape " + to_string(header.shape) + " announces " + std::to_string(header.data_bytes) +
                " bytes, more than the limit of " + std::to_string(max_bytes));
  }
  std::shared_ptr<std::byte[]> bytes = read_elements(stream, header);
  const std::size_t width = dtype_bytes(header.dtype), size = std::size_t(header.data_bytes);
  if (header.is_big_endian && width > 1) swap_bytes({bytes.get(), size}, width);
  if (header.is_fortran && header.shape.size() > 1 && size > 0) {
    std::shared_ptr<std::byte[]> rows(new std::byte[size]);
    to_row_major(bytes.get(), rows.get(), header.shape, width);
    bytes = std::move(rows);
  }
  const std::span<const std::byte> span(bytes.get(), size);
  return AnyArray(header.dtype, header.shape, span, std::move(bytes));
}

std::string format_npy_header(std::string_view dtype, const Shape& shape, const std::string& where) {
  constexpr std::size_t kAlignment = 64, kPrefix = 10;
  const auto* const type =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& names) { return names.second == dtype; });
  if (type == std::end(kTypes)) throw DataError(where + "NumPy has no type for " + text::quoted(dtype));
  std::string header = "{'descr': '";
  header += dtype_bytes(dtype) == 1 ? '|' : '<';
  header += type->first;
  header += "', 'fortran_order': False, 'shape': (";
  for (const std::size_t extent : shape) header += std::to_string(extent) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) header.resize(header.size() - 2);
  header += "), }";
  header.resize((kPrefix + header.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - kPrefix, ' ');
  header.back() = '\n';
  if (shape.size() > kMostNpyDimensions || header.size() > 0xFFFF) {
    throw DataError(where + "expected at most 64 dimensions, got " + std::to_string(shape.size()));
  }
  std::string bytes(kMagic);
  bytes += {'\1', '\0', char(header.size() & 255), char(header.size() >> 8)};
  return bytes + header;
}

}  // namespace xtape::nn::detail

#include "nn/files/safetensors_header.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

namespace xtape::nn {

std::size_t dtype_bytes(std::string_view dtype) {
  constexpr std::pair<std::string_view, std::size_t> kTypes[] = {
      {"BOOL", 1},        {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"F8_E8M0", 1}, {"F8_E5M2FNUZ", 1},
      {"F8_E4M3FNUZ", 1}, {"I16", 2}, {"U16", 2}, {"F16", 2},     {"BF16", 2},    {"I32", 4},     {"U32", 4},
      {"F32", 4},         {"F64", 8}, {"I64", 8}, {"U64", 8},     {"C64", 8}};
  for (const auto& [name, bytes] : kTypes) {
    if (name == dtype) return bytes;
  }
  return 0;
}

namespace detail {
namespace {

constexpr std::string_view kMetadataKey = "__metadata__";
constexpr std::size_t kMostDimensions = 64;  // so that a header cannot cost much more memory than it has bytes

/// Receives the header from the JSON parser piece by piece, and refuses what has no place in it at once: nothing but
/// the expected entries is ever stored, however deep or long the text is.
class HeaderReceiver : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReceiver(const std::string& where) : where_(where) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { refuse("null"); }
  bool boolean(bool) override { refuse("a truth value"); }
  bool number_integer(number_integer_t value) override { refuse(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { refuse(text::quoted(text)); }
  bool binary(binary_t&) override { refuse("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (level_ != Level::kNumbers) refuse(std::to_string(value));
    if (numbers_.size() == kMostDimensions) fail(place() + ": expected at most 64 numbers, got more");
    numbers_.push_back(value);
    return true;
  }

  bool string(string_t& text) override {
    if (level_ == Level::kMetadata) {
      header_.metadata[field_] = std::move(text);
    } else if (level_ == Level::kTensor && field_ == "dtype") {
      entry().dtype = std::move(text);
    } else {
      refuse("the text " + text::quoted(text));
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (level_ == Level::kFile) {
      level_ = Level::kNames;
    } else if (level_ == Level::kNames && name_ == kMetadataKey) {
      level_ = Level::kMetadata;
    } else if (level_ == Level::kNames) {
      level_ = Level::kTensor;
      header_.entries.emplace_back().name = name_;
      fields_.clear();
    } else {
      refuse("an object");
    }
    return true;
  }

  bool key(string_t& text) override {
    if (level_ == Level::kNames) {
      name_ = std::move(text);
      if (!names_.insert(name_).second) fail("the key " + text::quoted(name_) + " comes twice");
      return true;
    }
    field_ = std::move(text);
    const bool known = field_ == "dtype" || field_ == "shape" || field_ == "data_offsets";
    if (level_ == Level::kTensor && !known) fail(tensor() + ": unknown field " + text::quoted(field_));
    const bool fresh = level_ == Level::kTensor ? fields_.insert(field_).second : !header_.metadata.contains(field_);
    if (!fresh) fail(place() + " comes twice");
    return true;
  }

  bool start_array(std::size_t) override {
    if (level_ != Level::kTensor || field_ == "dtype") refuse("an array");
    level_ = Level::kNumbers;
    numbers_.clear();
    return true;
  }

  bool end_array() override {
    level_ = Level::kTensor;
    if (field_ == "shape") {
      entry().shape = Shape(numbers_.begin(), numbers_.end());
    } else if (numbers_.size() == 2) {
      std::tie(entry().begin, entry().end) = std::tuple(numbers_[0], numbers_[1]);
    } else {
      fail(place() + ": expected two numbers, got " + std::to_string(numbers_.size()));
    }
    return true;
  }

  bool end_object() override {
    if (level_ == Level::kTensor) {
      for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (!fields_.contains(field)) fail(tensor() + ": the field " + text::quoted(field) + " is missing");
      }
    }
    level_ = level_ == Level::kNames ? Level::kFile : Level::kNames;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    fail("no valid JSON at byte " + std::to_string(position) + " of the header");
  }

 private:
  enum class Level { kFile, kNames, kMetadata, kTensor, kNumbers };

  HeaderEntry& entry() { return header_.entries.back(); }
  std::string tensor() const { return "tensor " + text::quoted(name_); }
  std::string place() const {
    return (level_ == Level::kMetadata ? "metadata" : tensor()) + ", field " + text::quoted(field_);
  }

  [[noreturn]] void fail(const std::string& what) const { throw DataError(where_ + what); }

  /// Says what should have come here.
  [[noreturn]] void refuse(const std::string& got) const {
    switch (level_) {
      case Level::kFile:
      case Level::kNames:
        fail("key " + text::quoted(name_) + ": expected an object, got " + got);
      case Level::kMetadata:
        fail(place() + ": expected text, got " + got);
      case Level::kTensor:
        fail(place() + ": expected " + (field_ == "dtype" ? "text" : "an array") + ", got " + got);
      default:
        fail(place() + ": expected whole numbers from 0 to 2^64 - 1, got " + got);
    }
  }

  const std::string& where_;
  SafetensorsHeader header_;
  Level level_ = Level::kFile;
  std::string name_, field_;
  std::set<std::string> names_, fields_;  // the keys so far, of the file and of the tensor
  std::vector<std::uint64_t> numbers_;
};

/// Sorts the entries by place and checks that they cover the bytes from 0 on.
void check_entries(SafetensorsHeader& header, const std::string& where) {
  std::sort(header.entries.begin(), header.entries.end(), [](const HeaderEntry& a, const HeaderEntry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  for (const HeaderEntry& entry : header.entries) {
    const auto fail = [&](const std::string& what) {
      throw DataError(where + "tensor " + text::quoted(entry.name) + ", data_offsets [" + std::to_string(entry.begin) +
                      ", " + std::to_string(entry.end) + "]: " + what);
    };
    if (entry.begin > entry.end) fail("the end lies before the beginning");
    if (entry.begin != header.data_bytes) {
      fail(std::string(entry.begin < header.data_bytes ? "overlap" : "gap") + ", expected the beginning " +
           std::to_string(header.data_bytes));
    }
    const std::optional<std::uint64_t> bytes = tensor_bytes(entry.dtype, entry.shape);
    if (!bytes) fail("the size of shape " + to_string(entry.shape) + " overflows");
    const bool is_known = dtype_bytes(entry.dtype) > 0;  // of others, nobody can ask for the numbers
    if (is_known && *bytes != entry.end - entry.begin) {
      fail("expected " + std::to_string(*bytes) + " bytes for " + entry.dtype + " of shape " + to_string(entry.shape));
    }
    header.data_bytes = entry.end;
  }
}

}  // namespace

std::optional<std::uint64_t> tensor_bytes(std::string_view dtype, const Shape& shape) {
  constexpr std::uint64_t kMost = std::uint64_t(-1) >> 1;
  std::uint64_t bytes = std::max<std::size_t>(1, dtype_bytes(dtype));
  bool is_empty = false;
  for (const std::uint64_t extent : shape) {
    if (extent == 0) {
      is_empty = true;
    } else if (bytes > kMost / extent) {  // also where the tensor is empty: its other extents have to be sane
      return std::nullopt;
    } else {
      bytes *= extent;
    }
  }
  return is_empty ? 0 : bytes;
}

SafetensorsHeader parse_header(std::string_view text, const std::string& where) {
  if (!text.starts_with('{'))
    throw DataError(where + "expected a header that begins with {, got " + text::quoted(text.substr(0, 8)));
  // The parser takes a zero byte for the end of the text.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    throw DataError(where + "no valid JSON at byte " + std::to_string(zero + 1) + " of the header");
  }
  HeaderReceiver receiver(where);
  nlohmann::json::sax_parse(text, &receiver);
  SafetensorsHeader header = receiver.take();
  check_entries(header, where);
  return header;
}

std::string format_entry(const HeaderEntry& entry) {
  nlohmann::ordered_json tensor;
  tensor["dtype"] = entry.dtype;
  tensor["shape"] = std::vector<std::uint64_t>(entry.shape.begin(), entry.shape.end());
  tensor["data_offsets"] = {entry.begin, entry.end};
  return nlohmann::json(entry.name).dump() + ":" + tensor.dump();
}

// Put together from texts: an object of nlohmann's that keeps its order looks through all of its keys for each new one.
std::string format_header(const SafetensorsHeader& header) {
  std::string text = "{";
  try {
    if (!header.metadata.empty()) {
      text += nlohmann::json(std::string(kMetadataKey)).dump() + ":" + nlohmann::json(header.metadata).dump();
    }
    for (const HeaderEntry& entry : header.entries) text += (text.size() > 1 ? "," : "") + format_entry(entry);
  } catch (const nlohmann::json::exception&) {
    throw DataError("[write_safetensors] expected names and metadata in UTF-8, got other bytes");
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace detail
}  // namespace xtape::nn

#include "autodiff/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace xtape::text {
namespace {

template <class T>
std::string shortest(T x) {
  if (std::isnan(x)) return "nan";
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), x, std::chars_format::general).ptr;
  return {digits.data(), end};
}

/// The first character of a text: its code and its bytes. No bytes where they are no UTF-8.
struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;
};

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return std::uint32_t(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool valid = code >= kSmallest[bytes] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  return valid ? Character{code, bytes} : Character{};
}

/// Whether a terminal may do something else with it than show it.
bool acts(std::uint32_t code) {
  constexpr std::pair<std::uint32_t, std::uint32_t> kRanges[] = {
      {0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C},     // control characters; directions of writing
      {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},     // what has no width, lines, directions
      {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};  // byte order mark, annotations, tags
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [code](const auto& range) { return code >= range.first && code <= range.second; });
}

std::string escape_of(std::uint32_t code) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      std::array<char, 16> text{};
      std::snprintf(text.data(), text.size(), code > 0xFFFF ? "\\U%08x" : "\\u%04x", unsigned(code));
      return text.data();
  }
}

std::string escaped_with(std::string_view text, std::size_t most, std::string_view also) {
  std::string shown;
  std::size_t taken = 0;
  while (taken < text.size()) {
    const Character next = first_character(text.substr(taken));
    const std::size_t bytes = std::max<std::size_t>(1, next.bytes);
    if (taken + bytes > most) return shown + "...";
    if (next.bytes == 0) {
      std::array<char, 8> byte{};
      std::snprintf(byte.data(), byte.size(), "\\x%02x", unsigned(static_cast<unsigned char>(text[taken])));
      shown += byte.data();
    } else if (acts(next.code)) {
      shown += escape_of(next.code);
    } else {
      if (next.bytes == 1 && also.find(text[taken]) != std::string_view::npos) shown += '\\';
      shown += text.substr(taken, bytes);
    }
    taken += bytes;
  }
  return shown;
}

}  // namespace

std::string number(float x) {
  return shortest(x);
}
std::string number(double x) {
  return shortest(x);
}

std::string bracketed(std::string_view operation) {
  return "[" + std::string(operation) + "] ";
}

std::string escaped(std::string_view text, std::size_t most) {
  return escaped_with(text, most, "");
}

std::string quoted(std::string_view name, std::size_t most) {
  return '"' + escaped_with(name, most, "\"\\") + '"';
}

std::string path(const std::filesystem::path& from) {
  constexpr std::size_t kMost = 1000;
  const std::string whole = from.string();
  if (whole.size() <= kMost) return escaped(whole, kMost);
  std::size_t start = whole.size() - kMost;
  while (start < whole.size() && (static_cast<unsigned char>(whole[start]) & 0xC0) == 0x80) ++start;
  return "..." + escaped(std::string_view(whole).substr(start), kMost);
}

}  // namespace xtape::text

#include "examples/programs/command_line/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "autodiff/text.hpp"

namespace programs {
namespace {

std::string in_single_quotes(const std::string& word) {
  std::string quoted = "'";
  for (const char letter : word) quoted += letter == '\'' ? "'\\''" : std::string(1, letter);
  return quoted + "'";
}

}  // namespace

std::string fixed(double value, int decimals) {
  if (std::isnan(value)) return "nan";
  const int length = std::snprintf(nullptr, 0, "%.*f", decimals, value);
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  text.pop_back();  // the terminating zero
  return text;
}

std::string shortest(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc() ? std::string(buffer.data(), end) : fixed(value, 6);
}

std::string with_commas(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t position = text.size(); position > 3;) {
    position -= 3;
    text.insert(position, 1, ',');
  }
  return text;
}

std::uint64_t whole(double value) {
  return value > 0 ? static_cast<std::uint64_t>(std::min(value, 1e15)) : 0;
}

std::string clock_time(double seconds) {
  const std::uint64_t total = whole(std::min(std::round(seconds), 8.64e6));  // past a hundred days nobody reads minutes
  const std::uint64_t hours = total / 3600, minutes = total / 60 % 60;
  std::array<char, 48> buffer{};
  if (hours > 0) {
    std::snprintf(buffer.data(), buffer.size(), "%u:%02u:%02u", unsigned(hours), unsigned(minutes),
                  unsigned(total % 60));
  } else {
    std::snprintf(buffer.data(), buffer.size(), "%u:%02u", unsigned(minutes), unsigned(total % 60));
  }
  return buffer.data();
}

std::string byte_size(std::uint64_t bytes) {
  static constexpr std::array<const char*, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1000 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return fixed(size, size < 10 ? 1 : 0) + " " + kUnits.at(unit);
}

std::string one_of(const std::vector<std::string>& choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += choices[i];
  }
  return text;
}

std::string shell_word(const std::string& word) {
  const auto plain = [](unsigned char letter) {
    return std::isalnum(letter) != 0 || std::strchr("_-./+,:@%", letter) != nullptr;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  if (xtape::text::escaped(word, word.size()) == word) return in_single_quotes(word);
  std::string octal;
  for (const unsigned char letter : word) {
    std::array<char, 8> digits{};
    std::snprintf(digits.data(), digits.size(), plain(letter) ? "%c" : "\\%03o", unsigned(letter));
    octal += letter == '%' ? "%%" : digits.data();
  }
  return "\"$(printf '" + octal + "')\"";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);  // the distances from the letters of a seen so far to each prefix of b
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 2;  // farther words are not typing mistakes
  for (const std::string& candidate : candidates) {
    const bool begins_with_it = word.size() >= 4 && candidate.starts_with(word);
    const std::size_t distance = begins_with_it ? 1 : edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace programs

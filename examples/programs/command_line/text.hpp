#pragma once
// Numbers and times as the programs print them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace programs {

/// 105.5604 with two decimals: "105.56"; "inf" as it is, "nan" without its sign.
std::string fixed(double value, int decimals);

/// The shortest text that reads back to the same number: 0.001 -> "0.001", 1e-8 -> "1e-08".
std::string shortest(double value);

/// 45200 -> "45,200".
std::string with_commas(std::uint64_t value);

/// A rate without its fraction: 0 for NaN and below, at most 10^15.
std::uint64_t whole(double value);

/// 67 -> "1:07", 7391 -> "2:03:11".
std::string clock_time(double seconds);

/// 104857600 -> "100 MiB".
std::string byte_size(std::uint64_t bytes);

/// "a, b or c".
std::string one_of(const std::vector<std::string>& choices);

/// A word as one types it into a shell: quoted where it has to be, and what a terminal would not show written in octal:
/// the word is text::escaped already.
std::string shell_word(const std::string& word);

/// The number of single-letter insertions, removals and replacements between two words (Levenshtein's distance).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that `word` was probably meant to be; empty where none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace programs

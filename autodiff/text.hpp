#pragma once
// Numbers, and text that others wrote, as messages show them.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace xtape::text {

/// A number in as few digits as read back to the same one: 0.1, 1e-08, 100000. Not finite: inf, -inf, and nan whatever
/// its sign bit is.
std::string number(float x);
std::string number(double x);

/// "[operation] ", with which a message begins.
std::string bracketed(std::string_view operation);

/// Text from a file or a command line, such that a terminal shows it and does nothing else: control characters, marks
/// that change the direction of writing and line separators as \n, \u001b, ...; bytes that are no UTF-8 as \xff; "..."
/// in place of what comes after the first `most` bytes.
std::string escaped(std::string_view text, std::size_t most = 100);

/// The same in quotes, for a name: quotes and backslashes in it are escaped too.
std::string quoted(std::string_view name, std::size_t most = 100);

/// A path, escaped likewise; of one with more than a thousand bytes the end.
std::string path(const std::filesystem::path& from);

}  // namespace xtape::text

#include "nn/files/csv_lines.hpp"

#include "autodiff/text.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace xtape::nn::detail {
namespace {

constexpr std::size_t kLinesBlock = std::size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

CsvLines::CsvLines(const std::filesystem::path& path, char separator, std::uint64_t max_bytes)
    : file_(path, "[read_csv] " + text::path(path) + ": "), separator_(separator), max_bytes_(max_bytes) {
  fill();
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

/// Appends a block of the file to the text, and forgets what lies before the current line.
bool CsvLines::fill() {
  if (at_end_) return false;
  text_.erase(0, at_);
  at_ = 0;
  const std::size_t before = text_.size();
  const std::size_t wanted = std::size_t(std::min<std::uint64_t>(kLinesBlock, file_.most_left() + 1));
  text_.resize(before + wanted);
  const std::size_t got = file_.read({reinterpret_cast<std::uint8_t*>(text_.data()) + before, wanted});
  text_.resize(before + got);
  at_end_ = got < wanted;
  if (file_.offset() > max_bytes_) fail("expected at most " + std::to_string(max_bytes_) + " bytes, got more");
  return got > 0;
}

/// Where the current line ends in the text: at a line feed outside of quotes, or at the end of the file.
std::size_t CsvLines::end_of_line() {
  std::size_t from = 0;  // counted from the beginning of the line, which fill moves
  bool in_quotes = false;
  for (;;) {
    const char* const begin = text_.data() + at_;
    const std::size_t size = text_.size() - at_;
    if (!in_quotes) {
      const void* const feed = std::memchr(begin + from, '\n', size - from);
      const std::size_t line = feed == nullptr ? size : std::size_t(static_cast<const char*>(feed) - begin);
      const void* const quote = std::memchr(begin + from, '"', line - from);
      if (quote != nullptr) {
        from = std::size_t(static_cast<const char*>(quote) - begin) + 1;
        in_quotes = true;
        continue;
      }
      if (feed != nullptr) return at_ + line;
    } else if (const void* const quote = std::memchr(begin + from, '"', size - from)) {
      from = std::size_t(static_cast<const char*>(quote) - begin) + 1;
      in_quotes = false;
      continue;
    }
    from = size;
    if (!fill()) break;
  }
  if (in_quotes) fail("line " + std::to_string(line_) + ": a quote is not closed");
  return text_.size();
}

bool CsvLines::next(std::vector<CsvField>& fields) {
  for (;;) {
    if (at_ == text_.size() && !fill()) return false;
    line_ = lines_ + 1;
    const std::size_t end = end_of_line();
    const std::string_view line = std::string_view(text_).substr(at_, end - at_);
    lines_ += 1 + std::uint64_t(std::count(line.begin(), line.end(), '\n'));
    // Tabs that separate are a line of missing values.
    const bool is_empty = line.find_first_not_of(separator_ == '\t' ? " \r" : " \t\r") == std::string_view::npos;
    if (!is_empty) split(line.ends_with('\r') ? end - 1 : end, fields);
    at_ = std::min(end + 1, text_.size());
    if (!is_empty) return true;
  }
}

void CsvLines::fail_here(std::size_t field, const std::string& what) const {
  fail("line " + std::to_string(line_) + ", field " + std::to_string(field) + ": " + what);
}

void CsvLines::split(std::size_t end, std::vector<CsvField>& fields) {
  fields.clear();
  std::size_t at = at_;
  const auto skip_spaces = [&] {
    while (at < end && (text_[at] == ' ' || (text_[at] == '\t' && separator_ != '\t'))) ++at;
  };
  for (;;) {
    skip_spaces();
    if (at < end && text_[at] == '"') {
      at = quoted(at, end, fields);
      skip_spaces();
      const bool after_spaces = separator_ == ' ' && text_[at - 1] == ' ';
      if (after_spaces && at < end) continue;
      if (at < end && text_[at] != separator_) fail_here(fields.size(), "expected the separator after a closed quote");
    } else {
      if (separator_ == ' ' && at == end && !fields.empty()) return;
      const void* const found = std::memchr(text_.data() + at, separator_, end - at);
      const std::size_t stop = found == nullptr ? end : std::size_t(static_cast<const char*>(found) - text_.data());
      std::size_t last = stop;
      while (last > at && (text_[last - 1] == ' ' || text_[last - 1] == '\t')) --last;
      const std::string_view field(text_.data() + at, last - at);
      fields.push_back({field, false});
      if (field.find('"') != std::string_view::npos) {
        fail_here(fields.size(), "a quote within " + text::quoted(field) + "; expected quotes around the whole field");
      }
      if (field.find('\r') != std::string_view::npos) {
        fail_here(fields.size(), "a carriage return within " + text::quoted(field) +
                                     "; expected lines that end with a line feed, or quotes around the field");
      }
      at = stop;
    }
    if (at == end) return;
    ++at;  // the separator
  }
}

/// A field in quotes, in which two quotes stand for one: they are taken out where they are. Gives what comes after it.
std::size_t CsvLines::quoted(std::size_t at, std::size_t end, std::vector<CsvField>& fields) {
  const std::size_t begin = ++at;
  std::size_t to = begin;
  for (;; ++at) {
    if (at == end) fail_here(fields.size() + 1, "a quote is not closed");
    if (text_[at] == '"') {
      if (at + 1 == end || text_[at + 1] != '"') break;
      ++at;
    }
    text_[to++] = text_[at];
  }
  fields.push_back({std::string_view(text_).substr(begin, to - begin), true});
  return at + 1;
}

}  // namespace xtape::nn::detail

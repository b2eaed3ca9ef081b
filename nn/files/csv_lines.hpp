#pragma once
// The lines and fields of a CSV file: the inside of csv.hpp.
//
// A reader of our own: what Debian packages either wants the number of columns when it is compiled
// (libfast-cpp-csv-parser-dev), or keeps every field as a text of its own (libcsv-dev calls back for each, rapidcsv-dev
// stores them), which takes longer and more memory than to read the numbers.

#include "nn/files/gzip_file.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace xtape::nn::detail {

/// A field of a line.
struct CsvField {
  std::string_view text;   ///< without quotes, and without spaces around it where there were none
  bool is_quoted = false;  ///< then an empty text is a text
};

/// A CSV file, line by line. All members throw DataError.
class CsvLines {
 public:
  CsvLines(const std::filesystem::path& path, char separator, std::uint64_t max_bytes);

  /// The fields of the next line that is not empty, which last until the one after it is asked for. Gives whether there
  /// was one.
  bool next(std::vector<CsvField>& fields);

  std::uint64_t line() const { return line_; }  ///< the number of that line, from 1 on; of several, of the first
  [[noreturn]] void fail(const std::string& what) const { file_.fail(what); }  ///< throws the DataError

 private:
  bool fill();
  std::size_t end_of_line();
  void split(std::size_t end, std::vector<CsvField>& fields);
  std::size_t quoted(std::size_t at, std::size_t end, std::vector<CsvField>& fields);
  [[noreturn]] void fail_here(std::size_t field, const std::string& what) const;

  GzipFile file_;
  char separator_;
  std::uint64_t max_bytes_;
  std::string text_;     // of the file, from where it has not been given away
  std::size_t at_ = 0;   // where the next line begins in it
  bool at_end_ = false;  // of the file
  std::uint64_t line_ = 0, lines_ = 0;
};

}  // namespace xtape::nn::detail

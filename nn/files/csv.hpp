#pragma once
// CSV files: tables of numbers and of categories, with or without names of the columns.
//
// Format: RFC 4180, "Common Format and MIME Type for Comma-Separated Values (CSV) Files", with any separator, with
// either end of line, and with spaces around unquoted fields, which do not count.

#include "autodiff/core/value.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xtape::nn {

/// How a CSV file is read.
struct CsvOptions {
  char separator = ',';  ///< between fields: also ';', '\t', ' ' (of which several count as one)
  bool header = true;    ///< whether the first line names the columns; else they are "0", "1", ...
  /// The columns to be read, by name, in the order of the table; empty: all, in the file's order.
  std::vector<std::string> columns = {};
  /// Those of them whose texts are categories, which become integer codes.
  std::vector<std::string> categorical = {};
  /// The texts that stand for a missing value, beside an empty field.
  std::vector<std::string> missing = {"NA", "N/A", "NaN", "nan", "null", "?"};
  /// Whether a missing value becomes NaN in a column of numbers, and the code -1 in a categorical one. Else it is an
  /// error.
  bool allow_missing = false;
  std::uint64_t max_bytes = std::uint64_t{1} << 34;  ///< of the text, after decompression
};

/// The content of a CSV file, column by column, as `read_csv` gives it.
class CsvTable {
 public:
  std::size_t rows() const { return rows_; }                        ///< without the header
  const std::vector<std::string>& names() const { return names_; }  ///< of the columns

  /// A column of numbers: (rows). Throws DataError for a name that is not in the table, and a categorical column.
  template <class T>
  Array<T> column(std::string_view name) const;

  /// Columns of numbers side by side: (rows, names). Throws as above.
  template <class T>
  Array<T> columns(std::span<const std::string> names) const;

  /// All columns of numbers, in their order: (rows, columns).
  template <class T>
  Array<T> numbers() const;

  /// The codes of a categorical column, from 0 on, -1 for a missing value: (rows). Throws DataError for a name that is
  /// not in the table, and a column of numbers.
  Array<std::int64_t> codes(std::string_view name) const;

  /// The texts of a categorical column, sorted: a code is the place of its text. Throws as above.
  const std::vector<std::string>& categories(std::string_view name) const;

 private:
  friend CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options);
  struct Column {
    bool is_categorical = false;
    std::vector<double> numbers;  // one of these is filled
    std::vector<std::int64_t> codes;
    std::vector<std::string> categories;
  };

  const Column& existing(const char* function, std::string_view name, bool is_categorical) const;

  std::size_t rows_ = 0;
  std::vector<std::string> names_;
  std::vector<Column> columns_;
};

/// Reads a CSV file, plain or compressed by gzip. Numbers are decimal, as in C, with a point, and become those of type
/// double that are nearest. Throws DataError that names the file, the line (from 1 on, the header counted) and the
/// column, what was expected and what came: for a file that is missing or damaged; a text where a number is expected; a
/// missing value, unless the options allow them; a line with more or fewer fields than the first; a quote that is not
/// closed, or text behind one that is; a column that is asked for and not there, or there twice; and a file without
/// columns, or above the limit.
CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

extern template Array<float> CsvTable::column(std::string_view) const;
extern template Array<double> CsvTable::column(std::string_view) const;
extern template Array<float> CsvTable::columns(std::span<const std::string>) const;
extern template Array<double> CsvTable::columns(std::span<const std::string>) const;
extern template Array<float> CsvTable::numbers() const;
extern template Array<double> CsvTable::numbers() const;

}  // namespace xtape::nn

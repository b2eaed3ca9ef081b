#include "nn/files/csv.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/csv_lines.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace xtape::nn {
namespace {

/// The codes of the texts of a column, in the order in which they come.
using Codes = std::map<std::string, std::int64_t, std::less<>>;

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A decimal number, all of the text.
bool parse(std::string_view text, double& number) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);  // which from_chars does not take
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size()) {
    number =
        text.find("e-") != text.npos || text.find("E-") != text.npos ? 0.0 : std::numeric_limits<double>::infinity();
    return number == 0;
  }
  return error == std::errc() && end == text.data() + text.size();
}

/// The names of all columns of a file, and where in a line those are that are read.
struct Layout {
  std::vector<std::string> names;   // of the file
  std::vector<std::size_t> places;  // of the columns of the table
  std::vector<bool> is_categorical;
};

Layout layout_of(const std::vector<detail::CsvField>& first, const CsvOptions& options, const detail::CsvLines& lines) {
  Layout layout;
  for (std::size_t i = 0; i < first.size(); ++i) {
    layout.names.push_back(options.header ? std::string(first[i].text) : std::to_string(i));
  }
  const auto place_of = [&](const std::string& name) {
    const auto found = std::find(layout.names.begin(), layout.names.end(), name);
    if (found == layout.names.end()) {
      std::string all;
      for (std::size_t i = 0; i < std::min<std::size_t>(layout.names.size(), 20); ++i) {
        all += (i == 0 ? "" : ", ") + text::quoted(layout.names[i]);
      }
      if (layout.names.size() > 20) all += ", ...";
      lines.fail("has no column " + text::quoted(name) + "; its columns are " + all);
    }
    return std::size_t(found - layout.names.begin());
  };
  std::set<std::string_view> once;
  for (const std::string& name : options.columns.empty() ? layout.names : options.columns) {
    if (!once.insert(name).second) lines.fail("the column " + text::quoted(name) + " comes twice");
    layout.places.push_back(place_of(name));
    if (std::count(layout.names.begin(), layout.names.end(), name) > 1) {
      lines.fail("the column " + text::quoted(name) + " comes twice");
    }
    layout.is_categorical.push_back(contains(options.categorical, name));
  }
  for (const std::string& name : options.categorical) {
    if (!once.contains(name)) place_of(name);  // fails for what is not there
  }
  return layout;
}

/// The codes of texts in the order of their coming, made those of texts that are sorted, as a std::map has them.
void sort_codes(Codes& codes, std::vector<std::int64_t>& of_rows, std::vector<std::string>& categories) {
  std::vector<std::int64_t> sorted(codes.size());
  for (const auto& [text, code] : codes) {
    sorted[std::size_t(code)] = std::int64_t(categories.size());
    categories.push_back(text);
  }
  for (std::int64_t& code : of_rows) {
    if (code >= 0) code = sorted[std::size_t(code)];
  }
}

}  // namespace

CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  if (options.separator == '"' || options.separator == '\n' || options.separator == '\r') {
    throw Error("[read_csv] expected a separator that is no quote and no end of line");
  }
  detail::CsvLines lines(path, options.separator, options.max_bytes);
  std::vector<detail::CsvField> fields;
  bool more = lines.next(fields);
  if (!more) lines.fail("expected lines of fields, got an empty file");
  const Layout layout = layout_of(fields, options, lines);
  CsvTable table;
  table.columns_.resize(layout.places.size());
  std::vector<Codes> codes(layout.places.size());
  for (std::size_t i = 0; i < layout.places.size(); ++i) {
    table.names_.push_back(layout.names[layout.places[i]]);
    table.columns_[i].is_categorical = layout.is_categorical[i];
  }
  if (options.header) more = lines.next(fields);
  for (; more; more = lines.next(fields)) {
    if (fields.size() != layout.names.size()) {
      lines.fail("line " + std::to_string(lines.line()) + ": expected " + std::to_string(layout.names.size()) +
                 " fields as in the first line, got " + std::to_string(fields.size()));
    }
    for (std::size_t i = 0; i < layout.places.size(); ++i) {
      const auto& [field, is_quoted] = fields[layout.places[i]];
      CsvTable::Column& column = table.columns_[i];
      const auto fail = [&](const std::string& what) {
        lines.fail("line " + std::to_string(lines.line()) + ", column " + text::quoted(table.names_[i]) + ": " + what);
      };
      double number = 0;
      // Few fields are missing: what is a number is asked first, but for "nan", which is one in C.
      const bool is_number = !column.is_categorical && parse(field, number) && number == number;
      if (!is_number && !is_quoted && (field.empty() || contains(options.missing, field))) {
        if (!options.allow_missing) {
          fail("a missing value (" + text::quoted(field) + "); CsvOptions::allow_missing makes " +
               (column.is_categorical ? "-1" : "NaN") + " of it");
        }
        if (column.is_categorical) {
          column.codes.push_back(-1);
        } else {
          column.numbers.push_back(std::numeric_limits<double>::quiet_NaN());
        }
      } else if (column.is_categorical) {
        auto found = codes[i].find(field);
        if (found == codes[i].end()) found = codes[i].emplace(field, std::int64_t(codes[i].size())).first;
        column.codes.push_back(found->second);
      } else if (is_number) {
        column.numbers.push_back(number);
      } else {
        fail("expected a number, got " + text::quoted(field) +
             "; a column of texts is read if it is named in CsvOptions::categorical, and left out by "
             "CsvOptions::columns" +
             (options.header || lines.line() > 1 ? "" : "; does the first line hold the names?"));
      }
    }
    ++table.rows_;
  }
  for (std::size_t i = 0; i < codes.size(); ++i) {
    sort_codes(codes[i], table.columns_[i].codes, table.columns_[i].categories);
  }
  return table;
}

const CsvTable::Column& CsvTable::existing(const char* function, std::string_view name, bool is_categorical) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) {
    throw DataError("[CsvTable::" + std::string(function) + "] the table has no column " + text::quoted(name));
  }
  const Column& column = columns_[std::size_t(found - names_.begin())];
  if (column.is_categorical != is_categorical) {
    throw DataError("[CsvTable::" + std::string(function) + "] the column " + text::quoted(name) +
                    (is_categorical ? " holds numbers" : " is categorical: codes(name) gives its integers"));
  }
  return column;
}

namespace {

/// A finite number does not become infinite.
template <class T>
T narrowed(const char* function, std::string_view name, std::size_t row, double x) {
  const T y = static_cast<T>(x);
  if (std::isinf(y) && std::isfinite(x)) {
    throw DataError(std::string("[CsvTable::") + function + "] row " + std::to_string(row) + " of the column " +
                    text::quoted(name) + " is " + text::number(x) + ", which is too large for a float");
  }
  return y;
}

}  // namespace

template <class T>
Array<T> CsvTable::column(std::string_view name) const {
  const std::vector<double>& numbers = existing("column", name, false).numbers;
  Array<T> array = empty<T>(Shape{rows_});
  for (std::size_t i = 0; i < rows_; ++i) array.data()[i] = narrowed<T>("column", name, i, numbers[i]);
  return array;
}

template <class T>
Array<T> CsvTable::columns(std::span<const std::string> names) const {
  Array<T> array = empty<T>(Shape{rows_, names.size()});
  for (std::size_t j = 0; j < names.size(); ++j) {
    const std::vector<double>& numbers = existing("columns", names[j], false).numbers;
    for (std::size_t i = 0; i < rows_; ++i) {
      array.data()[i * names.size() + j] = narrowed<T>("columns", names[j], i, numbers[i]);
    }
  }
  return array;
}

template <class T>
Array<T> CsvTable::numbers() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (!columns_[i].is_categorical) names.push_back(names_[i]);
  }
  return columns<T>(names);
}

Array<std::int64_t> CsvTable::codes(std::string_view name) const {
  const std::vector<std::int64_t>& codes = existing("codes", name, true).codes;
  Array<std::int64_t> array = empty<std::int64_t>(Shape{rows_});
  std::copy(codes.begin(), codes.end(), array.data());
  return array;
}

const std::vector<std::string>& CsvTable::categories(std::string_view name) const {
  return existing("categories", name, true).categories;
}

template Array<float> CsvTable::column(std::string_view) const;
template Array<double> CsvTable::column(std::string_view) const;
template Array<float> CsvTable::columns(std::span<const std::string>) const;
template Array<double> CsvTable::columns(std::span<const std::string>) const;
template Array<float> CsvTable::numbers() const;
template Array<double> CsvTable::numbers() const;

}  // namespace xtape::nn

#include "autodiff/transforms/sparsity.hpp"

#include "autodiff/array.hpp"
#include "autodiff/errors.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <string>

namespace xtape {

namespace {

using Sizes = std::vector<std::size_t>;

// The columns of each row, from columns that come in any order, into CSR.
void sort_rows(Sizes& starts, Sizes& columns) {
  Sizes kept;
  kept.reserve(columns.size());
  std::size_t begin = 0;
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    const auto first = columns.begin() + std::ptrdiff_t(begin), last = columns.begin() + std::ptrdiff_t(starts[i + 1]);
    begin = starts[i + 1];
    std::sort(first, last);
    kept.insert(kept.end(), first, std::unique(first, last));
    starts[i + 1] = kept.size();
  }
  columns = std::move(kept);
}

}  // namespace

std::string detail::shape_of_matrix(std::size_t rows, std::size_t cols) {
  return to_string(Shape{rows, cols});
}

SparsityPattern::SparsityPattern(std::size_t rows, std::size_t cols, const std::vector<Entry>& entries)
    : rows_(rows), cols_(cols), starts_(rows + 1, 0), columns_(entries.size()) {
  for (const Entry& entry : entries) {
    if (entry.first >= rows || entry.second >= cols) {
      throw ShapeError("[SparsityPattern] entries must lie in a matrix of shape " +
                       detail::shape_of_matrix(rows, cols) + ", got " +
                       detail::shape_of_matrix(entry.first, entry.second));
    }
    ++starts_[entry.first + 1];
  }
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  Sizes next = starts_;
  for (const Entry& entry : entries) columns_[next[entry.first]++] = entry.second;
  sort_rows(starts_, columns_);
}

SparsityPattern SparsityPattern::csr(std::size_t rows, std::size_t cols, Sizes starts, Sizes columns) {
  const auto refuse = [](const std::string& what) { throw ShapeError("[SparsityPattern] " + what); };
  if (starts.size() != rows + 1) {
    refuse("starts of " + std::to_string(rows) + " rows must be " + std::to_string(rows + 1) + ", got " +
           std::to_string(starts.size()));
  }
  if (starts.front() != 0 || starts.back() != columns.size() || !std::is_sorted(starts.begin(), starts.end())) {
    refuse("starts must rise from 0 to the number of columns, " + std::to_string(columns.size()) + ", got from " +
           std::to_string(starts.front()) + " to " + std::to_string(starts.back()));
  }
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = starts[i]; k < starts[i + 1]; ++k) {
      if (columns[k] < cols && (k == starts[i] || columns[k - 1] < columns[k])) continue;
      refuse("the columns of a row must rise and be below " + std::to_string(cols) + ", got " +
             std::to_string(columns[k]) + " in row " + std::to_string(i));
    }
  }
  SparsityPattern pattern;
  pattern.rows_ = rows;
  pattern.cols_ = cols;
  pattern.starts_ = std::move(starts);
  pattern.columns_ = std::move(columns);
  return pattern;
}

SparsityPattern SparsityPattern::band(std::size_t rows, std::size_t cols, std::size_t below, std::size_t above) {
  SparsityPattern pattern(rows, cols, {});
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t end = above >= cols ? cols : std::min(cols, i + above + 1);
    for (std::size_t j = i - std::min(i, below); j < end; ++j) pattern.columns_.push_back(j);
    pattern.starts_[i + 1] = pattern.columns_.size();
  }
  return pattern;
}

std::vector<std::size_t> SparsityPattern::entry_rows() const {
  Sizes all;
  all.reserve(nnz());
  for (std::size_t i = 0; i < rows_; ++i) all.insert(all.end(), starts_[i + 1] - starts_[i], i);
  return all;
}

bool SparsityPattern::contains(std::size_t row, std::size_t col) const {
  if (row >= rows_) return false;
  return std::binary_search(columns_.begin() + std::ptrdiff_t(starts_[row]),
                            columns_.begin() + std::ptrdiff_t(starts_[row + 1]), col);
}

SparsityPattern SparsityPattern::transposed() const {
  SparsityPattern result(cols_, rows_, {});
  for (const std::size_t column : columns_) ++result.starts_[column + 1];
  std::partial_sum(result.starts_.begin(), result.starts_.end(), result.starts_.begin());
  Sizes next = result.starts_;
  result.columns_.resize(nnz());
  for (std::size_t i = 0; i < rows_; ++i) {
    for (std::size_t k = starts_[i]; k < starts_[i + 1]; ++k) result.columns_[next[columns_[k]]++] = i;
  }
  return result;
}

SparsityPattern SparsityPattern::united(const SparsityPattern& other) const {
  if (other.rows_ != rows_ || other.cols_ != cols_) {
    throw ShapeError("[SparsityPattern] patterns that are united must have the same shape, got " +
                     detail::shape_of_matrix(rows_, cols_) + " and " +
                     detail::shape_of_matrix(other.rows_, other.cols_));
  }
  SparsityPattern result(rows_, cols_, {});
  const auto row = [](const SparsityPattern& p, std::size_t i) {
    return p.columns_.begin() + std::ptrdiff_t(p.starts_[i]);
  };
  for (std::size_t i = 0; i < rows_; ++i) {
    std::set_union(row(*this, i), row(*this, i + 1), row(other, i), row(other, i + 1),
                   std::back_inserter(result.columns_));
    result.starts_[i + 1] = result.columns_.size();
  }
  return result;
}

}  // namespace xtape

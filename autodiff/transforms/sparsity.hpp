#pragma once
// Where a sparse matrix has entries.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace xtape {

namespace detail {
/// "(rows, cols)", or the place of an entry.
std::string shape_of_matrix(std::size_t rows, std::size_t cols);
}  // namespace detail

/// Where the entries of a sparse matrix are, row by row (CSR): those of row i stand in columns()[starts()[i]], ...,
/// columns()[starts()[i + 1] - 1], in rising order.
class SparsityPattern {
 public:
  /// A row and a column.
  using Entry = std::pair<std::size_t, std::size_t>;

  /// Of no rows and no columns.
  SparsityPattern() = default;
  /// From entries in any order; one that is there twice counts once. Throws ShapeError for one out of range.
  SparsityPattern(std::size_t rows, std::size_t cols, const std::vector<Entry>& entries);
  /// From the two lists themselves. Throws ShapeError unless `starts` rises from 0 to the number of columns in rows + 1
  /// steps, and the columns of each row rise and are below `cols`.
  static SparsityPattern csr(std::size_t rows, std::size_t cols, std::vector<std::size_t> starts,
                             std::vector<std::size_t> columns);
  /// All (i, j) with i - below <= j <= i + above: band(n, n, 1, 1) is tridiagonal.
  static SparsityPattern band(std::size_t rows, std::size_t cols, std::size_t below, std::size_t above);

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  /// The number of entries.
  std::size_t nnz() const { return columns_.size(); }
  /// Where each row begins, rows + 1 of them.
  const std::vector<std::size_t>& starts() const { return starts_; }
  /// The column of each entry.
  const std::vector<std::size_t>& columns() const { return columns_; }
  /// The row of each entry, as formats of triplets (COO) have it.
  std::vector<std::size_t> entry_rows() const;
  /// Whether (row, col) is an entry.
  bool contains(std::size_t row, std::size_t col) const;
  SparsityPattern transposed() const;
  /// The entries of both. Throws ShapeError for another shape.
  SparsityPattern united(const SparsityPattern& other) const;
  bool operator==(const SparsityPattern&) const = default;

 private:
  std::size_t rows_ = 0, cols_ = 0;
  std::vector<std::size_t> starts_{0}, columns_;
};

}  // namespace xtape

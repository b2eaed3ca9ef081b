#include "autodiff/transforms/sparse.hpp"

#include "autodiff/random.hpp"
#include "autodiff/text.hpp"
#include "autodiff/transforms/coloring.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <string>

namespace xtape {

template <class T>
Array<T> SparseMatrix<T>::dense() const {
  Array<T> matrix = zeros<T>({pattern.rows(), pattern.cols()});
  for (std::size_t i = 0; i < pattern.rows(); ++i) {
    T* const row = matrix.data() + i * pattern.cols();
    for (std::size_t k = pattern.starts()[i]; k < pattern.starts()[i + 1]; ++k) {
      row[pattern.columns()[k]] = values.data()[k];
    }
  }
  return matrix;
}

namespace detail {

namespace {

using Sizes = std::vector<std::size_t>;

// Products with d y / d x; forward ones by sweeps of the pullback, which is linear in its cotangent. It is recorded
// once, and not before it is needed.
template <class T>
class Products {
 public:
  Products(Record<T>& record, const Var<T>& y, const Var<T>& x, bool symmetric)
      : record_(record), y_(y), x_(x), symmetric_(symmetric) {}

  std::size_t rows() const { return y_.size(); }
  std::size_t cols() const { return x_.size(); }

  /// J v, or Jᵀ v, where f(i) is element i of v.
  template <class F>
  Array<T> operator()(bool forward, const F& f) {
    if (!forward || symmetric_) return swept(y_, x_, f);
    if (!pulled_) {
      cotangent_ = zero_cotangents<T>(record_, {y_})[0];
      pulled_ = pulled_back<T>(record_, {y_}, {cotangent_}, {x_})[0];
    }
    return swept(*pulled_, cotangent_, f);
  }

 private:
  template <class F>
  Array<T> swept(const Var<T>& target, const Var<T>& source, const F& f) {
    if (!record_.owns(target)) return zeros<T>(source.shape());  // a constant
    Array<T> seed = empty<T>(target.shape());
    for (std::size_t i = 0; i < seed.size(); ++i) seed.data()[i] = f(i);
    const NodeIndex to = source.node();
    return gradients_of<T>(record_, {&target, 1}, {&seed, 1}, {&to, 1}, true)[0];
  }

  Record<T>& record_;
  Var<T> y_, x_, cotangent_;
  std::optional<Var<T>> pulled_;
  bool symmetric_;
};

template <class T>
Array<T> values_by(const SweepPlan& plan, Products<T>& products) {
  Array<T> values = zeros<T>({plan.pattern.nnz()});
  std::vector<char> among(std::max(products.rows(), products.cols()), 0);
  for (const PlannedSweep& sweep : plan.sweeps) {
    for (const std::size_t line : sweep.lines) among[line] = 1;
    const Array<T> product = products(sweep.forward, [&](std::size_t i) { return T(among[i]); });
    for (const std::size_t line : sweep.lines) among[line] = 0;
    for (const auto& [place, index] : sweep.reads) values.data()[place] = product.data()[index];
  }
  return values;
}

// Whether the product of row i with v is not what is expected, by more than rounding: relative to the row, or to the
// largest one, since a row whose terms cancel may be nothing but rounding.
template <class T>
bool row_differs(const SparseMatrix<T>& a, const Array<T>& v, std::size_t i, T expected, T largest) {
  const SparsityPattern& p = a.pattern;
  T sum = 0, scale = std::abs(expected);
  for (std::size_t k = p.starts()[i]; k < p.starts()[i + 1]; ++k) {
    const T term = a.values.data()[k] * v.data()[p.columns()[k]];
    sum += term;
    scale += std::abs(term);
  }
  constexpr T kRounding = std::numeric_limits<T>::epsilon();
  const T tolerance = std::sqrt(kRounding) * scale + 64 * kRounding * largest;
  return !(std::abs(sum - expected) <= tolerance) && (std::isfinite(sum) || std::isfinite(expected));
}

// Compares the product with a random vector. A row that differs may lack an entry, or have in its place what another
// row, in the same sweep, lacks: rows by themselves say which.
template <class T>
void check_products(const char* operation, const SparseMatrix<T>& a, Products<T>& products) {
  constexpr std::size_t kLooks = 16;
  const SparsityPattern& p = a.pattern;
  const Array<T> v = Random(1).uniform<T>({p.cols()}, T(0.5), T(1.5));
  const Array<T> product = products(true, [&](std::size_t j) { return v.data()[j]; });
  T largest = 0;
  for (const T x : product) largest = std::isfinite(x) ? std::max(largest, std::abs(x)) : largest;
  Sizes wrong;
  for (std::size_t i = 0; i < p.rows(); ++i) {
    if (row_differs(a, v, i, product.data()[i], largest)) wrong.push_back(i);
  }
  if (wrong.empty()) return;
  const std::string begin = text::bracketed(operation) + "the pattern misses an entry ";
  const std::string end =
      "; find the pattern at a point where none is 0, or unite those of several points (SparsityPattern::united)";
  for (std::size_t n = 0; n < std::min(wrong.size(), kLooks); ++n) {
    const Array<T> row = products(false, [&](std::size_t i) { return T(i == wrong[n]); });
    std::size_t missing = p.cols();
    for (std::size_t j = 0; j < p.cols(); ++j) {
      if (row.data()[j] == 0 || p.contains(wrong[n], j)) continue;
      if (missing == p.cols() || std::abs(row.data()[j]) > std::abs(row.data()[missing])) missing = j;
    }
    if (missing == p.cols()) continue;
    throw Error(begin + "in row " + std::to_string(wrong[n]) + ": column " + std::to_string(missing) + ", which is " +
                text::number(row.data()[missing]) + end);
  }
  throw Error(begin + "that changes row " + std::to_string(wrong[0]) + " among others" + end);
}

// Pieces of the lines of a matrix, from one to another, and the crossings that they reach.
struct Pieces {
  std::vector<std::pair<std::size_t, std::size_t>> lines;
  std::vector<Sizes> reached;
};

std::size_t longest_of(const Pieces& pieces) {
  std::size_t longest = 0;
  for (const auto& [begin, end] : pieces.lines) longest = std::max(longest, end - begin);
  return longest;
}
// How often the longest one is halved until each is one line.
std::size_t halvings_of(const Pieces& pieces) {
  return std::size_t(std::bit_width(longest_of(pieces) - 1));
}

// The crossings that so many pieces reach that a product for each of them is less than what it takes to tell these
// pieces apart: k of the most crowded, where each piece that reaches the next one takes two sweeps a halving.
Sizes crowded(const Pieces& pieces, std::size_t crossings) {
  Sizes count(crossings, 0), order;
  for (const Sizes& reached : pieces.reached) {
    for (const std::size_t crossing : reached) {
      if (count[crossing]++ == 0) order.push_back(crossing);
    }
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return count[a] != count[b] ? count[a] > count[b] : a < b; });
  const std::size_t of_a_piece = 2 * halvings_of(pieces);
  std::size_t best = 0, cost = std::size_t(-1);
  for (std::size_t k = 0; k <= order.size(); ++k) {
    const std::size_t of_k = k + of_a_piece * (k < order.size() ? count[order[k]] : 0);
    if (of_k < cost) best = k;
    cost = std::min(cost, of_k);
  }
  order.resize(best);
  return order;
}

// Finds where d y / d x is not 0. The lines are its rows, or its columns where these are fewer: sums of them are
// products.
//
// A sum with random weights is 0 at a crossing only where all of its lines are, but for an accident of rounding, which
// is noticed where a piece reaches a crossing and no part of it does: then all parts of several lines are taken to.
template <class T>
class PatternSearch {
 public:
  explicit PatternSearch(Products<T>& products)
      : products_(products),
        by_columns_(products.cols() < products.rows()),
        lines_(by_columns_ ? products.cols() : products.rows()),
        crossings_(by_columns_ ? products.rows() : products.cols()) {}

  SparsityPattern run() {
    if (lines_ > 0 && crossings_ > 0) {
      Pieces pieces = whole();
      while (longest_of(pieces) > 1) {
        settle_crowded(pieces);
        pieces = parts_of_each(pieces);
      }
      for (std::size_t p = 0; p < pieces.lines.size(); ++p) {
        for (const std::size_t crossing : pieces.reached[p]) entries_.emplace_back(pieces.lines[p].first, crossing);
      }
    }
    const SparsityPattern found(lines_, crossings_, entries_);
    return by_columns_ ? found.transposed() : found;
  }

 private:
  // The sum of some lines by random weights, at each crossing.
  Array<T> sum_of(const std::vector<std::pair<std::size_t, std::size_t>>& lines) {
    Array<T> weights = rng_.uniform<T>({lines_}, T(1), T(2));
    T* next = weights.data();
    for (const auto& [begin, end] : lines) {  // in rising order
      std::fill(next, weights.data() + begin, T(0));
      next = weights.data() + end;
    }
    std::fill(next, weights.data() + lines_, T(0));
    return products_(by_columns_, [&](std::size_t i) { return weights.data()[i]; });
  }

  Pieces whole() {
    Pieces pieces;
    pieces.lines.emplace_back(0, lines_);
    pieces.reached.resize(1);
    const Array<T> once = sum_of(pieces.lines), again = lines_ > 1 ? sum_of(pieces.lines) : once;
    for (std::size_t j = 0; j < crossings_; ++j) {
      if (once.data()[j] != 0 || again.data()[j] != 0) pieces.reached[0].push_back(j);
    }
    return pieces;
  }

  void settle_crowded(Pieces& pieces) {
    const Sizes settled = crowded(pieces, crossings_);
    if (settled.empty()) return;
    std::vector<char> is_settled(crossings_, 0);
    for (const std::size_t crossing : settled) {
      is_settled[crossing] = 1;
      const Array<T> all = products_(!by_columns_, [&](std::size_t j) { return T(j == crossing); });
      for (std::size_t i = 0; i < lines_; ++i) {
        if (all.data()[i] != 0) entries_.emplace_back(i, crossing);
      }
    }
    for (Sizes& reached : pieces.reached) {
      std::erase_if(reached, [&](std::size_t crossing) { return is_settled[crossing] != 0; });
    }
  }

  // Halves; or single lines, where that takes no more sweeps: of short pieces, and where all are in each other's way.
  Pieces parts_of_each(const Pieces& pieces) {
    Sizes starts{0}, columns;
    for (const Sizes& reached : pieces.reached) {
      columns.insert(columns.end(), reached.begin(), reached.end());
      starts.push_back(columns.size());
    }
    const std::size_t count = pieces.lines.size(), longest = longest_of(pieces);
    const auto by_piece = SparsityPattern::csr(count, crossings_, std::move(starts), std::move(columns));
    const auto by_crossing = by_piece.transposed();
    const auto groups = color_lines({by_piece, by_crossing}).groups();
    const bool at_once = longest <= 2 * halvings_of(pieces) || (longest <= 16 && groups.size() == count);
    const std::size_t ways = at_once ? longest : 2;
    Pieces parts{std::vector<std::pair<std::size_t, std::size_t>>(ways * count), std::vector<Sizes>(ways * count)};
    for (std::size_t p = 0; p < count; ++p) {
      const auto& [begin, end] = pieces.lines[p];
      const std::size_t step = (end - begin + ways - 1) / ways;
      for (std::size_t w = 0; w < ways; ++w) {
        parts.lines[p * ways + w] = {std::min(end, begin + w * step), std::min(end, begin + (w + 1) * step)};
      }
    }
    for (const Sizes& group : groups) {
      for (std::size_t w = 0; w < ways; ++w) measure(group, w, ways, pieces, parts);
      for (const std::size_t p : group) heal(pieces.reached[p], parts, p * ways, (p + 1) * ways);
    }
    return those_that_reach(std::move(parts));
  }

  // Of some pieces, none of which reaches what another one does, the w-th part.
  void measure(const Sizes& group, std::size_t w, std::size_t ways, const Pieces& pieces, Pieces& parts) {
    std::vector<std::pair<std::size_t, std::size_t>> lines;
    for (const std::size_t p : group) {
      const auto& part = parts.lines[p * ways + w];
      if (part.first < part.second) lines.push_back(part);
    }
    if (lines.empty()) return;
    const Array<T> sum = sum_of(lines);
    for (const std::size_t p : group) {
      for (const std::size_t crossing : pieces.reached[p]) {
        if (sum.data()[crossing] != 0) parts.reached[p * ways + w].push_back(crossing);
      }
    }
  }

  void heal(const Sizes& whole, Pieces& parts, std::size_t first, std::size_t last) {
    Sizes found;
    for (std::size_t p = first; p < last; ++p) {
      found.insert(found.end(), parts.reached[p].begin(), parts.reached[p].end());
    }
    std::sort(found.begin(), found.end());
    Sizes lost;
    std::set_difference(whole.begin(), whole.end(), found.begin(), found.end(), std::back_inserter(lost));
    if (lost.empty()) return;
    for (std::size_t p = first; p < last; ++p) {
      Sizes& reached = parts.reached[p];
      if (parts.lines[p].second - parts.lines[p].first < 2) continue;
      reached.insert(reached.end(), lost.begin(), lost.end());
      std::sort(reached.begin(), reached.end());
    }
  }

  static Pieces those_that_reach(Pieces pieces) {
    Pieces kept;
    for (std::size_t p = 0; p < pieces.lines.size(); ++p) {
      if (pieces.reached[p].empty()) continue;
      kept.lines.push_back(pieces.lines[p]);
      kept.reached.push_back(std::move(pieces.reached[p]));
    }
    return kept;
  }

  Products<T>& products_;
  const bool by_columns_;
  const std::size_t lines_, crossings_;
  Random rng_{1};
  std::vector<SparsityPattern::Entry> entries_;
};

template <class T>
SparsityPattern find_pattern(Products<T>& products, bool symmetric) {
  const SparsityPattern found = PatternSearch<T>(products).run();
  return symmetric ? found.united(found.transposed()) : found;
}

}  // namespace

template <class T>
SparsityPattern pattern_of(Record<T>& record, const Var<T>& y, const Var<T>& x, bool symmetric) {
  Products<T> products(record, y, x, symmetric);
  return find_pattern(products, symmetric);
}

template <class T>
SparseMatrix<T> sparse_derivative(const char* operation, Record<T>& record, const Var<T>& y, const Var<T>& x,
                                  bool symmetric, SharedPlan plan, const SparseOptions& options) {
  Products<T> products(record, y, x, symmetric);
  if (!plan) {
    const SparsityPattern pattern = find_pattern(products, symmetric);
    plan = symmetric ? hessian_plan(pattern) : jacobian_plan(pattern, options.sweeps);
  } else if (plan->pattern.rows() != y.size() || plan->pattern.cols() != x.size()) {
    throw ShapeError(text::bracketed(operation) + "the pattern must have the shape " +
                     shape_of_matrix(y.size(), x.size()) + ", of the elements of " +
                     (symmetric ? "x" : "f(x) and of x") + ", got " +
                     shape_of_matrix(plan->pattern.rows(), plan->pattern.cols()));
  }
  SparseMatrix<T> matrix{plan->pattern, values_by<T>(*plan, products), plan->sweeps.size()};
  if (options.check) check_products<T>(operation, matrix, products);
  return matrix;
}

template <class T>
Var<T> sparse_product(const SparseMatrix<T>& a, const Var<T>& v) {
  if (v.shape() != Shape{a.pattern.cols()}) {
    throw ShapeError("[matmul] a sparse matrix of shape " + shape_of_matrix(a.pattern.rows(), a.pattern.cols()) +
                     " takes a vector of shape (" + std::to_string(a.pattern.cols()) + ",), got " +
                     to_string(v.shape()));
  }
  return segment_sum(take(v, Indices(a.pattern.columns())) * a.values, Indices(a.pattern.entry_rows()),
                     a.pattern.rows());
}

#define XTAPE_INSTANTIATE(T)                                                                                          \
  template SparseMatrix<T> sparse_derivative(const char*, Record<T>&, const Var<T>&, const Var<T>&, bool, SharedPlan, \
                                             const SparseOptions&);                                                   \
  template SparsityPattern pattern_of(Record<T>&, const Var<T>&, const Var<T>&, bool);                                \
  template Var<T> sparse_product(const SparseMatrix<T>&, const Var<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

template struct SparseMatrix<float>;
template struct SparseMatrix<double>;

}  // namespace xtape

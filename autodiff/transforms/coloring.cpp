#include "autodiff/transforms/coloring.hpp"

#include "autodiff/errors.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>

namespace xtape::detail {

namespace {

using Sizes = std::vector<std::size_t>;
using Marks = std::vector<char>;

bool marked(const Marks& marks, std::size_t i) {
  return !marks.empty() && marks[i] != 0;
}

std::size_t size_of_row(const SparsityPattern& p, std::size_t i) {
  return p.starts()[i + 1] - p.starts()[i];
}

// visit(column, place) for each entry of row i.
template <class Visit>
void each_in_row(const SparsityPattern& p, std::size_t i, const Visit& visit) {
  for (std::size_t k = p.starts()[i]; k < p.starts()[i + 1]; ++k) visit(p.columns()[k], k);
}

Sizes in_order(std::size_t n) {
  Sizes order(n);
  std::iota(order.begin(), order.end(), std::size_t(0));
  return order;
}
Sizes largest_first(const Sizes& sizes) {
  Sizes order = in_order(sizes.size());
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  return order;
}

// The first colour that was not forbidden in this turn.
class FirstFree {
 public:
  void forbid(std::size_t color, std::size_t turn) {
    if (color >= forbidden_.size()) forbidden_.resize(color + 1, kNoColor);
    forbidden_[color] = turn;
  }
  std::size_t find(std::size_t turn) const {
    std::size_t color = 0;
    while (color < forbidden_.size() && forbidden_[color] == turn) ++color;
    return color;
  }

 private:
  Sizes forbidden_;
};

Coloring color_lines_in(const Sizes& order, const TwoWays& m, const Marks& left_out, const Marks& not_counted) {
  Coloring result{Sizes(m.lines.rows(), kNoColor)};
  FirstFree free;
  for (const std::size_t line : order) {
    if (marked(left_out, line)) continue;
    bool counts = false;
    each_in_row(m.lines, line, [&](std::size_t crossing, std::size_t) {
      if (marked(not_counted, crossing)) return;
      counts = true;
      each_in_row(m.crossings, crossing, [&](std::size_t other, std::size_t) {
        if (result.color[other] != kNoColor) free.forbid(result.color[other], line);
      });
    });
    if (!counts) continue;
    result.color[line] = free.find(line);
    result.count = std::max(result.count, result.color[line] + 1);
  }
  return result;
}

// Both orders are cheap, and each is the better one somewhere: a band's own order gives as few colours as there can be.
template <class Color>
Coloring better_of(const Sizes& sizes, const Color& color) {
  Coloring natural = color(in_order(sizes.size()));
  const Sizes order = largest_first(sizes);
  if (std::is_sorted(order.begin(), order.end())) return natural;
  Coloring other = color(order);
  return other.count < natural.count ? other : natural;
}

// A colour each for those with a size.
Coloring each_its_own(const Sizes& sizes) {
  Coloring result{Sizes(sizes.size(), kNoColor)};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] > 0) result.color[i] = result.count++;
  }
  return result;
}

// The colours among the neighbours of each node, of which a node has few.
class Palettes {
 public:
  struct Hue {
    std::size_t color, count, first;  // `first` of the neighbours that have it
    bool taken;                       // by one that has another neighbour of this node's colour: the centre of a star
  };
  explicit Palettes(const SparsityPattern& graph) : starts_(graph.starts()), hues_(graph.nnz()), sizes_(graph.rows()) {}

  std::span<Hue> of(std::size_t node) { return {hues_.data() + starts_[node], sizes_[node]}; }
  Hue& at(std::size_t node, std::size_t color) {
    const std::span<Hue> there = of(node);
    const auto found = std::find_if(there.begin(), there.end(), [&](const Hue& hue) { return hue.color == color; });
    if (found != there.end()) return *found;
    return hues_[starts_[node] + sizes_[node]++] = Hue{color, 0, 0, false};
  }

 private:
  const Sizes& starts_;
  std::vector<Hue> hues_;
  Sizes sizes_;
};

// With colour c a node v would be on a path of four with two colours where c is that of a neighbour of w, a neighbour
// of v, and either another neighbour of v has w's colour (x - v - w - y), or that neighbour of w's has another one of
// w's colour (v - w - x - y). The palettes say both without a look at the neighbours' neighbours, so that the cost is
// that of the entries times the colours, dense rows or not.
Coloring color_stars_in(const Sizes& order, const SparsityPattern& graph) {
  Coloring result{Sizes(graph.rows(), kNoColor)};
  Palettes palettes(graph);
  FirstFree free;
  const auto& color = result.color;
  for (const std::size_t v : order) {
    if (size_of_row(graph, v) == 0) continue;
    for (const auto& hue : palettes.of(v)) free.forbid(hue.color, v);
    each_in_row(graph, v, [&](std::size_t w, std::size_t) {
      if (w == v || color[w] == kNoColor) return;
      const bool several = palettes.at(v, color[w]).count > 1;
      for (const auto& hue : palettes.of(w)) {
        if (several || hue.taken) free.forbid(hue.color, v);
      }
    });
    const std::size_t c = free.find(v);
    result.color[v] = c;
    result.count = std::max(result.count, c + 1);
    each_in_row(graph, v, [&](std::size_t w, std::size_t) {
      if (w == v) return;
      auto& hue = palettes.at(w, c);
      if (hue.count++ == 0) hue.first = v;
      if (color[w] == kNoColor) return;
      auto& of_w = palettes.at(v, color[w]);
      if (of_w.count > 1) hue.taken = true;
      if (hue.count > 1) {  // w is the centre of a star
        of_w.taken = true;
        if (hue.count == 2) palettes.at(hue.first, color[w]).taken = true;
      }
    });
  }
  return result;
}

// Where the entries of the transposed pattern stand in the pattern itself.
Sizes places_by_column(const SparsityPattern& pattern, const SparsityPattern& transposed) {
  Sizes next(transposed.starts().begin(), transposed.starts().end() - 1), places(pattern.nnz());
  for (std::size_t k = 0; k < pattern.nnz(); ++k) places[next[pattern.columns()[k]]++] = k;
  return places;
}

// Some lines, which are dense, by themselves, and the others by what they cross.
struct Split {
  Coloring dense, rest;
  std::size_t count() const { return dense.count + rest.count; }
};

Split split_at(const TwoWays& m, const Sizes& densest_first, std::size_t dense) {
  Marks is_dense(m.lines.rows(), 0), others(m.lines.rows(), 1);
  for (std::size_t k = 0; k < dense; ++k) {
    is_dense[densest_first[k]] = 1;
    others[densest_first[k]] = 0;
  }
  return {color_lines(m, others), color_lines(m.turned(), {}, is_dense)};
}

// The split with the fewest colours, as long as these are fewer than `bound`, among those of the densest lines: colours
// are at least as many as a line of the rest has entries, and a crossing dense lines. Where that is much, nothing is
// coloured at all, so that the cost is that of the entries times the colours.
bool find_split(const TwoWays& m, std::size_t bound, Split& best) {
  constexpr int kTries = 8;
  Sizes sizes(m.lines.rows());
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = size_of_row(m.lines, i);
  const Sizes order = largest_first(sizes);
  std::vector<std::pair<std::size_t, std::size_t>> candidates;  // the least count of colours, and the dense lines
  Sizes crossed(m.crossings.rows(), 0);
  std::size_t most = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::size_t size = sizes[order[k]];
    if (k == 0 || size < sizes[order[k - 1]]) candidates.emplace_back(most + size, k);
    each_in_row(m.lines, order[k],
                [&](std::size_t crossing, std::size_t) { most = std::max(most, ++crossed[crossing]); });
  }
  std::stable_sort(candidates.begin(), candidates.end());
  bool found = false;
  int tries = 0;
  for (const auto& [least, dense] : candidates) {
    if (least >= bound || tries++ == kTries) break;
    Split split = split_at(m, order, dense);
    if (split.count() >= bound) continue;
    bound = split.count();
    best = std::move(split);
    found = true;
  }
  return found;
}

// The sweeps of the coloured lines: each gives those entries (line, crossing) for which reads(line, crossing).
template <class Reads>
void add_sweeps(SweepPlan& plan, bool forward, const Coloring& coloring, const SparsityPattern& lines,
                const Sizes& places, const Reads& reads) {
  for (std::vector<std::size_t>& group : coloring.groups()) {
    PlannedSweep sweep{forward, std::move(group), {}};
    for (const std::size_t line : sweep.lines) {
      each_in_row(lines, line, [&](std::size_t crossing, std::size_t k) {
        if (reads(line, crossing)) sweep.reads.emplace_back(places[k], crossing);
      });
    }
    plan.sweeps.push_back(std::move(sweep));
  }
}

}  // namespace

std::vector<std::vector<std::size_t>> Coloring::groups() const {
  std::vector<std::vector<std::size_t>> lines(count);
  for (std::size_t i = 0; i < color.size(); ++i) {
    if (color[i] != kNoColor) lines[color[i]].push_back(i);
  }
  return lines;
}

Coloring color_lines(const TwoWays& matrix, const Marks& left_out, const Marks& not_counted) {
  Sizes reach(matrix.lines.rows(), 0);  // how many others it may meet
  std::size_t coloured = 0, most = 0;
  for (std::size_t i = 0; i < reach.size(); ++i) {
    if (marked(left_out, i)) continue;
    each_in_row(matrix.lines, i, [&](std::size_t crossing, std::size_t) {
      if (marked(not_counted, crossing)) return;
      reach[i] += size_of_row(matrix.crossings, crossing);
      most = std::max(most, size_of_row(matrix.crossings, crossing));
    });
    if (reach[i] > 0) ++coloured;
  }
  if (left_out.empty() && most == coloured) return each_its_own(reach);  // all meet in one crossing
  return better_of(reach, [&](const Sizes& order) { return color_lines_in(order, matrix, left_out, not_counted); });
}

Coloring color_stars(const SparsityPattern& symmetric) {
  Sizes sizes(symmetric.rows());
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = size_of_row(symmetric, i);
  if (symmetric.nnz() == sizes.size() * sizes.size()) return each_its_own(sizes);
  return better_of(sizes, [&](const Sizes& order) { return color_stars_in(order, symmetric); });
}

SharedPlan jacobian_plan(const SparsityPattern& pattern, SparseSweeps sweeps) {
  auto plan = std::make_shared<SweepPlan>();
  plan->pattern = pattern;
  const SparsityPattern by_column = pattern.transposed();
  const TwoWays rows{pattern, by_column};
  // Dense columns by themselves and the other rows together, or dense rows and the other columns. A pullback is less
  // work than a forward product, so that the other way has to take fewer.
  Split split;
  bool dense_rows = false;
  if (sweeps == SparseSweeps::kFewest) {
    const std::size_t none = pattern.rows() + pattern.cols() + 1;
    find_split(rows.turned(), none, split);
    dense_rows = find_split(rows, split.count(), split);
  } else if (sweeps == SparseSweeps::kColumns) {
    split = split_at(rows, {}, 0);
    dense_rows = true;
  } else {
    split = split_at(rows.turned(), {}, 0);
  }
  const Coloring& of_rows = dense_rows ? split.dense : split.rest;
  const Coloring& of_columns = dense_rows ? split.rest : split.dense;
  const auto in_row = [&](std::size_t row, std::size_t column) {
    return dense_rows ? of_rows.color[row] != kNoColor : of_columns.color[column] == kNoColor;
  };
  add_sweeps(*plan, false, of_rows, pattern, in_order(pattern.nnz()), in_row);
  add_sweeps(*plan, true, of_columns, by_column, places_by_column(pattern, by_column),
             [&](std::size_t column, std::size_t row) { return !in_row(row, column); });
  return plan;
}

SharedPlan hessian_plan(const SparsityPattern& given) {
  if (given.rows() != given.cols()) {
    throw ShapeError("[sparse_hessian] the pattern must be square, got " + shape_of_matrix(given.rows(), given.cols()));
  }
  auto plan = std::make_shared<SweepPlan>();
  plan->pattern = given.united(given.transposed());
  const SparsityPattern& pattern = plan->pattern;
  const Coloring coloring = color_stars(pattern);
  // Whether column j is the only one of its colour in row i: then row i of the colour's product is the entry.
  Marks alone(pattern.nnz(), 0);
  Sizes seen_in(coloring.count, kNoColor), times(coloring.count);
  for (std::size_t i = 0; i < pattern.rows(); ++i) {
    each_in_row(pattern, i, [&](std::size_t j, std::size_t) {
      const std::size_t c = coloring.color[j];
      times[c] = std::exchange(seen_in[c], i) == i ? times[c] + 1 : 1;
    });
    each_in_row(pattern, i, [&](std::size_t j, std::size_t k) { alone[k] = times[coloring.color[j]] == 1; });
  }
  const Sizes mirrored = places_by_column(pattern, pattern);
  for (std::vector<std::size_t>& group : coloring.groups()) {
    PlannedSweep sweep{false, std::move(group), {}};
    for (const std::size_t j : sweep.lines) {
      each_in_row(pattern, j, [&](std::size_t i, std::size_t k) {
        if (!alone[mirrored[k]]) return;
        sweep.reads.emplace_back(mirrored[k], i);
        if (i != j) sweep.reads.emplace_back(k, i);
      });
    }
    plan->sweeps.push_back(std::move(sweep));
  }
  return plan;
}

}  // namespace xtape::detail

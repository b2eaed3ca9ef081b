#include "autodiff/ops/contractions.hpp"

#include "autodiff/ops/all.hpp"
#include "autodiff/ops/subscripts.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <string>

namespace xtape {

namespace {

using namespace einsums;

Labels joined(const Labels& a, const Labels& b) {
  Labels result = a;
  result.insert(result.end(), b.begin(), b.end());
  return result;
}

// --- Contraction ----------------------------------------------------------------------------------------------------

template <class T>
struct Term {
  Var<T> x;
  Labels labels;
};

std::size_t size_of_labels(const Labels& labels, const LabelExtents& extents) {
  std::size_t size = 1;
  for (const Label label : labels) size *= extents.at(label);
  return size;
}

template <class T>
Var<T> permuted(const Var<T>& x, const Shape& order) {
  for (std::size_t d = 0; d < order.size(); ++d) {
    if (order[d] != d) return xtape::apply(op::Transpose{{}, order}, x);
  }
  return x;
}

// The term's elements in the order of `labels`.
template <class T>
Var<T> in_order(const Term<T>& term, const Labels& labels) {
  Shape order;
  for (const Label label : labels) {
    order.push_back(std::size_t(std::find(term.labels.begin(), term.labels.end(), label) - term.labels.begin()));
  }
  return permuted(term.x, order);
}

// Without the dimensions of extent 1 that broadcast, with diagonals for labels that repeat, summed over labels that
// nobody else needs.
template <class T>
Term<T> prepared(Term<T> term, const LabelExtents& extents, const std::set<Label>& needed) {
  Shape shape;
  Labels kept;
  for (std::size_t d = 0; d < term.labels.size(); ++d) {
    const std::size_t extent = term.x.shape()[d];
    if (extent != extents.at(term.labels[d])) continue;
    shape.push_back(extent);
    kept.push_back(term.labels[d]);
  }
  if (kept.size() < term.labels.size()) term = {detail::reshape_to(term.x, shape), kept};
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    const Label label = term.labels[i];
    const auto again = std::find(term.labels.begin() + std::ptrdiff_t(i) + 1, term.labels.end(), label);
    if (again == term.labels.end()) continue;
    const std::size_t j = std::size_t(again - term.labels.begin()), n = extents.at(label);
    Shape order, to;
    Labels others;
    for (std::size_t d = 0; d < term.labels.size(); ++d) {
      if (d == i || d == j) continue;
      order.push_back(d);
      to.push_back(term.x.shape()[d]);
      others.push_back(term.labels[d]);
    }
    order.push_back(i);
    order.push_back(j);
    to.push_back(n * n);
    const Var<T> square = detail::reshape_to(permuted(term.x, order), to);
    const auto every = detail::make_slice_along("einsum", to, -1, Range({}, {}, std::ptrdiff_t(n) + 1));
    term = {xtape::apply(every, square), joined(others, {label})};
    i = std::size_t(-1);  // from the front again
  }
  std::vector<std::ptrdiff_t> summed;
  Labels rest;
  for (std::size_t d = 0; d < term.labels.size(); ++d) {
    if (needed.count(term.labels[d]) != 0) {
      rest.push_back(term.labels[d]);
    } else {
      summed.push_back(std::ptrdiff_t(d));
    }
  }
  return summed.empty() ? term : Term<T>{sum(term.x, Axes(summed)), rest};
}

// The product of two terms, summed over the labels that both have and nobody needs.
template <class T>
Term<T> contracted(const Term<T>& a, const Term<T>& b, const LabelExtents& extents, const std::set<Label>& needed) {
  Labels batch, summed, rows, columns;
  for (const Label label : a.labels) {
    (!has(b.labels, label) ? rows : needed.count(label) != 0 ? batch : summed).push_back(label);
  }
  for (const Label label : b.labels) {
    if (!has(a.labels, label)) columns.push_back(label);
  }
  const std::size_t stack = size_of_labels(batch, extents), m = size_of_labels(rows, extents),
                    n = size_of_labels(columns, extents), k = size_of_labels(summed, extents);
  const Labels labels = joined(joined(batch, rows), columns);
  const auto shaped = [](const Var<T>& x, std::initializer_list<std::size_t> shape) {
    return detail::reshape_to(x, Shape(shape.begin(), shape.end()));
  };
  Var<T> y;
  if (summed.empty()) {
    y = shaped(in_order(a, joined(batch, rows)), {stack, m, 1}) *
        shaped(in_order(b, joined(batch, columns)), {stack, 1, n});
  } else if (m == 1 && n == 1 && stack > 1) {
    y = sum(shaped(in_order(a, joined(joined(batch, rows), summed)), {stack, k}) *
                shaped(in_order(b, joined(joined(batch, columns), summed)), {stack, k}),
            -1);
  } else {
    // As they lie, if the matrix product can read them so.
    const bool turn_a = a.labels == joined(joined(batch, summed), rows);
    const bool turn_b = b.labels == joined(joined(batch, columns), summed);
    const Var<T> left =
        turn_a ? shaped(a.x, {stack, k, m}) : shaped(in_order(a, joined(joined(batch, rows), summed)), {stack, m, k});
    const Var<T> right = turn_b ? shaped(b.x, {stack, n, k})
                                : shaped(in_order(b, joined(joined(batch, summed), columns)), {stack, k, n});
    y = detail::product(left, turn_a, right, turn_b);
  }
  Shape shape;
  for (const Label label : labels) shape.push_back(extents.at(label));
  return {detail::reshape_to(y, shape), labels};
}

// What the other terms and the result need.
template <class T>
std::set<Label> needed_beside(const std::vector<Term<T>>& terms, std::size_t i, std::size_t j, const Labels& result) {
  std::set<Label> needed(result.begin(), result.end());
  for (std::size_t t = 0; t < terms.size(); ++t) {
    if (t != i && t != j) needed.insert(terms[t].labels.begin(), terms[t].labels.end());
  }
  return needed;
}

template <class T>
Var<T> contract_all(std::vector<Term<T>> terms, const Labels& result, const LabelExtents& extents) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    terms[i] = prepared(terms[i], extents, needed_beside(terms, i, i, result));
  }
  while (terms.size() > 1) {
    std::size_t first = 0, second = 1;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < terms.size(); ++i) {
      for (std::size_t j = i + 1; j < terms.size(); ++j) {
        double work = 1;
        std::set<Label> all(terms[i].labels.begin(), terms[i].labels.end());
        all.insert(terms[j].labels.begin(), terms[j].labels.end());
        for (const Label label : all) work *= double(extents.at(label));
        if (work < least) {
          least = work;
          first = i;
          second = j;
        }
      }
    }
    terms[first] = contracted(terms[first], terms[second], extents, needed_beside(terms, first, second, result));
    terms.erase(terms.begin() + std::ptrdiff_t(second));
  }
  return in_order(terms[0], result);
}

// The marked dimensions of both share labels.
template <class T>
Var<T> sum_over_pairs(const char* operation, const Var<T>& a, const Var<T>& b, const std::vector<std::size_t>& axes_a,
                      const std::vector<std::size_t>& axes_b) {
  Labels of_a(a.dimension()), of_b(b.dimension()), result;
  std::iota(of_a.begin(), of_a.end(), 1);
  std::iota(of_b.begin(), of_b.end(), int(of_a.size()) + 1);
  LabelExtents extents;
  for (std::size_t i = 0; i < axes_a.size(); ++i) {
    if (a.shape()[axes_a[i]] != b.shape()[axes_b[i]]) {
      throw ShapeError(text::bracketed(operation) + "equal extents expected, got axis " + std::to_string(axes_a[i]) +
                       " of a, " + to_string(a.shape()) + ", with axis " + std::to_string(axes_b[i]) + " of b, " +
                       to_string(b.shape()));
    }
    of_b[axes_b[i]] = of_a[axes_a[i]];
  }
  for (std::size_t d = 0; d < of_a.size(); ++d) extents[of_a[d]] = a.shape()[d];
  for (std::size_t d = 0; d < of_b.size(); ++d) extents[of_b[d]] = b.shape()[d];
  for (const Label label : of_a) {
    if (!has(of_b, label)) result.push_back(label);
  }
  for (const Label label : of_b) {
    if (!has(of_a, label)) result.push_back(label);
  }
  return contract_all<T>({{a, of_a}, {b, of_b}}, result, extents);
}

}  // namespace

namespace detail {

template <class T>
Var<T> einsum(std::string_view subscripts, std::span<const Var<T>> x) {
  std::vector<Shape> shapes;
  for (const Var<T>& operand : x) shapes.push_back(operand.shape());
  const Subscripts read = einsums::read(subscripts, shapes);
  std::vector<Term<T>> terms;
  for (std::size_t k = 0; k < x.size(); ++k) terms.push_back({x[k], read.operands[k]});
  return contract_all(std::move(terms), read.result, read.extents);
}

template <class T>
Var<T> tensordot(const Var<T>& a, const Var<T>& b, std::ptrdiff_t axes) {
  if (axes < 0 || std::size_t(axes) > std::min(a.dimension(), b.dimension())) {
    throw ShapeError("[tensordot] at most as many axes expected as both have, got " + std::to_string(axes) + ": a is " +
                     to_string(a.shape()) + ", b is " + to_string(b.shape()));
  }
  std::vector<std::size_t> of_a(static_cast<std::size_t>(axes)), of_b(of_a.size());
  std::iota(of_a.begin(), of_a.end(), a.dimension() - of_a.size());
  std::iota(of_b.begin(), of_b.end(), std::size_t(0));
  return sum_over_pairs("tensordot", a, b, of_a, of_b);
}

template <class T>
Var<T> tensordot(const Var<T>& a, const Var<T>& b, const Axes& axes_a, const Axes& axes_b) {
  const auto listed = [](const Axes& axes, const Shape& shape) {
    normalize_axes("tensordot", axes, shape);  // in range, none twice
    std::vector<std::size_t> list;
    for (const std::ptrdiff_t axis : axes) list.push_back(normalize_axis("tensordot", axis, shape));
    return list;
  };
  const auto of_a = listed(axes_a, a.shape()), of_b = listed(axes_b, b.shape());
  if (of_a.size() != of_b.size()) {
    throw ShapeError("[tensordot] as many axes of a as of b expected, got " + std::to_string(of_a.size()) + " and " +
                     std::to_string(of_b.size()));
  }
  return sum_over_pairs("tensordot", a, b, of_a, of_b);
}

template <class T>
Var<T> inner(const Var<T>& a, const Var<T>& b) {
  if (a.dimension() == 0 || b.dimension() == 0) return a * b;
  return sum_over_pairs("inner", a, b, {a.dimension() - 1}, {b.dimension() - 1});
}

template <class T>
Var<T> outer(const Var<T>& a, const Var<T>& b) {
  return detail::reshape_to(a, {a.size(), 1}) * detail::reshape_to(b, {1, b.size()});
}

template <class T>
Var<T> vdot(const Var<T>& a, const Var<T>& b) {
  if (a.size() != b.size()) {
    throw ShapeError("[vdot] equal numbers of elements expected: a is " + to_string(a.shape()) + ", b is " +
                     to_string(b.shape()));
  }
  return detail::matmul(detail::reshape_to(a, {a.size()}), detail::reshape_to(b, {b.size()}));
}

template <class T>
Var<T> kron(const Var<T>& a, const Var<T>& b) {
  const std::size_t rank = std::max(a.dimension(), b.dimension());
  Shape of_a, of_b, result;
  for (std::size_t d = 0; d < rank; ++d) {
    const auto extent = [&](const Shape& shape) {
      return d + shape.size() < rank ? std::size_t(1) : shape[d + shape.size() - rank];
    };
    const std::size_t from_a = extent(a.shape()), from_b = extent(b.shape());
    of_a.push_back(from_a);
    of_a.push_back(1);
    of_b.push_back(1);
    of_b.push_back(from_b);
    result.push_back(from_a * from_b);
  }
  return detail::reshape_to(detail::reshape_to(a, of_a) * detail::reshape_to(b, of_b), result);
}

template <class T>
Var<T> cross(const Var<T>& a, const Var<T>& b, std::ptrdiff_t axis) {
  const std::size_t along_a = normalize_axis("cross", axis, a.shape());
  const std::size_t along_b = normalize_axis("cross", axis, b.shape());
  if (a.shape()[along_a] != 3 || b.shape()[along_b] != 3) {
    throw ShapeError("[cross] extents of 3 along axis " + std::to_string(axis) + " expected: a is " +
                     to_string(a.shape()) + ", b is " + to_string(b.shape()));
  }
  kernels::broadcast_shapes("cross", {&a.shape(), &b.shape()});
  const auto turned = [axis](const Var<T>& x, std::vector<int> order) {
    return xtape::apply(make_take(x.shape(), order, axis), x);
  };
  return turned(a, {1, 2, 0}) * turned(b, {2, 0, 1}) - turned(a, {2, 0, 1}) * turned(b, {1, 2, 0});
}

template <class T>
Var<T> multi_dot(std::span<const Var<T>> x) {
  const std::size_t count = x.size();
  std::vector<Var<T>> factors(x.begin(), x.end());
  std::vector<std::size_t> extents;  // factor i is (extents[i], extents[i + 1])
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t rank = x[i].dimension();
    const bool end = i == 0 || i + 1 == count;
    if (rank != 2 && !(rank == 1 && end && count > 1)) {
      throw ShapeError("[multi_dot] matrices expected, the first and the last may be vectors: factor " +
                       std::to_string(i) + " is " + to_string(x[i].shape()));
    }
    if (rank == 1) factors[i] = i == 0 ? reshape(x[i], {1, -1}) : reshape(x[i], {-1, 1});
    const Shape& shape = factors[i].shape();
    if (i > 0 && shape[0] != extents.back()) {
      throw ShapeError("[multi_dot] inner dimensions differ: factor " + std::to_string(i - 1) + " is " +
                       to_string(x[i - 1].shape()) + ", factor " + std::to_string(i) + " is " +
                       to_string(x[i].shape()));
    }
    if (i == 0) extents.push_back(shape[0]);
    extents.push_back(shape[1]);
  }
  // Where to cut the factors [i, j], by the least work for each part (Cormen et al., Introduction to Algorithms, 14.2).
  std::vector<std::vector<double>> work(count, std::vector<double>(count, 0));
  std::vector<std::vector<std::size_t>> cut(count, std::vector<std::size_t>(count, 0));
  for (std::size_t length = 2; length <= count; ++length) {
    for (std::size_t i = 0; i + length <= count; ++i) {
      const std::size_t j = i + length - 1;
      work[i][j] = std::numeric_limits<double>::infinity();
      for (std::size_t c = i; c < j; ++c) {
        const double all =
            work[i][c] + work[c + 1][j] + double(extents[i]) * double(extents[c + 1]) * double(extents[j + 1]);
        if (all < work[i][j]) {
          work[i][j] = all;
          cut[i][j] = c;
        }
      }
    }
  }
  const auto multiplied = [&](const auto& self, std::size_t i, std::size_t j) -> Var<T> {
    if (i == j) return factors[i];
    return product(self(self, i, cut[i][j]), false, self(self, cut[i][j] + 1, j), false);
  };
  const Var<T> y = multiplied(multiplied, 0, count - 1);
  Shape shape;
  if (x.front().dimension() == 2) shape.push_back(y.shape()[0]);
  if (x.back().dimension() == 2) shape.push_back(y.shape()[1]);
  return shape == y.shape() ? y : detail::reshape_to(y, shape);
}

template <class T>
Var<T> block_diag(std::span<const Var<T>> x) {
  std::vector<Var<T>> blocks;
  std::size_t columns = 0;
  for (const Var<T>& block : x) {
    if (block.dimension() > 2) {
      throw ShapeError("[block_diag] matrices expected: block " + std::to_string(blocks.size()) + " is " +
                       to_string(block.shape()));
    }
    const std::size_t last = block.dimension() == 0 ? 1 : block.shape(-1);
    blocks.push_back(block.dimension() == 2 ? block : detail::reshape_to(block, {1, last}));
    columns += last;
  }
  std::vector<Var<T>> bands;
  std::size_t before = 0;
  for (const Var<T>& block : blocks) {
    const std::size_t rows = block.shape()[0], own = block.shape()[1];
    const Var<T> band[] = {Var<T>(zeros<T>({rows, before})), block, Var<T>(zeros<T>({rows, columns - before - own}))};
    bands.push_back(concatenate<T>(band, -1));
    before += own;
  }
  return concatenate<T>(bands, 0);
}

#define XTAPE_INSTANTIATE(T)                                                         \
  template Var<T> einsum(std::string_view, std::span<const Var<T>>);                 \
  template Var<T> tensordot(const Var<T>&, const Var<T>&, std::ptrdiff_t);           \
  template Var<T> tensordot(const Var<T>&, const Var<T>&, const Axes&, const Axes&); \
  template Var<T> inner(const Var<T>&, const Var<T>&);                               \
  template Var<T> outer(const Var<T>&, const Var<T>&);                               \
  template Var<T> vdot(const Var<T>&, const Var<T>&);                                \
  template Var<T> kron(const Var<T>&, const Var<T>&);                                \
  template Var<T> cross(const Var<T>&, const Var<T>&, std::ptrdiff_t);               \
  template Var<T> multi_dot(std::span<const Var<T>>);                                \
  template Var<T> block_diag(std::span<const Var<T>>);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

}  // namespace xtape

#include "autodiff/transforms/jacobian.hpp"

#include <numeric>

namespace xtape::detail {

template <class T>
VarList<T> pulled_back(Record<T>& record, const VarList<T>& y, const VarList<T>& cotangents, const VarList<T>& leaves) {
  const std::span<const Var<T>> sources(leaves);
  if (y.size() == 1) return recorded_gradients<T>(record, y[0], cotangents[0], sources);
  return recorded_gradients<T>(record, inner_product<T>(y, cotangents), Var<T>(T(1)), sources);
}

template <class T>
VarList<T> zero_cotangents(Record<T>& record, const VarList<T>& y) {
  VarList<T> cotangents;
  for (const Var<T>& value : y) cotangents.push_back(record.leaf(share(zeros<T>(value.shape()))));
  return cotangents;
}

namespace {

std::size_t size_of_all(const auto& values) {
  return std::accumulate(values.begin(), values.end(), std::size_t(0),
                         [](std::size_t sum, const auto& value) { return sum + value.size(); });
}

// The shape of d y / d x.
template <class T>
Shape block_shape(const Var<T>& y, const Var<T>& x) {
  Shape shape = y.shape();
  for (const std::size_t extent : x.shape()) shape.push_back(extent);
  return shape;
}

template <class T>
std::vector<Array<T>> zero_blocks(const VarList<T>& y, const VarList<T>& leaves) {
  std::vector<Array<T>> blocks;
  for (const Var<T>& value : y) {
    for (const Var<T>& leaf : leaves) blocks.push_back(zeros<T>(block_shape(value, leaf)));
  }
  return blocks;
}

// The i-th unit vector among arrays of this shape.
template <class T>
Array<T> unit(const Shape& shape, std::size_t i) {
  Array<T> seed = zeros<T>(shape);
  seed.data()[i] = T(1);
  return seed;
}

// One sweep an element of the leaves: the pullback is linear in its cotangent, and its derivative in direction e_j is
// column j, as in jvp. It is recorded once.
template <class T>
std::vector<Array<T>> columns(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves) {
  std::vector<Array<T>> blocks = zero_blocks<T>(y, leaves);
  const VarList<T> cotangents = zero_cotangents<T>(record, y);
  const VarList<T> pulled = pulled_back<T>(record, y, cotangents, leaves);
  const std::vector<NodeIndex> sources = nodes_of<T>(cotangents);
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    if (!record.owns(pulled[k])) continue;  // f does not depend on this one
    const std::size_t size = leaves[k].size();
    for (std::size_t j = 0; j < size; ++j) {
      const Array<T> seed = unit<T>(leaves[k].shape(), j);
      const std::vector<Array<T>> column = gradients_of<T>(record, {&pulled[k], 1}, {&seed, 1}, sources, true);
      for (std::size_t o = 0; o < y.size(); ++o) {
        T* const block = blocks[o * leaves.size() + k].data();
        for (std::size_t i = 0; i < column[o].size(); ++i) block[i * size + j] = column[o].data()[i];
      }
    }
  }
  return blocks;
}

// Rows, or columns, of a block put together along the axis.
template <class T>
Var<T> joined(const VarList<T>& slices, std::ptrdiff_t axis, const Shape& shape) {
  return slices.empty() ? Var<T>(zeros<T>(shape)) : Var<T>(reshape(stack(slices, axis), shape));
}

// `columns` by recorded operations.
template <class T>
VarList<T> recorded_columns(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves) {
  const VarList<T> cotangents = zero_cotangents<T>(record, y);
  const VarList<T> pulled = pulled_back<T>(record, y, cotangents, leaves);
  VarList<T> blocks(y.size() * leaves.size());
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    std::vector<VarList<T>> columns(y.size());
    for (std::size_t j = 0; j < leaves[k].size(); ++j) {
      const VarList<T> column = recorded_gradients<T>(record, pulled[k], Var<T>(unit<T>(leaves[k].shape(), j)),
                                                      std::span<const Var<T>>(cotangents));
      for (std::size_t o = 0; o < y.size(); ++o) columns[o].push_back(column[o]);
    }
    for (std::size_t o = 0; o < y.size(); ++o) {
      blocks[o * leaves.size() + k] = joined<T>(columns[o], -1, block_shape(y[o], leaves[k]));
    }
  }
  return blocks;
}

}  // namespace

template <class T>
Var<T> inner_product(const VarList<T>& a, const VarList<T>& b) {
  Var<T> total(T(0));
  if (a.empty()) return total;
  total = sum(a[0] * b[0]);
  for (std::size_t k = 1; k < a.size(); ++k) total = total + sum(a[k] * b[k]);
  return total;
}

template <class T>
std::vector<Array<T>> tangents(Tape<T>& tape, const VarList<T>& y, const VarList<T>& leaves, const VarList<T>& v) {
  Record<T>& record = *tape.record();
  const VarList<T> cotangents = zero_cotangents<T>(record, y);
  const Var<T> along = inner_product<T>(pulled_back<T>(record, y, cotangents, leaves), v);
  return tape.gradient(along, cotangents, {.allow_unused = true});
}

template <class T>
VarList<T> recorded_tangents(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves, const VarList<T>& v) {
  const VarList<T> cotangents = zero_cotangents<T>(record, y);
  const Var<T> along = inner_product<T>(pulled_back<T>(record, y, cotangents, leaves), v);
  return recorded_gradients<T>(record, along, Var<T>(T(1)), std::span<const Var<T>>(cotangents));
}

template <class T>
std::vector<Array<T>> jacobian_rows(const Record<T>& record, const VarList<T>& y, const VarList<T>& leaves) {
  std::vector<Array<T>> blocks = zero_blocks<T>(y, leaves);
  const std::vector<NodeIndex> sources = nodes_of<T>(leaves);
  for (std::size_t o = 0; o < y.size(); ++o) {
    if (!record.owns(y[o])) continue;  // f does not depend on its arguments
    for (std::size_t i = 0; i < y[o].size(); ++i) {
      const Array<T> seed = unit<T>(y[o].shape(), i);
      const std::vector<Array<T>> row = gradients_of<T>(record, {&y[o], 1}, {&seed, 1}, sources, true);
      for (std::size_t k = 0; k < leaves.size(); ++k) {
        std::copy_n(row[k].data(), row[k].size(), blocks[o * leaves.size() + k].data() + i * row[k].size());
      }
    }
  }
  return blocks;
}

template <class T>
VarList<T> recorded_jacobian_rows(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves) {
  VarList<T> blocks;
  for (const Var<T>& value : y) {
    std::vector<VarList<T>> rows(leaves.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
      const VarList<T> row =
          recorded_gradients<T>(record, value, Var<T>(unit<T>(value.shape(), i)), std::span<const Var<T>>(leaves));
      for (std::size_t k = 0; k < leaves.size(); ++k) rows[k].push_back(row[k]);
    }
    for (std::size_t k = 0; k < leaves.size(); ++k)
      blocks.push_back(joined<T>(rows[k], 0, block_shape(value, leaves[k])));
  }
  return blocks;
}

template <class T>
std::vector<Array<T>> jacobian_blocks(Tape<T>& tape, const VarList<T>& y, const VarList<T>& leaves) {
  if (size_of_all(leaves) < size_of_all(y)) return columns<T>(*tape.record(), y, leaves);
  return jacobian_rows<T>(*tape.record(), y, leaves);
}

template <class T>
VarList<T> recorded_jacobian_blocks(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves) {
  if (size_of_all(leaves) < size_of_all(y)) return recorded_columns<T>(record, y, leaves);
  return recorded_jacobian_rows<T>(record, y, leaves);
}

#define XTAPE_INSTANTIATE(T)                                                                                  \
  template Var<T> inner_product(const VarList<T>&, const VarList<T>&);                                        \
  template VarList<T> pulled_back(Record<T>&, const VarList<T>&, const VarList<T>&, const VarList<T>&);       \
  template VarList<T> zero_cotangents(Record<T>&, const VarList<T>&);                                         \
  template std::vector<Array<T>> tangents(Tape<T>&, const VarList<T>&, const VarList<T>&, const VarList<T>&); \
  template VarList<T> recorded_tangents(Record<T>&, const VarList<T>&, const VarList<T>&, const VarList<T>&); \
  template std::vector<Array<T>> jacobian_rows(const Record<T>&, const VarList<T>&, const VarList<T>&);       \
  template std::vector<Array<T>> jacobian_blocks(Tape<T>&, const VarList<T>&, const VarList<T>&);             \
  template VarList<T> recorded_jacobian_rows(Record<T>&, const VarList<T>&, const VarList<T>&);               \
  template VarList<T> recorded_jacobian_blocks(Record<T>&, const VarList<T>&, const VarList<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::detail

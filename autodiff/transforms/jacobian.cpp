#include "autodiff/transforms/jacobian.hpp"

#include "autodiff/transforms/vmap.hpp"

#include <algorithm>
#include <numeric>

namespace xtape::detail {

template <class T>
VarList<T> pulled_back(Record<T>& record, const VarList<T>& y, const VarList<T>& cotangents, const VarList<T>& leaves) {
  const std::span<const Var<T>> sources(leaves);
  if (y.size() == 1) return recorded_gradients<T>(record, y[0], cotangents[0], sources);
  return recorded_gradients<T>(record, inner_product<T>(y, cotangents), Var<T>(T(1)), sources);
}

template <class T>
LinearPullback<T>::LinearPullback(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves)
    : cotangents(zero_cotangents<T>(record, y)), pulled(pulled_back<T>(record, y, cotangents, leaves)) {}

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

// How many sweeps are made at once, side by side: so many that the time goes into their elements, and so few that what
// they hold does not grow out of the memory that is near.
template <class T>
std::size_t sweeps_at_once(const Record<T>& record, std::size_t count) {
  constexpr std::size_t kMost = 64, kElements = std::size_t(1) << 22;
  std::size_t largest = 1;
  for (NodeIndex i = 0; i < record.size(); ++i) largest = std::max(largest, size_of(record.node(i).shape()));
  return std::min({count, kMost, std::max<std::size_t>(1, kElements / largest)});
}

// gradients_of(cotangent) for each unit vector e_i as the cotangent of an array of `shape`, stacked: a batch of them at
// once, so that each is a sweep's operations done once for many.
template <class T, class GradientsOf>
VarList<T> of_unit_vectors(const Record<T>& record, const Shape& shape, const GradientsOf& gradients_of) {
  const std::size_t size = size_of(shape), most = sweeps_at_once(record, size);
  std::vector<VarList<T>> pieces;
  for (std::size_t begin = 0; begin < size; begin += most) {
    const std::size_t count = std::min(most, size - begin);
    const Shape of_all = with_first(count, shape);
    Array<T> units = zeros<T>(of_all);
    for (std::size_t i = 0; i < count; ++i) units.data()[i * size + begin + i] = T(1);
    const BatchOfExamples<T> batch({{"", of_all}}, {Var<T>(std::move(units))}, {0}, Loops::kQuiet);
    const VarList<T> all = batch.all(gradients_of(batch.examples()[0]), {0});
    pieces.resize(all.size());
    for (std::size_t k = 0; k < all.size(); ++k) pieces[k].push_back(all[k]);
  }
  VarList<T> result;
  for (const VarList<T>& each : pieces) result.push_back(each.size() == 1 ? each[0] : Var<T>(concatenate(each)));
  return result;
}

// d y / d leaves[k], a row for each element of y: by recorded operations.
template <class T>
VarList<T> rows_of(Record<T>& record, const Var<T>& y, const VarList<T>& leaves) {
  VarList<T> rows;
  if (y.size() > 0) {
    rows = of_unit_vectors<T>(record, y.shape(), [&](const Var<T>& cotangent) {
      return recorded_gradients<T>(record, y, cotangent, std::span<const Var<T>>(leaves));
    });
  }
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    const Shape shape = block_shape(y, leaves[k]);
    if (rows.size() <= k) {
      rows.emplace_back(zeros<T>(shape));
    } else {
      rows[k] = reshape_to(rows[k], shape);
    }
  }
  return rows;
}

// A column each.
template <class T>
VarList<T> columns(Record<T>& record, const LinearPullback<T>& pullback, const VarList<T>& y,
                   const VarList<T>& leaves) {
  VarList<T> blocks(y.size() * leaves.size());
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    VarList<T> of_leaf;
    if (leaves[k].size() > 0) {
      of_leaf = of_unit_vectors<T>(record, leaves[k].shape(), [&](const Var<T>& direction) {
        return recorded_gradients<T>(record, pullback.pulled[k], direction,
                                     std::span<const Var<T>>(pullback.cotangents));
      });
    }
    for (std::size_t o = 0; o < y.size(); ++o) {
      const Shape shape = block_shape(y[o], leaves[k]);
      blocks[o * leaves.size() + k] =
          of_leaf.empty() ? Var<T>(zeros<T>(shape)) : reshape_to(moveaxis(of_leaf[o], 0, -1), shape);
    }
  }
  return blocks;
}

// As arrays: swept while a tape is the innermost one to which those of the record are constants, so that nothing more
// is recorded.
template <class T, class Blocks>
std::vector<Array<T>> as_arrays(const Blocks& blocks) {
  const Tape<T> unused;
  std::vector<Array<T>> arrays;
  for (Var<T>& block : blocks()) arrays.push_back(block.constant().value());
  return arrays;
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
VarList<T> recorded_tangents(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves, const VarList<T>& v) {
  const LinearPullback<T> pullback(record, y, leaves);
  const Var<T> along = inner_product<T>(pullback.pulled, v);
  return recorded_gradients<T>(record, along, Var<T>(T(1)), std::span<const Var<T>>(pullback.cotangents));
}

template <class T>
VarList<T> recorded_jacobian_rows(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves) {
  VarList<T> blocks;
  for (const Var<T>& value : y) {
    for (Var<T>& block : rows_of<T>(record, value, leaves)) blocks.push_back(std::move(block));
  }
  return blocks;
}

template <class T>
std::vector<Array<T>> jacobian_rows(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves) {
  return as_arrays<T>([&] { return recorded_jacobian_rows<T>(record, y, leaves); });
}

template <class T>
std::vector<Array<T>> jacobian_blocks(Tape<T>& tape, const VarList<T>& y, const VarList<T>& leaves) {
  if (size_of_all(leaves) >= size_of_all(y)) return jacobian_rows<T>(*tape.record(), y, leaves);
  const LinearPullback<T> pullback(*tape.record(), y, leaves);
  return as_arrays<T>([&] { return columns<T>(*tape.record(), pullback, y, leaves); });
}

template <class T>
VarList<T> recorded_jacobian_blocks(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves) {
  if (size_of_all(leaves) >= size_of_all(y)) return recorded_jacobian_rows<T>(record, y, leaves);
  return columns<T>(record, LinearPullback<T>(record, y, leaves), y, leaves);
}

#define XTAPE_INSTANTIATE(T)                                                                                  \
  template struct LinearPullback<T>;                                                                          \
  template Var<T> inner_product(const VarList<T>&, const VarList<T>&);                                        \
  template VarList<T> pulled_back(Record<T>&, const VarList<T>&, const VarList<T>&, const VarList<T>&);       \
  template VarList<T> zero_cotangents(Record<T>&, const VarList<T>&);                                         \
  template VarList<T> recorded_tangents(Record<T>&, const VarList<T>&, const VarList<T>&, const VarList<T>&); \
  template std::vector<Array<T>> jacobian_rows(Record<T>&, const VarList<T>&, const VarList<T>&);             \
  template std::vector<Array<T>> jacobian_blocks(Tape<T>&, const VarList<T>&, const VarList<T>&);             \
  template VarList<T> recorded_jacobian_rows(Record<T>&, const VarList<T>&, const VarList<T>&);               \
  template VarList<T> recorded_jacobian_blocks(Record<T>&, const VarList<T>&, const VarList<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::detail

#include "nn/layers/normalization.hpp"

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>

namespace xtape::nn::detail {

double checked_epsilon(const char* layer, double epsilon) {
  if (epsilon >= 0 && std::isfinite(epsilon)) return epsilon;
  throw Error(text::bracketed(layer) + "a finite epsilon >= 0 expected, got " + text::number(epsilon));
}

namespace {

/// How many blocks of (n, c, p) there are, one after the other.
struct Blocks {
  std::size_t count, n, c, p;
  explicit Blocks(const Shape& shape)
      : count(1), n(shape[shape.size() - 3]), c(shape[shape.size() - 2]), p(shape.back()) {
    for (std::size_t d = 0; d + 3 < shape.size(); ++d) count *= shape[d];
  }
  std::size_t size() const { return count * n * c * p; }
};

/// (..., 1, c, 1).
Shape shape_of_statistics(Shape shape) {
  shape[shape.size() - 3] = shape.back() = 1;
  return shape;
}

/// Σ f(i), by vectors: f takes a batch of them, or one.
template <class T, class F>
T sum_of(std::size_t count, const F& f) {
  using Simd = xsimd::batch<T>;
  constexpr std::size_t L = Simd::size;
  Simd a(T(0)), b(T(0));
  std::size_t i = 0;
  for (; i + 2 * L <= count; i += 2 * L) {
    a += f.template operator()<Simd>(i);
    b += f.template operator()<Simd>(i + L);
  }
  T sum = xsimd::hadd(a + b);
  for (; i < count; ++i) sum += f.template operator()<T>(i);
  return sum;
}
template <class V, class T>
V load(const T* from) {
  if constexpr (std::is_same_v<V, T>) {
    return *from;
  } else {
    return V::load_unaligned(from);
  }
}

// Where p is 1 the numbers of one mean are c apart: so many means at once lie side by side.
constexpr std::size_t kSide = 64;

/// each(first, stride, columns, at) for parts of all blocks: `columns` means side by side, whose numbers are n runs of
/// p from `first` on, `stride` apart; `at` is the first mean's place.
template <class Each>
void for_each_part(const Blocks& b, const Each& each) {
  if (b.size() == 0) return;
  const std::size_t side = b.p == 1 ? std::min(kSide, b.c) : 1, parts = (b.c + side - 1) / side;
  kernels::parallel_for(b.count * parts, 1, 4 * b.size(), [&](std::size_t first, std::size_t last) {
    for (std::size_t part = first; part < last; ++part) {
      const std::size_t block = part / parts, c = part % parts * side;
      each((block * b.n * b.c + c) * b.p, b.c * b.p, std::min(side, b.c - c), block * b.c + c);
    }
  });
}

/// means[k] = mean of f(i, k) over the numbers of each of the means of a part, i their places. So many are added up in
/// T before the sum goes on in double: the error does not grow with their number.
template <class T, class F>
void means_of(const Blocks& b, std::size_t first, std::size_t stride, std::size_t columns, T* means, const F& f) {
  constexpr std::size_t kRows = 64, kRun = 4096;
  double totals[kSide] = {};
  if (b.p == 1) {
    for (std::size_t begin = 0; begin < b.n; begin += kRows) {
      T sums[kSide] = {};
      for (std::size_t n = begin; n < std::min(b.n, begin + kRows); ++n) {
        for (std::size_t k = 0; k < columns; ++k) sums[k] += f.template operator()<T>(first + n * stride + k, k);
      }
      for (std::size_t k = 0; k < columns; ++k) totals[k] += double(sums[k]);
    }
  } else {
    for (std::size_t n = 0; n < b.n; ++n) {
      for (std::size_t begin = 0; begin < b.p; begin += kRun) {
        const std::size_t run = first + n * stride + begin;
        totals[0] += double(sum_of<T>(std::min(kRun, b.p - begin),
                                      [&]<class V>(std::size_t i) { return f.template operator()<V>(run + i, 0); }));
      }
    }
  }
  for (std::size_t k = 0; k < columns; ++k) means[k] = T(totals[k] / double(b.n * b.p));
}

/// visit(i, k) for all numbers of a part, k the mean that each belongs to.
template <class Visit>
void visit_part(const Blocks& b, std::size_t first, std::size_t stride, std::size_t columns, const Visit& visit) {
  for (std::size_t n = 0; n < b.n; ++n) {
    const std::size_t run = first + n * stride;
    if (b.p == 1) {
      for (std::size_t k = 0; k < columns; ++k) visit(run + k, k);
    } else {
      for (std::size_t i = 0; i < b.p; ++i) visit(run + i, 0);
    }
  }
}

/// y = (x - mean) s, of a part after the other.
template <class T>
void standardize(const Blocks& blocks, T epsilon, const T* x, T* y, T* s, T* mean, T* variance) {
  for_each_part(blocks, [&](std::size_t first, std::size_t stride, std::size_t columns, std::size_t at) {
    T centre[kSide], scale[kSide];
    means_of<T>(blocks, first, stride, columns, centre,
                [&]<class V>(std::size_t i, std::size_t) { return load<V>(x + i); });
    means_of<T>(blocks, first, stride, columns, scale, [&]<class V>(std::size_t i, std::size_t k) {
      const V d = load<V>(x + i) - V(centre[k]);
      return d * d;
    });
    for (std::size_t k = 0; k < columns; ++k) {
      mean[at + k] = centre[k];
      variance[at + k] = scale[k];
      s[at + k] = scale[k] = 1 / std::sqrt(scale[k] + epsilon);
    }
    visit_part(blocks, first, stride, columns,
               [&](std::size_t i, std::size_t k) { y[i] = (x[i] - centre[k]) * scale[k]; });
  });
}

/// dx = s (g - mean g - y mean(g y)).
template <class T>
void standardize_slope(const Blocks& blocks, const T* g, const T* y, const T* s, T* dx) {
  for_each_part(blocks, [&](std::size_t first, std::size_t stride, std::size_t columns, std::size_t at) {
    T of_slope[kSide], of_product[kSide], scale[kSide];
    std::copy_n(s + at, columns, scale);
    means_of<T>(blocks, first, stride, columns, of_slope,
                [&]<class V>(std::size_t i, std::size_t) { return load<V>(g + i); });
    means_of<T>(blocks, first, stride, columns, of_product,
                [&]<class V>(std::size_t i, std::size_t) { return load<V>(g + i) * load<V>(y + i); });
    visit_part(blocks, first, stride, columns,
               [&](std::size_t i, std::size_t k) { dx[i] = scale[k] * (g[i] - of_slope[k] - y[i] * of_product[k]); });
  });
}

}  // namespace

template <class T>
std::vector<SharedValue<T>> Standardize::eval(const SharedValue<T>& x) const {
  const Shape each = shape_of_statistics(x->shape());
  const std::vector<SharedValue<T>> results{new_value<T>(x->shape()), new_value<T>(each), new_value<T>(each),
                                            new_value<T>(each)};
  if (x->size() == 0) {
    for (std::size_t r = 1; r < results.size(); ++r) std::fill_n(results[r]->mutable_data(), results[r]->size(), T(0));
  }
  standardize(Blocks(x->shape()), T(epsilon), x->data(), results[0]->mutable_data(), results[1]->mutable_data(),
              results[2]->mutable_data(), results[3]->mutable_data());
  return results;
}

template <class T>
Var<T> Standardize::vjp(std::size_t, std::span<const Var<T>> g, std::span<const Var<T>> y, const ShapeOnly& x) const {
  Var<T> dx;
  if (!g[0].empty()) dx = xtape::apply(StandardizeSlope{}, g[0], y[0], y[1]);
  if (g[1].empty()) return dx;
  const Shape& shape = x.shape();
  const double count = double(shape[shape.size() - 3] * shape.back());
  const Var<T> of_scale = g[1] * square(y[1]) * y[0] * T(-1 / count);  // ds / dx = -s² y / count
  return dx.empty() ? of_scale : dx + of_scale;
}

template <class T>
SharedValue<T> StandardizeSlope::eval(const SharedValue<T>& g, const SharedValue<T>& y, const SharedValue<T>& s) const {
  SharedValue<T> dx = new_value<T>(g->shape());
  standardize_slope(Blocks(g->shape()), g->data(), y->data(), s->data(), dx->mutable_data());
  return dx;
}

template <class T>
Var<T> StandardizeSlope::vjp(std::size_t k, const Var<T>& c, const Var<T>& dx, const Var<T>& g, const Var<T>& y,
                             const Var<T>& s) const {
  if (k == 0) return xtape::apply(StandardizeSlope{}, c, y, s);
  if (k == 2) return sum(c * dx / s, {-3, -1}, true);
  return -s * (c * mean(g * y, {-3, -1}, true) + g * mean(c * y, {-3, -1}, true));
}

template <class T>
std::vector<Var<T>> StandardizeSlope::apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                                     std::span<const char> batched) const {
  std::vector<Var<T>> all;
  for (std::size_t k = 0; k < 3; ++k) {
    Shape shape = x[k]->shape();
    if (!batched[k]) shape.insert(shape.begin(), n.size);
    all.push_back(batched[k] ? *x[k] : broadcast_to(*x[k], shape));
  }
  return {xtape::apply(*this, all[0], all[1], all[2])};
}

template <class T>
Standardized<T> standardized(const Var<T>& x, double epsilon) {
  Standardize op;
  op.epsilon = epsilon;
  std::vector<Var<T>> results = xtape::apply(op, x);
  return {std::move(results[0]), stop_gradient(results[2]), stop_gradient(results[3])};
}

template <class T>
Var<T> affine(const Var<T>& x, const std::optional<Var<T>>& weight, const std::optional<Var<T>>& bias) {
  const Var<T> scaled = weight ? x * *weight : x;
  return bias ? scaled + *bias : scaled;
}

#define XTAPE_INSTANTIATE(T)                                    \
  template Standardized<T> standardized(const Var<T>&, double); \
  template Var<T> affine(const Var<T>&, const std::optional<Var<T>>&, const std::optional<Var<T>>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn::detail

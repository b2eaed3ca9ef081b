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

/// Rows of `length` numbers, and the weights, one for `run` numbers, of which row r has those from `weights(r)` on.
struct Rows {
  std::size_t count, length, run, parts;
  Rows(const Shape& x, std::size_t weights, std::size_t run_length)
      : count(x[0]), length(x[1]), run(run_length), parts(length == 0 ? 1 : weights * run_length / length) {}
  std::size_t size() const { return count * length; }
  std::size_t weights(std::size_t row) const { return row % parts * (length / run); }
};

/// f(i, k) for the numbers of a row, k the weight of each: by vectors of numbers where a weight stands for several.
template <class T, class F>
void visit_row(const Rows& rows, const F& f) {
  using Simd = xsimd::batch<T>;
  constexpr std::size_t L = Simd::size;
  for (std::size_t begin = 0, k = 0; begin < rows.length; k += rows.run == 1 ? rows.length : 1) {
    const std::size_t end = rows.run == 1 ? rows.length : begin + rows.run;
    for (; begin + L <= end; begin += L) f.template operator()<Simd>(begin, rows.run == 1 ? begin : k);
    for (; begin < end; ++begin) f.template operator()<T>(begin, rows.run == 1 ? begin : k);
  }
}
/// The weights at k: one for all numbers of a vector where it stands for a run.
template <class V, class T>
V weight_at(const Rows& rows, const T* w, std::size_t k) {
  return rows.run == 1 ? load<V>(w + k) : V(w[k]);
}
template <class V, class T>
void store(const V& v, T* to) {
  if constexpr (std::is_same_v<V, T>) {
    *to = v;
  } else {
    v.store_unaligned(to);
  }
}

/// The mean of f(i) over a row, added up as means_of does.
template <class T, class F>
T mean_of(std::size_t count, const F& f) {
  constexpr std::size_t kRun = 4096;
  double total = 0;
  for (std::size_t begin = 0; begin < count; begin += kRun) {
    total += double(sum_of<T>(std::min(kRun, count - begin),
                              [&]<class V>(std::size_t i) { return f.template operator()<V>(begin + i); }));
  }
  return T(total / double(count));
}

template <class T>
struct RowStatistics {
  T mean, scale;
  RowStatistics(const T* x, std::size_t count, T epsilon) {
    mean = mean_of<T>(count, [&]<class V>(std::size_t i) { return load<V>(x + i); });
    const T variance = mean_of<T>(count, [&]<class V>(std::size_t i) {
      const V d = load<V>(x + i) - V(mean);
      return d * d;
    });
    scale = 1 / std::sqrt(variance + epsilon);
  }
};

template <class T>
void affine_standardize(const Rows& rows, T epsilon, const T* x, const T* w, const T* b, T* y) {
  kernels::parallel_for(rows.count, 1, 4 * rows.size(), [&](std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
      const T *const of_x = x + r * rows.length, *const of_w = w + rows.weights(r), *const of_b = b + rows.weights(r);
      T* const of_y = y + r * rows.length;
      const RowStatistics<T> row(of_x, rows.length, epsilon);
      visit_row<T>(rows, [&]<class V>(std::size_t i, std::size_t k) {
        store<V>((load<V>(of_x + i) - V(row.mean)) * V(row.scale) * weight_at<V>(rows, of_w, k) +
                     weight_at<V>(rows, of_b, k),
                 of_y + i);
      });
    }
  });
}

/// dx = s (w g - mean(w g) - z mean(w g z)) with z = (x - μ) s.
template <class T>
void affine_standardize_slope(const Rows& rows, T epsilon, const T* x, const T* w, const T* g, T* dx) {
  kernels::parallel_for(rows.count, 1, 4 * rows.size(), [&](std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
      const T *const of_x = x + r * rows.length, *const of_w = w + rows.weights(r), *const of_g = g + r * rows.length;
      T* const of_dx = dx + r * rows.length;
      const RowStatistics<T> row(of_x, rows.length, epsilon);
      visit_row<T>(rows, [&]<class V>(std::size_t i, std::size_t k) {
        store<V>(load<V>(of_g + i) * weight_at<V>(rows, of_w, k), of_dx + i);
      });
      const T slope = mean_of<T>(rows.length, [&]<class V>(std::size_t i) { return load<V>(of_dx + i); });
      const T product = mean_of<T>(
          rows.length, [&]<class V>(std::size_t i) { return load<V>(of_dx + i) * (load<V>(of_x + i) - V(row.mean)); });
      const T turned = product * row.scale * row.scale;
      visit_row<T>(rows, [&]<class V>(std::size_t i, std::size_t) {
        const V centred = load<V>(of_x + i) - V(row.mean);
        store<V>(V(row.scale) * (load<V>(of_dx + i) - V(slope) - centred * V(turned)), of_dx + i);
      });
    }
  });
}

/// dw = Σ g (x - μ) s over rows and runs: of so many rows in T, then on in double, in an order that does not depend on
/// the threads.
template <class T>
void affine_standardize_weights(const Rows& rows, T epsilon, const T* x, const T* g, std::span<T> dw) {
  constexpr std::size_t kPiece = 64;
  const std::size_t pieces = (rows.count + kPiece - 1) / kPiece;
  std::vector<T> sums(pieces * dw.size(), T(0));
  kernels::parallel_for(pieces, 1, 4 * rows.size(), [&](std::size_t first, std::size_t last) {
    for (std::size_t r = first * kPiece; r < std::min(last * kPiece, rows.count); ++r) {
      const T *const of_x = x + r * rows.length, *const of_g = g + r * rows.length;
      T* const sum = sums.data() + r / kPiece * dw.size() + rows.weights(r);
      const RowStatistics<T> row(of_x, rows.length, epsilon);
      const auto at = [&]<class V>(std::size_t i) {
        return load<V>(of_g + i) * ((load<V>(of_x + i) - V(row.mean)) * V(row.scale));
      };
      if (rows.run == 1) {
        visit_row<T>(rows, [&]<class V>(std::size_t i, std::size_t) {
          store<V>(load<V>(sum + i) + at.template operator()<V>(i), sum + i);
        });
        continue;
      }
      for (std::size_t k = 0; k < rows.length / rows.run; ++k) {
        sum[k] +=
            sum_of<T>(rows.run, [&]<class V>(std::size_t i) { return at.template operator()<V>(k * rows.run + i); });
      }
    }
  });
  for (std::size_t k = 0; k < dw.size(); ++k) {
    double total = 0;
    for (std::size_t piece = 0; piece < pieces; ++piece) total += double(sums[piece * dw.size() + k]);
    dw[k] = T(total);
  }
}

/// Whether all are plain numbers: none is recorded, and none stands for a batch.
template <class T, class... V>
bool are_plain(const Var<T>& x, const V&... more) {
  const auto is_plain = [](const Var<T>& v) { return v.node() == kConstant && v.shared()->meaning() == nullptr; };
  return is_plain(x) && (is_plain(more) && ...);
}

/// x (n, d) as (n / parts, weights, run), as the weights go.
template <class T>
Var<T> by_weights(const Var<T>& x, std::size_t weights, std::size_t run) {
  return reshape(x, {x.size() / std::max<std::size_t>(1, weights * run), weights, run});
}

}  // namespace

template <class T>
SharedValue<T> AffineStandardize::eval(const SharedValue<T>& x, const SharedValue<T>& w,
                                       const SharedValue<T>& b) const {
  SharedValue<T> y = new_value<T>(x->shape());
  affine_standardize(Rows(x->shape(), w->size(), run), T(epsilon), x->data(), w->data(), b->data(), y->mutable_data());
  return y;
}

// Where the derivative is recorded, or of a batch, it is made of operations that have derivatives themselves.
template <class T>
Var<T> AffineStandardize::vjp(Argument<0>, const Var<T>& g, const Unsaved&, const Var<T>& x, const Var<T>& w,
                              const ShapeOnly&) const {
  if (are_plain(g, x, w)) {
    SharedValue<T> dx = new_value<T>(x.shape());
    affine_standardize_slope(Rows(x.shape(), w.size(), run), T(epsilon), x.shared()->data(), w.shared()->data(),
                             g.shared()->data(), dx->mutable_data());
    return Var<T>(std::move(dx));
  }
  Standardize op;
  op.epsilon = epsilon;
  const Shape rows{1, x.shape()[0], x.shape()[1]};
  const std::vector<Var<T>> z = xtape::apply(op, Var<T>(reshape(x, rows)));
  const Var<T> weighted = by_weights(g, w.size(), run) * reshape(w, {w.size(), std::size_t(1)});
  return reshape(xtape::apply(StandardizeSlope{}, Var<T>(reshape(weighted, rows)), z[0], z[1]), x.shape());
}

template <class T>
Var<T> AffineStandardize::vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& x, const Var<T>& w,
                              const ShapeOnly&) const {
  if (are_plain(g, x)) {
    SharedValue<T> dw = new_value<T>(w.shape());
    affine_standardize_weights(Rows(x.shape(), w.size(), run), T(epsilon), x.shared()->data(), g.shared()->data(),
                               std::span<T>(dw->mutable_data(), dw->size()));
    return Var<T>(std::move(dw));
  }
  const Shape rows{1, x.shape()[0], x.shape()[1]};
  const Var<T> z = standardized(Var<T>(reshape(x, rows)), epsilon).y;
  return sum(by_weights(g, w.size(), run) * by_weights(z, w.size(), run), {0, 2});
}

template <class T>
Var<T> AffineStandardize::vjp(Argument<2>, const Var<T>& g, const Unsaved&, const ShapeOnly&, const ShapeOnly&,
                              const ShapeOnly& b) const {
  const std::size_t weights = size_of(b.shape());
  if (run == 1) return sum(reshape(g, {g.size() / std::max<std::size_t>(1, weights), weights}), 0);
  return sum(by_weights(g, weights, run), {0, 2});
}

template <class T>
Var<T> affine_standardized(const Var<T>& x, const Var<T>& w, const Var<T>& b, std::size_t run, double epsilon) {
  const auto stands_for_many = [](const Var<T>& v) { return v.shared()->meaning() != nullptr; };
  if (x.size() > 0 && !stands_for_many(x) && !stands_for_many(w) && !stands_for_many(b)) {
    AffineStandardize op;
    op.run = run;
    op.epsilon = epsilon;
    return xtape::apply(op, x, w, b);
  }
  const Var<T> z = standardized(Var<T>(reshape(x, {std::size_t(1), x.shape()[0], x.shape()[1]})), epsilon).y;
  const Shape each{w.size(), 1};
  const Var<T> y = affine<T>(by_weights(z, w.size(), run), reshape(w, each), reshape(b, each));
  return reshape(y, x.shape());
}

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

#define XTAPE_INSTANTIATE(T)                                                                             \
  template Standardized<T> standardized(const Var<T>&, double);                                          \
  template Var<T> affine_standardized(const Var<T>&, const Var<T>&, const Var<T>&, std::size_t, double); \
  template Var<T> affine(const Var<T>&, const std::optional<Var<T>>&, const std::optional<Var<T>>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn::detail

#pragma once
// Products of matrices.

#include "tests/autodiff/ops/samples.hpp"
#include "tests/autodiff/ops/structural.hpp"

namespace xtape::tests {

/// NumPy's matmul in plain loops.
inline Array<double> naive_matmul(const Array<double>& a, const Array<double>& b) {
  Shape sa = shape_of(a), sb = shape_of(b);
  const bool row = sa.size() == 1, column = sb.size() == 1;
  if (row) sa = Shape{1, sa[0]};
  if (column) sb = Shape{sb[0], 1};
  const Shape lead_a(sa.begin(), sa.end() - 2), lead_b(sb.begin(), sb.end() - 2);
  Shape lead(std::max(lead_a.size(), lead_b.size()), 1);
  for (std::size_t d = 0; d < lead.size(); ++d) {  // counted from the back
    const std::size_t from_a = d < lead_a.size() ? lead_a[lead_a.size() - 1 - d] : 1;
    const std::size_t from_b = d < lead_b.size() ? lead_b[lead_b.size() - 1 - d] : 1;
    lead[lead.size() - 1 - d] = from_a == 1 ? from_b : from_a;
  }
  const std::size_t n = sa[sa.size() - 2], k = sa.back(), m = sb.back();
  Shape to = lead;
  if (!row) to.push_back(n);
  if (!column) to.push_back(m);
  Array<double> y = empty<double>(to);
  std::size_t at = 0;
  for_each_index(lead, [&](const Shape& index) {
    const double* left = a.data() + offset_of(lead_a, broadcast_index(lead_a, index)) * n * k;
    const double* right = b.data() + offset_of(lead_b, broadcast_index(lead_b, index)) * k * m;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < m; ++j) {
        long double sum = 0;
        for (std::size_t l = 0; l < k; ++l) sum += static_cast<long double>(left[i * k + l]) * right[l * m + j];
        y.data()[at++] = double(sum);
      }
    }
  });
  return y;
}

/// The last two dimensions exchanged.
inline Array<double> flipped(const Array<double>& x) {
  Shape to = shape_of(x);
  std::swap(to[to.size() - 1], to[to.size() - 2]);
  return array_of(to, [&x](Shape index) {
    std::swap(index[index.size() - 1], index[index.size() - 2]);
    return element(x, index);
  });
}

/// Of shapes that multiply: vectors, matrices, stacks that broadcast, K = 0 and other empty ones.
inline const std::vector<std::pair<Shape, Shape>>& pairs_to_multiply() {
  static const std::vector<std::pair<Shape, Shape>> pairs{{{3}, {3}},
                                                          {{1}, {1}},
                                                          {{2, 3}, {3}},
                                                          {{3}, {3, 2}},
                                                          {{2, 3}, {3, 4}},
                                                          {{1, 3}, {3, 1}},
                                                          {{2, 1}, {1, 4}},
                                                          {{2, 2, 3}, {3, 2}},
                                                          {{2, 3}, {2, 3, 4}},
                                                          {{2, 3}, {1, 3, 2}},
                                                          {{2, 2, 3}, {2, 3, 2}},
                                                          {{2, 2, 3}, {3}},
                                                          {{3}, {2, 3, 2}},
                                                          {{2, 1, 2, 3}, {3, 3, 2}},
                                                          {{2, 1, 2, 3}, {1, 2, 3, 1}},
                                                          {{1, 1, 2, 2}, {2, 2}},
                                                          {{2, 0}, {0, 3}},
                                                          {{0, 2}, {2, 3}},
                                                          {{2, 3}, {3, 0}},
                                                          {{0}, {0}},
                                                          {{2, 2, 0}, {0, 3}},
                                                          {{0, 2, 3}, {3, 2}},
                                                          {{0, 2, 3}, {1, 3, 2}},
                                                          {{2, 2, 3}, {2, 3, 0}},
                                                          {{2, 0, 3}, {3, 2}},
                                                          {{2, 0}, {2, 0, 3}},
                                                          {{9, 17}, {17, 5}}};
  return pairs;
}

inline StructuralCases cases(const op::Matmul&) {
  StructuralCases result;
  for (const auto& [a, b] : pairs_to_multiply()) {
    result.push_back({"matmul",
                      {a, b},
                      function_of<2>([](const auto& x, const auto& y) { return matmul(x, y); }),
                      [](const Arrays& x) { return naive_matmul(x[0], x[1]); }});
    if (a.size() < 2 || b.size() < 2) continue;
    Shape at = a, bt = b;
    std::swap(at[at.size() - 1], at[at.size() - 2]);
    std::swap(bt[bt.size() - 1], bt[bt.size() - 2]);
    for (const bool flip_a : {false, true}) {
      for (const bool flip_b : {false, true}) {
        result.push_back({std::string("matmul of flags ") + (flip_a ? "T" : "N") + (flip_b ? "T" : "N"),
                          {flip_a ? at : a, flip_b ? bt : b},
                          function_of<2>([flip_a, flip_b](const auto& x, const auto& y) {
                            return xtape::apply(op::Matmul{{}, flip_a, flip_b}, x, y);
                          }),
                          [flip_a, flip_b](const Arrays& x) {
                            return naive_matmul(flip_a ? flipped(x[0]) : x[0], flip_b ? flipped(x[1]) : x[1]);
                          }});
      }
    }
    result.push_back({"matmul of transposes",
                      {at, bt},
                      function_of<2>([rank_a = a.size(), rank_b = b.size()](const auto& x, const auto& y) {
                        const auto exchange = [](std::size_t rank) {
                          std::vector<std::ptrdiff_t> order;
                          for (std::size_t d = 0; d + 2 < rank; ++d) order.push_back(std::ptrdiff_t(d));
                          order.insert(order.end(), {-1, -2});
                          return Axes(order);
                        };
                        return matmul(transpose(x, exchange(rank_a)), transpose(y, exchange(rank_b)));
                      }),
                      [](const Arrays& x) { return naive_matmul(flipped(x[0]), flipped(x[1])); }});
  }
  const auto dot_case = [&result](const Shape& a, const Shape& b,
                                  const std::function<Array<double>(const Arrays&)>& reference) {
    result.push_back(
        {"dot", {a, b}, function_of<2>([](const auto& x, const auto& y) { return dot(x, y); }), reference});
  };
  const auto as_matmul = [](const Arrays& x) { return naive_matmul(x[0], x[1]); };
  dot_case({3}, {3}, as_matmul);
  dot_case({2, 3}, {3, 4}, as_matmul);
  dot_case({2, 2, 3}, {3}, as_matmul);
  // (a, b, k) . (c, k, d): the sum over k for every (a, b, c, d).
  dot_case({2, 1, 3}, {2, 3, 2}, [](const Arrays& x) {
    return array_of({2, 1, 2, 2}, [&x](const Shape& i) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += element(x[0], {i[0], i[1], k}) * element(x[1], {i[2], k, i[3]});
      return sum;
    });
  });
  dot_case({3}, {2, 3, 2}, [](const Arrays& x) {
    return array_of({2, 2}, [&x](const Shape& i) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += element(x[0], {k}) * element(x[1], {i[0], k, i[1]});
      return sum;
    });
  });
  return result;
}

inline StructuralCases cases(const op::Linear&) {
  StructuralCases result;
  const std::vector<std::array<Shape, 3>> shapes{
      {Shape{4, 3}, {2, 3}, {2}},    {Shape{1, 3}, {1, 3}, {1}},       {Shape{3}, {2, 3}, {2}},
      {Shape{2, 2, 3}, {4, 3}, {4}}, {Shape{0, 3}, {2, 3}, {2}},       {Shape{2, 0}, {3, 0}, {3}},
      {Shape{2, 3}, {0, 3}, {0}},    {Shape{2, 1, 2, 3}, {2, 3}, {2}}, {Shape{2, 0, 3}, {2, 3}, {2}}};
  for (const auto& [x, weight, bias] : shapes) {
    result.push_back({"linear",
                      {x, weight, bias},
                      function_of<3>([](const auto& a, const auto& w, const auto& b) { return linear(a, w, b); }),
                      [](const Arrays& args) {
                        Array<double> y = naive_matmul(args[0], flipped(args[1]));
                        for (std::size_t i = 0; i < y.size(); ++i) y.data()[i] += args[2].data()[i % args[2].size()];
                        return y;
                      }});
  }
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

/// (m, k) by (k, n). The last one is a layer's.
struct ProductSize {
  std::size_t m, n, k;
};
inline constexpr ProductSize kProductSizes[] = {
    {4, 4, 4}, {10, 10, 10}, {100, 100, 100}, {1000, 1000, 1000}, {128, 400, 784}};

inline OpSamples product_samples(const std::function<OpSample(const ProductSize&)>& sample) {
  OpSamples result;
  for (const ProductSize& size : kProductSizes) {
    result.push_back(sample(size));
    result.back().size = std::to_string(size.m) + "x" + std::to_string(size.n) + "x" + std::to_string(size.k);
    result.back().flop = 2 * double(size.m) * double(size.n) * double(size.k);
  }
  return result;
}
inline OpSamples samples(const op::Matmul&) {
  const auto apply = [](auto x) { return matmul(x[0], x[1]); };
  OpSamples result = product_samples([&apply](const ProductSize& size) {
    return OpSample{"", "", {{size.m, size.k}, {size.k, size.n}}, apply, 0};
  });
  const Shape many{1000, 4, 4};
  result.push_back({"", extents(many), {many, many}, apply, 2.0 * 1000 * 4 * 4 * 4});
  return result;
}
inline OpSamples samples(const op::Linear&) {
  return product_samples([](const ProductSize& size) {
    const auto apply = [](auto x) { return linear(x[0], x[1], x[2]); };
    OpSample sample{"", "", {{size.m, size.k}, {size.n, size.k}, {size.n}}, apply, 0};
    sample.sweep_flop = 4 * double(size.m) * double(size.n) * double(size.k);
    return sample;
  });
}

}  // namespace xtape::benchmarks

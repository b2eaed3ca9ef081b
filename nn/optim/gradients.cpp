#include "nn/optim/gradients.hpp"

#include "autodiff/core/value.hpp"
#include "autodiff/errors.hpp"
#include "autodiff/kernels/simd.hpp"
#include "autodiff/text.hpp"
#include "nn/optim/blocks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace xtape::nn {

namespace {

// Σ f(x) of a block, in lanes that the compiler adds side by side.
template <class T, class F>
double sum_of(const T* x, std::size_t size, const F& f) {
  constexpr std::size_t kLanes = 16;
  std::array<double, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) sums[l] += f(double(x[i + l]));
  }
  for (; i < size; ++i) sums[i % kLanes] += f(double(x[i]));
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

template <class T, class F>
double sum_of(const std::vector<Array<T>>& arrays, const F& f) {
  const detail::Blocks blocks(arrays);
  std::vector<double> sums(blocks.size());
  blocks.for_each([&](std::size_t number, const detail::Block& block) {
    sums[number] = sum_of(arrays[block.k].data() + block.begin, block.end - block.begin, f);
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

// The largest |element|; NaN where one is.
template <class T>
double largest_of(const T* x, std::size_t size) {
  using B = typename Batch<T>::Simd;
  B most(T(0));
  auto is_nan = xsimd::isnan(most);
  const auto see = [&](const B& some) {
    most = xsimd::select(xsimd::abs(some) > most, xsimd::abs(some), most);
    is_nan = is_nan || xsimd::isnan(some);
  };
  std::size_t i = 0;
  for (; i + B::size <= size; i += B::size) see(B::load_unaligned(x + i));
  if (i < size) see(Batch<T>::load_padded(x + i, size - i).v);
  if (xsimd::any(is_nan)) return std::numeric_limits<double>::quiet_NaN();
  std::array<T, B::size> lanes;
  most.store_unaligned(lanes.data());
  return double(*std::max_element(lanes.begin(), lanes.end()));
}
double largest_of(const std::vector<double>& parts) {
  return largest_of(parts.data(), parts.size());
}

void check_bound(const char* operation, double bound) {
  if (!(bound >= 0)) {
    throw Error(text::bracketed(operation) + "a bound of 0 or more expected, got " + text::number(bound));
  }
}

}  // namespace

template <class T>
double global_norm(const std::vector<Array<T>>& gradients) {
  const double sum = sum_of(gradients, [](double x) { return x * x; });
  // In this range no square that matters has left that of double.
  if ((sum > 1e-280 && sum < 1e300) || std::is_same_v<T, float>) return std::sqrt(sum);
  std::vector<double> parts;
  for (const Array<T>& array : gradients) parts.push_back(largest_of(array.data(), array.size()));
  const double most = largest_of(parts);
  if (most == 0 || !std::isfinite(most)) return most;
  // Not by 1 / most, which overflows for a denormal.
  return most * std::sqrt(sum_of(gradients, [most](double x) { return (x / most) * (x / most); }));
}

template <class T>
double clip_by_global_norm(std::vector<Array<T>>& gradients, double max_norm) {
  check_bound("clip_by_global_norm", max_norm);
  const double norm = global_norm(gradients);
  if (!(norm > max_norm) || !std::isfinite(norm)) return norm;
  const T factor = T(max_norm / (norm + 1e-6));
  detail::Blocks(gradients).for_each([&](std::size_t, const detail::Block& block) {
    T* const g = gradients[block.k].data();
    for (std::size_t i = block.begin; i < block.end; ++i) g[i] *= factor;
  });
  return norm;
}

template <class T>
double clip_by_value(std::vector<Array<T>>& gradients, double limit) {
  check_bound("clip_by_value", limit);
  const T most = T(limit);
  const detail::Blocks blocks(gradients);
  std::vector<double> parts(blocks.size());
  blocks.for_each([&](std::size_t number, const detail::Block& block) {
    T* const g = gradients[block.k].data();
    parts[number] = largest_of(g + block.begin, block.end - block.begin);
    for (std::size_t i = block.begin; i < block.end; ++i) {
      const T least = g[i] < -most ? -most : g[i];
      g[i] = least > most ? most : least;
    }
  });
  return largest_of(parts);
}

template <class T>
void GradientAccumulator<T>::add(std::vector<Array<T>> gradients, double weight) {
  if (!(weight > 0) || !std::isfinite(weight)) {
    throw Error("[GradientAccumulator] a weight above 0 expected, got " + text::number(weight));
  }
  for (const Array<T>& gradient : gradients) check_alive(gradient);
  if (count_ > 0 && gradients.size() != sums_.size()) {
    throw ShapeError("[GradientAccumulator] " + std::to_string(sums_.size()) + " gradients expected, got " +
                     std::to_string(gradients.size()));
  }
  for (std::size_t k = 0; count_ > 0 && k < gradients.size(); ++k) {
    if (shape_of(gradients[k]) == shape_of(sums_[k])) continue;
    throw ShapeError("[GradientAccumulator] a gradient of shape " + to_string(shape_of(sums_[k])) + " expected, got " +
                     to_string(shape_of(gradients[k])));
  }
  const T factor = T(weight);
  const bool is_first = count_ == 0;
  if (is_first) sums_ = std::move(gradients);
  if (!is_first || factor != 1) {
    detail::Blocks(sums_).for_each([&](std::size_t, const detail::Block& block) {
      T* const sum = sums_[block.k].data();
      const T* const g = is_first ? sum : gradients[block.k].data();
      for (std::size_t i = block.begin; i < block.end; ++i) sum[i] = is_first ? factor * g[i] : sum[i] + factor * g[i];
    });
  }
  weight_ += weight;
  ++count_;
}

template <class T>
std::vector<Array<T>> GradientAccumulator<T>::take() {
  if (count_ == 0) throw Error("[GradientAccumulator] gradients expected, got none: add them first");
  const T factor = T(1 / weight_);
  if (factor != 1) {
    detail::Blocks(sums_).for_each([&](std::size_t, const detail::Block& block) {
      T* const sum = sums_[block.k].data();
      for (std::size_t i = block.begin; i < block.end; ++i) sum[i] *= factor;
    });
  }
  weight_ = 0;
  count_ = 0;
  return std::exchange(sums_, {});
}

#define XTAPE_INSTANTIATE(T)                                           \
  template double global_norm(const std::vector<Array<T>>&);           \
  template double clip_by_global_norm(std::vector<Array<T>>&, double); \
  template double clip_by_value(std::vector<Array<T>>&, double);       \
  template class GradientAccumulator<T>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

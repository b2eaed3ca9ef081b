#pragma once
// The vectorised passes of the hand-written step, each over a block of a matrix of `width` columns.

#include "autodiff/compat.hpp"

#include <cstddef>
#include <type_traits>

#include "benchmarks/support/sliced_product.hpp"

namespace xtape::benchmarks {

// Vectors, and single numbers where no whole vector is left.

template <class T, class V>
struct Lanes {
  std::size_t at;
  V load(const T* from) const {
    if constexpr (std::is_same_v<T, V>) {
      return from[at];
    } else {
      return V::load_unaligned(from + at);
    }
  }
  void store(T* to, const V& value) const {
    if constexpr (std::is_same_v<T, V>) {
      to[at] = value;
    } else {
      value.store_unaligned(to + at);
    }
  }
};

template <class T, class Body>
void for_lanes(const Range& range, Body body) {
  using Batch = xsimd::batch<T>;
  std::size_t i = range.begin;
  for (; i + Batch::size <= range.end; i += Batch::size) body(Lanes<T, Batch>{i});
  for (; i < range.end; ++i) body(Lanes<T, T>{i});
}

template <class T>
struct Sum {
  xsimd::batch<T> lanes = xsimd::batch<T>(T(0));
  T rest = 0;
  void add(const xsimd::batch<T>& value) { lanes += value; }
  void add(T value) { rest += value; }
  T total() const {
    T parts[xsimd::batch<T>::size], sum = rest;
    lanes.store_unaligned(parts);
    for (const T part : parts) sum += part;
    return sum;
  }
};

template <class T>
T choose(bool condition, T yes, T no) {
  return condition ? yes : no;
}
template <class T>
xsimd::batch<T> choose(const xsimd::batch_bool<T>& condition, const xsimd::batch<T>& yes, const xsimd::batch<T>& no) {
  return xsimd::select(condition, yes, no);
}

// y = max(y + bias, 0)
template <class T>
void bias_relu(T* y, const T* bias, std::size_t width, const Range& rows, const Range& columns) {
  for (std::size_t r = rows.begin; r < rows.end; ++r) {
    T* row = y + r * width;
    for_lanes<T>(columns, [&](auto lanes) {
      const auto sum = lanes.load(row) + lanes.load(bias);
      lanes.store(row, xsimd::max(sum, decltype(sum)(T(0))));
    });
  }
}

// dy = 0 where y = 0; bias_gradient += the columns' sums of dy
template <class T>
void relu_backward(T* dy, const T* y, T* bias_gradient, std::size_t width, const Range& rows, const Range& columns) {
  for (std::size_t r = rows.begin; r < rows.end; ++r) {
    T* row = dy + r * width;
    const T* output = y + r * width;
    for_lanes<T>(columns, [&](auto lanes) {
      const auto g = lanes.load(row);
      const decltype(g) zero(T(0)), masked = choose(lanes.load(output) > zero, g, zero);
      lanes.store(row, masked);
      lanes.store(bias_gradient, lanes.load(bias_gradient) + masked);
    });
  }
}

// With l = logits + bias: logits = scale (sigmoid(l) - x), bias_gradient += the columns' sums of that.
// Returns the sum of softplus(l) - x l, where softplus(l) = max(l, 0) + log1p(exp(-|l|)).
template <class T>
double bernoulli(T* logits, const T* bias, const T* x, T* bias_gradient, T scale, std::size_t width, const Range& rows,
                 const Range& columns) {
  double loss = 0;
  for (std::size_t r = rows.begin; r < rows.end; ++r) {
    T* row = logits + r * width;
    const T* target = x + r * width;
    Sum<T> sum;
    for_lanes<T>(columns, [&](auto lanes) {
      const auto l = lanes.load(row) + lanes.load(bias), t = lanes.load(target);
      const decltype(l) zero(T(0)), one(T(1)), tail = xsimd::exp(-xsimd::abs(l));
      sum.add(xsimd::max(l, zero) + xsimd::log1p(tail) - t * l);
      const auto derivative = decltype(l)(scale) * (choose(l >= zero, one, tail) / (one + tail) - t);
      lanes.store(row, derivative);
      lanes.store(bias_gradient, lanes.load(bias_gradient) + derivative);
    });
    loss += double(sum.total());
  }
  return loss;
}

// The heads' rows (mu, log_sigma) += bias; noise = exp(log_sigma) epsilon; z = mu + noise.
// Returns the sum of (mu^2 + exp(2 log_sigma) - 2 log_sigma - 1) / 2.
template <class T>
double reparameterize(T* heads, const T* bias, const T* epsilon, T* noise, T* z, std::size_t latent,
                      const Range& rows) {
  double loss = 0;
  for (std::size_t r = rows.begin; r < rows.end; ++r) {
    T *mean_row = heads + r * 2 * latent, *log_sigma_row = mean_row + latent;
    Sum<T> sum;
    for_lanes<T>({0, latent}, [&](auto lanes) {
      const auto mu = lanes.load(mean_row) + lanes.load(bias);
      const auto log_sigma = lanes.load(log_sigma_row) + lanes.load(bias + latent);
      const auto sigma = xsimd::exp(log_sigma), scaled = sigma * lanes.load(epsilon + r * latent);
      lanes.store(mean_row, mu);
      lanes.store(log_sigma_row, log_sigma);
      lanes.store(noise + r * latent, scaled);
      lanes.store(z + r * latent, mu + scaled);
      sum.add(T(0.5) * (mu * mu + sigma * sigma - T(2) * log_sigma - T(1)));
    });
    loss += double(sum.total());
  }
  return loss;
}

// d mu = dz + scale mu; d log_sigma = dz noise + scale (exp(2 log_sigma) - 1), in place of mu and log_sigma;
// bias_gradient += the columns' sums of both.
template <class T>
void reparameterize_backward(T* heads, const T* dz, const T* noise, T* bias_gradient, T scale, std::size_t latent,
                             const Range& rows) {
  for (std::size_t r = rows.begin; r < rows.end; ++r) {
    T *mean_row = heads + r * 2 * latent, *log_sigma_row = mean_row + latent;
    for_lanes<T>({0, latent}, [&](auto lanes) {
      const auto g = lanes.load(dz + r * latent), mu = lanes.load(mean_row);
      const auto variance = xsimd::exp(T(2) * lanes.load(log_sigma_row));
      const auto d_mu = g + scale * mu, d_log_sigma = g * lanes.load(noise + r * latent) + scale * (variance - T(1));
      lanes.store(mean_row, d_mu);
      lanes.store(log_sigma_row, d_log_sigma);
      lanes.store(bias_gradient, lanes.load(bias_gradient) + d_mu);
      lanes.store(bias_gradient + latent, lanes.load(bias_gradient + latent) + d_log_sigma);
    });
  }
}

}  // namespace xtape::benchmarks

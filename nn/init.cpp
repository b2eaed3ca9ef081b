#include "nn/init.hpp"

#include <algorithm>
#include <cmath>

namespace xtape::nn {

namespace {

template <class T>
Array<T> uniform_of_deviation(const Shape& shape, Random& rng, double deviation) {
  const T bound = T(std::sqrt(3.0) * deviation);
  return rng.uniform<T>(shape, -bound, bound);
}

template <class T>
Array<T> normal_of_deviation(const Shape& shape, Random& rng, double deviation) {
  return T(deviation) * rng.normal<T>(shape);
}

double xavier_deviation(const Shape& shape, double gain) {
  const Fans fans = fans_of(shape);
  return gain * std::sqrt(2 / double(std::max<std::size_t>(fans.in + fans.out, 1)));
}

double kaiming_deviation(const Shape& shape, const KaimingOptions& options) {
  const Fans fans = fans_of(shape);
  const std::size_t fan = options.fan == Fan::kIn ? fans.in : fans.out;
  return calculate_gain(options.nonlinearity, options.negative_slope) /
         std::sqrt(double(std::max<std::size_t>(fan, 1)));  // without a fan there are no weights
}

}  // namespace

Fans fans_of(const Shape& shape) {
  if (shape.size() < 2) {
    throw ShapeError("[fans_of] a weight of two dimensions or more, (out, in, window...), expected, got " +
                     to_string(shape));
  }
  const std::size_t window = size_of(Shape(shape.begin() + 2, shape.end()));
  return {shape[1] * window, shape[0] * window};
}

double calculate_gain(Nonlinearity nonlinearity, double negative_slope) {
  switch (nonlinearity) {
    case Nonlinearity::kTanh:
      return 5.0 / 3;
    case Nonlinearity::kRelu:
      return std::sqrt(2.0);
    case Nonlinearity::kLeakyRelu:
      return std::sqrt(2 / (1 + negative_slope * negative_slope));
    case Nonlinearity::kSelu:
      return 0.75;
    case Nonlinearity::kLinear:
    case Nonlinearity::kSigmoid:
      break;
  }
  return 1;
}

template <class T>
Array<T> fan_in_uniform(const Shape& shape, std::size_t fan_in, Random& rng) {
  const T bound = fan_in == 0 ? T(0) : T(1 / std::sqrt(double(fan_in)));
  return rng.uniform<T>(shape, -bound, bound);
}

template <class T>
Array<T> xavier_uniform(const Shape& shape, Random& rng, double gain) {
  return uniform_of_deviation<T>(shape, rng, xavier_deviation(shape, gain));
}

template <class T>
Array<T> xavier_normal(const Shape& shape, Random& rng, double gain) {
  return normal_of_deviation<T>(shape, rng, xavier_deviation(shape, gain));
}

template <class T>
Array<T> kaiming_uniform(const Shape& shape, Random& rng, const KaimingOptions& options) {
  return uniform_of_deviation<T>(shape, rng, kaiming_deviation(shape, options));
}

template <class T>
Array<T> kaiming_normal(const Shape& shape, Random& rng, const KaimingOptions& options) {
  return normal_of_deviation<T>(shape, rng, kaiming_deviation(shape, options));
}

template <class T>
Array<T> orthogonal(const Shape& shape, Random& rng, double gain) {
  fans_of(shape);
  const std::size_t size = size_of(shape), rows = shape[0], columns = rows == 0 ? 0 : size / rows;
  const std::size_t longer = std::max(rows, columns), shorter = std::min(rows, columns);
  const Var<double> normal(rng.normal<double>({longer, shorter}));
  auto [q, r] = qr(normal);  // (longer, shorter), (shorter, shorter)
  // R with a positive diagonal makes Q as uniform as it is meant to be.
  const Var<double> columns_of_q = q * where(diagonal(r) < 0, -gain, gain);
  const Var<double> matrix = rows < columns ? transpose(columns_of_q) : columns_of_q;
  return evaluated<T>(reshape(matrix, Shape(shape)).value());
}

#define XTAPE_INSTANTIATE(T)                                                       \
  template Array<T> fan_in_uniform(const Shape&, std::size_t, Random&);            \
  template Array<T> xavier_uniform(const Shape&, Random&, double);                 \
  template Array<T> xavier_normal(const Shape&, Random&, double);                  \
  template Array<T> kaiming_uniform(const Shape&, Random&, const KaimingOptions&); \
  template Array<T> kaiming_normal(const Shape&, Random&, const KaimingOptions&);  \
  template Array<T> orthogonal(const Shape&, Random&, double);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn

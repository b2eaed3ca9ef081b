#pragma once
// Functions of arrays in both precisions behind one type, so that a test compiles once for all operations; and the
// arguments that they are tested at.

#include "autodiff/random.hpp"
#include "autodiff/transforms/check_gradient.hpp"
#include "autodiff/transforms/grad.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace xtape::tests {

/// A function of Vars, in float64 and in float32.
struct Function {
  detail::ErasedFunction<double> f64;
  detail::ErasedFunction<float> f32;
};

template <class T, std::size_t N, class F>
detail::ErasedFunction<T> erased(F f) {
  return [f = std::move(f)](std::span<const Var<T>> x) {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return Var<T>(f(x[K]...));
    }
    (std::make_index_sequence<N>{});
  };
}

/// A generic lambda of N Vars as a Function.
template <std::size_t N, class F>
Function function_of(const F& f) {
  return {erased<double, N>(f), erased<float, N>(f)};
}

/// Where an operand's elements are drawn from.
struct Interval {
  double low, high;
};

/// Uniform draws from the interval.
inline Array<double> draw(const Shape& shape, const Interval& from, Random& rng) {
  return rng.uniform<double>(shape, from.low, from.high);
}

/// Draws from the interval, moved to a grid whose places differ for each of `operands` operands: so operands keep at
/// least a tenth from each other, from 0 and from multiples of a half, which is where the kinks of functions lie.
inline Array<double> draw_off_kinks(const Shape& shape, const Interval& from, std::size_t operand, std::size_t operands,
                                    Random& rng) {
  Array<double> x = draw(shape, from, rng);
  const double offset = 0.5 * double(operand + 1) / double(operands + 1);
  for (double& value : x) value = 0.5 * std::floor(2 * value) + offset;
  return x;
}

/// Different numbers from [-2, 2], none closer to another than 4 / size: for functions with kinks where elements are
/// equal.
inline Array<double> draw_distinct(const Shape& shape, Random& rng) {
  Array<double> x = empty<double>(shape);
  const std::vector<std::size_t> order = rng.permutation(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = 4 * (double(order[i]) + 0.5) / double(x.size()) - 2;
  return x;
}

template <class T>
std::vector<Var<T>> constants(const std::vector<Array<double>>& x) {
  std::vector<Var<T>> result;
  for (const Array<double>& array : x) result.emplace_back(Array<T>(array));
  return result;
}

inline std::string shapes_to_string(const std::vector<Array<double>>& x) {
  std::string text;
  for (const Array<double>& array : x) text += (text.empty() ? "" : " ") + to_string(shape_of(array));
  return text;
}

/// The gradients of sum(f(x...)), by the fused sweep.
template <class T>
std::vector<Array<T>> gradients(const detail::ErasedFunction<T>& f, const std::vector<Array<double>>& x) {
  Tape<T> tape;
  std::vector<Var<T>> watched;
  for (const Array<double>& array : x) watched.push_back(tape.watch(Array<T>(array)));
  const Var<T> y = f(watched);
  return tape.gradient(std::vector<Var<T>>{y}, watched, {ones<T>(y.shape())}, {.allow_unused = true});
}

/// The same by the recorded sweep, which every higher order is made of.
template <class T>
std::vector<Array<T>> recorded_gradients_of(const detail::ErasedFunction<T>& f, const std::vector<Array<double>>& x) {
  Tape<T> tape;
  std::vector<Var<T>> watched;
  for (const Array<double>& array : x) watched.push_back(tape.watch(Array<T>(array)));
  const Var<T> y = f(watched);
  std::vector<Array<T>> result;
  for (const Var<T>& g : recorded_gradients<T>(*tape.record(), y, Var<T>(ones<T>(y.shape())), watched)) {
    result.push_back(g.value());
  }
  return result;
}

/// The derivative of this order of a function of one number, by as many nested gradients.
inline Var<double> derivative(int order, const std::function<Var<double>(const Var<double>&)>& f,
                              const Var<double>& t) {
  if (order == 0) return f(t);
  return grad([&](const Var<double>& u) { return derivative(order - 1, f, u); })(t);
}

}  // namespace xtape::tests

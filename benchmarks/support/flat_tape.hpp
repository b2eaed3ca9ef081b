#pragma once
// A reverse sweep over single numbers, written by hand: a flat array of statements, and nothing that looks after
// mistakes.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace xtape::benchmarks::flat {

struct Statement {
  std::uint32_t a, b;
  double da, db;
};

inline constexpr std::size_t kMost = std::size_t(1) << 22;
inline const std::unique_ptr<Statement[]> kStatements(new Statement[kMost]);
inline Statement* next = kStatements.get();
inline std::uint32_t size = 0;

struct Number {
  double v = 0;
  std::uint32_t place = 0;

  Number() = default;
  Number(double number) : v(number) {}
  Number(double number, std::uint32_t at) : v(number), place(at) {}
};

inline void begin() {
  next = kStatements.get();
  size = 0;
}
inline Number variable(double v) {
  *next++ = {0, 0, 0, 0};
  return {v, ++size};
}
inline Number result(double v, std::uint32_t a, std::uint32_t b, double da, double db) {
  if ((a | b) == 0) return v;
  *next++ = {a, b, da, db};
  return {v, ++size};
}
inline Number operator+(const Number& a, const Number& b) {
  return result(a.v + b.v, a.place, b.place, 1, 1);
}
inline Number operator-(const Number& a, const Number& b) {
  return result(a.v - b.v, a.place, b.place, 1, -1);
}
inline Number operator*(const Number& a, const Number& b) {
  return result(a.v * b.v, a.place, b.place, b.v, a.v);
}
inline Number sigmoid(const Number& x) {
  const double y = 1 / (1 + std::exp(-x.v));
  return result(y, x.place, 0, y * (1 - y), 0);
}
inline Number tanh(const Number& x) {
  const double y = std::tanh(x.v);
  return result(y, x.place, 0, 1 - y * y, 0);
}

/// The derivatives of `y` by place.
inline const std::vector<double>& sweep(const Number& y) {
  static std::vector<double> adjoint;
  adjoint.assign(size + 1, 0);
  adjoint[y.place] = 1;
  for (std::uint32_t place = size; place > 0; --place) {
    const double g = adjoint[place];
    if (g == 0) continue;
    const Statement& statement = kStatements[place - 1];
    adjoint[statement.a] += g * statement.da;
    adjoint[statement.b] += g * statement.db;
  }
  return adjoint;
}

}  // namespace xtape::benchmarks::flat

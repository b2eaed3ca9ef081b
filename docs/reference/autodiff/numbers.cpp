#include "docs/reference/example.hpp"

namespace {

// As one writes it for double.
template <class S>
S halvings(S x) {
  S count = 0;
  for (; x > 1.0; ++count) x = x / 2;
  return count + x;
}

}  // namespace

EXAMPLE("vectorize, Active") {
  const auto f = vectorize([](auto x) { return halvings(x); });
  std::cout << f(xt::xarray<double>{0.5, 3, 40});  // [0.5   2.75  6.625]
  std::cout << grad([&](const auto& x) { return sum(f(x)); })(
      xt::xarray<double>{0.5, 3, 40});  // [1.       0.25     0.015625]
  // Arrays of numbers, by NumPy's signatures: here a polynomial of any degree, and
  // its derivative.
  const auto horner = vectorize<"(n),()->(),()">([](const auto& c, auto x) {
    auto y = c[0], slope = 0 * x;
    for (std::size_t i = 1; i < c.size(); ++i) {
      slope = slope * x + y;
      y = y * x + c[i];
    }
    return std::pair(y, slope);
  });
  const auto [y, slope] =
      horner(xt::xarray<double>{1, 0, -2}, xt::xarray<double>{1, 2, 3});
  std::cout << y << slope;  // [-1.  2.  7.][2. 4. 6.]
  // The number alone, of which no derivative is taken; what is a constant; what a
  // comparison gives.
  const auto rest = vectorize([](auto x) {
    const bool large = x > 10.0;
    const Active floor = x.is_constant() ? 0 * x : decltype(x)(std::floor(x.value()));
    return large ? x.constant() : x - floor;
  });
  std::cout << grad(rest)(2.5) << " " << grad(rest)(12.5);  // 1.0 0.0
}

EXAMPLE("operator++, operator--, operator+, operator-") {
  const auto f = vectorize([](auto x) {
    ++x;
    return x-- * 2;
  });
  std::cout << f(1.5);  // 5.0
  // Conditions count.
  const auto sides =
      vectorize([](auto x) { return (x > 0) - (x < 0) + 10 * ((x > 1) + (x > 2)); });
  std::cout << sides(xt::xarray<double>{-3, 1.5, 5});  // [-1. 11. 21.]
}

EXAMPLE(
    "fabs, asin, acos, atan, atan2, asinh, acosh, atanh, lgamma, tgamma, fma, rint, "
    "nearbyint, fdim, signbit") {
  const auto f = vectorize([](auto x) {
    return fabs(x) + asin(x) + acos(x) + atan(x) + atan2(x, 2) + asinh(x) +
           acosh(1 + x) + atanh(x) + lgamma(x) + tgamma(x) + fma(x, x, 1) + rint(x) +
           nearbyint(x) + fdim(x, 1) + signbit(x);
  });
  std::cout << f(0.5);  // 8.367183012265649
}

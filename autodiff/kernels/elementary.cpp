#define XTAPE_DEFINE_KERNELS
#include "autodiff/kernels/elementary.hpp"

#include "autodiff/kernels/by_doubles.hpp"
#include "autodiff/kernels/quotients.hpp"
#include "autodiff/kernels/rounding.hpp"
#include "autodiff/kernels/trigonometric.hpp"

#include <cmath>
#include <numbers>

namespace xtape::kernels {

namespace {

using namespace detail;

constexpr double kHalfPi = std::numbers::pi / 2, kHalfPiRest = 6.123233995736766e-17, kPiRest = 2 * kHalfPiRest;

// ½ e^x for x >= 0, finite as long as the result is.
template <class T>
xsimd::batch<T> half_exp(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const ExpReduction<T> e(smaller(V(std::is_same_v<T, float> ? T(90) : T(711)), x));
  return scaled(exp_of_reduced(e.r), e.n - V(T(1)));
}

// arctan x: a rational function (Cephes, atan.c) after a reduction to |x| <= 0.66.
Doubles arctan_of(const Doubles& x) {
  const Doubles a = xsimd::abs(x), one(1), zero(0);
  const auto large = a > Doubles(2.414213562373095), middle = (a > Doubles(0.66)) & !large;
  const Doubles from = xsimd::select(large, Doubles(-1) / a, xsimd::select(middle, (a - one) / (a + one), a));
  const Doubles base = xsimd::select(large, Doubles(kHalfPi), xsimd::select(middle, Doubles(kHalfPi / 2), zero));
  const Doubles rest =
      xsimd::select(large, Doubles(kHalfPiRest), xsimd::select(middle, Doubles(kHalfPiRest / 2), zero));
  const Doubles z = from * from;
  const Doubles p = polynomial(z, -6.485021904942025371773e1, -1.228866684490136173410e2, -7.500855792314704667340e1,
                               -1.615753718733365076637e1, -8.750608600031904122785e-1);
  const Doubles q = polynomial(z, 1.945506571482613964425e2, 4.853903996359136964868e2, 4.328810604912902668951e2,
                               1.650270098316988542046e2, 2.485846490142306297962e1, 1.0);
  return with_sign_of(x, xsimd::abs(base + (fma(z * p / q, from, rest) + from)));
}

Doubles arctan2_of(const Doubles& y, const Doubles& x) {
  const Doubles a = xsimd::abs(y), b = xsimd::abs(x), zero(0);
  const Doubles low = smaller(a, b), high = larger(a, b);
  const Doubles ratio =
      xsimd::select(high == zero, zero, xsimd::select(low == Doubles(kInfinity<double>), Doubles(1), low / high));
  Doubles angle = arctan_of(ratio);
  angle = xsimd::select(a > b, Doubles(kHalfPi) - (angle - Doubles(kHalfPiRest)), angle);
  const auto behind = with_sign_of(x, Doubles(1)) < zero;
  angle = xsimd::select(behind, Doubles(std::numbers::pi) - (angle - Doubles(kPiRest)), angle);
  return xsimd::select(xsimd::isnan(x) | xsimd::isnan(y), x + y, with_sign_of(y, angle));
}

// sin(π a + n ½ π) for a >= 0; both reductions, to one turn and to an eighth of it, are exact.
struct HalfTurns {
  Doubles angle, rest;
  Words<double> quadrant;
  explicit HalfTurns(const Doubles& a) {
    const Doubles round(kRound<double>), pi(std::numbers::pi);
    const Doubles within = fma(Doubles(-2), kernels::floor(Doubles(0.5) * a), a);
    const Doubles sum = fma(Doubles(2), within, round), part = fma(Doubles(-0.5), sum - round, within);
    quadrant = bits(sum);
    angle = part * pi;
    rest = fma(part, pi, negated(angle)) + part * Doubles(kPiRest);
  }
  Doubles sine(std::uint64_t n) const { return sine_of(QuadrantReduction<double>(quadrant, angle, rest), n); }
};

Doubles sinc_of(const Doubles& x) {
  const Doubles a = xsimd::abs(x), sine = HalfTurns(a).sine(0);
  return xsimd::select(a == Doubles(0), Doubles(1), sine / (a * Doubles(std::numbers::pi)));
}

// (cos t - sin t / t) / x for t = π x; near 0 the series π Σ (-1)ⁿ 2 n / (2 n + 1)! t²ⁿ⁻¹.
Doubles sinc_slope_of(const Doubles& x) {
  const Doubles a = xsimd::abs(x), t = a * Doubles(std::numbers::pi), z = t * t;
  const Doubles series =
      polynomial(z, -1.0 / 3, 1.0 / 30, -1.0 / 840, 1.0 / 45360, -1.0 / 3991680, 1.0 / 518918400, -1.0 / 93405312000,
                 1.0 / 22230464256000, -1.0 / 6758061133824000, 1.0 / 2554547108585472000);
  const HalfTurns turns(a);
  const Doubles far = (turns.sine(1) - turns.sine(0) / t) / a;
  const Doubles y = xsimd::select(a < Doubles(0.5), series * t * Doubles(std::numbers::pi), far);
  return xsimd::bitwise_xor(y, xsimd::bitwise_and(x, Doubles(-0.0)));
}

// combine(k, ln m) for x = 2ᵏ m.
template <class T, class F>
xsimd::batch<T> logarithm(const xsimd::batch<T>& x, const F& combine) {
  using V = xsimd::batch<T>;
  const auto small = x < V(kSmallest<T>);
  const V zero(T(0)), up(std::is_same_v<T, float> ? T(0x1p23) : T(0x1p52)), normal = xsimd::select(small, x * up, x);
  const Words<T> e = exponent_bits(normal);
  const V k = exponent(e) + xsimd::select(small, V(T(-kMantissa<T>)), zero);
  const V y = combine(k, log_of(zero, from_bits<T>(bits(normal) - e) - V(T(1))));
  const V ends = xsimd::select(x == zero, V(-kInfinity<T>), xsimd::select(x < zero, V(kNan<T>), x));
  return xsimd::select((x > zero) & (x < V(kInfinity<T>)), y, ends);
}

// The larger one, and what the smaller one adds to it: |a - b|, 0 of equal ones though they be infinite.
template <class T>
std::pair<xsimd::batch<T>, xsimd::batch<T>> larger_and_distance(const xsimd::batch<T>& a, const xsimd::batch<T>& b) {
  using V = xsimd::batch<T>;
  return {xsimd::select(a > b, a, b), xsimd::select(a == b, V(T(0)), xsimd::abs(a - b))};
}

// A point, scaled so that the square of its length is no denormal number and does not overflow.
struct ScaledPoint {
  Doubles scale, up, down, square;  // up and down: the parts of the scale that are not below and not above 1
  ScaledPoint(const Doubles& u, const Doubles& v) {
    const Doubles most = larger(xsimd::abs(u), xsimd::abs(v));
    const auto large = most > Doubles(0x1p500), small = most < Doubles(0x1p-450);
    scale = xsimd::select(large, Doubles(0x1p-600), xsimd::select(small, Doubles(0x1p600), Doubles(1)));
    up = larger(scale, Doubles(1));
    down = smaller(scale, Doubles(1));
    const Doubles x = u * scale, y = v * scale;
    square = fma(x, x, y * y);
  }
};

template <class T>
T fmod_of(T a, T b) {
  return std::fmod(a, b);
}
template <class T>
T power_of(T a, T b) {
  return std::pow(a, b);
}

}  // namespace

template <class T>
xsimd::batch<T> tan(xsimd::batch<T> x) {
  return in_doubles<T>(
      [](const Doubles& v) {
        const Doubles a = xsimd::abs(v);
        const QuadrantReduction<double> reduced(a);
        const Doubles y =
            xsimd::bitwise_xor(sine_of(reduced, 0) / sine_of(reduced, 1), xsimd::bitwise_and(v, Doubles(-0.0)));
        if (!xsimd::all(a <= Doubles(HalfPi<double>::limit))) [[unlikely]]
          return far_lanes<double>(v, y, nullptr, [](double lane) { return std::tan(lane); });
        return y;
      },
      x);
}

template <class T>
xsimd::batch<T> arctan(xsimd::batch<T> x) {
  return in_doubles<T>([](const Doubles& v) { return arctan_of(v); }, x);
}

// arctan(x / √(1 - x²)).
template <class T>
xsimd::batch<T> arcsin(xsimd::batch<T> x) {
  return in_doubles<T>(
      [](const Doubles& v) {
        const Doubles one(1);
        return arctan_of(v / xsimd::sqrt((one - v) * (one + v)));
      },
      x);
}

// 2 arctan √((1 - x) / (1 + x)).
template <class T>
xsimd::batch<T> arccos(xsimd::batch<T> x) {
  return in_doubles<T>(
      [](const Doubles& v) {
        const Doubles one(1);
        return Doubles(2) * arctan2_of(xsimd::sqrt(one - v), xsimd::sqrt(one + v));
      },
      x);
}

template <class T>
xsimd::batch<T> arctan2(xsimd::batch<T> y, xsimd::batch<T> x) {
  return in_doubles<T>([](const Doubles& v, const Doubles& u) { return arctan2_of(v, u); }, y, x);
}

template <class T>
xsimd::batch<T> sinc(xsimd::batch<T> x) {
  return in_doubles<T>([](const Doubles& v) { return sinc_of(v); }, x);
}

template <class T>
xsimd::batch<T> sinc_slope(xsimd::batch<T> x) {
  return in_doubles<T>([](const Doubles& v) { return sinc_slope_of(v); }, x);
}

// ½ (t + t / (1 + t)) with t = e^|x| - 1, of which from 20 on the first term is left.
template <class T>
xsimd::batch<T> sinh(xsimd::batch<T> x) {
  using V = xsimd::batch<T>;
  const V a = xsimd::abs(x), t = expm1(smaller(V(T(20)), a)), near_zero = V(T(0.5)) * (t + t / (V(T(1)) + t));
  return with_sign_of(x, xsimd::select(a < V(T(20)), near_zero, half_exp(a)));
}

template <class T>
xsimd::batch<T> cosh(xsimd::batch<T> x) {
  using V = xsimd::batch<T>;
  const V half = half_exp(xsimd::abs(x));
  return half + V(T(0.25)) / half;
}

// ln(1 + a + a² / (1 + √(1 + a²))) for a = |x|; where a² would drown the rest, ln a + ln 2.
template <class T>
xsimd::batch<T> arcsinh(xsimd::batch<T> x) {
  return in_doubles<T>(
      [](const Doubles& v) {
        const Doubles a = xsimd::abs(v), one(1), square = a * a;
        const auto far = a > Doubles(0x1p28);
        const Doubles y = log1p(xsimd::select(far, one, a + square / (one + xsimd::sqrt(one + square))));
        if (!xsimd::any(far)) return with_sign_of(v, y);
        return with_sign_of(v, xsimd::select(far, log(a) + Doubles(std::numbers::ln2), y));
      },
      x);
}

// ln(1 + t + √(2 t + t²)) with t = x - 1.
template <class T>
xsimd::batch<T> arccosh(xsimd::batch<T> x) {
  return in_doubles<T>(
      [](const Doubles& v) {
        const Doubles t = v - Doubles(1);
        const auto far = v > Doubles(0x1p28);
        const Doubles y = log1p(t + xsimd::sqrt(t * (t + Doubles(2))));
        const Doubles near = xsimd::select(v >= Doubles(1), y, Doubles(kNan<double>));
        if (!xsimd::any(far)) return near;
        return xsimd::select(far, log(v) + Doubles(std::numbers::ln2), near);
      },
      x);
}

// ½ ln(1 + 2 a / (1 - a)) for a = |x|.
template <class T>
xsimd::batch<T> arctanh(xsimd::batch<T> x) {
  return in_doubles<T>(
      [](const Doubles& v) {
        const Doubles a = xsimd::abs(v), y = Doubles(0.5) * log1p(Doubles(2) * a / (Doubles(1) - a));
        return with_sign_of(v, xsimd::select(a <= Doubles(1), y, Doubles(kNan<double>)));
      },
      x);
}

template <class T>
xsimd::batch<T> exp2(xsimd::batch<T> x) {
  using V = xsimd::batch<T>;
  const V within = std::is_same_v<T, float> ? clamped(x, T(-160), T(130)) : clamped(x, T(-1080), T(1030));
  const V round(kRound<T>), n = (within + round) - round;
  return scaled(exp_of_reduced((within - n) * V(std::numbers::ln2_v<T>)), n);
}

template <class T>
xsimd::batch<T> log2(xsimd::batch<T> x) {
  using V = xsimd::batch<T>;
  return logarithm(x, [](const V& k, const V& log) { return fma(log, V(std::numbers::log2e_v<T>), k); });
}

template <class T>
xsimd::batch<T> log10(xsimd::batch<T> x) {
  return in_doubles<T>(
      [](const Doubles& v) {
        return logarithm(v, [](const Doubles& k, const Doubles& log) {  // log₁₀ 2 in two parts
          const Doubles rest = fma(log, Doubles(std::numbers::log10e), k * Doubles(0x1.9fef311f12b36p-42));
          return fma(k, Doubles(0x1.34413509f6p-2), rest);
        });
      },
      x);
}

template <class T>
xsimd::batch<T> logaddexp(xsimd::batch<T> a, xsimd::batch<T> b) {
  const auto [most, distance] = larger_and_distance(a, b);
  return most + log1p(exp(negated(distance)));
}

template <class T>
xsimd::batch<T> logaddexp2(xsimd::batch<T> a, xsimd::batch<T> b) {
  const auto [most, distance] = larger_and_distance(a, b);
  return fma(log1p(exp2(negated(distance))), xsimd::batch<T>(std::numbers::log2e_v<T>), most);
}

// In the middle, where the quotient is near 1, ln(1 + (2 x - 1) / (1 - x)).
template <class T>
xsimd::batch<T> logit(xsimd::batch<T> x) {
  using V = xsimd::batch<T>;
  const V one(T(1)), rest = one - x;
  const auto middle = (x > V(T(0.25))) & (x < V(T(0.75)));
  return xsimd::select(middle, log1p((x + x - one) / rest), log(x / rest));
}

// A step of Newton's method from e^(⅓ ln x), on numbers whose squares are no denormal ones.
template <class T>
xsimd::batch<T> cbrt(xsimd::batch<T> x) {
  return in_doubles<T>(
      [](const Doubles& v) {
        const Doubles a = xsimd::abs(v);
        const auto usual = (a > Doubles(0)) & (a < Doubles(kInfinity<double>)), small = a < Doubles(0x1p-300);
        const Doubles from = xsimd::select(small, a * Doubles(0x1p900), a), third(1.0 / 3);
        const Doubles y = exp(log(from) * third), square = y * y;
        const Doubles better = y - (fma(square, y, negated(from)) + fma(y, y, negated(square)) * y) / square * third;
        return with_sign_of(v, xsimd::select(usual, xsimd::select(small, better * Doubles(0x1p-300), better), a));
      },
      x);
}

template <class T>
xsimd::batch<T> hypot(xsimd::batch<T> x, xsimd::batch<T> y) {
  return in_doubles<T>(
      [](const Doubles& u, const Doubles& v) {
        const ScaledPoint point(u, v);
        const Doubles infinity(kInfinity<double>);
        const auto infinite = (xsimd::abs(u) == infinity) | (xsimd::abs(v) == infinity);
        return xsimd::select(infinite, infinity, xsimd::sqrt(point.square) / point.scale);
      },
      x, y);
}

template <class T>
xsimd::batch<T> hypot_slope(xsimd::batch<T> x, xsimd::batch<T> y) {
  return in_doubles<T>(
      [](const Doubles& u, const Doubles& v) {
        const ScaledPoint point(u, v);
        return xsimd::select(point.square == Doubles(0), Doubles(0),
                             u * point.up / xsimd::sqrt(point.square) * point.down);
      },
      x, y);
}

template <class T>
xsimd::batch<T> arctan2_slope(xsimd::batch<T> x, xsimd::batch<T> y) {
  return in_doubles<T>(
      [](const Doubles& u, const Doubles& v) {
        const ScaledPoint point(u, v);
        return u * point.up / point.square * point.up * point.down * point.down;
      },
      x, y);
}

// The quotient, rounded and cut off, is the integer or one more, and then a multiple of b less than it: exact, while
// integers are.
template <class T>
xsimd::batch<T> fmod(xsimd::batch<T> a, xsimd::batch<T> b) {
  using V = xsimd::batch<T>;
#if defined(__FMA__)
  const V p = xsimd::abs(a), q = xsimd::abs(b), quotient = p / q;
  if (xsimd::all((quotient < V(kRound<T> / 2)) & (q >= V(kSmallest<T>)) & (q < V(kInfinity<T>)))) [[likely]] {
    const V rest = fma(negated(floor(quotient)), q, p);
    return with_sign_of(a, xsimd::abs(xsimd::select(rest < V(T(0)), rest + q, rest)));
  }
#endif
  return lane_by_lane<&fmod_of<T>>(a, b);
}

// 2^(b log₂ a) loses the digits that its exponent has before the point: floats go by doubles, doubles lane by lane.
template <class T>
xsimd::batch<T> power(xsimd::batch<T> a, xsimd::batch<T> b) {
  const auto by_library = [&] { return lane_by_lane<&power_of<T>>(a, b); };
  if constexpr (std::is_same_v<T, float>) {
    const Floats size = xsimd::abs(a), half = Floats(0.5F) * b, most(std::numeric_limits<float>::max()), zero(0.0F);
    const Floats magnitude =
        by_doubles([](const Doubles& x, const Doubles& e) { return kernels::exp2(e * kernels::log2(x)); }, size, b);
    const auto odd = floor(half) != half;  // of an integer
    const auto usual = (size > zero) & (size <= most) & (xsimd::abs(b) <= most) & ((a > zero) | (floor(b) == b));
    const Floats y = xsimd::select((a < zero) & odd, negated(magnitude), magnitude);
    return xsimd::all(usual) ? y : xsimd::select(usual, y, by_library());
  } else {
    return by_library();
  }
}

// clang-format off
#define XTAPE_DEFINE_OF_ONE(f) \
  template xsimd::batch<float> f(xsimd::batch<float>); \
  template xsimd::batch<double> f(xsimd::batch<double>);
#define XTAPE_DEFINE_OF_TWO(f) \
  template xsimd::batch<float> f(xsimd::batch<float>, xsimd::batch<float>); \
  template xsimd::batch<double> f(xsimd::batch<double>, xsimd::batch<double>);
XTAPE_KERNELS_OF_ONE(XTAPE_DEFINE_OF_ONE)
XTAPE_KERNELS_OF_TWO(XTAPE_DEFINE_OF_TWO)
// clang-format on

}  // namespace xtape::kernels

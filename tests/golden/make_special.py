#!/usr/bin/env python3
"""Makes special.txt: special functions and their derivatives, by mpmath in 400 digits, and their ends, by SciPy.

Each case has arguments x0, x1, ... of one shape, values y, derivatives d0, d1, ... and second derivatives dd00, dd01,
..., element by element: symmetric difference quotients with steps of 1e-30 of the argument, so that 20 digits and more are right. The
ends of a function are arguments e0, e1, ... with values ey: zeros, infinities, NaN, poles, ends of the domain. Of large
parameters, for which mpmath's series take too long, there are values alone, the density integrated by Gauss and Legendre.
"""
import platform
import random

import mpmath
import numpy as np
import scipy
import scipy.special
from mpmath import mpf
from write_golden import Golden

mpmath.mp.dps = 400
random.seed(20240229)
golden = Golden(
    "special.txt",
    f"mpmath {mpmath.__version__}",
    f"SciPy {scipy.__version__}",
    f"NumPy {np.__version__}",
    f"Python {platform.python_version()}",
)
INF, NAN = float("inf"), float("nan")


def magnitude(low, high):
    return 10 ** random.uniform(low, high)


def derivatives(f, x):
    n, h = len(x), [mpf(10) ** -30 * (abs(a) or 1) for a in x]

    def at(*steps):
        return f(*(a + s * step for a, s, step in zip(x, steps, h)))

    def steps(i, s, j=0, r=0):
        return [(s if k == i else 0) + (r if k == j else 0) for k in range(n)]

    first = [(at(*steps(i, 1)) - at(*steps(i, -1))) / (2 * h[i]) for i in range(n)]
    second = {}
    for i in range(n):
        for j in range(i, n):
            corners = sum(s * r * at(*steps(i, s, j, r)) for s in (1, -1) for r in (1, -1))
            second[i, j] = corners / (4 * h[i] * h[j])
    return at(*[0] * n), first, second


def case(name, f, draw, hard=(), count=16):
    points = [draw() for _ in range(count)]
    points = [list(p) if isinstance(p, tuple) else [p] for p in points + list(hard)]
    results = [derivatives(f, [mpf(a) for a in p]) for p in points]
    n = len(points[0])
    for k in range(n):
        golden.add(f"{name}.x{k}", [p[k] for p in points])
    golden.add(f"{name}.y", [float(r[0]) for r in results])
    for i in range(n):
        golden.add(f"{name}.d{i}", [float(r[1][i]) for r in results])
        for j in range(i, n):
            golden.add(f"{name}.dd{i}{j}", [float(r[2][i, j]) for r in results])


def ends(name, f, *arguments):
    x = [np.array(a, dtype=float) for a in arguments]
    for k, a in enumerate(x):
        golden.add(f"{name}.e{k}", a)
    golden.add(f"{name}.ey", f(*x))


def either(*draws):
    return lambda: random.choice(draws)()


def signed(low, high):
    return lambda: random.choice([1, -1]) * magnitude(low, high)


def erfcx(x):
    return mpmath.exp(x * x) * mpmath.erfc(x)


def normal(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def inverse(f, log_slope, start):
    """The y with f(y) = x, by Newton's method from the double-precision one."""

    def solve(x):
        y = mpf(start(x))
        for _ in range(7):
            y -= (f(y) - x) * mpmath.exp(-log_slope(y))
        return y

    return solve


def quantile(p):
    return inverse(
        normal, lambda y: -y * y / 2 - mpmath.log(2 * mpmath.pi) / 2, lambda p: scipy.special.ndtri(float(p))
    )(p)


def inverse_erf(x):
    return inverse(
        mpmath.erf, lambda y: mpmath.log(2) - mpmath.log(mpmath.pi) / 2 - y * y, lambda x: scipy.special.erfinv(float(x))
    )(x)


def polygamma(n):
    return lambda x: mpmath.psi(n, x)


def log_gamma(x):
    return mpmath.log(abs(mpmath.gamma(x))) if x < 0 else mpmath.loggamma(x)


def multi(d):
    return lambda a: d * (d - 1) * mpmath.log(mpmath.pi) / 4 + sum(mpmath.loggamma(a - mpf(j) / 2) for j in range(d))


def lower(a, x):
    return mpmath.gammainc(a, 0, x, regularized=True)


def upper(a, x):
    return mpmath.gammainc(a, x, mpmath.inf, regularized=True)


def incomplete_beta(a, b, x):
    return mpmath.betainc(a, b, 0, x, regularized=True)


def near_mean():
    a = magnitude(-1, 3)
    return a, abs(a + random.gauss(0, 2) * a**0.5) + 1e-3 * a


def beta_point():
    a, b = magnitude(-1, 2), magnitude(-1, 2)
    x = a / (a + b) + random.gauss(0, 1) * (a * b / (a + b) ** 3) ** 0.5
    return a, b, min(max(x, 1e-3), 0.999)


case("erf", mpmath.erf, signed(-3, 0.7), [1e-10, 0.9999999, 1.0000001, -5.9])
case("erfc", mpmath.erfc, signed(-3, 1.3), [26.0, -1e-10, 26.5])
case("erfcx", erfcx, either(signed(-3, 1), lambda: magnitude(0, 1.9)), [-26.0, 1e-10])
case("ndtr", normal, signed(-3, 1.5), [-37.5, 1e-12])
case("log_ndtr", lambda x: mpmath.log(normal(x)) if x < 0 else mpmath.log1p(-normal(-x)), signed(-3, 1.5), [-60.0, 8.0])
case("ndtri", quantile, either(random.random, lambda: magnitude(-300, -1)), [0.25, 0.75, 1 - 2**-50, 1e-308])
case("erfinv", inverse_erf, either(lambda: random.uniform(-1, 1), signed(-20, -1)), [1 - 2**-50, -0.999])
case("erfcinv", lambda x: -quantile(x / 2) / mpmath.sqrt(2), either(lambda: random.uniform(0, 2), lambda: magnitude(-300, -1)))
case("gammaln", log_gamma, either(lambda: magnitude(-5, 6), lambda: random.uniform(0.5, 9)), [1.0001, 1.9999, 8.0, -0.3, -7.7, 1e100])
case("digamma", lambda x: mpmath.psi(0, x), either(lambda: magnitude(-3, 6), lambda: random.uniform(1, 9)), [1.4616321449683622, 8.0, -0.3, -7.7])
case("polygamma_1", polygamma(1), either(lambda: magnitude(-3, 5), lambda: random.uniform(0, 20)), [-0.4, -3.3])
case("polygamma_4", polygamma(4), either(lambda: magnitude(-2, 3), lambda: random.uniform(0, 20)), [-0.4, -3.3])
case("multigammaln_3", multi(3), lambda: 1 + magnitude(-2, 3))
case("beta", mpmath.beta, lambda: (magnitude(-2, 1.5), magnitude(-2, 1.5)))
case("betaln", lambda a, b: mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b), lambda: (magnitude(-2, 3), magnitude(-2, 3)), [(1e10, 2.5), (0.5, 1e6)])
case("gammainc", lower, either(near_mean, lambda: (magnitude(-1, 1), magnitude(-1.5, 1.5))), [(0.01, 0.3), (1e-3, 1e-5), (0.5, 30.0), (3.0, 1e-5)])
case("gammaincc", upper, either(near_mean, lambda: (magnitude(-1, 1), magnitude(-1.5, 1.5))), [(0.01, 0.3), (0.5, 30.0)])
case("betainc", incomplete_beta, beta_point, [(0.01, 0.02, 0.3), (3.0, 0.1, 1e-4), (100.0, 200.0, 0.34)])
case("zeta", lambda s, q: mpmath.zeta(s, q), lambda: (random.uniform(1.1, 20), magnitude(-1, 2)), [(1.001, 1.0), (2.0, 0.01), (3.0, 1e4)])
for n in (0, 1):
    case(f"i{n}", lambda x, n=n: mpmath.besseli(n, x), signed(-3, 2.5), [0.0, 700.0, 19.9, 20.1])
    case(f"i{n}e", lambda x, n=n: mpmath.exp(-abs(x)) * mpmath.besseli(n, x), signed(-3, 4), [19.9, -20.1])
case("lambertw", lambda x: mpmath.lambertw(x).real, either(lambda: magnitude(-5, 10), lambda: -random.uniform(0, 0.36)), [-0.3678, 1e300, -1e-20, -0.36787])

numbers = [0.0, -0.0, 1.0, -1.0, -2.0, 0.5, INF, -INF, NAN]
for name in ("erf", "erfc", "erfcx", "ndtr", "log_ndtr", "ndtri", "erfinv", "erfcinv", "i0e", "i1e"):
    ends(name, getattr(scipy.special, name), numbers)
for name in ("gammaln", "i0", "i1"):  # of infinities SciPy says -infinity or NaN, where the limits are infinite
    ends(name, getattr(scipy.special, name), [0.0, -0.0, 1.0, -1.0, -2.0 if name == "gammaln" else 2.0, 0.5, NAN])
ends("digamma", scipy.special.digamma, [0.0, -0.0, -1.0, -2.0, 1.0, INF, NAN])
ends("polygamma_1", lambda x: scipy.special.polygamma(1, x), [0.0, -1.0, -2.0, 1.0, INF, NAN])
ends("lambertw", lambda x: scipy.special.lambertw(x).real, [0.0, -0.0, INF, NAN])
grid = np.array(np.meshgrid([0.0, 0.5, 2.0, INF], [0.0, 0.5, 2.0, INF])).reshape(2, -1)
ends("gammaincc", scipy.special.gammaincc, *grid)
ends("gammainc", scipy.special.gammainc, *np.append(grid, [[-1.0, 1.0, NAN, 1.0], [1.0, -1.0, 1.0, NAN]], 1))
ends("zeta", scipy.special.zeta, [1.0, 1.0, 2.0, 2.0, 0.5, NAN, 2.0, 2.5], [1.0, 2.0, 0.0, -1.0, 1.0, 1.0, NAN, -0.5])
cube = np.array(np.meshgrid([0.5, 2.0], [0.5, 2.0], [0.0, 1.0, 0.3, -0.1, 1.1, NAN])).reshape(3, -1)
ends("betainc", scipy.special.betainc, *cube)

# Values alone, of large parameters.
nodes = mpmath.calculus.quadrature.GaussLegendre(mpmath.mp).calc_nodes(4, 200)


def tail(density, rate, w, direction):
    """The integral of a density beyond w, which falls off at rate(w)."""
    total, part = mpf(0), mpf(1)
    while abs(part) >= abs(total) * mpf(10) ** -22:
        half = direction / rate(w)
        part = half * sum(weight * density(w + half * (1 + at)) for at, weight in nodes)
        total, w = total + part, w + 2 * half
    return abs(total)


def large_gamma(a, x):
    a, w = mpf(a), mpmath.log(mpf(x) / mpf(a))
    peak = a * mpmath.log(a) - a - mpmath.loggamma(a)
    beyond = tail(
        lambda v: mpmath.exp(peak - a * (mpmath.expm1(v) - v)),
        lambda v: a * abs(mpmath.expm1(v)) + mpmath.sqrt(a),
        w,
        -1 if w < 0 else 1,
    )
    return (beyond, 1 - beyond) if w < 0 else (1 - beyond, beyond)


def large_beta(a, b, x):
    a, b, x = mpf(a), mpf(b), mpf(x)
    w, share = mpmath.log(x / (1 - x)), lambda v: 1 / (1 + mpmath.exp(-v))
    scale = mpmath.loggamma(a + b) - mpmath.loggamma(a) - mpmath.loggamma(b)
    below = w < mpmath.log(a / b)
    beyond = tail(
        lambda v: mpmath.exp(scale + a * mpmath.log(share(v)) + b * mpmath.log(share(-v))),
        lambda v: abs(a * share(-v) - b * share(v)) + mpmath.sqrt((a + b) * share(v) * share(-v)),
        w,
        -1 if below else 1,
    )
    return beyond if below else 1 - beyond


mpmath.mp.dps = 60
places = (-30, -8, -1.3, 0.4, 3, 20)
points = [(a, a + z * a**0.5) for a in (2e3, 1e5, 3e7, 1e12, 1e15, 1e24) for z in places]
for k in range(2):
    golden.add(f"gammainc_large.x{k}", [p[k] for p in points])
    golden.add(f"gammaincc_large.x{k}", [p[k] for p in points])
values = [large_gamma(*p) for p in points]
golden.add("gammainc_large.y", [float(v[0]) for v in values])
golden.add("gammaincc_large.y", [float(v[1]) for v in values])
points = []
for a, b in ((300.0, 5e3), (2e4, 1e5), (5e7, 1e6), (1e12, 3e12), (1e15, 1e9)):
    points += [(a, b, (a + z * (a * b / (a + b)) ** 0.5) / (a + b)) for z in places]
points = [p for p in points if 0 < p[2] < 1]
for k in range(3):
    golden.add(f"betainc_large.x{k}", [p[k] for p in points])
golden.add("betainc_large.y", [float(large_beta(*p)) for p in points])
golden.write()

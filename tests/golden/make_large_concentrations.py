#!/usr/bin/env python3
"""Makes large_concentrations.txt: densities, entropies and divergences of distributions with large concentrations, rates and counts, and
their slopes, by mpmath with 60 digits: of numbers that a float has, so that both precisions are held to them."""
import mpmath as mp
import numpy as np

from write_golden import Golden

mp.mp.dps = 60
golden = Golden("large_concentrations.txt", f"mpmath {mp.__version__}")
lg, psi, ln = mp.loggamma, mp.digamma, mp.log


def choose(n, k):
    return lg(n + 1) - lg(k + 1) - lg(n - k + 1)


def softplus(l):
    return ln(1 + mp.exp(l))


FORMULAS = {
    "Gamma": lambda x, a, r: a * ln(r) + (a - 1) * ln(x) - r * x - lg(a),
    "InverseGamma": lambda x, a, s: a * ln(s) - (a + 1) * ln(x) - s / x - lg(a),
    "Beta": lambda x, a, b: (a - 1) * ln(x) + (b - 1) * ln(1 - x) - lg(a) - lg(b) + lg(a + b),
    "Dirichlet": lambda x, a, b, c: (a - 1) * ln(x) + (b - 1) * ln(x) + (c - 1) * ln(1 - 2 * x) - lg(a) - lg(b) - lg(c) + lg(a + b + c),
    "Poisson": lambda k, r: k * ln(r) - r - lg(k + 1),
    "Binomial": lambda k, n, l: choose(n, k) + k * l - n * softplus(l),
    "NegativeBinomial": lambda k, r, l: lg(k + r) - lg(r) - lg(k + 1) - r * softplus(l) - k * softplus(-l),
    "StudentT": lambda x, n, m, s: lg((n + 1) / 2) - lg(n / 2) - ln(n * mp.pi) / 2 - ln(s) - (n + 1) / 2 * mp.log1p(((x - m) / s) ** 2 / n),
    "Gamma::entropy": lambda a, r: a - ln(r) + lg(a) + (1 - a) * psi(a),
    "InverseGamma::entropy": lambda a, s: a + ln(s) + lg(a) - (1 + a) * psi(a),
    "Beta::entropy": lambda a, b: lg(a) + lg(b) - lg(a + b) - (a - 1) * psi(a) - (b - 1) * psi(b) + (a + b - 2) * psi(a + b),
    "Dirichlet::entropy": lambda a, b, c: lg(a) + lg(b) + lg(c) - lg(a + b + c) + (a + b + c - 3) * psi(a + b + c)
    - (a - 1) * psi(a) - (b - 1) * psi(b) - (c - 1) * psi(c),
    "StudentT::entropy": lambda n, s: (n + 1) / 2 * (psi((n + 1) / 2) - psi(n / 2)) + ln(n) / 2 + lg(n / 2) + lg(mp.mpf(1) / 2) - lg((n + 1) / 2) + ln(s),
    "kl of Gamma": lambda a, r, b, q: (a - b) * psi(a) - lg(a) + lg(b) + b * (ln(r) - ln(q)) + a * (q - r) / r,
    "kl of Beta": lambda a, b, c, d: lg(c) + lg(d) - lg(c + d) - lg(a) - lg(b) + lg(a + b) + (a - c) * psi(a) + (b - d) * psi(b)
    + (c - a + d - b) * psi(a + b),
    "kl of Dirichlet": lambda a, b, c, d, e, f: lg(a + b + c) - lg(a) - lg(b) - lg(c) - lg(d + e + f) + lg(d) + lg(e) + lg(f)
    + (a - d) * (psi(a) - psi(a + b + c)) + (b - e) * (psi(b) - psi(a + b + c)) + (c - f) * (psi(c) - psi(a + b + c)),
}
COUNTS = {"Poisson", "Binomial", "NegativeBinomial"}  # their first argument has no slope that counts
cases = {name: [] for name in FORMULAS}
for a in 20.0, 1e4, 1e6, 3e7:
    for sd in 0, 1, -3:
        spread = sd / np.sqrt(a)
        cases["Gamma"] += [(2 * (1 + spread), a, a / 2)]
        cases["InverseGamma"] += [(2 / (1 + spread), a, 2 * a)]
        cases["Beta"] += [(0.4 * (1 + spread * 0.7), 0.8 * a, 1.2 * a), (0.5 * (1 + spread), a, a)]
        # Of 1 - 2x, too, a float has all digits. Along the simplex, slopes in x are differences of 4 a.
        if a < 1e7:
            cases["Dirichlet"] += [(np.round(2.0**20 * 0.25 * (1 + spread)) / 2**20, a, a, 2 * a)]
        cases["Poisson"] += [(np.round(a * (1 + spread)), a)]
        cases["Binomial"] += [(np.round(0.5 * a * (1 + spread)), np.round(a), 0.0)]
        cases["NegativeBinomial"] += [(np.round(a * (1 + spread)), a, 0.0)]
        cases["StudentT"] += [(0.5 + 1.5 * sd, a, 0.5, 1.5)]
    cases["Gamma"] += [(4.0, a, a / 2), (1.0, a, a / 2)]
    cases["InverseGamma"] += [(4.0, a, 2 * a)]
    cases["Beta"] += [(0.75, a, a), (0.5, 3.0, a), (2.0**-10, 3.0, 1024.0)]
    cases["Poisson"] += [(np.round(a / 2), a), (3.0, a)]
    cases["Binomial"] += [(np.round(a / 4), np.round(a), 0.25), (3.0, np.round(a), -2.0)]
    cases["NegativeBinomial"] += [(np.round(a), 0.5 * a, -0.25), (3.0, a, -10.0)]
    cases["StudentT"] += [(100.0, a, 0.5, 1.5)]
    for name in ("Gamma::entropy", "InverseGamma::entropy", "StudentT::entropy"):
        cases[name] += [(a, 1.5)]
    cases["Beta::entropy"] += [(a, a), (a, 0.3 * a), (a, 2.0)]
    cases["Dirichlet::entropy"] += [(a, a, 3 * a), (a, 1.5, 20.0)]
    for near in 1e-2, 0.5:
        cases["kl of Gamma"] += [(a, 2.0, a * (1 + near), 2.0), (a, 2.0, a * (1 + near), 2 * (1 + near)), (a, 2.0, a, 2 - near)]
        cases["kl of Beta"] += [(a, a, a * (1 + near), a), (a, 2 * a, a * (1 + near), 2 * a * (1 + near)), (a, 3.0, a * (1 + near), 4.0)]
        cases["kl of Dirichlet"] += [(a, a, 2 * a, a * (1 + near), a, 2 * a), (a, 2.0, 20.0, a * (1 + near), 3.0, 20.0)]
for name, of_name in cases.items():
    f, rows = FORMULAS[name], []
    for case in dict.fromkeys(tuple(float(np.float32(x)) for x in case) for case in of_name):
        x = [mp.mpf(v) for v in case]
        orders = [tuple(int(i == k) for i in range(len(x))) for k in range(len(x))]
        slopes = [0 if name in COUNTS and k == 0 else mp.diff(f, tuple(x), order) for k, order in enumerate(orders)]
        rows.append([*case, float(f(*x)), *(float(s) for s in slopes)])
    golden.add(name.replace(" ", "_"), rows)
golden.write()

#!/usr/bin/env python3
"""Makes distributions.txt: log densities and their slopes in x and in every parameter (mpmath, 40 digits), means,
variances, entropies and distribution functions (SciPy), divergences and their slopes (PyTorch, float64). Where PyTorch
has the density and is not at an end of the range, the script holds both against each other.

NAME_x, NAME_p0, ...: where; NAME_log_prob, NAME_dx, NAME_dp0, ...; NAME_mean, NAME_variance, NAME_entropy, NAME_cdf.
kl_NAME_0, ...: the parameters of both; kl_NAME, kl_NAME_d0, ...
"""
import platform
from types import SimpleNamespace

import mpmath as mp
import numpy as np
import scipy
import scipy.special
import scipy.stats as st
import torch
import torch.distributions as td
from write_golden import Golden

torch.set_default_dtype(torch.float64)
mp.mp.dps = 40
golden = Golden(
    "distributions.txt",
    f"mpmath {mp.__version__}",
    f"scipy {scipy.__version__}",
    f"torch {torch.__version__}",
    f"Python {platform.python_version()}",
)
gamma, log, exp, pi = mp.loggamma, mp.log, mp.exp, mp.pi
log_beta = lambda a, b: gamma(a) + gamma(b) - gamma(a + b)
softplus = lambda l: mp.log1p(exp(l)) if l < 0 else l + mp.log1p(exp(-l))
sigmoid = lambda l: 1 / (1 + np.exp(-l))


def student(x, n, m, s):
    return gamma((n + 1) / 2) - gamma(n / 2) - log(n * pi) / 2 - log(s) - (n + 1) / 2 * mp.log1p(((x - m) / s) ** 2 / n)


def continuous_bernoulli(x, l):
    # ln C = ln(l / tanh(l/2)) for C = 2 artanh(1 - 2p) / (1 - 2p)
    if abs(l) < mp.mpf(10) ** -12:
        normalizer = log(2) + l**2 / 12
    else:
        normalizer = log(l / mp.tanh(l / 2))
    return x * l - softplus(l) + normalizer


def binomial(x, n, l):
    return gamma(n + 1) - gamma(x + 1) - gamma(n - x + 1) + x * l - n * softplus(l)


def negative_binomial(x, r, l):
    return gamma(x + r) - gamma(x + 1) - gamma(r) - r * softplus(l) - x * softplus(-l)


# name: (log density, of whole numbers, cases (x, parameters...), SciPy's, PyTorch's)
FAMILIES = {
    "normal": (
        lambda x, m, s: -(((x - m) * exp(-s)) ** 2) / 2 - s - log(2 * pi) / 2,
        False,
        [(0.3, 0.1, 0.2), (-2, 1, -1), (5, 0, 2), (40, 0, 0), (1e-8, 0, -20), (0, 0, 300)],
        lambda m, s: st.norm(m, np.exp(s)),
        lambda m, s: td.Normal(m, s.exp()),
    ),
    "bernoulli": (
        lambda x, l: x * l - softplus(l),
        True,
        [(0, 0.3), (1, 0.3), (1, -2), (0, -40), (1, 40), (0, 500), (1, -500)],
        lambda l: st.bernoulli(sigmoid(l)),
        lambda l: td.Bernoulli(logits=l),
    ),
    "laplace": (
        lambda x, m, s: -abs(x - m) / s - log(2 * s),
        False,
        [(0.3, 0.1, 1.5), (-2, 1, 0.2), (100, -1, 0.5), (1e-3, 0, 1e-6), (3, 1, 1e8)],
        lambda m, s: st.laplace(m, s),
        td.Laplace,
    ),
    "cauchy": (
        lambda x, m, s: -log(pi * s) - mp.log1p(((x - m) / s) ** 2),
        False,
        [(0.3, 0.1, 1.5), (-2, 1, 0.2), (1e6, -1, 0.5), (1e-3, 0, 1e-6), (3, 1, 1e8)],
        lambda m, s: st.cauchy(m, s),
        td.Cauchy,
    ),
    "uniform": (
        lambda x, a, b: -log(b - a),
        False,
        [(0.3, 0.1, 1.5), (-2, -3, 0.2), (1, -1e6, 1e6), (1e-7, 0, 1e-6)],
        lambda a, b: st.uniform(a, b - a),
        td.Uniform,
    ),
    "exponential": (
        lambda x, r: log(r) - r * x,
        False,
        [(0.3, 0.1), (2, 3), (0, 2), (300, 2), (1e-9, 1e6)],
        lambda r: st.expon(scale=1 / r),
        td.Exponential,
    ),
    "log_normal": (
        lambda x, m, s: -(((log(x) - m) * exp(-s)) ** 2) / 2 - s - log(2 * pi) / 2 - log(x),
        False,
        [(0.3, 0.1, 0.2), (2, 1, -1), (1e-6, 0, 0.5), (1e6, 3, 0), (1.001, 0, -5)],
        lambda m, s: st.lognorm(np.exp(s), scale=np.exp(m)),
        lambda m, s: td.LogNormal(m, s.exp()),
    ),
    "gamma": (
        lambda x, a, r: a * log(r) - gamma(a) + (a - 1) * log(x) - r * x,
        False,
        [(0.3, 0.5, 1.5), (2, 1, 3), (9, 20, 2), (1e-20, 0.05, 1), (1020, 1000, 1), (50, 2, 1)],
        lambda a, r: st.gamma(a, scale=1 / r),
        td.Gamma,
    ),
    "inverse_gamma": (
        lambda x, a, s: a * log(s) - gamma(a) - (a + 1) * log(x) - s / x,
        False,
        [(0.3, 2.5, 1.5), (2, 5, 3), (0.1, 20, 2), (1e4, 3, 1), (0.02, 3, 1)],
        lambda a, s: st.invgamma(a, scale=s),
        td.InverseGamma,
    ),
    "beta": (
        lambda x, a, b: (a - 1) * log(x) + (b - 1) * mp.log1p(-x) - log_beta(a, b),
        False,
        [(0.3, 0.5, 1.5), (0.9, 4, 2), (1e-12, 0.1, 3), (0.51, 500, 480), (0.25, 1, 1)],
        st.beta,
        td.Beta,
    ),
    "student_t": (
        student,
        False,
        [(0.3, 5, 0.1, 1.5), (-2, 3, 1, 0.2), (1e4, 2.5, 0, 1), (0.7, 1e6, 0, 1), (4, 30, 4, 0.5)],
        lambda n, m, s: st.t(n, m, s),
        td.StudentT,
    ),
    "poisson": (
        lambda x, r: x * log(r) - r - gamma(x + 1),
        True,
        [(0, 0.3), (3, 2.5), (20, 5), (990, 1000), (0, 1e-8), (1, 1e-8)],
        st.poisson,
        td.Poisson,
    ),
    "binomial": (
        binomial,
        True,
        [(0, 5, 0.3), (3, 5, -1), (5, 5, 2), (500, 1000, 0), (0, 10, -30), (10, 10, 40)],
        lambda n, l: st.binom(n, sigmoid(l)),
        lambda n, l: td.Binomial(n, logits=l),
    ),
    "negative_binomial": (
        negative_binomial,
        True,
        [(0, 5, 0.3), (3, 2.5, -1), (8, 0.5, 2), (200, 100, 0.5), (0, 10, -30)],
        lambda r, l: st.nbinom(r, sigmoid(-l)),
        lambda r, l: td.NegativeBinomial(r, logits=l),
    ),
    "von_mises": (
        lambda x, m, k: k * mp.cos(x - m) - log(2 * pi) - log(mp.besseli(0, k)),
        False,
        [(0.3, 0.1, 1.5), (-2, 3, 0.2), (7, 0.7, 20), (0.5, 0.49, 1e5), (1, 1, 1e-6)],
        lambda m, k: SimpleNamespace(
            mean=lambda: m,
            var=lambda: [float(1 - mp.besseli(1, c) / mp.besseli(0, c)) for c in map(mp.mpf, k)],
            entropy=lambda: [
                float(log(2 * pi * mp.besseli(0, c)) - c * mp.besseli(1, c) / mp.besseli(0, c)) for c in map(mp.mpf, k)
            ],
            cdf=lambda x: np.full(x.shape, np.nan),
        ),
        td.VonMises,
    ),
    "continuous_bernoulli": (
        continuous_bernoulli,
        False,
        [(0.3, 0.5), (0.9, -2), (0, 3), (1, 0.01), (0.25, 1e-5), (0.4, 0), (0.7, 60)],
        None,
        lambda l: td.ContinuousBernoulli(logits=l),
    ),
}

for name, (density, whole, cases, of_scipy, of_torch) in FAMILIES.items():
    cases = np.array(cases, dtype=np.float64)
    x, parameters = cases[:, 0], cases[:, 1:].T
    slopes = [[] for _ in cases[0]]
    values = []
    for case in cases:
        point = [mp.mpf(float(v)) for v in case]
        values.append(float(density(*point)))
        for k in range(len(case)):
            if k == 0 and (whole or (name == "exponential" and case[0] == 0)):
                slopes[k].append(float(-case[1]) if name == "exponential" else 0.0)
                continue
            along = lambda t: density(*point[:k], t, *point[k + 1 :])
            step = mp.mpf(10) ** -14 * (abs(point[k]) if point[k] != 0 else 1)  # central: error of 1e-28 of the third slope
            slopes[k].append(float((along(point[k] + step) - along(point[k] - step)) / (2 * step)))
    golden.add(f"{name}_x", x)
    golden.add(f"{name}_log_prob", values)
    if not whole:
        golden.add(f"{name}_dx", slopes[0])
    for k, parameter in enumerate(parameters):
        golden.add(f"{name}_p{k}", parameter)
        golden.add(f"{name}_dp{k}", slopes[k + 1])
    theirs = of_torch(*map(torch.tensor, parameters)).log_prob(torch.tensor(x))
    ordinary = 3
    digits = 1e-6 if name == "von_mises" else 1e-9  # whose Bessel functions are rough in PyTorch
    assert np.allclose(theirs[:ordinary], values[:ordinary], rtol=digits, atol=digits), (name, theirs, values)
    if of_scipy is not None:
        theirs = of_scipy(*parameters)
        golden.add(f"{name}_mean", theirs.mean())
        golden.add(f"{name}_variance", theirs.var())
        golden.add(f"{name}_cdf", theirs.cdf(x))
        if name not in ("poisson", "binomial", "negative_binomial"):
            golden.add(f"{name}_entropy", theirs.entropy())
    else:
        # ∫ x p, ∫ x² p, -∫ p ln p and the distribution function, by mpmath
        rows = [[], [], [], []]
        for (l,), at in zip(parameters.T, x):
            p = lambda t: exp(continuous_bernoulli(t, mp.mpf(l)))
            mean = mp.quad(lambda t: t * p(t), [0, 0.5, 1])
            rows[0].append(float(mean))
            rows[1].append(float(mp.quad(lambda t: (t - mean) ** 2 * p(t), [0, 0.5, 1])))
            rows[2].append(float(mp.quad(lambda t: -p(t) * continuous_bernoulli(t, mp.mpf(l)), [0, 0.5, 1])))
            rows[3].append(float(mp.quad(p, [0, mp.mpf(at)])) if at > 0 else 0.0)
        for what, row in zip(("mean", "variance", "entropy", "cdf"), rows):
            golden.add(f"{name}_{what}", row)

PAIRS = {
    "normal": (lambda a, b, c, d: (td.Normal(a, b.exp()), td.Normal(c, d.exp())), [(0.3, 0.1, -0.5, 0.7), (2, -1, 0, 0)]),
    "bernoulli": (lambda a, b: (td.Bernoulli(logits=a), td.Bernoulli(logits=b)), [(0.3, -1), (3, 2.9), (-20, 5)]),
    "laplace": (lambda a, b, c, d: (td.Laplace(a, b), td.Laplace(c, d)), [(0.3, 0.5, -0.5, 0.7), (2, 1, 2.5, 3)]),
    "exponential": (lambda a, b: (td.Exponential(a), td.Exponential(b)), [(0.3, 0.5), (2, 1), (1, 1.1)]),
    "uniform": (lambda a, b, c, d: (td.Uniform(a, b), td.Uniform(c, d)), [(0.3, 0.5, 0, 0.7), (2, 2.5, 1, 3)]),
    "gamma": (lambda a, b, c, d: (td.Gamma(a, b), td.Gamma(c, d)), [(0.3, 0.5, 0.9, 0.7), (2, 1, 2.5, 3), (30, 2, 25, 2)]),
    "beta": (lambda a, b, c, d: (td.Beta(a, b), td.Beta(c, d)), [(0.3, 0.5, 0.9, 0.7), (2, 1, 2.5, 3), (30, 2, 25, 2)]),
    "poisson": (lambda a, b: (td.Poisson(a), td.Poisson(b)), [(0.3, 0.5), (20, 10), (1, 1.1)]),
    "log_normal": (lambda a, b, c, d: (td.Normal(a, b.exp()), td.Normal(c, d.exp())), [(0.3, 0.1, -0.5, 0.7)]),
    "multivariate_normal": (lambda a, b, c, d: (td.MultivariateNormal(a, scale_tril=b.tril()), td.MultivariateNormal(c, scale_tril=d.tril())), [([1, 2.0], [[1, 0], [0.5, 2]], [0, 0.5], [[0.7, 0], [-1, 1.5]])]),
    "categorical": (lambda a, b: (td.Categorical(logits=a), td.Categorical(logits=b)), [([0.3, 1, -2], [0, 1, 2]), ([1, 2, 3], [1, 2, 3.5])]),
    "dirichlet": (lambda a, b: (td.Dirichlet(a), td.Dirichlet(b)), [([0.3, 1, 2], [0.5, 1, 2]), ([10, 2, 3], [1, 2, 3.5])]),
}
# Slopes through the trigamma function, which PyTorch has to some 9 digits.
log_b = lambda a: sum(map(gamma, a)) - gamma(sum(a))
psi = mp.digamma
EXACT = {
    "gamma": lambda a, r, c, s: (a - c) * psi(a) - gamma(a) + gamma(c) + c * log(r / s) + a * (s - r) / r,
    "beta": lambda a, b, c, d: log_b([c, d]) - log_b([a, b]) + (a - c) * psi(a) + (b - d) * psi(b) + (c - a + d - b) * psi(a + b),
    "dirichlet": lambda *v: log_b(v[3:]) - log_b(v[:3]) + sum((a - c) * (psi(a) - psi(sum(v[:3]))) for a, c in zip(v[:3], v[3:])),
}
for name, (make, cases) in PAIRS.items():
    parameters = [torch.tensor(np.array(column), requires_grad=True) for column in zip(*[[np.array(p, dtype=float) for p in case] for case in cases])]
    divergence = td.kl_divergence(*make(*parameters))
    slopes = torch.autograd.grad(divergence.sum(), parameters, allow_unused=True)
    if name in EXACT:
        rows = np.array([np.concatenate([np.ravel(p) for p in case]) for case in cases], dtype=float)
        exact = []
        for row in rows:
            point = [mp.mpf(v) for v in row]
            assert abs(EXACT[name](*point) - mp.mpf(divergence[len(exact)].item())) < 1e-9
            exact.append([float(mp.diff(lambda t: EXACT[name](*point[:k], t, *point[k + 1 :]), point[k])) for k in range(len(point))])
        exact = np.array(exact).reshape(len(cases), len(parameters), -1)
        ours = [torch.tensor(exact[:, k].reshape(parameters[k].shape)) for k in range(len(parameters))]
        assert all(torch.allclose(a, b, rtol=1e-6, atol=1e-7) for a, b in zip(ours, slopes))
        slopes = ours
    golden.add(f"kl_{name}", divergence.detach())
    for k, (parameter, slope) in enumerate(zip(parameters, slopes)):
        golden.add(f"kl_{name}_{k}", parameter.detach())
        golden.add(f"kl_{name}_d{k}", torch.zeros_like(parameter) if slope is None else slope)

# Of vectors: log densities, the slopes of their sum, entropies and variances, by PyTorch.
random = np.random.default_rng(1)
lower = np.tril(random.normal(size=(3, 3)), -1) + np.diag([0.5, 1.5, 1.0])
other = np.tril(random.normal(size=(3, 3)), -1) + np.diag([0.7, 0.9, 2.0])
stack = np.stack([lower, other])
simplex = random.dirichlet([1.0, 2.0, 3.0], size=2)
VECTORS = {
    "multivariate_normal": (lambda m, l: td.MultivariateNormal(m, scale_tril=l), random.normal(size=(4, 3)), [random.normal(size=3), lower]),
    "multivariate_stack": (lambda m, l: td.MultivariateNormal(m, scale_tril=l), random.normal(size=(4, 2, 3)), [random.normal(size=(2, 3)), stack]),
    "low_rank_normal": (lambda m, w, s: td.LowRankMultivariateNormal(m, w, (2 * s).exp()), random.normal(size=(4, 5)), [random.normal(size=5), random.normal(size=(5, 2)), random.normal(size=5)]),
    "dirichlet": (td.Dirichlet, simplex, [np.array([[0.5, 2, 3.5], [20, 30, 1]])]),
    "mixture": (lambda l, m, s: td.MixtureSameFamily(td.Categorical(logits=l), td.Normal(m, s.exp())), random.normal(size=(4, 2)), [random.normal(size=3), random.normal(size=(2, 3)), random.normal(size=3)]),
    "mixture_of_vectors": (lambda l, m, s: td.MixtureSameFamily(td.Categorical(logits=l), td.Independent(td.Normal(m, s.exp()), 1)), random.normal(size=(4, 2)), [random.normal(size=3), random.normal(size=(3, 2)), random.normal(size=(3, 2))]),
    "relaxed_one_hot": (lambda t, l: td.RelaxedOneHotCategorical(t, logits=l), simplex, [np.array(0.7), random.normal(size=3)]),
    "relaxed_bernoulli": (lambda t, l: td.RelaxedBernoulli(t, logits=l), random.uniform(0.1, 0.9, size=(4, 3)), [np.array(0.7), random.normal(size=3)]),
    "one_hot": (lambda l: td.OneHotCategorical(logits=l), np.eye(3)[[2, 0]], [random.normal(size=(2, 3))]),
}
for name, (make, x, parameters) in VECTORS.items():
    values = [torch.tensor(v, requires_grad=True) for v in [x, *parameters]]
    distribution = make(*values[1:])
    log_prob = distribution.log_prob(values[0])
    slopes = torch.autograd.grad(log_prob.sum(), values[1:])
    golden.add(f"{name}_x", x)
    golden.add(f"{name}_log_prob", log_prob.detach())
    if not name.startswith("mixture") and not name.startswith("relaxed"):
        golden.add(f"{name}_entropy", distribution.entropy().detach())
    if not name.startswith("relaxed"):
        golden.add(f"{name}_variance", distribution.variance.detach())
        golden.add(f"{name}_mean", distribution.mean.detach())
    for k, (parameter, slope) in enumerate(zip(parameters, slopes)):
        golden.add(f"{name}_p{k}", parameter)
        golden.add(f"{name}_dp{k}", slope)
golden.write()

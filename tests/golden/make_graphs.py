#!/usr/bin/env python3
"""Makes graphs.txt: random expressions of all operations that PyTorch has too, up to twelve deep, with their values and derivatives
by PyTorch in float64. make_graphs.py [--graphs N] [--seed N] [--out FILE]

A line `matrix` holds a (4, 4), which lines below count from 0 on; one of a graph is
    graph A B VA VB W NAME FIRST SECOND ... : VALUE CURVATURE GRADIENT...
with the arguments, directions and weights by their numbers, then each step's operation and the variables that it is of:
0 and 1 are the arguments, 2 is the first step's result. tests/autodiff/ops/graphs.hpp is the same in xtape's functions.
Left out is what is no test to 1e-9: where a kink lies near, or where a change of the arguments in the 14th digit moves a derivative
in the 10th."""
import argparse
import math
import pathlib
import platform
import random
import sys

import torch
from torch import linalg, special
from torch.nn import functional

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
ANY, POSITIVE = (-2, 2), (0.3, 3)


def of(f, *domain):
    """An element-wise function, its operands moved into the domain: the second is y, all others are x."""
    domain = domain or (ANY,)
    mid, half = [(a + b) / 2 for a, b in domain], [(b - a) / 2 for a, b in domain]
    return lambda x, y: f(*(mid[k] + half[k] * torch.sin(y if k == 1 else x) for k in range(len(domain))))


def trigamma(x):  # PyTorch's own, which its gradients of digamma and lgamma call, has nine digits
    return special.zeta(torch.tensor(2.0), x)


def with_slope(f, slope):
    class Function(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            context.save_for_backward(x)
            return f(x)

        @staticmethod
        def backward(context, g):
            return g * slope(*context.saved_tensors)

    return Function.apply


digamma = with_slope(torch.digamma, trigamma)
gammaln = with_slope(torch.lgamma, digamma)


def log_beta(a, b):
    return gammaln(a) + gammaln(b) - gammaln(a + b)


ON_NUMBERS = {
    "where": of(lambda c, a, b: torch.where(c != 0, a, b), ANY, ANY, ANY),
    "maximum": of(torch.maximum, ANY, ANY),
    "minimum": of(torch.minimum, ANY, ANY),
    "clip": of(lambda x: x.clamp(-0.5, 1)),
    "add": of(torch.add, ANY, ANY),
    "subtract": of(torch.sub, ANY, ANY),
    "multiply": of(torch.mul, ANY, ANY),
    "quotient_slope": of(lambda a, b, c: a * b / c**2, ANY, ANY, POSITIVE),
    "divide": of(torch.div, ANY, POSITIVE),
    "negative": of(torch.neg),
    "square": of(torch.square),
    "sqrt": of(torch.sqrt, POSITIVE),
    "abs": of(torch.abs),
    "power_slope": of(lambda g, a, b: g * b * a ** (b - 1), ANY, POSITIVE, ANY),
    "power": of(torch.pow, POSITIVE, ANY),
    "exp": of(torch.exp),
    "expm1": of(torch.expm1),
    "log": of(torch.log, POSITIVE),
    "log1p": of(torch.log1p, (-0.6, 3)),
    "exp2": of(torch.exp2),
    "log2": of(torch.log2, POSITIVE),
    "log10": of(torch.log10, POSITIVE),
    "logaddexp": of(torch.logaddexp, ANY, ANY),
    "logaddexp2": of(torch.logaddexp2, ANY, ANY),
    "xlogy": of(special.xlogy, ANY, POSITIVE),
    "xlog1py": of(special.xlog1py, ANY, (-0.6, 3)),
    "logit": of(special.logit, (0.15, 0.85)),
    "sin": of(torch.sin),
    "cos": of(torch.cos),
    "tan": of(torch.tan, (-1.2, 1.2)),
    "arcsin": of(torch.arcsin, (-0.8, 0.8)),
    "arccos": of(torch.arccos, (-0.8, 0.8)),
    "arctan": of(torch.arctan),
    "arctan2_slope": of(lambda a, b: a / (a**2 + b**2), ANY, POSITIVE),
    "arctan2": of(torch.arctan2, ANY, POSITIVE),
    "sinc_slope": of(lambda x: (torch.cos(math.pi * x) - torch.sinc(x)) / x, (0.3, 0.9)),
    "sinc": of(torch.sinc),
    "sigmoid_slope": of(lambda x: torch.sigmoid(x) * torch.sigmoid(-x)),
    "tanh": of(torch.tanh),
    "sigmoid": of(torch.sigmoid),
    "relu": of(torch.relu),
    "softplus": of(lambda x: torch.logaddexp(x, torch.zeros(()))),  # functional.softplus is x above 20 alone
    "log_sigmoid": of(functional.logsigmoid),
    "softsign": of(functional.softsign),
    "leaky_relu": of(lambda x: functional.leaky_relu(x, 0.125)),
    "elu": of(lambda x: 1.25 * torch.where(x > 0, x, 1.5 * torch.expm1(0.5 * x))),
    "silu": of(functional.silu),
    "mish": of(functional.mish),
    "gelu": of(functional.gelu),
    "gelu_tanh": of(lambda x: functional.gelu(x, approximate="tanh")),
    "sinh": of(torch.sinh),
    "cosh": of(torch.cosh),
    "arcsinh": of(torch.arcsinh),
    "arccosh": of(torch.arccosh, (1.3, 4)),
    "arctanh": of(torch.arctanh, (-0.8, 0.8)),
    "cbrt": of(lambda x: x ** (1 / 3), POSITIVE),
    "rsqrt": of(torch.rsqrt, POSITIVE),
    "hypot_slope": of(lambda a, b: a / torch.hypot(a, b), ANY, POSITIVE),
    "hypot": of(torch.hypot, ANY, POSITIVE),
    "copysign": of(torch.copysign, ANY, ANY),
    "mod": of(torch.remainder, (-2, 2.7), (2.6, 4)),
    "fmod": of(torch.fmod, (-2, 2.7), (2.6, 4)),
    "fmax": of(torch.fmax, ANY, ANY),
    "fmin": of(torch.fmin, ANY, ANY),
    "nan_to_num": of(torch.nan_to_num),
    "gaussian": of(lambda x: torch.exp(-x * x / 2)),
    "erf": of(torch.erf),
    "erfc": of(torch.erfc),
    "erfcx": of(special.erfcx),
    "ndtr": of(special.ndtr),
    "log_ndtr": of(special.log_ndtr),
    "ndtri": of(special.ndtri, (0.05, 0.95)),
    "erfinv": of(torch.erfinv, (-0.9, 0.9)),
    "polygamma": of(trigamma, POSITIVE),
    "digamma": of(digamma, POSITIVE),
    "gammaln": of(gammaln, POSITIVE),
    "betaln": of(log_beta, POSITIVE, POSITIVE),
    "beta": of(lambda a, b: torch.exp(log_beta(a, b)), POSITIVE, POSITIVE),
    "bessel_i": of(special.i0),
    "bessel_ie": of(special.i0e),
}


def spread(x, *steps):
    return x + torch.diag(torch.tensor(steps, dtype=x.dtype))


def image(x):
    return x.reshape(1, 1, 4, 4)


def kernel(y):
    return y[:2, :2].reshape(1, 1, 2, 2)


PLACES = torch.tensor([2, 0, 2, 3])
SEGMENTS = torch.tensor([0, 1, 1, 0])


def segment_sum(x):
    return torch.zeros(2, 4).index_add(0, SEGMENTS, x)


def segment_softmax(x):
    return x.exp() / segment_sum(x.exp())[SEGMENTS]


def recurrence(a, b):
    y = [b[0]]
    for l in range(1, 4):
        y.append(b[l] + a[l] * y[-1])
    return torch.stack(y)


def put(x, where, v):
    y = x.clone()
    y[where] = v
    return y


def eigh(x, y):
    w, v = linalg.eigh(spread(0.2 * (x + x.T), 0, 2, 4, 6))
    return torch.exp(-w) * v**2


def svd(x, y):
    u, s, vh = linalg.svd(spread(0.2 * x, 1, 3, 5, 7))
    return u**2 * s + vh**2


def qr(x, y):  # of a diagonal above 0, as LAPACK's R has none
    q, r = linalg.qr(spread(0.3 * x, 1, 2, 3, 4))
    return q**2 + r**2


def var_mean(x, y):
    variance, mean = torch.var_mean(x, 0, correction=0)
    return variance * mean.exp()


def squared_spectrum(x, y):  # of the real and the imaginary parts
    return torch.fft.irfft(torch.view_as_complex(torch.view_as_real(torch.fft.rfft(x)) ** 2), 4)


def fft(x, y):
    return torch.view_as_real(torch.fft.fft(torch.view_as_complex(x.reshape(2, 4, 2))))


ON_MATRICES = {
    "map": lambda x, y: x * torch.tanh(y) + y,
    "map_sum": lambda x, y: (x * torch.sin(y)).sum(-1),
    "flat_beside": lambda x, y: x * y.floor() + y.sign(),
    "where_greater": lambda x, y: torch.where(x > 0.1, y, torch.sin(x)),
    "checkpoint": lambda x, y: x * torch.exp(y) - y,
    "transpose": lambda x, y: x.T,
    "reshape": lambda x, y: x.reshape(2, 8),
    "matmul": torch.matmul,
    "matmul_vector": lambda x, y: x.T @ y[0],
    "linear": lambda x, y: functional.linear(x, y, x[1]),
    "sum_axis": lambda x, y: x.sum(0, True),
    "sum": lambda x, y: x.sum() * y,
    "mean": lambda x, y: x.mean(1, True),
    "prod": lambda x, y: x.prod(0, True),
    "var": lambda x, y: x.var(1, correction=1, keepdim=True),
    "var_mean": var_mean,
    "norm": lambda x, y: linalg.vector_norm(spread(x, 2, 2, 2, 2), dim=0),
    "max_min": lambda x, y: x.amax(0) - y.amin(1, True),
    "logsumexp": lambda x, y: x.logsumexp(1, True),
    "softmax": lambda x, y: x.softmax(0),
    "log_softmax": lambda x, y: x.log_softmax(-1),
    "cumsum": lambda x, y: x.cumsum(0),
    "cumprod": lambda x, y: x.cumprod(1),
    "cummax": lambda x, y: x.cummax(0).values,
    "logcumsumexp": lambda x, y: x.logcumsumexp(1),
    "linear_recurrence": recurrence,
    "diff": lambda x, y: torch.cat((x.diff(dim=0), y[:1])),
    "slice": lambda x, y: x.flip(0)[:, 1] * y,
    "stack": lambda x, y: torch.stack((x[0], y[3], x[1], x[0])),
    "split": lambda x, y: torch.cat((x[:, 2:], x[:, 2:] * x[:, :2]), 1),
    "unstack": lambda x, y: x[2] * y + x[0],
    "take_rows": lambda x, y: x[PLACES],
    "take_columns": lambda x, y: x[:, PLACES],
    "take_along_axis": lambda x, y: x.take_along_dim(y.argsort(dim=1, stable=True), 1),
    "fancy_index": lambda x, y: x[PLACES, torch.tensor([0, 1, 1, 3])],
    "element": lambda x, y: x[1, 2],
    "flip": lambda x, y: x.flip(0),
    "roll": lambda x, y: x.roll(1, 1),
    "repeat": lambda x, y: x[:2].repeat_interleave(2, 0),
    "tile": lambda x, y: x[:, 1:3].tile(1, 2),
    "pad": lambda x, y: functional.pad(image(x), (0, 1, 1, 0), mode="reflect")[0, 0],
    "triangles": lambda x, y: x.tril() + y.triu(1),
    "diagonal": lambda x, y: x.diagonal() * y + x.trace(),
    "sort": lambda x, y: x.sort(dim=1, stable=True).values,
    "topk": lambda x, y: x.topk(2, 0).values,
    "median": lambda x, y: x.sort(dim=1, stable=True).values[:, 1:3].mean(1, True),
    "index_add": lambda x, y: x.index_add(0, PLACES, y),
    "set": lambda x, y: put(x, (slice(1, 3), 0), y[:2, 3]),
    "add_at": lambda x, y: put(x, (0, slice(1, 3)), x[0, 1:3] + y[2, :2]),
    "segment_softmax": lambda x, y: segment_softmax(x),
    "segment_sum": lambda x, y: segment_sum(x),
    "outer": lambda x, y: torch.outer(x[0], y[1]),
    "einsum": lambda x, y: torch.einsum("ij,kj,i->ik", x, y, x.diagonal()),
    "kron": lambda x, y: torch.kron(x[:2, :2].contiguous(), y[1:3, 1:3].contiguous()),
    "cholesky": lambda x, y: linalg.cholesky(spread(x @ x.T, 2, 2, 2, 2)) * y,
    "solve": lambda x, y: linalg.solve(spread(0.2 * x, 1, 2, -2, 1.5), y),
    "solve_triangular": lambda x, y: linalg.solve_triangular(spread(x, 3, 2, -3, 2.5).tril(), y, upper=False),
    "inv": lambda x, y: linalg.inv(spread(0.2 * x, 1, 2, -2, 1.5)),
    "det": lambda x, y: linalg.det(spread(0.5 * x, 1, 1, 1, 1)) * y,
    "slogdet": lambda x, y: linalg.slogdet(spread(0.2 * x, 1, -2, 1, 1))[1] * y,
    "eigh": eigh,
    "eigvalsh": lambda x, y: linalg.eigvalsh(spread(0.2 * (x + x.T), 0, 2, 4, 6)) * y,
    "svd": svd,
    "svdvals": lambda x, y: linalg.svdvals(spread(0.2 * x, 1, 3, 5, 7)) * y,
    "qr": qr,
    "pinv": lambda x, y: linalg.pinv(spread(0.2 * x, 1, 2, 3, 4)[:3]),
    "expm": lambda x, y: linalg.matrix_exp(0.3 * x),
    "matrix_power": lambda x, y: linalg.matrix_power(x, 3),
    "conv2d_bias": lambda x, y: functional.conv2d(image(x), kernel(y), x[0, 1:2], padding=1),
    "conv2d": lambda x, y: functional.conv2d(image(x), kernel(y)),
    "conv_transpose2d": lambda x, y: functional.conv_transpose2d(image(x), kernel(y), stride=2),
    "max_pool2d": lambda x, y: functional.max_pool2d(image(x), 2),
    "avg_pool2d": lambda x, y: functional.avg_pool2d(image(x), 2),
    "unfold": lambda x, y: functional.unfold(image(x), 2),
    "interpolate": lambda x, y: functional.interpolate(image(x), scale_factor=2, mode="bilinear"),
    "rfft": squared_spectrum,
    "fft": fft,
    "broadcast_to": lambda x, y: x[1].expand(2, 4) * y[0, 0],
    "trapezoid": lambda x, y: torch.trapezoid(x, dx=0.5, dim=0),
    "stddev": lambda x, y: spread(x, 2, 2, 2, 2).std(1, correction=0, keepdim=True),
}
OPS = ON_NUMBERS | ON_MATRICES


def fitted(r):
    """Any result as a (4, 4): broadcast where that fits, else summed with weights of its own for each element."""
    if r.dim() <= 2 and all(have in (1, want) for have, want in zip(reversed(r.shape), (4, 4))):
        return r.expand(4, 4)
    return (r * torch.cos(torch.arange(r.numel(), dtype=r.dtype)).reshape(r.shape)).sum().expand(4, 4)


def value(steps, weights, a, b):
    there = [a, b]
    total = (weights * a * b).sum()
    for name, first, second in steps:
        r = fitted(OPS[name](there[first], there[second]))
        there.append(r * torch.rsqrt(1 + r * r))
        total = total + (weights * there[-1]).sum()
    return total


def derivatives(steps, weights, x, v):
    """Value, curvature along v, and gradient."""
    x = [xk.clone().requires_grad_() for xk in x]
    y = value(steps, weights, *x)
    g = torch.autograd.grad(y, x, create_graph=True)
    h = torch.autograd.grad(sum((gk * vk).sum() for gk, vk in zip(g, v)), x)
    return y.detach(), sum((hk * vk).sum() for hk, vk in zip(h, v)), torch.stack(g).detach()


def is_smooth(steps, weights, x, v, g):
    """Whether two difference quotients along v agree with each other and the gradient."""
    at = lambda step: value(steps, weights, *(xk + step * vk for xk, vk in zip(x, v)))
    with torch.no_grad():
        wide, narrow = ((at(h) - at(-h)) / (2 * h) for h in (1e-3, 5e-4))
    scale = 1 + g.norm() * torch.stack(v).norm()
    exact = (g * torch.stack(v)).sum()
    return abs(narrow - wide) < 1e-4 * scale and abs(narrow + (narrow - wide) / 3 - exact) < 1e-5 * scale


def is_stable(steps, weights, x, v, got):
    """Whether the arguments' digits beyond the 14th stay without weight."""
    moved = derivatives(steps, weights, [xk * (1 + 1e-14 * torch.cos(1e4 * xk)) for xk in x], v)
    return all((a - b).abs().max() < 1e-10 * (1 + a.abs().max()) for a, b in zip(got, moved))


arguments = argparse.ArgumentParser()
arguments.add_argument("--graphs", type=int, default=320)
arguments.add_argument("--seed", type=int, default=2026)
arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).with_name("graphs.txt"))
options = arguments.parse_args()

choice = random.Random(options.seed)
generator = torch.Generator().manual_seed(options.seed)
matrices = [torch.round(torch.randn((4, 4), generator=generator), decimals=6) for _ in range(64)]
lines = [f"# made with torch {torch.__version__.split('+')[0]}, Python {platform.python_version()}", "# to 9 digits"]
lines += ["matrix " + " ".join(map(repr, matrix.ravel().tolist())) for matrix in matrices]
kinks = unstable = 0
deck = []
while len(lines) < 2 + len(matrices) + options.graphs:
    picked = choice.sample(range(len(matrices)), 5)
    a, b, va, vb, weights = (matrices[k] for k in picked)
    steps = []
    for k in range(choice.randint(1, 12)):
        if not deck:  # each operation as often as any other
            deck = choice.sample(sorted(OPS), len(OPS))
        steps.append((deck.pop(), choice.randrange(2 + k), choice.randrange(2 + k)))
    got = derivatives(steps, weights, (a, b), (va, vb))
    if not is_smooth(steps, weights, (a, b), (va, vb), got[2]):
        kinks += 1
    elif not is_stable(steps, weights, (a, b), (va, vb), got):
        unstable += 1
    else:
        words = ["graph", *picked, *(word for step in steps for word in step), ":"]
        words += [f"{number:.12g}" for number in (got[0].item(), got[1].item(), *got[2].ravel().tolist())]
        lines.append(" ".join(map(str, words)))
options.out.write_text("\n".join(lines) + "\n")
print(f"{options.graphs} graphs; left out: {kinks} at kinks, {unstable} unstable", file=sys.stderr)

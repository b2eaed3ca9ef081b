#!/usr/bin/env python3
"""Makes elementwise.txt: values, gradients and Hessian-vector products of element-wise functions, by PyTorch in float64
(torch_cases.py), or mpmath, at random arguments; and values at hard ones, NAME.hard, of all pairs where NAME has two arguments."""
import math

import mpmath
import numpy
import torch
from torch.nn import functional
from torch_cases import TorchCases

cases = TorchCases("elementwise.txt", 20241127)
case, normal, write = cases.case, cases.normal, cases.write
inf, nan = math.inf, math.nan
hard = torch.tensor([0.0, -0.0, 5e-324, -1e-310, 2.5e-308, 1e-20, -1e-9, 0.25, -0.5, 0.75, 1.0, -1.0, 1.5, -2.5, 3.0, 20.0,
                     -30.0, 709.5, -745.0, 1e4, -1e4, 1e17, -1e155, 1.7e308, inf, -inf, nan])
few = torch.tensor([0.0, -0.0, 1e-310, -0.75, 1.0, -1.0, 2.5, -1e4, 1e17, 1e200, inf, -inf, nan])
write("hard", hard)
write("few", few)


def values(name, f):
    write(f"{name}.hard", f(hard))


def of_one(name, f, low=None, high=None):
    x = normal(3, 4) if low is None else low + (high - low) * torch.rand((3, 4), generator=cases.generator)
    case(name, f, x)
    values(name, f)


def of_two(name, f, at_hard=None, positive=False):
    a, b = normal(3, 4), normal(4)
    case(name, f, a, 0.3 + b.abs() if positive or at_hard else b)
    hard_values = f(few[:, None], few) if at_hard is None else torch.from_numpy(at_hard(few.numpy()[:, None], few.numpy()))
    write(f"{name}.hard", hard_values)


def rounded(number):
    try:
        return float(number)
    except OverflowError:  # an exponent so far down that mpmath does not try
        return math.copysign(0.0, number)


def exact(name, f, at_hard=False):
    """Of one argument, by mpmath in 40 digits, where PyTorch's values or derivatives cancel."""
    x, c, v = normal(3, 4), normal(3, 4), normal(3, 4)
    with mpmath.workdps(40):
        y, slope, curvature = ([float(mpmath.diff(f, number, n)) for number in x.ravel().tolist()] for n in range(3))
    for letter, values_of in (("x0", x), ("c", c), ("v0", v), ("y", torch.tensor(y).reshape(3, 4)),
                              ("g0", c * torch.tensor(slope).reshape(3, 4)), ("h0", c * v * torch.tensor(curvature).reshape(3, 4))):
        write(f"{name}.{letter}", values_of)
    if at_hard:
        with mpmath.workdps(40):
            write(f"{name}.hard", torch.tensor([rounded(f(mpmath.mpf(number))) for number in hard.tolist()]))


of_one("tan", torch.tan)
of_one("arcsin", torch.arcsin, -0.9, 0.9)
of_one("arccos", torch.arccos, -0.9, 0.9)
of_one("arctan", torch.arctan)
of_two("arctan2", torch.arctan2)
exact("sinc", lambda x: mpmath.sincpi(x))
of_one("deg2rad", torch.deg2rad)
of_one("rad2deg", torch.rad2deg)
of_one("sinh", torch.sinh)
of_one("cosh", torch.cosh)
of_one("arcsinh", torch.arcsinh)
of_one("arccosh", torch.arccosh, 1.1, 5)
of_one("arctanh", torch.arctanh, -0.9, 0.9)
of_one("exp2", torch.exp2)
of_one("log2", torch.log2, 0.1, 5)
of_one("log10", torch.log10, 0.1, 5)
of_two("logaddexp", torch.logaddexp)
of_two("logaddexp2", torch.logaddexp2)
of_two("xlogy", torch.special.xlogy, positive=True)
of_two("xlog1py", torch.special.xlog1py, positive=True)
of_one("logit", torch.special.logit, 0.05, 0.95)
case("cbrt", lambda x: torch.sign(x) * x.abs() ** (1 / 3), (3, 4))
of_one("rsqrt", torch.rsqrt, 0.1, 5)
of_one("reciprocal", torch.reciprocal)
of_two("hypot", torch.hypot)
of_two("mod", torch.remainder, numpy.mod)
of_two("fmod", torch.fmod, numpy.fmod)  # PyTorch's are NaN for denormal divisors
of_two("fmax", torch.fmax)
of_two("fmin", torch.fmin)
of_two("copysign", torch.copysign)
values("floor", torch.floor)
values("ceil", torch.ceil)
values("trunc", torch.trunc)
values("round", torch.round)
values("isnan", torch.isnan)
values("isinf", torch.isinf)
values("isfinite", torch.isfinite)
of_one("nan_to_num", torch.nan_to_num)
of_one("softsign", functional.softsign)
of_one("leaky_relu", functional.leaky_relu)
of_one("elu", lambda x: functional.elu(x, 0.7))
of_one("celu", lambda x: torch.where(x > 0, x, 0.7 * torch.expm1(x / 0.7)))  # celu's own slope has float32's digits
of_one("selu", functional.selu)
of_one("silu", functional.silu)
of_one("mish", functional.mish)
exact("gelu", lambda x: x * mpmath.ncdf(max(min(x, 1e4), -1e4) if mpmath.isfinite(x) else x), at_hard=True)  # PyTorch's cancels in its tail
of_one("gelu_tanh", lambda x: functional.gelu(x, approximate="tanh"))
of_one("hardtanh", functional.hardtanh)
of_one("softshrink", functional.softshrink)
values("sign", lambda x: torch.from_numpy(numpy.sign(x.numpy())))
values("heaviside", lambda x: torch.from_numpy(numpy.heaviside(x.numpy(), 0.25)))
values("logical_and", lambda x: torch.logical_and(x, x.roll(1)))
values("logical_or", lambda x: torch.logical_or(x, x.roll(1)))
values("logical_not", torch.logical_not)
cases.golden.write()

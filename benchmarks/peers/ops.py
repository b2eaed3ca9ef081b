"""What the contestants of the task `op` (benchmarks/tasks/ops.cpp) share: operands, and the operations that differ from
NumPy's in their arguments alone. torch_ops.py and jax_ops.py have the others."""

import functools
import inspect

import numpy

from same_numbers import same_numbers

COTANGENT_SEED = 104


def shared(np, nn, linalg, special):
    """Operations by xtape's names, of modules that are like these. `axis` comes from the task's "axis:0"."""
    return {
        "clip": lambda x: np.clip(x, -0.5, 1.0),
        "nan_to_num": lambda x: np.nan_to_num(x, nan=0.25, posinf=8.0, neginf=-4.0),
        "leaky_relu": lambda x: nn.leaky_relu(x, 0.125),
        "bessel_i": special.i0,
        "bessel_ie": special.i0e,
        "polygamma": lambda x: special.polygamma(1, x),
        "sum": lambda x, axis: np.sum(x, axis),
        "prod": lambda x, axis: np.prod(x, axis),
        "mean": lambda x, axis: np.mean(x, axis),
        "logsumexp": lambda x, axis: special.logsumexp(x, axis),
        "softmax": lambda x, axis: nn.softmax(x, axis),
        "log_softmax": lambda x, axis: nn.log_softmax(x, axis),
        "cumsum": lambda x, axis: np.cumsum(x, axis),
        "cumprod": lambda x, axis: np.cumprod(x, axis),
        "concatenate": lambda a, b, axis: np.concatenate((a, b), axis),
        "reshape": lambda x: np.reshape(x, (-1,)),
        "sum_to": lambda x: np.sum(x, 0),
        "cholesky": linalg.cholesky,
        "solve": linalg.solve,
        "inv": linalg.inv,
        "pinv": linalg.pinv,
        "det": linalg.det,
        "slogdet": lambda x: linalg.slogdet(x)[1],
        "eigh": lambda x: np.abs(linalg.eigh(x)[1]),
        "eigvalsh": linalg.eigvalsh,
        "svd": lambda x: np.abs(linalg.svd(x, full_matrices=False)[0]),
        "svdvals": linalg.svdvals,
        "qr": lambda x: linalg.qr(x)[0],
    }


def function_of(use, table, modules, **more):
    """The operation NAME[/HOW]: of the table, or a namesake in a module.
    `more` are what functions of the table take beside the operands, if they do."""
    name, _, how = use.partition("/")
    namesake = next((getattr(module, name) for module in modules if hasattr(module, name)), None)
    function = table.get(use) or table.get(name) or namesake
    if function is None:
        raise NotImplementedError(f"no {use}")
    if how.startswith("axis:"):
        more["axis"] = int(how[5:])
    if inspect.isfunction(function):
        wanted = {key: value for key, value in more.items() if key in inspect.signature(function).parameters}
        if wanted:
            return functools.partial(function, **wanted)
    return function


def operands_of(use, shapes, intervals):
    """Arrays as support/op_rows.cpp makes them; a condition is one of truth values."""
    operands = []
    for shape, interval in zip(str(shapes).split(","), intervals.split(","), strict=True):
        extents = tuple(int(extent) for extent in shape.split("x"))
        definite = interval == "definite"
        low, high = (-2.0, 2.0) if definite else (float(end) for end in interval.split(":"))
        x = same_numbers(len(operands) + 1, extents, low, high)
        operands.append(made_definite(x) if definite else x)
    if use == "where":
        operands[0] = operands[0] != 0
    return operands


def made_definite(x):
    n = x.shape[-1]
    symmetric = (x + numpy.swapaxes(x, -1, -2)) / 2 + numpy.diag(3 * n + numpy.arange(n, dtype=numpy.float32))
    return (symmetric / (3.5 * n)).astype(numpy.float32)


def cotangent_of(shape):
    return same_numbers(COTANGENT_SEED, tuple(shape), 0.5, 1.5)


def backwards_of(x):
    """The indices of the rows of a matrix, the last one first; and of each element the place of its mirror image."""
    rows, columns = x.shape if x.ndim == 2 else (0, 0)
    mirrored = numpy.tile(numpy.arange(columns)[::-1], (rows, 1))
    return {"backwards": numpy.arange(rows)[::-1].copy(), "mirrored": mirrored}


def rows_of(x):
    """Of the matrix into whose rows the operation `broadcast_to` copies x: matrix_of in tests/autodiff/ops/samples.hpp."""
    return {40: 25, 1000: 1000}.get(x.shape[0], 0)


def mean_magnitude(x):
    return float(numpy.mean(numpy.abs(numpy.asarray(x, dtype=numpy.float64))))

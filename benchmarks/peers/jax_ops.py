"""The task `op` in JAX: benchmarks/tasks/ops.cpp. The gradient is compiled with the value, which it returns too."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from ops import backwards_of, cotangent_of, function_of, mean_magnitude, operands_of, rows_of, shared

convolved = functools.partial(lax.conv_general_dilated, window_strides=(2, 2), padding=[(1, 1), (1, 1)])


def pooled(x):
    return lax.reduce_window(x, 0.0, lax.add, (1, 1, 2, 2), (1, 1, 2, 2), "VALID") / 4


def fourier(x):
    y = jnp.fft.fft(lax.complex(x[..., 0], x[..., 1]))
    return jnp.stack((jnp.real(y), jnp.imag(y)), -1)


FUNCTIONS = shared(jnp, jax.nn, jnp.linalg, jax.scipy.special) | {
    "rsqrt": lax.rsqrt,
    "softsign": jax.nn.soft_sign,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "gelu_tanh": lambda x: jax.nn.gelu(x, approximate=True),
    "elu": lambda x: 1.25 * jnp.where(x > 0, x, 1.5 * jnp.expm1(0.5 * jnp.minimum(x, 0))),
    "var": lambda x, axis: jnp.var(x, axis),
    "var_mean": lambda x, axis: jnp.var(x, axis),
    "norm": lambda x, axis: jnp.linalg.norm(x, axis=axis),
    "max": lambda x, axis: jnp.max(x, axis),
    "min": lambda x, axis: jnp.min(x, axis),
    "logcumsumexp": lambda x, axis: lax.cumlogsumexp(x, axis),
    "transpose": lambda x: x.T,
    "broadcast_to": lambda x, rows: jnp.broadcast_to(x, (rows, x.shape[0])),
    "diagonal": lambda x: jnp.diagonal(x),
    "slice": lambda x: x[:, x.shape[1] // 4 : x.shape[1] // 4 + x.shape[1] // 2],
    "split": lambda x: jnp.split(x, 2, 1)[1],
    "take": lambda x, backwards: x[backwards],
    "take_along_axis": lambda x, mirrored: jnp.take_along_axis(x, mirrored, 1),
    "index_add": lambda a, b, backwards: a.at[backwards].add(b),
    "index_put": lambda a, b, backwards: a.at[backwards].set(b),
    "linear": lambda x, weight, bias: x @ weight.T + bias,
    "solve_triangular": lambda a, b: jax.scipy.linalg.solve_triangular(a, b, lower=True),
    "expm": lambda x: jax.scipy.linalg.expm(x),
    "convolution": convolved,
    "convolution_with_bias": lambda x, weight, bias: convolved(x, weight) + bias[:, None, None],
    "resample/avg_pool2d": pooled,
    "resample/bilinear": lambda x: jax.image.resize(x, (*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3]), "bilinear"),
    "unfold": lambda x: lax.conv_general_dilated_patches(x, (4, 4), (2, 2), [(1, 1), (1, 1)]),
    "fourier": fourier,
}


def op(use, _, direction, shapes, intervals):
    operands = [jnp.asarray(x) for x in operands_of(use, shapes, intervals)]
    modules = (jnp, jax.nn, jax.scipy.special)
    function = function_of(use, FUNCTIONS, modules, rows=rows_of(operands[0]), **backwards_of(operands[0]))
    value = jax.jit(lambda *x: function(*x))
    if direction == "forward":
        return mean_magnitude(value(*operands)), lambda: lambda: value(*operands)
    cotangent = jnp.asarray(cotangent_of(value(*operands).shape))
    floating = [jnp.issubdtype(x.dtype, jnp.floating) for x in operands]

    def of_floating(constants, *variables):
        constants, variables = iter(constants), iter(variables)
        return function(*(next(variables) if is_floating else next(constants) for is_floating in floating))

    @jax.jit
    def value_and_gradient(constants, variables, cotangent):
        y, pull = jax.vjp(functools.partial(of_floating, constants), *variables)
        return y, pull(cotangent)

    variables = [x for x, is_floating in zip(operands, floating) if is_floating]
    constants = [x for x, is_floating in zip(operands, floating) if not is_floating]

    def gradient():
        return value_and_gradient(constants, variables, cotangent)

    return sum(mean_magnitude(dx) for dx in gradient()[1]), lambda: gradient

#!/usr/bin/env python3
"""Makes transforms.txt: derivatives to third order of a small network, by JAX in float64."""
import platform

import jax
import jax.numpy as jnp
import numpy as np
from write_golden import Golden

jax.config.update("jax_enable_x64", True)
golden = Golden("transforms.txt", f"jax {jax.__version__}", f"numpy {np.__version__}", f"Python {platform.python_version()}")
random = np.random.default_rng(1)
x, w, b = random.normal(size=(3, 2)), random.normal(size=(2, 4)), random.normal(size=4)
vx, vw, vb = random.normal(size=(3, 2)), random.normal(size=(2, 4)), random.normal(size=4)


def network(x, w, b):
    h = jnp.tanh(x @ w + b)
    return jax.nn.softmax(h, axis=-1) * jnp.exp(-jnp.square(h))


def loss(x, w, b):
    return jnp.mean(jax.nn.logsumexp(network(x, w, b), axis=-1)) + jnp.sum(jax.nn.softplus(w)) * jnp.var(x)


every = (0, 1, 2)
for name, array in dict(x=x, w=w, b=b, vx=vx, vw=vw, vb=vb).items():
    golden.add(name, array)
golden.add("value", loss(x, w, b))
for name, array in zip("xwb", jax.grad(loss, every)(x, w, b)):
    golden.add("gradient_" + name, array)
for row, arrays in zip("xwb", jax.hessian(loss, every)(x, w, b)):
    for column, array in zip("xwb", arrays):
        golden.add(f"hessian_{row}{column}", array)
for name, array in zip("xwb", jax.jvp(jax.grad(loss, every), (x, w, b), (vx, vw, vb))[1]):
    golden.add("hvp_" + name, array)
for name, array in zip("xwb", jax.jacobian(network, every)(x, w, b)):
    golden.add("jacobian_" + name, array)
value, tangent = jax.jvp(network, (x, w, b), (vx, vw, vb))
golden.add("network", value)
golden.add("jvp", tangent)
cotangent = random.normal(size=value.shape)
golden.add("cotangent", cotangent)
for name, array in zip("xwb", jax.vjp(network, x, w, b)[1](cotangent)):
    golden.add("vjp_" + name, array)
squared_slope = lambda b: jnp.sum(jnp.square(jax.grad(loss, 2)(x, w, b)))
golden.add("second_order", jax.grad(squared_slope)(b))
golden.add("third_order", jax.grad(lambda b: jnp.sum(jnp.square(jax.grad(squared_slope)(b))))(b))


# Of each example: a row of x.
def of_row(x, w, b):
    h = jnp.tanh(x @ w + b)
    return jax.nn.logsumexp(jax.nn.softmax(h) * jnp.exp(-jnp.square(h))) * jnp.sum(x)


rows = (0, None, None)
each_gradient = lambda w: jax.vmap(jax.grad(of_row, 1), rows)(x, w, b)
golden.add("each_gradient", each_gradient(w))
golden.add("each_hessian", jax.vmap(jax.hessian(of_row), rows)(x, w, b))
golden.add("each_tangent", jax.vmap(lambda x, v: jax.jvp(jax.grad(of_row), (x, w, b), (v, vw, vb))[1])(x, vx))
golden.add("each_pair", jax.vmap(lambda a: jax.vmap(lambda c, s: jnp.sin(c @ a) * s, (1, 0))(w, b), out_axes=1)(x))
penalty = lambda w: jnp.sum(jnp.sin(each_gradient(w)))
golden.add("penalty_gradient", jax.grad(penalty)(w))
golden.add("penalty_hvp", jax.jvp(jax.grad(penalty), (w,), (vw,))[1])
golden.write()

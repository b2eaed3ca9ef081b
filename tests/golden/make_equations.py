#!/usr/bin/env python3
"""Makes equations.txt: loops, solutions of equations and of differential equations, with first derivatives and products of
second ones with a direction, by JAX in float64."""
import platform

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.ode import odeint
from write_golden import Golden

jax.config.update("jax_enable_x64", True)
golden = Golden("equations.txt", f"jax {jax.__version__}", f"numpy {np.__version__}", f"Python {platform.python_version()}")
golden.lines.append("# to 9 digits")
random = np.random.default_rng(3)


def case(name, f, *arguments):
    """The value, gradients and Hessian-vector products of sum(sin(f))."""
    arguments = [np.asarray(a) for a in arguments]
    every = tuple(range(len(arguments)))
    directions = [random.normal(size=a.shape) for a in arguments]
    loss = lambda *x: jnp.sum(jnp.sin(f(*x)))
    gradient = jax.grad(loss, every)
    along = lambda *x: sum(jnp.sum(g * v) for g, v in zip(gradient(*x), directions))
    golden.add(f"{name}.y", f(*arguments))
    for k, parts in enumerate(zip(arguments, directions, gradient(*arguments), jax.grad(along, every)(*arguments))):
        for letter, part in zip("xvgh", parts):
            golden.add(f"{name}.{letter}{k}", part)


def solved(f, start, *theta):
    """The root of f by Newton's method, differentiated by the implicit function theorem."""
    def newton(g, x):
        for _ in range(30):
            x = x - jnp.linalg.solve(jax.jacobian(g)(x), g(x))
        return x
    of_tangent = lambda g, y: jnp.linalg.solve(jax.jacobian(g)(jnp.zeros_like(y)), y)
    return jax.lax.custom_root(lambda x: f(x, *theta), start, newton, of_tangent)


a, b = random.normal(size=(4, 4)) + 4 * np.eye(4), random.normal(size=4)
case("scan", lambda h, xs, w: jax.lax.scan(lambda h, x: 2 * (jnp.tanh(w @ h + x),), h, xs)[1],
     random.normal(size=3), random.normal(size=(9, 3)), random.normal(size=(3, 3)))
case("linear_solve", jnp.linalg.solve, a, b)
case("root", lambda a, b: solved(lambda x, a, b: a @ x + jnp.tanh(x) ** 3 - b, jnp.zeros(4), a, b), a, b)
case("fixed_point", lambda w, b: solved(lambda x, w, b: jnp.tanh(w @ x + b) - x, jnp.zeros(4), w, b), 0.1 * a, b)
energy = lambda x, a, b: jnp.sum(jnp.cosh(x)) + 0.5 * x @ (a.T @ a) @ x - b @ x
case("minimize", lambda a, b: solved(jax.grad(energy), jnp.zeros(4), a, b), a, b)


def pendulum(state, t, p):
    return jnp.stack([state[1], -p[0] * jnp.sin(state[0]) - p[1] * state[1] + jnp.sin(2 * t)])


case("odeint", lambda y0, p: odeint(pendulum, y0, jnp.array([0.0, 0.4, 1.5]), p, rtol=1e-13, atol=1e-13), [1.0, 0.5], [2.0, 0.3])
golden.write()

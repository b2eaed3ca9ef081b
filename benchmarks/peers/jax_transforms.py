"""The tasks of benchmarks/tasks/transforms.cpp in JAX, compiled."""

import functools

import jax
import jax.numpy as jnp
from jax.experimental.ode import odeint as solve

import transforms
from transforms import magnitude


def of(function, *operands):
    """The task of a function, to be compiled, at these operands."""
    compiled = jax.jit(function)
    operands = jax.tree.map(jnp.asarray, operands)
    return magnitude(*jax.tree.leaves(compiled(*operands))), lambda: lambda: compiled(*operands)


def hessian(n):
    a, u = transforms.operands_of_hessian(n)

    def f(x, a):
        return jnp.sum(jnp.tanh(a @ x) * jnp.exp(0.1 * x))

    return of(jax.hessian(f), u, a)


def classifier_loss(parameters, x, y):
    hidden_weight, hidden_bias, weight, bias = parameters
    logits = jnp.tanh(x @ hidden_weight.T + hidden_bias) @ weight.T + bias
    return -jnp.sum(y * jax.nn.log_softmax(logits))


def per_example(_, batch):
    gradient = jax.vmap(jax.grad(classifier_loss), in_axes=(None, 0, 0))
    return of(gradient, *transforms.operands_of_classifier(batch))


def hvp(loss, pixels, hidden, latent, batch):
    parameters, direction, images, noise = transforms.operands_of_hvp(pixels, hidden, latent, batch)

    def product(parameters, direction, images, noise):
        slope = jax.grad(lambda p: loss(p, images, noise))
        return jax.jvp(slope, (parameters,), (direction,))[1]

    return of(product, parameters, direction, images, noise)


def jacobian(form, _, m, n):
    a, b, x = transforms.operands_of_jacobian(m, n)

    def f(u, a, b):
        return jnp.sin(a @ u) * jnp.exp(-((b @ jnp.tanh(u)) ** 2))

    return of((jax.jacfwd if form == "tall" else jax.jacrev)(f), x, a, b)


def sparse_band(n):
    seeds, colours, rows = transforms.band(n)

    def chain(x):
        here, following = x[:-1], x[1:]
        return jnp.sum(100.0 * (following - here**2) ** 2 + (1.0 - here) ** 2)

    def entries(x, seeds, colours, rows):
        products = jax.vmap(lambda v: jax.jvp(jax.grad(chain), (x,), (v,))[1])(seeds)
        return products[colours, rows]

    return of(entries, transforms.same_numbers(1, (n,), -1.0, 1.0), seeds, colours, rows)


def odeint(_):
    def slope(state, _, rates):
        x, y = state
        met = x * y
        return jnp.stack([rates[0] * x - rates[1] * met, rates[2] * met - rates[3] * y])

    def loss(rates, start, times):
        solution = solve(slope, start, times, rates, rtol=transforms.TOLERANCE, atol=transforms.TOLERANCE)
        return jnp.sum(solution**2)

    with jax.enable_x64(True):
        check, start = of(jax.grad(loss), transforms.RATES, transforms.START, transforms.TIMES)

    def start_in_doubles():
        step = start()

        def step_in_doubles():
            with jax.enable_x64(True):
                return step()

        return step_in_doubles

    return check, start_in_doubles


def gru(_, hidden, steps, batch):
    def cell(parameters, h, x):
        gates_weight, gates_bias, fresh_weight, fresh_bias, weight, bias = parameters
        both = jax.nn.sigmoid(jnp.concatenate([x, h], -1) @ gates_weight.T + gates_bias)
        reset, update = jnp.split(both, 2, -1)
        fresh = jnp.tanh(jnp.concatenate([x, reset * h], -1) @ fresh_weight.T + fresh_bias)
        following = update * h + (1 - update) * fresh
        return following, following @ weight.T + bias

    def loss(parameters, h, wave):
        _, guesses = jax.lax.scan(functools.partial(cell, parameters), h, wave[:-1])
        return jnp.mean((guesses - wave[1:]) ** 2)

    return of(jax.value_and_grad(loss), *transforms.operands_of_gru(hidden, steps, batch))


def tasks(vae_loss):
    """By name; the loss of the VAE is the worker's own."""
    return {
        "hessian": hessian,
        "per_example": per_example,
        "hvp": functools.partial(hvp, vae_loss),
        "jacobian": jacobian,
        "sparse_band": sparse_band,
        "odeint": odeint,
        "gru": gru,
    }

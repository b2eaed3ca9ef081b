"""JAX as a contestant of scripts/bench. XLA_FLAGS and the cores it may run on say how many threads."""

import sys

import jax
import jax.numpy as jnp

from jax_ops import op
from jax_transforms import tasks
from same_numbers import factors, function_arguments, same_images, same_noise, same_weights
from serve import CHECKED_STEPS, serve


def vae_loss(parameters, x, epsilon):
    """The loss of a batch: x (batch, pixels), epsilon (batch, latent)."""
    linear = iter(zip(parameters[::2], parameters[1::2]))

    def layer(inputs, weight_and_bias):
        weight, bias = weight_and_bias
        return inputs @ weight.T + bias

    h = jax.nn.relu(layer(x, next(linear)))
    mu = layer(h, next(linear))
    log_sigma = layer(h, next(linear))
    z = mu + jnp.exp(log_sigma) * epsilon
    logits = layer(jax.nn.relu(layer(z, next(linear))), next(linear))
    cross_entropy = jnp.sum(jax.nn.softplus(logits) - x * logits)
    kl = 0.5 * jnp.sum(mu**2 + jnp.exp(2 * log_sigma) - 2 * log_sigma - 1)
    return (cross_entropy + kl) / x.shape[0]


def adam(state, gradient):
    count, parameters, first, second = state
    count = count + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    rate = 1e-3 / (1 - 0.9**count)
    root = 1 / jnp.sqrt(1 - 0.999**count)
    parameters = jax.tree.map(
        lambda w, m, v: w - rate * m / (jnp.sqrt(v) * root + 1e-8), parameters, first, second
    )
    return count, parameters, first, second


def update(state, images, epsilon):
    loss, gradient = jax.value_and_grad(vae_loss)(state[1], images, epsilon)
    return adam(state, gradient), loss


def vae(pixels, hidden, latent, batch):
    images = jnp.asarray(same_images(batch, pixels))
    epsilon = jnp.asarray(same_noise(batch, latent))

    def from_the_start():
        weights = [jnp.array(w) for w in same_weights(pixels, hidden, latent)]
        zeros = [[jnp.zeros_like(w) for w in weights] for _ in range(2)]
        return jnp.float32(0), weights, *zeros

    def update_with_noise(state, key, images):
        key, own = jax.random.split(key)
        state, loss = update(state, images, jax.random.normal(own, (batch, latent)))
        return state, key, loss

    training_step = jax.jit(update_with_noise, donate_argnums=(0, 1))

    def start():
        kept = [from_the_start(), jax.random.key(1)]

        def step():
            kept[0], kept[1], loss = training_step(kept[0], kept[1], images)
            return loss, kept

        return step

    checked_step = jax.jit(update, donate_argnums=0)
    state = from_the_start()
    for _ in range(CHECKED_STEPS):
        state, loss = checked_step(state, images, epsilon)
    return float(loss), start


def elementwise(_, count):
    def f(x):
        square = x * x
        return jnp.sum(jnp.tanh(x) * jnp.exp(-square) + jnp.log1p(square))

    gradient = jax.jit(jax.grad(f))
    x = jnp.asarray(function_arguments(count))
    return float(jnp.mean(jnp.abs(gradient(x)))), lambda: lambda: gradient(x)


def matmul(form, m, n, k):
    def product(a, b):
        return jnp.matmul(a.T if form[0] == "t" else a, b.T if form[1] == "t" else b)

    compiled = jax.jit(product)
    a, b = (jnp.asarray(factor) for factor in factors(form, m, n, k))
    return float(jnp.mean(compiled(a, b))), lambda: lambda: compiled(a, b)


if __name__ == "__main__":
    serve(
        f"JAX {jax.__version__}, Python {sys.version.split()[0]}",
        {"vae": vae, "elementwise": elementwise, "matmul": matmul, "op": op} | tasks(vae_loss),
        jax.block_until_ready,
    )

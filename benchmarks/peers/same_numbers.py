"""Numbers that every contestant makes alike: benchmarks/support/same_numbers.hpp in Python."""

import numpy as np

IMAGES_SEED, NOISE_SEED = 101, 102


def scrambled(state):
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def same_numbers(seed, shape, low, high):
    index = np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(seed << 32)
    u = (scrambled(index) >> np.uint64(40)).astype(np.float64) * 2.0**-24
    return (low + (high - low) * u).astype(np.float32).reshape(shape)


def same_images(batch, pixels):
    return same_numbers(IMAGES_SEED, (batch, pixels), 0.0, 1.0)


def same_noise(batch, latent):
    return same_numbers(NOISE_SEED, (batch, latent), -(3.0**0.5), 3.0**0.5)


def same_weights(pixels, hidden, latent):
    """Weight (out, in) and bias (out) of each layer: encoder, the heads of mu and of log sigma, hidden, decoder."""
    layers = [(hidden, pixels), (latent, hidden), (latent, hidden), (hidden, latent), (pixels, hidden)]
    return same_parameters([shape for out, into in layers for shape in [(out, into), (out,)]])


def same_parameters(shapes):
    """Weights (out, ...), of which each element meets the rest of the dimensions, and each one's bias behind it."""
    arrays = []
    for shape in shapes:
        if len(shape) > 1:
            bound = 1 / int(np.prod(shape[1:])) ** 0.5
        arrays.append(same_numbers(len(arrays) + 1, shape, -bound, bound))
    return arrays


def function_arguments(count):
    return same_numbers(103, (count,), -3.0, 3.0)


def factors(form, m, n, k):
    """The operands of a matrix product as they lie in memory: the left or right one transposed where `form` says t."""
    left = same_numbers(1, (k, m) if form[0] == "t" else (m, k), 0.0, 1.0)
    right = same_numbers(2, (n, k) if form[1] == "t" else (k, n), 0.0, 1.0)
    return left, right

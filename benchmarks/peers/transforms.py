"""What the contestants of the tasks of benchmarks/tasks/transforms.cpp share: operands, and the check."""

import numpy

from same_numbers import same_images, same_noise, same_numbers, same_parameters, same_weights

CLASSIFIER = [(400, 784), (400,), (10, 400), (10,)]  # weight and bias of each layer

# Lotka and Volterra's equations: the state at the first of the times, and the rates.
START, RATES = numpy.ones(2), numpy.array([1.5, 1.0, 0.75, 3.0])
TIMES = numpy.linspace(0.0, 10.0, 101)
TOLERANCE = 1e-6


def magnitude(*parts):
    return sum(float(numpy.mean(numpy.abs(numpy.asarray(part, dtype=numpy.float64)))) for part in parts)


def like_weights(seed, shape, fan):
    return same_numbers(seed, shape, -1 / fan**0.5, 1 / fan**0.5)


def operands_of_hessian(n):
    """A (n, n) and the point u (n)."""
    return like_weights(1, (n, n), n), same_numbers(2, (n,), -1.0, 1.0)


def operands_of_classifier(batch):
    """Parameters, images (batch, pixels), and labels as rows of an identity matrix."""
    labels = numpy.eye(10, dtype=numpy.float32)[numpy.arange(batch) % 10]
    return same_parameters(CLASSIFIER), same_images(batch, 784), labels


def operands_of_hvp(pixels, hidden, latent, batch):
    """Parameters of the VAE, a direction for each, images and noise."""
    weights = same_weights(pixels, hidden, latent)
    direction = [same_numbers(301 + place, weight.shape, -1.0, 1.0) for place, weight in enumerate(weights)]
    return weights, direction, same_images(batch, pixels), same_noise(batch, latent)


def operands_of_jacobian(m, n):
    """A and B (m, n), and the point (n)."""
    return like_weights(1, (m, n), n), like_weights(2, (m, n), n), same_numbers(3, (n,), -1.0, 1.0)


def band(n):
    """Of a tridiagonal matrix: the three seeds (3, n), of columns of which no row has two; and of its entries, row by
    row, the product that each is in, and the place there."""
    colours = numpy.arange(n) % 3
    seeds = (colours == numpy.arange(3)[:, None]).astype(numpy.float32)
    rows, columns = numpy.divmod(numpy.arange(3 * n), 3)
    columns += rows - 1
    inside = (columns >= 0) & (columns < n)
    return seeds, columns[inside] % 3, rows[inside]


def operands_of_gru(hidden, steps, batch):
    """Weight and bias of the gates, the candidate and the output; the first state; and waves (steps + 1, batch, 1)."""
    layers = [(2 * hidden, 1 + hidden), (hidden, 1 + hidden), (1, hidden)]
    parameters = same_parameters([shape for out, into in layers for shape in [(out, into), (out,)]])
    return (
        parameters,
        numpy.zeros((batch, hidden), numpy.float32),
        same_numbers(10, (steps + 1, batch, 1), -1.0, 1.0),
    )

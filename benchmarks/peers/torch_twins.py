"""Trains, in PyTorch, the models that benchmarks/twins has trained, on the same numbers: torch_twins.py FILE DATA OUT.
Prints how far the losses are apart, and how far PyTorch's are from those of the same in float64, and writes it into OUT,
as JSON that names the data, with the number of steps before the former is more than TOLERANCE; the exit code is 1 where it
is.

The second is a yardstick. Where the input of a ReLU is within a rounding of zero, the gradient of that unit depends on the
rounding; and where a gradient was zero until then, Adam divides the first one by its own size, and makes a whole step of
it. From there on two trainings part that have agreed to all digits, whoever computes them.

The file, a safetensors one, holds images (batches, batch, pixels), labels (batches, batch), epsilon (steps, samples,
batch, latent), and for each model the weights it starts from, NAME.encoder.0.weight and so on, and the
loss of every step, NAME.losses. Step t takes batch t % batches.
"""

import json
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from torch_autoencoders import Autoencoder, Bernoulli, Gaussian, Vae
from torch_model import ConvVae

TOLERANCE = 1e-5  # relative
CLASSES = 10
SIGMA_FLOOR = 0.01


def conv_vae(pixels, width, latent):
    """Of square images, in colour where only that goes."""
    channels = 1 if math.isqrt(pixels) ** 2 == pixels else 3
    side = math.isqrt(pixels // channels)
    return ConvVae((channels, side, side), width, latent)


TWINS = {
    "ae_cross_entropy": lambda *sizes: Autoencoder(*sizes),
    "ae_squared_error": lambda *sizes: Autoencoder(*sizes, loss="squared-error"),
    "vae_bernoulli": lambda *sizes: Vae(*sizes, Bernoulli()),
    "vae_gaussian_fixed": lambda *sizes: Vae(*sizes, Gaussian("fixed", sizes[0])),
    "vae_gaussian_pixel": lambda *sizes: Vae(*sizes, Gaussian("pixel", sizes[0], SIGMA_FLOOR)),
    "cvae": lambda *sizes: Vae(*sizes, Bernoulli(), CLASSES),
    "conv_vae": conv_vae,
}


def arguments_of(name, numbers, step, dtype):
    batch = step % len(numbers["images"])
    arguments = [numbers["images"][batch].to(dtype)]
    if not name.startswith("ae"):
        epsilon = numbers["epsilon"][step].to(dtype)
        arguments.append(epsilon[0] if name == "conv_vae" else epsilon)
    if name == "cvae":
        arguments.append(F.one_hot(numbers["labels"][batch], CLASSES).to(dtype))
    return arguments


def losses(name, model, numbers, dtype):
    """The losses of a training, one a step. The model is trained in place."""
    model.to(dtype)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for step in range(len(numbers["epsilon"])):
        optimizer.zero_grad()
        loss = model(*arguments_of(name, numbers, step, dtype))
        loss.backward()
        optimizer.step()
        yield loss.item()


def weights(name, numbers):
    prefix = name + "."
    return {key.removeprefix(prefix): value for key, value in numbers.items()
            if key.startswith(prefix) and key != prefix + "losses"}


def losses_of_torch(name, numbers, dtype):
    start = weights(name, numbers)
    model = TWINS[name](numbers["images"].shape[-1], len(start["encoder.0.bias"]), numbers["epsilon"].shape[-1])
    model.load_state_dict(start)
    return torch.tensor(list(losses(name, model, numbers, dtype)), dtype=torch.float64)


def differences(a, b):
    return torch.abs(a - b) / torch.abs(b)


def steps_alike(a, b):
    """Before the first in which they differ by more than the tolerance, or are NaN."""
    alike = differences(a, b) <= TOLERANCE
    return len(alike) if alike.all() else int(alike.logical_not().nonzero()[0])


def main(path, data, out):
    numbers = load_file(path)
    steps, _, batch, _ = numbers["epsilon"].shape
    print(f"{steps} steps on batches of {batch}, PyTorch {torch.__version__}: largest relative difference of a loss\n")
    print(f"{'model':<20} {'xtape, PyTorch':>16} {'steps alike':>12} {'PyTorch, in float64':>22}")
    alike, rows = True, []
    for name in TWINS:
        torch32, torch64 = (losses_of_torch(name, numbers, dtype) for dtype in (torch.float32, torch.float64))
        ours = numbers[name + ".losses"]
        difference, yardstick = (torch.max(differences(*pair)).item() for pair in ((ours, torch32), (torch32, torch64)))
        steps_of = steps_alike(ours, torch32)
        print(f"{name:<20} {difference:>16.1e} {steps_of:>12} {yardstick:>22.1e}", flush=True)
        rows.append({"model": name, "difference": difference, "steps_alike": steps_of, "of_torch_in_float64": yardstick})
        alike = alike and difference <= TOLERANCE  # a NaN is not
    result = {"data": pathlib.Path(data).name, "steps": steps, "batch": batch, "pytorch": torch.__version__,
              "tolerance": TOLERANCE, "models": rows}
    pathlib.Path(out).write_text(json.dumps(result, indent=1) + "\n")
    return alike


if __name__ == "__main__":
    sys.exit(not main(*sys.argv[1:]))

#!/usr/bin/env python3
"""Makes twins.safetensors: the losses of small models of the example programs, trained by PyTorch; what is in the file,
benchmarks/peers/torch_twins.py tells. Weights and what they are trained on are float32, the losses those of a training
in float64.

The kept file was made with the versions that its metadata name.
"""
import pathlib
import platform
import sys

import safetensors
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "../../benchmarks/peers"))
from torch_twins import CLASSES, TWINS, losses  # noqa: E402

PIXELS, HIDDEN, WIDTH, LATENT = 48, 16, 6, 3  # of three channels of four by four, to conv_vae
STEPS, BATCHES, BATCH, SAMPLES = 100, 25, 8, 2

torch.manual_seed(1)
labels = torch.randint(CLASSES, (BATCHES, BATCH))
images = torch.sigmoid(2 * torch.randn(CLASSES, PIXELS)[labels] + torch.randn(BATCHES, BATCH, PIXELS))
images[..., 0] = 0  # as the corners of digits are, where sigma falls towards its floor
numbers = {"images": images, "labels": labels, "epsilon": torch.randn(STEPS, SAMPLES, BATCH, LATENT)}

for name, make in TWINS.items():
    sizes = PIXELS, WIDTH if name == "conv_vae" else HIDDEN, LATENT
    model = make(*sizes)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)  # else the KL term is next to nothing
    start = {f"{name}.{key}": value.clone() for key, value in model.state_dict().items()}
    numbers |= start
    float64 = torch.tensor(list(losses(name, model, numbers, torch.float64)), dtype=torch.float64)
    numbers[f"{name}.losses"] = float64

    again = make(*sizes)
    again.load_state_dict({key.removeprefix(name + "."): value for key, value in start.items()})
    float32 = torch.tensor(list(losses(name, again, numbers, torch.float32)), dtype=torch.float64)
    print(f"{name}: loss {float64[0]:.4f} -> {float64[-1]:.4f}, "
          f"float32 within {torch.max(torch.abs(float32 / float64 - 1)):.1e}")

metadata = {"safetensors": safetensors.__version__, "torch": torch.__version__, "python": platform.python_version()}
save_file(numbers, HERE / "twins.safetensors", metadata)

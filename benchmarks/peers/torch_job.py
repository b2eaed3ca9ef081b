"""The whole job of benchmarks/bench_job.cpp in PyTorch: torch_job.py EPOCHS. Prints the mean loss of the last epoch."""

import os
import sys

import torch

from torch_model import Vae, adam, training_step

IMAGES, PIXELS, BATCH, LATENT = 60000, 784, 128, 20


def main(epochs):
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(1)
    data = torch.randint(0, 256, (IMAGES, PIXELS), dtype=torch.uint8)
    model = Vae(PIXELS, 400, LATENT)
    optimizer = adam(model)
    for _ in range(epochs):
        total = 0.0
        for indices in torch.randperm(IMAGES).split(BATCH):
            images = data[indices].float() / 255
            loss = training_step(model, optimizer, images, torch.randn(len(indices), LATENT))
            total += loss.item() * len(indices)
    print(f"{total / IMAGES:.6f}")


if __name__ == "__main__":
    main(int(sys.argv[1]))

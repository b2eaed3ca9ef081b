"""Trains the model of an example program in PyTorch: torch_training.py ROW FILE EPOCHS THREADS, where FILE is one of
benchmarks/export_images. Prints images per second, and the mean loss of the last epoch."""

import sys
import time

import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from torch_autoencoders import Autoencoder, Bernoulli, Gaussian, LinearVae, Vae

HIDDEN, LATENT, BATCH, CLASSES = 400, 20, 128, 10
WARM_UP = 10  # steps of another model before the clock starts

MODELS = {
    "ae": lambda images: Autoencoder(images.shape[1], HIDDEN, LATENT),
    "dae": lambda images: Autoencoder(images.shape[1], HIDDEN, LATENT, masking=0.25),
    "vae": lambda images: Vae(images.shape[1], HIDDEN, LATENT, Bernoulli()),
    "vae --likelihood gaussian": lambda images: Vae(images.shape[1], HIDDEN, LATENT, Gaussian("fixed", images.shape[1])),
    "ae_to_vae": lambda images: Vae(images.shape[1], HIDDEN, LATENT, Bernoulli()),
    "cvae": lambda images: Vae(images.shape[1], HIDDEN, LATENT, Bernoulli(), CLASSES),
    "ppca": lambda images: LinearVae(images.mean(0), LATENT),
}


def main(row, path, epochs, threads):
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)  # moments of gradients that have become zero; xtape's Adam does so, too
    torch.manual_seed(1)
    data = load_file(path)
    images = data["images"].float() / 255
    labels = F.one_hot(data["labels"], CLASSES).float() if row == "cvae" else None

    def start():
        model = MODELS[row](images)
        return model, torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def step(model, optimizer, indices):
        x = images.index_select(0, indices)
        arguments = [x]
        if isinstance(model, (Vae, LinearVae)):
            arguments.append(torch.randn(1, len(x), LATENT))
        if labels is not None:
            arguments.append(labels.index_select(0, indices))
        optimizer.zero_grad()
        loss = model(*arguments)
        loss.backward()
        optimizer.step()
        return loss.item() * len(x)

    other = start()
    for indices in torch.randperm(len(images)).split(BATCH)[:WARM_UP]:
        step(*other, indices)
    trained = start()
    begin = time.perf_counter()
    for _ in range(epochs):
        total = sum(step(*trained, indices) for indices in torch.randperm(len(images)).split(BATCH))
    seconds = time.perf_counter() - begin
    print(f"{epochs * len(images) / seconds:.6g} {total / len(images):.6g}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

"""PyTorch as a contestant of scripts/bench: torch_worker.py eager|compile. OMP_NUM_THREADS says how many threads."""

import os
import sys

import torch

from same_numbers import factors, function_arguments, same_images, same_noise, same_parameters, same_weights
from serve import CHECKED_STEPS, serve
from torch_layers import TASKS as LAYER_TASKS
from torch_model import ConvVae, Vae, adam, training_step
from torch_ops import op
from torch_optimizers import optimizer
from torch_transforms import TASKS

COMPILE = sys.argv[1:] == ["compile"]


def compiled(f):
    if not COMPILE:
        return f
    torch.compiler.reset()
    return torch.compile(f, dynamic=False)


def vae(pixels, hidden, latent, batch):
    return training(Vae(pixels, hidden, latent), same_weights(pixels, hidden, latent), pixels, latent, batch)


def conv_vae(batch):
    model = ConvVae()
    return training(model, same_parameters([tuple(p.shape) for p in model.parameters()]), 784, 20, batch)


def training(model, weights, pixels, latent, batch):
    loss_of = compiled(model)
    weights = [torch.from_numpy(w) for w in weights]
    images = torch.from_numpy(same_images(batch, pixels))
    epsilon = torch.from_numpy(same_noise(batch, latent))

    def optimizer_from_the_start():
        with torch.no_grad():
            for parameter, weight in zip(model.parameters(), weights, strict=True):
                parameter.copy_(weight)
        return adam(model)

    def start():
        optimizer = optimizer_from_the_start()
        return lambda: training_step(loss_of, optimizer, images, torch.randn(batch, latent))

    optimizer = optimizer_from_the_start()
    for _ in range(CHECKED_STEPS):
        loss = training_step(loss_of, optimizer, images, epsilon)
    return loss.item(), start


def elementwise(_, count):
    def f(x):
        square = x * x
        return torch.sum(torch.tanh(x) * torch.exp(-square) + torch.log1p(square))

    value = compiled(f)
    x = torch.from_numpy(function_arguments(count)).requires_grad_()

    def gradient():
        return torch.autograd.grad(value(x), x)[0]

    return gradient().double().abs().mean().item(), lambda: gradient


def chain(links):
    def f(a):
        y = a
        for _ in range(links):
            y = y * a
        return y

    value = compiled(f)
    a = torch.tensor(1.0001, requires_grad=True)

    def gradient():
        return torch.autograd.grad(value(a), a)[0]

    return gradient().item(), lambda: gradient


def matmul(form, m, n, k):
    a, b = (torch.from_numpy(factor) for factor in factors(form, m, n, k))

    def product():
        return torch.matmul(a.T if form[0] == "t" else a, b.T if form[1] == "t" else b)

    return product().double().mean().item(), lambda: product


if __name__ == "__main__":
    if sys.argv[1:] not in (["eager"], ["compile"]):
        sys.exit("usage: torch_worker.py eager|compile")
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.set_num_interop_threads(1)
    torch.manual_seed(1)
    serve(
        f"PyTorch {torch.__version__}, Python {sys.version.split()[0]}",
        {"vae": vae, "conv_vae": conv_vae, "elementwise": elementwise, "chain": chain, "matmul": matmul, "op": op}
        | {"optimizer": optimizer}
        | TASKS
        | LAYER_TASKS,
    )

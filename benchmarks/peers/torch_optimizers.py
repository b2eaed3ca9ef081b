"""A step of PyTorch's optimizers, fused where they are: the task of benchmarks/tasks/optimizers.cpp."""

import torch

from same_numbers import same_numbers, same_parameters
from serve import CHECKED_STEPS
from torch_model import Vae

GRADIENT_SEED = 201
MAKERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9, fused=True),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-3, fused=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-3, fused=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-2),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=1e-2, fused=True),
}


def optimizer(name):
    def start():
        model = Vae(784, 400, 20)
        parameters = list(model.parameters())
        weights = same_parameters([tuple(p.shape) for p in parameters])
        for k, (parameter, weight) in enumerate(zip(parameters, weights, strict=True)):
            gradient = same_numbers(GRADIENT_SEED + k, tuple(parameter.shape), -1e-2, 1e-2)
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(weight))
            parameter.grad = torch.from_numpy(gradient)
        return parameters, MAKERS[name](parameters)

    def step():
        parameters, made = start()
        return made.step

    parameters, made = start()
    for _ in range(CHECKED_STEPS):
        made.step()
    return parameters[0].detach().double().abs().mean().item(), step

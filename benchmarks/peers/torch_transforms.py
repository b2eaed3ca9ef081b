"""The tasks of benchmarks/tasks/transforms.cpp in PyTorch, by torch.func. It has no solver of differential equations."""

import torch
from torch import func
from torch.nn import functional as F
from torch.utils import _pytree as tree

import transforms
from torch_model import negative_bound
from transforms import magnitude


def of(function, *operands):
    """The task of a function at these operands."""
    operands = tree.tree_map(torch.from_numpy, operands)
    return magnitude(*tree.tree_leaves(function(*operands))), lambda: lambda: function(*operands)


def hessian(n):
    a, u = transforms.operands_of_hessian(n)

    def f(x, a):
        return torch.sum(torch.tanh(a @ x) * torch.exp(0.1 * x))

    return of(func.hessian(f), u, a)


def classifier_loss(parameters, x, y):
    hidden_weight, hidden_bias, weight, bias = parameters
    logits = F.linear(torch.tanh(F.linear(x, hidden_weight, hidden_bias)), weight, bias)
    return -torch.sum(y * F.log_softmax(logits, -1))


def per_example(_, batch):
    gradient = func.vmap(func.grad(classifier_loss), in_dims=(None, 0, 0))
    return of(gradient, *transforms.operands_of_classifier(batch))


def vae_loss(parameters, x, epsilon):
    linear = iter(zip(parameters[::2], parameters[1::2]))
    h = F.relu(F.linear(x, *next(linear)))
    mu, log_sigma = F.linear(h, *next(linear)), F.linear(h, *next(linear))
    z = mu + torch.exp(log_sigma) * epsilon
    logits = F.linear(F.relu(F.linear(z, *next(linear))), *next(linear))
    return negative_bound(logits, x, mu, log_sigma)


def hvp(pixels, hidden, latent, batch):
    parameters, direction, images, noise = transforms.operands_of_hvp(pixels, hidden, latent, batch)

    def product(parameters, direction, images, noise):
        slope = func.grad(lambda p: vae_loss(p, images, noise))
        return func.jvp(slope, (parameters,), (direction,))[1]

    return of(product, parameters, direction, images, noise)


def jacobian(form, _, m, n):
    a, b, x = transforms.operands_of_jacobian(m, n)

    def f(u, a, b):
        return torch.sin(a @ u) * torch.exp(-((b @ torch.tanh(u)) ** 2))

    return of((func.jacfwd if form == "tall" else func.jacrev)(f), x, a, b)


def sparse_band(n):
    seeds, colours, rows = transforms.band(n)

    def chain(x):
        here, following = x[:-1], x[1:]
        return torch.sum(100.0 * (following - here**2) ** 2 + (1.0 - here) ** 2)

    def entries(x, seeds, colours, rows):
        products = func.vmap(lambda v: func.jvp(func.grad(chain), (x,), (v,))[1])(seeds)
        return products[colours, rows]

    return of(entries, transforms.same_numbers(1, (n,), -1.0, 1.0), seeds, colours, rows)


def gru(_, hidden, steps, batch):
    def cell(parameters, h, x):
        gates_weight, gates_bias, fresh_weight, fresh_bias, weight, bias = parameters
        both = torch.sigmoid(F.linear(torch.cat([x, h], -1), gates_weight, gates_bias))
        reset, update = both.chunk(2, -1)
        fresh = torch.tanh(F.linear(torch.cat([x, reset * h], -1), fresh_weight, fresh_bias))
        following = update * h + (1 - update) * fresh
        return following, F.linear(following, weight, bias)

    parameters, start, wave = transforms.operands_of_gru(hidden, steps, batch)
    parameters = [torch.from_numpy(parameter).requires_grad_() for parameter in parameters]
    start, wave = torch.from_numpy(start), torch.from_numpy(wave)

    def value_and_gradient():
        h, guesses = start, []
        for x in wave[:-1]:
            h, guess = cell(parameters, h, x)
            guesses.append(guess)
        loss = torch.mean((torch.stack(guesses) - wave[1:]) ** 2)
        return loss.detach(), *torch.autograd.grad(loss, parameters)

    return magnitude(*value_and_gradient()), lambda: value_and_gradient


TASKS = {
    "hessian": hessian,
    "per_example": per_example,
    "hvp": hvp,
    "jacobian": jacobian,
    "sparse_band": sparse_band,
    "gru": gru,
}

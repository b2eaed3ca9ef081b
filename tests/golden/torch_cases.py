"""What the scripts that make golden files with PyTorch share: a case of a function, with its derivatives to second order.

Each case has arguments x0, x1, ..., a cotangent c of the result's shape and a direction v0, v1, ... for each argument;
then y = f(x), g_k = d sum(c y) / d x_k, and h_k = d sum_j(g_j . v_j) / d x_k.
"""
import platform

import torch
from write_golden import Golden

torch.set_default_dtype(torch.float64)


class TorchCases:
    def __init__(self, name, seed):
        self.golden = Golden(name, f"torch {torch.__version__.split('+')[0]}", f"Python {platform.python_version()}")
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape):
        return torch.randn(shape, generator=self.generator)

    def write(self, name, tensor):
        self.golden.add(name, tensor.detach().numpy())

    def case(self, name, f, *arguments):
        """f at arguments that are tensors, or shapes of random ones."""
        x = [a.clone() if torch.is_tensor(a) else self.normal(*a) for a in arguments]
        for xk in x:
            xk.requires_grad_()
        y = f(*x)
        c = self.normal(*y.shape)
        v = [self.normal(*xk.shape) for xk in x]
        g = torch.autograd.grad((c * y).sum(), x, create_graph=True)
        along = sum((gk * vk).sum() for gk, vk in zip(g, v))
        # Linear functions have no second derivative at all.
        h = torch.autograd.grad(along, x, allow_unused=True) if along.requires_grad else [None] * len(x)
        self.write(f"{name}.c", c)
        self.write(f"{name}.y", y)
        for k in range(len(x)):
            self.write(f"{name}.x{k}", x[k])
            self.write(f"{name}.v{k}", v[k])
            self.write(f"{name}.g{k}", g[k])
            self.write(f"{name}.h{k}", torch.zeros_like(x[k]) if h[k] is None else h[k])

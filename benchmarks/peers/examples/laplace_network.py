"""examples/laplace_network.cpp in PyTorch: the same data, the same start, Newton's method at the end of the search."""

import math

import numpy
import torch
from scipy.optimize import minimize
from scipy.special import ndtri
from torch.autograd.functional import hessian, jacobian

torch.set_default_dtype(torch.float64)
NOISE, PRIOR = 0.1, 2
i = numpy.arange(1, 41)
u, v = 0.7548776662466927 * i % 1, 0.5698402909980532 * i % 1
x = torch.tensor(numpy.where(i <= 20, -1 - u, 1 + u))[:, None]
y = torch.sin(2 * x) + NOISE * torch.tensor(ndtri(v))[:, None]


def network(w, x):
    """A layer of six tanh and one without: w holds weights and bias of the first, then those of the second."""
    return torch.tanh(x @ w[:6, None].T + w[6:12]) @ w[12:18, None] + w[18]


def energy(w):
    return (((y - network(w, x)) / NOISE) ** 2).sum() / 2 + (w**2).sum() / (2 * PRIOR**2)


def value_and_gradient(w):
    w = torch.tensor(w, requires_grad=True)
    value = energy(w)
    value.backward()
    return value.item(), w.grad.numpy()


start = numpy.sin(numpy.arange(19))
found = minimize(value_and_gradient, start, jac=True, method="L-BFGS-B",
                 options={"maxiter": 10000, "maxfun": 20000, "ftol": 0, "gtol": 1e-6})
w = torch.tensor(found.x)
for _ in range(3):
    w = w - torch.linalg.solve(hessian(energy, w), torch.tensor(value_and_gradient(w.numpy())[1]))
print(f"energy {energy(w).item():.10g}, |gradient| {abs(value_and_gradient(w.numpy())[1]).max():.2g}")

points = torch.tensor([[0.0], [1.5], [2.5], [4.0]])
at_points, at_data = (jacobian(lambda w: network(w, at)[:, 0], w) for at in (points, x))
gauss_newton = at_data.T @ at_data / NOISE**2 + torch.eye(19) / PRIOR**2
by_hessian, by_gauss_newton = (((at_points @ h.inverse()) * at_points).sum(1).sqrt()
                               for h in (hessian(energy, w), gauss_newton))
for at, f, a, b in zip(points[:, 0], network(w, points)[:, 0], by_hessian, by_gauss_newton):
    print(f"at {at:.1f}: {f:.10g} +- {a:.10g}, by Gauss and Newton's matrix +- {b:.10g}")

last = hessian(lambda head: energy(torch.cat([w[:12], head])), w[12:])
evidence = -energy(w) + (w[:12] ** 2).sum() / (2 * PRIOR**2) - torch.logdet(last) / 2
evidence -= 40 * (math.log(NOISE) + math.log(2 * math.pi) / 2) + 7 * math.log(PRIOR)
print(f"log evidence of the last layer {evidence:.10g}")

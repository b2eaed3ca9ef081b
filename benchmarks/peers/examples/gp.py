"""examples/gp.cpp by SciPy and PyTorch: the same data, the evidence by torch.distributions, the search by L-BFGS-B."""

import numpy
import torch
from scipy.optimize import minimize
from scipy.special import ndtri

i = numpy.arange(1, 61)
u, v = 0.7548776662466927 * i % 1, 0.5698402909980532 * i % 1
x = torch.tensor(8 * u + numpy.where(u < 0.5, 0, 2))
y = torch.tensor(numpy.sin(x.numpy()) + 0.2 * ndtri(v))


def covariance(a, b, theta):
    return torch.exp(2 * theta[0] - ((a[:, None] - b) / torch.exp(theta[1])) ** 2 / 2)


def of_y(theta):
    return covariance(x, x, theta) + torch.exp(2 * theta[2]) * torch.eye(60, dtype=torch.float64)


def energy(theta):
    return -torch.distributions.MultivariateNormal(torch.zeros_like(y), of_y(theta)).log_prob(y)


def value_and_gradient(theta):
    theta = torch.tensor(theta, requires_grad=True)
    value = energy(theta)
    value.backward()
    return value.item(), theta.grad.numpy()


found = minimize(value_and_gradient, [0.0, 0.0, -1.0], jac=True, method="L-BFGS-B",
                 options={"ftol": 1e-15, "gtol": 1e-9})
theta = torch.tensor(found.x)
doubt = torch.autograd.functional.hessian(energy, theta).inverse().diagonal().sqrt()
print(f"after {found.nit} iterations: ln p(y) = {-found.fun:.10g}")
for name, logarithm, deviation in zip(("signal", "length", "noise"), theta, doubt):
    print(f"{name} {logarithm.exp():.10g}, its logarithm to +- {deviation:.10g}")

points = torch.tensor([1.0, 3, 5, 7, 12], dtype=torch.float64)
across = covariance(points, x, theta)
mean = across @ torch.linalg.solve(of_y(theta), y)
deviation = (torch.exp(2 * theta[0]) - (across * torch.linalg.solve(of_y(theta), across.T).T).sum(1)).sqrt()
for point, m, d in zip(points, mean, deviation):
    print(f"at {point:g}: {m:.10g} +- {d:.10g}")

#!/usr/bin/env python3
"""Makes torch_nn.txt: layers, losses, distributions and Adam, by PyTorch in both precisions."""
import platform

import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F
from write_golden import Golden

golden = Golden("torch_nn.txt", f"torch {torch.__version__}", f"Python {platform.python_version()}")


def add_with_gradients(name, y, **arguments):
    """The value of y, and the gradient of the sum of its squares with respect to each argument."""
    golden.add(name, y.detach())
    gradients = torch.autograd.grad(y.square().sum(), arguments.values(), retain_graph=True)
    for key, gradient in zip(arguments, gradients):
        golden.add(f"{name}_d{key}", gradient)


def numbers(*shape, scale=1.0):
    return (scale * torch.randn(*shape, dtype=torch.float32)).double()  # exact in both precisions


torch.manual_seed(1)
inputs = dict(x=numbers(4, 3), logits=numbers(4, 3, scale=4), mu=numbers(4, 3), log_sigma=numbers(4, 3, scale=0.5),
              prior_mu=numbers(3), prior_log_sigma=numbers(3, scale=0.5), weight=numbers(5, 3), bias=numbers(5),
              grey=torch.rand(4, 3, dtype=torch.float32).double())
labels = torch.tensor([2, 0, 1, 1])
for name, array in inputs.items():
    golden.add(name, array)

for suffix, dtype in (("64", torch.float64), ("32", torch.float32)):
    x, logits, mu, log_sigma, prior_mu, prior_log_sigma, weight, bias, grey = (
        array.to(dtype).detach().clone().requires_grad_() for array in inputs.values())
    add_with_gradients("linear" + suffix, F.linear(x, weight, bias), x=x, weight=weight, bias=bias)
    log_prob = -F.binary_cross_entropy_with_logits(logits, grey, reduction="none").sum(-1)
    add_with_gradients("bernoulli" + suffix, log_prob, x=grey, logits=logits)
    normal, prior = Normal(mu, log_sigma.exp()), Normal(prior_mu, prior_log_sigma.exp())
    standard = Normal(torch.zeros(3, dtype=dtype), torch.ones(3, dtype=dtype))
    add_with_gradients("normal" + suffix, normal.log_prob(x).sum(-1), x=x, mu=mu, log_sigma=log_sigma)
    add_with_gradients("gaussian_kl" + suffix, kl_divergence(normal, prior).sum(-1),
                       mu=mu, log_sigma=log_sigma, prior_mu=prior_mu, prior_log_sigma=prior_log_sigma)
    add_with_gradients("kl_standard" + suffix, kl_divergence(normal, standard).sum(-1), mu=mu, log_sigma=log_sigma)
    add_with_gradients("mse" + suffix, F.mse_loss(logits, grey), logits=logits, grey=grey)
    add_with_gradients("bce" + suffix, F.binary_cross_entropy_with_logits(logits, grey), logits=logits, grey=grey)
    add_with_gradients("nll" + suffix, F.nll_loss(F.log_softmax(logits, -1), labels), logits=logits)

    # Adam on sum(cos(p) * q) with p and q of 19 elements, one element of p without a gradient.
    start = torch.linspace(-2, 2, 19, dtype=torch.float64)
    p, q = (array.to(dtype).detach().clone().requires_grad_() for array in (start, start + 0.5))
    mask = torch.ones(19, dtype=dtype)
    mask[9] = 0
    optimizer = torch.optim.Adam([p, q], lr=0.05, betas=(0.8, 0.99), eps=1e-7)
    for step in range(20):
        optimizer.zero_grad()
        ((p * mask).cos() * q).sum().backward()
        optimizer.step()
        if step in (0, 19):
            golden.add(f"adam{suffix}_p{step + 1}", p.detach())
            golden.add(f"adam{suffix}_q{step + 1}", q.detach())
    golden.add(f"adam{suffix}_first", optimizer.state[p]["exp_avg"])
    golden.add(f"adam{suffix}_second", optimizer.state[p]["exp_avg_sq"])
golden.write()

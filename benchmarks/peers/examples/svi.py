"""Gaps of a variational autoencoder's bound: examples/svi.cpp in PyTorch, with its arguments and what it prints."""

import math
import sys

import torch
from torch import nn
from torch.distributions import Bernoulli, Distribution, Normal, kl_divergence

from images import load

Distribution.set_default_validate_args(False)
PRIOR = Normal(0, 1)


class Vae(nn.Module):
    def __init__(self, pixels, codes):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, 200), nn.ReLU(), nn.Linear(200, 2 * codes))
        self.decoder = nn.Sequential(nn.Linear(codes, 200), nn.ReLU(), nn.Linear(200, pixels))

    def posterior(self, x):
        mu, log_sigma = self.encoder(x).chunk(2, -1)
        return Normal(mu, log_sigma.exp())

    def log_likelihood(self, x, z):
        return Bernoulli(logits=self.decoder(z)).log_prob(x).sum(-1)

    def bound(self, x, q, k):
        return self.log_likelihood(x, q.rsample((k,))).mean(0) - kl_divergence(q, PRIOR).sum(-1)


@torch.no_grad()
def log_weights(model, x, q):
    parts = []
    for _ in range(100):
        z = q.sample((50,))
        parts.append(model.log_likelihood(x, z) + (PRIOR.log_prob(z) - q.log_prob(z)).sum(-1))
    return torch.cat(parts).double()


def main(folder="/usr/share/datasets/fashion-mnist", epochs=5, images=100, steps=1000, seed=1):
    train, test = (load(folder, part).flatten(1) / 255 for part in ("train", "t10k"))
    torch.manual_seed(2)
    x = torch.bernoulli(test[:images])
    torch.manual_seed(seed)
    model = Vae(train.shape[1], 20)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(epochs):
        for batch in train[torch.randperm(len(train))].split(100):
            binary = torch.bernoulli(batch)
            optimizer.zero_grad()
            (-model.bound(binary, model.posterior(binary), 1).mean()).backward()
            optimizer.step()

    model.requires_grad_(False)
    q = model.posterior(x)
    mu, log_sigma = q.loc.clone().requires_grad_(), q.scale.log().requires_grad_()
    optimizer = torch.optim.Adam([mu, log_sigma], lr=0.03)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        (-model.bound(x, Normal(mu, log_sigma.exp()), 10).sum()).backward()
        optimizer.step()
        schedule.step()

    def show(name, of):
        print(f"{name}: {of.mean():.6g} +- {of.std(unbiased=False) / math.sqrt(len(of)):.3g}")

    of_encoder, of_each = log_weights(model, x, q), log_weights(model, x, Normal(mu.detach(), log_sigma.detach().exp()))
    evidence = torch.logsumexp(of_each, 0) - math.log(len(of_each))
    show("ln p(x)", evidence)
    show("ln p(x) by samples of the encoder's q, less that",
         torch.logsumexp(of_encoder, 0) - math.log(len(of_each)) - evidence)
    show("gap of the encoder's bound", evidence - of_encoder.mean(0))
    show("approximation gap", evidence - of_each.mean(0))
    show("amortization gap", of_each.mean(0) - of_encoder.mean(0))


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:]))

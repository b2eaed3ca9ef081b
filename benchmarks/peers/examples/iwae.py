"""Importance weighted autoencoders: examples/iwae.cpp in PyTorch, with its arguments and what it prints."""

import math
import sys

import torch
from torch import nn
from torch.distributions import Bernoulli, Distribution, Normal

from images import load

Distribution.set_default_validate_args(False)


class Gaussian(nn.Module):
    def __init__(self, given, width, codes):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(given, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
        self.mu, self.log_sigma = nn.Linear(width, codes), nn.Linear(width, codes)

    def forward(self, given):
        h = self.hidden(given)
        return Normal(self.mu(h), self.log_sigma(h).exp())


class Iwae(nn.Module):
    def __init__(self, layers, mean):
        super().__init__()
        codes, pixels = 50 if layers == 1 else 100, len(mean)
        self.q, self.p = nn.ModuleList([Gaussian(pixels, 200, codes)]), nn.ModuleList()
        if layers == 2:
            self.q.append(Gaussian(100, 100, 50))
            self.p.append(Gaussian(50, 100, 100))
        self.decoder = nn.Sequential(nn.Linear(codes, 200), nn.Tanh(), nn.Linear(200, 200), nn.Tanh(),
                                     nn.Linear(200, pixels))
        for w in self.parameters():
            nn.init.xavier_uniform_(w) if w.dim() == 2 else nn.init.zeros_(w)
        self.decoder[4].bias.data = torch.logit(mean.clamp(0.001, 0.999))

    def log_weights(self, x, k):
        q = self.q[0](x)
        z = q.rsample((k,))
        total = Bernoulli(logits=self.decoder(z)).log_prob(x).sum(-1) - q.log_prob(z).sum(-1)
        for q_above, p in zip(list(self.q)[1:], self.p):
            q = q_above(z)
            above = q.rsample()
            total = total + p(above).log_prob(z).sum(-1) - q.log_prob(above).sum(-1)
            z = above
        return total + Normal(0, 1).log_prob(z).sum(-1)

    def bound(self, x, k):
        return torch.logsumexp(self.log_weights(x, k), 0) - math.log(k)


@torch.no_grad()
def evidence(model, images, samples):
    found = []
    for batch in images.split(50):
        weights = torch.cat([model.log_weights(batch, 100) for _ in range(-(-samples // 100))])
        found.append(math.log(len(weights)) - torch.logsumexp(weights.double(), 0))
    return torch.cat(found)


@torch.no_grad()
def after_stage(model, test, k, samples, images):
    of_tests = -sum(model.bound(batch, k).sum().item() for batch in test.split(500)) / len(test)
    nll = evidence(model, test[:images], samples)
    codes = test
    for layer in model.q:
        codes = layer(codes).mean
    active = (codes.var(0, unbiased=False) > 0.01).sum().item()
    return (f"{of_tests:.6g} on test images; -ln p(x) {nll.mean():.6g} +- "
            f"{nll.std(unbiased=False) / math.sqrt(len(nll)):.3g}; codes in use {active}")


def main(folder="/usr/share/datasets/fashion-mnist", k=5, layers=1, stages=2, samples=1000, images=100, seed=1):
    train, test = (load(folder, part).flatten(1) / 255 for part in ("train", "t10k"))
    torch.manual_seed(2)
    test = torch.bernoulli(test)
    torch.manual_seed(seed)
    model = Iwae(layers, train.mean(0))
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-4)
    for stage in range(stages):
        optimizer.param_groups[0]["lr"] = 1e-3 * 10 ** (-stage / 7)
        total = 0
        for _ in range(3 ** stage):
            for batch in train[torch.randperm(len(train))].split(20):
                bound = model.bound(torch.bernoulli(batch), k)
                optimizer.zero_grad()
                (-bound.mean()).backward()
                optimizer.step()
                total += bound.sum().item()
        print(f"stage {stage + 1}: {-total / len(train) / 3 ** stage:.6g} in training, "
              + after_stage(model, test, k, samples, images), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:]))

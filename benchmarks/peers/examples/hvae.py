"""examples/hvae.cpp in PyTorch: hvae.py [FOLDER [EPOCHS [SEED [FREE]]]]."""

import sys

import torch
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from images import load

HIDDEN, LOWER, UPPER = 200, 40, 10


def mlp(*sizes):
    layers = [part for i, o in zip(sizes, sizes[1:]) for part in (nn.Linear(i, o), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def normals(output):
    mu, log_sigma = output.chunk(2, -1)
    return Normal(mu, torch.exp(log_sigma), validate_args=False)


class Hvae(nn.Module):
    def __init__(self, pixels):
        super().__init__()
        self.features = mlp(pixels, HIDDEN, HIDDEN)
        self.upper_posterior = mlp(HIDDEN, HIDDEN, 2 * UPPER)
        self.lower_posterior = mlp(HIDDEN + UPPER, HIDDEN, 2 * LOWER)
        self.lower_prior = mlp(UPPER, HIDDEN, 2 * LOWER)
        self.decoder = mlp(LOWER, HIDDEN, HIDDEN, pixels)

    def forward(self, x):
        h = F.relu(self.features(x))
        q2 = normals(self.upper_posterior(h))
        z2 = q2.rsample()
        q1 = normals(self.lower_posterior(torch.cat([h, z2], -1)))
        logits = self.decoder(q1.rsample())
        likelihood = -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)
        prior = Normal(torch.zeros(()), torch.ones(()), validate_args=False)
        return likelihood, kl_divergence(q1, normals(self.lower_prior(z2))), kl_divergence(q2, prior), q2.loc


def draw_pixels(batch):
    return torch.bernoulli(batch.flatten(1).float() / 255)


folder, epochs, seed, given = sys.argv[1:] + ["/usr/share/datasets/fashion-mnist", "4", "1", "0.1"][len(sys.argv) - 1:]
train, test = load(folder, "train"), load(folder, "t10k")
for free in (0.0, float(given)):
    torch.manual_seed(int(seed))
    model = Hvae(train[0].numel())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    for epoch in range(1, int(epochs) + 1):
        for indices in torch.randperm(len(train)).split(128):
            likelihood, lower, upper, _ = model(draw_pixels(train[indices]))
            cost = sum(kl.mean(0).clamp(min=free).sum() for kl in (lower, upper))
            optimizer.zero_grad()
            (cost - likelihood.mean()).backward()
            optimizer.step()
        with torch.no_grad():
            likelihood, lower, upper, mu = model(draw_pixels(test))
            below, above = lower.sum(-1).mean(), upper.sum(-1).mean()
        print(f"{free:g} nats free, epoch {epoch}: {below + above - likelihood.mean():.6g} on test images, KL {below:.5g} "
              f"below, {above:.5g} above, {(mu.var(0) > 0.01).sum()} of {UPPER} active", flush=True)

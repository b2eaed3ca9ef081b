"""Flows and the VampPrior: examples/flow_vae.cpp in PyTorch, with its arguments and what it prints."""

import copy
import math
import sys

import torch
from torch import nn
from torch.distributions import Bernoulli, Distribution, Normal
from torch.nn.functional import glu, softplus

from images import load

Distribution.set_default_validate_args(False)
CODES, WIDTH, HIDDEN, PLANAR, PSEUDO = 40, 300, 100, 8, 100


class Gated(nn.Linear):
    def __init__(self, given, width):
        super().__init__(given, 2 * width)

    def forward(self, x):
        return glu(super().forward(x), -1)


class Coupling(nn.Module):
    def __init__(self, size, swapped):
        super().__init__()
        self.swapped, self.kept = swapped, size - size // 2 if swapped else size // 2
        self.network = nn.Sequential(nn.Linear(self.kept, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2 * (size - self.kept)))

    def forward(self, v, inverse=False):
        half = v.shape[-1] // 2
        kept, changed = (v[..., half:], v[..., :half]) if self.swapped else (v[..., :half], v[..., half:])
        shift, s = self.network(kept).chunk(2, -1)
        s = 2 * torch.tanh(s / 2)
        changed = (changed - shift) * torch.exp(-s) if inverse else shift + changed * torch.exp(s)
        return torch.cat([changed, kept] if self.swapped else [kept, changed], -1), s.sum(-1) * (-1 if inverse else 1)


def planar(z, u, w, b):
    along = (u * w).sum(-1)
    u = u + ((softplus(along) - 1 - along) / (w * w).sum(-1))[..., None] * w
    h = torch.tanh((z * w).sum(-1) + b)
    return z + h[..., None] * u, torch.log(h ** 2 + (1 - h ** 2) * softplus(along))


class FlowVae(nn.Module):
    def __init__(self, kind, images):
        super().__init__()
        pixels, self.kind = images.shape[1], kind
        self.encoder = nn.Sequential(Gated(pixels, WIDTH), Gated(WIDTH, WIDTH))
        self.decoder = nn.Sequential(Gated(CODES, WIDTH), Gated(WIDTH, WIDTH), nn.Linear(WIDTH, pixels))
        self.head = nn.Linear(WIDTH, 2 * CODES)
        if kind == "planar":
            self.planar = nn.Linear(WIDTH, PLANAR * (2 * CODES + 1))
        if kind.endswith("flow"):
            self.flow = nn.ModuleList(Coupling(CODES, i % 2 == 1) for i in range(4))
        if kind == "vamp":
            self.pseudo = nn.Parameter(images[:PSEUDO].clone())

    def normal(self, h):
        mu, log_sigma = self.head(h).chunk(2, -1)
        return Normal(mu, log_sigma.exp())

    def sample(self, x, k):
        h = self.encoder(x)
        q = self.normal(h)
        z = q.rsample((k,))
        log_q = q.log_prob(z).sum(-1)
        steps = self.planar(h).chunk(PLANAR, -1) if self.kind == "planar" else []
        for step in steps:
            z, log_det = planar(z, step[:, :CODES], step[:, CODES:2 * CODES], step[:, -1])
            log_q = log_q - log_det
        for step in self.flow if self.kind == "q-flow" else []:
            z, log_det = step(z)
            log_q = log_q - log_det
        return z, log_q

    def log_prior(self, z):
        if self.kind == "vamp":
            return (self.normal(self.encoder(self.pseudo)).log_prob(z[..., None, :]).sum(-1).logsumexp(-1)
                    - math.log(PSEUDO))
        log_det = 0
        for step in reversed(self.flow) if self.kind == "p-flow" else []:
            z, change = step(z, inverse=True)
            log_det = log_det + change
        return Normal(0, 1).log_prob(z).sum(-1) + log_det

    def log_weights(self, x, k, beta=1):
        z, log_q = self.sample(x, k)
        return Bernoulli(logits=self.decoder(z)).log_prob(x).sum(-1) + beta * (self.log_prior(z) - log_q)


@torch.no_grad()
def bound(model, images):
    return -sum(model.log_weights(x, 1).sum().item() for x in images.split(500)) / len(images)


@torch.no_grad()
def evidence(model, images, samples):
    found = []
    for x in images.split(50):
        weights = torch.cat([model.log_weights(x, 100) for _ in range(-(-samples // 100))])
        found.append(math.log(len(weights)) - torch.logsumexp(weights.double(), 0))
    return torch.cat(found)


def train(model, images, held_out, epochs):
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * -(-len(images) // 100))
    best, kept = math.inf, None
    for epoch in range(epochs):
        beta = min(1, (epoch + 1) / (1 + epochs // 10))
        for batch in images[torch.randperm(len(images))].split(100):
            optimizer.zero_grad()
            (-model.log_weights(torch.bernoulli(batch), 1, beta).mean()).backward()
            optimizer.step()
            schedule.step()
        now = bound(model, held_out)
        print(f"{model.kind}, epoch {epoch + 1}: at best {min(now, best):.6g} of images held out", flush=True)
        if now < best:
            best, kept = now, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)


def main(folder="/usr/share/datasets/fashion-mnist", epochs=3, only="all", samples=1000, images=100, seed=1):
    everything, test = (load(folder, part).flatten(1) / 255 for part in ("train", "t10k"))
    torch.manual_seed(2)
    held_out = len(everything) // 6
    training, validation, test = everything[:-held_out], torch.bernoulli(everything[-held_out:]), torch.bernoulli(test)
    for kind in ["plain", "planar", "q-flow", "p-flow", "vamp"] if only == "all" else [only]:
        torch.manual_seed(int(seed))
        model = FlowVae(kind, training)
        train(model, training, validation, int(epochs))
        nll = evidence(model, test[:int(images)], int(samples))
        print(f"{kind}: {bound(model, test):.6g} on test images, -ln p(x) "
              f"{nll.mean():.6g} +- {nll.std(unbiased=False) / math.sqrt(len(nll)):.3g}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

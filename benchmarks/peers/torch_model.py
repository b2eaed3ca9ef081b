"""The VAE of the benchmarks as a user of PyTorch writes it."""

import torch
from torch import nn
from torch.nn import functional as F


class Vae(nn.Module):
    def __init__(self, pixels, hidden, latent):
        super().__init__()
        self.encoder = nn.Linear(pixels, hidden)
        self.mean_head = nn.Linear(hidden, latent)
        self.log_sigma_head = nn.Linear(hidden, latent)
        self.hidden = nn.Linear(latent, hidden)
        self.decoder = nn.Linear(hidden, pixels)

    def forward(self, x, epsilon):
        """The loss of a batch: x (batch, pixels), epsilon (batch, latent)."""
        h = F.relu(self.encoder(x))
        mu, log_sigma = self.mean_head(h), self.log_sigma_head(h)
        z = mu + torch.exp(log_sigma) * epsilon
        return negative_bound(self.decoder(F.relu(self.hidden(z))), x, mu, log_sigma)


class ConvVae(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 32, 4, 2, 1)
        self.second = nn.Conv2d(32, 64, 4, 2, 1)
        self.heads = nn.Linear(3136, 40)
        self.hidden = nn.Linear(20, 3136)
        self.third = nn.ConvTranspose2d(64, 32, 4, 2, 1)
        self.last = nn.ConvTranspose2d(32, 1, 4, 2, 1)

    def forward(self, x, epsilon):
        """The loss of a batch: x (batch, 784), epsilon (batch, 20)."""
        h = F.relu(self.second(F.relu(self.first(x.view(-1, 1, 28, 28)))))
        mu, log_sigma = self.heads(h.flatten(1)).chunk(2, dim=1)
        z = mu + torch.exp(log_sigma) * epsilon
        inner = F.relu(self.hidden(z)).view(-1, 64, 7, 7)
        logits = self.last(F.relu(self.third(inner))).flatten(1)
        return negative_bound(logits, x, mu, log_sigma)


def negative_bound(logits, x, mu, log_sigma):
    cross_entropy = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = 0.5 * torch.sum(mu**2 + torch.exp(2 * log_sigma) - 2 * log_sigma - 1)
    return (cross_entropy + kl) / x.shape[0]


def adam(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)


def training_step(loss_of, optimizer, images, epsilon):
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(images, epsilon)
    loss.backward()
    optimizer.step()
    return loss.detach()

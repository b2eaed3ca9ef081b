"""The VAEs of the benchmarks as a user of PyTorch writes them."""

import math

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
    """Of images (channels, height, width), height and width multiples of 4."""

    def __init__(self, image=(1, 28, 28), width=32, latent=20):
        super().__init__()
        channels, *size = self.image = image
        inner = (2 * width, *(extent // 4 for extent in size))
        self.encoder = nn.Sequential(
            nn.Conv2d(channels, width, 4, 2, 1), nn.ReLU(), nn.Conv2d(width, 2 * width, 4, 2, 1), nn.ReLU(),
            nn.Flatten(), nn.Linear(math.prod(inner), 2 * latent))
        self.decoder = nn.Sequential(
            nn.Linear(latent, math.prod(inner)), nn.ReLU(), nn.Unflatten(1, inner),
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(width, channels, 4, 2, 1))

    def forward(self, x, epsilon):
        """The loss of a batch: x (batch, ...), epsilon (batch, latent)."""
        images = x.view(-1, *self.image)
        mu, log_sigma = self.encoder(images).chunk(2, dim=1)
        z = mu + torch.exp(log_sigma) * epsilon
        return negative_bound(self.decoder(z), images, mu, log_sigma)


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

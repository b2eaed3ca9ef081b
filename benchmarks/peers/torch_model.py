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
        logits = self.decoder(F.relu(self.hidden(z)))
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

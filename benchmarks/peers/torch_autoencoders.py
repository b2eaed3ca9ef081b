"""The models of the example programs as a user of PyTorch writes them. Parameters have the names of xtape's."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Mlp(nn.Sequential):
    """Affine layers with ReLU between them."""

    def __init__(self, *sizes):
        super().__init__(*(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:])))

    def forward(self, x):
        *hidden, last = self
        for layer in hidden:
            x = F.relu(layer(x))
        return last(x)


class Bernoulli(nn.Module):
    def negative_log_prob(self, x, output):
        """Summed over all pixels."""
        return F.binary_cross_entropy_with_logits(output, x.expand_as(output), reduction="sum")


class Gaussian(nn.Module):
    """sigma = floor + exp(s), which starts as 1: "fixed" is not learnt, "pixel" is learnt for each pixel."""

    def __init__(self, sigma, pixels, floor=0.0):
        super().__init__()
        self.floor = floor
        self.fixed = sigma == "fixed"
        if not self.fixed:
            self.log_sigma = nn.Parameter(torch.full((pixels,), math.log(1 - floor)))

    def negative_log_prob(self, x, output):
        """Summed over all pixels."""
        constant = 0.5 * math.log(2 * math.pi) * output.numel()
        if self.fixed:
            return 0.5 * F.mse_loss(output, x.expand_as(output), reduction="sum") + constant
        sigma = self.floor + torch.exp(self.log_sigma)
        images = output.numel() // output.shape[-1]
        return 0.5 * torch.sum(((x - output) / sigma) ** 2) + images * torch.sum(torch.log(sigma)) + constant


class Autoencoder(nn.Module):
    def __init__(self, pixels, hidden, latent, loss="cross-entropy", masking=0.0):
        super().__init__()
        self.encoder = Mlp(pixels, hidden, latent)
        self.decoder = Mlp(latent, hidden, pixels)
        self.loss, self.masking = loss, masking

    def forward(self, x):
        """The loss of a batch, a mean over its images: x (batch, pixels). Pixels are set to 0 at the rate `masking`."""
        corrupted = x * (torch.rand_like(x) >= self.masking) if self.masking > 0 else x
        output = self.decoder(self.encoder(corrupted))
        if self.loss == "squared-error":
            return F.mse_loss(torch.sigmoid(output), x, reduction="sum") / len(x)
        return F.binary_cross_entropy_with_logits(output, x, reduction="sum") / len(x)


class Vae(nn.Module):
    """Told the labels where there are `classes`: joined, as one-hot vectors, to images and codes."""

    def __init__(self, pixels, hidden, latent, likelihood, classes=0):
        super().__init__()
        self.encoder = Mlp(pixels + classes, hidden)
        self.mean_head = nn.Linear(hidden, latent)
        self.log_sigma_head = nn.Linear(hidden, latent)
        self.decoder = Mlp(latent + classes, hidden, pixels)
        self.likelihood = likelihood

    def forward(self, x, epsilon, y=None):
        """The loss of a batch, a mean over its images: x (batch, pixels), epsilon (samples, batch, latent), y (batch,
        classes)."""
        h = F.relu(self.encoder(x if y is None else torch.cat([x, y], -1)))
        mu, log_sigma = self.mean_head(h), self.log_sigma_head(h)
        z = mu + torch.exp(log_sigma) * epsilon
        output = self.decoder(z if y is None else torch.cat([z, y.expand(len(z), -1, -1)], -1))
        reconstruction = self.likelihood.negative_log_prob(x, output) / len(epsilon)
        kl = 0.5 * torch.sum(mu**2 + torch.exp(2 * log_sigma) - 2 * log_sigma - 1)
        return (reconstruction + kl) / len(x)


class LinearVae(nn.Module):
    """Both halves affine: decoder N(W z + m, sigma² I), encoder N(V (x - m), diag)."""

    def __init__(self, mean, latent):
        super().__init__()
        pixels = len(mean)
        self.mean = nn.Parameter(mean.clone())
        self.weight = nn.Parameter(0.05 * torch.randn(pixels, latent))
        self.log_noise = nn.Parameter(torch.full((1,), math.log(0.1)))
        self.encoder_weight = nn.Parameter(torch.randn(latent, pixels) / math.sqrt(pixels))
        self.log_sigma = nn.Parameter(torch.zeros(latent))

    def forward(self, x, epsilon):
        """As Vae's."""
        centred = x - self.mean
        mu = F.linear(centred, self.encoder_weight)
        z = mu + torch.exp(self.log_sigma) * epsilon
        output = F.linear(z, self.weight)
        error = F.mse_loss(output, centred.expand_as(output), reduction="sum")
        reconstruction = 0.5 * (error * torch.exp(-self.log_noise)
                                + output.numel() * (self.log_noise + math.log(2 * math.pi))) / len(epsilon)
        kl = 0.5 * (torch.sum(mu**2) + len(x) * torch.sum(torch.exp(2 * self.log_sigma) - 2 * self.log_sigma - 1))
        return ((reconstruction + kl) / len(x)).squeeze()
